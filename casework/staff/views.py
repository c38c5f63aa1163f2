"""Pages of the administrator (people, roles, offices), who never sees a case, and of whoever sets duty."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from casework.access.opening import record_list
from casework.access.principals import principal
from casework.accounts.actions import (
    activate_user,
    add_agency,
    add_role,
    add_user,
    deactivate_user,
    end_duty,
    end_role,
    issue_password,
    set_duty,
)
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import Denied, Refused
from casework.base.text import clean_line
from casework.http.pages import attempt, done, page, show, submit, viewer
from casework.http.templatetags.pages import vi_datetime
from casework.organisations.models import Agency, User
from casework.staff import forms, queries
from casework.staff.queries import ACTIVE, CLOSED, NO_PASSWORD, ONE_TIME, ONE_TIME_OVER

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST_SEARCH: Final = 100
# A badge for each state of an account: its words and its tone.
STATES: Final[dict[str, tuple["StrOrPromise", str]]] = {
    ACTIVE: (_("In use"), "success"),
    CLOSED: (_("Closed"), "neutral"),
    NO_PASSWORD: (_("No password yet"), "warning"),
    ONE_TIME: (_("Waits for the first sign-in"), "accent"),
    ONE_TIME_OVER: (_("One-time password has run out"), "warning"),
}


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _asked(request: HttpRequest, name: str) -> str:
    return clean_line(request.GET.get(name, ""))[:LONGEST_SEARCH]


def _turning(route: str, found: Page[Any], asked: Mapping[str, str]) -> dict[str, Any]:
    """The addresses of the next page and of the one before, with the filters that are set."""

    def url(number: int) -> str:
        kept = {**{name: value for name, value in asked.items() if value}, "page": str(number)}
        return f"{reverse(route)}?{urlencode(kept)}"

    return {
        "next_url": url(found.next_page_number()) if found.has_next() else "",
        "prev_url": url(found.previous_page_number()) if found.has_previous() else "",
    }


# --- members of staff ---


@page("user.manage", methods=("GET",))
def user_list(request: HttpRequest) -> HttpResponse:
    """Who works where and in which role; names of staff are no secret, so the filters stand in the address."""
    at = clock.now()
    offices = queries.office_choices()
    asked = {name: _asked(request, name) for name in ("q", "agency", "role")}
    agency = next((one for one in offices if str(one.pk) == asked["agency"]), None)
    role = asked["role"] if asked["role"] in codes("role") else ""
    found = queries.staff(
        at=at, words=asked["q"], agency=agency, role=role, number=request.GET.get("page", "")
    )
    record_list(
        viewer(request),
        "user.manage",
        shown=[user.pk for user in found],
        filters={"page": "user-list", "agency": agency.pk if agency else "", "role": role},
        term=asked["q"],
    )
    return show(
        request,
        "staff/user_list.html",
        found=found,
        lines=[(user, STATES[queries.state_of(user, at)]) for user in found],
        typed=asked["q"],
        agency=agency,
        role=role,
        offices=offices,
        roles=codes("role").choices(),
        filtered=bool(asked["q"] or agency or role),
        **_turning("user-list", found, asked),
    )


@page("user.manage")
def user_add(request: HttpRequest) -> HttpResponse:
    """Make an account with its first role; the next page offers its one-time password."""
    at = clock.now()
    form = forms.AddUserForm(_sent(request), initial={"since": clock.local_date(at)})
    if request.method == "POST":
        user = submit(form, add_user, by=viewer(request), at=at)
        if user is not None:
            said = _("The account has been made. Issue a one-time password, so that its owner can sign in.")
            return done(request, said, "user-detail", user.pk)
    title = _("Add a member of staff")
    return show(
        request,
        "staff/form.html",
        form=form,
        title=title,
        button=_("Make the account"),
        back_url=reverse("user-list"),
        trail=[_staff(), (title, "")],
    )


@page("user.manage", methods=("GET",))
def user_detail(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """One member of staff: roles, duty, how the account stands, and what can be done with it."""
    at = clock.now()
    user = queries.open_user(viewer(request), user_id, page="user-detail")
    held, ended = queries.roles_held(user, at)
    state = queries.state_of(user, at)
    shifts = queries.shifts_of(user, at)
    return show(
        request,
        "staff/user_detail.html",
        person=user,
        state=STATES[state],
        is_closed=state == CLOSED,
        waits=state in (NO_PASSWORD, ONE_TIME_OVER),
        is_self=user.pk == viewer(request).pk,
        held=held,
        ended=ended,
        today=clock.local_date(at),
        on_duty=[shift for shift in shifts if shift.covers(at)],
        facts=_facts(user, state),
        trail=[_staff(), (user.full_name, "")],
    )


def _facts(user: User, state: str) -> list[dict[str, object]]:
    words, _tone = STATES[state]
    until = user.one_time_until
    note = gettext("until %(time)s") % {"time": vi_datetime(until)} if until and state == ONE_TIME else ""
    return [
        {"label": _("User name"), "value": user.username},
        {"label": _("Account"), "value": words, "note": note},
        {"label": _("Last sign-in"), "value": vi_datetime(user.last_login) or gettext("Never")},
        {
            "label": _("Account made"),
            "value": vi_datetime(user.date_joined) or gettext("At the installation"),
        },
    ]


@page("user.manage")
def add_role_page(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Give somebody one more role."""
    by, at = viewer(request), clock.now()
    user = queries.open_user(by, user_id, page="add-role")
    form = forms.AddRoleForm(_sent(request), initial={"since": clock.local_date(at)})
    if request.method == "POST" and submit(form, add_role, user=user, by=by, at=at) is not None:
        return done(request, _("The role has been added."), "user-detail", user.pk)
    title = _("Add a role")
    return show(
        request,
        "staff/form.html",
        form=form,
        title=title,
        lead=user.full_name,
        button=title,
        back_url=reverse("user-detail", args=[user.pk]),
        trail=_trail(user, title),
    )


