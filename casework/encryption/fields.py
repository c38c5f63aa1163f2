"""Model fields whose column holds sealed bytes.

Reading `row.full_name` opens the value on first use; `save()`, `create()` and `bulk_create()` seal it for
that row, that field and the scope named by the model's `KEY_SCOPE`. The database sees nothing it could
compare: lookups, ordering, `update()`, `bulk_update()` and expressions raise FieldError.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, NoReturn, TypeVar

from django import forms
from django.core import validators
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.db.models.query_utils import DeferredAttribute
from django.utils.dateparse import parse_datetime as parse_iso_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from casework.base import dates
from casework.base.clock import VIETNAM
from casework.base.phones import parse_phone
from casework.base.refusals import Unreadable
from casework.base.text import DAMAGED_SIGN, nfc
from casework.encryption import envelope, keyring
from casework.encryption.columns import SealedColumn, refuse
from casework.encryption.envelope import CannotOpen
from casework.encryption.keyring import KeyDestroyed
from casework.encryption.payload import Kind, pack, unpack
from casework.encryption.places import place_of
from casework.encryption.tokens import CLOSED, Sealed

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import Col
    from django.db.models.sql.compiler import SQLCompiler
    from django_stubs_ext import StrOrPromise

# Stands where a text was that does not open any more.
DAMAGED: Final = _("⟦damaged, reported⟧")
# Stands where a text was whose key was destroyed on purpose.
DESTROYED: Final = _("⟦destroyed⟧")
_showing: ContextVar[bool] = ContextVar("showing", default=False)


@contextmanager
def showing() -> Iterator[None]:
    """Let pages that only show go on past a value that does not open: a text says so, anything else is unset.

    For models that say `shows_damage`. Anywhere else, and where something may be saved, it raises CannotOpen.
    """
    token = _showing.set(True)
    try:
        yield
    finally:
        _showing.reset(token)


_Set = TypeVar("_Set", contravariant=True)
_Get = TypeVar("_Get", covariant=True)

TEXT_SIZES: Final = {"id": 32, "name": 64, "address": 128, "text": envelope.FREE_TEXT}
_FLAG, _PHONE = 16, 32
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class _Ready(bytes):
    """Bytes sealed by `pre_save` for the very row being written: nothing else reaches a sealed column."""


class SealedAttribute(DeferredAttribute):
    """Opens a value when it is read, and holds what is assigned until it is saved."""

    field: SealedField[Any, Any]

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        held = _held(instance, self.field)
        if held.plain is CLOSED:
            try:
                held.plain = self.field.open(instance, held)
            except KeyDestroyed:
                # Whoever reads many rows goes on past those that were erased; saving over one is refused all the same.
                if not getattr(instance, "shows_damage", False):
                    raise
                return self.field.destroyed
            except CannotOpen:
                # Only of records a page describes: a secret that is decided on must never be a mark.
                if not (_showing.get() and getattr(instance, "shows_damage", False)):
                    raise
                return self.field.damaged
        return held.plain

    def __set__(self, instance: models.Model, value: object) -> None:
        name = self.field.attname
        if type(value) is not Sealed:
            if hasattr(value, "resolve_expression"):
                refuse(self.field, "be given an expression")
            held = instance.__dict__.get(name)
            if held is not None and held.plain is value:
                return  # full_clean() assigns what it read: not a change
            value = Sealed(None, value)
        instance.__dict__[name] = value


if TYPE_CHECKING:
    _Field = models.Field
else:

    class _Field(models.Field, Generic[_Set, _Get]):
        """At run time Django's Field takes no type arguments."""


