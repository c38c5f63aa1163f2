"""The REST face of a sheet: the rules and typed answers of the form, and records as plain JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from casework.base import clock
from casework.base.dates import EARLIEST_YEAR_OF_TIMES, LATEST_YEAR, PartialDate
from casework.base.sheets import Sheet
from casework.encryption.fields import SealedBoolean, SealedDate, SealedDateTime, SealedInteger, SealedJSON
from casework.http import fields
from casework.organisations.models import Area

if TYPE_CHECKING:
    from casework.base.sheets import Item
    from casework.http.forms import Answers

WRONG_TYPE = _("This answer has the wrong type.")
UNKNOWN = _("There is no such question.")
NOT_AN_OBJECT = _("Send one JSON object.")

_YEARS = "(19|20)[0-9]{2}"
_SHAPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "long_text": {"type": "string"},
    "identity": {"type": "string", "maxLength": fields.IDENTITY},
    "date": {"type": "string", "format": "date", "pattern": f"^{_YEARS}-[0-9]{{2}}-[0-9]{{2}}$"},
    "partial_date": {
        "type": "string",
        "pattern": f"^{_YEARS}(-(0[1-9]|1[0-2]))?$|^{_YEARS}-[0-9]{{2}}-[0-9]{{2}}$",
    },
    "datetime": {"type": "string", "format": "date-time", "pattern": "^(19[2-9][0-9]|20[0-9]{2})-"},
    "phone": {"type": "string", "description": "Any usual way of writing a number; E.164 is kept."},
    "integer": {"type": "integer"},
    "flag": {"type": "boolean"},
    "code": {"type": "string"},
    "yes_no": {"type": "string"},
    "area": {
        "type": "string",
        "pattern": "^[0-9]{2,5}$",
        "description": "Official code of a commune or ward.",
    },
    "agency": {"type": "string", "format": "uuid"},
    "person": {"type": "string", "format": "uuid"},
    "user": {"type": "string", "format": "uuid"},
    "file": {"type": "string", "format": "binary"},
}


def _wrong() -> ValidationError:
    return ValidationError(WRONG_TYPE, code="wrong_type")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _wrong()
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong()
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong()
    return value


def _date(value: object) -> date | str:
    text = _text(value)
    if not text:
        return text
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValidationError(_("Write a date as YYYY-MM-DD."), code="date_format") from error
    if len(text) != 10:
        raise ValidationError(_("Write a date as YYYY-MM-DD."), code="date_format")
    return day


def _datetime(value: object) -> datetime | str:
    text = _text(value)
    if not text:
        return text
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.utcoffset() is None or "T" not in text.upper():
            raise ValueError
        if not EARLIEST_YEAR_OF_TIMES <= moment.year < LATEST_YEAR:
            raise ValidationError(fields.OUT_OF_RANGE, code="out_of_range")
        return clock.local(moment)
    except (ValueError, OverflowError) as error:
        raise ValidationError(
            _("Write a time as YYYY-MM-DDTHH:MM:SS with its zone, for example +07:00."), code="time_format"
        ) from error


def _partial_date(value: object) -> PartialDate | str:
    text = _text(value)
    if not text:
        return text
    try:
        if len(text) not in (4, 7, 10) or not all(
            part.isascii() and part.isdigit() for part in text.split("-")
        ):
            raise ValueError
        return PartialDate.from_iso(text)
    except (ValueError, TypeError) as error:
        raise ValidationError(
            _("Write a date as YYYY, YYYY-MM or YYYY-MM-DD."), code="date_format"
        ) from error


_READERS: dict[str, Callable[[object], Any]] = {
    "flag": _flag,
    "integer": _integer,
    "date": _date,
    "datetime": _datetime,
    "partial_date": _partial_date,
    "file": lambda value: value,
}


class AnswerField(serializers.Field[Any, Any, Any, Any]):
    """One answer in JSON, checked by the form field of the same item."""

    def __init__(self, item: Item, model: type[models.Model] | None = None, **kwargs: Any) -> None:
        self.kept = dict(kwargs)
        kwargs.setdefault("required", item.required)
        kwargs.setdefault("allow_null", not item.required)
        super().__init__(**kwargs)
        self.item, self.model = item, model
        self.form_field = fields.make_field(item, model)
        if isinstance(self.form_field, (fields.OfferField, fields.OffersField)):
            self.form_field.open = True
        self.error_messages["required"] = self.error_messages["null"] = fields.ANSWER_THIS
        self.shape = self._shape()
        self._spectacular_annotation = {"field": self.shape}

    def _shape(self) -> dict[str, Any]:
        shape = dict(_SHAPES["code" if self.item.kind == "codes" else self.item.kind])
        field = self.form_field
        if isinstance(field, fields.TextField):
            shape["maxLength"] = field.limit
        if isinstance(field, fields.IntegerField):
            shape |= {"minimum": field.least, "maximum": field.most}
        blank_is_text = shape["type"] == "string" and self.item.kind != "flag"
        if self.item.codes is not None:
            codes = list(self.item.code_list.codes)
            shape["enum"] = codes if self.item.required or self.item.is_many else [*codes, ""]
        elif blank_is_text and not self.item.required and "pattern" in shape:
            # A blank is an answer too.
            shape["pattern"] = f"^$|{shape['pattern']}"
        if self.item.required and shape == {**shape, "type": "string"} and "enum" not in shape:
            shape["minLength"] = 1
        if self.item.is_many:
            shape = {"type": "array", "items": shape, "maxItems": fields.MOST_CHOICES}
            if self.item.required:
                shape["minItems"] = 1
        if not self.item.required:
            shape["nullable"] = True
        return shape

    def __deepcopy__(self, memo: dict[int, Any]) -> AnswerField:
        # Each serializer copies its fields; the item never changes, so only the field is made anew.
        return AnswerField(self.item, self.model, **self.kept)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Null and missing are a blank answer where a blank is allowed."""
        if data is None and not self.item.required:
            return self.blank()
        return super().run_validation(data)

    def to_internal_value(self, data: object) -> Any:
        fields.arm(self.form_field)
        return fields.answer_of(self.item, self.form_field.clean(self._read(data)), self.model)

    def _read(self, data: object) -> Any:
        reader = _READERS.get(self.item.kind, _text)
        if not self.item.is_many:
            return reader(data)
        if not isinstance(data, list) or len(data) > fields.MOST_CHOICES:
            raise _wrong()
        return [reader(one) for one in data]

    def blank(self) -> Any:
        """The answer that was not given."""
        default = fields.default_of(self.item, self.model)
        if default is not None:
            return default
        if isinstance(self.form_field, fields.AreaField):
            return None
        fields.arm(self.form_field)
        return fields.answer_of(
            self.item, self.form_field.clean([] if self.item.is_many else None), self.model
        )

    def to_representation(self, value: Any) -> Any:
        return plain(value)


