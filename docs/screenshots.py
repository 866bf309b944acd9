"""Take pictures of the served pages of the demo, as `docs/pages.md` and the README show them.

Usage: python docs/screenshots.py

It needs Chromium and the packages of the tests, and takes a minute. Each page is taken light and
dark, on a telephone, and as its first printed sheet. Times and ids are those of the run, so every
picture is another one each time.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import full_demo
from PIL import Image, ImageOps
from playwright.sync_api import Page, sync_playwright

from lineage.cli.commands.project import demo
from lineage.demo.proof import RELEASED
from lineage.project import Project
from lineage.web import links

FOLDER: Final = Path(__file__).parent / "images/pages"
CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
COLOURS: Final = 128
"""Of a picture: pages have few, and letters need some steps between them."""

SENSITIVE: Final = "occupation"
QUERY: Final = """\
select task_id, status, count(*) as runs, round(avg(duration_s), 2) as seconds
from runs group by all order by task_id, status"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a page is looked at.

    Attributes:
        width: Of the window, pixels.
        height: Of the window, pixels; what lies below is not in the picture.
        scheme: "light" or "dark".
        media: "screen" or "print".
        margin: White around the picture, pixels.
    """

    width: int
    height: int
    scheme: str = "light"
    media: str = "screen"
    margin: int = 0


LOOKS: Final[Mapping[str, Look]] = {
    "light": Look(width=1440, height=900),
    "dark": Look(width=1440, height=900, scheme="dark"),
    "phone": Look(width=400, height=800),
    "print": Look(width=686, height=1015, media="print", margin=54),
}
"""The last is a sheet of A4 at 96 pixels an inch."""


def addresses(project: Project, live_run: str) -> dict[str, str]:
    """Return the pages, by the name of their pictures.

    Args:
        project: The full demo.
        live_run: A run that is under way.
    """
    with project.catalog() as catalog:
        run = catalog.value(
            "select run_id from runs where task_id = 't_1A' and status = 'succeeded' "
            "order by started_position desc limit 1"
        )
        release = catalog.value("select release_id from releases order by position limit 1")
    people = full_demo.PEOPLE
    return {
        "overview": links.address(""),
        "runs": links.address("runs"),
        "run": links.address("run", id=run),
        "live": links.address("live", id=live_run),
        "lineage": links.address("graph"),
        "dataset": links.address("dataset", file=RELEASED),
        "column": links.address("column", file=people, column=SENSITIVE),
        "release": links.address("release", id=release),
        "proof": links.address("proof"),
        "sql": links.address("sql"),
    }


def take(tab: Page, look: Look) -> bytes:
    """Return the picture of what a tab shows, as WebP.

    Args:
        tab: The tab.
        look: How it is looked at.
    """
    tab.emulate_media(color_scheme=look.scheme, media=look.media)  # type: ignore[arg-type]  # words of `LOOKS`
    tab.set_viewport_size({"width": look.width, "height": look.height})
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
    with Image.open(io.BytesIO(tab.screenshot(animations="disabled"))) as picture:
        whole = ImageOps.expand(picture.convert("RGB"), look.margin, "white")
        few = whole.quantize(COLOURS, dither=Image.Dither.NONE)
    kept = io.BytesIO()
    few.convert("RGB").save(kept, "WEBP", lossless=True, method=6)
    return kept.getvalue()


def main() -> int:
    """Take all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    taken = 0
    with TemporaryDirectory() as folder:
        root = Path(folder) / "demo"
        demo(root)
        with Project.open(root) as project:
            live_run = full_demo.add_history(project).run_id
            pages = addresses(project, live_run)
            with _served(root) as address, _browsed(address) as tab:
                for name, page in pages.items():
                    tab.emulate_media(color_scheme="light", media="screen")
                    tab.set_viewport_size({"width": 1440, "height": 900})
                    _open(tab, name, page)
                    for kind, look in LOOKS.items():
                        content = take(tab, look)
                        (FOLDER / f"{name}-{kind}.webp").write_bytes(content)
                        taken += len(content)
    print(f"{len(pages) * len(LOOKS)} pictures, {taken / 1024:,.0f} KiB, in {FOLDER}")
    return 0


def _open(tab: Page, name: str, page: str) -> None:
    tab.goto(tab.url.rpartition("/")[0] + "/" + page)
    tab.wait_for_load_state("networkidle" if name != "live" else "load")
    match name:
        case "live":
            tab.locator("#stream[data-state=live]").wait_for()
        case "lineage":
            tab.locator(".graph-picture[data-drawn]").wait_for()
        case "sql":
            tab.locator("#query").fill(QUERY)
            tab.get_by_role("button", name="Show rows").click()
            tab.locator("#answer").wait_for()


@contextmanager
def _served(root: Path) -> Iterator[str]:
    words = [sys.executable, "-m", "lineage", "serve", "--no-open", "--project", str(root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603  # ours
        assert server.stdout is not None  # noqa: S101  # it is a pipe
        yield server.stdout.readline().strip()
        server.terminate()


@contextmanager
def _browsed(address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        program = next(filter(None, map(shutil.which, CHROMIUM)), None)
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        tab = browser.new_page()
        tab.goto(address)
        yield tab
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
