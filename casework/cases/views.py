"""Pages of cases: opening and joining, the list and the search, the people of a case, who works on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casework.access.decisions import may
from casework.access.guard import GuardedModel
from casework.access.opening import open_record, record_list
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import InvalidInput, NotVisible, Refused
from casework.cases import actions, forms, lifecycle, queries
from casework.cases.actions import join_case, open_case
from casework.cases.models import Case, CaseReport
from casework.http.earlier import take_up
from casework.http.forms import SheetForm
from casework.http.pages import done, page, show, submit, viewer
from casework.intake import queries as reports
from casework.intake.models import Report
from casework.intake.views import sent, trail
from casework.organisations.models import Agency, User
from casework.people.models import Address, Kinship, Phone

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WORK: Final = ("person.add", "person.edit", "person.reveal_address", "case.edit")
TEAM: Final = ("case.assign", "case.transfer", "case.seal", "case.declare_conflict", "case.edit")


@page("report.open_case")
def open_case_page(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Open a case on a report; people who are on file already are not written a second time."""
    user, at = viewer(request), clock.now()
    report = open_record(user, Report, report_id, verb="report.open_case", page="open-case")
    people = reports.people_of(report)
    found = reports.matches_of(user, people, at=at).known
    if found:
        record_list(user, "report.match", shown=[match.person.pk for match in found])
    form = forms.known_form(sent(request), report, people, found)

    def opened(*, answers: Mapping[str, Any], **how: Any) -> Case:
        return open_case(known=forms.known_people(dict(answers), people, found), **how)

    if request.method == "POST":
        how: dict[str, Any] = {"report": report, "by": user, "at": at}
        case = open_case(**how) if form is None else submit(form, opened, **how)
        if case is not None:
            return done(request, _("The case is open."), "case-overview", case.pk)
    return show(
        request,
        "cases/open_case.html",
        form=form,
        report=report,
        people=people,
        trail=trail(_("Open a case"), report),
    )


