"""Prepared statements: the ORM's own rows with any values, and an error for what cannot be repeated."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework.access.lists import capped_count, page, visible_among
from casework.access.principals import principal
from casework.audit.acting import acting_as
from casework.base import prepared
from casework.base.prepared import CannotPrepare, run, sql_of
from casework.cases.models import Case, ConflictLock
from casework.intake.models import Report
from casework.organisations.models import DutyShift, Membership, User
from casework.referrals.models import Referral
from tests.world import World


@pytest.fixture(autouse=True)
def nothing_kept(world: World) -> Iterator[None]:
    """After the cast is there: making it prepares statements of its own."""
    prepared.forget_statements()
    yield
    prepared.forget_statements()


def names(shape: str, **values: Any) -> list[str]:
    def build(given):
        return sql_of(User.objects.filter(**given).order_by("username").values_list("username"))

    return [name for (name,) in run(shape, values, build)]


def test_the_text_is_kept_and_the_values_are_not(world: World):
    assert names("by name", username="lan") == ["lan"]
    assert names("by name", username="minh") == ["minh"]
    assert names("by name", username="nobody") == []
    assert len(prepared._kept) == 1


def test_a_server_keeps_one_plan_for_all_values(world: World):
    for username in ("lan", "minh", "dung", "pao"):
        assert names("by name", username=username) == [username]

    # A database in our own process plans nothing apart from what it runs.
    assert len(plans_kept('"username" = $1 ORDER BY')) == (1 if connection.vendor == "postgresql" else 0)


def plans_kept(text: str) -> list[str]:
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall() if text in statement]


def test_the_log_of_queries_has_the_text_of_a_statement_the_server_knows(world: World):
    with CaptureQueriesContext(connection) as log:
        for username in ("lan", "minh", "dung", "pao"):
            names("by name", username=username)

    asked = [query["sql"] for query in log if "FROM" in query["sql"]]
    assert len(asked) >= 4
    assert all("casework_user" in text for text in asked[-4:])


def test_every_kind_of_value_finds_its_place(world: World):
    shift = DutyShift.objects.create(
        user=world.lan,
        agency=world.agencies["committee"],
        starts_at=world.now,
        ends_at=world.now + timedelta(hours=8),
    )

    def build(given):
        rows = DutyShift.objects.filter(
            user_id=given["user"],
            agency__area_id=given["area"],
            starts_at__lte=given["at"],
            ends_at__gt=given["at"] - timedelta(hours=1),
            user__memberships__valid_from__lte=given["today"],
        )
        return sql_of(rows.values_list("pk"))

    def found(**changes):
        values = {
            "user": world.lan.pk,
            "area": world.commune.pk,
            "at": world.now,
            "today": world.now.date(),
            **changes,
        }
        return [uuid.UUID(str(pk)) for (pk,) in run("shift", values, build)]

    assert found() == [shift.pk]
    # The hour between: a time that stands a fixed span before the value.
    assert found(at=world.now + timedelta(hours=8, minutes=59)) == [shift.pk]
    assert found(at=world.now + timedelta(hours=9)) == []
    assert found(user=world.minh.pk) == []
    assert found(area=world.province.pk) == []
    assert found(today=world.now.date() - timedelta(days=9000)) == []
    assert len(prepared._kept) == 1


def test_a_text_that_follows_from_a_value_is_an_error(world: World):
    def build(given):
        rows = User.objects.filter(username=given["name"])
        return sql_of(
            (rows.exclude(is_demo=True) if given["name"].startswith("l") else rows).values_list("pk")
        )

    with pytest.raises(CannotPrepare, match="text follows"):
        run("text", {"name": "lan"}, build)
    assert prepared._kept == {}


def test_a_parameter_nobody_can_account_for_is_an_error(world: World):
    def build(given):
        return sql_of(User.objects.filter(username=given["name"].upper()).values_list("pk"))

    with pytest.raises(CannotPrepare, match="explains"):
        run("upper", {"name": "lan"}, build)


def test_a_query_made_while_the_text_is_written_is_an_error(world: World):
    def build(given):
        ids = list(User.objects.filter(username=given["name"]).values_list("pk", flat=True))
        return sql_of(Membership.objects.filter(user_id__in=ids).values_list("pk"))

    with pytest.raises(CannotPrepare, match="query was made"):
        run("query", {"name": "lan"}, build)


@pytest.mark.parametrize("value", [True, None, 1.5, ["a"]])
def test_a_value_without_a_stand_in_is_an_error(world: World, value: object):
    with pytest.raises(CannotPrepare, match="stand-in"):
        names("kind", username=value)


def test_the_kept_texts_are_bounded(world: World, monkeypatch):
    monkeypatch.setattr(prepared, "MOST_KEPT", 3)
    for number in range(10):
        names(f"shape {number}", username="lan")
    assert len(prepared._kept) <= 3


def test_a_viewer_with_other_values_is_of_the_same_form(world: World):
    who = principal(world.lan, world.now)
    other = who.with_values(
        {name: uuid.uuid4() if name in {"user", "agency0"} else value for name, value in who.values().items()}
    )

    assert other.shape == who.shape
    assert other.user_id != who.user_id
    assert who.with_values(who.values()) == replace(
        who, seats=tuple(replace(seat, agency_name="") for seat in who.seats)
    )


@pytest.mark.parametrize("model", [Case, Report, Referral])
def test_one_text_serves_all_viewers_of_one_form_and_shows_each_their_own(world: World, model):
    """Whatever was prepared for one viewer first, every other sees what the ORM's own query shows them."""
    locked, _other = world.case(), world.case(at=world.at(days=2))
    world.report()
    ConflictLock.objects.create(case=locked, user=world.mai, at=world.now, source="test")
    users = list(world.users.values())
    for _round in range(2):
        for user in users:
            with acting_as(request_id=str(uuid.uuid4())):
                plain = set(model.objects.visible_to(user, at=world.now).values_list("pk", flat=True))
                assert {row.pk for row in page(model, user, at=world.now, size=100).rows} == plain
                assert capped_count(model, user, at=world.now) == len(plain)
                ids = [*plain, *(uuid.uuid4() for _one in range(30)), locked.pk]
                among = visible_among(model, principal(user, world.now), model.view_verb, ids)
                assert among == plain & set(ids)
        users.reverse()


def test_a_second_list_compiles_nothing_but_its_rows(world: World, django_assert_num_queries):
    world.case()
    with acting_as(request_id="one"):
        page(Case, world.mai, at=world.now)
    kept = dict(prepared._kept)
    with acting_as(request_id="two"), CaptureQueriesContext(connection) as seen:
        page(Case, world.mai, at=world.now)

    assert prepared._kept == kept
    assert len(seen) == 3  # the seats, the keys, the rows


def test_rows_come_as_the_orm_makes_them_with_what_they_join(world: World):
    case = world.case()
    with acting_as(request_id="rows"):
        for related in ((), ("commune", "lead"), ("unit__area",)):
            [found] = page(Case, world.mai, at=world.now, select_related=related).rows
            [plain] = Case.objects.visible_to(world.mai, at=world.now)
            assert found == plain == case
            names = [field.attname for field in Case._meta.concrete_fields]
            assert [getattr(found, name) for name in names] == [getattr(plain, name) for name in names]
            assert not found._state.adding
            assert set(found._state.fields_cache) == {name.split("__")[0] for name in related}
