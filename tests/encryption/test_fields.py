"""Sealed fields as the product uses them: read, assign, save; nothing else works, and says why."""

import copy
import io
import json
import pickle
import random
import unicodedata
import uuid
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.core.management import call_command
from django.core.serializers.base import DeserializedObject
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Count, F, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat, Upper
from django.forms.models import model_to_dict
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from casework.base.refusals import Unreadable
from casework.encryption import CannotOpen, fields, keyring
from casework.encryption.fields import SealedText, reseal
from casework.encryption.keyring import KeyDestroyed
from casework.encryption.models import DataKey
from casework.encryption.tokens import CLOSED, Sealed
from tests.encryption.letters import Friend, Letter, OldLetter, own_registry, taken_back

NAME = "Lò Thị Hoa"
SECRETS = {
    "name": NAME,
    "number": "011087001234",
    "place": "Nhà ông Páo, bản Co Lắm",
    "body": "Đêm qua anh ấy lại đánh. " * 30,
    "phone": "+84912345678",
    "born": date(1987, 3, 5),
    "seen_at": datetime(2026, 6, 1, 8, 30, 1, 5, tzinfo=UTC),
    "is_hurt": True,
    "fear": 5,
    "answers": {"q1": "dọa giết", "q2": [1, None, {"sâu kín": False}]},
}
# What would betray them, in whatever form they were printed.
MARKS = (
    NAME,
    "Thị Hoa",
    "Co Lắm",
    "912345678",
    "011087001234",
    "1987-03-05",
    "1987, 3, 5",
    "dọa giết",
    "sâu kín",
)
UNSET = {
    "name": "", "number": "", "place": "", "body": "", "phone": "",
    "born": None, "seen_at": None, "is_hurt": None, "fear": None, "answers": None,
}  # fmt: skip

INSTANT = datetime(2026, 6, 1, tzinfo=UTC)
INSTANTS = st.integers(-(10**9), 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def written(letter, **values):
    """A letter as another request would find it."""
    letter = letter or Letter(case_id=uuid.uuid4())
    for name, value in values.items():
        setattr(letter, name, value)
    letter.save()
    return Letter.objects.get(pk=letter.pk)


def stored(row, name="name"):
    """The very bytes in the database."""
    table, column, key = row._meta.db_table, name, row._meta.pk.column
    with connection.cursor() as cursor:
        prepared = row._meta.pk.get_db_prep_value(row.pk, connection)
        cursor.execute(f"SELECT {column} FROM {table} WHERE {key} = %s", [prepared])
        return bytes(cursor.fetchone()[0])


def overwrite(row, name, token):
    """What somebody with the database's password can do."""
    with connection.cursor() as cursor:
        prepared = row._meta.pk.get_db_prep_value(row.pk, connection)
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET {name} = %s WHERE {row._meta.pk.column} = %s",
            [token, prepared],
        )


def refused(error, **match):
    """What raises inside save() or update() spoils its transaction: this one is taken back."""
    stack = ExitStack()
    stack.enter_context(pytest.raises(error, **match))
    stack.enter_context(transaction.atomic())
    return stack


@pytest.fixture
def registered(monkeypatch):
    """For what finds models by name: unpickling, dumpdata."""
    monkeypatch.setitem(apps.all_models["casework"], "letter", Letter)


