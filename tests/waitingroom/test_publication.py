"""The draw's own page: what it links to, and the digest that people compare."""

from pathlib import Path

import pytest
from helpers import a_request
from openings import DAY, ROOM, crowd, drawn, opened

from gateway.waitingroom.listing import close_list
from gateway.waitingroom.publication import DrawFiles


def page(folder: Path, path: str = "") -> str:
    """The answer's text; `folder` holds the room's openings."""
    files = DrawFiles({ROOM: folder})
    answer = files.answer(a_request(path=f"/.dawr/draw/{ROOM}/{DAY}/{path}"), b"")
    return f"{answer.status} {answer.body.decode()}"


def test_the_digest_is_shown_once_the_list_is_closed(tmp_path: Path) -> None:
    assert page(tmp_path).startswith("404")
    folder = opened(tmp_path / DAY)
    assert 'id="digest"' not in page(tmp_path)
    digest = close_list(folder, crowd())
    assert f'<code id="digest">{digest.hex()}</code>' in page(tmp_path)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"digest": '])
def test_a_damaged_file_shows_none(tmp_path: Path, raw: bytes) -> None:
    (drawn(tmp_path / DAY) / "closed.json").write_bytes(raw)
    shown = page(tmp_path)
    assert shown.startswith("200")
    assert 'id="digest"' not in shown


@pytest.mark.parametrize(
    ("name", "status"),
    [
        pytest.param("opening.json", "200", id="the promise"),
        pytest.param("draw.json", "404", id="what is not drawn yet"),
        pytest.param("../secret", "404", id="what is elsewhere"),
        pytest.param("ranks.bin", "404", id="what is ours"),
    ],
)
def test_what_is_handed_out(tmp_path: Path, name: str, status: str) -> None:
    opened(tmp_path / DAY)
    (tmp_path / DAY / "ranks.bin").write_bytes(b"x")
    assert page(tmp_path, name).startswith(status)
