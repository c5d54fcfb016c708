"""Pictures of the waiting page as people have it: `python tests/real/look.py FOLDER [NAME...]`."""

import asyncio
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [".", "tests", "tests/real"]

from browser import Browser  # noqa: E402
from waiting import VIEWS, Waiting  # noqa: E402

SCREENS = {
    "phone": (360, 1240, False),
    "small": (320, 1400, False),
    "desk": (1280, 800, False),
    "dark": (360, 1240, True),
}


async def main(folder: Path, names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as profile:
        async with Waiting() as site, Browser(Path(profile)) as browser:
            for name in names or [*VIEWS, "left"]:
                for language in ("ar", "en"):
                    await browser.open(site.page_of("over" if name == "left" else name, language))
                    await browser.until("document.readyState === 'complete'")
                    if name == "left":
                        await browser.value("document.querySelector('#leave form').submit()")
                        await browser.until(
                            "document.getElementById('room').dataset.state === 'left'"
                        )
                    for screen, (width, height, dark) in SCREENS.items():
                        file = folder / f"{name}-{language}-{screen}.png"
                        await browser.look(file, width=width, height=height, dark=dark)


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