@pytest.mark.usefixtures("letters")
class TestReadingAndWriting:
    def test_what_is_saved_is_read(self):
        letter = written(None, **SECRETS)
        assert {name: getattr(letter, name) for name in SECRETS} == SECRETS

    def test_what_was_never_set_reads_as_unset(self):
        letter = written(None)
        assert {name: getattr(letter, name) for name in UNSET} == UNSET
        assert {name: getattr(Letter(), name) for name in UNSET} == UNSET

    def test_what_was_assigned_is_read_before_and_after_saving(self):
        letter = Letter(case_id=uuid.uuid4(), name=NAME)
        assert letter.name == NAME
        letter.save()
        assert letter.name == NAME
        letter.name = ""
        letter.save()
        assert written(letter).name == ""

    def test_text_is_composed_and_other_values_take_their_own_type_when_saved(self):
        letter = Letter(
            case_id=uuid.uuid4(),
            name=unicodedata.normalize("NFD", NAME),
            phone="0912 345 678",
            born="05/03/1987",
            seen_at="2026-06-01T15:30",
            fear="5",
        )
        letter.save()
        for row in (letter, written(letter)):
            assert row.name == NAME
            assert row.phone == "+84912345678"
            assert row.born == date(1987, 3, 5)
            assert row.seen_at == datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
            assert row.fear == 5

    def test_creating_many_rows_seals_each_for_itself(self):
        case_id = uuid.uuid4()
        Letter.objects.bulk_create([Letter(case_id=case_id, name=f"Người {number}") for number in range(5)])
        assert sorted(row.name for row in Letter.objects.filter(case_id=case_id)) == [
            f"Người {number}" for number in range(5)
        ]

    def test_each_kind_of_read_gives_values_that_open(self):
        letter = written(None, name=NAME, body="b")
        friend = Friend.objects.create(letter=letter, name="Mai")
        assert Letter.objects.only("topic").get(pk=letter.pk).name == NAME
        assert Letter.objects.defer("name").get(pk=letter.pk).name == NAME
        assert Friend.objects.select_related("letter").get(pk=friend.pk).letter.name == NAME
        assert Letter.objects.prefetch_related("friends").get(pk=letter.pk).friends.all()[0].name == "Mai"
        assert Letter.objects.raw(f"SELECT * FROM {Letter._meta.db_table}")[0].name == NAME
        assert next(Letter.objects.iterator()).name == NAME
        letter.name = "x"
        letter.refresh_from_db()
        assert letter.name == NAME

    def test_a_deferred_field_costs_one_query(self, django_assert_num_queries):
        letter = Letter.objects.defer("name").get(pk=written(None, name=NAME).pk)
        with django_assert_num_queries(1):
            assert letter.name == NAME
            assert letter.name == NAME

    def test_update_or_create_works_by_plain_fields(self):
        letter = written(None, name=NAME)
        row, is_new = Letter.objects.update_or_create(pk=letter.pk, defaults={"name": "Mai"})
        assert (row.name, is_new) == ("Mai", False)
        assert written(row).name == "Mai"

    @hypothesis_settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
    )
    @given(
        name=st.text(),
        born=st.none() | st.dates(),
        fear=st.none() | st.integers(-(2**63), 2**63 - 1),
        is_hurt=st.none() | st.booleans(),
        seen_at=st.none() | INSTANTS,
        answers=st.none() | st.dictionaries(st.text(), st.text() | st.integers(-(2**31), 2**31)),
    )
    def test_any_value_comes_back(self, **values):
        letter = written(None, **values)
        values["name"] = unicodedata.normalize("NFC", values["name"])
        assert {name: getattr(letter, name) for name in values} == values


@pytest.mark.usefixtures("letters")
class TestOnDisk:
    @pytest.mark.parametrize(
        ("name", "size"),
        [
            ("name", 98),
            ("number", 66),
            ("place", 162),
            ("phone", 66),
            ("born", 50),
            ("seen_at", 50),
            ("is_hurt", 50),
            ("fear", 50),
            ("answers", 290),
        ],
    )
    def test_set_and_unset_take_the_same_room(self, name, size):
        letter = written(None)
        assert len(stored(letter, name)) == size
        letter = written(letter, **{name: SECRETS[name]})
        assert len(stored(letter, name)) == size

    @pytest.mark.parametrize("name", ["Hoa", NAME, "Nguyễn Hoàng Thị Phương Thảo Vy", "x" * 62])
    def test_a_name_is_always_98_bytes(self, name):
        assert len(stored(written(None, name=name))) == 98

    def test_a_longer_name_is_kept_whole(self):
        letter = written(None, name="Thị " * 40)
        assert letter.name == "Thị " * 40
        assert len(stored(letter)) == 34 + 256

    def test_nothing_is_null_and_nothing_is_readable(self):
        letter = written(None, **SECRETS)
        for name in SECRETS:
            token = stored(letter, name)
            assert token[0] == 0xC1
            assert not any(mark.encode() in token for mark in MARKS)
        with pytest.raises(IntegrityError), transaction.atomic():
            overwrite(letter, "name", None)

    def test_equal_values_differ_on_disk(self):
        one, other = written(None, name=NAME, is_hurt=True), written(None, name=NAME, is_hurt=True)
        assert stored(one) != stored(other)
        assert stored(one, "is_hurt")[18:] != stored(other, "is_hurt")[18:]


