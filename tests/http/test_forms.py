"""The form of a sheet: typed answers, sentences beside the field, nothing lost, nothing echoed."""

from datetime import UTC, date, datetime

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.base.dates import PartialDate
from casework.base.refusals import InvalidInput, Refused, Stale
from casework.base.sheets import Item, Section, Sheet, fill
from casework.http.fields import ANSWER_THIS, LINE, make_field
from casework.http.forms import initial_from, sheet_form
from casework.people.models import Person

SHEET = Sheet(
    "trial",
    "Trial",
    (
        Section(
            "first",
            "First",
            (
                Item("name", "text", label="Name", required=True, why="To greet her."),
                Item("story", "long_text", label="Story"),
                Item("born", "partial_date", label="Born"),
                Item("on", "date", label="Day"),
                Item("at", "datetime", label="Moment"),
            ),
            hint="As far as known.",
        ),
        Section(
            "second",
            "Second",
            (
                Item("sex", "code", codes="sex", label="Sex"),
                Item("ethnicity", "code", codes="ethnicity", label="Ethnic group"),
                Item("groups", "codes", codes="priority_group", label="Groups"),
                Item("hurt", "yes_no", label="Hurt"),
                Item("secret", "flag", label="Secret"),
                Item("children", "integer", label="Children"),
                Item("phone", "phone", label="Phone"),
                Item("number", "identity", label="Number"),
            ),
        ),
    ),
)
Trial = sheet_form(SHEET)


def filled(**more):
    return Trial({"name": "Lò Thị Mẫu", **more})


def answers(**more):
    form = filled(**more)
    assert form.is_valid(), form.errors
    return form.answers()


def error(name, typed):
    form = Trial({"name": "Lò Thị Mẫu", name: typed})
    assert not form.is_valid()
    assert list(form.errors) == [name]
    return str(form.errors[name][0])


def test_every_kind_comes_out_typed():
    assert answers(
        story="một\r\nhai",
        born="3/1987",
        on="05/03/2026",
        at="21:14 5/3/2026",
        sex="female",
        groups=["child", "pregnant"],
        hurt="declined",
        secret="on",
        children="2",
        phone="0912 345 678",
        number=" 011 190 000 123 ",
    ) == {
        "name": "Lò Thị Mẫu",
        "story": "một\nhai",
        "born": PartialDate(1987, 3),
        "on": date(2026, 3, 5),
        "at": datetime(2026, 3, 5, 14, 14, tzinfo=UTC),
        "sex": "female",
        "ethnicity": "",
        "groups": ["child", "pregnant"],
        "hurt": "declined",
        "secret": True,
        "children": 2,
        "phone": "+84912345678",
        "number": "011 190 000 123",
    }


def test_blank_answers_are_blank():
    assert answers() == {
        "name": "Lò Thị Mẫu",
        "story": "",
        "born": None,
        "on": None,
        "at": None,
        "sex": "",
        "ethnicity": "",
        "groups": [],
        "hurt": "",
        "secret": False,
        "children": None,
        "phone": "",
        "number": "",
    }


def test_required_is_said_in_one_sentence():
    form = Trial({})
    assert not form.is_valid()
    assert form.errors == {"name": [str(ANSWER_THIS)]}


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("name", "a\x00b"),
        ("name", "a\ud800b"),
        ("name", "x" * (LINE + 1)),
        ("story", "x" * 20_001),
        ("born", "87"),
        ("on", "31/02/2026"),
        ("on", "3/2026"),
        ("on", "01/01/0001"),
        ("at", "5/3/2026"),
        ("at", "31/12/9999 23:59"),
        ("sex", "no such code"),
        ("sex", "a\x00"),
        ("groups", ["child", "no such code"]),
        ("children", "two"),
        ("children", "9" * 5000),
        ("children", "-1"),
        ("phone", "12"),
        ("phone", "\x00"),
        ("number", "x" * 41),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field_and_not_repeated(name, typed):
    said = error(name, typed)
    assert said
    assert "%(" not in said
    for part in [typed] if isinstance(typed, str) else typed:
        assert len(part) < 4 or part not in said


