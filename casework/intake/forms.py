"""Web input of a report: one page while the caller is on the line, with a few rows of people."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from casework.base.codes import codes
from casework.http import fields
from casework.http.forms import SheetForm, sheet_form
from casework.intake.actions import MOST_PEOPLE, OUTCOMES
from casework.intake.models import Report, ReportPerson
from casework.intake.sheet import ADDITION, ASSIGN, PERSON, REPORT, SCREEN_OUT, TELL_CHAIR
from casework.organisations.models import Agency

PEOPLE: Final = "people"
# The rows every call fills first; another row is one button away.
FIRST_ROWS: Final = ("victim", "perpetrator", "child")
# Lists to open instead of a column of buttons: the page is filled in while somebody waits on the line.
LISTS: Final = ("happened_part_of_day", "channel", "address_kind", "role", "sex", "official_kind")
# Asked of few, so folded away until somebody needs it.
FOLDED: Final = ("phone", "address")

# An id and what a person reads.
Choice = tuple[Any, str]


def _open_as_list(field: Any) -> None:
    rows = field.item.code_list
    blank = [] if "unknown" in rows and field.initial else [("", fields.CHOOSE)]
    field.widget = forms.Select(attrs={"autocomplete": "off"})
    field.choices = lambda: [*blank, *rows.choices()]


ReportForm = sheet_form(REPORT, Report)
PersonForm = sheet_form(PERSON, ReportPerson)
AssignForm = sheet_form(ASSIGN)
ScreenOutForm = sheet_form(SCREEN_OUT)
TellChairForm = sheet_form(TELL_CHAIR)
AdditionForm = sheet_form(ADDITION)


for _form in (ReportForm, PersonForm):
    for _name in LISTS:
        if _name in _form.base_fields:
            _open_as_list(_form.base_fields[_name])


class PeopleFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """Rows of people; a row that says nothing but a role is left out by the verb."""

    item_title = _("Person")

    def add_fields(self, form: SheetForm, index: int | None) -> None:
        super().add_fields(form, index)
        others = "|".join(code for code in codes("participant_role").codes if code != "victim")
        form.fields["relation"].show_when = f"{form.add_prefix('role')}={others}"  # type: ignore[attr-defined]
        form.fields["official_kind"].show_when = (  # type: ignore[attr-defined]
            f"{form.add_prefix('role')}=perpetrator"
        )
        typed = as_typed(form) if form.is_bound else form.initial
        form.is_unfolded = any(typed.get(name) for name in FOLDED)  # type: ignore[attr-defined]

    def answers(self) -> list[dict[str, Any]]:
        """The answers of each row, typed; call it on a valid set."""
        return [form.answers() for form in self.forms]

    def readable(self) -> list[dict[str, Any]]:
        """What can already be read of each row, whatever else is wrong on the page."""
        return [form.cleaned_data if form.is_valid() or form.cleaned_data else {} for form in self.forms]


_PeopleFormSet: Any = forms.formset_factory(
    PersonForm,
    formset=PeopleFormSet,
    extra=0,
    max_num=MOST_PEOPLE,
    absolute_max=MOST_PEOPLE,
    validate_max=True,
)


def report_form(data: QueryDict | None, offices: Sequence[Agency], **start: Any) -> SheetForm:
    """The report's form; the office is asked only of those who work in several."""
    form = ReportForm(data, initial=start)
    if len(offices) > 1:
        form.fields["agency"] = forms.ChoiceField(
            label=_("Receiving office"), choices=[(str(office.pk), office.name) for office in offices]
        )
    return form


def people_formset(data: QueryDict | None) -> PeopleFormSet:
    """The rows of people, as sent or three to begin with."""
    if data is not None:
        rows: PeopleFormSet = _PeopleFormSet(data, prefix=PEOPLE)
    else:
        rows = _PeopleFormSet(initial=[{"role": role} for role in FIRST_ROWS], prefix=PEOPLE)
    return rows


def as_typed(form: SheetForm) -> dict[str, Any]:
    """Everything typed into a bound form, as the start of a new one: nothing is checked, nothing is lost."""
    return {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
    }


def retyped(
    form: SheetForm, people: PeopleFormSet, offices: Sequence[Agency], *, more: int = 0
) -> tuple[Any, Any]:
    """The same page again without judging it, with `more` empty rows of people as far as they are allowed."""
    rows = [as_typed(row) for row in people.forms]
    rows += [{"role": "unknown"}] * min(more, MOST_PEOPLE - len(rows))
    return report_form(None, offices, **as_typed(form)), _PeopleFormSet(initial=rows, prefix=PEOPLE)


def assign_form(
    data: QueryDict | None,
    report: Report,
    *,
    offices: Sequence[Choice],
    people: Sequence[Choice],
    proposed: object = None,
) -> SheetForm:
    """The chair's form: an office, or somebody by name; a sealed report has no offices to choose."""
    form = AssignForm(data, record=report, initial={"agency": proposed})
    form.offer("user", people)
    if offices:
        form.offer("agency", offices)
    else:
        form.leave_out("agency")
    return form


def screen_out_form(data: QueryDict | None, report: Report, *, repeatable: Sequence[Choice]) -> SheetForm:
    """How the triage ends without a case; «opens a case» and «joins a case» are pages of their own."""
    form = ScreenOutForm(data, record=report, initial={"area": None, "duplicate_of": None})
    result: Any = form.fields["result"]
    result.choices = [(code, codes("triage_result").row(code).label) for code in OUTCOMES]
    form.offer("duplicate_of", repeatable)
    form.fields["duplicate_of"].show_when = "result=duplicate"  # type: ignore[attr-defined]
    form.fields["area"].show_when = "result=other_commune"  # type: ignore[attr-defined]
    return form


def tell_chair_form(data: QueryDict | None, report: Report, **start: Any) -> SheetForm:
    """How and when the chair was told; «in this system» is not for a person to say."""
    form = TellChairForm(data, record=report, initial=start)
    means: Any = form.fields["means"]
    means.choices = [pair for pair in codes("notify_means").choices() if pair[0] not in ("in_app", "unknown")]
    return form
