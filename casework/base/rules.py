"""What the database itself holds a table to; models say it, `casework.access.triggers` writes it."""

from enum import Enum


class Rule(Enum):
    """`held_to = Rule.…` on a model; without it the database lets a row be changed and removed."""

    ADDED = "rows are only added, by a job"
    EVENT = "events are only added, each next on its chain"
    HEAD = "a chain goes forward only, one event at a time"
    KEPT = "rows are only added, and stay as they are"
    ROW_SEAL = "row seals are only added, each with its event"
    HISTORY = "history is only added; what is sealed may be sealed anew, what a destroyed case loses is lost here too"
    SEALED = "no row is removed, and no change commits without the event that seals it"
