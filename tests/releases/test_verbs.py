"""The verbs of a release: who may, in which state, what is refused, and what stays true whatever happens."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from casework.base.refusals import Denied, InvalidInput, NotVisible, Refused
from casework.disclosure import Refused as Unprotected
from casework.releases import ledger, planning, queries
from casework.releases.actions import (
    approve_release,
    audit_release,
    cancel_protection,
    drop_release,
    prepare_release,
    protect_release,
    publish_release,
    start_protection,
    take_over_register,
    withdraw_release,
)
from casework.releases.catalogue import catalogue
from casework.releases.models import (
    PublicCell,
    PublicFile,
    PublicRelease,
    Release,
    ReleaseCell,
    Snapshot,
    Verdict,
)
from casework.statistics.cube import place_code
from tests.releases.making import (
    approved,
    audited,
    counted,
    frozen,
    prepared,
    published,
    staff,
)

pytestmark = pytest.mark.django_db

YEAR = ("commune_year:2023",)


def approve(release, by, world):
    return approve_release(
        release=release, by=by, at=world.now, answers={"shown_sha256": release.shown_sha256}
    )


def test_from_frozen_year_to_published_tables(world):
    frozen(world, 2023)

    release = published(world, *YEAR)

    assert release.state == Release.PUBLISHED
    assert (release.number, release.previous) == (1, ledger.NOTHING)
    assert PublicCell.objects.count() == release.cells > 100
    assert 0 < release.hidden < release.cells
    assert set(PublicFile.objects.values_list("form", flat=True)) == {
        "csv",
        "xlsx",
        "pdf",
        "json",
        "sdmx.csv",
    }
    assert Verdict.objects.get(release=release).is_safe


@pytest.mark.parametrize("name", ["lan", "minh", "dung", "pao", "hoa", "yen", "tuan", "kien", "son"])
def test_nobody_else_prepares_or_takes_over(world, name):
    by = world.users[name]

    with pytest.raises(Denied):
        prepare_release(by=by, at=world.now, answers={"tables": list(YEAR)})
    with pytest.raises(Denied):
        take_over_register(by=by, at=world.now, year=2023, people=[], dims=catalogue().dims)


@pytest.mark.parametrize("name", ["lan", "minh", "dung", "pao", "hoa", "yen", "tuan", "kien", "son", "thuy"])
def test_nobody_else_approves_or_withdraws(world, name):
    frozen(world, 2023)
    release = audited(world, *YEAR)
    by = world.users[name]

    with pytest.raises((Denied, NotVisible)):
        approve(release, by, world)
    with pytest.raises((Denied, NotVisible)):
        withdraw_release(release=release, by=by, at=world.now, answers={"reason": "other"})


def test_two_different_people_approve_and_neither_prepared_it(world):
    frozen(world, 2023)
    staff(world)
    release = prepare_release(by=world.dao, at=world.now, answers={"tables": list(YEAR)})
    protect_release(release=release, by=world.dao, at=world.now, plan=queries.work_out(release))
    audit_release(release=release, by=world.dao, at=world.now)

    with pytest.raises(Denied):
        approve(release, world.dao, world)
    approve(release, world.mai, world)
    assert release.state == Release.AUDITED
    with pytest.raises(Refused, match="approved_already"):
        approve(release, world.mai, world)
    with pytest.raises(Refused, match="release_state"):
        publish_release(release=release, by=world.thuy, at=world.now)
    approve(release, world.hanh, world)
    assert release.state == Release.APPROVED


def test_the_database_takes_no_approval_of_whoever_prepared_it(world):
    frozen(world, 2023)
    release = audited(world, *YEAR)

    for approver in (
        {"approved_by": world.thuy},
        {"approved_by": world.mai, "second_approved_by": world.mai},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Release.objects.everything(reason="test").filter(pk=release.pk).update(**approver)


def test_an_approval_is_of_exactly_what_was_shown(world):
    frozen(world, 2023)
    release = audited(world, *YEAR)

    with pytest.raises(Refused, match="release_moved"):
        approve_release(release=release, by=world.mai, at=world.now, answers={"shown_sha256": "0" * 64})


@pytest.mark.parametrize(
    "verb",
    [
        lambda release, world: audit_release(release=release, by=world.thuy, at=world.now),
        lambda release, world: approve(release, world.mai, world),
        lambda release, world: publish_release(release=release, by=world.thuy, at=world.now),
        lambda release, world: withdraw_release(
            release=release, by=world.mai, at=world.now, answers={"reason": "other"}
        ),
        lambda release, world: cancel_protection(release=release, by=world.thuy, at=world.now),
    ],
)
def test_a_draft_is_only_protected_or_dropped(world, verb):
    frozen(world, 2023)
    release = prepared(world, *YEAR)

    with pytest.raises(Refused, match="release_state"):
        verb(release, world)
    start_protection(release=release, by=world.thuy, at=world.now)
    with pytest.raises(Refused, match="protection_runs"):
        start_protection(release=release, by=world.thuy, at=world.now)
    drop_release(release=release, by=world.thuy, at=world.now)
    assert release.state == Release.DROPPED


def test_what_is_published_is_neither_protected_nor_dropped_again(world):
    frozen(world, 2023)
    release = published(world, *YEAR)

    for verb in (start_protection, audit_release, publish_release, drop_release):
        with pytest.raises(Refused, match="release_state"):
            verb(release=release, by=world.thuy, at=world.now)


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        ([], "invalid_input"),
        (["no-such:2023"], "invalid_input"),
        (["commune_year:2023-H1"], "invalid_input"),
        (["commune_year:23"], "invalid_input"),
        (["half_year:2023-H3"], "invalid_input"),
        (["commune_year:2999"], "period_not_over"),
    ],
)
def test_what_cannot_be_prepared_is_refused_with_the_reason(world, tables, why):
    staff(world)

    with pytest.raises(Refused) as refused:
        prepared(world, *tables)
    assert refused.value.code == why


def test_a_year_is_frozen_once(world):
    frozen(world, 2023)

    with pytest.raises(Refused, match="year_frozen"):
        take_over_register(
            by=world.thuy, at=world.now, year=2023, people=counted(world, 2023), dims=catalogue().dims
        )
    prepared(world, *YEAR)
    assert Snapshot.objects.count() == 1


def test_a_table_is_published_once(world):
    frozen(world, 2023)
    published(world, *YEAR)

    with pytest.raises(Refused, match="already_published"):
        prepared(world, *YEAR)


def test_a_register_with_an_unknown_code_is_refused(world):
    staff(world)
    people = [one._replace(place="99999.2000-01-01") for one in counted(world, 2023)]

    with pytest.raises(InvalidInput):
        take_over_register(by=world.thuy, at=world.now, year=2023, people=people, dims=catalogue().dims)


# --- fail closed ---


def test_a_plan_made_before_something_else_was_published_is_not_kept(world):
    frozen(world, 2022, 2023)
    release = prepared(world, "commune_total:2023")
    plan = queries.work_out(release)
    published(world, "province_year:2023")

    with pytest.raises(Refused, match="release_moved"):
        protect_release(release=release, by=world.thuy, at=world.now, plan=plan)


def test_what_was_judged_before_something_else_was_published_is_judged_again(world):
    frozen(world, 2022, 2023)
    release = approved(world, "province_year:2023")
    published(world, "province_year:2022")

    with pytest.raises(Refused, match="not_judged"):
        publish_release(release=release, by=world.thuy, at=world.now)
    assert PublicRelease.objects.count() == 1


def test_a_hidden_figure_opened_in_the_database_is_not_published(world):
    """Past the append-only rule nobody comes; a cell that was added all the same is found."""
    frozen(world, 2023)
    release = approved(world, *YEAR)
    ReleaseCell.objects.create(release=release, table="commune_year.2023", key="place=x;time=2023", value=2)

    with pytest.raises(Refused, match="release_moved"):
        publish_release(release=release, by=world.thuy, at=world.now)
    assert not PublicCell.objects.exists()


def test_a_plan_with_a_hidden_figure_opened_is_found_by_the_auditor(world):
    """The mutation: everything is in order but one figure of three people is shown."""
    frozen(world, 2023)
    release = prepared(world, *YEAR)
    plan = queries.work_out(release)
    exact = queries.inputs_of(release).wish
    cells = []
    opened = 0
    for table, key, value in plan.cells:
        at = planning.coordinate(exact.dims, planning.at_of(key))
        true = exact.people.count(at)[0]
        if value is None and not opened and 1 <= true < 5:
            value, opened = true, opened + 1
        cells.append((table, key, value))
    assert opened
    protect_release(release=release, by=world.thuy, at=world.now, plan=replace(plan, cells=tuple(cells)))

    audit_release(release=release, by=world.thuy, at=world.now)

    assert release.is_safe is False
    assert release.state == Release.PROTECTED
    assert sum(Verdict.objects.get(release=release).counts.values()) > 0
    with pytest.raises(Refused, match="release_state"):
        approve(release, world.mai, world)


def test_a_public_figure_that_moved_stops_the_next_release(world):
    """A register corrected behind our back: what was public is another figure, so nothing is planned upon it."""
    frozen(world, 2023)
    published(world, "province_year:2023")
    PublicCell.objects.create(
        province=world.province,
        key=f"place={place_code(world.province)};time=2023-Q1;vintage=1",
        place=place_code(world.province),
        time="2023-Q1",
        vintage=1,
        value=9999,
        release=Release.objects.everything(reason="test").get(),
        table="province_quarter.2023-Q1",
    )
    release = prepared(world, "commune_total:2023")

    with pytest.raises(Unprotected, match="snapshot"):
        queries.work_out(release)


# --- withdrawn is not forgotten, the ledger is a chain ---


def test_withdrawn_is_not_forgotten(world):
    frozen(world, 2023)
    release = published(world, *YEAR)
    before = PublicCell.objects.count()

    withdraw_release(release=release, by=world.mai, at=world.now, answers={"reason": "wrong_source"})

    assert release.state == Release.WITHDRAWN
    assert PublicCell.objects.count() == before
    assert queries.known_of(world.province)
    with pytest.raises(Refused, match="already_published"):
        prepared(world, *YEAR)


def test_each_release_names_the_one_before(world):
    frozen(world, 2022, 2023)
    first = published(world, "province_year:2022")
    second = published(world, "province_year:2023")

    assert (second.number, second.previous) == (2, first.sha256)
    for entry in PublicRelease.objects.all():
        release = Release.objects.everything(reason="test").get(pk=entry.pk)
        shown = ledger.digest_of(queries.cells_of(release))
        assert ledger.link(release.previous, entry.about, shown) == entry.sha256 == release.sha256


@pytest.mark.parametrize("model", [Snapshot, ReleaseCell, Verdict, PublicCell, PublicRelease, PublicFile])
@pytest.mark.role("")
def test_what_was_written_stays(world, model):
    frozen(world, 2023)
    published(world, "province_year:2023")
    rows = model.objects.filter(pk=model.objects.first().pk)
    changed = {"sha256": "0" * 64} if hasattr(model, "sha256") else {"value": 3}

    with pytest.raises(Exception, match="rows are only added"), transaction.atomic():
        rows._raw_delete(rows.db)
    with pytest.raises(Exception, match="rows are only added"), transaction.atomic():
        rows.update(**changed)


def test_the_same_again_is_the_same_to_the_byte(world):
    frozen(world, 2023)
    with transaction.atomic():
        release = published(world, *YEAR)
        one = dict(PublicFile.objects.values_list("form", "sha256"))
        first = release.shown_sha256, release.inputs_sha256
        transaction.set_rollback(True)
    release = published(world, *YEAR)

    assert (release.shown_sha256, release.inputs_sha256) == first
    assert dict(PublicFile.objects.values_list("form", "sha256")) == one


def test_facts_are_frozen_where_no_register_was_taken_over(world):
    """A case that was opened counts; the frozen row says where, when and what, and leads to nobody."""
    staff(world)
    world.case(at=world.at(days=700))
    year = world.at(days=700).astimezone(world.now.tzinfo).year

    release = prepared(world, f"province_year:{year}")

    snapshot = Snapshot.objects.get()
    assert (snapshot.source, snapshot.people) == (Snapshot.FACTS, 1)
    (one,) = queries.frozen_of(world.province)
    assert one.people[0].place.startswith(world.commune.code)
    assert "female" in one.people[0].answers
    assert release.state == Release.DRAFT
