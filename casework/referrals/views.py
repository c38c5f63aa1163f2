"""Pages of sharing: the worker's tab and guided page, the partner's desk and the referral itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from casework.access.decisions import may
from casework.access.opening import open_record, record_list
from casework.base import clock
from casework.base.codes import codes
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.http.forms import SheetForm
from casework.http.pages import done, page, show, submit, viewer
from casework.http.templatetags.pages import vi_datetime
from casework.referrals import forms, queries, scopes
from casework.referrals.actions import (
    accept_referral,
    decline_referral,
    give_consent,
    receive_referral,
    report_back,
    send_referral,
    withdraw_consent,
    withdraw_referral,
)
from casework.referrals.models import Consent, Referral

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from casework.referrals.queries import SliceSection

TAB: Final = "referrals"
CONTACT: Final = "safe_contact"


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


# --- the worker ---


@page("referral.view", methods=("GET",))
def case_referrals(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Who was asked for what and what came of it; what she agreed to, until when."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="referral.view", page="referrals")
    works = case.state in lifecycle.LIVE
    return show(
        request,
        "referrals/case_referrals.html",
        case=case,
        tab=TAB,
        referrals=[
            {"line": line, "referral": line.referral, "rows": _course(line.referral, for_worker=True)}
            for line in queries.referrals_of(user, case, at=at)
        ],
        consents=queries.consents_of(user, case, at=at),
        may_refer=works and bool(may(user, "referral.send", case)),
        may_withdraw=bool(may(user, "consent.withdraw", case)),
        may_take_back=bool(may(user, "referral.withdraw", case)),
    )


@page("referral.send")
def refer(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Choose a service, then say to whom and what, as agreed with her; one button gives the consent and sends.

    The service travels in the body, because addresses stay in the history of a shared computer.
    """
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="referral.send", page="refer")
    posted = _sent(request)
    chooser = forms.service_form(posted)
    if posted is None or not chooser.is_valid():
        return _refer_page(request, case, chooser, "referrals/refer_service.html")
    service = str(chooser.cleaned_data["service"])
    offices = queries.offices_for(service, case, at=at)
    chosen_only = "choose" in posted
    form = forms.refer_form(
        None if chosen_only else posted, service, offices, queries.starts(case, service, offices, at=at)
    )
    if not chosen_only:
        referral = submit(form, _refer_for(service), case=case, by=user, at=at)
        if referral is not None:
            return done(request, _("The request has been sent."), "case-referrals", case.pk)
    return _refer_page(
        request,
        case,
        form,
        "referrals/refer.html",
        service=service,
        offices=offices,
        is_new=chosen_only,
        draft_part=service,
    )


def _refer_page(
    request: HttpRequest, case: Case, form: SheetForm, template: str, **context: Any
) -> HttpResponse:
    title = _("Refer to a service")
    return show(request, template, form=form, case=case, tab=TAB, page_title=title, **context)


def _refer_for(service: str) -> Callable[..., Referral]:
    """The two verbs behind the one button: either both are done, or neither."""

    def give_and_send(*, answers: Mapping[str, Any], case: Case, **how: Any) -> Referral:
        with transaction.atomic():
            consent = give_consent(case=case, answers={**answers, "service": service}, **how)
            return send_referral(consent=consent, service=service, answers=answers, **how)

    return give_and_send


@page("consent.withdraw")
def withdraw_consent_page(request: HttpRequest, consent_id: UUID) -> HttpResponse:
    """She takes her consent back; the partner loses the page at once."""
    user, at = viewer(request), clock.now()
    consent = open_record(user, Consent, consent_id, verb="consent.withdraw", page="withdraw-consent")
    form = forms.WithdrawConsentForm(_sent(request), record=consent)
    if request.method == "POST" and (
        submit(form, withdraw_consent, consent=consent, by=user, at=at) is not None
    ):
        return done(
            request,
            _("The consent has ended. The partner sees nothing more."),
            "case-referrals",
            consent.case_id,
        )
    return show(
        request,
        "referrals/withdraw_consent.html",
        form=form,
        case=consent.case,
        tab=TAB,
        page_title=_("Withdraw the consent"),
        line=queries.ConsentLine(consent, queries.consent_state(consent, at)),
    )


