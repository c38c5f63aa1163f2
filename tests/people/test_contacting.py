from datetime import date, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from casework.base.codes import codes
from casework.people.contacting import GOOD_FOR, GUARDED_ROLES, Ways, contacting, phone_flags, shows_number

TODAY = date(2026, 11, 23)
AGREED = Ways(
    permission="yes",
    channel="call",
    number_or_person="0912 345 678",
    safe_hours="8:00-10:00",
    code_word="thư viện",
    may_leave_message="no",
    confirmed_on=TODAY,
)


def changed(**values: object) -> Ways:
    return Ways(**{**{name: getattr(AGREED, name) for name in Ways.__slots__}, **values})


def test_a_clear_recent_yes_says_when_and_how():
    with override("en"):
        answer = contacting(AGREED, today=TODAY)

    assert answer.allowed
    assert answer.line == "Telephone call 8:00-10:00, speak to nobody else, leave no message, say “thư viện”"
    assert "0912" not in answer.line


def test_the_go_between_is_named_and_a_number_is_not():
    with override("en"):
        answer = contacting(changed(channel="through_person", number_or_person="cô giáo Hà"), today=TODAY)

    assert "through cô giáo Hà" in answer.line


@pytest.mark.parametrize(
    ("ways", "why"),
    [
        (None, "absent"),
        (changed(permission="unknown"), "not_permitted"),
        (changed(permission="no"), "not_permitted"),
        (changed(confirmed_on=None), "unconfirmed"),
        (changed(confirmed_on=TODAY - GOOD_FOR - timedelta(days=1)), "expired"),
        (changed(ended_by="phone_taken"), "ended"),
    ],
)
def test_anything_else_means_do_not_contact(ways: Ways | None, why: str):
    answer = contacting(ways, today=TODAY)

    assert not answer
    assert answer.why == why
    assert answer.line


def test_thirty_days_still_count():
    assert contacting(changed(confirmed_on=TODAY - GOOD_FOR), today=TODAY)


def test_a_move_after_the_confirmation_overtakes_it():
    assert contacting(AGREED, today=TODAY, moved_on=TODAY)
    late = contacting(changed(confirmed_on=TODAY - timedelta(days=1)), today=TODAY, moved_on=TODAY)

    assert late.why == "moved"


def test_the_reason_of_an_end_is_said_in_words():
    with override("vi"):
        assert "bị lấy mất" in contacting(changed(ended_by="phone_taken"), today=TODAY).line


@pytest.mark.parametrize("reason", codes("contact_end_reason").codes)
def test_every_end_reason_stops_contact(reason: str):
    assert not contacting(changed(ended_by=reason), today=TODAY)


def test_numbers_of_those_in_danger_are_hidden_until_contact_is_allowed():
    no, yes = contacting(None, today=TODAY), contacting(AGREED, today=TODAY)

    assert {role for role in codes("participant_role").codes if not shows_number(role, no)} == GUARDED_ROLES
    assert all(shows_number(role, yes) for role in codes("participant_role").codes)


@given(
    permission=st.sampled_from(codes("contact_permission").codes),
    ended_by=st.sampled_from(["", *codes("contact_end_reason").codes]),
    confirmed=st.none() | st.integers(0, 400),
    moved=st.none() | st.integers(0, 400),
)
def test_contact_needs_every_condition(
    permission: str, ended_by: str, confirmed: int | None, moved: int | None
):
    ways = changed(
        permission=permission,
        ended_by=ended_by,
        confirmed_on=None if confirmed is None else TODAY - timedelta(days=confirmed),
    )
    moved_on = None if moved is None else TODAY - timedelta(days=moved)
    expected = (
        permission == "yes"
        and not ended_by
        and confirmed is not None
        and confirmed <= 30
        and (moved is None or moved >= confirmed)
    )

    assert contacting(ways, today=TODAY, moved_on=moved_on).allowed is expected


def test_a_safe_recent_number_of_her_own_has_no_flags():
    phone = {"number": "+84912345678", "whose": "own", "safe_to_call": "yes", "last_confirmed_on": TODAY}

    assert phone_flags(phone, today=TODAY) == []


def test_flags_warn_of_a_shared_taken_unsafe_and_old_number():
    phone = {
        "number": "+84912345678",
        "whose": "other_party",
        "safe_to_call": "no",
        "last_confirmed_on": TODAY - timedelta(days=31),
    }

    with override("en"):
        assert phone_flags(phone, today=TODAY, of_other_side=["+84912345678"]) == [
            "The other side has the same number.",
            "The other side holds this phone.",
            "Not safe to call.",
            "Last confirmed more than 30 days ago.",
        ]


def test_not_knowing_is_a_flag_too():
    with override("en"):
        assert phone_flags({"number": "+84912345678"}, today=TODAY) == [
            "Nobody knows whether calling is safe."
        ]
