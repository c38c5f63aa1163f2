"""The pages: what everybody may read, and the desk of the province."""

import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.releases import actions, queries
from casework.releases.actions import start_protection, take_over_register, withdraw_release
from casework.releases.catalogue import catalogue
from casework.releases.formats import FORMATS
from casework.releases.models import PublicCell, PublicFile, PublicRelease, Release
from casework.statistics.models import CaseFact
from casework.tables import HIDDEN
from tests.releases.making import audited, counted, frozen, prepared, published, staff

pytestmark = pytest.mark.django_db

# Tables a public page may read: what is public, names of places, and what every request touches; whether totals with
# noise are on somewhere, so that their page is named.
MAY_READ = ("public", "area", "django_session", "cache_entry", "noisytotal", "privacybudget")


def as_(world, name: str) -> Client:
    client = Client()
    client.force_login(world.users[name])
    return client


def get(client: Client, name: str, *args: object, **query: str):
    return client.get(reverse(name, args=args), query)


def sent(client: Client, name: str, *args: object, **data: object):
    return client.post(reverse(name, args=args), data)


# --- public ---


def test_a_stranger_reads_what_is_published_and_nothing_else_is_asked(world, client):
    frozen(world, 2023)
    release = published(world, "commune_year:2023", "province_month:2023-01")

    for name, args in (
        ("public-figures", ()),
        ("public-method", ()),
        ("public-verify", ()),
        ("public-years", ()),
        ("public-months", ()),
        ("public-sum", ()),
        ("public-release", (release.pk,)),
    ):
        with CaptureQueriesContext(connection) as asked:
            answer = get(client, name, *args)
        assert answer.status_code == 200
        read = {table for query in asked for table in re.findall(r'FROM "([a-z_]+)"', query["sql"])}
        assert not {table for table in read if not any(word in table for word in MAY_READ)}, name
        assert CaseFact._meta.db_table not in read


@pytest.mark.parametrize("question", ["form", "sex", "age"])
def test_hidden_figures_look_alike_and_have_no_bar(world, client, question):
    frozen(world, 2023)
    release = published(world, "commune_year:2023")
    page = get(client, "public-release", release.pk, question=question)
    place = page.context["grid"].rows[1].place
    page = get(client, "public-release", release.pk, question=question, place=place).content.decode()

    cells = re.findall(r"<td[^>]*>•</td>", page)
    assert len(set(cells)) == 1
    bars = page.count("<rect")
    words = re.findall(r'<text class="app-chart__text" x="\d+" y="\d+">([^<]*)</text>', page)
    texts = words[1::2]
    assert bars == sum(text != HIDDEN for text in texts) < len(texts)


def test_the_map_knows_classes_only(world, client):
    frozen(world, 2025, communes=12)
    release = published(world, "commune_total:2025")

    page = get(client, "public-release", release.pk)

    spots = page.context["map"].spots
    assert {spot.text for spot in spots} <= {"0", HIDDEN, "5–9", "10–19", "20+"}
    assert len(spots) == 45
    assert len({(spot.radius, spot.is_hidden) for spot in spots if spot.text == HIDDEN}) == 1