class SealedField(_Field[_Set, _Get]):
    """What all sealed fields have in common.

    field_id: 1..65535, unique in the product and never reused: it is part of what a value is bound to.
    null: None is a valid value; the column itself is never NULL, since that would tell.
    late: the column was added when rows already existed; where nothing was ever written, it reads as unset.
    """

    kind: ClassVar[Kind]
    bucket: int = _FLAG
    unset: ClassVar[object] = None
    descriptor_class = SealedAttribute
    description = _("Sealed value")
    # No message of Django's repeats what was typed: these would.
    default_error_messages: ClassVar[dict[str, StrOrPromise]] = {
        "invalid_choice": _("Choose one of the options."),
        "invalid": _("This value cannot be read."),
    }

    def __init__(
        self,
        verbose_name: StrOrPromise | None = None,
        *,
        field_id: int,
        null: bool = False,
        late: bool = False,
        **options: Any,
    ) -> None:
        for forbidden in ("unique", "db_index", "primary_key", "db_default"):
            if options.get(forbidden):
                raise TypeError(f"a sealed field cannot have {forbidden}: the database cannot compare it")
        if not 0 < field_id < 2**16:
            raise ValueError("field_id is a whole number from 1 to 65535")
        # Django's serializers (dumpdata) leave such a field out: a dump would hold plain values.
        super().__init__(verbose_name, **{**options, "serialize": False})
        self.field_id = field_id
        self.may_be_none = null
        self.late = late
        self._labels = (
            envelope.label(field_id, envelope.LIVE),
            envelope.label(field_id, envelope.HISTORY),
        )

    def label(self, kind: int) -> bytes:
        """What binds a value to this field, in a live row or in history."""
        return self._labels[kind]

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        options.pop("serialize", None)
        options["field_id"] = self.field_id
        if self.may_be_none:
            options["null"] = True
        if self.late:
            options["late"] = True
        return name, path, args, options

    def get_internal_type(self) -> str:
        return "BinaryField"

    @property
    def damaged(self) -> Any:
        """What a page shows for a value that does not open."""
        return self.unset

    @property
    def destroyed(self) -> Any:
        """What stands for a value whose key was destroyed."""
        return self.unset

    def get_default(self) -> Any:
        return super().get_default() if self.has_default() else self.unset

    # --- to and from the database ---

    def from_db_value(self, value: Any, expression: object, connection: object) -> Sealed:
        return Sealed(b"" if value is None else bytes(value))

    def open(self, instance: models.Model, held: Sealed) -> Any:
        """The value of what stands in this row; CannotOpen when it was not sealed for it."""
        if self.was_never_written(held):
            return self.unset
        return self._unpack(self.payload(instance, held.token or b""))

    def pre_save(self, model_instance: models.Model, add: bool) -> _Ready:
        """The bytes to store: the stored ones when neither value nor key changed, else newly sealed.

        Stored bytes are opened first: those of a copied or moved row would go where nobody could read them.
        """
        held = _held(model_instance, self)
        place = place_of(type(model_instance))
        payload = None if held.plain is CLOSED else self._pack(held.plain)
        if held.token is not None and not self.was_never_written(held):
            try:
                stored = self.payload(model_instance, held.token)
            except CannotOpen:
                # After a rollback the key of a new scope is gone; the value is still the one that was given.
                if not held.fresh:
                    raise
            else:
                if payload is None or payload == stored:
                    # A row read before its key was renewed must not bring the old one back.
                    if keyring.key_for_writing(*place.scope(model_instance)).sealed(held.token):
                        return _Ready(held.token)
                    payload = stored
        if payload is None:
            payload = self._pack(self.unset)
        key = keyring.key_for_writing(*place.scope(model_instance))
        token = key.seal(self.label(place.kind), place.row(model_instance), payload, self.bucket)
        # What a caller put in stays the caller's object where it can still be changed in place.
        keeps = self.kind is Kind.JSON and held.plain is not CLOSED
        plain = held.plain if keeps else self._unpack(payload)
        model_instance.__dict__[self.attname] = Sealed(token, plain, fresh=True)
        return _Ready(token)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> bytes:
        # Empty bytes are what a migration gives to the rows that a new column finds (see `late`).
        if type(value) is not _Ready and value != b"":
            refuse(self, "be told a value except by saving its row (no update(), bulk_update() or fixtures)")
        return bytes(value)

    def get_placeholder(self, value: Any, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> str:
        """Asked for each value just before it becomes SQL, whatever way it came."""
        if hasattr(value, "as_sql"):
            refuse(self, "be given an expression")
        if not value:
            refuse(self, "be emptied except by saving its row: an empty value is sealed too")
        if self in getattr(compiler.query, "update_fields", ()):
            refuse(self, "take over a value sealed for another row (bulk_create with update_conflicts)")
        return "%s"

    def get_lookup(self, lookup_name: str) -> NoReturn:
        refuse(self, "filter by it")

    def get_transform(self, lookup_name: str) -> NoReturn:
        refuse(self, "transform it")

    @cached_property
    def cached_col(self) -> Col:
        return SealedColumn(self.model._meta.db_table, self)

    def get_col(self, alias: str, output_field: models.Field[Any, Any] | None = None) -> Col:
        if alias == self.model._meta.db_table and output_field in (None, self):
            return self.cached_col
        return SealedColumn(alias, self, output_field)

    # --- values ---

    def read(self, value: Any) -> Any:
        """What was typed or assigned, as the field's own type; errors TypeError, ValueError, Unreadable."""
        raise TypeError(f"cannot hold {type(value).__name__}")

    def to_python(self, value: Any) -> Any:
        """The value in its stored form, for forms and full_clean(); never opens anything it is given."""
        try:
            return self._canonical(value)
        except Unreadable as error:
            raise ValidationError(str(error.message), code=error.code) from None
        except (TypeError, ValueError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        if value is None and self.may_be_none:
            return
        super().validate(value, model_instance)

    def value_to_string(self, obj: models.Model) -> str:
        return repr(_held(obj, self))

    def was_never_written(self, held: Sealed) -> bool:
        """Did the row exist before this column, and was not saved since?"""
        return self.late and held.token == b""

    def _canonical(self, value: Any) -> Any:
        return self.unset if value is None else self.read(value)

    def _pack(self, value: object) -> bytes:
        try:
            canonical = self._canonical(value)
        except (TypeError, ValueError):
            # int("...") and its like quote what they were given: said anew.
            raise ValueError(f"{self} cannot be read from this {type(value).__name__}") from None
        try:
            return pack(self.kind, canonical)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self}: {error}") from None

    def _unpack(self, payload: bytes) -> Any:
        try:
            value = unpack(self.kind, payload)
        except ValueError as error:
            raise CannotOpen(f"{self}: {error}") from None
        return self.unset if value is None else value

    def payload(self, instance: models.Model, token: bytes) -> bytes:
        """What a token of this row holds; CannotOpen when it was not sealed for this row and scope."""
        place = place_of(type(instance))
        try:
            if not token:
                raise CannotOpen("emptied, or added to a table with rows: then the field needs late=True")
            key = keyring.key_of(token)
            if not place.is_scope(key.scope, instance):
                raise CannotOpen(
                    "sealed for another scope; to move a row, use casework.encryption.fields.reseal()"
                )
            return key.open(self.label(place.kind), place.row(instance), token)
        except CannotOpen as error:
            raise type(error)(f"{self}: {error}") from None


class SealedText(SealedField[str, str]):
    """Text, stored as NFC; unset is "".

    size: id, name, address: always 66, 98, 162 bytes on disk (if it fits); text: 290 and up, at most 12 %
    padding.
    """

    kind = Kind.TEXT
    unset = ""
    description = _("Sealed text")

    def __init__(
        self, verbose_name: StrOrPromise | None = None, *, size: str = "text", **options: Any
    ) -> None:
        super().__init__(verbose_name, **options)
        self.size = size
        self.bucket = TEXT_SIZES[size]
        if self.max_length is not None:
            self.validators.append(validators.MaxLengthValidator(self.max_length))

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        options["size"] = self.size
        return name, path, args, options

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"text, not {type(value).__name__}")
        if DAMAGED_SIGN in value:
            raise Unreadable("damaged_text", _("Write the text anew: what was here is damaged."))
        return nfc(value)

    @property
    def damaged(self) -> str:
        # Numbers and days are computed with.
        return self.unset if self.size == "id" else str(DAMAGED)

    @property
    def destroyed(self) -> str:
        return self.unset if self.size == "id" else str(DESTROYED)

    def formfield(self, **options: Any) -> forms.Field | None:
        if self.choices is None:
            options.setdefault("form_class", forms.CharField)
            if options["form_class"] is forms.CharField:
                options.setdefault("max_length", self.max_length)
            if self.size == "text":
                options.setdefault("widget", forms.Textarea)
        return super().formfield(**options)


