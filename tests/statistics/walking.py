"""Random changes of cases, by verbs and by rows sealed as verbs seal them, for the facts to follow."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np

from casework.cases.actions import add_person, edit_person, join_case, set_main_participant
from casework.cases.models import Case, Participant
from casework.closure.models import Closing
from casework.incidents.actions import record_incident
from casework.incidents.models import Incident
from casework.organisations.models import Area
from casework.people.models import Person
from casework.protection.models import Measure, Outcome
from casework.statistics.cube import facts, forget_facts
from casework.statistics.facts import Drift, drift
from casework.statistics.models import CaseFact
from tests.byhand import by_hand
from tests.world import World

MOST_CASES = 40
SINCE = date(2025, 7, 1)
REASON = "test"


class Walk:
    """A walk from change to change; the seed says which."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random, self.opened = world, Random(seed), 0
        self.units = [world.commune, *Area.objects.filter(parent=world.province, valid_to=None)[:4]]
        self.open()

    def steps(self, count: int, *, check_every: int) -> None:
        """So many changes, and whether the facts followed, now and again and at the end."""
        for number in range(1, count + 1):
            self.step()
            if number % check_every == 0 or number == count:
                self.check()

    def step(self) -> None:
        by_verbs: list[Callable[[], None]] = [
            self.open, self.join, self.correct_person, self.write_incident, self.name_main,
        ]  # fmt: skip
        by_rows: list[Callable[[], None]] = [
            self.person, self.participant, self.incident, self.measure, self.outcome, self.case, self.closing,
            self.hand_over,
        ]  # fmt: skip
        rarely: list[Callable[[], None]] = [self.erase, self.merge_units]
        chance = self.random.random()
        self.random.choice(by_verbs if chance < 0.1 else rarely if chance > 0.99 else by_rows)()

    def check(self) -> None:
        found = drift()
        assert found == Drift(Case.objects.everything(reason=REASON).count(), 0, 0), found
        assert CaseFact.objects.count() == self.opened
        held = facts()
        forget_facts()
        fresh = facts()
        for name in ("id", "month", "commune", "province", "victim", "perpetrator", "codes"):
            assert np.array_equal(getattr(held, name), getattr(fresh, name)), name
        # Which number a household has is nobody's business; who is of one is.
        assert held.cells(("commune", "year", "sex"), totals=True) == fresh.cells(
            ("commune", "year", "sex"), totals=True
        )

    # --- one of what there is ---

    def one_case(self) -> Case:
        living = list(
            Case.objects.everything(reason=REASON).exclude(state="disposed").order_by("created_at", "pk")
        )
        return self.random.choice(living) if living else self._opened()

    def one_of(self, rows: Any) -> Any:
        found = list(rows.order_by("created_at", "pk"))
        return self.random.choice(found) if found else None

    def some(self, *codes: str) -> list[str]:
        return self.random.sample(codes, self.random.randint(0, len(codes)))

    # --- by verbs ---

    def _opened(self) -> Case:
        self.opened += 1
        ago = timedelta(days=self.random.randint(1, 900))
        sexes = self.random.choices(["female", "male", "unknown"], k=2)
        people = [
            {"role": "victim", "full_name": "Lò Thị Mẫu", "age": "1990", "sex": sexes[0]},
            {"role": "perpetrator", "full_name": "Lường Văn Mẫu", "sex": sexes[1], "relation": "spouse"},
        ]
        return self.world.case(at=self.world.now - ago, people=people)

    def open(self) -> None:
        if Case.objects.everything(reason=REASON).exclude(state="disposed").count() < MOST_CASES:
            self._opened()

    def lives(self, case: Case) -> bool:
        mains = Participant.objects.everything(reason=REASON).filter(case=case, is_main=True)
        is_hers = case.state in ("open", "in_progress") and case.commune_id == self.world.commune.pk
        return is_hers and mains.count() == 2

    def join(self) -> None:
        case = self.one_case()
        if self.lives(case):
            report = self.world.assigned_report(at=self.world.at(hours=1))
            join_case(report=report, case=case, by=self.world.lan, at=self.world.now)

    def correct_person(self) -> None:
        case = self.one_case()
        if self.lives(case):
            answers = {
                "sex": self.random.choice(["female", "male", "other"]),
                "priority_groups": self.some("elderly"),
            }
            her = self.world.victim(case)
            edit_person(case=case, person=her, by=self.world.lan, at=self.world.now, answers=answers)

    def write_incident(self) -> None:
        case = self.one_case()
        if self.lives(case):
            at = self.world.at(minutes=5)
            answers = {
                "happened_at": at,
                "area": self.world.commune,
                "acts": self.some("A01", "A09", "A13") or ["A02"],
            }
            record_incident(case=case, by=self.world.lan, at=at, answers=answers)

    def name_main(self) -> None:
        """Somebody of another case becomes the main person here: people of two cases are joined."""
        case, other = self.one_case(), self.one_case()
        if not self.lives(case) or not self.lives(other) or case == other:
            return
        role = self.random.choice(["victim", "perpetrator"])
        part = self.one_of(Participant.objects.everything(reason=REASON).filter(case=other, is_main=True))
        mine = Participant.objects.everything(reason=REASON).filter(
            case=case, role=role, person=part.person_id
        )
        there = self.one_of(mine)
        now = self.world.now
        if there is None:
            answers = {"person": part.person_id, "role": role}
            there = add_person(case=case, by=self.world.lan, at=now, answers=answers)
        set_main_participant(case=case, participant=there, by=self.world.lan, at=now)

    # --- by rows ---

    def person(self) -> None:
        mains = Participant.objects.everything(reason=REASON).filter(case=self.one_case(), is_main=True)
        main = self.one_of(mains)
        if main is None:
            return
        person = Person.objects.everything(reason=REASON).get(pk=main.person_id)
        person.sex = self.random.choice(["female", "male", "other", "unknown"])
        person.ethnicity = self.random.choice(["01", "02", "unknown"])
        person.nationality = self.random.choice(["vietnamese", "foreign"])
        person.priority_groups = self.some("child", "pregnant", "disabled")
        self.save(person)

    def participant(self) -> None:
        part = self.one_of(Participant.objects.everything(reason=REASON).filter(case=self.one_case()))
        part.age_band = self.random.choice(["under_16", "16_59", "60_over", "unknown"])
        part.relation = self.random.choice(["spouse", "parent", "unknown"])
        # With nobody to take its place: a case may stand without its main person for a while.
        mains = Participant.objects.everything(reason=REASON).filter(
            case=part.case_id, role=part.role, is_main=True
        )
        part.is_main = part.role in ("victim", "perpetrator") and (
            not mains.exclude(pk=part.pk).exists() and self.random.random() < 0.9
        )
        self.save(part)

    def incident(self) -> None:
        incident = self.one_of(Incident.objects.everything(reason=REASON).filter(case=self.one_case()))
        if incident is not None:
            incident.forms = self.some("physical", "psychological", "sexual", "economic")
            incident.acts = self.some("A01", "A02", "A16")
            incident.penalty_level = self.random.choice(["administrative", "crime", "unknown"])
            self.save(incident)

    def measure(self) -> None:
        case = self.one_case()
        measure = self.one_of(Measure.objects.everything(reason=REASON).filter(case=case))
        if measure is None or self.random.random() < 0.3:
            kind = self.random.choice(["M01", "M04", "M08", "M10"])
            measure = Measure(case=case, kind=kind, state="granted", requested_at=self.world.now)
        measure.granted = self.random.choice([True, False, None])
        self.save(measure)

    def outcome(self) -> None:
        case = self.one_case()
        outcome = self.one_of(Outcome.objects.everything(reason=REASON).filter(case=case))
        if outcome is None or self.random.random() < 0.3:
            outcome = Outcome(case=case, decided_at=self.world.now)
        outcome.kind = self.random.choice(["penalty", "custody", "crime_report", "prosecuted", "none"])
        self.save(outcome)

    def case(self) -> None:
        case = self.one_case()
        case.level = self.random.choice(["", "LOW", "HIGH", "EXTREME"])
        case.origin = self.random.choice(["report", "own_finding", "of_no_list"])
        case.is_repeat = self.random.choice([True, False])
        case.state = self.random.choice(["open", "in_progress", "supervised_closure", "closed"])
        self.save(case)

    def closing(self) -> None:
        case = self.one_case()
        closing = self.one_of(Closing.objects.everything(reason=REASON).filter(case=case)) or Closing(
            case=case, requested_by=self.world.lan, requested_at=self.world.now
        )
        closing.reason = self.random.choice(["moved", "withdrew"])
        closing.outcomes = self.some("safe_apart", "died_other")
        closing.state = self.random.choice(["asked", "sent_back", "approved", "finished", "reopened"])
        self.save(closing)

    def hand_over(self) -> None:
        case = self.one_case()
        case.commune = self.random.choice([unit for unit in self.units if unit.valid_to is None])
        self.save(case)

    def erase(self) -> None:
        case = self.one_case()
        case.state = "disposed"
        self.save(case)

    def merge_units(self) -> None:
        """Two units become one, and the job that follows moves their cases."""
        first, second, *_others = self.random.sample(
            [unit for unit in self.units if unit.valid_to is None], 2
        )
        today, number = self.world.now.date(), len(self.units)
        if len(self.units) > 40:
            return
        merged = Area.objects.create(
            code=f"{90000 + number}", name=f"{number}", kind="commune", parent=self.world.province,
            province_code="11", valid_from=SINCE,
        )  # fmt: skip
        self.units.append(merged)
        also = Area.objects.create(
            code=f"{80000 + number}", name=f"{number}", kind="ward", parent=self.world.province,
            province_code="11", valid_from=SINCE,
        )  # fmt: skip
        self.units.append(also)
        for unit in (first, second):
            if unit.pk == self.world.commune.pk:
                continue
            unit.valid_to, unit.successor = today, merged
            unit.save()
            for case in Case.objects.everything(reason=REASON).filter(commune=unit).exclude(state="disposed"):
                case.commune = merged
                self.save(case)

    def save(self, row: Any) -> None:
        with by_hand():
            row.save()
