"""What the law says of each measure: who may decide, on what grounds, within and for how long.

Pure: limits come from the code list `measure`, the clock from the caller.
"""

from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from casework.base.refusals import Refused

CONTACT_BAN: Final = "M03"
CHAIR: Final = "commune_chair"
COURT: Final = "court"

REQUESTED: Final = "requested"
GRANTED: Final = "granted"  # decided, begins later; never stored, only read off the clock
IN_FORCE: Final = "in_force"
REFUSED: Final = "refused"
ENDED: Final = "ended"
CANCELLED: Final = "cancelled"
LIVE: Final = frozenset({REQUESTED, GRANTED, IN_FORCE})

MONITOR_STEP: Final = timedelta(hours=1)  # Circular 66/2025/TT-BCA: one hour to assign, one more to announce
# A ban holds from its signing (Art. 25(3)); reading the page once more before signing is not reaching back.
SIGNING: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Warning_:
    """Something the law discourages or does not know; shown, never blocking."""

    code: str
    message: str | Promise


def decide_by(params: Mapping[str, Any], decider: str, requested_at: datetime) -> datetime | None:
    """The hour by which the decider answers, or None when the law names none (Art. 25(2): 12 hours)."""
    hours = params["decide_within_hours"].get(decider)
    return None if hours is None else requested_at + timedelta(hours=hours)


def latest_end(params: Mapping[str, Any], decider: str, starts_at: datetime) -> datetime | None:
    """The last instant the measure may run to, or None when the law names no limit."""
    if (hours := params["max_hours"].get(decider)) is not None:
        return starts_at + timedelta(hours=hours)
    if (days := params["max_days"].get(decider)) is not None:
        return starts_at + timedelta(days=days)
    if (months := params["max_months"].get(decider)) is not None:
        return add_months(starts_at, months)
    return None


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and hour so many months later, or the last day of a shorter month."""
    year, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + year, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def check_term(
    params: Mapping[str, Any], decider: str, starts_at: datetime, ends_at: datetime | None
) -> None:
    """Refuse a term that is empty, missing where the law limits it, or longer than the law allows."""
    limit = latest_end(params, decider, starts_at)
    if ends_at is None:
        if limit is not None:
            raise Refused("term_missing", _("This measure needs an end."), "ends_at")
        return
    if ends_at <= starts_at:
        raise Refused("term_empty", _("The end must come after the start."), "ends_at")
    if limit is not None and ends_at > limit:
        raise Refused("term_too_long", _too_long(params, decider), "ends_at")


def _too_long(params: Mapping[str, Any], decider: str) -> str | Promise:
    if decider == CHAIR and params["max_days"].get(CHAIR) == 3:
        return _("A contact ban by the commune chair lasts at most 3 days each time (Art. 25(1)).")
    if decider == COURT:
        return _("A contact ban by a court lasts at most 4 months (Art. 26(1)).")
    return _("This is longer than the law allows for this measure.")


def check_request(
    params: Mapping[str, Any],
    *,
    requester: str,
    grounds: Collection[str],
    consent: str,
    told_rights_at: datetime | None,
    at: datetime,
) -> None:
    """Refuse a request for a contact ban that the law would not hear (Art. 25(1); Decree 76, Chapter III)."""
    if not grounds:
        raise Refused("grounds_missing", _("Name at least one ground of Art. 25(1)."), "grounds")
    if requester in params["consent_when_asked_by"] and consent != "yes":
        raise Refused(
            "consent_missing",
            _("When a body or office asks, she or her guardian must agree first (Art. 25(1))."),
            "consent",
        )
    check_rights_told(told_rights_at, at)


def check_rights_told(told_rights_at: datetime | None, at: datetime) -> None:
    """She is told her rights and duties before the decision (Decree 76/2023, Chapter III)."""
    if told_rights_at is None:
        raise Refused(
            "rights_not_told", _("Tell her her rights and duties first, and note when."), "told_rights_at"
        )
    if told_rights_at > at:
        raise Refused("time_in_future", _("This time is still to come."), "told_rights_at")


def check_own_motion(params: Mapping[str, Any], grounds: Collection[str]) -> None:
    """The chair bans on his own motion only when the act threatens her life (Art. 25(1)(b))."""
    if not set(grounds) & set(params["own_motion_grounds"]):
        raise Refused(
            "own_motion_ground",
            _("Without a request, only a threat to her life allows a ban (Art. 25(1)(b))."),
            "grounds",
        )


def check_decider(params: Mapping[str, Any], decider: str) -> None:
    """Refuse a decider the law does not name for this measure (Art. 22 to 33)."""
    if decider not in params["deciders"]:
        raise Refused(
            "wrong_decider", _("The law does not let this authority decide this measure."), "decider"
        )


def warnings(
    params: Mapping[str, Any], *, youngest_perpetrator_age: int | None, acts_in_window: int
) -> list[Warning_]:
    """What speaks against a community measure: under 18, or fewer acts than the law asks (Art. 32(1))."""
    found: list[Warning_] = []
    minimum = params.get("min_age")
    if minimum and youngest_perpetrator_age is not None and youngest_perpetrator_age < minimum:
        found.append(Warning_("under_age", _("Art. 32 and 33 are for people of 18 or older.")))
    least = params.get("min_acts")
    if least and acts_in_window < least:
        found.append(
            Warning_(
                "too_few_acts",
                _(
                    "Art. 32(1) asks for two acts within 12 months, or an earlier fine; check before deciding."
                ),
            )
        )
    return found


def in_force(
    starts_at: datetime | None, ends_at: datetime | None, ended_at: datetime | None, at: datetime
) -> bool:
    """Whether a granted measure runs at this instant; the end itself no longer counts."""
    if starts_at is None or at < starts_at:
        return False
    return not is_over(ends_at, ended_at, at)


def is_over(ends_at: datetime | None, ended_at: datetime | None, at: datetime) -> bool:
    """Whether a granted measure has run out, or was ended before its time."""
    return ended_at is not None or (ends_at is not None and at >= ends_at)


def standing(
    state: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    ended_at: datetime | None,
    at: datetime,
) -> str:
    """Where a measure stands at this instant, as a code of `measure_state`.

    What is stored says what was done; a ban ends by the clock whether or not anybody wrote that down.
    """
    if state != IN_FORCE:
        return state
    if is_over(ends_at, ended_at, at):
        return ENDED
    return IN_FORCE if in_force(starts_at, ends_at, ended_at, at) else GRANTED


def late(decide_by: datetime | None, decided_at: datetime | None) -> timedelta | None:
    """By how much a decision came after its hour; None when it was in time or no hour is set."""
    if decide_by is None or decided_at is None or decided_at <= decide_by:
        return None
    return decided_at - decide_by


def check_start(starts_at: datetime, *, at: datetime, running_until: datetime | None) -> None:
    """Refuse a start before the signing, or later than the signing and the end of the ban that runs."""
    if starts_at < at - SIGNING:
        raise Refused("starts_in_past", _("A ban takes effect when it is signed, not before."), "starts_at")
    if starts_at > max(at + SIGNING, running_until or at):
        raise Refused(
            "starts_too_late",
            _("A ban takes effect when it is signed, or when the one that runs now ends."),
            "starts_at",
        )


def check_within(
    moment: datetime, starts_at: datetime, ends_at: datetime | None, field: str, *, message: str | Promise
) -> None:
    """Refuse a time outside these two; typed times have no seconds, so the minute of the start counts."""
    if moment < starts_at.replace(second=0, microsecond=0) or (ends_at is not None and moment > ends_at):
        raise Refused("outside_term", message, field)