@pytest.mark.usefixtures("letters")
class TestUnchanged:
    def test_what_was_not_opened_or_not_changed_is_written_back_byte_by_byte(self):
        letter = written(None, **SECRETS)
        before = {name: stored(letter, name) for name in SECRETS}
        letter.topic = "khác"
        assert letter.name == NAME
        assert letter.answers["q1"] == "dọa giết"
        letter.full_clean()
        letter = written(letter)
        assert {name: stored(letter, name) for name in SECRETS} == before

    def test_only_what_was_assigned_is_sealed_anew(self):
        letter = written(None, **SECRETS)
        before = {name: stored(letter, name) for name in SECRETS}
        letter = written(letter, name="Mai")
        after = {name: stored(letter, name) for name in SECRETS}
        assert {name for name in SECRETS if before[name] != after[name]} == {"name"}

    def test_a_change_inside_a_list_or_dict_is_saved(self):
        letter = written(None, answers={"q1": ["a"]})
        letter.answers["q1"].append("b")
        letter = written(letter)
        assert letter.answers == {"q1": ["a", "b"]}

        fresh = Letter(case_id=uuid.uuid4(), answers={})
        fresh.save()
        fresh.answers["q2"] = 1
        assert written(fresh).answers == {"q2": 1}

    def test_a_row_saved_again_after_a_failed_transaction_is_whole(self):
        letter = Letter(case_id=uuid.uuid4(), name=NAME)
        with taken_back():
            letter.save()
        letter._state.adding = True
        letter.save()
        assert written(letter).name == NAME


