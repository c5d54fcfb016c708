"""What the peers are told."""

import json
from pathlib import Path

import pytest

from bench import configs
from bench.configs import Place

PLACE = Place(port=21_000, origin=22_000, folder=Path("/tmp/peer"))


def test_networks_are_as_many_and_all_different() -> None:
    made = configs.networks(11, 4_000)
    assert len(set(made)) == 4_000
    assert made[0] == "11.0.0.0/24"
    assert made[-1] == "11.15.159.0/24"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(configs.nginx_proxy(PLACE), id="nginx"),
        pytest.param(
            configs.nginx_proxy(PLACE, log_buffer="64k", stream=True), id="nginx, streams"
        ),
        pytest.param(
            configs.nginx_refusals(PLACE, {"html": 3000, "json": 300}), id="nginx refuses"
        ),
        pytest.param(configs.nginx_origin(21_000, PLACE.folder, 1024), id="nginx as origin"),
    ],
)
def test_nginx_is_told_in_braces_that_match(text: str) -> None:
    assert text.count("{") == text.count("}")
    assert "listen 127.0.0.1:21000" in text


def test_nginx_writes_bodies_of_the_size_that_is_asked_for() -> None:
    text = configs.nginx_refusals(PLACE, {"html": 3000})
    assert f'location = /html {{ return 403 "{"x" * 3000}"; }}' in text


def test_haproxy_has_a_stick_table_and_one_thread() -> None:
    text = configs.haproxy(PLACE, connections=9000)
    assert "nbthread 1\n    maxconn 9000" in text
    assert "stick-table type ip " in text


def test_the_gateway_keeps_its_defaults_but_for_what_the_load_needs() -> None:
    told = json.loads(configs.gateway(PLACE, 23_000, blocked="127.0.0.0/8"))
    assert set(told) == {
        "listen", "control", "workers", "drain", "state", "platform", "bounds", "lists", "limits",
        "blocking",
    }  # fmt: skip
    assert told["bounds"] == {}
    assert told["lists"]["block"][0]["networks"][-1] == "127.0.0.0/8"
    assert len(told["lists"]["block"][0]["networks"]) == configs.BLOCKED_NETWORKS + 1