class SealedPhone(SealedField[str, str]):
    """A telephone number, stored as E.164 («+84912345678») from any usual spelling; unset is ""."""

    kind = Kind.PHONE
    bucket = _PHONE
    unset = ""
    description = _("Sealed telephone number")

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"text, not {type(value).__name__}")
        if not value.strip() or _E164.fullmatch(value):
            return value.strip()
        return parse_phone(value).e164

    def formfield(self, **options: Any) -> forms.Field | None:
        options.setdefault("form_class", forms.CharField)
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "tel"}))
        return super().formfield(**options)


class SealedDate(SealedField["date | str | None", "date | None"]):
    """A day; unset is None. Text is read as Vietnamese or ISO dates are written."""

    kind = Kind.DATE
    description = _("Sealed date")

    def read(self, value: Any) -> date | None:
        if isinstance(value, str):
            return dates.parse_date(value) if value.strip() else None
        return value  # type: ignore[no-any-return]  # pack() checks the type

    def formfield(self, **options: Any) -> forms.Field | None:
        options.setdefault("form_class", forms.DateField)
        return super().formfield(**options)


class SealedDateTime(SealedField["datetime | str | None", "datetime | None"]):
    """An instant with its zone, read back in UTC; unset is None. Text without a zone is Vietnamese time."""

    kind = Kind.DATETIME
    description = _("Sealed date and time")

    def read(self, value: Any) -> datetime | None:
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]  # pack() checks the type
        if not value.strip():
            return None
        instant = parse_iso_datetime(value.strip())
        if instant is None:
            return dates.parse_datetime(value)
        return instant if instant.tzinfo else instant.replace(tzinfo=VIETNAM)

    def formfield(self, **options: Any) -> forms.Field | None:
        options.setdefault("form_class", forms.DateTimeField)
        return super().formfield(**options)


