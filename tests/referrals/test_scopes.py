"""The limits of sharing, as rules on plain values."""

from datetime import UTC, datetime, timedelta

import pytest

from casework.base.codes import codes
from casework.base.refusals import Refused
from casework.referrals import scopes
from casework.referrals.reasons import WHY

AT = datetime(2026, 3, 5, 14, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SERVICES = [row.code for row in codes("service_kind")]
NEVER = [row.code for row in codes("share_item") if row.flag("never_default")]
IDENTIFYING = [row.code for row in codes("share_item") if not row.flag("shelter_request")]


def refusal(rule, *args, **kwargs) -> tuple[str, str | None]:
    with pytest.raises(Refused) as said:
        rule(*args, **kwargs)
    return said.value.code, said.value.field


# --- term ---


def test_a_consent_lasts_ninety_days_at_most() -> None:
    scopes.check_term(AT, AT + timedelta(days=90))
    assert refusal(scopes.check_term, AT, AT + timedelta(days=90) + TICK) == ("term_too_long", "valid_until")


@pytest.mark.parametrize("end", [AT, AT - TICK, AT - timedelta(days=400)])
def test_a_consent_lasts_some_time(end: datetime) -> None:
    assert refusal(scopes.check_term, AT, end) == ("term_empty", "valid_until")


@pytest.mark.parametrize(
    ("at", "runs"),
    [(AT - TICK, False), (AT, True), (AT + timedelta(days=1) - TICK, True), (AT + timedelta(days=1), False)],
)
def test_a_consent_runs_from_its_start_up_to_its_end(at: datetime, runs: bool) -> None:
    assert scopes.runs(AT, AT + timedelta(days=1), None, at) is runs


def test_a_consent_taken_back_no_longer_runs() -> None:
    assert not scopes.runs(AT, AT + timedelta(days=1), AT, AT)


def test_consent_without_being_told_what_follows_is_none() -> None:
    scopes.check_told(told_consequences=True)
    assert refusal(scopes.check_told, told_consequences=False)[0] == "consequences_not_told"


# --- items ---


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_proposed_passes_the_rule(service: str) -> None:
    proposed = scopes.default_items(service)

    assert proposed
    scopes.check_items(proposed, service)
    assert set(proposed) <= {row.code for row in scopes.offered(service)}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("item", NEVER)
def test_some_things_are_never_told(service: str, item: str) -> None:
    assert item not in {row.code for row in scopes.offered(service)}
    assert refusal(scopes.check_items, ["sex", item], service) == ("item_never_shared", "items")


@pytest.mark.parametrize("item", sorted(scopes.NOT_KEPT_HERE))
def test_what_the_sister_rooms_hold_is_told_by_the_worker(item: str) -> None:
    assert refusal(scopes.check_items, [item], "legal_aid") == ("item_not_offered", "items")


@pytest.mark.parametrize("item", [code for code in IDENTIFYING if code not in NEVER])
def test_a_shelter_request_tells_nothing_of_who_she_is(item: str) -> None:
    assert refusal(scopes.check_items, ["household", item], "shelter") == ("shelter_no_identity", "items")


def test_a_shelter_is_told_household_and_needs() -> None:
    assert scopes.default_items("shelter") == ["household", "shelter_needs"]


def test_needs_of_a_shelter_are_for_a_shelter_only() -> None:
    assert refusal(scopes.check_items, ["shelter_needs"], "health_care")[0] == "item_not_offered"


def test_a_consent_to_nothing_is_none() -> None:
    assert refusal(scopes.check_items, [], "health_care") == ("items_missing", "items")


def test_an_item_nobody_knows_is_refused() -> None:
    assert refusal(scopes.check_items, ["everything"], "health_care")[0] == "item_never_shared"


def test_what_a_service_cannot_do_without_is_proposed_for_it_alone() -> None:
    assert "identity_number" in scopes.default_items("legal_aid")
    assert "identity_number" not in scopes.default_items("psychological")
    assert "injuries" in scopes.default_items("health_care")
    assert "injuries" not in scopes.default_items("legal_aid")


def test_every_item_that_may_be_offered_says_why() -> None:
    offered = {row.code for service in SERVICES for row in scopes.offered(service)}

    assert set(WHY) == offered


# --- the request ---


def test_words_are_for_everybody_but_a_shelter() -> None:
    scopes.check_needs("health_care", "Khám.")
    scopes.check_needs("shelter", "  ")
    assert refusal(scopes.check_needs, "health_care", " \n") == ("needs_missing", "needs")
    assert refusal(scopes.check_needs, "shelter", "Chị Mẫu") == ("shelter_no_identity", "needs")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_asked_of_those_who_give_it(service: str) -> None:
    kinds = codes("service_kind").row(service).strings("agency_kinds")
    for kind in codes("agency_kind").codes:
        if not kinds or kind in kinds:
            scopes.check_recipient(service, kind)
        else:
            assert refusal(scopes.check_recipient, service, kind) == ("recipient_kind", "recipient")


def test_an_appointment_lies_ahead() -> None:
    scopes.check_appointment(None, AT)
    scopes.check_appointment(AT, AT)
    assert refusal(scopes.check_appointment, AT - TICK, AT) == ("appointment_past", "appointment_at")


def test_every_state_is_told_or_closed() -> None:
    states = codes("referral_state").codes

    assert [state for state in states if not scopes.tells(state)] == ["declined", "cancelled"]
    assert set().union(*scopes.ANSWERS.values()) <= scopes.open_states()
    assert scopes.may_answer("sent", "accept")
    assert not scopes.may_answer("accepted", "decline")
