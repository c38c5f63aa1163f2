"""What pages and REST do alike with a verb: ask whether the role knows it, and call it with answers."""

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from casework.access.opening import refuse
from casework.access.principals import Principal, principal
from casework.base.refusals import Denied, Refused
from casework.organisations.models import User
from casework.organisations.roles import RIGHTS

R = TypeVar("R")
Refusal = TypeVar("Refusal", bound=Refused)


def told(refusal: Refusal, verb: str) -> Refusal:
    """Mark a refusal as already written to the memory, so that it is not written twice."""
    refusal.verb = verb  # type: ignore[attr-defined]
    return refusal


def is_told(refusal: BaseException) -> bool:
    """Whether somebody has already written this refusal to the memory."""
    return bool(getattr(refusal, "verb", ""))


def knows(who: Principal, verb: str) -> bool:
    """Whether any of the person's roles may do the verb on some basis; KeyError for a verb without rights."""
    right = RIGHTS[verb]
    return any(right.get(seat.role) for seat in who.seats)


def check_right(user: User, verb: str, *, has_record: bool) -> None:
    """Refuse a person whose roles do not know the verb at all; Denied, written to the memory.

    Where the address names a record (`has_record`) and the verb needs a basis on it, nothing is said here:
    opening the record answers, so that hidden and missing stay the same. KeyError for a verb without rights.
    """
    if knows(principal(user), verb):
        return
    if has_record and not any("role" in bases for bases in RIGHTS[verb].values()):
        return
    refuse(user, verb)
    raise told(Denied(), verb)


@lru_cache(maxsize=512)
def _takes_answers(action: Callable[..., Any]) -> bool:
    return "answers" in inspect.signature(action).parameters


def run(action: Callable[..., R], answers: Mapping[str, Any], **how: Any) -> R:
    """Call a verb with the answers of a sheet: as `answers` where it takes them so, else each by its name."""
    if _takes_answers(action):
        return action(answers=dict(answers), **how)
    return action(**answers, **how)
