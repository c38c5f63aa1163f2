"""The demo province can be made at any hour of any day, and something waits on every desk."""

from datetime import UTC, datetime
from io import StringIO
from random import Random

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from casework.accounts.demo import FIRST, offered
from casework.audit.verify import breaks
from casework.cases.models import Case, CaseLink
from casework.deadlines.models import Deadline
from casework.desks import queries as desks
from casework.management.demo_province.consignments import send_consignments
from casework.management.demo_province.figures import publish_figures
from casework.management.demo_province.offices import HOME, build_offices
from casework.management.demo_province.returns import file_returns
from casework.management.demo_province.stories import SEED, Teller
from casework.management.demo_province.today import Today
from casework.national_database.models import Consignment
from casework.organisations.models import Agency, DutyShift, Membership, User
from casework.referrals.queries import desk_of
from casework.releases.queries import published_exactly
from casework.returns.models import OfficialReturn
from casework.tables import read_tables

pytestmark = [pytest.mark.django_db, pytest.mark.role("")]

CASES = 8
# After midnight in Viet Nam while it is still yesterday in UTC; the last hour of a year; a day that comes every four years.
HOURS = (
    datetime(2026, 11, 23, 18, 9, tzinfo=UTC),
    datetime(2026, 12, 31, 16, 59, tzinfo=UTC),
    datetime(2028, 2, 29, 3, 0, tzinfo=UTC),
)


@pytest.fixture
def nobody(db: None) -> None:
    """A database without the cast, as on the first day; given back with the test."""
    for model in (DutyShift, Membership, Agency, User, Group):
        model.objects.all().delete()


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize(("now", "seed"), list(zip(HOURS, (SEED, 7, 11), strict=True)))
def test_the_province_can_be_made_at_any_hour(now: datetime, seed: int):
    province = build_offices(Random(seed), now)
    teller = Teller(province, now, CASES, seed=seed)
    assert list(teller.tell()) == list(range(1, CASES + 1))
    list(Today(teller).tell())
    home = province.communes[HOME]

    def rows(model):
        return model.objects.everything(reason="the whole province is looked at")

    chair = desks.chair_desk_of(home.staff["commune_chair"], at=now)
    assert chair.requests
    assert chair.cancellations
    assert chair.reports
    board = desks.board_of(home.staff["commune_chair"], at=now)
    assert {name for name, cards in board.items() if cards} >= {"decide", "serve"}
    file_returns(province, now)
    states = list(rows(OfficialReturn).values_list("state", flat=True))
    assert {state: states.count(state) for state in set(states)} == {
        "received": 8,
        "sent": 2,
        "returned": 1,
        "draft": 2,
    }
    send_consignments(province, now)
    sent = rows(Consignment).order_by("first_month")
    assert list(sent.values_list("state", flat=True)) == ["received", "checked"]
    waiting = rows(Deadline).filter(state=Deadline.OPEN)
    assert waiting.filter(due_at__lt=now).exists()
    assert waiting.filter(due_at__gte=now, kind="ban_monitor_assign").exists()
    for name in ("hoa", "yen", "thao"):
        assert desk_of(province.users[name], at=now).shown()
    assert desks.supervisor_desk_of(province.users["mai"], at=now).units
    assert rows(CaseLink).filter(kind="cross_complaint").exists()
    assert rows(Case).filter(is_sealed=True).exists()
    assert next(breaks(), None) is None


@pytest.mark.usefixtures("nobody")
def test_what_the_province_published_gives_nobody_away(tmp_path):
    """Ten years, halves, three years together, the new units of 2025 and a revision, attacked from outside together."""
    now = HOURS[0]
    province = build_offices(Random(SEED), now)

    list(publish_figures(province, now, Random(SEED)))

    out = StringIO()
    call_command("export_public", "--out", str(tmp_path), stdout=out)
    call_command("audit_release", str(tmp_path), stdout=out)
    tables = {cell.release.split("/")[1] for cell in read_tables(tmp_path).cells}
    assert "không làm lộ ai" in out.getvalue()
    assert len(tables) >= 20
    assert {f"province_year.{year}" for year in range(2016, 2026)} <= tables
    assert {
        "commune_pool_total.2020-2022",
        "half_year.2018-H1",
        "commune_year.2025",
        "province_month.2023-01",
        "province_month.2025-12",
    } <= tables
    assert any(table.endswith(".v2") for table in tables)
    exact = {(cell.release, cell.at): cell.value for cell in published_exactly([province.area]).cells}
    shown = {(cell.release, cell.at): cell.value for cell in read_tables(tmp_path).cells}
    assert exact.keys() == shown.keys()
    assert all(value in (None, exact[at]) for at, value in shown.items())


@pytest.mark.usefixtures("nobody")
def test_everybody_to_try_first_is_there(settings):
    settings.DEMO = True
    build_offices(Random(SEED), HOURS[0])

    assert [account["username"] for account in offered()["first"]] == list(FIRST)
    assert len(offered()["others"]) >= 8
    assert User.objects.count() >= 50