def test_nothing_typed_is_lost():
    form = filled(on="31/02/2026", story="dài")
    assert not form.is_valid()
    html = str(form)
    assert 'value="31/02/2026"' in html
    assert "dài" in html
    assert 'value="Lò Thị Mẫu"' in html


def test_text_is_stored_in_one_form():
    assert answers(name="  Lo\u0300   Thị ")["name"] == "Lò Thị"


def test_sections_follow_the_paper():
    form = filled()
    assert [part.title for part in form.sections] == ["First", "Second"]
    assert form.sections[0].hint == "As far as known."
    assert [bound.name for bound in form.sections[0].fields] == ["name", "story", "born", "on", "at"]
    assert form.fields["name"].why == "To greet her."


def test_only_asks_a_part():
    form = sheet_form(SHEET, only=["name", "sex"])({"name": "A"})
    assert form.is_valid()
    assert form.answers() == {"name": "A", "sex": ""}
    assert [bound.name for bound in form.sections[1].fields] == ["sex"]


def test_leave_out_drops_a_question():
    form = filled()
    form.leave_out("story", "phone")
    assert form.is_valid()
    assert "story" not in form.answers()


def test_browsers_are_told_not_to_keep_what_is_typed():
    html = str(filled())
    assert html.count('autocomplete="off"') >= len(SHEET.names())


def test_short_lists_are_buttons_and_long_ones_open():
    form = filled()
    assert 'type="radio"' in str(form["sex"])
    assert "<select" in str(form["ethnicity"])


def test_a_kind_that_holds_one_value_cannot_hold_many():
    with pytest.raises(ValueError, match="several"):
        make_field(Item("on", "date", many=True))


def test_a_refusal_goes_beside_its_field_or_above():
    form = filled()
    assert form.is_valid()
    form.refuse(Refused("taken", "Taken.", "name"))
    form.refuse(Refused("late", "Too late."))
    form.refuse(Refused("other", "Elsewhere.", "not_here"))
    form.refuse(InvalidInput({"on": "Not then.", "": "All wrong."}))
    assert form.errors["name"] == ["Taken."]
    assert form.errors["on"] == ["Not then."]
    assert form.non_field_errors() == ["Too late.", "Elsewhere.", "All wrong."]


# --- with a model -----------------------------------------------------------------------------------------

PERSON = Sheet(
    "person",
    "Person",
    (
        Section(
            "who",
            "Who",
            (
                Item("full_name", "text", required=True),
                Item("birth_date", "partial_date"),
                Item("sex", "code", codes="sex"),
                Item("languages", "codes", codes="language"),
                Item("official_unit", "agency"),
                Item("deceased_on", "date"),
            ),
        ),
    ),
)
PersonForm = sheet_form(PERSON, Person)


@pytest.mark.django_db
def test_labels_and_open_questions_come_from_the_model():
    form = PersonForm({"full_name": "A"})
    assert str(form.fields["full_name"].label) == str(Person._meta.get_field("full_name").verbose_name)
    assert form.is_valid()
    assert form.answers()["sex"] == "unknown"


@pytest.mark.django_db
def test_fill_puts_answers_into_the_row_and_names_what_changed():
    person = Person()
    form = PersonForm(
        {"full_name": "Lò Thị Mẫu", "birth_date": "3/1987", "sex": "female", "languages": ["thai"]}
    )
    assert form.is_valid(), form.errors
    assert fill(person, PERSON, form.answers()) == ["full_name", "birth_date", "sex", "languages"]
    assert (person.birth_date, person.birth_precision) == ("1987-03", "month")
    assert fill(person, PERSON, form.answers()) == []


