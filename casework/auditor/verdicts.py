"""What the auditor demands of published tables, and what it says about them."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from casework.tables import Coordinate

# Dimensions of which nobody may learn that everybody is of one kind.
GROUPS: Final = ("form", "outcome", "measure", "relation")


@dataclass(frozen=True, slots=True)
class Demands:
    """What must not be possible: see the design of the statistics."""

    smallest_shown: int = 5
    # A sensitive figure must be able to be this small.
    low: int = 1
    groups: tuple[str, ...] = GROUPS
    # The dimension that tells earlier and later counts of one period apart.
    vintage: str = "vintage"


class Kind(StrEnum):
    """In which way a published set of tables gives somebody away."""

    CONTRADICTION = "contradiction"
    EXACT = "exact"
    SMALL = "small"
    GROUP = "group"
    DIFFERENCE = "difference"
    SINGLETON = "singleton"


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure an attacker learns: where, and between what he knows it to lie.

    `at` may name an unpublished set by finest codes that lie in it. `through` is the figure that gives it away: the
    one subtracted, or the one somebody knows because he is alone in it; for a group the one kind all are of.
    """

    kind: Kind
    at: Coordinate
    low: float
    high: float
    through: Coordinate | None = None


@dataclass(frozen=True)
class Report:
    """The verdict on a set of tables."""

    dims: tuple[str, ...]
    findings: tuple[Finding, ...]
    releases: tuple[str, ...]
    cells: int
    hidden: int
    atoms: int
    # Whether the exact figures were at hand, so that also what is true but cannot be proven was judged.
    knew_exact: bool
    demands: Demands

    @property
    def is_safe(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def counts(self) -> Mapping[str, int]:
        """How many findings of each kind, noughts too."""
        met = Counter(finding.kind for finding in self.findings)
        return {kind.value: met[kind] for kind in Kind}

    def as_json(self) -> str:
        """The verdict as text for machines, the same for the same tables."""

        def named(at: Coordinate | None) -> dict[str, str] | None:
            return (
                None if at is None else {dim: code for dim, code in zip(self.dims, at, strict=True) if code}
            )

        return json.dumps(
            {
                "safe": self.is_safe,
                "counts": self.counts,
                "releases": self.releases,
                "cells": self.cells,
                "hidden": self.hidden,
                "joint_atoms": self.atoms,
                "knew_exact": self.knew_exact,
                "smallest_shown": self.demands.smallest_shown,
                "findings": [
                    {
                        "kind": finding.kind.value,
                        "at": named(finding.at),
                        "low": round(finding.low, 3),
                        "high": round(finding.high, 3),
                        "through": named(finding.through),
                    }
                    for finding in self.findings
                ],
            },
            ensure_ascii=False,
            indent=1,
        )

    @property
    def sha256(self) -> str:
        """The fingerprint of the verdict."""
        return sha256(self.as_json().encode()).hexdigest()


def sensitive(exact: Mapping[Coordinate, int], more: Collection[Coordinate], k: int) -> frozenset[Coordinate]:
    """Figures that must stay secret: small ones, and those named as `more` (too few households, for one)."""
    return frozenset(at for at, value in exact.items() if 1 <= value < k) | frozenset(more)
