"""The questions of a sheet as form fields: one rule per kind, used by pages and by REST.

A field answers with a typed value or a sentence; no sentence ever repeats what was typed, because error
pages, logs and JSON bodies outlive the moment.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models.fields import NOT_PROVIDED
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from casework.base import clock
from casework.base.dates import (
    EARLIEST_YEAR,
    EARLIEST_YEAR_OF_TIMES,
    LATEST_YEAR,
    PartialDate,
    parse_date,
    parse_datetime,
    parse_partial_date,
)
from casework.base.phones import parse_phone
from casework.base.refusals import Unreadable
from casework.base.text import clean_line, nfc
from casework.encryption.files import SealedUpload
from casework.organisations.models import Agency, Area, User

if TYPE_CHECKING:
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

    from casework.base.sheets import Item

LINE: Final = 200
PAGES: Final = 20_000
IDENTITY: Final = 40
LARGEST: Final = 1_000_000_000
# More answers than this do not fit one glance as buttons; they become a list to open.
RADIOS: Final = 8
MOST_CHOICES: Final = 100

ANSWER_THIS = _("Answer this question.")
NOT_OFFERED = _("Choose one of the answers offered.")
NOT_WRITABLE = _("Take out the characters that cannot be printed.")
TOO_LONG = _("Write at most %(limit)d characters.")
NOT_A_NUMBER = _("Write a whole number from %(least)d to %(most)d.")
OUT_OF_RANGE = _("Check the year.")
CHOOSE = _("Choose")

_KEPT_CONTROLS = frozenset("\n\t")
EMPTY_FILE = _("This file is empty.")
NO_ROOM = _("There is no room for this file at the moment. Try again in a few minutes.")
CHOOSE_FILE = _("Choose a file")
NO_FILE = _("No file is chosen yet.")
FILE_TOO_LARGE = _("A file may have at most {largest} MB.")
# Nothing typed here may be offered again by the browser to the next person at the same machine.
_PRIVATE = {"autocomplete": "off"}


def writable(text: str) -> str:
    """Text as it is stored: NFC, Unix line ends; refuses control characters and half characters."""
    text = nfc(text.replace("\r\n", "\n").replace("\r", "\n"))
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in _KEPT_CONTROLS for letter in text):
        raise ValidationError(NOT_WRITABLE, code="not_writable")
    return text


class TextField(forms.CharField):
    """One line, or several when `lines`; at most `limit` characters."""

    def __init__(self, *, limit: int, lines: bool = False, **kwargs: Any) -> None:
        self.limit, self.lines = limit, lines
        widget = (
            forms.Textarea(attrs={**_PRIVATE, "rows": 5}) if lines else forms.TextInput(attrs=dict(_PRIVATE))
        )
        super().__init__(**{"widget": widget, **kwargs})
        # Said by us in one sentence, and only once the text is in the form in which it is counted.
        self.widget.attrs["maxlength"] = limit

    def to_python(self, value: Any) -> str:
        text = writable(str(super().to_python(value) or ""))
        text = text if self.lines else clean_line(text)
        if len(text) > self.limit:
            raise ValidationError(TOO_LONG, code="too_long", params={"limit": self.limit})
        return text


class _Read(forms.CharField):
    """A line that has to be read as something: a date, a phone number."""

    def read(self, text: str) -> Any:
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        if isinstance(value, (date, PartialDate)):
            return value
        text = clean_line(writable(str(value or "")))
        if not text:
            return self.empty_value
        if len(text) > LINE:
            raise ValidationError(TOO_LONG, code="too_long", params={"limit": LINE})
        try:
            return self.read(text)
        except Unreadable as error:
            raise ValidationError(str(error.message), code=error.code) from error

    def run_validators(self, value: Any) -> None:
        """What was read is no longer a text, so the checks of a text do not apply."""


class DateField(_Read):
    """A whole day, day first."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.DateInput(attrs=dict(_PRIVATE)), "empty_value": None, **kwargs})

    def read(self, text: str) -> date:
        return parse_date(text)

    def validate(self, value: date | None) -> None:
        super().validate(value)
        _within(value)


