"""What is public, attacked from outside: exported to files, read back, and nobody is found in it."""

import csv
import io
import json
import re
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date

import pypdf
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from casework.audit.models import AuditEvent
from casework.auditor import audit
from casework.base.refusals import InvalidInput
from casework.disclosure import Refused as Unprotected
from casework.disclosure import true_figures
from casework.management.commands import export_cube
from casework.releases import files, grids, planning, queries
from casework.releases.actions import audit_release, protect_release, start_protection, take_over_register
from casework.releases.catalogue import catalogue
from casework.releases.formats import as_pdf
from casework.releases.models import Protection, PublicCell, PublicFile, PublicRelease, Release, Snapshot
from casework.releases.planning import Frozen
from casework.statistics.cube import place_code
from casework.statistics.repair import demands_of
from casework.tables import HIDDEN, Tables, read_tables
from tests.releases.making import counted, frozen, prepared, published, staff
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db


def attacked(tmp_path, name: str = "out") -> str:
    """Export and attack from outside; the words of the verdict."""
    out = io.StringIO()
    call_command("export_public", "--out", str(tmp_path / name), stdout=out)
    call_command("audit_release", str(tmp_path / name), stdout=out)
    return out.getvalue()


def test_an_export_is_read_back_and_nothing_is_found(world, tmp_path):
    frozen(world, 2023)
    release = published(world, "commune_year:2023")

    assert "không làm lộ ai" in attacked(tmp_path)
    tables = read_tables(tmp_path / "out")
    assert len(tables.cells) == release.cells
    assert sum(cell.value is None for cell in tables.cells) == release.hidden
    assert {cell.release for cell in tables.cells} == {"11-0001/commune_year.2023"}


