"""A figure on the screens: from the case that is logged to the page anybody reads and the file anybody checks."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page

from casework.audit.acting import acting_as
from casework.base import clock
from tests.life.person import Person
from tests.life.screens import (
    Office,
    lan_opens_the_case,
    lan_takes_a_report,
    lan_writes_down_what_happened,
    pao_assigns_it,
)
from tests.releases.making import staff
from tests.world import load_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Logged before by others; the one of the screens makes it one more.
BEFORE = 6


def test_a_case_becomes_a_figure_that_anybody_can_check(office: Office, tmp_path: Path) -> None:
    world = load_world()
    if len({clock.local(office.time.now() + timedelta(days=days)).year for days in (-1, 2)}) > 1:
        # The story needs some days of one year.
        office.time.pass_(days=3)
    year = clock.local(office.time.now()).year
    with acting_as(request_id="before"):
        staff(world)
        for number in range(BEFORE):
            world.case(at=office.time.now() - timedelta(minutes=60 - number), people=strangers(number))
    lan, pao = office.person("lan"), office.person("pao")
    lan_takes_a_report(office, lan)
    pao_assigns_it(office, pao)
    lan_opens_the_case(office, lan)
    lan_writes_down_what_happened(office, lan)
    for person in (lan, pao):
        office.home(person)

    office.time.until(datetime(year + 1, 2, 20, 2, 0, tzinfo=UTC))
    thuy = office.person("thuy")
    thuy_asks_for_it(office, thuy, year)
    call_command("protect_releases")
    for name in ("mai", "hanh"):
        supervisor = office.person(name)
        open_release(supervisor, year)
        supervisor.sees("Kiểm tra không phát hiện gì")
        supervisor.press("Duyệt số liệu hiển thị trên trang này")
        supervisor.sees("Đã ghi nhận việc duyệt của bạn.")
        office.home(supervisor)
    open_release(thuy, year)
    thuy.press("Công bố")
    thuy.sees("Đợt số liệu đã được công bố.")
    office.home(thuy)

    anybody = office.browser.new_context(base_url=office.url, locale="vi-VN").new_page()
    anybody.goto("/figures/")
    anybody.get_by_role("link", name=re.compile(f"{year}")).first.click()
    total = anybody.get_by_role("row", name=re.compile("^Tỉnh Điện Biên")).first
    assert str(BEFORE + 1) in total.inner_text().split()
    file = saved(anybody, tmp_path)
    assert f"Tổng số năm theo xã, phường · {year}" in checked(anybody, file)
    assert "Không xác nhận được" in checked(anybody, file + b" ")
    assert office.wrong == []


def strangers(number: int) -> list[dict[str, str]]:
    """Two people who are in no other case."""
    her = {"role": "victim", "full_name": f"Giàng Thị {'ABCDEFGH'[number]}", "age": str(1950 + number)}
    him = {"role": "perpetrator", "full_name": f"Sùng A {'ABCDEFGH'[number]}", "age": str(1970 + number)}
    return [{**her, "sex": "female"}, {**him, "sex": "male", "relation": "spouse"}]


def thuy_asks_for_it(office: Office, thuy: Person, year: int) -> None:
    thuy.page.goto("/releases/")
    thuy.press("Chuẩn bị đợt công bố")
    thuy.tick("Tổng số năm theo xã, phường")
    thuy.write("Năm", str(year))
    thuy.press("Chuẩn bị đợt công bố")
    thuy.page.locator("aside button").first.click()


def open_release(person: Person, year: int) -> None:
    person.page.goto("/releases/")
    person.page.get_by_role("link", name=re.compile(str(year))).first.click()


def saved(page: Page, folder: Path) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("CSV")).first.click()
    path = folder / "file.csv"
    download.value.save_as(path)
    return path.read_bytes()


def checked(page: Page, file: bytes) -> str:
    """What the page says of a file, by its fingerprint."""
    page.goto("/figures/")
    page.get_by_role("link", name="Kiểm tra tệp có đúng bản đã công bố").click()
    page.get_by_label("Mã băm (SHA-256)").fill(hashlib.sha256(file).hexdigest())
    page.get_by_role("button", name="Kiểm tra", exact=True).click()
    page.wait_for_url("**sha256=**")
    return page.locator("main").inner_text()
