"""One headless Chromium, and what it says of a page that no request can say."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import polib
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    sync_playwright,
)

from tests.house.plugin import spend

DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=360, height=740)
CATALOGUE = Path(settings.BASE_DIR) / "locale" / "vi" / "LC_MESSAGES" / "django.po"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine, closed afterwards."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # The browser's own event loop runs in this thread; nothing of ours runs in it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        try:
            yield browser
        finally:
            spend(_helpers(browser))
            browser.close()


def _helpers(browser: Browser) -> float:
    """Seconds of processor of what draws the pages: processes for whose end nobody waits."""
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    main = next(one["id"] for one in told if one["type"] == "browser")
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        # One may have ended meanwhile.
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[2]) == main and int(stat.parent.name) != main:
                ticks += sum(int(ticks) for ticks in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


class Watch:
    """What went wrong in a window, in the order it did: errors of the console, requests that failed."""

    def __init__(self, context: BrowserContext) -> None:
        self.wrong: list[str] = []
        context.on("console", self._said)
        context.on("weberror", lambda error: self.wrong.append(f"script: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def take(self) -> list[str]:
        """What went wrong since the last time."""
        found, self.wrong = self.wrong, []
        return found

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # The browser drops what it still waits for when it goes to the next page, as the icon of the last one.
        if request.failure == "net::ERR_ABORTED":
            return
        self.wrong.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.url}")


# --- what a page shows ------------------------------------------------------------------------------------

_SHOWN = """
() => {
  const words = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const skipped = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "TEXTAREA"]);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const parent = walker.currentNode.parentElement;
    if (text && !skipped.has(parent.tagName) && !parent.closest("[lang=en]")) words.push(text);
  }
  for (const one of document.querySelectorAll("[aria-label],[title],[placeholder],[alt]"))
    for (const name of ["aria-label", "title", "placeholder", "alt"])
      if (one.getAttribute(name)) words.push(one.getAttribute(name).trim());
  const fields = [...document.querySelectorAll("input:not([type=hidden]),select,textarea")];
  return {
    words: words.map(text => text.replace(/\\s+/g, " ")),
    headings: [...document.querySelectorAll("h1")].filter(one => one.checkVisibility()).length,
    title: document.title,
    language: document.documentElement.lang,
    nameless: fields
      .filter(one => !one.labels?.length && !one.getAttribute("aria-label") && !one.getAttribute("aria-labelledby"))
      .map(one => one.outerHTML.slice(0, 120)),
  };
}
"""
_TOO_WIDE = """
() => {
  const wide = document.documentElement.scrollWidth, here = document.documentElement.clientWidth;
  if (wide <= here) return [];
  const out = [...document.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().right > here + 1);
  return [`${wide} px wide on ${here}`, ...out.slice(0, 3).map(one => one.outerHTML.slice(0, 100))];
}
"""
_CODE = re.compile(
    r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b(?:None|True|False|undefined|NaN|HIGH|MEDIUM|EXTREME)\b|%\(\w+\)s"
)


def wrong_words(page: Page, *, title: str) -> list[str]:
    """What is wrong in what the page says: not Vietnamese, a code, headings, names of fields."""
    shown: dict[str, Any] = page.evaluate(_SHOWN)
    found = [f"English: {text}" for text in shown["words"] if is_english(text)]
    found += [f"code: {text[:80]}" for text in shown["words"] if _CODE.search(text)]
    found += [f"no label: {field}" for field in shown["nameless"]]
    if shown["headings"] != 1:
        found.append(f"{shown['headings']} headings of the first level")
    if shown["title"] != title:
        found.append(f"the title says {shown['title']}")
    if shown["language"] != "vi":
        found.append(f"the language is {shown['language']}")
    return found


def too_wide(page: Page) -> list[str]:
    """What sticks out to the right of the window."""
    return [f"too wide: {one}" for one in page.evaluate(_TOO_WIDE)]


def barriers(page: Page, *rules: str, but: tuple[str, ...] = ()) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA; only these rules when some are named, and not in the parts of `but`."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe())
    run = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": list(TAGS)}
    told = page.evaluate(
        "([but, run]) => axe.run({exclude: but}, {runOnly: run, resultTypes: ['violations'], preload: false})",
        [[[one] for one in but], run],
    )
    return [
        f"{one['id']}: {node['html'][:150]} {node['failureSummary'][:150]}"
        for one in told["violations"]
        for node in one["nodes"][:3]
    ]


@cache
def _axe() -> str:
    script: str = Axe().axe_script
    return script


# --- English ----------------------------------------------------------------------------------------------


def is_english(text: str) -> bool:
    """Whether this is a message as it stands in the code, where the catalogue has Vietnamese for it."""
    words, patterns = _english()
    return text in words or any(pattern.fullmatch(text) for pattern in patterns)


@cache
def _english() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    entries = [entry for entry in polib.pofile(str(CATALOGUE)) if entry.msgstr or entry.msgstr_plural]
    told = [
        (source, translated)
        for entry in entries
        for source, translated in (
            (entry.msgid, entry.msgstr or entry.msgstr_plural[0]),
            (entry.msgid_plural, entry.msgstr_plural.get(0, "") if entry.msgstr_plural else ""),
        )
        if source and source != translated
    ]
    theirs = {translated for _source, translated in told}
    plain = {" ".join(source.split()) for source, _translated in told if "%" not in source} - theirs
    gaps = [" ".join(source.split()) for source, _translated in told if "%" in source]
    patterns = [
        re.compile(re.sub(r"%\\\(\w+\\\)[sd]", ".+", re.escape(one))) for one in gaps if _says_something(one)
    ]
    return frozenset(plain), tuple(patterns)


def _says_something(message: str) -> bool:
    """Whether there are two words beside the gaps; «%(a)s, %(b)s» is no language."""
    return len(re.findall(r"[A-Za-z]{2,}", re.sub(r"%\(\w+\)[sd]", "", message))) >= 2