class SealedBoolean(SealedField["bool | None", "bool | None"]):
    """Yes, no or unset (None), which all look the same on disk."""

    kind = Kind.BOOLEAN
    description = _("Sealed yes or no")

    def read(self, value: Any) -> bool:
        return value  # type: ignore[no-any-return]  # pack() checks the type

    def formfield(self, **options: Any) -> forms.Field | None:
        options.setdefault("form_class", forms.NullBooleanField)
        return super().formfield(**options)


class SealedInteger(SealedField["int | str | None", "int | None"]):
    """A whole number of 64 bits; unset is None."""

    kind = Kind.INTEGER
    description = _("Sealed whole number")

    def read(self, value: Any) -> int | None:
        if isinstance(value, str):
            return int(value) if value.strip() else None
        return value  # type: ignore[no-any-return]  # pack() checks the type

    def formfield(self, **options: Any) -> forms.Field | None:
        options.setdefault("form_class", forms.IntegerField)
        return super().formfield(**options)


class SealedJSON(SealedField[Any, Any]):
    """Lists, dicts with text keys, text, numbers, booleans; unset is None. Changes in place are saved too."""

    kind = Kind.JSON
    bucket = envelope.FREE_TEXT
    empty_values: Sequence[Any] = (None,)
    description = _("Sealed list or object")

    def read(self, value: Any) -> Any:
        return value

    def formfield(self, **options: Any) -> forms.Field | None:
        options.setdefault("form_class", forms.JSONField)
        return super().formfield(**options)


def reseal(instance: models.Model) -> None:
    """Save a row whose scope was changed (it went to another case), sealing all values under the new key.

    What is stored must open under the scope that is stored: a row that was moved by SQL is refused
    (CannotOpen). History stays under the scope it was written in.
    """
    fields = [field for field in instance._meta.concrete_fields if isinstance(field, SealedField)]
    with transaction.atomic():
        stored = _stored(instance).select_for_update().get()
        for field in fields:
            held = _held(instance, field)
            if held.token is not None:
                plain = field.open(stored, held) if held.plain is CLOSED else held.plain
                instance.__dict__[field.attname] = Sealed(None, plain)
        instance.save()


def _held(instance: models.Model, field: SealedField[Any, Any]) -> Sealed:
    """What the instance holds; fetches a deferred column (refresh_from_db() would open it for good)."""
    name = field.attname
    held: Sealed | None = instance.__dict__.get(name)
    if held is None:
        held = instance.__dict__[name] = _stored(instance).values_list(name, flat=True).get()
    return held


def _stored(instance: models.Model) -> models.QuerySet[Any]:
    manager = type(instance)._base_manager.using(instance._state.db or DEFAULT_DB_ALIAS)
    return manager.filter(pk=instance.pk)
