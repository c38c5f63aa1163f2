"""What stands beside releases on the pages everybody reads: a room above says so when the product starts. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Beside:
    """A page that is named while it is there; text: what the method says of it."""

    route: str
    title: "StrOrPromise"
    text: "StrOrPromise"
    is_there: Callable[[date], bool]


_named: dict[str, Beside] = {}


def name_beside(one: Beside) -> None:
    """Have the public pages name it from now on."""
    _named[one.route] = one


def beside(on: date) -> list[Beside]:
    """What is to be named on a day."""
    return [one for one in _named.values() if one.is_there(on)]
