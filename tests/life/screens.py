"""An office before its screens, and the steps every story of it begins with."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from casework.base import clock
from tests.life.browsing import PHONE
from tests.life.hands import Hands
from tests.life.person import Person

BEATING = "a) Hành hạ, ngược đãi, đánh đập, đe dọa hoặc hành vi cố ý khác xâm hại đến sức khỏe, tính mạng"
TOLD_RIGHTS = "Thời điểm thông báo quyền và nghĩa vụ cho người bị bạo lực gia đình"
RECIPIENTS = (
    "Trưởng Công an xã",
    "Người bị bạo lực gia đình",
    "Người có hành vi bạo lực gia đình",
    "Trưởng thôn, Tổ trưởng tổ dân phố nơi người bị bạo lực gia đình cư trú",
)


class Office:
    """The people of the story before their screens, the time, and the folder for pictures."""

    def __init__(self, browser: Browser, url: str, time: Hands) -> None:
        self.browser, self.url, self.time = browser, url, time
        self.folder = os.environ.get("SCREENS", "")
        self.number = ""
        self.wrong: list[str] = []

    def person(self, username: str, **options: Any) -> Person:
        return Person(self.browser, self.url, username, **options)

    def home(self, person: Person) -> None:
        """They go home; nothing may have gone wrong in their window but a form that was refused on purpose."""
        self.wrong += [line for line in person.leave() if not re.search(r"\b(400|409)\b", line)]

    def stamp(self, **ago: float) -> str:
        """A time as somebody types it."""
        return clock.local(self.time.now() - timedelta(**ago)).strftime("%d/%m/%Y %H:%M")

    def picture(self, person: Person, name: str, *, part: str = "") -> None:
        """A picture of what stands on the screen: from the top, or from where a part ends."""
        if not self.folder:
            return
        page = person.page
        page.wait_for_load_state("networkidle")
        if part:
            # Under the heads of the page and of the case, which stay in view.
            person.part(part).evaluate(
                "one => scrollTo(0, one.getBoundingClientRect().bottom + scrollY - 90)"
            )
        else:
            page.evaluate("scrollTo(0, 0)")
        page.evaluate("document.activeElement?.blur()")
        width = person.page.viewport_size["width"] if person.page.viewport_size else 0
        page.screenshot(path=Path(self.folder) / f"{name}-{width}.png")

    def pictures(self, person: Person, name: str, *, part: str = "") -> None:
        """The same on a desk and on a telephone."""
        self.picture(person, name, part=part)
        if self.folder:
            before = person.page.viewport_size
            person.page.set_viewport_size(PHONE)
            self.picture(person, name, part=part)
            if before:
                person.page.set_viewport_size(before)


# --- the report and the case ------------------------------------------------------------------------------


def lan_takes_a_report(office: Office, lan: Person) -> None:
    lan.press("Tiếp nhận tin báo")
    lan.answer("Có ai bị thương không?", "Có")
    lan.write("Bản, tổ dân phố", "Bản Mẫu")
    for who, name, born, sex in (
        ("Người 1", "Lò Thị Mẫu", "1990", "Nữ"),
        ("Người 2", "Lường Văn Mẫu", "1986", "Nam"),
    ):
        lan.write("Họ tên theo lời người báo tin", name, within=who)
        lan.write("Tuổi hoặc năm sinh (khoảng)", born, within=who)
        lan.choose("Giới tính", sex, within=who)
    lan.choose("Là gì của người bị bạo lực gia đình", "Vợ hoặc chồng", within="Người 2")
    lan.choose("Hình thức báo tin", "Gọi điện")
    office.pictures(lan, "report")
    # The words of the caller are what cannot be left out: what was typed stays.
    lan.press("Tiếp nhận và báo Chủ tịch")
    lan.sees("Hãy trả lời câu hỏi này.")
    lan.write("Theo lời người báo tin", "Chồng đánh vợ, có tiếng kêu cứu. Hai cháu nhỏ đang khóc.")
    lan.press("Tiếp nhận và báo Chủ tịch")
    lan.sees("Đã lưu tin báo.", "Đã báo Chủ tịch UBND xã lúc", "1. Người bị bạo lực gia đình: Lò Thị Mẫu")


def pao_assigns_it(office: Office, pao: Person) -> None:
    pao.page.goto("/")
    pao.page.get_by_role("button", name=re.compile("^Phân công")).first.click()
    pao.sees("Chồng đánh vợ, có tiếng kêu cứu.")
    pao.choose("Cơ quan", "UBND xã Mường Phăng")
    pao.choose("Người", "Lò Thị Lan, UBND xã Mường Phăng")
    pao.press("Phân công")
    pao.sees("Đã phân công xử lý tin báo.")


def lan_opens_the_case(office: Office, lan: Person) -> None:
    lan.follow("Hôm nay")
    lan.page.get_by_role("button", name=re.compile("^Mở tin báo")).click()
    lan.press("Lập hồ sơ vụ việc")
    lan.sees("Chưa tìm thấy ai trong tin báo này ở các hồ sơ bạn được xem.")
    lan.press("Lập hồ sơ vụ việc")
    lan.sees("Đã lập hồ sơ vụ việc.", "CHƯA ĐÁNH GIÁ")
    heading = lan.page.get_by_role("heading", level=1).inner_text()
    office.number = heading.split()[0]
    assert "Lò Thị Mẫu" not in heading


def open_case(office: Office, person: Person) -> Person:
    """From the search to the overview of the case."""
    person.follow("Hồ sơ", within="Mục chính")
    person.page.locator("main").get_by_role("link", name=re.compile(office.number)).first.click()
    return person


def lan_writes_down_what_happened(office: Office, lan: Person) -> None:
    lan.follow("Người liên quan")
    lan.follow("Ghi cách liên hệ an toàn")
    lan.answer("Có được liên hệ không", "Được liên hệ")
    lan.choose("Cách liên hệ", "Gọi điện", within="Cách liên hệ")
    lan.write("Ngày, giờ an toàn", "8:00-10:00")
    lan.write("Từ quy ước", "thư viện")
    lan.press("Lưu cách liên hệ")
    lan.follow("Vụ việc")
    lan.press("Ghi nhận vụ việc")
    lan.tick(BEATING)
    lan.write("Sự việc theo lời kể của người bị bạo lực gia đình", "Chị kể: bị đánh vào tay.")
    lan.tick("Bầm tím, sưng")
    lan.write("Mô tả thương tích", "Bầm tím ở tay trái.")
    lan.press("Ghi nhận vụ việc")
    lan.sees("Bạo lực về thể chất")


# --- the contact ban --------------------------------------------------------------------------------------


def lan_asks_for_a_contact_ban(office: Office, lan: Person) -> None:
    lan.follow("Biện pháp", within="Các phần của hồ sơ")
    lan.press("Đề nghị cấm tiếp xúc")
    lan.answer("Người đề nghị", "Người bị bạo lực gia đình")
    lan.write(TOLD_RIGHTS, office.stamp(minutes=10))
    lan.answer("Sự đồng ý của người bị bạo lực gia đình", "Có")
    lan.tick("Gây tổn hại đến sức khỏe")
    lan.write("Nội dung căn cứ", "Gây thương tích, tiếp tục đe dọa.")
    lan.press("Gửi Chủ tịch UBND xã")
    lan.sees("Chờ quyết định")


def lan_serves_the_decision(lan: Person) -> None:
    lan.follow("Biện pháp", within="Các phần của hồ sơ")
    for recipient in RECIPIENTS:
        lan.page.get_by_role("button", name=re.compile("^Ghi người nhận quyết định")).last.click()
        lan.answer("Người nhận", recipient)
        lan.answer("Cách giao", "Giao trực tiếp")
        lan.press("Ghi lại")
        lan.sees("Đã gửi cho ai, lúc nào")
    lan.sees("4/4")