@page("referral.withdraw")
def withdraw_referral_page(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The worker takes a request back; the partner loses the page at once, the consent stays."""
    user, at = viewer(request), clock.now()
    referral = open_record(user, Referral, referral_id, verb="referral.withdraw", page="withdraw-referral")
    # No version: that the partner opened it a moment ago must not stand in the way of closing it.
    form = forms.WithdrawReferralForm(_sent(request))
    if request.method == "POST" and (
        submit(form, withdraw_referral, referral=referral, by=user, at=at) is not None
    ):
        return done(request, _("The request has been taken back."), "case-referrals", referral.case_id)
    return show(
        request,
        "referrals/withdraw_referral.html",
        form=form,
        case=referral.case,
        tab=TAB,
        page_title=_("Take back the request"),
        referral=referral,
    )


# --- the partner ---


@page("desk.partner", methods=("GET",))
def partner_desk(request: HttpRequest) -> HttpResponse:
    """What waits: to be answered, to be reported on, finished. Codes and hours only, no name."""
    user, at = viewer(request), clock.now()
    desk = queries.desk_of(user, at=at, after=request.GET.get("after", ""))
    record_list(user, "referral.view", shown=desk.shown(), filters={"page": "desk-partner"})
    more = f"{reverse('desk-partner')}?after={desk.finished.next}" if desk.finished.next else ""
    return show(request, "referrals/desk.html", desk=desk, next_url=more)


@page("referral.view", methods=("GET",), drafts=True)
def referral_detail(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The request as its recipient reads it; who works on the case sees the same page without its buttons."""
    referral = _opened(request, referral_id, "referral")
    if queries.reads_by_share(viewer(request), referral) and referral.received_at is None:
        with queries.ending_aloud(viewer(request), referral_id, clock.now()):
            receive_referral(referral=referral, by=viewer(request), at=clock.now())
    return _referral_page(request, referral, _answer_form(referral))


@page("referral.accept")
def accept(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Take the request on; an appointment may be named."""
    return _answer(
        request, referral_id, forms.AcceptForm, accept_referral, _("You have taken this request on.")
    )


@page("referral.decline")
def decline(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Decline with a reason, so that the worker can ask another office at once."""
    answer = _("You have declined. The worker has been told why.")
    return _answer(request, referral_id, forms.DeclineForm, decline_referral, answer)


@page("referral.report_back")
def report(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Say what came of it."""
    answer = _("Thank you. The worker can read your report.")
    return _answer(request, referral_id, forms.ReportBackForm, report_back, answer)


def _opened(request: HttpRequest, referral_id: UUID, name: str, verb: str | None = None) -> Referral:
    user = viewer(request)
    with queries.ending_aloud(user, referral_id, clock.now()):
        return open_record(user, Referral, referral_id, verb=verb, page=name)


def _answer(
    request: HttpRequest,
    referral_id: UUID,
    form_class: type[SheetForm],
    verb: Callable[..., Referral],
    message: StrOrPromise,
) -> HttpResponse:
    """One answer of the partner; accepting and reporting stand on the page of the request itself."""
    user, declining = viewer(request), form_class is forms.DeclineForm
    verb_name: str = verb.verb  # type: ignore[attr-defined]
    if request.method != "POST" and not declining:
        return HttpResponseRedirect(reverse("referral-detail", args=[referral_id]))
    referral = _opened(request, referral_id, "answer", verb_name)
    form = form_class(_sent(request), record=referral)
    if request.method == "POST":
        with queries.ending_aloud(user, referral_id, clock.now()):
            if submit(form, verb, referral=referral, by=user, at=clock.now()):
                return done(request, message, "referral-detail", referral.pk)
    if declining:
        trail = _trail(referral, _("Decline"))
        return show(request, "referrals/decline.html", form=form, referral=referral, trail=trail)
    return _referral_page(request, referral, form)


def _answer_form(referral: Referral) -> SheetForm | None:
    """The answer the partner owes in this state, if any."""
    if scopes.may_answer(referral.state, "accept"):
        return forms.AcceptForm(record=referral)
    if scopes.may_answer(referral.state, "report_back"):
        return forms.ReportBackForm(record=referral)
    return None


def _referral_page(request: HttpRequest, referral: Referral, form: SheetForm | None) -> HttpResponse:
    told = queries.read_slice(referral, clock.now())
    by_share = queries.reads_by_share(viewer(request), referral)
    return show(
        request,
        "referrals/referral.html",
        form=form if by_share else None,
        referral=referral,
        by_share=by_share,
        may_accept=scopes.may_answer(referral.state, "accept"),
        tells=scopes.tells(referral.state),
        report_due=queries.next_due([referral]).get(referral.pk),
        course=_course(referral, for_worker=False),
        contacting=told.contacting,
        contact_rows=_lines(told.sections, of_contact=True),
        sections=[
            {"title": section.title, "rows": rows}
            for section in told.sections
            if (rows := _lines([section], of_contact=False))
        ],
        trail=_trail(referral) if by_share else None,
    )


def _course(referral: Referral, *, for_worker: bool) -> list[dict[str, StrOrPromise]]:
    """What happened to a request so far, as labels and words; only the worker reads what was asked, and by whom."""
    rows = [_step(_("Sent"), vi_datetime(referral.sent_at), referral.sent_by.full_name if for_worker else "")]
    if for_worker:
        needs = ", ".join(codes("shelter_need").label(code) for code in referral.shelter_needs)
        rows.append(_step(_("What is needed"), linebreaksbr(referral.needs or needs)))
        rows.append(
            _step(_("Opened by the partner"), vi_datetime(referral.received_at) or gettext("Not opened yet"))
        )
    if referral.answered_at:
        by = referral.answered_by.full_name if for_worker and referral.answered_by else ""
        when = ", ".join(part for part in (vi_datetime(referral.answered_at), by) if part)
        reason = codes("referral_decline_reason").label(referral.declined_reason)
        said = f"{gettext('Declined')}: {reason}" if reason else gettext("Taken on")
        rows.append(_step(_("Answer"), said, when))
    if referral.appointment_at:
        rows.append(_step(_("Appointment"), vi_datetime(referral.appointment_at)))
    if referral.result:
        said = codes("service_answer").label(referral.result)
        rows.append(_step(_("Result"), said, vi_datetime(referral.finished_at)))
    if referral.state == "cancelled":
        rows.append(_step(_("Taken back"), vi_datetime(referral.finished_at)))
    if referral.feedback:
        rows.append(_step(_("Report back"), linebreaksbr(referral.feedback)))
    return rows


def _step(label: StrOrPromise, value: str, note: str = "") -> dict[str, StrOrPromise]:
    return {"label": label, "value": value, "note": note}


def _lines(sections: Sequence[SliceSection], *, of_contact: bool) -> list[tuple[str, str]]:
    """The rows as the page draws them: how to reach her apart from the rest, its first line being the headline."""
    rows = [row for section in sections for row in section.rows]
    if of_contact:
        return [(row.label, row.value) for row in rows if row.item == CONTACT][1:]
    return [(row.label, linebreaksbr(row.value)) for row in rows if row.item != CONTACT]


def _trail(referral: Referral, here: StrOrPromise = "") -> list[tuple[StrOrPromise, str]]:
    way: list[tuple[StrOrPromise, str]] = [(_("Referrals to us"), reverse("desk-partner"))]
    if not here:
        return [*way, (referral.code, "")]
    return [*way, (referral.code, reverse("referral-detail", args=[referral.pk])), (here, "")]
