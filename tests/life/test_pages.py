"""Every page of the product in a browser, as somebody who may see it: readable, reachable, Vietnamese, without error.

Pages come from the URL resolver; a new one is walked from the day it has an address.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, Response

from tests.accounts.test_second_factor import code_for
from tests.life.browsing import DESKTOP, PHONE, Watch, barriers, chromium, too_wide, wrong_words
from tests.life.serving import serving
from tests.matrix.asking import ACTORS, ANONYMOUS
from tests.matrix.file import File, build_file
from tests.matrix.routes import routes
from tests.matrix.test_matrix import GOLDEN, Cell, read
from tests.world import PASSWORD, load_world

pytestmark = pytest.mark.browser

# Addresses that nobody reads as a page, and why.
NO_PAGE = {
    "set_language": "takes a choice and goes back",
    "health_live": "for machines",
    "health_ready": "for machines",
    "audit-export": "lines or a workbook",
    "calendar-feed": "a calendar for a telephone",
    "download-file": "a file",
    "download-paper": "a file",
    "download-template": "a file",
    "paper-draft": "a file",
    "paper-register-file": "a file",
    "report-sheet": "a file",
    "duty-sheet": "a file",
    "schema": "for machines",
    "erasure-certificate": "a paper, and only of a destroyed case",
    "report-erasure-certificate": "a paper, and only of a destroyed report",
    "public-file": "a file",
    "return-file": "a file",
    "consignment-file": "a file",
    "report-case": "goes on to the case",
    "accept-referral": "a part of the page of the referral",
    "report-back": "a part of the page of the referral",
}
# What a page is asked that shows nothing without a question.
ASKED = {
    "statistics-cases": "?row=cases",
    "statistics-table": "?rows=form&columns=sex&purpose=plan",
    "return-cases": "?row=cases",
    "return-answer": "?flag=gap:",
    "consignment-group": "?group=group_5",
    "period-set": "?rule=ban_decide",
    "paper-preview": "?kind=ban_decision&about={measure_id}",
    "publish-template": "?kind=ban_decision",
}
# What is another page for everybody who sees it: everyone walks it anew.
OWN = {"home", "statistics-return", "statistics-indicators", "statistics-charts", "statistics-table"}
# The frame is the same on all pages of one person: axe reads it on the first.
FRAME = (".app-header", ".app-menu", ".app-footer")
# What depends on the width of the window; the rest is the same on a telephone.
NARROW = ("target-size", "scrollable-region-focusable")


@dataclass
class Site:
    """The file of Lan's case behind an address, and a browser before it."""

    url: str
    browser: Browser
    file: File

    def page(self, client: Client, **options: Any) -> Page:
        """A window with the session of this client."""
        context = self.browser.new_context(base_url=self.url, viewport=DESKTOP, locale="vi-VN", **options)
        name = settings.SESSION_COOKIE_NAME
        if name in client.cookies:
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": self.url}])
        return context.new_page()


