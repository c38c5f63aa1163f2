"""Returns of Mường Phăng and of the province at every step, and the people it takes."""

from datetime import datetime, timedelta
from typing import Any

from casework.accounts.actions import add_user
from casework.base.dates import midnight
from casework.organisations.models import User
from casework.returns import queries
from casework.returns.actions import (
    answer_flag,
    check_return,
    fill_in_return,
    prepare_return,
    receive_return,
    send_return,
    sign_return,
)
from casework.returns.catalogue import form
from casework.returns.models import OfficialReturn
from casework.statistics.figures import Window, window
from tests.world import SINCE, World, with_password

ANSWER = "Đã đối chiếu với sổ của xã."


def staff(world: World) -> dict[str, User]:
    """Who works on returns beside the cast: a supervisor of the commune, a statistician and a second leader above."""
    for name, full_name, role, office in (
        ("quy", "Bạc Thị Quý", "commune_supervisor", "committee"),
        ("thuy", "Hoàng Thu Thủy", "statistician", "department"),
        ("hanh", "Trần Ngọc Hạnh", "province_supervisor", "department"),
    ):
        if name not in world.users:
            world.users[name] = with_password(
                add_user(
                    by=world.son,
                    at=world.now,
                    username=name,
                    full_name=full_name,
                    agency=world.agencies[office],
                    role=role,
                    since=SINCE,
                    is_demo=True,
                )
            )
    return world.users


def last_year(world: World) -> Window:
    """The last period of the yearly return that is over."""
    days = window("report_year", world.now.year)
    return days if midnight(days.end) <= world.now else window("report_year", world.now.year - 1)


def in_period(world: World) -> datetime:
    """An instant within it."""
    return midnight(last_year(world).end) - timedelta(days=20)


def prepared(
    world: World, code: str = "commune_year", *, by: str = "", at: datetime | None = None, **asked: Any
) -> OfficialReturn:
    staff(world)
    one = form(code)
    by = by or ("quy" if one.level == "commune" else "thuy")
    days = last_year(world)
    answers = {"form": code, "window": days.code, "year": days.year, **asked}
    return prepare_return(by=world.users[by], at=at or world.now, answers=answers)


def filled(world: World, record: OfficialReturn, **values: int) -> OfficialReturn:
    """Every row that is filled in by hand, so that they add up."""
    rows = form(record.form).by_hand
    some: dict[str, Any] = {row: 10 for row in rows if row.startswith("households_")}
    some |= {"households": 70} if "households" in rows else {}
    answers = {row: values.get(row, some.get(row, 1)) for row in rows}
    return fill_in_return(
        record=record,
        by=record.prepared_by,
        at=world.now,
        answers={**answers, "source": "Sổ hộ tịch, ngày 30/11."},
    )


def answered(world: World, record: OfficialReturn) -> OfficialReturn:
    for told in list(record.flags):
        if "remark" not in told:
            answer_flag(
                record=record,
                by=record.prepared_by,
                at=world.now,
                answers={"flag": f"{told['kind']}:{told['row']}", "text": ANSWER},
            )
    return record


def checked(world: World, code: str = "commune_year", **how: Any) -> OfficialReturn:
    record = prepared(world, code, **how)
    if form(code).by_hand:
        filled(world, record)
    answered(world, record)
    return check_return(record=record, by=record.prepared_by, at=world.now)


def signer(world: World, record: OfficialReturn) -> User:
    return world.users["pao" if form(record.form).level == "commune" else "mai"]


def signed(world: World, code: str = "commune_year", **how: Any) -> OfficialReturn:
    return sign(world, checked(world, code, **how))


def sign(world: World, record: OfficialReturn) -> OfficialReturn:
    answers = {"sha256": queries.digest_of(record)}
    return sign_return(record=record, by=signer(world, record), at=world.now, answers=answers)


def sent(world: World, code: str = "commune_year", **how: Any) -> OfficialReturn:
    record = signed(world, code, **how)
    return send_return(record=record, by=signer(world, record), at=world.now)


def received(world: World, code: str = "commune_year", **how: Any) -> OfficialReturn:
    return receive_return(record=sent(world, code, **how), by=world.mai, at=world.now, answers={})