class SheetSerializer(serializers.Serializer[Any]):
    """The input of one sheet; made by `sheet_serializer`. Keys that are not asked are refused.

    With `partial=True` only the answers that were sent come out, for a verb that changes some of a record.
    """

    sheet: ClassVar[Sheet]
    model: ClassVar[type[models.Model] | None]
    some: ClassVar[bool] = False
    default_error_messages = {"invalid": NOT_AN_OBJECT}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError({"": [NOT_AN_OBJECT]}, code="invalid")
        unknown = [key for key in data if key not in self.fields]
        if unknown:
            # A key somebody mistyped is named; something long or odd is not sent back.
            named = {
                key if key.isidentifier() and len(key) <= 60 else "": [UNKNOWN] for key in map(str, unknown)
            }
            raise serializers.ValidationError(named, code="unknown")
        return super().to_internal_value(data)

    def answers(self) -> Answers:
        """The answers by name, typed as `SheetForm.answers()` types them."""
        return self.filled(self.validated_data)

    def filled(self, given: Mapping[str, Any]) -> Answers:
        """The answers of one validated row, blanks included; for rows nested in another body."""
        if self.partial or self.some:
            return dict(given)
        return {
            name: given[name] if name in given else field.blank()
            for name, field in self.fields.items()
            if isinstance(field, AnswerField)
        }


_made: dict[tuple[object, ...], type[SheetSerializer]] = {}


def sheet_serializer(
    sheet: Sheet,
    model: type[models.Model] | None = None,
    *,
    only: Sequence[str] | None = None,
    partial: bool = False,
    name: str = "",
) -> type[SheetSerializer]:
    """The serializer class of a sheet's input; asked again for the same, it is the same class.

    only: the names of the answers taken, for a part of the sheet. partial: no answer is needed, and only those
    sent come out. name: what the API description calls it, when two parts of a sheet need two names.
    """
    key = (id(sheet), model, tuple(only) if only is not None else None, partial, name)
    if key not in _made:
        kept: dict[str, Any] = {"required": False} if partial else {}
        asked = {
            item.name: AnswerField(item, model, **kept)
            for item in sheet.items()
            if only is None or item.name in only
        }
        name = name or component_name(sheet.code) + ("Changes" if partial else "")
        _made[key] = type(
            name, (SheetSerializer,), {**asked, "sheet": sheet, "model": model, "some": partial}
        )
    return _made[key]