class DateTimeField(_Read):
    """A day with an hour on a Vietnamese clock; the answer is aware."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"widget": forms.DateTimeInput(attrs=dict(_PRIVATE)), "empty_value": None, **kwargs}
        )

    def read(self, text: str) -> datetime:
        return parse_datetime(text)

    def prepare_value(self, value: Any) -> Any:
        return clock.local(value) if hasattr(value, "utcoffset") and value.utcoffset() is not None else value

    def validate(self, value: datetime | None) -> None:
        super().validate(value)
        _within(value, EARLIEST_YEAR_OF_TIMES)


class PartialDateField(_Read):
    """A date known to the year, the month or the day."""

    def __init__(self, **kwargs: Any) -> None:
        # Not "numeric": the keypad of an iPhone then has no slash.
        widget = forms.TextInput(attrs=_PRIVATE)
        super().__init__(**{"widget": widget, "empty_value": None, **kwargs})

    def read(self, text: str) -> PartialDate:
        return parse_partial_date(text)


class PhoneField(_Read):
    """A telephone number; the answer is its E.164 form."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={**_PRIVATE, "type": "tel", "inputmode": "tel"})
        super().__init__(**{"widget": widget, **kwargs})

    def read(self, text: str) -> str:
        return parse_phone(text).e164


def _within(moment: date | datetime | None, earliest: int = EARLIEST_YEAR) -> None:
    # Near the ends of the calendar a time cannot be moved to another zone.
    if moment is not None and not earliest <= moment.year <= LATEST_YEAR:
        raise ValidationError(OUT_OF_RANGE, code="out_of_range")


def too_large() -> StrOrPromise:
    """How long a file may be, in words."""
    return format_lazy(FILE_TOO_LARGE, largest=settings.LARGEST_FILE // 1_000_000)


class FileField(forms.FileField):
    """A file, sealed as it came in (`http.uploads`); what it may be is for the verb to say."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.FileInput(), **kwargs})
        self.error_messages["empty"] = EMPTY_FILE

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # static/js/file.js
        words = {"data-choose": CHOOSE_FILE, "data-none": NO_FILE, "data-too-large": too_large()}
        return {**super().widget_attrs(widget), **words, "data-largest": str(settings.LARGEST_FILE)}

    def to_python(self, value: Any) -> SealedUpload | None:
        if value in self.empty_values:
            return None
        if not isinstance(value, SealedUpload):
            raise ValidationError(ANSWER_THIS, code="required")
        if not value.is_kept:
            raise ValidationError(NO_ROOM, code="no_room")
        if not value.is_whole:
            raise ValidationError(too_large(), code="too_large")
        super().to_python(value)
        return value


class IntegerField(forms.IntegerField):
    """A count or an age."""

    def __init__(self, *, least: int = 0, most: int = LARGEST, **kwargs: Any) -> None:
        self.least, self.most = least, most
        widget = forms.TextInput(attrs={**_PRIVATE, "inputmode": "numeric"})
        super().__init__(**{"widget": widget, **kwargs})

    def to_python(self, value: Any) -> int | None:
        try:
            number: int | None = super().to_python(value)
        except ValidationError as error:
            raise self._not_a_number() from error
        if number is not None and not self.least <= number <= self.most:
            raise self._not_a_number()
        return number

    def _not_a_number(self) -> ValidationError:
        return ValidationError(NOT_A_NUMBER, code="invalid", params={"least": self.least, "most": self.most})


def _with_kept(choices: Any, item: Item, codes: Iterable[str]) -> list[tuple[str, StrOrPromise]]:
    rows, offered = item.code_list, list(choices)
    shown = {value for value, _label in offered}
    return [*offered, *((code, rows.row(code).label) for code in codes if code not in shown and code in rows)]


class CodeField(forms.ChoiceField):
    """One code of a list; a code no longer given stays allowed on the record that already holds it."""

    item: Item

    def keep(self, codes: Iterable[str]) -> None:
        self.choices = _with_kept(self.choices, self.item, codes)


class CodesField(forms.MultipleChoiceField):
    """Several codes of a list, each once."""

    item: Item

    def keep(self, codes: Iterable[str]) -> None:
        self.choices = _with_kept(self.choices, self.item, codes)

    def to_python(self, value: Any) -> list[str]:
        given = list(dict.fromkeys(super().to_python(value)))
        if len(given) > MOST_CHOICES:
            raise ValidationError(NOT_OFFERED, code="invalid_choice")
        return given


class OfferField(forms.ChoiceField):
    """A person or a user, chosen among those the page offers.

    The answer is the UUID of a person, whom the verb has to find for itself among the rows it may use, or the
    user. `open` (REST): any id passes, and the verb checks what it may be.
    """

    open = False
    users = False

    def to_python(self, value: Any) -> Any:
        return _uuid(value) if value not in self.empty_values else None

    def valid_value(self, value: Any) -> bool:
        return self.open or str(value) in _offered(self.choices)

    def clean(self, value: Any) -> Any:
        chosen = super().clean(value)
        return _users([chosen])[0] if self.users and chosen is not None else chosen


class OffersField(forms.MultipleChoiceField):
    """Several of them, as a list."""

    open = False
    users = False

    def to_python(self, value: Any) -> Any:
        given = dict.fromkeys(_uuid(one) for one in super().to_python(value))
        if len(given) > MOST_CHOICES:
            raise ValidationError(NOT_OFFERED, code="invalid_choice")
        return list(given)

    def valid_value(self, value: Any) -> bool:
        return self.open or str(value) in _offered(self.choices)

    def clean(self, value: Any) -> Any:
        chosen = super().clean(value)
        return _users(chosen) if self.users else chosen


def _offered(choices: Any) -> set[str]:
    return {str(key) for key, _label in choices}


def _users(ids: Sequence[UUID]) -> list[User]:
    found = {user.pk: user for user in User.objects.filter(pk__in=ids, is_active=True)}
    if len(found) != len(ids):
        raise ValidationError(NOT_OFFERED, code="invalid_choice")
    return [found[pk] for pk in ids]


def _uuid(value: Any) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError as error:
        raise ValidationError(NOT_OFFERED, code="invalid_choice") from error


def communes() -> models.QuerySet[Area]:
    """The communes and wards of the home province as they are today."""
    return Area.objects.filter(
        province_code=settings.HOME_PROVINCE, parent__isnull=False, valid_to__isnull=True
    ).order_by("name")


if TYPE_CHECKING:
    _OneArea = forms.ModelChoiceField[Area]
    _SomeAreas = forms.ModelMultipleChoiceField[Area]
else:
    _OneArea, _SomeAreas = forms.ModelChoiceField, forms.ModelMultipleChoiceField


class AreaField(_OneArea):
    """A commune or ward, by its official code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Area.objects.none(), to_field_name="code", empty_label=CHOOSE, **kwargs)

    def to_python(self, value: Any) -> Area | None:
        if value in self.empty_values:
            return None
        # Among all that are offered: a database may log what it is asked, and this may be where somebody hides.
        found = next((area for area in self.queryset or () if area.code == value), None)
        if found is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return found

    def keep(self, area: object) -> None:
        """Allow the area a record already has although it has been merged or lies in another province."""
        if isinstance(area, Area):
            self.queryset = communes() | Area.objects.filter(pk=area.pk)