@dataclass
class Walk:
    """What was found: kind -> a line for each thing on each page."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, page: str, lines: list[str]) -> None:
        self.found.setdefault(kind, []).extend(f"{page}: {line}" for line in lines)


def signed_in(username: str) -> Client:
    """Somebody who has just signed in with their password; nobody for an empty name."""
    client = Client(raise_request_exception=False)
    if username:
        client.post(reverse("account_login"), {"login": username, "password": PASSWORD})
    return client


def visitors() -> Iterator[tuple[str, Client]]:
    """Who walks, one after the other: whoever may see a page is found by asking them in this order."""
    for name in ("lan", "pao", "dung", "hoa", "mai", "kien", "son", ""):
        yield name or ANONYMOUS, signed_in(name)
    careful = signed_in("kien")
    careful.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    yield "kien, sure", careful
    for _try in range(2):
        # A code lasts half a minute, and may have just ended.
        secret = careful.get(reverse("mfa_activate_totp")).context["form"].secret
        if careful.post(reverse("mfa_activate_totp"), {"code": code_for(secret)}).status_code == 302:
            break
    yield "kien with a second factor", careful
    yield "kien before the second step", signed_in("kien")


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    with django_db_blocker.unblock():
        file = build_file(load_world())
        with serving() as url, chromium() as browser:
            yield Site(url, browser, file)


@pytest.fixture(scope="module")
def walk(site: Site) -> Walk:
    """Everybody walks every page that those before them could not see, and those that are made for each."""
    walk = Walk()
    # An address whose parameter has no record is named by the tests of the matrix.
    pages = [
        route
        for route in routes()
        if not route.is_rest and route.name not in NO_PAGE and set(route.params) <= set(site.file.ids)
    ]
    unseen = list(pages)
    reviewed = dict(read([line for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]))
    for name, client in visitors():
        page = site.page(client)
        watch = Watch(page.context)
        seen = 0
        for route in pages:
            if route not in unseen and (route.name not in OWN or name not in ACTORS):
                continue
            known = reviewed.get(Cell(route.pattern, "GET", name), "200")
            if known not in ("200", "405") and route.name not in ASKED:
                # Who is refused is reviewed elsewhere; to ask them all again would take longer than to look.
                continue
            ids = site.file.ids_for(route.name)
            path = route.path(ids) + ASKED.get(route.name, "").format_map(ids)
            answer = page.goto(path)
            assert answer is not None
            if (answer.status == 405 or is_page(answer)) and route in unseen:
                unseen.remove(route)
            if is_page(answer):
                look(page, watch, walk, f"{route.name} ({name})", but=FRAME if seen else ())
                seen += 1
            else:
                # A refusal is an error to the browser; here it only means that somebody else has to look.
                watch.take()
        page.context.close()
    walk.found["unseen"] = [route.name for route in unseen]
    return walk


def is_page(answer: Response) -> bool:
    """Whether somebody reads this: not refused, not a way to another page, not for machines."""
    was_sent_on = answer.request.redirected_from is not None
    return answer.status == 200 and not was_sent_on and answer.headers["content-type"].startswith("text/html")


def look(page: Page, watch: Watch, walk: Walk, name: str, *, but: tuple[str, ...]) -> None:
    walk.note("words", name, wrong_words(page, title=settings.PRODUCT_NAME))
    walk.note("barriers", name, barriers(page, but=but))
    walk.note("width", name, too_wide(page))
    page.set_viewport_size(PHONE)
    walk.note("width", f"{name} on a telephone", too_wide(page))
    walk.note("barriers", f"{name} on a telephone", barriers(page, *NARROW))
    walk.note("errors", name, watch.take())
    page.set_viewport_size(DESKTOP)


# Says for all of them that a database is needed; rows that a browser shall see lie in no transaction of a test.
@pytest.mark.django_db
def test_every_page_is_seen_by_somebody(walk: Walk) -> None:
    assert "\n".join(walk.found["unseen"]) == ""


def test_every_page_speaks_vietnamese_and_names_everything(walk: Walk) -> None:
    assert "\n".join(walk.found["words"]) == ""


def test_no_page_has_a_barrier(walk: Walk) -> None:
    assert "\n".join(walk.found["barriers"]) == ""


def test_no_page_is_wider_than_its_window(walk: Walk) -> None:
    assert "\n".join(walk.found["width"]) == ""


def test_no_page_breaks_anything_in_the_browser(walk: Walk) -> None:
    assert "\n".join(walk.found["errors"]) == ""


def test_who_comes_back_to_where_only_a_form_goes_is_told_so(site: Site) -> None:
    """By «next» after the page was locked, or by reloading; a browser would show its own error otherwise."""
    ids = {name: site.file.ids[name] for name in ("case_id", "participant_id")}
    page = site.page(signed_in("lan"))
    answer = page.goto(reverse("participant-main", kwargs=ids))

    assert answer is not None
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert page.get_by_role("heading", level=1).inner_text() == "Chưa thực hiện được"
    page.context.close()


def test_a_file_is_chosen_in_our_words_and_one_too_long_is_not_even_sent(site: Site) -> None:
    page = site.page(signed_in("lan"))
    where = reverse("attach-file", args=[site.file.case.pk])
    page.goto(where)
    chosen = page.locator("input[type=file]")
    said = page.locator(".app-file")
    assert said.inner_text().split("\n") == ["Chọn tệp", "Chưa chọn tệp."]

    chosen.set_input_files({"name": "Ảnh.jpg", "mimeType": "image/jpeg", "buffer": b"12345"})
    assert "Ảnh.jpg" in said.inner_text()

    chosen.evaluate("one => { one.dataset.largest = '4' }")
    chosen.set_input_files({"name": "Dài.jpg", "mimeType": "image/jpeg", "buffer": b"12345"})
    assert "Mỗi tệp tối đa 50 MB." in said.inner_text()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_role("button", name="Đính kèm", exact=True).click()
    page.wait_for_timeout(200)
    assert "POST" not in sent
    page.context.close()


BAD = """
<title>Domestic violence</title><h1>Sign in</h1><h1>case_view</h1><img src="/nothing.png">
<form><input name="x"></form><div style="width: 900px">dài</div>
"""


def test_the_looking_sees(site: Site) -> None:
    """A page with everything wrong, so that silence above means something."""
    page = site.page(Client())
    watch = Watch(page.context)
    page.goto("/account/sign-in/")
    page.set_viewport_size(PHONE)
    # The styles of the page itself are refused by its own policy; that of the test too.
    page.evaluate("html => { document.head.innerHTML = ''; document.body.innerHTML = html }", BAD)
    page.wait_for_load_state("networkidle")
    words, missed = wrong_words(page, title=settings.PRODUCT_NAME), watch.take()

    assert {line.split(":")[0] for line in words} >= {"English", "code", "no label"}
    assert "2 headings of the first level" in words
    assert any("the title says" in line for line in words)
    assert any("404" in line for line in missed)
    assert any("image-alt" in line for line in barriers(page))
    assert any("label" in line for line in barriers(page))
    page.evaluate("document.body.lastElementChild.style.minWidth = '900px'")
    assert too_wide(page)
    page.context.close()
