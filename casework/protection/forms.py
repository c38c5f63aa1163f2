"""Web input of protection; every form comes from its sheet, some with a proposal filled in."""

from datetime import datetime
from typing import Any, Final

from django.http import QueryDict

from casework.base.codes import codes
from casework.http.forms import SheetForm, asking_number, sheet_form
from casework.protection import sheet, terms
from casework.protection.models import (
    AllowedContact,
    Breach,
    Measure,
    Meeting,
    Outcome,
    Service,
    SupportSession,
)

RequestBanForm: Final = sheet_form(sheet.BAN_REQUEST, Measure)
DecideBanForm: Final = sheet_form(sheet.BAN_DECISION, Measure)
RefuseBanForm: Final = sheet_form(sheet.REFUSAL, Measure)
OwnMotionForm: Final = sheet_form(sheet.OWN_MOTION, Measure)
ServiceForm: Final = sheet_form(sheet.SERVICE, Service)
MonitorForm: Final = sheet_form(sheet.MONITOR, Measure)
AnnouncementForm: Final = sheet_form(sheet.ANNOUNCEMENT, Measure)
BreachForm: Final = sheet_form(sheet.BREACH, Breach)
CancellationForm: Final = sheet_form(sheet.CANCELLATION_REQUEST, Measure)
CancelForm: Final = sheet_form(sheet.CANCELLATION, Measure)
OtherMeasureForm: Final = sheet_form(sheet.OTHER_MEASURE, Measure)
EndForm: Final = sheet_form(sheet.END, Measure)
AllowedContactForm: Final = sheet_form(sheet.ALLOWED_CONTACT, AllowedContact)
ContactEndForm: Final = sheet_form(sheet.CONTACT_END, AllowedContact)
SessionForm: Final = sheet_form(sheet.SESSION, SupportSession)
CritiqueForm: Final = sheet_form(sheet.CRITIQUE, Meeting)
MediationForm: Final = sheet_form(sheet.MEDIATION, Meeting)
OutcomeForm: Final = sheet_form(sheet.OUTCOME, Outcome)
CorrectSessionForm: Final = sheet_form(sheet.SESSION_CORRECTION, SupportSession)
CorrectCritiqueForm: Final = sheet_form(sheet.CRITIQUE_CORRECTION, Meeting)
CorrectMediationForm: Final = sheet_form(sheet.MEDIATION_CORRECTION, Meeting)
CorrectOutcomeForm: Final = sheet_form(sheet.OUTCOME_CORRECTION, Outcome)
# What is corrected starts from what is there; why, from nothing: another correction had another reason.
ANEW: Final = {"corrected_why": ""}


def request_form(data: QueryDict | None, at: datetime) -> SheetForm:
    """A request as it reaches the committee; the chair's own motion has a page of its own."""
    form = RequestBanForm(data, initial={"requested_at": at, "consent": None})
    requesters = [row for row in codes("ban_requester").rows if not row.flag("own_motion")]
    _choose(form, "requester", [(row.code, row.label) for row in requesters])
    form.fields["consent_document"].show_when = "consent=yes"  # type: ignore[attr-defined]
    return form


def decide_form(
    data: QueryDict | None, measure: Measure, *, at: datetime, running_until: datetime | None
) -> SheetForm:
    """The decision with the longest term the law allows filled in: from now, or after the ban that runs."""
    form = DecideBanForm(data, record=measure, initial=proposed_term(at, running_until))
    return asking_number(form, "signed_on_paper", "number")


def refuse_form(data: QueryDict | None, measure: Measure) -> SheetForm:
    """The refusal; it stands beside the decision on one page, so its fields have ids of their own."""
    return RefuseBanForm(data, record=measure, auto_id="refuse_%s")


def own_motion_form(data: QueryDict | None, *, at: datetime, running_until: datetime | None) -> SheetForm:
    own = [row.code for row in codes("ban_ground").rows if row.flag("own_motion")]
    form = OwnMotionForm(data, initial={**proposed_term(at, running_until), "grounds": own})
    return asking_number(form, "signed_on_paper", "number")


def proposed_term(at: datetime, running_until: datetime | None) -> dict[str, datetime | None]:
    """Three days from the end of the ban that runs; without one the start stays open, which means the signing."""
    params = codes("measure").row(terms.CONTACT_BAN).params
    return {
        "starts_at": running_until,
        "ends_at": terms.latest_end(params, terms.CHAIR, running_until or at),
    }


