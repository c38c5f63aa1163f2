"""The supervisor's desk: who is unprotected, who is late, what waits for a second person."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.cases.models import Case
from casework.closure.actions import request_closing
from casework.desks import queries
from casework.desks.quality import Gaps, Share, gaps
from casework.organisations.areas import current_area
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.ground import ground
from tests.world import World

NOW = datetime(2026, 3, 27, 14, tzinfo=UTC)


# --- rules ---


@pytest.mark.parametrize(
    ("level", "silent_for", "contact"),
    [
        ("EXTREME", 23, False),
        ("EXTREME", 25, True),
        ("HIGH", 47, False),
        ("HIGH", 49, True),
        ("HIGH", None, True),
    ],
)
def test_silence_is_measured_by_the_level(level: str, silent_for: int | None, contact: bool) -> None:
    last = None if silent_for is None else NOW - timedelta(hours=silent_for)

    found = gaps(level, has_measure=True, last_reached_at=last, has_plan=True, at=NOW)
    assert found == Gaps(measure=False, contact=contact, plan=False)
    assert found.any() is contact


def test_a_share_of_nothing_is_no_share() -> None:
    assert (Share(1, 4).percent, Share(0, 0).percent) == (25, None)


# --- the desk ---


opened = ground(lambda world: world.case(at=world.at(days=5)))


def desk(world: World, **how: object) -> queries.SupervisorDesk:
    return queries.supervisor_desk_of(world.mai, at=world.now, **how)  # type: ignore[arg-type]


def test_a_case_of_high_danger_that_lacks_everything(world: World, case: Case) -> None:
    doing.assess(world, case, "EXTREME")

    (line,) = desk(world).grave
    assert (line.case.pk, line.gaps) == (case.pk, Gaps(measure=True, contact=True, plan=True))


def test_it_leaves_the_list_when_nothing_is_missing(world: World, case: Case) -> None:
    doing.assess(world, case, "EXTREME")
    doing.ban(world, case)
    doing.met(world, case)
    doing.plan(world, case)

    assert desk(world).grave == []


def test_trying_in_vain_is_not_a_contact(world: World, case: Case) -> None:
    doing.assess(world, case, "EXTREME")
    doing.met(world, case, outcome="no_answer", in_person=False)

    assert desk(world).grave[0].gaps.contact


def test_low_danger_is_not_on_the_list(world: World, case: Case) -> None:
    doing.assess(world, case, "LOW")

    assert desk(world).grave == []


def test_the_most_dangerous_stand_first(world: World, case: Case) -> None:
    other = world.case(at=world.at(days=6))
    doing.assess(world, case, "HIGH")
    doing.assess(world, other, "EXTREME")

    assert [line.case.pk for line in desk(world).grave] == [other.pk, case.pk]


def test_what_is_overdue_is_counted_by_unit(world: World, case: Case) -> None:
    doing.assess(world, case, "EXTREME", at=world.at(days=4))

    (line,) = desk(world).units
    assert (line.unit, line.overdue) == ("UBND xã Mường Phăng", 2)


def low_and_asked_to_close(world: World, case: Case) -> None:
    doing.assess(world, case, "LOW")
    doing.met(world, case)
    request_closing(
        case=doing.fresh(case),
        by=world.lan,
        at=world.now,
        answers={
            "reason": "safe_goals_met",
            "outcomes": ["safe"],
            "her_wish": "Muốn kết thúc.",
            "findable": "yes",
        },
    )


def test_what_waits_for_a_second_person(world: World, case: Case) -> None:
    other = world.case(at=world.at(days=6))
    low_and_asked_to_close(world, case)
    lowering = doing.assess(world, other, "EXTREME", final="HIGH", reason="Đã chuyển đi nơi khác.")

    found = desk(world)
    assert ([row.case_id for row in found.closings], [row.pk for row in found.lowerings]) == (
        [case.pk],
        [lowering.pk],
    )
    shown = text_of(signed_in(world.mai).get(reverse("desk-supervisor")))
    assert reverse("review-closing", args=[found.closings[0].pk]) in shown
    assert reverse("confirm-lowering", args=[lowering.pk]) in shown


def test_the_quality_of_the_last_ninety_days(world: World, case: Case) -> None:
    doing.assess(world, case, "HIGH")
    doing.assess(world, case, "HIGH", final="EXTREME", reason="Dọa giết hôm qua.")
    doing.met(world, case)
    doing.met(world, case, at=world.at(hours=30), entered_at=world.now, outcome="no_answer", in_person=False)

    found = desk(world)
    assert (found.overridden, found.late) == (Share(1, 2), Share(1, 2))


def test_one_commune_of_the_area(world: World, case: Case) -> None:
    doing.assess(world, case, "EXTREME", at=world.at(days=4))
    elsewhere = current_area("03127")
    assert elsewhere is not None

    assert len(desk(world, commune=world.commune).grave) == 1
    other = desk(world, commune=elsewhere)
    assert (other.grave, other.units, other.late) == ([], [], Share(0, 0))


def test_the_picker_offers_the_communes_of_the_province(world: World) -> None:
    names = {area.code for area in queries.communes_of(world.mai, at=world.now)}

    assert world.commune.code in names
    assert world.elsewhere.code not in names
    assert queries.communes_of(world.lan, at=world.now) == []


def test_a_commune_of_another_province_cannot_be_chosen(world: World, case: Case) -> None:
    doing.assess(world, case, "EXTREME")

    shown = text_of(signed_in(world.mai).get(reverse("desk-supervisor"), {"commune": world.elsewhere.code}))
    assert case.number in shown


@pytest.mark.parametrize("user", ["lan", "minh", "dung", "pao", "hoa", "tuan", "kien", "son"])
def test_the_desk_is_the_supervisors(world: World, user: str) -> None:
    assert signed_in(world.users[user]).get(reverse("desk-supervisor")).status_code == 403


def test_no_name_stands_on_the_desk(world: World, case: Case) -> None:
    doing.assess(world, case, "EXTREME")

    shown = text_of(signed_in(world.mai).get(reverse("desk-supervisor")))
    assert "L.T.M." in shown
    assert "Lò Thị Mẫu" not in shown


def test_the_desk_is_remembered(world: World, case: Case) -> None:
    doing.assess(world, case, "EXTREME")
    signed_in(world.mai).get(reverse("desk-supervisor"), {"commune": world.commune.code})

    event = AuditEvent.objects.filter(action="desk.supervisor").latest("pk")
    assert event.detail == {
        "count": 1,
        "shown": [str(case.pk)],
        "filters": {"commune": world.commune.code},
    }


def test_the_desk_costs_the_same_for_many_cases(world: World, case: Case) -> None:
    client, url = signed_in(world.mai), reverse("desk-supervisor")
    doing.assess(world, case, "EXTREME")
    low_and_asked_to_close(world, world.case(at=world.at(days=6)))
    few = doing.queries_of(client, url)

    for days in (7, 8, 9):
        doing.assess(world, world.case(at=world.at(days=days)), "EXTREME")
        low_and_asked_to_close(world, world.case(at=world.at(days=days)))

    assert doing.queries_of(client, url) == few