@pytest.mark.usefixtures("letters")
class TestOpaque:
    """Whatever prints, copies or carries a row carries no plain value."""

    def opened(self):
        letter = written(None, **SECRETS)
        for name in SECRETS:
            getattr(letter, name)
        return letter

    def unsaved(self):
        return Letter(case_id=uuid.uuid4(), **SECRETS)

    def assert_silent(self, text):
        text = text if isinstance(text, str) else text.decode("latin-1")
        for secret in MARKS:
            for form in ("NFC", "NFD"):
                spelled = unicodedata.normalize(form, secret)
                for shown in (spelled, ascii(spelled)[1:-1], spelled.encode().decode("latin-1")):
                    assert shown not in text
                assert spelled.encode("utf-16-le").decode("latin-1") not in text

    def test_what_a_row_holds_shows_its_size_only(self):
        assert repr(vars(written(None, name=NAME))["name"]) == "<sealed, 98 bytes>"
        assert repr(vars(self.opened())["name"]) == "<sealed, 98 bytes>"
        assert repr(vars(self.unsaved())["name"]) == "<sealed, not saved>"

    @pytest.mark.parametrize("row", ["opened", "unsaved"])
    def test_printing_a_row_or_its_state(self, row):
        letter = getattr(self, row)()
        self.assert_silent(repr(letter) + str(letter) + repr(vars(letter)) + f"{vars(letter)['name']}")

    def test_values_and_lists_of_values(self):
        self.opened()
        self.assert_silent(repr(list(Letter.objects.values())) + repr(list(Letter.objects.values_list())))
        self.assert_silent(str(list(Letter.objects.values_list("name", flat=True))))

    def test_values_cannot_be_taken_for_text(self):
        self.opened()
        row = Letter.objects.values("name").get()
        with pytest.raises(TypeError, match="JSON serializable"):
            json.dumps(row)
        with pytest.raises(TypeError, match="neither true nor false"):
            bool(row["name"])

    def test_a_pickle_holds_the_sealed_bytes_and_its_row_still_opens(self, registered):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            pickled = pickle.dumps(self.opened(), protocol)
            self.assert_silent(pickled)
        assert pickle.loads(pickled).name == NAME

    def test_what_is_not_sealed_yet_cannot_be_pickled(self):
        with pytest.raises(TypeError, match="not saved"):
            pickle.dumps(self.unsaved())
        letter = self.opened()
        letter.name = "Mai"
        with pytest.raises(TypeError, match="not saved"):
            pickle.dumps(letter)

    def test_a_deep_copy_is_closed_again(self, registered):
        letter = copy.deepcopy(self.opened())
        assert all(value.plain is CLOSED for value in vars(letter).values() if type(value) is Sealed)
        assert letter.name == NAME

    def test_a_deep_copy_of_an_unsaved_row_makes_no_second_copy_of_the_text(self, registered):
        letter = self.unsaved()
        assert vars(copy.deepcopy(letter))["name"] is vars(letter)["name"]

    @pytest.mark.parametrize("form", ["json", "jsonl", "python", "xml", "yaml"])
    def test_serialised_rows(self, form):
        self.opened()
        dump = serializers.serialize(form, Letter.objects.all())
        self.assert_silent(str(dump))

    def test_dumpdata(self, registered):
        letter = self.opened()
        out = io.StringIO()
        call_command("dumpdata", "casework.letter", stdout=out, use_base_manager=True)
        assert str(letter.pk) in out.getvalue()
        self.assert_silent(out.getvalue())

    def test_a_fixture_cannot_put_plain_text_or_emptiness_into_a_sealed_column(self):
        letter = self.opened()
        for values in ({"name": "Mai"}, {}):
            row = Letter(pk=letter.pk, case_id=letter.case_id, **values)
            with refused(FieldError, match="fixtures"):
                DeserializedObject(row).save()
        assert written(Letter.objects.get(pk=letter.pk)).name == NAME

    def test_an_error_says_which_field_and_not_what(self):
        letter = Letter(case_id=uuid.uuid4())
        for name, value in [
            ("name", NAME + "\ud800"),
            ("fear", "Hoa"),
            ("born", [NAME]),
            ("seen_at", INSTANT.replace(tzinfo=None)),
        ]:
            broken = Letter(case_id=letter.case_id, **{name: value})
            with pytest.raises(ValueError, match=f"casework.Letter.{name}") as refusal, transaction.atomic():
                broken.save()
            self.assert_silent(str(refusal.value))
        letter.phone = "chị Hoa"
        with pytest.raises(Unreadable) as unreadable, transaction.atomic():
            letter.save()
        self.assert_silent(str(unreadable.value))


