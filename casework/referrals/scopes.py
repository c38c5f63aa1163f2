"""What a partner may be told: limits of consent and of the slice. Pure; the clock is passed in."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.codes import codes
from casework.base.refusals import Refused

DEFAULT_TERM: Final = timedelta(days=30)
LONGEST_TERM: Final = timedelta(days=90)

# referral state -> where a partner's answer may take it
ANSWERS: Final[dict[str, frozenset[str]]] = {
    "accept": frozenset({"sent", "received"}),
    "decline": frozenset({"sent", "received"}),
    "report_back": frozenset({"accepted", "in_service"}),
    "withdraw": frozenset({"sent", "received", "accepted", "in_service"}),
}


def open_states() -> frozenset[str]:
    """The states in which a referral still waits for something."""
    return frozenset(row.code for row in codes("referral_state").rows if row.params.get("open"))


def is_open(state: str) -> bool:
    return state in open_states()


def default_items(service: str) -> list[str]:
    """The items offered ticked for a service: the common ones, and those the service cannot do without.

    A shelter request carries no identity at all: only the items marked for it.
    """
    if codes("service_kind").row(service).params.get("no_identity"):
        return [row.code for row in codes("share_item").rows if row.params.get("shelter_request")]
    return [row.code for row in codes("share_item").rows if row.params.get("default")]


def check_items(items: Collection[str], service: str) -> None:
    """Refuse an empty slice, one that is never shared, or a shelter request that tells who she is."""
    if not items:
        raise Refused("items_missing", _("Choose at least one thing that may be told."), "items")
    known = codes("share_item")
    never = [item for item in items if known.row(item).params.get("never_default")]
    if never:
        raise Refused("item_never_shared", _("This is never told in a referral."), "items")
    if codes("service_kind").row(service).params.get("no_identity"):
        telling = [item for item in items if not known.row(item).params.get("shelter_request")]
        if telling:
            raise Refused(
                "shelter_no_identity", _("A shelter request carries nothing that tells who she is."), "items"
            )


def check_term(valid_from: datetime, valid_until: datetime) -> None:
    """Refuse a consent that is empty or longer than 90 days."""
    if valid_until <= valid_from:
        raise Refused("term_empty", _("The end must come after the start."), "valid_until")
    if valid_until > valid_from + LONGEST_TERM:
        raise Refused("term_too_long", _("A consent lasts at most 90 days; ask her again then."), "valid_until")


def check_told(*, told_consequences: bool) -> None:
    if not told_consequences:
        raise Refused(
            "consequences_not_told", _("Tell her what follows from sharing before she agrees."), "told_consequences"
        )


def runs(valid_from: datetime, valid_until: datetime, withdrawn_at: datetime | None, at: datetime) -> bool:
    """Whether a consent holds at this instant; its end no longer counts."""
    return valid_from <= at < valid_until and withdrawn_at is None


def may_answer(state: str, answer: str) -> bool:
    return state in ANSWERS[answer]


def reply_due(urgency: str, sent_at: datetime) -> datetime:
    """The hour by which the partner should answer."""
    return sent_at + timedelta(hours=codes("urgency").row(urgency).integer("hours") or 0)


def shown_sections(items: Iterable[str]) -> list[str]:
    """The sections of the slice in the order of the code list, each once."""
    wanted = set(items)
    sections: dict[str, None] = {}
    for row in codes("share_item").rows:
        if row.code in wanted:
            sections[str(row.params["section"])] = None
    return list(sections)
