"""What was found wrong in public field packages, each as a test that ours does not do it."""

import pickle
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.migrations.writer import MigrationWriter

from casework.encryption import CannotOpen, envelope, fields, keyring
from casework.encryption.payload import Kind, pack
from casework.encryption.tokens import Sealed
from tests.encryption.letters import Letter
from tests.encryption.test_fields import NAME, overwrite, stored, written

pytestmark = pytest.mark.usefixtures("letters")


class Exploit:
    """Leaves a trace if anybody unpickles it."""

    ran: list[int] = []

    def __reduce__(self):
        return Exploit.ran.append, (1,)


def field_of(name: str) -> Any:
    return Letter._meta.get_field(name)


def sealed_as(letter, name, payload):
    """A well-sealed value of that very field and row, whatever is inside."""
    field = field_of(name)
    key = keyring.key_for_writing("case", letter.case_id)
    return key.seal(envelope.label(field.field_id, envelope.LIVE), letter.pk.bytes, payload, 64)


def answer_to(ask) -> str:
    """What comes back, value or refusal."""
    try:
        return str(ask())
    except (CannotOpen, ValidationError) as error:
        return str(error)


def test_a_value_is_bound_to_its_row():
    """Packages: none; an operator pastes one victim's sealed address over another's."""
    case_id = uuid.uuid4()
    hers, his = (
        written(None, place="nhà tạm lánh", case_id=case_id),
        written(None, place="x", case_id=case_id),
    )
    overwrite(his, "place", stored(hers, "place"))
    with pytest.raises(CannotOpen):
        _ = Letter.objects.get(pk=his.pk).place


def test_a_value_is_bound_to_its_field():
    letter = written(None, name=NAME, place="x")
    overwrite(letter, "place", stored(letter, "name"))
    with pytest.raises(CannotOpen):
        _ = Letter.objects.get(pk=letter.pk).place


@pytest.mark.parametrize(
    "clothe", [bytes, memoryview, bytes.hex, Sealed, lambda token: token.decode("latin-1")]
)
def test_a_form_opens_nothing_that_was_sent_to_it(clothe):
    """A package decrypts whatever a user submits: whoever has a sealed value reads it from the page."""
    letter = written(None, name=NAME)
    sent = clothe(stored(letter))
    for name in ("name", "phone", "born", "answers"):
        assert NAME not in answer_to(lambda name=name: field_of(name).clean(sent, letter))


def test_a_sealed_value_sent_as_text_stays_that_text():
    letter = written(None, name=NAME)
    sent = stored(letter).hex()
    assert written(letter, name=sent).name == sent


def test_one_failure_leaves_no_trace_in_the_process():
    """A package hands out ciphertext everywhere after a single value failed to validate."""
    good, bad = written(None, name=NAME), written(None, name=NAME)
    overwrite(bad, "name", stored(good))
    with pytest.raises(CannotOpen):
        _ = Letter.objects.get(pk=bad.pk).name
    with pytest.raises(ValidationError):
        field_of("born").clean("32/13/2026", bad)
    with pytest.raises(ValidationError):
        field_of("name").clean(b"\xff", bad)
    assert Letter.objects.get(pk=good.pk).name == NAME
    assert written(None, born="05/03/1987").born.year == 1987


def test_a_field_object_keeps_nothing_of_any_value():
    before = {field.name: dict(vars(field)) for field in Letter._meta.concrete_fields}
    letter = written(None, name=NAME, born="05/03/1987", answers={"q": NAME})
    assert (letter.name, letter.born.year, letter.answers) == (NAME, 1987, {"q": NAME})
    after = {field.name: dict(vars(field)) for field in Letter._meta.concrete_fields}
    for name, known in after.items():
        known.pop("cached_col", None)
        before[name].pop("cached_col", None)
    assert after == before


@pytest.mark.parametrize("name", ["name", "answers", "phone", "is_hurt"])
def test_what_was_opened_is_never_unpickled(name):
    """A package unpickles what it decrypts: whoever gets at a key runs code."""
    letter = written(None)
    kind = field_of(name).kind
    overwrite(letter, name, sealed_as(letter, name, bytes([kind]) + pickle.dumps(Exploit())))
    assert "Exploit" not in answer_to(lambda: getattr(Letter.objects.get(pk=letter.pk), name))
    assert Exploit.ran == []


def test_a_value_of_another_type_does_not_open():
    letter = written(None)
    overwrite(letter, "name", sealed_as(letter, "name", pack(Kind.INTEGER, 5)))
    with pytest.raises(CannotOpen, match="read as text"):
        _ = Letter.objects.get(pk=letter.pk).name


def test_equal_blocks_of_text_leave_no_equal_blocks():
    """A package uses ECB unless told otherwise."""
    token = stored(written(None, body="A" * 4000), "body")
    blocks = [token[start : start + 16] for start in range(18, len(token) - 16, 16)]
    assert len(set(blocks)) == len(blocks) > 200


@pytest.mark.parametrize("name", ["name", "phone", "born", "is_hurt", "answers"])
def test_empty_is_neither_null_nor_shorter(name):
    """Several packages store "" as NULL: who has no safe contact, who is not pregnant, stands in the open."""
    letter = written(None)
    unset = field_of(name).unset
    for value in {unset, None}:
        assert len(stored(written(letter, **{name: value}), name)) >= 50
        assert getattr(Letter.objects.get(pk=letter.pk), name) == unset


def test_a_migration_holds_no_key():
    """A package writes its key into each migration."""
    field = field_of("name")
    written_out, _imports = MigrationWriter.serialize(field)
    assert "field_id=60001" in written_out
    keys = [*settings.ENCRYPTION_KEYS["keys"].values(), *settings.INDEX_KEYS["keys"].values()]
    for key in keys:
        for shown in (key.hex(), repr(key)[2:-1], key.decode("latin-1")):
            assert shown not in written_out


def test_a_wrong_key_never_gives_bytes_back():
    letter = written(None, name=NAME)
    other = keyring.key_for_writing("case", uuid.uuid4())
    field = field_of("name")
    with pytest.raises(CannotOpen):
        other.open(envelope.label(field.field_id, envelope.LIVE), letter.pk.bytes, stored(letter))


def test_no_field_class_of_django_is_hidden_inside():
    """A sealed text is no CharField: nothing that treats text specially may treat it so."""
    plain = (models.CharField, models.TextField, models.DateField, models.JSONField, models.IntegerField)
    for kind in vars(fields).values():
        if isinstance(kind, type) and issubclass(kind, fields.SealedField):
            assert not issubclass(kind, plain)