REFUSED = {
    "exact": lambda rows: rows.filter(name=NAME),
    "isnull": lambda rows: rows.filter(born__isnull=True),
    "none": lambda rows: rows.exclude(born=None),
    "in": lambda rows: rows.filter(name__in=[NAME]),
    "contains": lambda rows: rows.filter(Q(topic="") | Q(name__icontains="Hoa")),
    "date part": lambda rows: rows.filter(born__year=1987),
    "JSON key": lambda rows: rows.filter(answers__q1="có"),
    "joined": lambda rows: rows.filter(friends__name="Mai"),
    "get": lambda rows: rows.get(name=NAME),
    "get or create": lambda rows: rows.get_or_create(name=NAME, case_id=uuid.uuid4()),
    "order": lambda rows: list(rows.order_by("name")),
    "reverse order": lambda rows: list(rows.order_by("topic", "-name")),
    "joined order": lambda rows: list(rows.order_by("friends__name")),
    "order by F": lambda rows: list(rows.order_by(F("name").asc())),
    "order by function": lambda rows: list(rows.order_by(Upper("name"))),
    "latest": lambda rows: rows.latest("seen_at"),
    "distinct values": lambda rows: list(rows.values("name").distinct()),
    "distinct list": lambda rows: list(rows.values_list("name", flat=True).distinct()),
    "annotate F": lambda rows: list(rows.annotate(again=F("name"))),
    "values F": lambda rows: list(rows.values(again=F("name"))),
    "annotate function": lambda rows: list(rows.annotate(upper=Upper("name"))),
    "concat": lambda rows: list(rows.annotate(both=Concat("topic", "name"))),
    "aggregate": lambda rows: rows.aggregate(Max("fear")),
    "count of": lambda rows: list(rows.annotate(names=Count("name"))),
    "group by": lambda rows: list(rows.values("name").annotate(rows=Count("pk"))),
    "compare columns": lambda rows: list(rows.filter(topic=F("name"))),
    "compare with sub-query": lambda rows: list(
        rows.filter(topic__in=Letter.objects.annotate(x=Upper("name")).values("x"))
    ),
    "update": lambda rows: rows.update(name=NAME),
    "update to empty": lambda rows: rows.update(name=""),
    "update to bytes": lambda rows: rows.update(name=b"\xc1\x11"),
    "update to no bytes": lambda rows: rows.update(name=b""),
    "update to none": lambda rows: rows.update(born=None),
    "update by F": lambda rows: rows.update(name=F("number")),
    "update from F": lambda rows: rows.update(topic=F("name")),
    "update to value": lambda rows: rows.update(name=Value(b"\xc1\x11")),
    "update to sealed": lambda rows: rows.update(name=rows.values_list("name", flat=True)[0]),
    "update by sub-query": lambda rows: rows.update(
        name=Subquery(Letter.objects.filter(pk=OuterRef("pk")).values("name"))
    ),
    "bulk update": lambda rows: Letter.objects.bulk_update(rows, ["name"]),
    "conflicting insert": lambda rows: rows.bulk_create(
        [Letter(pk=rows[0].pk, case_id=rows[0].case_id, name="Mai")],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name"],
    ),
    "assign expression": lambda rows: setattr(rows[0], "name", Upper("topic")),
    "create from expression": lambda rows: rows.create(case_id=uuid.uuid4(), name=Value(NAME)),
}


@pytest.mark.usefixtures("letters")
class TestRefused:
    @pytest.mark.parametrize("name", REFUSED)
    def test_the_database_is_never_asked_about_a_sealed_field(self, name):
        letter = written(None, name=NAME)
        with refused(FieldError, match=r"is sealed, so .*casework\.encryption\.blind\.find"):
            REFUSED[name](Letter.objects.all())
        assert written(letter).name == NAME

    @pytest.mark.parametrize(
        "ask",
        [
            lambda rows: list(rows),
            lambda rows: list(rows.order_by("topic").distinct()),
            lambda rows: list(rows.annotate(friends_known=Count("friends"))),
            lambda rows: list(rows.select_related().filter(topic="").order_by("-case_id")),
            lambda rows: [rows.first(), rows.last()],
            lambda rows: [rows.count() and rows.exists() and rows.get()],
            lambda rows: list(rows.union(rows)),
            lambda rows: list(rows.filter(pk__in=rows.values("pk"))),
            lambda rows: list(rows.in_bulk().values()),
            lambda rows: list(rows.select_for_update()),
            lambda rows: list(rows.values("pk", "name")) and list(rows),
        ],
    )
    def test_queries_that_only_fetch_it_work(self, ask):
        written(None, name=NAME)
        assert {row.name for row in ask(Letter.objects.all())} == {NAME}

    @pytest.mark.parametrize("option", ["unique", "db_index", "primary_key", "db_default"])
    def test_a_sealed_field_has_no_index_or_database_default(self, option):
        options: dict[str, Any] = {option: True}
        with pytest.raises(TypeError, match=option):
            SealedText(field_id=1, **options)

    @pytest.mark.parametrize("field_id", [0, -1, 65536])
    def test_a_field_id_has_16_bits(self, field_id):
        with pytest.raises(ValueError, match="1 to 65535"):
            SealedText(field_id=field_id)


