"""May they? One answer for buttons, verbs and REST."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.access.principals import principal


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or not, and on what basis; false in a condition when not allowed."""

    allowed: bool
    basis: str = ""

    def __bool__(self) -> bool:
        return self.allowed


NO = Decision(allowed=False)


def may(user: Any, verb: str, record: Any = None, *, at: datetime | None = None) -> Decision:
    """Whether the user may do the verb on the record, or at all when there is no record.

    A verb missing from the table of rights is a programming error (KeyError). Reads at most two queries.
    """
    who = principal(user, at)
    if who.user_id is None:
        return NO
    if record is None:
        return Decision(allowed=True, basis="role") if who.may_by_role(verb) else NO
    basis = type(record).visibility.basis(record, user, verb, at)
    return NO if basis is None else Decision(allowed=True, basis=basis)
