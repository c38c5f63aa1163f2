"""The life of a return: which step may follow in which state. One table for buttons, verbs and REST. Pure."""

from collections.abc import Mapping
from typing import Final

DRAFT, CHECKED, SIGNED, SENT = "draft", "checked", "signed", "sent"
RECEIVED, RETURNED, REPLACED, DROPPED = "received", "returned", "replaced", "dropped"

# Still being worked on: its figures may change.
OPEN: Final = (DRAFT, CHECKED)
# Has left the office.
OUT: Final = (SENT, RECEIVED, RETURNED)

# step -> the states it may be taken in
STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "refresh": OPEN,
    "enter": OPEN,
    "answer": (DRAFT,),
    "check": (DRAFT,),
    "sign": (CHECKED,),
    "send": (SIGNED,),
    "receive": (SENT,),
    "send_back": (SENT, RECEIVED),
    "correct": (SIGNED, *OUT),
    "drop": OPEN,
}


def may_follow(step: str, state: str) -> bool:
    """Whether the step may be taken in that state; KeyError for a step there is not."""
    return state in STEPS[step]