def component_name(code: str) -> str:
    """The name a schema gives a sheet: take_report -> TakeReport."""
    return "".join(part[:1].upper() + part[1:] for part in code.replace("-", "_").split("_"))


# --- records going out ------------------------------------------------------------------------------------

Getter = Callable[[Any], Any]


def plain(value: Any) -> Any:
    """A value as JSON holds it: ISO dates, +07:00 times, official area codes, ids of other rows."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value if not isinstance(value, str) else str(value)
    if isinstance(value, datetime):
        return clock.local(value).isoformat()
    if isinstance(value, (date, PartialDate)):
        return value.isoformat()
    if isinstance(value, Area):
        return value.code
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, Iterable):
        return [plain(one) for one in value]
    return str(value)


class RecordSerializer(serializers.Serializer[Any]):
    """A record as JSON, built straight from the row; the declared fields only describe it to the schema."""

    getters: ClassVar[dict[str, Getter]]
    relations: ClassVar[tuple[str, ...]]

    @classmethod
    def render(cls, row: Any) -> dict[str, Any]:
        """The record as a plain dict; opens the sealed fields it names and no others."""
        return {name: plain(getter(row)) for name, getter in cls.getters.items()}

    @classmethod
    def render_all(cls, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """The same for a page of rows; areas are read in one query for all of them."""
        if cls.relations:
            models.prefetch_related_objects(list(rows), *cls.relations)
        return [cls.render(row) for row in rows]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return self.render(instance)


_OUT: tuple[tuple[type[models.Field[Any, Any]], type[serializers.Field[Any, Any, Any, Any]]], ...] = (
    (models.BooleanField, serializers.BooleanField),
    (models.UUIDField, serializers.UUIDField),
    (models.DateTimeField, serializers.DateTimeField),
    (models.DateField, serializers.DateField),
    (models.IntegerField, serializers.IntegerField),
    (models.FloatField, serializers.FloatField),
    (models.JSONField, serializers.JSONField),
    (SealedBoolean, serializers.BooleanField),
    (SealedInteger, serializers.IntegerField),
    (SealedDate, serializers.DateField),
    (SealedDateTime, serializers.DateTimeField),
    (SealedJSON, serializers.JSONField),
)


def record_serializer(
    name: str,
    model: type[models.Model],
    names: Sequence[str] = (),
    *,
    sheet: Sheet | None = None,
    extra: Mapping[str, tuple[serializers.Field[Any, Any, Any, Any], Getter]] | None = None,
    beside: Sequence[str] = (),
) -> type[RecordSerializer]:
    """What REST shows of a model: `id`, `version`, the named fields, the items of a sheet that it stores.

    extra: name -> (a serializer field that describes it, a function from row to value).
    beside: relations that those functions follow, read once for all rows of a list.
    """
    asked = (
        [item.name for item in sheet.items() if fields.column(model, item.name)] if sheet is not None else []
    )
    shown = list(dict.fromkeys(["id", *(["version"] if hasattr(model, "version") else []), *names, *asked]))
    described: dict[str, Any] = {}
    getters: dict[str, Getter] = {}
    relations: list[str] = []
    for one in shown:
        stored = model._meta.get_field(one)
        getters[one] = _attribute(one)
        if isinstance(stored, models.ForeignKey):
            if stored.related_model is Area:
                relations.append(one)
            else:
                getters[one] = _attribute(stored.attname)
        described[one] = describe(stored, sheet.item(one) if sheet is not None and one in sheet else None)
    for one, (field, getter) in (extra or {}).items():
        described[one], getters[one] = field, getter
    return type(
        name, (RecordSerializer,), {**described, "getters": getters, "relations": (*relations, *beside)}
    )


def _attribute(name: str) -> Getter:
    return lambda row: getattr(row, name)


def describe(stored: Any, item: Item | None) -> serializers.Field[Any, Any, Any, Any]:
    """The serializer field that says what a stored field looks like in JSON."""
    options: dict[str, Any] = {
        "read_only": True,
        "allow_null": bool(getattr(stored, "null", False) or getattr(stored, "may_be_none", False)),
    }
    if item is not None and item.is_many:
        return serializers.ListField(child=serializers.CharField(), **options)
    if isinstance(stored, models.ForeignKey):
        return serializers.CharField(**options)
    for column, field in _OUT:
        if isinstance(stored, column):
            return field(**options)
    return serializers.CharField(**options)
