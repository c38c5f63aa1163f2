"""One fact for each case, as its rows say it, written in the transaction of whatever changed them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from casework.access.seals import kinds
from casework.base.dates import PartialDate
from casework.base.rules import Rule
from casework.cases.actions import add_person, edit_person, set_main_participant, transfer_case
from casework.cases.models import Case
from casework.encryption.keyring import forget_keys
from casework.incidents.actions import record_incident
from casework.organisations.models import Area
from casework.statistics.cube import facts
from casework.statistics.dimensions import DIMENSIONS, Layout, Told, months_in, unnumbered
from casework.statistics.facts import OF_A_CASE, drift, layout, number_codes, read_cases, rebuild
from casework.statistics.models import CaseFact, FactCode
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]


def fact_of(case: Case) -> CaseFact:
    return CaseFact.objects.get(case=case)


def said(case: Case, name: str) -> set[str]:
    return set(layout().answers(name, bytes(fact_of(case).codes)))


def test_a_case_has_its_fact_when_it_is_opened(world: World) -> None:
    case = world.case(at=datetime(2025, 11, 30, 17, 0, tzinfo=UTC))
    fact = fact_of(case)
    # Already December on a Vietnamese clock.
    assert fact.month == months_in("2025-12").start
    assert (fact.commune, fact.province) == (world.commune, world.province)
    assert said(case, "sex") == {"female"}
    assert said(case, "age") == {"16_59"}
    assert said(case, "relation") == {"spouse"}
    assert said(case, "channel") == {"call"}
    assert said(case, "address") == {"a"}
    assert said(case, "form") == {"unknown"}
    assert said(case, "handling") == {"none"}
    assert drift().total == 0


def test_it_follows_what_happened_and_who_somebody_is(world: World, case: Case) -> None:
    at = world.at(hours=5)
    record_incident(
        case=case,
        by=world.lan,
        at=at,
        answers={"happened_at": at, "area": world.commune, "acts": ["A01", "A13"]},
    )
    assert said(case, "form") == {"physical", "economic"}
    assert said(case, "act") == {"A01", "A13"}
    her = world.victim(case)
    answers = {"sex": "other", "birth_date": PartialDate(1950), "ethnicity": "02"}
    edit_person(case=case, person=her, by=world.lan, at=at, answers=answers)
    assert (said(case, "sex"), said(case, "age"), said(case, "ethnicity")) == ({"other"}, {"60_over"}, {"02"})
    assert drift().total == 0


def test_somebody_known_from_another_case_is_one_person(world: World, case: Case) -> None:
    her = world.victim(case)
    other = world.case(at=world.at(hours=6))
    part = add_person(
        case=other, by=world.lan, at=world.at(hours=5), answers={"person": her.pk, "role": "victim"}
    )
    set_main_participant(case=other, participant=part, by=world.lan, at=world.at(hours=4))
    assert fact_of(other).victim == fact_of(case).victim
    # What is corrected in one case is corrected in the other.
    edit_person(case=case, person=her, by=world.lan, at=world.at(hours=3), answers={"sex": "unknown"})
    assert said(other, "sex") == said(case, "sex") == {"unknown"}
    assert drift().total == 0


def test_a_case_handed_over_counts_where_it_is(world: World, case: Case) -> None:
    transfer_case(
        case=case,
        by=world.mai,
        at=world.at(hours=2),
        to_unit=world.agencies["elsewhere"],
        lead=world.tuan,
        kind="moved",
        reason="Chuyển nơi ở.",
    )
    assert fact_of(case).commune == world.elsewhere
    assert CaseFact.objects.count() == 1
    assert drift().total == 0


def test_a_unit_that_became_another_keeps_what_was_counted_in_it(world: World, case: Case) -> None:
    today = world.now.date()
    merged = Area.objects.create(
        code="99999", name="Mới", kind="commune", parent=world.province, province_code="11", valid_from=today
    )
    Area.objects.filter(pk=world.commune.pk).update(valid_to=today, successor=merged)
    case.commune = merged
    case.save()
    assert fact_of(case).commune == world.commune
    assert drift().total == 0
    rebuild()
    assert fact_of(case).commune == world.commune


def test_the_check_finds_what_was_written_past_the_verbs_and_rebuilding_mends_it(
    world: World, case: Case
) -> None:
    CaseFact.objects.update(victim=0)
    with pytest.raises(CommandError, match="drift 1"):
        call_command("rebuild_cube", check=True)
    call_command("rebuild_cube")
    call_command("rebuild_cube", check=True)
    CaseFact.objects.all().delete()
    assert drift().wrong == 1
    assert rebuild().wrong == 1
    assert drift().total == 0


def test_nothing_is_written_when_nothing_that_is_counted_changed(world: World, case: Case) -> None:
    stamp = fact_of(case).stamp
    her = world.victim(case)
    edit_person(
        case=case, person=her, by=world.lan, at=world.at(hours=1), answers={"full_name": "Lò Thị Khác"}
    )
    assert fact_of(case).stamp == stamp


def test_what_a_process_holds_follows_every_change_and_forgets_what_was_undone(
    world: World, case: Case
) -> None:
    assert len(facts()) == 1
    point = transaction.savepoint()
    world.case(at=world.at(hours=3))
    assert len(facts()) == 2
    transaction.savepoint_rollback(point)
    forget_keys()
    assert len(facts()) == 1
    world.case(at=world.at(hours=2))
    held = facts()
    assert held.id.tolist() == list(CaseFact.objects.order_by("pk").values_list("pk", flat=True))
    edit_person(
        case=case, person=world.victim(case), by=world.lan, at=world.at(hours=1), answers={"sex": "other"}
    )
    assert facts().has("sex", "other").sum() == 1
    # Whoever was counting goes on with what they had.
    assert held.has("sex", "other").sum() == 0


# --- numbers of codes ---


def test_numbers_stay_when_a_list_grows_or_is_put_in_another_order() -> None:
    first = unnumbered([])
    assert unnumbered(first) == []
    some = [one for one in first if one[0] not in {"sex", "act"}]
    grown = unnumbered(some)
    assert {one[0] for one in grown} == {"sex", "act"}
    places = {name: number for name, code, number in [*some, *grown] if not code}
    assert len(set(places.values())) == len(places) == len(DIMENSIONS)
    # After everything that was there, so that rows written before are read as they were.
    assert min(places["sex"], places["act"]) > max(
        place for name, place in places.items() if name not in {"sex", "act"}
    )


def test_a_row_packed_says_what_it_was_told() -> None:
    told = Told(forms=frozenset({"sexual", "economic"}), measures=frozenset({"M03", "M10"}), level="HIGH")
    packed = Layout(unnumbered([])).pack(told)
    for one in DIMENSIONS:
        answer = one.read(told)
        expected = {answer} if isinstance(answer, str) else set(answer)
        assert Layout(unnumbered([])).answers(one.name, packed) == expected
    # A row from before a question was asked answers it with nothing.
    assert Layout(unnumbered([])).answers("outcome", packed[:3]) == set()


def test_every_code_has_its_number_after_migrate(db: None) -> None:
    numbered = set(FactCode.objects.exclude(code="").values_list("dimension", "code"))
    assert numbered == {(one.name, code) for one in DIMENSIONS for code in one.codes}
    number_codes()
    assert FactCode.objects.count() == len(numbered) + len(DIMENSIONS)


@pytest.mark.parametrize(
    ("code", "first", "months"),
    [("2026-03", "2026-03", 1), ("2026-Q4", "2026-10", 3), ("2026-H2", "2026-07", 6), ("2026", "2026-01", 12),
     ("2026R", "2025-12", 12), ("2024-2026", "2024-01", 36), ("2024R-2026R", "2023-12", 36)],
)  # fmt: skip
def test_periods(code: str, first: str, months: int) -> None:
    assert months_in(code) == range(months_in(first).start, months_in(first).start + months)


@pytest.mark.parametrize(
    "code", ["", "26", "2026-13", "2026-00", "2026-Q5", "2026-H3", "2026-2024", "2024-2026R", "x"]
)
def test_what_is_no_period(code: str) -> None:
    with pytest.raises(ValueError, match="is no period"):
        months_in(code)


def test_every_row_a_fact_is_read_from_is_followed_and_cannot_change_unsealed(
    world: World, case: Case
) -> None:
    ids = [case.pk, world.case(at=world.at(hours=1)).pk]
    with CaptureQueriesContext(connection) as asked:
        read_cases(ids)
    text = " ".join(query["sql"] for query in asked)
    read = {name for name, model in kinds().items() if f'"{model._meta.db_table}"' in text}

    assert read == OF_A_CASE | {"case", "person", "report"}
    assert {kinds()[name].held_to for name in read} == {Rule.SEALED}


def test_whoever_seals_what_was_written_lets_the_facts_follow() -> None:
    # The database commits nothing without the seals `keep` writes, and `take` makes them and calls who follows.
    for path in sorted((ROOT / "casework").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert text.count("seals.keep(") == text.count("seals.take()"), path
