"""The web form of a sheet: nothing typed is lost, every answer comes out typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django import forms
from django.db import models
from django.utils.datastructures import MultiValueDict

from casework.base.dates import PartialDate
from casework.base.phones import display_phone
from casework.base.refusals import InvalidInput, Refused, Stale
from casework.base.sheets import Item, Sheet, belongs
from casework.http import fields

if TYPE_CHECKING:
    from datetime import datetime

    from django.core.files.uploadedfile import UploadedFile
    from django.forms import BoundField
    from django_stubs_ext import StrOrPromise

Answers = dict[str, Any]
VERSION = "version"


@dataclass(frozen=True, slots=True)
class FormSection:
    """A headed part of the form as the template draws it."""

    title: StrOrPromise
    hint: StrOrPromise
    fields: list[BoundField] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Earlier:
    """Which question of a form holds an earlier value, and when the record came to say so."""

    label: StrOrPromise
    written_at: datetime


class SheetForm(forms.Form):
    """The form of one sheet; made by `sheet_form`, never by hand.

    record: the row being changed. Its answers are shown, its version travels in a hidden field, and the verb
    is refused when somebody else has changed it meanwhile.
    """

    sheet: ClassVar[Sheet]
    model: ClassVar[type[models.Model] | None]
    refused: Refused | None = None
    # Which question holds what an earlier version of the record said; see `http.earlier`.
    earlier: Earlier | None = None
    # Whether what is typed is kept until it is sent, and the name of the draft; see `http.drafts`.
    keeps_draft: bool = True
    draft_for: str = ""

    def __init__(
        self,
        data: MultiValueDict[str, Any] | Mapping[str, Any] | None = None,
        files: MultiValueDict[str, UploadedFile[Any]] | None = None,
        *,
        record: models.Model | None = None,
        initial: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        start = {**(initial_from(record, self.sheet) if record is not None else {}), **(initial or {})}
        super().__init__(data, files, initial=start, **kwargs)
        self.use_required_attribute = False
        for one in self.fields.values():
            fields.arm(one)
        for name in self.sheet.names():
            keep = getattr(self.fields.get(name), "keep", None)
            value = start.get(name)
            if keep is not None and value:
                keep([value] if isinstance(value, str) else value)
        if record is not None and hasattr(record, VERSION):
            self.fields[VERSION] = fields.IntegerField(
                widget=forms.HiddenInput(), error_messages={"required": Stale.default_message}
            )
            self.initial[VERSION] = getattr(record, VERSION)

    @property
    def sections(self) -> list[FormSection]:
        """The parts of the sheet that have a field here, in the order of the paper."""
        parts = [
            FormSection(
                part.title, part.hint, [self[item.name] for item in part.items if item.name in self.fields]
            )
            for part in self.sheet.sections
        ]
        return [part for part in parts if part.fields]

    @property
    def seen_version(self) -> int | None:
        """The version of the record the person was looking at, when the form changes one."""
        return self.cleaned_data.get(VERSION) if VERSION in self.fields else None

    def offer(self, name: str, choices: Iterable[tuple[UUID | str, StrOrPromise]]) -> None:
        """Say who or what may be chosen for a person, user or agency question: (id, label) pairs."""
        one: Any = self.fields[name]
        offered = [(str(key), label) for key, label in choices]
        if isinstance(one, (forms.ModelChoiceField, forms.ModelMultipleChoiceField)):
            rows: Any = one.queryset
            one.queryset = rows.filter(pk__in=[key for key, _label in offered])
            return
        blank = [] if isinstance(one, forms.MultipleChoiceField) else [("", fields.CHOOSE)]
        one.choices = [*blank, *offered]

    def leave_out(self, *names: str) -> None:
        """Take questions off the form that this viewer or this state does not ask."""
        for name in names:
            del self.fields[name]

    def answers(self) -> Answers:
        """The answers by name, typed; call it on a valid form.

        text, phone (E.164), code: str, "" when blank · codes: list of str · date, datetime (aware),
        PartialDate, int, Area, Agency, User, UUID of a person: None when blank · flag: bool · lists where
        several may be given.
        """
        return {
            item.name: fields.answer_of(item, self.cleaned_data[item.name], self.model)
            for item in self.sheet.items()
            if item.name in self.fields
        }

    def refuse(self, refusal: Refused) -> None:
        """Show a broken rule beside its field, or above the form."""
        self.refused = refusal
        if isinstance(refusal, InvalidInput):
            for name, message in refusal.errors.items():
                self.add_error(name if name in self.fields else None, str(message))
            return
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal.message))


def sheet_form(
    sheet: Sheet, model: type[models.Model] | None = None, *, only: Sequence[str] | None = None
) -> type[SheetForm]:
    """The form class of a sheet; labels come from the items, else from the model's fields.

    only: the names to ask, for a page that asks a part of the sheet.
    """
    if model is not None:
        belongs(sheet, model)
    asked = {
        item.name: fields.make_field(item, model)
        for item in sheet.items()
        if only is None or item.name in only
    }
    name = "".join(part.capitalize() for part in sheet.code.replace("-", "_").split("_")) + "Form"
    return type(name, (SheetForm,), {**asked, "sheet": sheet, "model": model, "__doc__": str(sheet.code)})


def asking_number(form: SheetForm, flag: str = "signed_on_paper", number: str = "number") -> SheetForm:
    """The number of a decision is asked for only where the paper brings it; any other the register gives."""
    form.fields[number].show_when = f"{flag}=on"  # type: ignore[attr-defined]
    return form


def initial_from(row: models.Model, sheet: Sheet) -> Answers:
    """What the form shows for a row: its values as a person writes them."""
    return {item.name: initial_of(row, item) for item in sheet.items() if hasattr(row, item.name)}


def initial_of(row: models.Model, item: Item) -> Any:
    """What the form shows for one question of a row that stores its answer."""
    value = getattr(row, item.name)
    if item.kind == "phone" and value:
        return display_phone(value)
    if item.kind == "partial_date" and value:
        return (value if isinstance(value, PartialDate) else PartialDate.from_iso(value)).display()
    if item.kind == "area" and value is not None:
        return value.all() if hasattr(value, "all") else value
    if isinstance(value, models.Model):
        return str(value.pk)
    if hasattr(value, "all"):
        return [str(one.pk) for one in value.all()]
    return value