class AreasField(_SomeAreas):
    """Several communes, by their official codes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Area.objects.none(), to_field_name="code", **kwargs)

    def keep(self, areas: Iterable[Area]) -> None:
        self.queryset = communes() | Area.objects.filter(pk__in=[area.pk for area in areas])


def agencies() -> models.QuerySet[Agency]:
    """The offices that work today."""
    return Agency.objects.filter(is_active=True).order_by("name")


# --- from an item to its field ----------------------------------------------------------------------------


def column(model: type[models.Model] | None, name: str) -> models.Field[Any, Any] | None:
    """The stored field an item fills, or None for an item that only the verb reads."""
    if model is None:
        return None
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, models.Field) else None


def default_of(item: Item, model: type[models.Model] | None) -> Any:
    """What an unanswered coded question means: the column's default (most often «unknown»), else a blank."""
    stored = column(model, item.name)
    if stored is not None and stored.default is not NOT_PROVIDED and item.kind in ("code", "yes_no", "flag"):
        return stored.get_default()
    return None


def _limit(item: Item, model: type[models.Model] | None, otherwise: int) -> int:
    stored = column(model, item.name)
    limit = getattr(stored, "max_length", None)
    return limit if isinstance(limit, int) else otherwise


def _least_and_most(item: Item, model: type[models.Model] | None) -> dict[str, int]:
    stored = column(model, item.name)
    if isinstance(stored, (models.SmallIntegerField, models.PositiveSmallIntegerField)):
        return {"least": 0, "most": 32_767}
    return {"least": 0, "most": LARGEST}


_Maker = Callable[["Item", type[models.Model] | None, dict[str, Any]], forms.Field]


def _choices(item: Item, *, blank: bool = False) -> Callable[[], list[tuple[str, StrOrPromise]]]:
    # A function, because a field is copied for each form and a list of codes is one for all.
    start: list[tuple[str, StrOrPromise]] = [("", CHOOSE)] if blank else []
    return lambda: [*start, *item.code_list.choices()]