def test_an_export_is_the_same_to_the_byte(world, tmp_path):
    frozen(world, 2023)
    published(world, "commune_year:2023")

    for name in ("one", "other"):
        call_command("export_public", "--out", str(tmp_path / name), stdout=io.StringIO())

    for file in ("codes.csv", "cells.csv"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


def test_nobody_is_taken_over_without_the_number_of_a_household(world):
    staff(world)
    people = counted(world, 2023)
    people[3] = people[3]._replace(household="")

    with pytest.raises(InvalidInput) as told:
        take_over_register(by=world.thuy, at=world.now, year=2023, people=people, dims=catalogue().dims)

    assert set(told.value.errors) == {"people"}
    assert not Snapshot.objects.exists()


def test_what_was_published_is_there_exactly_for_whoever_grades_an_attack(world, tmp_path, monkeypatch):
    frozen(world, 2023)
    published(world, "commune_year:2023")
    later = counted(world, 2023)
    later += [one._replace(household=f"late {number}") for number, one in enumerate(later[::4])]
    take_over_register(
        by=world.thuy, at=world.now, year=2023, people=later, dims=catalogue().dims, is_revision=True
    )
    published(world, "commune_total:2023")
    call_command("export_public", "--out", str(tmp_path / "public"), stdout=io.StringIO())
    monkeypatch.setattr(export_cube, "getpass", lambda _asked: PASSWORD)

    words = ("--out", str(tmp_path / "exact"), "--by", "mai", "--reason", "Chấm điểm", "--published")
    call_command("export_cube", *words, stdout=io.StringIO())

    public, exact = read_tables(tmp_path / "public"), read_tables(tmp_path / "exact")
    assert public.dims == exact.dims
    assert [(cell.release, cell.at) for cell in public.cells] == [
        (cell.release, cell.at) for cell in exact.cells
    ]
    pairs = list(
        zip((cell.value for cell in public.cells), (cell.value for cell in exact.cells), strict=True)
    )
    assert all(shown in (None, true) for shown, true in pairs)
    # Small ones are among the hidden, and so are others that hide them.
    hidden = {true for shown, true in pairs if shown is None and true is not None}
    assert hidden & {1, 2, 3, 4}
    assert max(hidden) >= 5
    event = AuditEvent.objects.get(action="statistics.export_cube")
    assert (event.detail["published"], event.detail["cells"]) == (True, len(exact.cells))


def test_nothing_published_is_an_empty_table(world, tmp_path):
    call_command("export_public", "--out", str(tmp_path), stdout=io.StringIO())

    assert read_tables(tmp_path).cells == ()


def test_a_published_figure_opened_again_is_found(world):
    """The auditor who knows the truth finds every one of them, or it is itself a figure of a few people."""
    frozen(world, 2023)
    published(world, "commune_year:2023")
    wish = queries.everything(world.province, queries.known_of(world.province))
    rules = catalogue().rules["public"]
    exact, also = true_figures(wish, rules)
    hidden = [cell for cell in wish.public if cell.value is None and wish.people.count(cell.at)[0]]
    for again in hidden[::7]:
        people = wish.people.count(again.at)[0]
        cells = tuple(replace(cell, value=people) if cell == again else cell for cell in wish.public)
        report = audit(
            Tables(wish.dims, cells, wish.codes), demands=demands_of(rules), exact=exact, also_sensitive=also
        )
        assert not report.is_safe or 1 <= people < 5
    assert len(hidden) > 20


# --- stories of subtraction, through the pipeline ---


def test_years_and_the_pool_that_holds_them_are_planned_together(world, tmp_path):
    frozen(world, 2021, 2022, 2023, mean=9.0)
    published(
        world,
        "commune_total:2021",
        "commune_total:2022",
        "commune_total:2023",
        "commune_pool_total:2021-2023",
    )

    assert "không làm lộ ai" in attacked(tmp_path)


def test_a_pool_after_its_years_is_safe_or_refused(world, tmp_path):
    frozen(world, 2021, 2022, 2023, mean=9.0)
    for year in (2021, 2022, 2023):
        published(world, f"commune_total:{year}")
    try:
        published(world, "commune_pool_total:2021-2023")
    except Unprotected:
        assert not PublicCell.objects.filter(time="2021-2023").exists()
    assert "không làm lộ ai" in attacked(tmp_path)


def test_half_years_beside_the_year_give_nobody_away(world, tmp_path):
    frozen(world, 2023)
    published(world, "commune_year:2023")
    published(world, "half_year:2023-H1", "half_year:2023-H2")

    assert "không làm lộ ai" in attacked(tmp_path)
    assert PublicCell.objects.filter(time="2023-H1").exists()


def test_half_years_of_a_commune_are_chosen_by_what_is_public(world):
    frozen(world, 2023)
    published(world, "commune_total:2023")
    shown = queries.yearly_totals(queries.known_of(world.province))["2023", 1]
    province = place_code(world.province)

    published(world, "half_year:2023-H1")

    halves = set(PublicCell.objects.filter(time="2023-H1").values_list("place", flat=True))
    assert halves == {province} | {place for place, value in shown.items() if value >= 20}


def test_old_and_new_communes_together_give_nobody_away(world, tmp_path):
    staff(world)
    units = queries.units_of(world.province)
    old = planning.units_on(units, date(2025, 6, 30))
    new = planning.units_on(units, date(2025, 12, 31))
    assert (len(old), len(new)) == (129, 45)
    first = counted(world, 2024, communes=12)
    second = [one._replace(place=new[number % 6], month="2025-09") for number, one in enumerate(first[:60])]
    second += [one._replace(month="2025-03") for one in first[60:]]
    for year, people in ((2024, first), (2025, second)):
        Snapshot.objects.create(**_snapshot(world, Frozen(year, 1, catalogue().dims, tuple(people))))
    published(world, "commune_total:2024")
    published(world, "commune_total:2025")

    assert "không làm lộ ai" in attacked(tmp_path)
    assert set(PublicCell.objects.filter(time="2024").values_list("place", flat=True)) == {
        *old,
        place_code(world.province),
    }
    assert set(PublicCell.objects.filter(time="2025").values_list("place", flat=True)) == {
        *new,
        place_code(world.province),
    }


def test_a_pool_over_a_boundary_change_has_no_communes(world):
    units = queries.units_of(world.province)

    assert planning.units_of(units, "2023-2025") == []
    assert len(planning.units_of(units, "2022-2024")) == 129


@pytest.mark.parametrize("late", [3, 12])
def test_a_revision_shows_a_change_of_few_to_nobody(world, tmp_path, late):
    frozen(world, 2023, communes=5)
    published(world, "commune_total:2023")
    (year,) = queries.frozen_of(world.province)
    (place, _many), *_others = Counter(one.place for one in year.people).most_common()
    somebody = next(one for one in year.people if one.place == place)
    more = [somebody._replace(household=f"late {number}") for number in range(late)]
    Snapshot.objects.create(**_snapshot(world, Frozen(2023, 2, year.dims, (*year.people, *more))))
    published(world, "commune_total:2023")

    assert "không làm lộ ai" in attacked(tmp_path)
    first, second = (
        PublicCell.objects.get(place=place, time="2023", vintage=vintage).value for vintage in (1, 2)
    )
    assert (second is None or first is None) == (late == 3)


def words_of(client, world, release) -> str:
    """What its page says to whoever prepared it."""
    client.force_login(world.thuy)
    return re.sub(r"<[^>]+>", " ", client.get(reverse("release", args=[release.pk])).content.decode())


def _snapshot(world, frozen: Frozen) -> dict[str, object]:
    return {
        "province": world.province,
        "year": frozen.year,
        "vintage": frozen.vintage,
        "source": Snapshot.REGISTER,
        "people": len(frozen.people),
        "content": queries.packed(frozen),
        "sha256": frozen.sha256,
        "taken_at": world.now,
        "taken_by": world.thuy,
    }


# --- the job ---


def test_the_job_works_out_what_was_asked_for_and_has_it_audited(world):
    frozen(world, 2023)
    release = prepared(world, "commune_year:2023")
    start_protection(release=release, by=world.thuy, at=world.now)

    call_command("protect_releases", stdout=io.StringIO())

    release.refresh_from_db()
    assert (release.state, release.is_safe) == (Release.AUDITED, True)
    assert not Protection.objects.exists()


def test_what_cannot_be_kept_is_named_in_words(world):
    """Nobody was dealt with in any way, so one figure says it of everybody, and nothing can hide it."""
    staff(world)
    dims = catalogue().dims
    alike = [
        one._replace(
            answers=tuple(
                {"handling:none": "1"}.get(dim, "0") if dim.startswith("handling:") else answer
                for dim, answer in zip(dims, one.answers, strict=True)
            )
        )
        for one in counted(world, 2023)
    ]
    take_over_register(by=world.thuy, at=world.now, year=2023, people=alike, dims=dims)
    release = prepared(world, "province_year:2023")
    start_protection(release=release, by=world.thuy, at=world.now)

    call_command("protect_releases", stdout=io.StringIO())

    release.refresh_from_db()
    assert (release.state, release.failure["why"]) == (Release.DRAFT, "unprotectable")
    assert "Tỉnh Điện Biên · 2023 · Biện pháp đã xử lý" in words_of(Client(), world, release)


def test_a_job_that_was_cancelled_keeps_nothing_and_says_so(world):
    frozen(world, 2023)
    release = prepared(world, "commune_year:2023")
    start_protection(release=release, by=world.thuy, at=world.now)
    Protection.objects.update(is_cancelled=True)

    call_command("protect_releases", stdout=io.StringIO())

    release.refresh_from_db()
    assert (release.state, release.failure["why"]) == (Release.DRAFT, "cancelled")
    assert not Protection.objects.exists()


def test_a_year_that_does_not_hold_what_a_table_asks_is_refused_with_the_reason(world):
    staff(world)
    dims = tuple(dim for dim in catalogue().dims if not dim.startswith("handling:"))
    places = [catalogue().dims.index(dim) for dim in dims]
    people = tuple(
        one._replace(answers=tuple(one.answers[number] for number in places)) for one in counted(world, 2023)
    )
    Snapshot.objects.create(**_snapshot(world, Frozen(2023, 1, dims, people)))
    release = prepared(world, "province_year:2023")
    start_protection(release=release, by=world.thuy, at=world.now)

    call_command("protect_releases", stdout=io.StringIO())

    release.refresh_from_db()
    assert release.failure["why"] == "not_counted"
    page = words_of(Client(), world, release)
    assert "2023 · Biện pháp đã xử lý" in page
    assert "handling" not in page


def test_after_the_limit_a_safe_plan_and_its_gap_are_kept(world):
    frozen(world, 2023)
    release = prepared(world, "commune_total:2023", mode="exact")

    protect_release(release=release, by=world.thuy, at=world.now, plan=queries.work_out(release, limit=0.0))
    audit_release(release=release, by=world.thuy, at=world.now)

    assert release.is_safe
    assert release.gap is not None


# --- files ---


def test_no_file_has_a_hidden_figure_in_any_place(world):
    """G6: the hidden values are made unlike any shown one, and looked for in every byte of every file."""
    frozen(world, 2023)
    release = published(world, "commune_year:2023")
    wish = queries.everything(world.province, queries.known_of(world.province))
    cells = [(planning.key_at(wish.dims, cell.at), cell) for cell in wish.public]
    shown = [cell.value for _key, cell in cells if cell.value is not None]
    for file in PublicFile.objects.all():
        text = _text_of(file)
        assert f"{HIDDEN}" in text or file.form in {"json", "sdmx.csv"}
        assert text.count("<f>") == 0
        names = zipfile.ZipFile(io.BytesIO(file.content)).namelist() if file.form == "xlsx" else []
        assert not [name for name in names if "chart" in name or "calcChain" in name]
    assert len(shown) + release.hidden == release.cells
    # A printed table says its totals beside each question.
    by_form = {file.form: _figures_in(file) for file in PublicFile.objects.exclude(form="pdf")}
    for form, figures in by_form.items():
        assert sorted(figures) == sorted(shown), form


def test_primary_and_complementary_look_the_same_in_every_file(world):
    frozen(world, 2023)
    published(world, "commune_year:2023")
    wish = queries.everything(world.province, queries.known_of(world.province))
    hidden = [cell for cell in wish.public if cell.value is None]
    kinds = {1 <= wish.people.count(cell.at)[0] < 5 for cell in hidden}
    assert kinds == {True, False}
    csv_lines = [
        line for line in _text_of(PublicFile.objects.get(form="csv")).splitlines() if line.endswith(HIDDEN)
    ]
    assert len(csv_lines) == len(hidden)
    sdmx = [
        line for line in _text_of(PublicFile.objects.get(form="sdmx.csv")).splitlines() if ",,Q,C," in line
    ]
    assert len(sdmx) == len(hidden)


def test_the_printed_table_is_the_table_and_the_same_to_the_byte(world):
    frozen(world, 2023)
    release = published(world, "commune_year:2023")
    names = queries.place_names(world.province)
    table = planning.Table(*release.tables[0])
    lines = queries.public_lines(world.province, table, names)
    expected = [
        (row.name, *row.cells)
        for chosen, _words in grids.choices(catalogue().product(table.product))
        for row in grids.grid(lines, chosen.split("+"), names).rows
    ]
    file = PublicFile.objects.get(form="pdf")
    printed = _text_of(file)
    cells = [cell for row in expected for cell in row]
    place = 0
    for cell in cells:
        place = printed.index(cell, place) + len(cell)
    marks = len([cell for cell in cells if cell == HIDDEN])
    # The legend says what the mark is, twice.
    assert printed.count(HIDDEN) == marks + 2
    entry = PublicRelease.objects.get()
    again = files.Published(
        entry.about["release"],
        table,
        lines,
        {**entry.about, "sha256": entry.sha256},
        names,
        entry.published_at,
    )
    with translation.override("en"):
        assert as_pdf(again) == bytes(file.content)


def _text_of(file: PublicFile) -> str:
    if file.form == "pdf":
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file.content)).pages)
    if file.form != "xlsx":
        return bytes(file.content).decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(file.content)) as book:
        return "\n".join(book.read(name).decode() for name in sorted(book.namelist()))


def _figures_in(file: PublicFile) -> list[int]:
    """Every figure a machine reads out of a file."""
    text = _text_of(file)
    if file.form == "csv":
        lines = [line for line in text.splitlines() if not line.lstrip('"').startswith("#")]
        return [int(row["value"]) for row in csv.DictReader(lines) if row["value"] != HIDDEN]
    if file.form == "sdmx.csv":
        return [int(row["OBS_VALUE"]) for row in csv.DictReader(text.splitlines()) if row["OBS_VALUE"]]
    if file.form == "json":
        items = json.loads(text)["link"]["item"]
        return [value for item in items for value in item["value"] if value is not None]
    sheet = zipfile.ZipFile(io.BytesIO(file.content)).read("xl/worksheets/sheet1.xml").decode()
    return [int(value) for value in re.findall(r'<c r="[A-Z]+\d+" s="\d+"><v>(\d+)</v></c>', sheet)]
