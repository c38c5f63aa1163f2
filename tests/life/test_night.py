"""One night of a contact ban on the screens of an office: from the report at 21:10 to the end of the court's ban.

Every hour of the law between them is pressed on a page, and the papers are saved and read as anybody reads them.
"""

import re
from datetime import datetime, timedelta

import pypdf
import pytest

from casework.base import clock
from casework.deadlines.machine import run_minute
from casework.deadlines.models import Deadline
from casework.protection.models import Measure
from tests.life.browsing import PHONE
from tests.life.person import Person
from tests.life.screens import (
    Office,
    lan_asks_for_a_contact_ban,
    lan_opens_the_case,
    lan_serves_the_decision,
    lan_takes_a_report,
    lan_writes_down_what_happened,
    open_case,
    pao_assigns_it,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOUR = timedelta(hours=1)
# What he must not read on any paper that reaches him.
HERS = ("Bản Mẫu", "thư viện", "0912345678", "+84912345678")


class Night:
    """The evening of the report; later hours are counted from it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        evening = clock.local(office.time.now()).replace(hour=21, minute=10, second=0, microsecond=0)
        if evening <= office.time.now():
            evening += timedelta(days=1)
        self.evening = evening
        office.time.until(evening)

    def it_is(self, hour: int, minute: int, *, days: int = 0) -> datetime:
        """Let the night go on to this hour; what the minute job tells by then is told."""
        moment = self.evening.replace(hour=hour, minute=minute) + timedelta(days=days)
        self.office.time.until(moment)
        assert run_minute(self.office.time.now()).failed == 0
        return self.office.time.now()


def test_the_night_of_a_contact_ban(office: Office) -> None:
    night = Night(office)
    lan = office.person("lan")
    lan_takes_a_report(office, lan)
    night.it_is(21, 16)
    pao = office.person("pao", size=PHONE)
    pao_assigns_it(office, pao)
    lan_opens_the_case(office, lan)
    lan_writes_down_what_happened(office, lan)

    night.it_is(21, 30)
    lan_asks_for_a_contact_ban(office, lan)
    asked = only("ban_decide")
    assert asked.due_at - asked.starts_at == 12 * HOUR

    night.it_is(23, 5)
    pao_bans_contact(office, pao)
    first = Measure.objects.everything(reason="test").get()
    assert first.decided_at is not None
    assert first.starts_at is not None
    assert first.decided_at < asked.due_at
    paper = issue(lan, office, "Quyết định cấm tiếp xúc")
    # The number the chair signed under is the one on the paper.
    assert first.number in paper
    assert "Lường Văn Mẫu" in paper
    assert [word for word in HERS if word in paper] == []
    to_measures(office, lan)
    lan_serves_the_decision(lan)

    night.it_is(23, 40)
    assert only("ban_monitor_assign").due_at == first.starts_at.replace(second=0, microsecond=0) + HOUR
    dung = office.person("dung", size=PHONE)
    assign_a_monitor(dung)
    night.it_is(0, 20, days=1)
    announce(dung)
    assert not Deadline.objects.everything(reason="test").filter(kind__startswith="ban_monitor", state="open")

    night.it_is(2, 0, days=1)
    he_comes_near(office, dung)

    night.it_is(9, 0, days=3)
    for person in (lan, pao):
        person.sign_in()
    the_ban_goes_on(office, lan, pao)

    night.it_is(9, 0, days=4)
    for person in (lan, pao):
        person.sign_in()
    the_court_bans_contact(office, lan)

    court = Measure.objects.everything(reason="test").get(decider="court")
    assert court.ends_at is not None
    office.time.until(court.ends_at, minutes=1)
    assert run_minute(office.time.now()).failed == 0
    lan.sign_in()
    it_is_over(office, lan)
    for person in (lan, pao, dung):
        office.home(person)
    assert office.wrong == []


def only(kind: str) -> Deadline:
    """The one clock of this kind that runs or ran."""
    return Deadline.objects.everything(reason="test").get(kind=kind)


def to_measures(office: Office, person: Person) -> None:
    open_case(office, person)
    person.follow("Biện pháp", within="Các phần của hồ sơ")


# --- the decision -----------------------------------------------------------------------------------------


def pao_bans_contact(office: Office, pao: Person) -> None:
    pao.page.goto("/")
    pao.sees(office.number, "còn 10 giờ")
    pao.page.get_by_role("button", name=re.compile("^Ra quyết định")).first.click()
    pao.press("Ký quyết định")
    pao.sees("Đã ký quyết định.", "Đang áp dụng")


def issue(person: Person, office: Office, title: str) -> str:
    """Issue a paper of the case and save it; what stands in it."""
    open_case(office, person)
    person.follow("Giấy tờ", within="Các phần của hồ sơ")
    person.page.locator("main").get_by_role("link", name=title, exact=True).first.click()
    person.send("Phát hành, lấy số")
    person.sees("Đã rà soát")
    with person.page.expect_download() as saving:
        person.press("Tải về")
    pages = pypdf.PdfReader(saving.value.path()).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


# --- the hours of the police ------------------------------------------------------------------------------


def assign_a_monitor(dung: Person) -> None:
    dung.page.get_by_role("button", name=re.compile("^Phân công người giám sát")).first.click()
    dung.answer("Người giám sát", "Trưởng thôn")
    dung.write("Họ và tên người giám sát", "Quàng Văn Trưởng")
    dung.press("Phân công người giám sát")
    dung.sees("Quàng Văn Trưởng")


def announce(dung: Person) -> None:
    dung.page.get_by_role("button", name="Công bố việc giám sát", exact=True).first.click()
    dung.tick("Người bị giám sát đã ký cam kết")
    dung.press("Ghi việc công bố")
    dung.sees("Quàng Văn Trưởng")


def he_comes_near(office: Office, dung: Person) -> None:
    dung.press("Ghi vi phạm")
    dung.write("Thời điểm xảy ra", office.stamp(minutes=10))
    dung.choose("Hành vi vi phạm", "Đến gần trong phạm vi bị cấm")
    dung.write("Sự việc", "Lúc 1 giờ 50 đứng trước cổng nơi bị cấm đến, gọi to.")
    dung.write("Việc xử lý sau đó (không bắt buộc)", "Đã lập biên bản, buộc rời đi.")
    dung.send("Ghi vi phạm")
    dung.sees("01:50", "Đến gần trong phạm vi bị cấm", "Đã lập biên bản, buộc rời đi.")


# --- what follows the three days --------------------------------------------------------------------------


def the_ban_goes_on(office: Office, lan: Person, pao: Person) -> None:
    """Another ban is another decision, of three days again and no longer (Art. 25(1))."""
    to_measures(office, lan)
    lan.press("Đề nghị cấm tiếp xúc lần tiếp theo")
    lan.answer("Người đề nghị", "Người bị bạo lực gia đình")
    lan.write("Thời điểm thông báo quyền và nghĩa vụ cho người bị bạo lực gia đình", office.stamp(minutes=10))
    lan.answer("Sự đồng ý của người bị bạo lực gia đình", "Có")
    lan.tick("Gây tổn hại đến sức khỏe")
    lan.write("Nội dung căn cứ", "Đêm đầu đã đến gần, tiếp tục đe dọa.")
    lan.press("Gửi Chủ tịch UBND xã")
    lan.sees("Chờ quyết định")

    pao.page.goto("/")
    pao.page.get_by_role("button", name=re.compile("^Ra quyết định")).first.click()
    end = pao.field("Kết thúc")
    lawful = end.input_value()
    end.fill(office.stamp(days=-7))
    pao.press("Ký quyết định")
    pao.sees("mỗi lần không quá 03 ngày")
    assert Measure.objects.everything(reason="test").filter(state="requested").exists()
    pao.write("Kết thúc", lawful)
    pao.press("Ký quyết định")
    pao.sees("Đã ký quyết định.")


def the_court_bans_contact(office: Office, lan: Person) -> None:
    to_measures(office, lan)
    lan.follow("Ghi nhận biện pháp khác")
    lan.choose("Biện pháp", "Cấm tiếp xúc")
    lan.choose("Người quyết định", "Tòa án nhân dân")
    lan.write("Số quyết định", "05/2026/QĐ-CTX")
    lan.write("Bắt đầu", office.stamp(hours=1))
    lan.write("Kết thúc", office.stamp(days=-130))
    lan.send("Ghi nhận biện pháp")
    lan.sees("04 tháng")
    assert not Measure.objects.everything(reason="test").filter(decider="court")
    lan.write("Kết thúc", office.stamp(days=-110))
    lan.send("Ghi nhận biện pháp")
    lan.sees("05/2026/QĐ-CTX", "Đang áp dụng")


def it_is_over(office: Office, lan: Person) -> None:
    to_measures(office, lan)
    ended = lan.page.locator("main").get_by_text("05/2026/QĐ-CTX").first
    ended.wait_for()
    lan.sees("Hết thời hạn")
    lan.page.get_by_role("button", name=re.compile("^Ghi kết thúc biện pháp")).first.click()
    lan.write("Kết quả thực hiện", "Hết thời hạn, chấp hành.")
    lan.press("Ghi kết thúc biện pháp")
    lan.sees("Kết thúc")
