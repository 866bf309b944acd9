"""Chromium without a window, and what it says of a page: nothing, if all is well with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from playwright.sync_api import Page as Tab

CHROMIUM: Final = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
WIDE: Final = 1440
NARROW: Final = (800, 400)
"""The widths, in pixels, of a screen, and of what people hold in their hands."""

_RULES: Final = ("wcag2a", "wcag2aa", "wcag21aa", "best-practice")
_LATE: Final = "[hx-trigger=load], .graph-picture:not([data-drawn])"
"""Parts of a page that come after it."""

_UNREACHED: Final = """() => {
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, "
    + "[tabindex]";
  const faults = [];
  for (const one of document.querySelectorAll(controls)) {
    const isPlace = one.tabIndex === -1 && one.matches("main, [role=option]");
    if (isPlace || one.disabled || !one.checkVisibility()) continue;
    if (one.tabIndex > 0) faults.push(`before its turn: ${one.outerHTML.slice(0, 150)}`);
    one.focus({preventScroll: true});
    const style = getComputedStyle(one);
    const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    if (one.tabIndex < 0 || document.activeElement !== one)
      faults.push(`not reached by keys: ${one.outerHTML.slice(0, 150)}`);
    else if (!isSeen) faults.push(`its focus is not seen: ${one.outerHTML.slice(0, 150)}`);
  }
  document.activeElement.blur();
  return faults;
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


class Watched:
    """A tab, and what happened in it that should not.

    Args:
        context: Where it is opened.
        root: The address that everything it asks for begins with.

    Attributes:
        tab: The tab.
        complaints: Errors, violations of the policy, warnings, and requests to anybody else.
    """

    def __init__(self, context: BrowserContext, root: str) -> None:
        self.complaints: list[str] = []
        self.tab: Tab = context.new_page()
        self.tab.set_viewport_size({"width": WIDE, "height": 900})
        self._root = root
        self.tab.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("request", lambda asked: self._note(asked.url))

    def open(self, path: str) -> Tab:
        """Open a page, and wait until all of it is there.

        Args:
            path: Below the root; a slash at its beginning says nothing.
        """
        self.tab.goto(self._root + path.removeprefix("/"))
        return self.whole()

    def whole(self) -> Tab:
        """Wait for the parts of a page that come after it."""
        for late in self.tab.locator(_LATE).all():
            late.wait_for(state="detached")
        return self.tab

    def faults(self, path: str) -> list[str]:
        """Open a page, and return all that is wrong with it, for whomever and at any width.

        Args:
            path: Below the root.
        """
        self.complaints.clear()
        tab = self.open(path)
        found = broken_rules(tab, *_RULES)
        tab.emulate_media(color_scheme="dark")
        found += [f"dark: {one}" for one in broken_rules(tab, "color-contrast")]
        tab.emulate_media(color_scheme="light")
        tab.keyboard.press("Tab")  # a focus is shown to those who use keys
        found += tab.evaluate(_UNREACHED)
        for width in NARROW:
            tab.set_viewport_size({"width": width, "height": 800})
            needed = tab.evaluate("document.documentElement.scrollWidth")
            found += [f"{needed} pixels wide in {width}"] if needed > width else []
        tab.set_viewport_size({"width": WIDE, "height": 900})
        return found + self.complaints

    def _note(self, url: str) -> None:
        if not url.startswith((self._root, "data:")):
            self.complaints.append(f"asked for another address: {url}")


def broken_rules(tab: Tab, *rules: str) -> list[str]:
    """Return what axe-core finds on a page, one line an element."""
    tab.evaluate(AXE_SCRIPT)
    found: Any = tab.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", list(rules)
    )
    return [
        f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]
    ]


def focused(tab: Tab) -> str:
    """Return the text of what has the focus."""
    return str(tab.evaluate("document.activeElement.textContent.trim()"))