def _code(item: Item, model: type[models.Model] | None, common: dict[str, Any]) -> forms.Field:
    if item.many:
        return _codes(item, model, common)
    long = len(item.code_list) > RADIOS
    widget = forms.Select(attrs=dict(_PRIVATE)) if long else forms.RadioSelect(attrs=dict(_PRIVATE))
    field = CodeField(choices=_choices(item, blank=long), widget=widget, **common)
    field.item = item
    return field


def _codes(item: Item, _model: type[models.Model] | None, common: dict[str, Any]) -> forms.Field:
    widget = forms.CheckboxSelectMultiple(attrs=dict(_PRIVATE))
    field = CodesField(choices=_choices(item), widget=widget, **common)
    field.item = item
    return field


def _flag(item: Item, _model: type[models.Model] | None, common: dict[str, Any]) -> forms.Field:
    return forms.BooleanField(widget=forms.CheckboxInput(attrs=dict(_PRIVATE)), **common)


def _offer(item: Item, _model: type[models.Model] | None, common: dict[str, Any]) -> forms.Field:
    field: OfferField | OffersField
    if item.many:
        field = OffersField(widget=forms.CheckboxSelectMultiple(attrs=dict(_PRIVATE)), **common)
    else:
        field = OfferField(widget=forms.Select(attrs=dict(_PRIVATE)), choices=[("", CHOOSE)], **common)
    field.users = item.kind == "user"
    return field


def _area(item: Item, _model: type[models.Model] | None, common: dict[str, Any]) -> forms.Field:
    return AreasField(**common) if item.many else AreaField(**common)


def _agency(item: Item, _model: type[models.Model] | None, common: dict[str, Any]) -> forms.Field:
    if item.many:
        return forms.ModelMultipleChoiceField(
            Agency.objects.none(), widget=forms.CheckboxSelectMultiple, **common
        )
    return forms.ModelChoiceField(Agency.objects.none(), empty_label=CHOOSE, **common)


_MAKERS: dict[str, _Maker] = {
    "text": lambda item, model, common: TextField(limit=_limit(item, model, LINE), **common),
    "long_text": lambda item, model, common: TextField(
        limit=_limit(item, model, PAGES), lines=True, **common
    ),
    "identity": lambda item, model, common: TextField(limit=IDENTITY, **common),
    "date": lambda item, model, common: DateField(**common),
    "partial_date": lambda item, model, common: PartialDateField(**common),
    "datetime": lambda item, model, common: DateTimeField(**common),
    "phone": lambda item, model, common: PhoneField(**common),
    "integer": lambda item, model, common: IntegerField(**_least_and_most(item, model), **common),
    "code": _code,
    "yes_no": _code,
    "codes": _codes,
    "flag": _flag,
    "area": _area,
    "agency": _agency,
    "person": _offer,
    "user": _offer,
    "file": lambda item, model, common: FileField(**common),
}
_MANY = frozenset({"code", "codes", "yes_no", "area", "agency", "person", "user"})


def make_field(item: Item, model: type[models.Model] | None = None) -> forms.Field:
    """The form field of one item; ValueError for a kind that cannot hold several values."""
    if item.many and item.kind not in _MANY:
        raise ValueError(f"item {item.name!r} of kind {item.kind!r} cannot hold several values")
    stored = column(model, item.name)
    label = item.label if item.label is not None else getattr(stored, "verbose_name", item.name)
    common: dict[str, Any] = {
        "required": item.required,
        "label": label,
        "help_text": item.help,
        "error_messages": {
            "required": ANSWER_THIS,
            "invalid_choice": NOT_OFFERED,
            "invalid_list": NOT_OFFERED,
            "invalid_pk_value": NOT_OFFERED,
        },
    }
    default = default_of(item, model)
    if default is not None and not item.required:
        common["initial"] = default
    field = _MAKERS[item.kind](item, model, common)
    # The renderer draws it as «why we ask».
    field.why = item.why  # type: ignore[attr-defined]
    return field


def arm(field: forms.Field) -> None:
    """Give a copied field the rows it may choose from, read when it is used, not when it is declared."""
    if isinstance(field, (AreaField, AreasField)):
        field.queryset = communes()
    elif isinstance(field, (forms.ModelChoiceField, forms.ModelMultipleChoiceField)):
        field.queryset = agencies()


def answer_of(item: Item, value: Any, model: type[models.Model] | None) -> Any:
    """A cleaned value as the verb takes it: the column's default for a blank code, lists for querysets."""
    if isinstance(value, models.QuerySet):
        return list(value)
    if value == "" and item.kind in ("code", "yes_no"):
        default = default_of(item, model)
        return "" if default is None else default
    return value
