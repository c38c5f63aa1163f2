"""Web input of the auditor: what to look for, and opening a case."""

from typing import TYPE_CHECKING, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.audit.models import AuditEvent
from casework.http.fields import DateField
from casework.http.forms import sheet_form
from casework.oversight.sheet import OPEN_CASE, OPEN_TERM
from casework.oversight.wording import ACTIONS, SEARCHED

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

OUTCOMES: Final[dict[str, "StrOrPromise"]] = {
    AuditEvent.READ: _("Readings"),
    AuditEvent.DONE: _("Changes"),
    AuditEvent.REFUSED: _("Refusals"),
    SEARCHED: _("Searches"),
}
_ANY: Final = ("", _("Any"))

OpenCaseForm = sheet_form(OPEN_CASE)
OpenTermForm = sheet_form(OPEN_TERM, only=("reason",))


class SearchForm(forms.Form):
    """What an auditor looks for; every part may stay empty."""

    number = forms.CharField(
        label=_("Case number"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    actor = forms.ChoiceField(label=_("Member of staff"), required=False)
    unit = forms.ChoiceField(label=_("Office"), required=False)
    day = DateField(label=_("Day"), required=False)
    action = forms.ChoiceField(
        label=_("Action"),
        required=False,
        choices=[_ANY, *ACTIONS.items()],
    )
    outcome = forms.ChoiceField(label=_("Outcome"), required=False, choices=[_ANY, *OUTCOMES.items()])

    def offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Say who or which office may be chosen: (id, name) pairs."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [_ANY, *choices]