@pytest.mark.usefixtures("letters")
class TestMovedOrChanged:
    """What somebody who may write to the database cannot do unnoticed."""

    def test_hundreds_of_swaps_and_flips_are_all_noticed(self):
        chance = random.Random(7)
        case_id = uuid.uuid4()
        rows = [written(None, **SECRETS, case_id=case_id) for _ in range(6)]
        names = ["name", "number", "place", "phone", "body"]
        original = {(row.pk, name): stored(row, name) for row in rows for name in names}
        tried = 0
        for attack in range(400):
            row, name = chance.choice(rows), chance.choice(names)
            if attack % 2:
                forged = bytearray(original[row.pk, name])
                forged[chance.randrange(len(forged))] ^= 1 << chance.randrange(8)
                token = bytes(forged)
            else:
                token = original[chance.choice(rows).pk, chance.choice(names)]
            if token == original[row.pk, name]:
                continue
            tried += 1
            overwrite(row, name, token)
            with pytest.raises(CannotOpen, match=name):
                getattr(Letter.objects.get(pk=row.pk), name)
            with refused(CannotOpen, match=name):
                Letter.objects.get(pk=row.pk).save()
            overwrite(row, name, original[row.pk, name])
        assert tried > 350
        assert {row.name for row in Letter.objects.filter(case_id=case_id)} == {NAME}

    @pytest.mark.parametrize("token", [b"", b"Hoa", NAME.encode(), b"\xc1", bytes(98)])
    def test_other_bytes_are_no_value(self, token):
        letter = written(None, name=NAME)
        overwrite(letter, "name", token)
        with pytest.raises(CannotOpen):
            _ = Letter.objects.get(pk=letter.pk).name
        with refused(CannotOpen):
            Letter.objects.get(pk=letter.pk).save()

    def test_a_row_moved_to_another_case_by_sql_does_not_open_and_is_not_laundered(self):
        letter = written(None, name=NAME)
        Letter.objects.filter(pk=letter.pk).update(case_id=uuid.uuid4())
        moved = Letter.objects.get(pk=letter.pk)
        with pytest.raises(CannotOpen, match="another scope"):
            _ = moved.name
        with refused(CannotOpen, match="another scope"):
            moved.save()
        with refused(CannotOpen, match="another scope"):
            reseal(moved)

    def test_a_copied_row_is_refused_until_its_values_are_given_anew(self):
        letter = written(None, name=NAME)
        letter.pk, letter._state.adding = uuid.uuid4(), True
        with refused(CannotOpen):
            letter.save()
        again = Letter(case_id=letter.case_id, name=written(None, name=NAME).name)
        again.save()
        assert written(again).name == NAME

    def test_history_cannot_stand_in_for_the_present(self):
        letter = written(None, name=NAME)
        past = OldLetter.objects.get(id=letter.pk)
        overwrite(letter, "name", stored(past))
        with pytest.raises(CannotOpen):
            _ = Letter.objects.get(pk=letter.pk).name

    def test_after_erasure_a_row_says_so(self):
        letter = written(None, name=NAME)
        with transaction.atomic():
            DataKey.objects.filter(scope_id=letter.case_id).update(state="destroyed", wrapped=b"")
            keyring.announce_key_change()
        keyring.begin_request()
        letter = Letter.objects.get(pk=letter.pk)
        with pytest.raises(KeyDestroyed, match="name"):
            _ = letter.name
        with refused(KeyDestroyed):
            letter.save()
        assert Letter.objects.filter(pk=letter.pk).update(topic="xóa") == 1