def test_years_stand_beside_one_another_with_what_somebody_must_know(world, client):
    frozen(world, 2023, 2024, 2025)
    for year in (2023, 2024):
        published(world, f"province_year:{year}", f"commune_total:{year}")
    published(world, "province_year:2025")
    people = counted(world, 2024)
    more = [*people, *(one._replace(household=f"late {number}") for number, one in enumerate(people[:30]))]
    dims = catalogue().dims
    take_over_register(by=world.thuy, at=world.now, year=2024, people=more, dims=dims, is_revision=True)
    published(world, "province_year:2024")

    page = get(client, "public-years")

    assert page.context["place_name"] == str(world.province)
    rows = {row.name: row.values[0] for row in page.context["grid"].rows}
    assert rows == {
        "2023": len(counted(world, 2023)),
        "2024": len(more),
        "2025": len(counted(world, 2025)),
    }
    assert page.context["notes"] == ["2024: đã đính chính", "2025: có chia lại đơn vị hành chính"]
    assert len(page.context["questions"]) == 4
    taken = get(client, "public-years", form="csv", question="sex").content.decode("utf-8-sig")
    lines = [line for line in taken.splitlines() if not line.lstrip('"').startswith("#")]
    assert lines[0].startswith("Năm,Tổng số,")
    assert [line.split(",")[1] for line in lines[1:]] == [str(value) for value in rows.values()]
    # Of a commune the totals alone are public, and the small ones are hidden here as well.
    codes = [code for code, _name in page.context["places"]]
    hidden = 0
    for code in codes[1:]:
        of_one = get(client, "public-years", place=code)
        assert len(of_one.context["questions"]) == 1
        hidden += of_one.content.decode().count(
            f'<td class="govuk-table__cell govuk-table__cell--numeric">{HIDDEN}</td>'
        )
    assert hidden == PublicCell.objects.filter(place__in=codes[1:], value=None).count() > 0


def test_a_figure_of_a_release_that_no_longer_stands_says_so_wherever_it_is(world, client):
    frozen(world, 2023, 2024)
    gone, _stands = published(world, "province_year:2023"), published(world, "province_year:2024")
    withdraw_release(release=gone, by=world.mai, at=world.now, answers={"reason": "wrong_source"})
    province = next(iter(queries.place_names(world.province)))

    note = "2023: nằm trong đợt công bố đã rút"
    assert get(client, "public-years").context["notes"] == [note]
    both = client.get(reverse("public-sum"), {"place": province, "year": ["2023", "2024"]})
    assert both.context["notes"][1:] == [note]
    other = client.get(reverse("public-sum"), {"place": province, "year": ["2024"]})
    assert other.context["notes"][1:] == []


def test_one_year_alone_is_not_compared(world, client):
    frozen(world, 2023)
    published(world, "province_year:2023")

    assert "Chưa công bố đủ hai năm" in get(client, "public-years").content.decode()
    assert get(client, "public-years", place="x").status_code == 200


def summed(client: Client, **asked: str | list[str]) -> list[list[str]]:
    answer = client.get(reverse("public-sum"), asked)
    return [[row.name, *row.cells] for row in answer.context["grid"].rows]


def test_figures_are_added_up_where_every_one_of_them_is_shown(world, client):
    frozen(world, 2023, 2024)
    for year in (2023, 2024):
        published(world, f"province_year:{year}", f"commune_total:{year}")
    province, *units = queries.place_names(world.province)
    cells = [row for row in PublicCell.objects.exclude(place=province) if row.key.count(";") == 2]
    totals = {(row.place, row.time): row.value for row in cells if row.value is not None}
    shown = [code for code in units if totals.get((code, "2023")) and totals.get((code, "2024"))][:3]
    hidden = next(row.place for row in cells if row.time == "2023" and row.value is None)

    rows = summed(client, place=shown, year=["2023", "2024"])

    assert [row[1:] for row in rows[:-1]] == [
        [
            str(totals[code, "2023"]),
            str(totals[code, "2024"]),
            str(totals[code, "2023"] + totals[code, "2024"]),
        ]
        for code in shown
    ]
    by_year = [sum(totals[code, year] for code in shown) for year in ("2023", "2024")]
    assert rows[-1] == ["Cộng", *map(str, by_year), str(sum(by_year))]
    # One hidden figure, and there is no sum that would tell it.
    rows = summed(client, place=[*shown, hidden], year=["2023"])
    assert rows[-1] == ["Cộng", HIDDEN]
    assert [row[1] for row in rows].count(HIDDEN) == 2
    # One that was never published, and there is none either.
    assert summed(client, place=shown[:2], year=["2023"], answer="sex:female") == [
        *([names, "–"] for names in [queries.place_names(world.province)[code] for code in shown[:2]]),
        ["Cộng", "–"],
    ]
    women = PublicCell.objects.get(place=province, time="2023", key__endswith=";vintage=1;sex=female").value
    assert summed(client, place=province, year="2023", answer="sex:female") == [
        ["Tỉnh Điện Biên", str(women)]
    ]
    taken = client.get(reverse("public-sum"), {"place": shown, "year": ["2023", "2024"], "form": "csv"})
    assert taken.content.decode("utf-8-sig").splitlines()[-1] == ",".join(
        ["Cộng", *map(str, by_year), str(sum(by_year))]
    )


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"year": "2023"}, "Chọn ít nhất một địa bàn"),
        ({"place": "province"}, "Chọn ít nhất một năm"),
        ({"place": "both", "year": "2023"}, "Tỉnh Điện Biên đã gồm các xã, phường"),
    ],
)
def test_what_cannot_be_added_up_is_said_and_nothing_chosen_is_lost(world, client, asked, words):
    frozen(world, 2023)
    published(world, "commune_total:2023")
    province, *units = queries.place_names(world.province)
    unit = next(code for code in units if PublicCell.objects.filter(place=code).exists())
    places = {"province": [province], "both": [province, unit]}.get(asked.get("place", ""), [])

    answer = client.get(reverse("public-sum"), {**asked, "place": places})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert words in page
    assert answer.context["grid"] is None
    assert all(f'value="{place}" checked' in page for place in places)


