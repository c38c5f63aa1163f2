"""Rule sets: what must stay secret and what hiding costs, as immutable data with a fingerprint."""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Final


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What a release has to keep; a published release names the fingerprint of its rules for ever."""

    name: str
    # Smallest count above nought that is shown, of people and of their households.
    smallest_shown: int = 5
    smallest_households: int = 3
    # A sensitive figure must be able to be this small, and as large as the smallest shown.
    low: int = 1
    # Dimensions of which nobody may learn that everybody is of one kind; an answer counts with its question.
    groups: tuple[str, ...] = ("form", "outcome", "measure", "relation")
    # Nobody alone in a hidden figure may work out another.
    singletons: bool = True
    # What hiding a figure that need not be secret costs.
    weight_upper: int = 1000
    weight_total: int = 100
    weight_detail: int = 1
    # The dimension of places, and that of earlier and later counts of one period.
    area: str = "area"
    vintage: str = "vintage"

    @property
    def sha256(self) -> str:
        """The fingerprint of the rules."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


PUBLIC: Final = RuleSet("public")
RESEARCH: Final = RuleSet("research", smallest_shown=10)
