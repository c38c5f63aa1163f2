"""What a noisy total asks: what is counted, of which frozen years, with which answers; and what one household adds to it.

A filter names codes of a question of the catalogue; somebody is counted who gave one of them to each question that is
asked. Pure.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import product as crossed
from typing import Final, NamedTuple

from casework.releases.catalogue import PLACE, REST, TIME, VINTAGE, Question, catalogue
from casework.releases.planning import Frozen, Person, key_of
from casework.tables import GIVEN

PEOPLE, HOUSEHOLDS = "people", "households"
# By how much one household of one year can change a total: what the noise must cover.
BOUND: Final[Mapping[str, int]] = {PEOPLE: 3, HOUSEHOLDS: 1}
MOST_QUESTIONS: Final = 3
MOST_YEARS: Final = 3


class NotHeld(ValueError):
    """A frozen year does not hold what is asked; the text names the question."""


class Asked(NamedTuple):
    """One question, always written the same way; years: pairs of year and vintage."""

    counted: str
    years: tuple[tuple[int, int], ...]
    filters: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def read(
        cls, counted: str, years: Iterable[Sequence[int]], filters: Mapping[str, Iterable[str]]
    ) -> "Asked":
        """Put into the one order; a question that everybody answers and of which every answer is asked asks nothing."""
        kept = []
        for name, chosen in sorted(filters.items()):
            question, given = catalogue().questions[name], set(chosen)
            asks_nothing = given == set(question.leaves) and (question.answered or not question.many)
            if given and not asks_nothing:
                kept.append((name, tuple(code for code in question.leaves if code in given)))
        return cls(counted, tuple(sorted((year, vintage) for year, vintage in years)), tuple(kept))

    @property
    def key(self) -> str:
        """The fingerprint of the question: whatever ε it is asked with, the answer is one."""
        return sha256(json.dumps(self, separators=(",", ":")).encode()).hexdigest()

    @property
    def bound(self) -> int:
        """The most one household adds to the total of one year."""
        return BOUND[self.counted]


def bounded(year: Frozen) -> list[tuple[str, Person]]:
    """At most three people of each household, with a name for each: the first by month, place and answers.

    Which three depends on nothing but the household itself, and on no question, so a household more or less changes
    what follows by at most its own three people.
    """
    homes: dict[str, int] = {}
    kept = []
    for person in sorted(year.people, key=lambda one: (one.month, one.place, one.answers)):
        number = homes[person.household] = homes.get(person.household, 0) + 1
        if number <= BOUND[PEOPLE]:
            kept.append((f"{year.year} {person.household} {number}", person))
    return kept


def contributions(asked: Asked, frozen: Iterable[Frozen]) -> list[str]:
    """What is counted, one name each. Raises NotHeld.

    A household more or less in one year adds or takes away at most `asked.bound` of them: of people, its three at most
    (see `bounded`), and leaving out whoever does not match takes away only from those; of households, its own name.
    """
    found: list[str] = []
    for year in frozen:
        tests = [_test(year, name, chosen) for name, chosen in asked.filters]
        people = bounded(year) if asked.counted == PEOPLE else [("", person) for person in year.people]
        named = [
            name or f"{year.year} {person.household}"
            for name, person in people
            if all(any(person.answers[at] == code for at, code in test) for test in tests)
        ]
        found += sorted(set(named))
    return found


def require_held(asked: Asked, frozen: Iterable[Frozen]) -> None:
    """Raise NotHeld where a frozen year was not asked what is asked now; nothing is counted."""
    for year in frozen:
        for name, chosen in asked.filters:
            _test(year, name, chosen)


def _test(year: Frozen, name: str, chosen: Sequence[str]) -> list[tuple[int, str]]:
    """Places in the answers of a person, and what must stand at one of them."""
    question = catalogue().questions[name]
    wanted = [(f"{name}:{code}", GIVEN) if question.many else (name, code) for code in chosen]
    if any(dim not in year.dims for dim, _code in wanted):
        raise NotHeld(name)
    return [(year.dims.index(dim), code) for dim, code in wanted]


# --- what is public already ---


def public_keys(asked: Asked, province: str) -> list[list[str]]:
    """The sets of published figures each of which sums up to the total exactly; none where no table has it."""
    if asked.counted != PEOPLE:
        return []
    choices = [_figures(catalogue().questions[name], chosen) for name, chosen in asked.filters]
    if not all(choices):
        return []
    answers = [dict(one) for one in crossed(*choices)]
    times = [[(str(year), vintage) for year, vintage in asked.years]]
    first, last = asked.years[0][0], asked.years[-1][0]
    if len(asked.years) == last - first + 1 > 1:
        times.append([(f"{first}-{last}", max(vintage for _year, vintage in asked.years))])
    return [
        [
            key_of({PLACE: province, TIME: time, VINTAGE: str(vintage), **one})
            for time, vintage in of
            for one in answers
        ]
        for of in times
    ]


def _figures(question: Question, chosen: Sequence[str]) -> list[tuple[str, str]]:
    """The codes of the tables that sum up to the answers chosen, none where they do not."""
    if question.many:
        # Somebody may have given two of them.
        return [(f"{question.code}:{chosen[0]}", GIVEN)] if len(chosen) == 1 else []
    shown = [code for code in question.shown if code in chosen]
    rest = [code for code in question.rest if code in chosen]
    if rest and len(rest) < len(question.rest):
        return []
    return [(question.code, code) for code in (*shown, *([REST] if rest else []))]
