"""Protected rows cannot be read, counted, changed or used in another query before it was said for whom."""

import re

import pytest
from django.db.models import Count, Exists, OuterRef

from casework.access.grants import view_permission
from casework.access.guard import GuardedModel, Unguarded
from casework.access.seals import kinds
from casework.audit.models import AuditEvent
from casework.cases.models import Case, CaseReport, Participant
from casework.people.models import Person
from tests.world import World

MODELS = list(kinds().values())
SENTENCE = re.compile(r"Case rows are protected: write Case\.objects\.visible_to\(user\)")
READS = {
    "iterating": lambda rows: list(rows),
    "len": lambda rows: len(rows),
    "bool": lambda rows: bool(rows),
    "first": lambda rows: rows.first(),
    "get": lambda rows: rows.get(pk="00000000-0000-0000-0000-000000000000"),
    "index": lambda rows: rows[0],
    "slice": lambda rows: list(rows[:2]),
    "iterator": lambda rows: next(rows.iterator(), None),
    "values": lambda rows: list(rows.values("pk")),
    "values_list": lambda rows: list(rows.values_list("pk", flat=True)),
    "in_bulk": lambda rows: rows.in_bulk(),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "contains": lambda rows: rows.contains(Case()),
    "aggregate": lambda rows: rows.aggregate(Count("pk")),
    "latest": lambda rows: rows.latest("opened_at"),
    "earliest": lambda rows: rows.earliest("opened_at"),
    "last": lambda rows: rows.order_by("opened_at").last(),
    "dates": lambda rows: list(rows.dates("opened_at", "year")),
    "update": lambda rows: rows.update(state="closed"),
    "bulk_update": lambda rows: rows.bulk_update([Case()], ["state"]),
    "delete": lambda rows: rows.delete(),
    "explain": lambda rows: rows.explain(),
    "union": lambda rows: list(rows.union(rows)),
    "subquery": lambda rows: Participant.objects.filter(case__in=rows),
    "exists subquery": lambda rows: Participant.objects.filter(Exists(rows.filter(pk=OuterRef("case")))),
    "values subquery": lambda rows: Participant.objects.filter(case__in=rows.values("pk")),
    "after filters": lambda rows: list(rows.filter(state="open").exclude(level="").order_by("number")),
}


@pytest.mark.parametrize("way", READS)
def test_a_query_that_does_not_say_for_whom_does_not_run(world: World, way: str, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises((Unguarded, ValueError), match=SENTENCE.pattern):
        READS[way](Case.objects.all())


@pytest.mark.parametrize("way", READS)
def test_history_is_guarded_as_the_rows_are(world: World, way: str, django_assert_num_queries):
    case = world.case()
    skip = {"contains", "bulk_update", "subquery", "exists subquery", "values subquery", "dates"}
    if way in skip:
        way = "iterating"
    for rows in (Case.history.all(), case.history.all(), Case.history.model.objects.all()):
        with (
            django_assert_num_queries(0),
            pytest.raises(Unguarded, match="HistoricalCase rows are protected"),
        ):
            READS[way](rows)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_case_bearing_model_is_guarded_with_its_history(world: World, model: type[GuardedModel]):
    with pytest.raises(Unguarded):
        list(model.objects.all())
    with pytest.raises(Unguarded):
        list(model.history.all())


def test_everything_needs_a_reason(world: World):
    with pytest.raises(Unguarded, match="reason"):
        Case.objects.everything(reason="")


def test_what_was_said_holds_for_every_query_made_from_it(world: World):
    case = world.case()
    said = Case.objects.everything(reason="test")

    assert said.filter(pk=case.pk).exclude(state="closed").order_by("number").get() == case
    assert said.filter(pk=case.pk).count() == 1
    with pytest.raises(Unguarded):
        list(Case.objects.filter(pk=case.pk))


def test_reverse_relations_are_guarded_too(world: World):
    case = world.case()

    with pytest.raises(Unguarded):
        list(case.participants.all())
    with pytest.raises(Unguarded):
        case.report_links.count()
    assert case.participants.everything(reason="test").count() == 2


def test_a_sub_query_of_a_guarded_model_narrows_to_the_viewer(world: World):
    mine = world.case()
    parts = Participant.objects.everything(reason="test")

    assert parts.filter(case__in=Case.objects.visible_to(world.lan)).count() == 2
    assert parts.filter(case__in=Case.objects.visible_to(world.tuan)).count() == 0
    assert {part.case_id for part in parts} == {mine.pk}


def test_history_is_visible_to_whoever_sees_the_row(world: World):
    case = world.case()

    assert case.history.visible_to(world.lan).count() >= 1
    assert case.history.visible_to(world.minh).count() == 0
    assert Person.history.visible_to(world.tuan).count() == 0


def test_a_new_row_reads_nothing_and_counts_its_writes(world: World):
    link = CaseReport.objects.everything(reason="test")
    case = world.case()
    version = case.version

    case.state = "in_progress"
    case.save()

    assert case.version == version + 1
    assert link.count() == 1
    assert case.created_by_id == world.lan.pk


def test_unguarded_models_stay_as_they_are(world: World):
    assert AuditEvent.objects.count() >= 0
    assert view_permission(Case) == view_permission(Case)
