"""The step each clock asks for: every page is there, every verb has rights, over clocks ask for another step."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import resolve, reverse
from django.utils.translation import override

from casework.base.codes import codes
from casework.deadlines.steps import STEPS, Step, step_for, who
from casework.organisations.roles import RIGHTS

NOW = datetime(2026, 3, 27, 14, tzinfo=UTC)
SOME = "0b8c7f6e-9d1a-4c55-8f1e-2a3b4c5d6e7f"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("kind", STEPS)
def test_every_step_has_a_kind_of_clock_a_page_and_a_right(kind: str) -> None:
    step = STEPS[kind]

    assert kind in codes("deadline_kind")
    assert step.verb in RIGHTS
    assert resolve(reverse(step.route, args=[SOME])).url_name == step.route


@pytest.mark.parametrize("kind", ["ban_end", "measure_end"])
def test_a_measure_that_is_over_is_written_down_as_ended(kind: str) -> None:
    step = step_for(kind, due_at=NOW - HOUR, at=NOW)

    assert step is not None
    assert step.verb == "measure.end"


def test_a_ban_that_still_runs_asks_for_the_next_one() -> None:
    step = step_for("ban_end", due_at=NOW + HOUR, at=NOW)

    assert isinstance(step, Step)
    assert step.verb == "measure.request_ban"


def test_a_clock_without_a_page_has_no_step() -> None:
    assert step_for("commune_return", due_at=NOW, at=NOW) is None


@pytest.mark.parametrize(
    ("role", "words"), [("commune_chair", "Chủ tịch Ủy ban nhân dân cấp xã"), ("partner", "Cơ quan đối tác")]
)
def test_whom_a_clock_waits_for_in_words(role: str, words: str) -> None:
    with override("vi"):
        assert who(role) == words
