"""What the law says of each measure: who may decide, on what grounds, within and for how long.

Pure: limits come from the code list `measure`, the clock from the caller.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from casework.base.dates import add_months
from casework.base.refusals import Refused

SUMMONS: Final = "M02"
CONTACT_BAN: Final = "M03"
SHELTER: Final = "M04"
CRITIQUE: Final = "M08"
CHAIR: Final = "commune_chair"
COURT: Final = "court"

REQUESTED: Final = "requested"
GRANTED: Final = "granted"  # decided, begins later; never stored, only read off the clock
IN_FORCE: Final = "in_force"
REFUSED: Final = "refused"
ENDED: Final = "ended"
CANCELLED: Final = "cancelled"
LIVE: Final = frozenset({REQUESTED, GRANTED, IN_FORCE})

# A ban holds from its signing (Art. 25(3)); reading the page once more before signing is not reaching back.
SIGNING: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Warning_:
    """Something the law discourages or does not know; shown, never blocking."""

    code: str
    message: str | Promise


def latest_end(params: Mapping[str, Any], decider: str, starts_at: datetime) -> datetime | None:
    """The last instant the measure may run to, or None when the law names no limit."""
    if (hours := params["max_hours"].get(decider)) is not None:
        return starts_at + timedelta(hours=hours)
    if (days := params["max_days"].get(decider)) is not None:
        return starts_at + timedelta(days=days)
    if (months := params["max_months"].get(decider)) is not None:
        return add_months(starts_at, months)
    return None


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


def check_summons(grounds: Collection[str], priority_groups: Collection[str]) -> None:
    """He is called to the police office when she belongs to a priority group, or her life or health is at risk (Art. 24)."""
    if not grounds and not priority_groups:
        raise Refused(
            "grounds_missing",
            _("Art. 24 asks for a ground, unless she belongs to a group the law puts first."),
            "grounds",
        )


def check_community(
    params: Mapping[str, Any],
    *,
    age: int | None,
    condition: str,
    acts_in_window: int,
    fined_before: bool,
    volunteered: bool,
) -> None:
    """Refuse critique or community work where Art. 32(1) and 33 do not allow it.

    age: of the one who committed violence, None when it is not known for sure; acts_in_window: incidents on file within
    the months of the law; fined_before: a penalty is on file.
    """
    minimum = params.get("min_age")
    if minimum is None:
        return
    if age is not None and age < minimum:
        raise Refused("under_age", _("Art. 32 and 33 are for people of 18 or older."), "kind")
    if not condition:
        raise Refused("condition_missing", _("Say which ground of Art. 32(1) it rests on."), "condition")
    if condition == "two_acts" and acts_in_window < params["min_acts"]:
        raise Refused(
            "too_few_acts",
            _("Art. 32(1) asks for two acts within 12 months: record the earlier incident first."),
            "condition",
        )
    if condition == "fined_again" and not fined_before:
        raise Refused(
            "no_penalty", _("Record the decision by which he was fined first (Art. 32(1))."), "condition"
        )
    if params.get("voluntary") and not volunteered:
        raise Refused(
            "not_voluntary",
            _("Community work is only for somebody who chooses it instead of critique (Art. 33)."),
            "volunteered",
        )


def check_allowed_contact(
    params: Mapping[str, Any],
    *,
    notified_at: datetime,
    signed_at: datetime,
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    """Refuse a contact that the decree does not allow: signed first, four hours at most (Decree 76/2023, Art. 18)."""
    if signed_at < notified_at:
        raise Refused(
            "signed_before_notice", _("The monitor signs the notice after it was given."), "signed_at"
        )
    if starts_at < signed_at:
        raise Refused(
            "not_signed_yet",
            _("Contact is allowed only after the monitor has signed (Decree 76, Art. 18)."),
            "starts_at",
        )
    if ends_at <= starts_at:
        raise Refused("term_empty", _("The end must come after the start."), "ends_at")
    if ends_at - starts_at > timedelta(hours=params["allowed_contact_hours"]):
        raise Refused(
            "term_too_long", _("An allowed contact lasts at most 4 hours (Decree 76, Art. 18)."), "ends_at"
        )


def check_articles(
    *,
    decided: bool,
    administrative: bool,
    criminal: bool,
    penalty_articles: Collection[str],
    criminal_articles: Collection[str],
) -> None:
    """An outcome names the articles of its own law; a decided one names at least one («not known» is one too)."""
    if penalty_articles and not administrative:
        raise Refused("wrong_article", _("Articles of the decree belong to a penalty."), "penalty_articles")
    if criminal_articles and not criminal:
        raise Refused(
            "wrong_article",
            _("Articles of the Criminal Code belong to a criminal step."),
            "criminal_articles",
        )
    if decided and not (penalty_articles or criminal_articles):
        field = "penalty_articles" if administrative else "criminal_articles"
        raise Refused("article_missing", _("Name the article; «not known» is an answer too."), field)


def check_mediation(level: str, penalty_levels: Collection[str], *, offered: bool) -> None:
    """Refuse a mediation that the law bars, or that danger forbids (Law 35/2013, Art. 3; our policy for the level).

    offered: whether the level of danger allows mediation; penalty_levels: of the incidents of the case.
    """
    if level and not offered:
        raise Refused(
            "mediation_level", _("Mediation is not offered while the level of danger is MEDIUM or above.")
        )
    if {"administrative", "crime"} & set(penalty_levels):
        raise Refused(
            "mediation_barred",
            _("What is to be punished as a violation or a crime is not mediated (Law 35/2013, Art. 3)."),
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
