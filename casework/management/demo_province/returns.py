"""The returns of the demo province: of some communes at every step, and the one the province adds up."""

from datetime import datetime, timedelta
from typing import Final

from casework.base import clock
from casework.base.dates import midnight
from casework.management.demo_province.offices import HOME, Commune, Province, account
from casework.organisations.models import User
from casework.returns import queries
from casework.returns.actions import (
    answer_flag,
    check_return,
    fill_in_return,
    prepare_return,
    receive_return,
    send_return,
    send_return_back,
    sign_return,
)
from casework.returns.models import OfficialReturn
from casework.statistics.figures import Window, current_window, window

FORM, PROVINCE_FORM = "commune_year", "province_year"
# Days after the end of the period.
PREPARED, SENT, RECEIVED = timedelta(days=1), timedelta(days=3), timedelta(days=5)
ADDED_UP: Final = timedelta(days=9)
HOUSEHOLDS: Final = {
    "households_two": 612,
    "households_mother": 41,
    "households_father": 17,
    "households_three": 388,
    "households_couple": 96,
    "households_single": 58,
    "households_other": 12,
    "households_elderly": 402,
    "households_children": 871,
    "households_violence": 15,
    "households_child_marriage": 3,
}
SUPERVISORS: Final = (
    "Lò Văn Hặc",
    "Tòng Thị Inh",
    "Cà Thị Muôn",
    "Giàng A Sử",
    "Quàng Văn Thoan",
    "Lường Thị Xuyến",
    "Mùa Thị Dở",
    "Vì Văn Khặt",
    "Hờ A Chống",
)
WORDS: Final = "Đã đối chiếu với sổ theo dõi của đơn vị; số liệu đúng."
FEW: Final = "Năm nay mới có một số đơn vị dùng hệ thống; các đơn vị khác đã gửi báo cáo giấy."


def file_returns(province: Province, now: datetime) -> None:
    """Of the last period that is over: communes received, sent, sent back; the province's sent; this year's begun."""
    days = current_window("report_year", clock.local_date(now))
    last = window(days.code, days.year - 1)
    end = midnight(last.end)
    staffed = province.staffed()
    supervisor = province.users["mai"]
    for commune, name in zip(staffed[1:], SUPERVISORS, strict=False):
        _add_supervisor(province, commune, name, now)
    for commune in staffed[:8]:
        record = _sent(commune, last, end, now)
        receive_return(record=record, by=supervisor, at=min(end + RECEIVED, now), answers={})
    back = _sent(staffed[8], last, end, now)
    send_return_back(
        record=back,
        by=supervisor,
        at=min(end + RECEIVED, now),
        answers={"reason": "Dòng I.4 (hộ có bạo lực) nhỏ hơn số vụ nhiều lần; đề nghị đối chiếu lại với sổ."},
    )
    _sent(staffed[9], last, end, now)
    statistician = province.users["thuy"]
    at = min(end + ADDED_UP, now)
    record = _prepared(statistician, PROVINCE_FORM, last, at)
    _finished(record, statistician, supervisor, FEW, at, at)
    _prepared(statistician, PROVINCE_FORM, days, now)
    home = province.communes[HOME]
    _prepared(home.staff["commune_supervisor"], FORM, days, now)


def _sent(commune: Commune, days: Window, end: datetime, now: datetime) -> OfficialReturn:
    """Through every step: the supervisor prepares, the chair signs."""
    chair, by = commune.staff["commune_chair"], commune.staff["commune_supervisor"]
    at, later = min(end + PREPARED, now), min(end + SENT, now)
    record = _prepared(by, FORM, days, at)
    whole = sum(HOUSEHOLDS[row] for row in list(HOUSEHOLDS)[:7])
    fill_in_return(
        record=record,
        by=by,
        at=at,
        answers={**HOUSEHOLDS, "households": whole, "source": "Sổ quản lý dân cư, ngày chốt kỳ báo cáo."},
    )
    return _finished(record, by, chair, WORDS, at, later)


def _finished(
    record: OfficialReturn, by: User, leader: User, words: str, at: datetime, later: datetime
) -> OfficialReturn:
    """What it was asked about is answered; it is checked, signed by another and sent."""
    for told in list(record.flags):
        if "remark" not in told:
            key = f"{told['kind']}:{told['row']}"
            answer_flag(record=record, by=by, at=at, answers={"flag": key, "text": words})
    check_return(record=record, by=by, at=at)
    shown = {"sha256": queries.digest_of(record)}
    sign_return(record=record, by=leader, at=later, answers=shown)
    return send_return(record=record, by=leader, at=later)


def _add_supervisor(province: Province, commune: Commune, name: str, at: datetime) -> None:
    """Somebody who prepares the return of a commune; the story of its cases knows nobody of them."""
    commune.staff["commune_supervisor"] = account(
        province.administrator,
        at,
        f"giamsat{commune.area.code}",
        name,
        commune.committee,
        "commune_supervisor",
    )


def _prepared(by: User, code: str, days: Window, at: datetime) -> OfficialReturn:
    return prepare_return(by=by, at=at, answers={"form": code, "window": days.code, "year": days.year})
