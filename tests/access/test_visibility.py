"""One predicate: what somebody's list holds is what they may, in any world of roles, grants, duties, seals and locks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.access.decisions import may
from casework.access.grants import give
from casework.access.lists import capped_count, page
from casework.base.clock import local_date
from casework.base.numbering import new_public_code
from casework.cases.models import (
    Case,
    CaseGroupGrant,
    CaseTemporaryGrant,
    CaseUserGrant,
    ConflictLock,
    Participant,
)
from casework.organisations.models import Agency, DutyShift, Membership, User
from casework.organisations.roles import RIGHTS, ROLES
from casework.people.models import Person, Phone
from tests.world import World

WHO = ("lan", "minh", "dung", "pao", "mai", "kien", "tuan", "hoa", "son")
UNITS = ("committee", "police", "department", "elsewhere")
VERBS = ("case.view", "case.edit", "case.assign", "case.transfer", "case.seal", "person.reveal_address")
CASES = range(4)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Setting:
    """A random world: everything by index, so that a failing example can be read."""

    sealed: frozenset[int] = frozenset()
    user_grants: frozenset[tuple[str, int]] = frozenset()
    group_grants: frozenset[tuple[str, int]] = frozenset()
    # (who, case, starts in hours, ends in hours)
    temporary: frozenset[tuple[str, int, int, int]] = frozenset()
    duties: frozenset[tuple[str, str, int]] = frozenset()
    locks: frozenset[tuple[str, int]] = frozenset()
    # (who, office, role, until: days from today)
    seats: frozenset[tuple[str, str, str, int]] = frozenset()
    inactive: frozenset[str] = frozenset()
    closed_offices: frozenset[str] = frozenset()


def some(*parts: st.SearchStrategy[object], most: int = 4) -> st.SearchStrategy[frozenset[object]]:
    return st.frozensets(st.tuples(*parts) if len(parts) > 1 else parts[0], max_size=most)


who, unit, case = st.sampled_from(WHO), st.sampled_from(UNITS), st.sampled_from(CASES)
worlds = st.builds(
    Setting,
    sealed=some(case),
    user_grants=some(who, case),
    group_grants=some(unit, case),
    temporary=some(who, case, st.integers(-2, 1), st.integers(0, 2)),
    duties=some(who, unit, st.integers(-2, 1)),
    locks=some(who, case, most=3),
    seats=some(who, unit, st.sampled_from(ROLES), st.integers(-1, 1), most=3),
    inactive=some(who, most=1),
    closed_offices=some(unit, most=1),
)


@dataclass
class Made:
    """The rows behind a setting."""

    world: World
    cases: list[Case] = field(default_factory=list)

    def user(self, name: str) -> User:
        return User.objects.get(username=name)

    def apply(self, setting: Setting) -> None:
        now, world = self.world.now, self.world
        today = local_date(now)
        for index in setting.sealed:
            self.cases[index].is_sealed = True
            self.cases[index].save()
        for name, index in setting.user_grants:
            give(CaseUserGrant, self.cases[index], to=world.users[name], by=None, at=now, source="test")
        for office, index in setting.group_grants:
            give(CaseGroupGrant, self.cases[index], to=world.agencies[office], by=None, at=now, source="test")
        for name, index, start, end in setting.temporary:
            CaseTemporaryGrant.objects.create(
                user=world.users[name],
                content_object=self.cases[index],
                opened_at=self.cases[index].opened_at,
                not_before=now + start * HOUR,
                not_after=now + end * HOUR,
                source="test",
            )
        for name, office, start in setting.duties:
            DutyShift.objects.create(
                user=world.users[name],
                agency=world.agencies[office],
                starts_at=now + start * HOUR,
                ends_at=now + (start + 2) * HOUR,
            )
        for name, index in setting.locks:
            ConflictLock.objects.create(
                user=world.users[name], case=self.cases[index], at=now, source="declared"
            )
        for name, office, role, until in setting.seats:
            Membership.objects.get_or_create(
                user=world.users[name],
                agency=world.agencies[office],
                role=role,
                defaults={
                    "valid_from": today - timedelta(days=9),
                    "valid_to": today + timedelta(days=until),
                },
            )
        User.objects.filter(username__in=setting.inactive).update(is_active=False)
        offices = [world.agencies[office].pk for office in setting.closed_offices]
        Agency.objects.filter(pk__in=offices).update(is_active=False)


def allowed(user: User, verb: str, case: Case, at: datetime) -> bool:
    """The rules said once more, slowly and without any query that joins: what everything is compared with."""
    if not user.is_active or ConflictLock.objects.filter(user=user, case=case).exists():
        return False
    today = local_date(at)
    for seat in Membership.objects.filter(user=user).select_related("agency__area"):
        if not seat.agency.is_active or seat.valid_from > today or (seat.valid_to and seat.valid_to <= today):
            continue
        bases = RIGHTS[verb].get(seat.role, frozenset())
        area = seat.agency.area
        shifts = DutyShift.objects.filter(user=user, agency=seat.agency)
        temporary = CaseTemporaryGrant.objects.filter(user=user, content_object=case)
        reasons = {
            "assigned": CaseUserGrant.objects.filter(user=user, content_object=case).exists(),
            "unit": CaseGroupGrant.objects.filter(group=seat.agency.group, content_object=case).exists(),
            "temporary": any(grant.not_before <= at < grant.not_after for grant in temporary),
            "duty": case.unit_id == seat.agency_id
            and not case.is_sealed
            and any(shift.covers(at) for shift in shifts),
            "area": case.province_id == area.pk
            if area.parent_id is None
            else case.commune_id == area.pk and not case.is_sealed,
        }
        if any(reasons.get(basis, False) for basis in bases):
            return True
    return False


@pytest.fixture
def made(world: World) -> Made:
    """Four cases: two of the commune (one of its police), one of another commune of the province, one far away."""
    found = Made(world)
    neighbour = (
        type(world.commune)
        .objects.filter(parent=world.province, valid_to=None)
        .exclude(pk=world.commune.pk)[0]
    )
    places = [
        (world.commune, "committee"),
        (world.commune, "police"),
        (neighbour, "department"),
        (world.elsewhere, "elsewhere"),
    ]
    for number, (commune, office) in enumerate(places):
        row = Case(
            number=f"{commune.code}-2026-{number:04d}",
            code=new_public_code(),
            commune=commune,
            province=commune.parent,
            unit=world.agencies[office],
            lead=world.lan,
            opened_at=world.at(days=number),
            next_due_at=world.at(days=-number),
        )
        row.save()
        person = Person(full_name=f"Người Mẫu {number}")
        person.save()
        Phone(person=person, number=f"+8491200000{number}").save()
        Participant(case=row, person=person, role="victim", is_main=True).save()
        found.cases.append(row)
    return found


quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)


@quick
@given(setting=worlds, names=st.sets(who, min_size=2, max_size=3), verb=st.sampled_from(VERBS))
def test_lists_hold_what_may_allows_and_nothing_else(
    made: Made, setting: Setting, names: set[str], verb: str
):
    with transaction.atomic():
        made.apply(setting)
        cases = [Case.objects.everything(reason="test").get(pk=row.pk) for row in made.cases]
        for name in names:
            user = made.user(name)
            listed = set(Case.objects.visible_to(user, verb).values_list("pk", flat=True))
            for row in cases:
                expected = allowed(user, verb, row, made.world.now)
                assert bool(may(user, verb, row)) is expected, (name, verb, row.number)
                assert (row.pk in listed) is expected, (name, verb, row.number)
            paged = page(Case, user, verb).rows
            assert [row.pk for row in paged] == [row.pk for row in cases if row.pk in listed]
            assert capped_count(Case, user, verb) == len(listed)
        transaction.set_rollback(True)


@quick
@given(setting=worlds, name=who)
def test_what_hangs_on_a_case_is_seen_with_it(made: Made, setting: Setting, name: str):
    with transaction.atomic():
        made.apply(setting)
        user = made.user(name)
        seen = set(Case.objects.visible_to(user, "person.view").values_list("pk", flat=True))
        for part in Participant.objects.everything(reason="test").select_related("case", "person"):
            visible = part.case_id in seen
            phone = part.person.phones.everything(reason="test").get()
            assert bool(may(user, "person.view", part)) is visible
            assert bool(may(user, "person.view", part.person)) is visible
            assert bool(may(user, "person.view", phone)) is visible
            assert Phone.objects.visible_to(user).filter(pk=phone.pk).exists() is visible
        transaction.set_rollback(True)


def test_a_role_that_may_nothing_sees_nothing(made: Made):
    made.apply(
        Setting(user_grants=frozenset((name, index) for name, index in product(("son", "hoa"), CASES)))
    )

    assert Case.objects.visible_to(made.world.son).count() == 0
    assert Case.objects.visible_to(made.world.hoa).count() == 0


def test_a_lock_hides_the_case_whatever_else_is_held(made: Made):
    everything = Setting(
        user_grants=frozenset({("lan", 0)}),
        group_grants=frozenset({("committee", 0)}),
        duties=frozenset({("lan", "committee", -1)}),
    )
    made.apply(everything)
    assert may(made.world.lan, "case.view", made.cases[0])

    made.apply(Setting(locks=frozenset({("lan", 0), ("mai", 0), ("pao", 0)})))

    for user in (made.world.lan, made.world.mai, made.world.pao):
        assert not may(user, "case.view", made.cases[0])
        assert not Case.objects.visible_to(user).filter(pk=made.cases[0].pk).exists()


def test_a_sealed_case_is_hidden_from_the_commune_and_its_duty_but_not_from_those_named(made: Made):
    made.apply(
        Setting(
            sealed=frozenset({0}),
            user_grants=frozenset({("lan", 0)}),
            duties=frozenset({("minh", "committee", -1)}),
        )
    )

    sees = {name for name in WHO if may(made.world.users[name], "case.view", made.cases[0])}

    assert sees == {"lan", "mai"}


def test_time_decides_duty_and_temporary_grants(made: Made):
    made.apply(
        Setting(
            temporary=frozenset({("kien", 0, -1, 1)}),
            duties=frozenset({("minh", "committee", -1)}),
        )
    )
    now = made.world.now

    for name in ("kien", "minh"):
        user = made.world.users[name]
        assert may(user, "case.view", made.cases[0], at=now)
        assert not may(user, "case.view", made.cases[0], at=now + 2 * HOUR)
        assert not may(user, "case.view", made.cases[0], at=now - 2 * HOUR)


def test_a_verb_nobody_wrote_down_is_a_programming_error(made: Made):
    with pytest.raises(KeyError):
        may(made.world.lan, "case.burn", made.cases[0])
