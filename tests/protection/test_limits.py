"""Limits the database keeps by itself, whatever the code above says."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from casework.base.codes import codes
from casework.protection.models import Measure, Service
from tests.protection.doing import Doing
from tests.world import World


def raw(doing: Doing, **values: Any) -> Measure:
    """A row that no verb has seen."""
    now = doing.world.now
    defaults = {
        "kind": "M03",
        "decider": "commune_chair",
        "state": "in_force",
        "requested_at": now,
        "starts_at": now,
        "ends_at": now + timedelta(days=3),
    }
    return Measure(case=doing.case, **{**defaults, **values})


def refuses(save) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        save()


@pytest.mark.parametrize("second", [0, 1, 999_999])
def test_three_days_to_the_microsecond(world: World, doing: Doing, second: int) -> None:
    start = world.now.replace(microsecond=second)
    raw(doing, starts_at=start, ends_at=start + timedelta(days=3)).save()

    refuses(raw(doing, starts_at=start, ends_at=start + timedelta(days=3, microseconds=1)).save)


@pytest.mark.parametrize("over", [timedelta(seconds=1), timedelta(hours=1), timedelta(days=400)])
def test_a_longer_ban_of_the_chair_s_is_not_stored(world: World, doing: Doing, over: timedelta) -> None:
    refuses(raw(doing, ends_at=world.now + timedelta(days=3) + over).save)


def test_neither_at_once_nor_by_an_update(world: World, doing: Doing) -> None:
    ban = raw(doing)
    ban.save()
    rows = Measure.objects.everything(reason="test").filter(pk=ban.pk)

    refuses(lambda: rows.update(ends_at=world.now + timedelta(days=4)))
    refuses(lambda: rows.update(starts_at=world.now - timedelta(days=1)))
    refuses(lambda: rows.update(ends_at=None))
    refuses(lambda: rows.update(starts_at=None))


def test_through_the_end_of_a_year(doing: Doing) -> None:
    start = datetime.fromisoformat("2026-12-30T20:00:00+07:00")
    raw(doing, starts_at=start, ends_at=start + timedelta(days=3)).save()

    refuses(raw(doing, starts_at=start, ends_at=start + timedelta(days=3, seconds=1)).save)


@pytest.mark.parametrize("length", [timedelta(0), timedelta(seconds=-1), timedelta(days=-3)])
@pytest.mark.parametrize("kind", ["M03", "M04"])
def test_no_measure_ends_before_it_begins(world: World, doing: Doing, kind: str, length: timedelta) -> None:
    refuses(raw(doing, kind=kind, ends_at=world.now + length).save)


def test_a_ban_in_force_without_a_term_is_not_stored(doing: Doing) -> None:
    refuses(raw(doing, ends_at=None).save)
    refuses(raw(doing, starts_at=None).save)


def test_other_deciders_and_measures_have_other_terms(world: World, doing: Doing) -> None:
    raw(doing, decider="court", ends_at=world.now + timedelta(days=120)).save()
    raw(doing, kind="M07", ends_at=world.now + timedelta(days=300)).save()
    raw(doing, kind="M07", ends_at=None).save()


def test_a_request_has_no_term_yet(doing: Doing) -> None:
    raw(doing, state="requested", starts_at=None, ends_at=None).save()


def test_a_recipient_has_one_copy(world: World, doing: Doing) -> None:
    ban = doing.ban()
    Service(case=doing.case, measure=ban, recipient="victim", served_at=world.now).save()

    refuses(Service(case=doing.case, measure=ban, recipient="victim", served_at=world.now).save)


def test_the_names_in_the_limits_are_codes_of_the_lists() -> None:
    assert "M03" in codes("measure")
    assert "commune_chair" in codes("decision_maker")
    assert "in_force" in codes("measure_state")
