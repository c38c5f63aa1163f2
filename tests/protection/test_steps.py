"""What a measure waits for at each point of its way."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from casework.base.clock import VIETNAM
from casework.base.codes import codes
from casework.deadlines.queries import link
from casework.deadlines.steps import STEPS
from casework.organisations.roles import RIGHTS
from casework.protection import steps, terms
from casework.protection.steps import Course

AT = datetime(2026, 11, 23, 21, 14, tzinfo=VIETNAM)
EVERYBODY = ("perpetrator", "victim", "police_head", "village_head")
BAN = Course(
    kind="M03",
    decider="commune_chair",
    stored="in_force",
    standing="in_force",
    recipients=EVERYBODY,
    received=frozenset(),
    is_monitored=True,
    monitor_assigned=False,
    announced=False,
    cancellation_asked=False,
    another_asked=False,
    has_paper=True,
    ends_at=AT + timedelta(days=2),
)
SETTLED = replace(BAN, received=frozenset(EVERYBODY), monitor_assigned=True, announced=True)


def test_a_request_waits_for_the_chair() -> None:
    asked = replace(BAN, stored="requested", standing="requested")

    assert steps.due(asked, AT) == ["decide-ban"]
    assert steps.possible(asked, AT) == []
    assert steps.waits_for(steps.due(asked, AT)) == "commune_chair"


def test_a_signed_ban_waits_to_be_served() -> None:
    assert steps.due(BAN, AT) == ["serve-decision"]


def test_the_police_s_hour_begins_with_their_copy() -> None:
    served = replace(BAN, received=frozenset({"police_head"}))

    assert steps.due(served, AT) == ["assign-monitor", "serve-decision"]
    named = replace(served, monitor_assigned=True)
    assert steps.due(named, AT) == ["announce-monitoring", "serve-decision"]
    assert steps.waits_for(steps.due(named, AT)) == "police_head"


def test_a_settled_ban_waits_for_nothing() -> None:
    assert steps.due(SETTLED, AT) == []
    assert steps.possible(SETTLED, AT) == [
        "record-breach",
        "assign-monitor",
        "allow-contact",
        "request-cancellation",
        "cancel-measure",
    ]


def test_a_wish_to_cancel_comes_first() -> None:
    asked = replace(SETTLED, cancellation_asked=True)

    assert steps.due(asked, AT) == ["answer-cancellation"]
    assert not {"request-cancellation", "cancel-measure"} & set(steps.possible(asked, AT))


def test_a_ban_that_ends_within_a_day_asks_for_another_once() -> None:
    ending = replace(SETTLED, ends_at=AT + timedelta(hours=24))

    assert steps.due(ending, AT) == ["request-ban"]
    assert steps.due(ending, AT - timedelta(seconds=1)) == []
    assert steps.due(replace(ending, another_asked=True), AT) == []


def test_a_ban_that_ran_out_waits_for_its_end_to_be_written() -> None:
    over = replace(SETTLED, standing="ended")

    assert steps.due(over, AT) == ["end-measure"]
    assert steps.possible(over, AT) == ["record-breach"]


@pytest.mark.parametrize("state", ["refused", "ended", "cancelled"])
def test_what_is_over_and_written_waits_for_nothing(state: str) -> None:
    done = replace(SETTLED, stored=state, standing=state)

    assert steps.due(done, AT) == []
    assert steps.possible(done, AT) == ([] if state == "refused" else ["record-breach"])


def test_only_the_chair_s_ban_is_cancelled_by_him() -> None:
    court = replace(SETTLED, decider="court")

    assert "end-measure" in steps.possible(court, AT)
    assert "cancel-measure" not in steps.possible(court, AT)
    assert "end-measure" not in steps.possible(SETTLED, AT)


def test_care_is_not_breached_and_has_no_paper_to_serve() -> None:
    care = replace(
        BAN,
        kind="M05",
        decider="health_facility",
        recipients=("victim",),
        is_monitored=False,
        has_paper=False,
    )

    assert steps.due(care, AT) == []
    assert steps.possible(care, AT) == ["end-measure"]


def test_every_step_knows_a_verb_a_page_and_a_role() -> None:
    some = "00000000-0000-0000-0000-000000000000"

    for name, action in steps.ACTIONS.items():
        assert action.verb in RIGHTS
        assert link(action.page or name, some), name
        assert not action.role or action.role in codes("role")


def test_the_clocks_of_protection_lead_to_pages_that_exist() -> None:
    some = "00000000-0000-0000-0000-000000000000"
    kinds = (
        "ban_decide",
        "ban_serve",
        "ban_monitor_assign",
        "ban_monitor_announce",
        "ban_end",
        "ban_cancel_decide",
    )

    for kind in (*kinds, "measure_end"):
        assert link(STEPS[kind].route, some), kind
        assert STEPS[kind].verb in RIGHTS


def test_running_is_between_signing_and_end() -> None:
    for standing in codes("measure_state").codes:
        assert replace(BAN, standing=standing).runs == (standing in (terms.GRANTED, terms.IN_FORCE))
