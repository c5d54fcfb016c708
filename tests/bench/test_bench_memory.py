"""What very many clients leave behind in a worker's parts."""

import pytest

from bench.million import client, measure
from bench.processes import REPOSITORY


def test_clients_have_keys_of_their_own() -> None:
    keys = {client(number).key for number in [*range(2_000), *range(1_000_000, 1_002_000)]}
    assert len(keys) == 4_000


@pytest.mark.parametrize("clients", [20_000])
def test_each_client_has_a_key_and_who_spent_their_burst_is_known(clients: int) -> None:
    told = measure(REPOSITORY / "config" / "gateway.yaml", clients, "/")
    assert told["keys"] == {"per-client": clients}
    assert told["forgotten"] == 0
    assert (told["kept"], told["returned"]) == (True, False)
