"""The wait doubles, has an upper end, and is per name."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.accounts import attempts
from casework.accounts.backoff import FORGOTTEN_AFTER, LONGEST_WAIT, wait_after
from casework.accounts.models import SignInAttempts

AT = datetime(2026, 3, 8, 2, 30, tzinfo=UTC)
NONE = timedelta(0)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (13, 256), (14, 300), (10**6, 300)]
)
def test_the_wait_after_so_many_refusals(failures, seconds):
    assert wait_after(failures) == timedelta(seconds=seconds)


@given(st.integers(0, 10_000))
def test_one_more_refusal_never_shortens_the_wait(failures):
    assert NONE <= wait_after(failures) <= wait_after(failures + 1) <= LONGEST_WAIT


@pytest.mark.django_db
def test_the_fifth_refusal_makes_the_name_wait():
    assert [attempts.reserve("nga", AT) for _ in range(5)] == [NONE] * 5
    assert attempts.reserve("nga", AT) == timedelta(seconds=1)
    assert attempts.reserve("vinh", AT) == NONE


@pytest.mark.django_db
def test_hammering_while_waiting_does_not_make_the_wait_longer():
    for _ in range(5):
        attempts.reserve("nga", AT)
    for _ in range(50):
        attempts.reserve("nga", AT + timedelta(milliseconds=900))
    assert attempts.reserve("nga", AT + timedelta(seconds=1)) == NONE


@pytest.mark.django_db
def test_nobody_is_ever_locked_out():
    at = AT
    for _ in range(200):
        at += attempts.reserve("nga", at)
    assert attempts.reserve("nga", at + LONGEST_WAIT) == NONE


@pytest.mark.django_db
def test_the_right_password_starts_again_from_nothing():
    for _ in range(5):
        attempts.reserve("nga", AT)
    attempts.forgive("nga")
    assert attempts.reserve("nga", AT) == NONE


@pytest.mark.django_db
def test_a_day_later_it_is_forgotten_and_the_row_is_gone():
    for _ in range(20):
        attempts.reserve("nga", AT)
    attempts.reserve("vinh", AT + FORGOTTEN_AFTER + timedelta(seconds=1))
    assert SignInAttempts.objects.count() == 1


@pytest.mark.django_db
def test_the_case_of_letters_gives_no_second_try():
    for name in ("nga", "NGA", " Nga ", "nGa", "ngA"):
        attempts.reserve(name, AT)
    assert attempts.reserve("nga", AT) > NONE


@pytest.mark.django_db
def test_the_name_that_was_typed_is_not_kept():
    attempts.reserve("mật khẩu gõ nhầm ô", AT)
    assert "mật" not in str(SignInAttempts.objects.values())
