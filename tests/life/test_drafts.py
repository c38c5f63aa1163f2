"""What a browser does for a form: it saves while somebody types, when the page locks, and presses once."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, expect

from casework.access.models import Draft
from casework.intake.models import Report
from tests.life.browsing import barriers, chromium, too_wide, wrong_words
from tests.life.serving import serving
from tests.world import PASSWORD, World, load_world

in_a_browser = pytest.mark.browser
NEW = "/reports/new/"
DESKTOP, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
TOLD = "Chị Sua kể chồng cầm dao đuổi ra khỏi nhà."


class Site:
    """A server, a browser before it, and the cast."""

    def __init__(self, url: str, browser: Browser, world: World) -> None:
        self.url, self.browser, self.world = url, browser, world

    def page(self, username: str = "lan", **options: Any) -> Page:
        client = Client()
        client.post("/account/sign-in/", {"login": username, "password": PASSWORD})
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        context = self.browser.new_context(base_url=self.url, **{"viewport": DESKTOP, **options})
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": self.url}])
        return context.new_page()


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    with django_db_blocker.unblock():
        world = load_world()
        with serving() as url, chromium() as browser:
            yield Site(url, browser, world)


@pytest.fixture
def window(site: Site, django_db_blocker: Any) -> Iterator[Site]:
    """The site without a draft, and with its database open to the test."""
    with django_db_blocker.unblock():
        Draft.objects.all().delete()
        yield site


def reports() -> int:
    return Report.objects.everything(reason="test").count()


def type_report(page: Page, site: Site) -> None:
    page.goto(NEW)
    page.locator("[name=account]").fill(TOLD)
    page.locator("[name=area]").select_option(site.world.commune.code)
    page.locator("[name=channel]").select_option("call")
    page.locator("[name=people-0-full_name]").fill("Vàng Thị Sua")


def says_what_was_typed(page: Page) -> None:
    expect(page.locator("[name=account]")).to_have_value(TOLD)
    expect(page.locator("[name=people-0-full_name]")).to_have_value("Vàng Thị Sua")
    expect(page.get_by_text(re.compile("Đã mở lại bản nháp lúc"))).to_be_visible()


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("SCREENS", "")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.django_db
def test_the_page_brings_what_saves_it() -> None:
    client = Client()
    client.force_login(load_world().lan)
    page = client.get(NEW).content.decode()
    assert 'data-draft-url="/drafts/"' in page
    assert "js/draft.js" in page


@in_a_browser
def test_what_was_typed_is_there_after_loading_the_page_again(window: Site) -> None:
    page = window.page()
    page.clock.install()
    type_report(page, window)
    with page.expect_response("**/drafts/") as saved:
        page.clock.fast_forward(5000)
    assert saved.value.status == 204
    expect(page.locator("[data-draft-status], .app-draft-status")).to_have_text(
        re.compile(r"Đã lưu nháp lúc \d\d:\d\d")
    )
    page.goto(NEW)
    says_what_was_typed(page)
    assert wrong_words(page, title=settings.PRODUCT_NAME) == []
    assert barriers(page) == []
    picture(page, "draft-1280")
    page.set_viewport_size(PHONE)
    assert too_wide(page) == []
    picture(page, "draft-360")
    page.set_viewport_size(DESKTOP)
    page.get_by_role("button", name="Bỏ bản nháp").click()
    expect(page.locator("[name=account]")).to_have_value("")
    page.context.close()


@in_a_browser
def test_the_lock_keeps_it_and_the_way_back_leads_to_it(window: Site) -> None:
    page = window.page()
    page.clock.install()
    type_report(page, window)
    with page.expect_response("**/drafts/"), page.expect_response("**/account/sign-out/"):
        page.clock.fast_forward(settings.IDLE_MINUTES * 60_000 + 6000)
    expect(page.locator("#idle-lock")).to_be_visible()
    page.locator("#idle-lock [data-sign-in]").click()
    page.locator("[name=login]").fill("lan")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"**{NEW}")
    says_what_was_typed(page)
    page.context.close()


@in_a_browser
def test_leaving_at_once_leaves_nothing_in_the_browser(window: Site) -> None:
    page = window.page()
    page.route(
        "**/*",
        lambda route: route.fulfill(body="") if window.url not in route.request.url else route.continue_(),
    )
    type_report(page, window)
    stored = page.evaluate("() => [{...localStorage}, {...sessionStorage}]")
    assert all(set(one) <= {"page-last-activity"} for one in stored)
    page.locator("[data-quick-exit]").click()
    page.wait_for_url(lambda url: window.url not in url)
    page.goto(window.url + NEW)
    assert "/account/sign-in/" in page.url
    assert TOLD not in page.content()
    page.context.close()


@in_a_browser
@pytest.mark.parametrize("scripts", [True, False])
def test_two_presses_take_one_report(window: Site, scripts: bool) -> None:
    before = reports()
    page = window.page(java_script_enabled=scripts)
    type_report(page, window)
    page.get_by_role("button", name="Tiếp nhận và báo Chủ tịch").dblclick()
    # Without scripts the second press ends the first on its way: where the page arrives counts, not each journey.
    expect(page).to_have_url(re.compile(r"/reports/[0-9a-f-]{36}/$"), timeout=30_000)
    assert reports() == before + 1
    assert not Draft.objects.exists()
    page.context.close()


@in_a_browser
def test_the_button_rests_while_the_form_is_on_its_way(window: Site) -> None:
    page = window.page()
    type_report(page, window)
    assert page.evaluate(_PRESS_TWICE) == [1, "true"]
    page.context.close()


# Presses the button twice and sends nothing: how often it would have been sent, and how the button stands.
_PRESS_TWICE = """
() => {
  const form = document.querySelector("form[data-draft-url]"), button = form.querySelector(".app-button--big");
  let sent = 0;
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) sent += 1;
    event.preventDefault();
  });
  button.click();
  button.click();
  return [sent, button.getAttribute("aria-disabled")];
}
"""
