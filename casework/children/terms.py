"""What Decree 56/2017 allows at each step of the child procedure. Pure; the clock comes from the caller."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.dates import CHILD_UNDER, PartialDate, could_be_under
from casework.base.refusals import Refused

# How far a procedure has come, and what the chair decides within the 12 hours.
RECEIVED, ASSESSING, PLANNING = "received", "assessing", "planning"
CARRIED_OUT, CLOSED = "carried_out", "closed"
NONE, EMERGENCY, SEPARATION = "none", "emergency", "separation"

SEPARATION_AT_MOST: Final = timedelta(days=15)
# Reading the page once more before signing is not reaching back.
SIGNING: Final = timedelta(minutes=15)


def is_child(role: str, age_band: str, born: str, on: date) -> bool:
    """Whether somebody of the case is a child of it: under 16 for all that is known (Law on Children 2016, Art. 1)."""
    if role != "child" and not (role == "victim" and age_band == "under_16"):
        return False
    return not born or could_be_under(CHILD_UNDER, PartialDate.from_iso(born), on)


def check_decision(decision: str, dangers: Collection[str], *, has_first_form: bool) -> None:
    """Refuse a decision the decree does not know.

    Whoever is in danger is helped before a form is filled in; that no help is needed can only be said after one.
    """
    if decision == NONE:
        if dangers:
            raise Refused(
                "danger_named",
                _(
                    "Where life, health or dignity may be seriously harmed, the chair intervenes within 12 hours "
                    "(Decree 56/2017/NĐ-CP, Art. 26(3))."
                ),
                "decision",
            )
        if not has_first_form:
            raise Refused(
                "first_form_missing",
                _(
                    "Fill in form 02 first: only the first assessment shows that no emergency measure is needed "
                    "(Decree 56/2017/NĐ-CP, Art. 26(2))."
                ),
                "decision",
            )
        return
    if not dangers:
        raise Refused(
            "grounds_missing",
            _(
                "Name what is or may be seriously harmed: life, health or dignity (Decree 56/2017/NĐ-CP, Art. 31)."
            ),
            "dangers",
        )


def check_separation(starts_at: datetime, ends_at: datetime, *, at: datetime) -> None:
    """Refuse a separation that is empty, begins long ago, or lasts beyond 15 days (Art. 32)."""
    if ends_at <= starts_at:
        raise Refused("term_empty", _("The end must come after the start."), "ends_at")
    if starts_at < (at - SIGNING).replace(second=0, microsecond=0):
        raise Refused("starts_in_past", _("A separation begins when it is decided, not before."), "starts_at")
    if ends_at - starts_at > SEPARATION_AT_MOST:
        raise Refused(
            "term_too_long",
            _(
                "A temporary separation lasts at most 15 days; longer only when a competent body asks for it "
                "(Decree 56/2017/NĐ-CP, Art. 32)."
            ),
            "ends_at",
        )


def check_extension(ends_at: datetime, *, before: datetime, demanded_by: str) -> None:
    """Refuse an extension nobody competent asked for, or one that is none (Art. 32)."""
    if not demanded_by.strip():
        raise Refused(
            "demand_missing",
            _("Name the competent body that asks for a longer separation (Decree 56/2017/NĐ-CP, Art. 32)."),
            "demanded_by",
        )
    if ends_at <= before:
        raise Refused("not_longer", _("This is no later than the end it has now."), "ends_at")


def late(due_at: datetime, done_at: datetime | None) -> timedelta | None:
    """By how much a decision came after its hour; None when it was in time or has not come."""
    return done_at - due_at if done_at is not None and done_at > due_at else None