@pytest.mark.parametrize("query", [{"place": "x"}, {"year": "1066"}, {"answer": "\x00"}, {"answer": "sex:x"}])
def test_what_was_never_published_cannot_be_added_up(world, client, query):
    frozen(world, 2023)
    published(world, "province_year:2023")

    assert get(client, "public-sum", **query).status_code == 404


def test_every_file_is_what_was_published(world, client):
    frozen(world, 2023)
    release = published(world, "commune_year:2023")

    for file in PublicFile.objects.all():
        answer = get(client, "public-file", release.pk, table=file.table, form=file.form)
        assert answer.content == bytes(file.content)
        assert "attachment" in answer["Content-Disposition"]
        checked = get(client, "public-verify", sha256=file.sha256).content.decode()
        assert "11-0001" in checked
    assert "11-0001" in get(client, "public-verify", sha256=release.sha256).content.decode()


def test_an_old_release_offers_the_files_it_was_published_with(world, client, monkeypatch):
    frozen(world, 2023)
    then = {form: kind for form, kind in FORMATS.items() if form != "pdf"}
    monkeypatch.setattr(actions, "FORMATS", then)
    release = published(world, "province_year:2023")

    assert [form for form, _label in get(client, "public-release", release.pk).context["forms"]] == list(then)


@pytest.mark.parametrize("asked", ["0" * 64, "no", "'; --", "\x00" * 10, "f" * 700])
def test_what_was_not_published_is_not_confirmed(world, client, asked):
    answer = get(client, "public-verify", sha256=asked)

    assert answer.status_code == 200
    assert answer.context["found"] is None


@pytest.mark.parametrize("query", [{"place": "x"}, {"place": "\x00"}, {"question": "x"}])
def test_years_that_are_not_offered_are_not_there(world, client, query):
    frozen(world, 2023, 2024)
    for year in (2023, 2024):
        published(world, f"province_year:{year}")

    assert get(client, "public-years", **query).status_code == 404


@pytest.mark.parametrize(
    "query", [{"table": "x"}, {"question": "x"}, {"place": "x"}, {"place": "\x00"}, {"form": "exe"}]
)
def test_what_is_not_offered_is_not_there(world, client, query):
    frozen(world, 2023)
    release = published(world, "province_year:2023")
    name = "public-file" if "form" in query else "public-release"

    assert get(client, name, release.pk, **query).status_code == 404


