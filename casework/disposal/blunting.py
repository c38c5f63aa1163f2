"""What stays readable of what was destroyed, and what of that goes because it could single somebody out. Pure.

Figures keep what they count: sex, age band, ethnicity, relation, acts, measures, results and the days of the office's
own work. What no figure counts and a neighbour might know goes: a trade, an office somebody serves in, that it was the
teacher who reported, the hour of a beating, the number of a decision that lies in a drawer with her name on it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from casework.base import clock

# Kind of row -> its columns and what stands in them afterwards; in its history too.
BLUNTED: Final[Mapping[str, Mapping[str, Any]]] = {
    "person": {
        "birth_precision": "unknown",
        "identity_kind": "unknown",
        "identity_none_reason": "",
        "languages": [],
        "interpreter_needed": "unknown",
        "occupation": "unknown",
        "official_kind": "unknown",
        "official_unit": None,
        "education": "unknown",
        "disability_kind": "unknown",
        "poverty": "unknown",
    },
    "address": {"area": None},
    "report": {"reporter_kind": "unknown"},
    "reportperson": {"official_kind": "unknown"},
    "measure": {"number": "", "entry": None, "cancel_number": "", "cancel_entry": None},
    "outcome": {"number": ""},
    "childprocedure": {"number": "", "entry": None},
    "childseparation": {"number": "", "entry": None},
    "childplan": {"number": "", "entry": None},
    "attachment": {"size": 0, "chunks": 0},
    # It keeps its line in the register; whoever still holds the paper is told that it cannot be confirmed.
    "officialpaper": {"size": 0, "chunks": 0, "shown_number": "", "goes_to": []},
}
# Kinds of row that say when violence happened: afterwards they say the month.
TO_THE_MONTH: Final = ("incident", "report")


def month_of(at: datetime | None) -> dict[str, Any]:
    """When something happened, no more exactly than the month in Viet Nam."""
    if at is None:
        return {"happened_part_of_day": ""}
    first = clock.local(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return {"happened_at": first, "happened_precision": "month", "happened_part_of_day": ""}