@pytest.mark.django_db
def test_a_record_shows_its_answers_and_carries_its_version():
    person = Person.objects.create(full_name="Lò Thị Mẫu")
    person.birth_date = "1987-03"
    form = PersonForm(record=person)
    html = str(form)
    assert 'value="03/1987"' in html
    assert f'value="{person.full_name}"' in html
    assert f'name="version" value="{person.version}"' in html
    assert initial_from(person, PERSON)["birth_date"] == "03/1987"


@pytest.mark.django_db
def test_a_changing_form_without_its_version_is_not_accepted():
    person = Person.objects.create(full_name="Lò Thị Mẫu")
    form = PersonForm({"full_name": "A"}, record=person)
    assert not form.is_valid()
    assert list(form.errors) == ["version"]
    assert str(Stale.default_message) in str(form)


@pytest.mark.django_db
def test_a_code_no_longer_given_stays_on_the_record_that_has_it():
    item = Item("sex", "code", codes="sex")
    field = make_field(item)
    field.choices = [("female", "F")]  # type: ignore[attr-defined]
    field.keep(["male", "no such code"])  # type: ignore[attr-defined]
    assert [code for code, _label in field.choices] == ["female", "male"]  # type: ignore[attr-defined]


SOMEBODY = "6a0c8a63-7c1c-4a0e-9a68-2a0e5d3c1d11"
PLACES = Sheet(
    "places",
    "Places",
    (
        Section(
            "all",
            "All",
            (
                Item("area", "area", label="Area"),
                Item("office", "agency", label="Office"),
                Item("who", "user", label="Who"),
                Item("whom", "person", label="Whom"),
                Item("others", "user", label="Others", many=True),
            ),
        ),
    ),
)


@pytest.mark.django_db
def test_areas_agencies_and_users_come_out_as_rows(world):
    form = sheet_form(PLACES)(
        {
            "area": world.commune.code,
            "office": str(world.agencies["committee"].pk),
            "who": str(world.lan.pk),
            "whom": SOMEBODY,
            "others": [str(world.lan.pk), str(world.minh.pk)],
        }
    )
    form.offer("who", [(world.lan.pk, "Lan")])
    form.offer("others", [(world.lan.pk, "Lan"), (world.minh.pk, "Minh")])
    form.offer("whom", [(SOMEBODY, "L.T.M.")])
    assert form.is_valid(), form.errors
    got = form.answers()
    assert (got["area"], got["office"], got["who"]) == (world.commune, world.agencies["committee"], world.lan)
    assert str(got["whom"]) == SOMEBODY
    assert got["others"] == [world.lan, world.minh]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["nonsense", "\x00", "a\ud800", "9" * 400, SOMEBODY])
@pytest.mark.parametrize("name", ["area", "office", "who", "whom"])
def test_what_was_not_offered_is_refused(world, name, typed):
    form = sheet_form(PLACES)({name: typed})
    form.offer("who", [(world.lan.pk, "Lan")])
    form.offer("office", [(world.agencies["committee"].pk, "UBND")])
    assert not form.is_valid()
    assert list(form.errors) == [name]
    assert typed not in str(form.errors[name])


@pytest.mark.django_db
def test_only_communes_of_today_in_the_home_province_are_offered(world):
    form = sheet_form(PLACES)()
    shown = {code for code, _label in form.fields["area"].choices if code}  # type: ignore[attr-defined]
    assert world.commune.code in {str(code) for code in shown}
    assert len(shown) == 45


@given(
    st.dictionaries(
        st.sampled_from(SHEET.names()),
        st.one_of(st.text(max_size=40), st.lists(st.text(max_size=9), max_size=3)),
    )
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_input_breaks_a_form(typed):
    form = Trial(typed)
    if form.is_valid():
        form.answers()
    str(form)


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_bytes_break_a_form(body):
    form = Trial(QueryDict(body))
    if form.is_valid():
        form.answers()
    str(form)