@page("user.manage")
def end_role_page(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Ask once more, then end a role."""
    by = viewer(request)
    seat = queries.open_membership(by, membership_id, page="end-role")
    return _confirm(
        request,
        lambda: end_role(membership=seat, by=by, at=clock.now()),
        seat.user,
        title=_("End the role"),
        what=f"{codes('role').label(seat.role)}, {seat.agency.name}",
        warnings=[
            _("This person sees nothing more through this role from the moment you press the button."),
            _("Running and planned shifts in this office end, unless another role there keeps them."),
            _("Cases stay with the office: its head puts somebody else on them."),
        ],
        said=_("The role has ended."),
    )


@page("user.manage")
def deactivate_page(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Ask once more, then close an account."""
    by = viewer(request)
    user = queries.open_user(by, user_id, page="deactivate-user")
    return _confirm(
        request,
        lambda: deactivate_user(user=user, by=by, at=clock.now()),
        user,
        title=_("Close the account"),
        what=_offices_of(user),
        warnings=[
            _("This person is signed out at once and can no longer sign in."),
            _("Shifts on duty end. Cases stay with the office: its head puts somebody else on them."),
            _("What was written stays under this name. The account can be opened again."),
        ],
        said=_("The account is closed."),
    )


@page("user.manage")
def activate_page(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Ask once more, then open a closed account again."""
    by = viewer(request)
    user = queries.open_user(by, user_id, page="activate-user")
    return _confirm(
        request,
        lambda: activate_user(user=user, by=by, at=clock.now()),
        user,
        title=_("Open the account again"),
        what=_offices_of(user),
        warnings=[
            _("The roles that have not ended hold again at once. Look through them first."),
            _("The old password no longer works: issue a one-time password after this."),
        ],
        said=_("The account is open again."),
        tone="",
    )


def _confirm(
    request: HttpRequest,
    act: Callable[[], object],
    user: User,
    *,
    title: "StrOrPromise",
    what: str,
    warnings: list["StrOrPromise"],
    said: "StrOrPromise",
    tone: str = "warning",
) -> HttpResponse:
    """A page with one question and one button; a rule that stands against it is said above the button."""
    refusal: Refused | None = None
    if request.method == "POST":
        _row, refusal = attempt(act)
        if refusal is None:
            return done(request, said, "user-detail", user.pk)
    return show(
        request,
        "staff/confirm.html",
        http_status=refusal.status if refusal else 200,
        person=user,
        title=title,
        what=what,
        warnings=warnings,
        refusal=refusal,
        tone=tone,
        trail=_trail(user, title),
    )


@page("user.issue_password", drafts=False)
def issue_password_page(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """A password to hand over: shown in the answer to the button and nowhere else, never stored, never again."""
    by = viewer(request)
    user = queries.open_user(by, user_id, verb="user.issue_password", page="issue-password")
    issued, refusal = None, None
    if request.method == "POST":
        issued, refusal = attempt(lambda: issue_password(user=user, by=by, at=clock.now()))
    title = _("One-time password")
    return show(
        request,
        "staff/issue_password.html",
        http_status=refusal.status if refusal else 200,
        person=issued.user if issued else user,
        issued=issued,
        refusal=refusal,
        title=title,
        has_one=user.has_usable_password(),
        trail=_trail(user, title),
    )


def _offices_of(user: User) -> str:
    held, _ended = queries.roles_held(user, clock.now())
    return "; ".join(f"{codes('role').label(seat.role)}, {seat.agency.name}" for seat in held)


def _staff() -> tuple["StrOrPromise", str]:
    return _("Staff"), reverse("user-list")


def _trail(user: User, here: "StrOrPromise") -> list[tuple["StrOrPromise", str]]:
    return [_staff(), (user.full_name, reverse("user-detail", args=[user.pk])), (here, "")]


# --- offices ---


@page("user.manage", methods=("GET",))
def agency_list(request: HttpRequest) -> HttpResponse:
    """The offices: what kind, where, how many work there. Public facts: that they were looked at is not kept."""
    asked = {name: _asked(request, name) for name in ("q", "kind")}
    kind = asked["kind"] if asked["kind"] in codes("agency_kind") else ""
    found = queries.offices(at=clock.now(), words=asked["q"], kind=kind, number=request.GET.get("page", ""))
    return show(
        request,
        "staff/agency_list.html",
        found=found,
        typed=asked["q"],
        kind=kind,
        kinds=codes("agency_kind").choices(),
        filtered=bool(asked["q"] or kind),
        **_turning("agency-list", found, asked),
    )


@page("user.manage")
def agency_add(request: HttpRequest) -> HttpResponse:
    """Register an office."""
    form = forms.AddAgencyForm(_sent(request))
    if request.method == "POST" and submit(form, add_agency, by=viewer(request), at=clock.now()) is not None:
        return done(request, _("The office has been added."), "agency-list")
    title = _("Add an office")
    return show(
        request,
        "staff/form.html",
        form=form,
        title=title,
        button=title,
        back_url=reverse("agency-list"),
        trail=[(_("Offices"), reverse("agency-list")), (title, "")],
    )


# --- duty ---


@page("duty.set")
def duty(request: HttpRequest) -> HttpResponse:
    """Who answers now and next in one unit, and the form that plans the next shift."""
    by, at = viewer(request), clock.now()
    units = queries.units(by, at)
    asked = request.GET.get("unit", "")
    unit = next((one for one in units if str(one.agency.pk) == asked), units[0] if units else None)
    form = None
    if unit is not None:
        form = forms.duty_form(_sent(request), queries.may_be_on_duty(by, unit.agency, at), _evening(at))
        if request.method == "POST":
            shift = submit(form, set_duty, agency=unit.agency, by=by, at=at)
            if shift is not None:
                return _back_to(done(request, _("The shift has been planned."), "duty"), unit.agency)
    elif request.method == "POST":
        raise Denied
    record_list(
        by,
        "duty.set",
        shown=[shift.pk for one in units for shift in (*one.now, *one.next)],
        filters={"page": "duty"},
    )
    return show(
        request,
        "staff/duty.html",
        form=form,
        unit=unit,
        others=[one for one in units if one is not unit],
        own=principal(by, at).agency_ids,
    )


def _evening(at: datetime) -> dict[str, datetime]:
    """What the form proposes: from the next full hour, for a day."""
    start = clock.local(at).replace(minute=0, second=0, microsecond=0) + queries.HOUR
    return {"starts_at": start, "ends_at": start + queries.DAY}


def _back_to(response: HttpResponse, agency: Agency) -> HttpResponse:
    response["Location"] += f"?{urlencode({'unit': str(agency.pk)})}"
    return response


@page("duty.set")
def end_duty_page(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Ask once more, then end a shift, or take a planned one off."""
    by, at = viewer(request), clock.now()
    shift = queries.open_shift(by, shift_id, at, page="end-duty")
    refusal: Refused | None = None
    if request.method == "POST":
        _row, refusal = attempt(lambda: end_duty(shift=shift, by=by, at=at))
        if refusal is None:
            said = _("The shift has ended.") if shift.starts_at < at else _("The shift is off the plan.")
            return _back_to(done(request, said, "duty"), shift.agency)
    begun = shift.starts_at < at
    title = _("End the shift now") if begun else _("Take the shift off the plan")
    return show(
        request,
        "staff/end_duty.html",
        http_status=refusal.status if refusal else 200,
        shift=shift,
        begun=begun,
        title=title,
        refusal=refusal,
        back_url=f"{reverse('duty')}?{urlencode({'unit': str(shift.agency_id)})}",
        trail=[(_("Duty"), reverse("duty")), (title, "")],
    )
