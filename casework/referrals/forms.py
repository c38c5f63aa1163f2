"""Web input about sharing."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from casework.base.codes import CodeRow
from casework.base.sheets import Section, Sheet
from casework.http.forms import SheetForm, sheet_form
from casework.organisations.models import Agency
from casework.referrals import scopes, sheet
from casework.referrals.models import Consent, Referral
from casework.referrals.reasons import WHY

SERVICE: Final = Sheet(
    "choose_service",
    _("Refer to a service"),
    (Section("service", "", (sheet.CONSENT.item("service"),)),),
)
ServiceForm = sheet_form(SERVICE)
ReferForm = sheet_form(sheet.REFER, Consent)
ReferToShelterForm = sheet_form(sheet.REFER_TO_SHELTER, Consent)
WithdrawConsentForm = sheet_form(sheet.WITHDRAWAL, Consent)
AcceptForm = sheet_form(sheet.ACCEPTANCE, Referral)
DeclineForm = sheet_form(sheet.DECLINE, Referral)
ReportBackForm = sheet_form(sheet.REPORT_BACK, Referral)

# Asks nothing: one button, and a place for a refusal.
WithdrawReferralForm = sheet_form(sheet.WITHDRAWAL, Referral, only=())


def service_form(data: QueryDict | None) -> SheetForm:
    form = ServiceForm(data)
    # One choice; what follows it keeps a draft for each service.
    form.keeps_draft = False
    # All services at once: somebody who chooses one should see what else there is.
    field: Any = form.fields["service"]
    field.widget = forms.RadioSelect(attrs={"autocomplete": "off"})
    field.widget.choices = field.choices = [pair for pair in field.choices if pair[0]]
    return form


def refer_form(
    data: QueryDict | None, service: str, offices: Sequence[Agency], start: dict[str, Any]
) -> SheetForm:
    """The guided page for one service: its offices, and what may be told, each item with its reason."""
    form = (ReferToShelterForm if scopes.is_anonymous(service) else ReferForm)(data, initial=start)
    form.offer("recipient", [(office.pk, office.name) for office in offices])
    items: Any = form.fields["items"]
    usual = set(scopes.default_items(service))
    rows = scopes.offered(service)
    groups = [
        (_("Usually needed for this service"), [_choice(row) for row in rows if row.code in usual]),
        (_("Only if she wants it told"), [_choice(row) for row in rows if row.code not in usual]),
    ]
    items.choices = [group for group in groups if group[1]]
    form.fields["service"] = forms.CharField(widget=forms.HiddenInput(), initial=service)
    return form


def _choice(row: CodeRow) -> tuple[str, Any]:
    return row.code, format_lazy("{label}: {why}", label=row.label, why=WHY[row.code])
