"""May we contact this person now, and how? Anything but a clear, recent yes means: do not contact.

A call at the wrong hour, or to a phone somebody else has taken, is what puts a person in danger; so a
missing, old or overtaken answer is a no, and the number is not shown. The period is our policy, not one of
the law.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, Protocol, Self

from django.utils.translation import gettext as _

from casework.base.codes import codes

# Answers older than this are asked again before anybody calls.
GOOD_FOR: Final = timedelta(days=30)
# Whoever has one of these parts may be living under the eyes of the other side.
GUARDED_ROLES: Final = frozenset({"victim", "child", "unknown"})

Why = Literal["", "absent", "not_permitted", "unconfirmed", "ended", "moved", "expired"]


class Agreed(Protocol):
    """A stored row that says how somebody may be reached."""

    permission: str
    channel: str
    number_or_person: str
    safe_hours: str
    code_word: str
    may_leave_message: str
    confirmed_on: date | None
    ended_by: str


@dataclass(frozen=True, slots=True)
class Ways:
    """What was agreed with the person; texts may be empty, answers are codes."""

    permission: str = "unknown"
    channel: str = "unknown"
    number_or_person: str = ""
    safe_hours: str = ""
    code_word: str = ""
    may_leave_message: str = "unknown"
    confirmed_on: date | None = None
    ended_by: str = ""

    @classmethod
    def of(cls, row: Agreed | None) -> Self | None:
        """The values of a stored row, None when there is none."""
        if row is None:
            return None
        return cls(
            permission=row.permission,
            channel=row.channel,
            number_or_person=row.number_or_person,
            safe_hours=row.safe_hours,
            code_word=row.code_word,
            may_leave_message=row.may_leave_message,
            confirmed_on=row.confirmed_on,
            ended_by=row.ended_by,
        )


@dataclass(frozen=True, slots=True)
class Contacting:
    """The answer: `why` says what stands against it, `line` says it in words for the head of a page."""

    allowed: bool
    why: Why
    line: str
    confirmed_on: date | None = None

    def __bool__(self) -> bool:
        return self.allowed


def contacting(ways: Ways | None, *, today: date, moved_on: date | None = None) -> Contacting:
    """Whether the person may be contacted on that day.

    moved_on: the latest day an address was added; one after the confirmation overtakes it.
    """
    why = _against(ways, today, moved_on)
    confirmed_on = ways.confirmed_on if ways else None
    if why or ways is None:
        return Contacting(False, why, _reason(why, ways), confirmed_on)
    return Contacting(True, "", line(ways), confirmed_on)


def line(ways: Ways) -> str:
    """What to know before dialling, in one line: «Gọi điện 8:00-10:00, nói “thư viện”»."""
    how = codes("contact_channel").label(ways.channel) if ways.channel != "unknown" else _("Any channel")
    parts = [f"{how} {ways.safe_hours}".strip()]
    if ways.channel == "through_person" and ways.number_or_person:
        parts.append(_("through %(person)s") % {"person": ways.number_or_person})
    if ways.may_leave_message != "yes":
        parts.append(_("speak to nobody else, leave no message"))
    if ways.code_word:
        parts.append(_("say “%(word)s”") % {"word": ways.code_word})
    return ", ".join(parts)


def shows_number(role: str, answer: Contacting) -> bool:
    """Whether telephone numbers of somebody with this part in the case may be shown."""
    return answer.allowed or role not in GUARDED_ROLES


def phone_flags(phone: Mapping[str, object], *, today: date, of_other_side: Iterable[str] = ()) -> list[str]:
    """What to think of before dialling a number, each a sentence; they warn and never block.

    phone: `number` (E.164), `whose` (a code of phone_holder), `safe_to_call`, `last_confirmed_on`;
    of_other_side: the numbers of the person with the opposite part in the case.
    """
    flags: list[str] = []
    if phone.get("number") and phone["number"] in set(of_other_side):
        flags.append(_("The other side has the same number."))
    if phone.get("whose") == "other_party":
        flags.append(_("The other side holds this phone."))
    if phone.get("safe_to_call") == "no":
        flags.append(_("Not safe to call."))
    elif phone.get("safe_to_call") != "yes":
        flags.append(_("Nobody knows whether calling is safe."))
    confirmed = phone.get("last_confirmed_on")
    if isinstance(confirmed, date) and today - confirmed > GOOD_FOR:
        flags.append(_("Last confirmed more than 30 days ago."))
    return flags


def _against(ways: Ways | None, today: date, moved_on: date | None) -> Why:
    if ways is None:
        return "absent"
    if ways.ended_by:
        return "ended"
    if ways.permission not in codes("contact_permission").where("allows"):
        return "not_permitted"
    if ways.confirmed_on is None:
        return "unconfirmed"
    if moved_on is not None and moved_on > ways.confirmed_on:
        return "moved"
    if today - ways.confirmed_on > GOOD_FOR:
        return "expired"
    return ""


def _reason(why: Why, ways: Ways | None) -> str:
    if why == "ended" and ways is not None:
        ended = codes("contact_end_reason").label(ways.ended_by)
        return _("what was agreed has ended: %(reason)s") % {"reason": ended[:1].lower() + ended[1:]}
    return {
        "absent": _("no safe contact has been recorded"),
        "not_permitted": _("there is no clear permission"),
        "unconfirmed": _("the day of its confirmation is not recorded"),
        "moved": _("the address has changed since it was confirmed"),
        "expired": _("last confirmed more than 30 days ago"),
    }.get(why, "")