@pytest.mark.usefixtures("letters")
class TestMoving:
    def test_resealing_moves_a_row_with_all_its_values(self):
        letter = written(None, **SECRETS)
        old_case, new_case = letter.case_id, uuid.uuid4()
        assert letter.name == NAME
        letter.case_id = new_case
        reseal(letter)

        moved = Letter.objects.get(pk=letter.pk)
        assert {name: getattr(moved, name) for name in SECRETS} == SECRETS
        owners = {DataKey.objects.get(pk=int.from_bytes(stored(moved, name)[2:6], "big")) for name in SECRETS}
        assert [(key.scope_type, key.scope_id) for key in owners] == [("case", new_case)]
        assert [past.case_id for past in OldLetter.objects.filter(id=letter.pk).order_by("history_date")] == [
            old_case,
            new_case,
        ]
        assert {past.name for past in OldLetter.objects.filter(id=letter.pk)} == {NAME}

    def test_a_move_without_resealing_is_refused(self):
        letter = written(None, name=NAME)
        letter.case_id = uuid.uuid4()
        with refused(CannotOpen, match="reseal"):
            letter.save()

    def test_deferred_and_newly_assigned_values_move_too(self):
        letter = Letter.objects.defer("place").get(pk=written(None, **SECRETS).pk)
        letter.case_id, letter.name = uuid.uuid4(), "Mai"
        reseal(letter)
        moved = Letter.objects.get(pk=letter.pk)
        assert (moved.name, moved.place) == ("Mai", SECRETS["place"])


@pytest.mark.usefixtures("letters")
class TestHistory:
    def test_history_is_sealed_under_its_own_rows_and_opens(self):
        letter = written(None, name=NAME, answers={"q1": "có"})
        letter = written(letter, name="Mai")
        past = list(OldLetter.objects.filter(id=letter.pk).order_by("history_date", "history_id"))
        assert {row.name for row in past} == {NAME, "Mai"}
        assert all(row.answers == {"q1": "có"} for row in past)
        assert len({stored(row) for row in past} | {stored(letter)}) == len(past) + 1

    def test_history_rows_cannot_be_swapped(self):
        letter = written(written(None, name=NAME), name="Mai")
        one, other = OldLetter.objects.filter(id=letter.pk)[:2]
        overwrite(one, "name", stored(other))
        with pytest.raises(CannotOpen):
            _ = OldLetter.objects.get(pk=one.pk).name

    def test_differences_and_the_row_as_it_was(self):
        letter = written(written(None, name=NAME), name="Mai")
        newest, oldest = letter.history.order_by("-history_date")[0], letter.history.earliest()
        assert newest.diff_against(oldest).changed_fields == ["name"]
        assert oldest.instance.name == NAME

    def test_a_deleted_row_stays_readable_in_history(self):
        letter = written(None, name=NAME)
        pk = letter.pk
        letter.delete()
        assert OldLetter.objects.get(id=pk, history_type="-").name == NAME


@pytest.mark.usefixtures("letters")
class TestLateFields:
    """A column added when rows were already there."""

    def test_an_old_row_reads_as_unset_and_is_sealed_when_it_is_saved(self):
        friend = Friend.objects.create(name="Mai", nickname="Mì")
        overwrite(friend, "nickname", b"")
        friend = Friend.objects.get(pk=friend.pk)
        assert friend.nickname == ""
        friend.save()
        assert len(stored(friend, "nickname")) == 98
        assert Friend.objects.get(pk=friend.pk).nickname == ""

    def test_once_written_it_is_bound_like_any_other(self):
        one, other = (Friend.objects.create(nickname=name) for name in ("Mì", "Mỷ"))
        overwrite(one, "nickname", stored(other, "nickname"))
        with pytest.raises(CannotOpen):
            _ = Friend.objects.get(pk=one.pk).nickname


def test_a_column_added_to_rows_that_are_there_reads_as_unset_if_it_is_late(committed):
    friend = Friend.objects.create(name=NAME, nickname="Mì")
    for name in ("name", "nickname"):
        field: Any = Friend._meta.get_field(name)
        with connection.schema_editor() as editor:
            editor.remove_field(Friend, field)
        with connection.schema_editor() as editor:
            editor.add_field(Friend, field)
    friend = Friend.objects.get(pk=friend.pk)
    assert friend.nickname == ""
    with pytest.raises(CannotOpen, match="late=True"):
        _ = friend.name


