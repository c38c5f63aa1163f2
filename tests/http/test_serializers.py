"""The REST face of a sheet: the form's own answers from JSON, and records as plain JSON."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.base.dates import PartialDate
from casework.http.serializers import plain, record_serializer, sheet_serializer
from casework.people.models import Address, Person
from tests.http.test_forms import PERSON, PLACES, SHEET, SOMEBODY, Trial

Input = sheet_serializer(SHEET)

SENT = {
    "name": "Lò Thị Mẫu",
    "story": "một\r\nhai",
    "born": "1987-03",
    "on": "2026-03-05",
    "at": "2026-03-05T21:14:00+07:00",
    "sex": "female",
    "groups": ["child", "pregnant"],
    "hurt": "declined",
    "secret": True,
    "children": 2,
    "phone": "0912 345 678",
    "number": "011190000123",
}
TYPED = {
    **SENT,
    "born": "3/1987",
    "on": "05/03/2026",
    "at": "21:14 5/3/2026",
    "secret": "on",
    "children": "2",
}


def errors(**more):
    serializer = Input(data={"name": "Lò Thị Mẫu", **more})
    assert not serializer.is_valid()
    return {name: [str(one) for one in said] for name, said in serializer.errors.items()}


def test_json_gives_the_answers_of_the_form():
    serializer, form = Input(data=SENT), Trial(TYPED)
    assert serializer.is_valid(), serializer.errors
    assert form.is_valid(), form.errors
    assert serializer.answers() == form.answers()
    assert serializer.answers()["at"] == datetime(2026, 3, 5, 14, 14, tzinfo=UTC)


def test_what_is_not_sent_and_null_are_blank():
    form = Trial({"name": "A"})
    assert form.is_valid()
    for body in ({"name": "A"}, {"name": "A", **dict.fromkeys(SHEET.names()[1:])}):
        serializer = Input(data=body)
        assert serializer.is_valid(), serializer.errors
        assert serializer.answers() == form.answers()


def test_partial_gives_only_what_was_sent():
    serializer = sheet_serializer(SHEET, partial=True)(data={"sex": "male", "story": ""})
    assert serializer.is_valid(), serializer.errors
    assert serializer.answers() == {"sex": "male", "story": ""}


def test_a_part_of_a_sheet():
    serializer = sheet_serializer(SHEET, only=["name"], name="OnlyName")(data={"name": "A", "sex": "male"})
    assert not serializer.is_valid()
    assert list(serializer.errors) == ["sex"]


def test_the_same_question_gives_the_same_class():
    assert sheet_serializer(SHEET) is Input
    assert sheet_serializer(SHEET, partial=True) is not Input


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("name", None),
        ("name", ""),
        ("name", 5),
        ("name", ["a"]),
        ("name", "a\x00b"),
        ("name", "x" * 201),
        ("on", "05/03/2026"),
        ("on", "2026-02-30"),
        ("on", "20260305"),
        ("on", "1800-01-01"),
        ("on", 20260305),
        ("at", "2026-03-05"),
        ("at", "2026-03-05T21:14:00"),
        ("at", "2026-03-05 21:14:00+07:00"),
        ("at", "0001-01-01T00:00:00Z"),
        # Viet Nam was 7 hours, 6 minutes and 30 seconds ahead, which no interface can write.
        ("at", "1901-06-11T04:07:53+07:00"),
        ("at", "9999-12-31T23:59:59-23:59"),
        ("born", "3/1987"),
        ("born", "1987-13"),
        ("born", "1987-3"),
        ("born", "٠١٢٣"),
        ("sex", "no such code"),
        ("sex", ["female"]),
        ("groups", "child"),
        ("groups", ["child", "no such code"]),
        ("groups", [["child"]]),
        ("groups", ["child"] * 101),
        ("secret", "yes"),
        ("secret", 1),
        ("children", "2"),
        ("children", 2.0),
        ("children", True),
        ("children", -1),
        ("phone", "12"),
        ("phone", 912345678),
    ],
)
def test_what_does_not_fit_is_said_under_its_name_and_not_repeated(name, sent):
    said = errors(**{name: sent})
    assert list(said) == [name]
    assert len(said[name]) == 1
    assert "%(" not in said[name][0]
    assert not isinstance(sent, str) or len(sent) < 4 or sent not in said[name][0]


def test_keys_that_are_not_asked_are_refused_and_odd_ones_not_repeated():
    said = errors(version=3, **{"Lò Thị Mẫu, bản Mẫu": 1, "x" * 61: 1})
    assert set(said) == {"version", ""}


@pytest.mark.django_db
def test_rows_are_found_by_code_and_id(world):
    serializer = sheet_serializer(PLACES)(
        data={
            "area": world.commune.code,
            "office": str(world.agencies["committee"].pk),
            "who": str(world.lan.pk),
            "whom": SOMEBODY,
            "others": [str(world.minh.pk)],
        }
    )
    assert serializer.is_valid(), serializer.errors
    assert serializer.answers() == {
        "area": world.commune,
        "office": world.agencies["committee"],
        "who": world.lan,
        "whom": UUID(SOMEBODY),
        "others": [world.minh],
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sent", ["nonsense", "\x00", "9" * 400, "", 5, SOMEBODY, [SOMEBODY], {"id": SOMEBODY}]
)
@pytest.mark.parametrize("name", ["area", "office", "who"])
def test_rows_that_are_not_there_are_refused(world, name, sent):
    serializer = sheet_serializer(PLACES)(data={name: sent})
    if sent == "":
        assert serializer.is_valid()
        assert serializer.answers()[name] is None
    else:
        assert not serializer.is_valid()
        assert list(serializer.errors) == [name]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*SHEET.names(), "unknown"]), json_values))
@settings(max_examples=150, deadline=None)
def test_no_json_breaks_a_serializer(body):
    serializer = Input(data=body)
    if serializer.is_valid():
        serializer.answers()


@given(json_values)
@settings(max_examples=100, deadline=None)
def test_no_top_level_breaks_a_serializer(body):
    serializer = Input(data=body)
    if serializer.is_valid():
        serializer.answers()


# --- records going out --------------------------------------------------------------------------------------


def test_plain_json():
    moment = datetime(2026, 3, 5, 14, 14, tzinfo=UTC)
    assert plain({"a": [moment, date(2026, 3, 5), PartialDate(1987, 3)], "b": None, "c": (True, 2, "x")}) == {
        "a": ["2026-03-05T21:14:00+07:00", "2026-03-05", "1987-03"],
        "b": None,
        "c": [True, 2, "x"],
    }
    assert plain(UUID(SOMEBODY)) == SOMEBODY


@pytest.mark.django_db
def test_a_record_opens_only_what_it_names(world, django_assert_num_queries):
    person = Person.objects.create(
        full_name="Lò Thị Mẫu", birth_date="1987-03", official_unit=world.agencies["police"]
    )
    out = record_serializer("PersonOut", Person, sheet=PERSON, names=("created_at",))
    row = Person.objects.everything(reason="test").get(pk=person.pk)
    body = out.render(row)
    assert list(body)[:2] == ["id", "version"]
    assert body["full_name"] == "Lò Thị Mẫu"
    assert body["birth_date"] == "1987-03"
    assert body["official_unit"] == str(world.agencies["police"].pk)
    assert "health_notes" not in body
    assert out(row).data == body


@pytest.mark.django_db
def test_areas_of_a_list_are_read_at_once(world, django_assert_num_queries):
    person = Person.objects.create(full_name="Lò Thị Mẫu")
    for _ in range(4):
        Address.objects.create(id=uuid4(), person=person, kind="contact", area=world.commune)
    out = record_serializer("AddressOut", Address, ("kind", "area"))
    rows = list(Address.objects.everything(reason="test"))
    with django_assert_num_queries(1):
        bodies = out.render_all(rows)
    assert {body["area"] for body in bodies} == {world.commune.code}
