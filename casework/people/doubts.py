"""What does not fit together in what is known of a person: shown beside it, never a reason to refuse."""

from datetime import date
from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.dates import PartialDate
from casework.base.identity import NUMBERED_KINDS, IdentityWarning, identity_warnings, parse_identity
from casework.base.refusals import Unreadable

NO_PAPER: Final = "none"


def stored_identity(kind: str, typed: str) -> str:
    """The form in which a number is kept and compared; one that does not fit its kind stays as written."""
    if not typed or kind not in NUMBERED_KINDS:
        return typed.strip()
    try:
        return parse_identity(kind, typed)
    except Unreadable:
        return typed.strip()


def doubts(
    *, kind: str, number: str, none_reason: str = "", sex: str = "unknown", birth_date: str = "", today: date
) -> list[IdentityWarning]:
    """Warnings about an identity number and a birth date; issued cards carry errors, so none of them blocks.

    kind: a row of identity_kind; birth_date: as stored (1987, 1987-03, 1987-03-05) or "".
    """
    born = PartialDate.from_iso(birth_date) if birth_date else None
    found = _of_number(kind, number, none_reason, sex, born)
    if born is not None and born.earliest() > today:
        found.append(IdentityWarning("birth_future", _("The birth date lies in the future. Check it.")))
    return found


def _of_number(
    kind: str, number: str, none_reason: str, sex: str, born: PartialDate | None
) -> list[IdentityWarning]:
    if kind == NO_PAPER and not none_reason:
        return [
            IdentityWarning("identity_reason", _("Write why this person has no number; it helps to get one."))
        ]
    if not number:
        return []
    if kind not in NUMBERED_KINDS:
        return [IdentityWarning("identity_kind", _("Say which document this number stands on."))]
    try:
        read = parse_identity(kind, number)
    except Unreadable as error:
        return [IdentityWarning(error.code, error.message)]
    return identity_warnings(kind, read, sex=sex, born=born)