@pytest.mark.usefixtures("letters")
class TestForms:
    """Shape only: forms see values as any other field's, and errors never repeat what was typed."""

    class LetterForm(forms.ModelForm):
        class Meta:
            model = Letter
            fields = ["name", "body", "phone", "born", "seen_at", "is_hurt", "fear", "answers"]

    def test_each_field_has_a_fitting_form_field(self):
        form = self.LetterForm()
        assert {name: type(field).__name__ for name, field in form.fields.items()} == {
            "name": "CharField", "body": "CharField", "phone": "CharField", "born": "DateField",
            "seen_at": "DateTimeField", "is_hurt": "NullBooleanField", "fear": "IntegerField",
            "answers": "JSONField",
        }  # fmt: skip
        assert isinstance(form.fields["body"].widget, forms.Textarea)

    def test_a_form_shows_and_changes_a_row(self):
        letter = written(None, **SECRETS)
        form = self.LetterForm(instance=letter)
        assert form["name"].value() == NAME
        data = {
            **model_to_dict(letter, fields=form.fields),
            "name": "Mai",
            "answers": "[1]",
            "phone": "0987 654 321",
        }
        form = self.LetterForm(instance=letter, data=data)
        assert form.is_valid(), form.errors
        form.save()
        letter = Letter.objects.get(pk=letter.pk)
        assert (letter.name, letter.answers, letter.phone) == ("Mai", [1], "+84987654321")

    def test_errors_do_not_repeat_what_was_typed(self):
        form = self.LetterForm(data={"phone": "chị Hoa 0912"})
        assert not form.is_valid()
        assert "Hoa" not in str(form.errors["phone"])

    def test_a_field_with_choices_does_not_repeat_a_wrong_one(self):
        field = SealedText(field_id=1, size="id", choices=[("yes", "Có"), ("no", "Không")])
        assert isinstance(field.formfield(), forms.TypedChoiceField)
        with pytest.raises(ValidationError) as refusal:
            field.clean(NAME, None)
        assert NAME not in str(refusal.value)

    def test_length_and_blank_are_checked(self):
        field = SealedText(field_id=1, max_length=3)
        form_field: Any = field.formfield()
        assert form_field.max_length == 3
        for value in ("", "dài quá"):
            with pytest.raises(ValidationError) as refusal:
                field.clean(value, None)
            assert "dài quá" not in str(refusal.value)

    def test_none_is_valid_where_it_was_said_to_be(self):
        field = fields.SealedInteger(field_id=1)
        with pytest.raises(ValidationError):
            field.clean(None, None)
        assert fields.SealedInteger(field_id=1, null=True).clean(None, None) is None


@pytest.mark.usefixtures("letters")
class TestDeclaration:
    def test_a_migration_recreates_the_field(self):
        field = SealedText(
            "Họ tên",
            field_id=9,
            size="name",
            blank=True,
            late=True,
            max_length=50,
            help_text="như trên giấy tờ",
        )
        _name, path, args, options = field.deconstruct()
        assert path == "casework.encryption.fields.SealedText"
        again = SealedText(*args, **options)
        assert again.deconstruct()[1:] == field.deconstruct()[1:]
        assert (again.size, again.field_id, again.late, again.bucket) == ("name", 9, True, 64)
        assert fields.SealedDate(field_id=1, null=True).clone().may_be_none

    def test_the_column_is_never_null(self):
        for field in Letter._meta.concrete_fields:
            if isinstance(field, fields.SealedField):
                assert not field.null
                assert field.db_type(connection) in ("BLOB", "bytea")

    def test_a_model_without_scope_is_told_what_to_write(self):
        class Bare(models.Model):
            id = models.UUIDField(primary_key=True, default=uuid.uuid4)
            name = SealedText(field_id=1)

            class Meta:
                app_label = "casework"
                apps = own_registry()

            def __str__(self):
                return ""

        with pytest.raises(FieldError, match="KEY_SCOPE = "):
            Bare(name=NAME).save()

    def test_a_row_without_case_is_told_what_is_missing(self):
        with pytest.raises(FieldError, match="case_id must be a uuid"):
            Letter(name=NAME).save()

    def test_ids_given_as_text_are_the_same_place(self):
        case_id, pk = uuid.uuid4(), uuid.uuid4()
        Letter(pk=str(pk), case_id=str(case_id), name=NAME).save()
        assert Letter.objects.get(pk=pk).name == NAME
