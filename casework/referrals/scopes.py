"""What a partner may be told: limits of consent and of the slice. Pure; the clock is passed in."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.codes import CodeRow, codes
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
# Facts of protection and of the plan. They cannot be read from this room, and a copy made when the referral was
# sent would go on telling of a ban that was cancelled since: the worker tells them on the telephone.
NOT_KEPT_HERE: Final = frozenset({"measures", "decisions", "plan_goals"})


class Gone(Refused):
    """The share existed and is over: expired or withdrawn (410)."""

    status = 410

    def __init__(self) -> None:
        super().__init__("share_over", _("This share has ended. Ask the case worker if you still need it."))


def open_states() -> frozenset[str]:
    """The states in which a referral still waits for something."""
    return frozenset(row.code for row in codes("referral_state").rows if row.params.get("open"))


def is_open(state: str) -> bool:
    return state in open_states()


def is_anonymous(service: str) -> bool:
    """Whether a request for this service carries nothing that tells who she is."""
    return codes("service_kind").row(service).flag("no_identity")


def offered(service: str) -> list[CodeRow]:
    """What may be told for a service, in the order of the code list.

    A shelter request carries no identity at all: only the items marked for it.
    """
    rows = [
        row for row in codes("share_item") if not row.flag("never_default") and row.code not in NOT_KEPT_HERE
    ]
    if is_anonymous(service):
        return [row for row in rows if row.flag("shelter_request")]
    # What a shelter has to prepare is asked on its own request and stands nowhere else.
    return [row for row in rows if row.code != "shelter_needs"]


def default_items(service: str) -> list[str]:
    """The items offered ticked for a service: the common ones, and those the service cannot do without."""
    if is_anonymous(service):
        return [row.code for row in offered(service)]
    return [row.code for row in offered(service) if row.flag("default") or service in row.strings("services")]


def check_items(items: Collection[str], service: str) -> None:
    """Refuse an empty slice, one that is never shared, or a shelter request that tells who she is."""
    if not items:
        raise Refused("items_missing", _("Choose at least one thing that may be told."), "items")
    known = codes("share_item")
    if any(item not in known or known.row(item).flag("never_default") for item in items):
        raise Refused("item_never_shared", _("This is never told in a referral."), "items")
    if set(items) <= {row.code for row in offered(service)}:
        return
    if is_anonymous(service):
        raise Refused(
            "shelter_no_identity", _("A shelter request carries nothing that tells who she is."), "items"
        )
    raise Refused("item_not_offered", _("This cannot be told for this service."), "items")


def check_needs(service: str, needs: str) -> None:
    """A request says what is needed; free text could tell who she is, so a shelter gets codes instead."""
    if is_anonymous(service):
        if needs.strip():
            raise Refused(
                "shelter_no_identity", _("A shelter request carries nothing that tells who she is."), "needs"
            )
    elif not needs.strip():
        raise Refused("needs_missing", _("Write what is needed from this office."), "needs")


def check_recipient(service: str, agency_kind: str) -> None:
    """A service is asked of an office of a kind that gives it."""
    kinds = codes("service_kind").row(service).strings("agency_kinds")
    if kinds and agency_kind not in kinds:
        raise Refused("recipient_kind", _("This office does not give this service."), "recipient")


def check_appointment(appointment_at: datetime | None, at: datetime) -> None:
    if appointment_at is not None and appointment_at < at:
        raise Refused(
            "appointment_past", _("An appointment lies ahead. Check the day and the hour."), "appointment_at"
        )


def check_term(valid_from: datetime, valid_until: datetime) -> None:
    """Refuse a consent that is empty or longer than 90 days."""
    if valid_until <= valid_from:
        raise Refused("term_empty", _("The end must come after the start."), "valid_until")
    if valid_until > valid_from + LONGEST_TERM:
        raise Refused(
            "term_too_long", _("A consent lasts at most 90 days; ask her again then."), "valid_until"
        )


def check_told(*, told_consequences: bool) -> None:
    if not told_consequences:
        raise Refused(
            "consequences_not_told",
            _("Tell her what follows from sharing before she agrees."),
            "told_consequences",
        )


def runs(valid_from: datetime, valid_until: datetime, withdrawn_at: datetime | None, at: datetime) -> bool:
    """Whether a consent holds at this instant; its end no longer counts."""
    return valid_from <= at < valid_until and withdrawn_at is None


def may_answer(state: str, answer: str) -> bool:
    return state in ANSWERS[answer]


def tells(state: str) -> bool:
    """Whether the slice is open in this state: who has declined has no more use for it."""
    return state not in ("declined", "cancelled")


def in_order(items: Iterable[str]) -> list[CodeRow]:
    """The items of a consent in the order of the code list, each once."""
    wanted = set(items)
    return [row for row in codes("share_item") if row.code in wanted]
