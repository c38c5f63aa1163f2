"""The life of a consignment: which step may follow in which state. One table for buttons, verbs and REST. Pure."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.codes import codes
from casework.base.refusals import Refused

DRAFT, CHECKED, SIGNED, RECEIVED, DROPPED = "draft", "checked", "signed", "received", "dropped"

# Not yet in the national database, nor given up: of each period there is at most one.
OPEN: Final = (DRAFT, CHECKED, SIGNED)
# What may leave the office as a file.
OUT: Final = (SIGNED, RECEIVED)

# step -> the states it may be taken in
STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "check": (DRAFT,),
    "sign": (CHECKED,),
    "download": OUT,
    "receive": (SIGNED,),
    "drop": OPEN,
}


def may_follow(step: str, state: str) -> bool:
    """Whether the step may be taken in that state; KeyError for a step there is not."""
    return state in STEPS[step]


class ConsignmentState(Refused):
    """The consignment is not in a state in which this can be done."""

    def __init__(self, state: str) -> None:
        super().__init__(
            "consignment_state",
            _("This consignment is not at that step: %(state)s.")
            % {"state": codes("consignment_state").label(state)},
        )


def require(step: str, state: str) -> None:
    """Raise ConsignmentState for a step that may not be taken in that state."""
    if not may_follow(step, state):
        raise ConsignmentState(state)
