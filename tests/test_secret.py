"""The gateway's secret: made once, kept, or given."""

import stat
from pathlib import Path

import pytest

from gateway.errors import OperatorError
from gateway.secret import load_secrets


def test_it_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    made = load_secrets(tmp_path, None)
    assert len(made) == 1
    assert len(made[0]) == 32
    assert load_secrets(tmp_path, None) == made
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_two_folders_have_two_secrets(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert load_secrets(tmp_path / "a", None) != load_secrets(tmp_path / "b", None)


def test_a_new_secret_is_put_on_top(tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_text("a" * 32 + "\n")
    old = load_secrets(tmp_path, file)
    file.write_text("b" * 32 + "\n" + "a" * 32 + "\n")
    assert load_secrets(tmp_path, file)[1:] == old
    assert not (tmp_path / "secret").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "must hold one secret a line", id="nothing"),
        pytest.param(b"a" * 31, "of 32 characters at least", id="one character short"),
        pytest.param(b"a" * 32 + b"\nshort", "openssl rand -hex 32", id="one of two is short"),
        pytest.param(b"\xff" * 40, "it is not text", id="no text"),
        pytest.param(None, "No such file", id="no file"),
    ],
)
def test_a_secret_that_is_none_is_told(tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "given"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(OperatorError, match=says):
        load_secrets(tmp_path, file)