def test_a_draft_is_not_public(world, client):
    frozen(world, 2023)
    release = audited(world, "province_year:2023")

    assert get(client, "public-release", release.pk).status_code == 404
    assert not PublicRelease.objects.exists()


def test_a_withdrawn_release_says_so(world, client):
    frozen(world, 2023)
    release = published(world, "province_year:2023")
    withdraw_release(release=release, by=world.mai, at=world.now, answers={"reason": "wrong_source"})

    assert "không còn giá trị" in get(client, "public-release", release.pk).content.decode()
    assert "Đã rút" in get(client, "public-figures").content.decode()


def test_no_page_repeats_an_english_word_or_a_code(world, client):
    frozen(world, 2023)
    release = published(world, "commune_year:2023")

    for name, args in (("public-figures", ()), ("public-method", ()), ("public-release", (release.pk,))):
        text = re.sub(r"<[^>]+>", " ", get(client, name, *args).content.decode())
        assert not re.search(r"\b(physical|under_16|female|commune_year|unknown)\b", text), name


# --- the desk ---


def test_from_the_desk_to_the_public(world, client):
    frozen(world, 2023)
    thuy, mai, hanh = (as_(world, name) for name in ("thuy", "mai", "hanh"))

    made = sent(thuy, "release-prepare", products=["province_year"], year="2023", mode="quick")
    assert made.status_code == 302
    release = Release.objects.everything(reason="test").get()
    assert sent(thuy, "release-protect", release.pk).status_code == 302
    call_command("protect_releases")
    page = get(mai, "release", release.pk)
    assert "không phát hiện gì" in page.content.decode()
    release.refresh_from_db()
    for client_ in (mai, hanh):
        approved = sent(client_, "release-approve", release.pk, shown_sha256=release.shown_sha256)
        assert approved.status_code == 302
    assert sent(thuy, "release-publish", release.pk).status_code == 302
    assert get(client, "public-release", release.pk).status_code == 200


def test_a_button_that_is_refused_says_why(world):
    frozen(world, 2023)
    release = prepared(world, "province_year:2023")
    thuy = as_(world, "thuy")

    answer = sent(thuy, "release-publish", release.pk)

    assert answer.status_code == 409
    assert "không cho phép" in answer.content.decode()


def test_whoever_prepared_it_has_no_button_to_approve(world):
    frozen(world, 2023)
    release = audited(world, "province_year:2023")

    assert (
        reverse("release-approve", args=[release.pk])
        not in get(as_(world, "thuy"), "release", release.pk).content.decode()
    )
    assert (
        reverse("release-approve", args=[release.pk])
        in get(as_(world, "mai"), "release", release.pk).content.decode()
    )


@pytest.mark.parametrize(
    ("answers", "field"),
    [({"year": "2999"}, "year"), ({"year": "abc"}, "year"), ({"year": ""}, "year"), ({"year": "1"}, "year")],
)
def test_a_year_that_cannot_be_is_refused_beside_its_field(world, answers, field):
    staff(world)
    answer = sent(as_(world, "thuy"), "release-prepare", products=["province_year"], mode="quick", **answers)

    assert answer.status_code in (400, 409)
    assert answer.context["form"].errors[field]


def test_a_protection_can_be_stopped_from_its_page(world):
    frozen(world, 2023)
    release = prepared(world, "province_year:2023")
    start_protection(release=release, by=world.thuy, at=world.now)
    thuy = as_(world, "thuy")

    assert reverse("release-cancel", args=[release.pk]) in get(thuy, "release", release.pk).content.decode()
    assert sent(thuy, "release-cancel", release.pk).status_code == 302


@pytest.mark.parametrize("name", ["lan", "pao", "hoa", "tuan", "son"])
def test_the_desk_is_for_those_who_publish(world, name):
    frozen(world, 2023)
    release = prepared(world, "province_year:2023")

    assert get(as_(world, name), "release", release.pk).status_code in (403, 404)
    assert get(as_(world, name), "release-list").status_code == 403