@page("report.join_case")
def join_case_page(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Join a report to a case it belongs to."""
    user, at = viewer(request), clock.now()
    report = open_record(user, Report, report_id, verb="report.join_case", page="join-case")
    candidates = queries.cases_for(report, reports.people_of(report), user, at=at)
    record_list(user, "case.view", shown=[one.case.pk for one in candidates], filters={"page": "join-case"})
    form = forms.join_form(sent(request), report, candidates)
    cases = {one.case.pk: one.case for one in candidates}

    def joined(*, answers: Mapping[str, Any], **how: Any) -> Case:
        return join_case(case=cases[answers["case"]], **how)

    if request.method == "POST" and (case := submit(form, joined, report=report, by=user, at=at)):
        return done(request, _("The report is part of the case now."), "case-overview", case.pk)
    return show(
        request,
        "cases/join_case.html",
        form=form,
        report=report,
        has_candidates=bool(candidates),
        trail=trail(_("Join it to a case"), report),
    )


@page("case.view", methods=("GET",))
def case_of_report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """From a report to the case it became, for those who may see that case."""
    link = CaseReport.objects.visible_to(viewer(request)).filter(report_id=report_id).first()
    if link is None:
        raise NotVisible
    return HttpResponseRedirect(reverse("case-overview", args=[link.case_id]))


# --- the list, and searching ---


@page("case.view", methods=("GET",))
def case_list(request: HttpRequest) -> HttpResponse:
    """The viewer's cases, those with the next clock first."""
    user = viewer(request)
    filters = _filters(request)
    found = queries.case_list(user, after=request.GET.get("after", ""), filters=filters)
    record_list(user, "case.view", shown=[line.case.pk for line in found.lines], filters=filters)
    return show(
        request,
        "cases/case_list.html",
        found=found,
        filters=filters,
        states=codes("case_state").choices(),
        levels=codes("risk_level").choices(),
        next_url=f"?{urlencode({**filters, 'after': found.next})}" if found.next else "",
        is_first=not request.GET.get("after"),
        may_take=bool(may(user, "report.take")),
    )


def _filters(request: HttpRequest) -> dict[str, str]:
    chosen = {name: request.GET.get(name, "") for name in ("state", "level")}
    lists = {"state": "case_state", "level": "risk_level"}
    given = {name: value for name, value in chosen.items() if value}
    wrong = [name for name, value in given.items() if value not in codes(lists[name])]
    if wrong:
        raise InvalidInput(dict.fromkeys(wrong, _("Choose one of the answers offered.")))
    return given


@page("case.search", drafts=False)
def search(request: HttpRequest) -> HttpResponse:
    """Look for a case; the term comes and goes in the body, never in an address."""
    form = forms.SearchForm(sent(request))
    found: list[queries.Found] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            found = queries.search(viewer(request), form.answers()["q"], at=clock.now())
        except Refused as refusal:
            form.refuse(refusal)
    return show(request, "cases/search.html", form=form, found=found, most=queries.MOST_FOUND)


# --- the people of a case ---


def _case(request: HttpRequest, case_id: UUID, page_name: str, verb: str = "case.view") -> Case:
    """Open the case for what the page does: who may look but not do it is told so before typing anything."""
    return open_record(viewer(request), Case, case_id, verb=verb, page=page_name)


def _allowed(user: User, case: Case, verbs: tuple[str, ...]) -> dict[str, bool]:
    """What the viewer may do here, by the last part of the verb and only while work goes on."""
    return {
        verb.replace(".", "_"): bool(may(user, verb, case))
        and (case.state in lifecycle.LIVE or verb in ("person.reveal_address", "case.declare_conflict"))
        for verb in verbs
    }


def _change(
    request: HttpRequest,
    case: Case,
    form: SheetForm,
    action: Callable[..., object],
    *,
    title: StrOrPromise,
    button: StrOrPromise,
    message: StrOrPromise,
    to: str = "case-people",
    context: Mapping[str, Any] | None = None,
    edits: GuardedModel | None = None,
    **how: Any,
) -> HttpResponse:
    """One form and its verb: done and back to the tab, or the form again with what was typed.

    edits: the record it changes, where one of its earlier values may be taken up again.
    """
    if edits is not None:
        take_up(request, form, edits, viewer(request), within=case)
    how = {"by": viewer(request), "at": clock.now(), "case": case, **how}
    if request.method == "POST" and submit(form, action, **how) is not None:
        return done(request, message, to, case.pk)
    return show(
        request,
        "cases/change.html",
        form=form,
        case=case,
        tab=to.removeprefix("case-"),
        page_title=title,
        button=button,
        back_url=reverse(to, args=[case.pk]),
        **(context or {}),
    )


@page("person.view", methods=("GET",))
def case_people(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Everybody in the case: how they may be reached before where and by what number."""
    user, case = viewer(request), _case(request, case_id, "people")
    return show(
        request,
        "people/case_people.html",
        case=case,
        tab="people",
        cards=queries.people_of(case, at=clock.now()),
        linked=queries.linked_cases(user, case),
        can=_allowed(user, case, WORK),
    )


@page("person.add")
def person_add(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Add somebody; when somebody on file is alike, the viewer says whether it is the same person."""
    user, case = viewer(request), _case(request, case_id, "person-add", "person.add")
    form = forms.add_person_form(sent(request))
    if request.method == "POST" and form.is_valid():
        name, identity, year = forms.searched(form.answers())
        same = queries.already_on_file(user, full_name=name, identity=identity, year=year, at=clock.now())
        form = forms.add_person_form(request.POST, same)
        if same and "looked" not in request.POST:
            return _same_person(request, case, form)
    return _change(
        request,
        case,
        form,
        actions.add_person,
        title=_("Add a person"),
        button=_("Add to the case"),
        message=_("The person is part of the case now."),
    )


def _same_person(request: HttpRequest, case: Case, form: SheetForm) -> HttpResponse:
    return show(
        request,
        "cases/change.html",
        form=form,
        case=case,
        tab="people",
        page_title=_("Add a person"),
        button=_("Add to the case"),
        back_url=reverse("case-people", args=[case.pk]),
        looked=True,
        warning=_(
            "Somebody like this is already on file. Say whether it is the same person, or leave it open."
        ),
    )


@page("person.edit")
def person_edit(request: HttpRequest, case_id: UUID, person_id: UUID) -> HttpResponse:
    """Correct or complete what is known of somebody."""
    case = _case(request, case_id, "person-edit", "person.edit")
    person = queries.participants_in(viewer(request), case, person_id)[0].person
    return _change(
        request,
        case,
        forms.person_form(sent(request), person),
        actions.edit_person,
        edits=person,
        person=person,
        title=_("What is known of this person"),
        button=_("Save"),
        message=_("The changes are kept."),
        context={"subject": person.full_name},
    )


@page("person.edit")
def participant_edit(request: HttpRequest, case_id: UUID, participant_id: UUID) -> HttpResponse:
    """Correct somebody's part in the case."""
    case = _case(request, case_id, "participant-edit", "person.edit")
    part = queries.participant_in(viewer(request), case, participant_id)
    return _change(
        request,
        case,
        forms.ParticipantForm(sent(request), record=part),
        actions.edit_participant,
        edits=part,
        participant=part,
        title=_("Part in this case"),
        button=_("Save"),
        message=_("The changes are kept."),
        context={"subject": part.person.full_name},
    )


@page("case.edit", methods=("POST",))
def participant_main(request: HttpRequest, case_id: UUID, participant_id: UUID) -> HttpResponse:
    """Say that this is the main person with their role."""
    case = _case(request, case_id, "participant-main", "case.edit")
    part = queries.participant_in(viewer(request), case, participant_id)
    actions.set_main_participant(case=case, participant=part, by=viewer(request), at=clock.now())
    return done(request, _("The changes are kept."), "case-people", case.pk)


@page("person.edit")
def phone_add(request: HttpRequest, case_id: UUID, person_id: UUID) -> HttpResponse:
    """Write down a telephone number of somebody."""
    case = _case(request, case_id, "phone-add", "person.edit")
    person = queries.participants_in(viewer(request), case, person_id)[0].person
    return _change(
        request,
        case,
        forms.phone_form(sent(request), None, hides_number=False),
        actions.add_phone,
        person=person,
        title=_("Add a telephone number"),
        button=_("Save the number"),
        message=_("The number is kept."),
        context={"subject": person.full_name},
    )


@page("person.edit")
def phone_edit(request: HttpRequest, case_id: UUID, phone_id: UUID) -> HttpResponse:
    """Correct a number, or what is known of its safety."""
    case = _case(request, case_id, "phone-edit", "person.edit")
    phone: Phone = queries.row_in(viewer(request), case, Phone, phone_id)
    card = queries.people_of(case, at=clock.now(), person_id=phone.person_id)[0]
    return _change(
        request,
        case,
        forms.phone_form(sent(request), phone, hides_number=card.hides_numbers),
        actions.edit_phone,
        edits=phone,
        phone=phone,
        title=_("Correct a telephone number"),
        button=_("Save the number"),
        message=_("The number is kept."),
        context={"subject": phone.person.full_name, "hides_number": card.hides_numbers},
    )


@page("person.edit")
def address_add(request: HttpRequest, case_id: UUID, person_id: UUID) -> HttpResponse:
    """Write down where somebody can be found."""
    case = _case(request, case_id, "address-add", "person.edit")
    person = queries.participants_in(viewer(request), case, person_id)[0].person
    return _change(
        request,
        case,
        forms.address_form(sent(request), None),
        actions.add_address,
        person=person,
        title=_("Add an address"),
        button=_("Save the address"),
        message=_("The address is kept. What was agreed about contact must be asked again."),
        context={"subject": person.full_name},
    )


@page("person.edit")
def address_edit(request: HttpRequest, case_id: UUID, address_id: UUID) -> HttpResponse:
    """Correct an address; a safe one is not shown for it."""
    case = _case(request, case_id, "address-edit", "person.edit")
    address: Address = queries.row_in(viewer(request), case, Address, address_id)
    return _change(
        request,
        case,
        forms.address_form(sent(request), address),
        actions.edit_address,
        edits=address,
        address=address,
        title=_("Correct an address"),
        button=_("Save the address"),
        message=_("The changes are kept."),
        context={"subject": address.person.full_name, "is_protected": address.is_protected},
    )


@page("person.reveal_address", drafts=False)
def address_reveal(request: HttpRequest, case_id: UUID, address_id: UUID) -> HttpResponse:
    """Show one safe address once, for a written reason; loading the page again asks for the reason again."""
    user, case = viewer(request), _case(request, case_id, "address-reveal", "person.reveal_address")
    form = forms.RevealAddressForm(sent(request))
    row: Address = queries.row_in(user, case, Address, address_id)
    shown: Address | None = None
    if request.method == "POST" and form.is_valid():
        try:
            shown = queries.reveal_address(user, case, address_id, reason=form.answers()["reason"])
        except InvalidInput as refusal:
            form.refuse(refusal)
    return show(
        request,
        "people/address_reveal.html",
        form=form,
        case=case,
        tab="people",
        page_title=_("View a safe address"),
        kind=row.kind,
        address=shown,
        area=shown and queries.area_of(shown),
        back_url=reverse("case-people", args=[case.pk]),
    )


@page("person.edit")
def safe_contact_set(request: HttpRequest, case_id: UUID, person_id: UUID) -> HttpResponse:
    """Write down, or confirm again, how somebody may be reached."""
    user, case = viewer(request), _case(request, case_id, "safe-contact-set", "person.edit")
    person = queries.participants_in(user, case, person_id)[0].person
    contact = queries.safe_contact_in(user, case, person)
    return _change(
        request,
        case,
        forms.safe_contact_form(sent(request), contact, clock.local_date(clock.now())),
        actions.set_safe_contact,
        person=person,
        contact=contact,
        title=_("Safe contact"),
        button=_("Keep what was agreed"),
        message=_("What was agreed about contact is kept."),
        context={
            "subject": person.full_name,
            "lead": _("Agree this with the person alone, face to face or on a line you are both sure of."),
        },
    )


@page("person.edit")
def safe_contact_end(request: HttpRequest, case_id: UUID, person_id: UUID) -> HttpResponse:
    """Say that the agreed way of contact is no longer safe."""
    user, case = viewer(request), _case(request, case_id, "safe-contact-end", "person.edit")
    person = queries.participants_in(user, case, person_id)[0].person
    contact = queries.safe_contact_in(user, case, person)
    if contact is None:
        raise NotVisible
    return _change(
        request,
        case,
        forms.EndSafeContactForm(sent(request), record=contact),
        actions.end_safe_contact,
        contact=contact,
        title=_("This way of contact is no longer safe"),
        button=_("Stop all contact"),
        message=_("From now on the page says: do not contact."),
        context={"subject": person.full_name},
    )


@page("person.edit")
def kinship_add(request: HttpRequest, case_id: UUID, person_id: UUID) -> HttpResponse:
    """Write down how somebody is related to another person of the case."""
    user, case = viewer(request), _case(request, case_id, "kinship-add", "person.edit")
    person = queries.participants_in(user, case, person_id)[0].person
    form = forms.kinship_form(sent(request), person, queries.others_in(user, case, person))
    return _kinship(request, case, form, person=person)


@page("person.edit")
def kinship_edit(request: HttpRequest, case_id: UUID, kinship_id: UUID) -> HttpResponse:
    """Correct how two people are related."""
    user, case = viewer(request), _case(request, case_id, "kinship-edit", "person.edit")
    kinship: Kinship = queries.row_in(user, case, Kinship, kinship_id)
    others = [
        other for other in queries.others_in(user, case, kinship.person) if other.pk == kinship.other_id
    ]
    form = forms.kinship_form(sent(request), kinship.person, others, kinship)
    return _kinship(request, case, form, edits=kinship, person=kinship.person, kinship=kinship)


def _kinship(request: HttpRequest, case: Case, form: SheetForm, **how: Any) -> HttpResponse:
    return _change(
        request,
        case,
        form,
        actions.set_kinship,
        title=_("How two people are related"),
        button=_("Save"),
        message=_("The changes are kept."),
        context={"subject": how["person"].full_name},
        **how,
    )


# --- who works on the case ---


@page("case.view", methods=("GET",))
def case_team(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Who works on the case, and what can be done about it."""
    user, case = viewer(request), _case(request, case_id, "team")
    team = queries.team_of(user, case)
    return show(
        request,
        "cases/case_team.html",
        case=case,
        tab="team",
        page_title=_("Who works on the case"),
        team=team,
        offices=queries.offices_of({row.user_id for row in team.present}, at=clock.now()),
        can=_allowed(user, case, TEAM),
    )


@page("case.assign")
def case_assign(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Put somebody on the case."""
    case = _case(request, case_id, "assign", "case.assign")
    seats = queries.assignable(case, at=clock.now())
    return _change(
        request,
        case,
        forms.assign_form(sent(request), seats),
        actions.assign_case,
        to="case-team",
        title=_("Put somebody on the case"),
        button=_("Put on the case"),
        message=_("The person is on the case now."),
    )


@page("case.assign")
def case_release(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take somebody off the case."""
    user, case = viewer(request), _case(request, case_id, "release", "case.assign")
    present = [row.user for row in queries.team_of(user, case).present if row.user_id != case.lead_id]
    return _change(
        request,
        case,
        forms.release_form(sent(request), present),
        actions.release_case,
        to="case-team",
        title=_("Take somebody off the case"),
        button=_("Take off the case"),
        message=_("The person is off the case and no longer sees it."),
    )


@page("case.transfer")
def case_transfer(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Hand the case to another unit: first the unit is chosen, then who there answers for it."""
    case, at = _case(request, case_id, "transfer", "case.transfer"), clock.now()
    units = queries.units_with_workers(case, at=at)
    chosen = request.POST.get("to_unit") or request.GET.get("unit", "")
    unit = next((unit for unit in units if str(unit.pk) == chosen), None)
    if unit is None:
        return show(
            request,
            "cases/transfer_unit.html",
            case=case,
            tab="team",
            page_title=_("Hand the case to another unit"),
            units=units,
            back_url=reverse("case-team", args=[case.pk]),
        )
    return _transfer(request, case, unit)


def _transfer(request: HttpRequest, case: Case, unit: Agency) -> HttpResponse:
    user = viewer(request)
    form = forms.transfer_form(sent(request), unit, queries.workers_of(unit, at=clock.now()))
    how = {"case": case, "by": user, "at": clock.now()}
    if request.method == "POST" and submit(form, actions.transfer_case, **how) is not None:
        # Whoever handed it over may see it no longer.
        to, args = ("case-team", [case.pk]) if may(user, "case.view", case) else ("case-list", [])
        return done(request, _("The case has been handed over."), to, *args)
    return show(
        request,
        "cases/change.html",
        form=form,
        case=case,
        tab="team",
        page_title=_("Hand the case to another unit"),
        button=_("Hand over the case"),
        tone="warning",
        back_url=reverse("case-team", args=[case.pk]),
    )


@page("case.seal")
def case_seal(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Keep the case from everyone in the commune but those named on it; the chair who does so loses sight of it."""
    user, case = viewer(request), _case(request, case_id, "seal", "case.seal")
    form = forms.SealForm(sent(request))
    how = {"case": case, "by": user, "at": clock.now()}
    if request.method == "POST" and submit(form, actions.seal_case, **how) is not None:
        to, args = ("case-team", [case.pk]) if may(user, "case.view", case) else ("case-list", [])
        return done(request, _("The case is sealed."), to, *args)
    return show(
        request,
        "cases/change.html",
        form=form,
        case=case,
        tab="team",
        page_title=_("Seal the case"),
        button=_("Seal the case"),
        tone="warning",
        lead=_("Nobody can undo this alone."),
        back_url=reverse("case-team", args=[case.pk]),
    )


@page("case.declare_conflict")
def case_declare_conflict(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Say that one is close to a party; the case disappears for oneself at once."""
    case = _case(request, case_id, "declare-conflict", "case.declare_conflict")
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            actions.declare_conflict(case=case, by=viewer(request), at=clock.now())
        except lifecycle.LeadStays as error:
            refusal = error
        else:
            return done(request, _("Thank you. The case is closed to you from now on."), "case-list")
    return show(
        request,
        "cases/declare_conflict.html",
        http_status=refusal.status if refusal else 200,
        case=case,
        tab="team",
        page_title=_("I am close to somebody in this case"),
        refusal=refusal,
        back_url=reverse("case-team", args=[case.pk]),
    )


@page("case.edit")
def case_edit(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Correct how the case came, its legal basis and its language."""
    case = _case(request, case_id, "edit", "case.edit")
    return _change(
        request,
        case,
        forms.CaseDetailsForm(sent(request), record=case),
        actions.edit_case,
        edits=case,
        to="case-team",
        title=_("Details of the case"),
        button=_("Save"),
        message=_("The changes are kept."),
    )