def serve_form(data: QueryDict | None, outstanding: tuple[str, ...], *, at: datetime) -> SheetForm:
    """Who got a copy, offered are those who have none."""
    form = ServiceForm(data, initial={"served_at": at})
    recipients = codes("ban_recipient")
    _choose(form, "recipient", [(code, recipients.row(code).label) for code in outstanding])
    return form


def monitor_form(data: QueryDict | None, measure: Measure, *, at: datetime) -> SheetForm:
    """The monitor; when another one is named the hour of the first stays."""
    form = MonitorForm(data, record=measure, initial={"monitor_assigned_at": at})
    if measure.monitor_assigned_at is not None:
        form.leave_out("monitor_assigned_at")
    return form


def announcement_form(data: QueryDict | None, measure: Measure, *, at: datetime) -> SheetForm:
    return AnnouncementForm(data, record=measure, initial={"monitor_announced_at": at})


def breach_form(data: QueryDict | None) -> SheetForm:
    return BreachForm(data)


def cancellation_form(data: QueryDict | None, measure: Measure) -> SheetForm:
    """A new request to cancel starts from nothing, whatever was asked and answered before."""
    return CancellationForm(data, record=measure, initial={"cancel_reason": ""})


def answer_form(data: QueryDict | None, measure: Measure) -> SheetForm:
    """The answer to a request to cancel; only cancelling is a decision with a number."""
    form = CancelForm(data, record=measure, initial={"cancel_answer": ""})
    return asking_number(form, "cancel_on_paper", "cancel_number")


def other_measure_form(data: QueryDict | None, *, at: datetime) -> SheetForm:
    """A measure recorded from a paper; a ban by the chair is asked of him instead."""
    form = OtherMeasureForm(data, initial={"starts_at": at, "decider": "", "consent": None})
    for name, kinds in {"grounds": "M02", "condition": "M08|M09", "volunteered": "M09"}.items():
        form.fields[name].show_when = f"kind={kinds}"  # type: ignore[attr-defined]
    return form


def end_form(data: QueryDict | None, measure: Measure) -> SheetForm:
    return EndForm(data, record=measure)


def allowed_contact_form(data: QueryDict | None, *, at: datetime) -> SheetForm:
    return AllowedContactForm(data, initial={"notified_at": at, "signed_at": at})


def contact_end_form(data: QueryDict | None, contact: AllowedContact, *, at: datetime) -> SheetForm:
    return ContactEndForm(
        data, record=contact, initial={"ended_at": at, "told_chair_at": contact.told_chair_at or at}
    )


def session_form(data: QueryDict | None, measure: Measure, *, at: datetime) -> SheetForm:
    """A session of this measure; only its own kinds are offered."""
    return _of_measure(SessionForm(data, initial={"at": at, "attendance": ""}), measure)


def session_correction_form(data: QueryDict | None, session: SupportSession) -> SheetForm:
    """A session as it stands."""
    return _of_measure(CorrectSessionForm(data, record=session, initial=ANEW), session.measure)


def _of_measure(form: SheetForm, measure: Measure) -> SheetForm:
    rows = [row for row in codes("session_kind").rows if measure.kind in row.strings("measures")]
    _choose(form, "kind", [(row.code, row.label) for row in rows])
    return form


def critique_form(data: QueryDict | None, *, at: datetime) -> SheetForm:
    return CritiqueForm(data, initial={"at": at})


def mediation_form(data: QueryDict | None, *, at: datetime) -> SheetForm:
    return MediationForm(data, initial={"at": at})


def correction_form(data: QueryDict | None, meeting: Meeting) -> SheetForm:
    """The minutes as they stand."""
    kind = CorrectCritiqueForm if meeting.kind == Meeting.CRITIQUE else CorrectMediationForm
    return kind(data, record=meeting, initial=ANEW)


def outcome_form(data: QueryDict | None, *, at: datetime) -> SheetForm:
    """How he was dealt with; each kind asks for the articles of its own law."""
    return _by_its_law(OutcomeForm(data, initial={"decided_at": at}))


def outcome_correction_form(data: QueryDict | None, outcome: Outcome) -> SheetForm:
    """An outcome as it stands."""
    return _by_its_law(CorrectOutcomeForm(data, record=outcome, initial=ANEW))


def _by_its_law(form: SheetForm) -> SheetForm:
    for name, flag in {"penalty_articles": "administrative", "criminal_articles": "criminal"}.items():
        kinds = "|".join(row.code for row in codes("outcome_kind").rows if row.flag(flag))
        form.fields[name].show_when = f"kind={kinds}"  # type: ignore[attr-defined]
    return form


def _choose(form: SheetForm, name: str, choices: list[tuple[str, Any]]) -> None:
    one: Any = form.fields[name]
    one.choices = choices
