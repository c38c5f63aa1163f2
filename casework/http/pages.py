"""Tiny views: who may come, one call, a page. Nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial, wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from casework.access.commands import expecting
from casework.access.principals import Principal
from casework.base.refusals import Denied, NotVisible, Refused
from casework.http.drafts import forget_draft, open_drafts
from casework.http.idempotency import DRAFT_FOR, form_key_of, pressed_once
from casework.http.verbs import check_right, knows, run
from casework.organisations.models import User

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from casework.http.forms import SheetForm

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[Concatenate["HttpRequest", P], HttpResponseBase]


# --- the main menu ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the main menu: a named route, its title, and the verb its role must know."""

    route: str
    title: StrOrPromise
    verb: str


NAVIGATION: Final = (
    Entry("home", _("Today"), "home.view"),
    Entry("report-list", _("Reports"), "report.view"),
    Entry("case-list", _("Cases"), "case.view"),
    Entry("deadline-list", _("Clocks"), "deadline.view"),
    Entry("desk-chair", _("Decisions"), "desk.chair"),
    Entry("desk-measures", _("Measures"), "desk.measures"),
    Entry("desk-partner", _("Referrals to us"), "desk.partner"),
    Entry("desk-supervisor", _("Supervision"), "desk.supervisor"),
    Entry("duty", _("Duty"), "duty.set"),
    Entry("statistics-return", _("Figures"), "statistics.view_return"),
    Entry("return-list", _("Returns"), "return.view"),
    Entry("release-list", _("Publishing"), "release.prepare"),
    Entry("desk-auditor", _("Who looked"), "audit.read"),
    Entry("user-list", _("Staff"), "user.manage"),
    Entry("agency-list", _("Offices"), "user.manage"),
    # Everybody else reaches these two from the page of clocks.
    Entry("period-list", _("Periods"), "user.manage"),
    Entry("office-clocks", _("Duties of the office"), "user.manage"),
    Entry("paper-templates", _("Templates of papers"), "user.manage"),
)


def navigation(who: Principal, path: str) -> list[dict[str, object]]:
    """The menu of one viewer: what their roles know and what is there; the longest match is current."""
    shown: list[dict[str, object]] = []
    for entry in NAVIGATION:
        if not knows(who, entry.verb):
            continue
        try:
            shown.append({"title": entry.title, "url": reverse(entry.route), "current": False})
        except NoReverseMatch:
            # A room that is not installed has no line.
            continue
    # The address of the first page is the beginning of every other.
    within = [
        item
        for item in shown
        if path == item["url"] or (item["url"] != "/" and path.startswith(cast("str", item["url"])))
    ]
    if within:
        max(within, key=lambda item: len(cast("str", item["url"])))["current"] = True
    return shown


# --- who may come -----------------------------------------------------------------------------------------


def page(
    verb: str,
    *,
    methods: tuple[str, ...] = ("GET", "POST"),
    drafts: bool | None = None,
    takes_files: bool = False,
    around: Callable[..., AbstractContextManager[None]] | None = None,
) -> Callable[[View[P]], View[P]]:
    """Declare the verb of a page: only people signed in, in a role that knows it, reach the view.

    The right on a record is asked by `open_record` and by the verb itself. A view without this, or without
    `public`, is found by a test that walks all addresses. A form drawn with `{% form_key %}` does its work once,
    however often it is pressed. drafts: whether what is typed here is kept until it is sent; by default where
    the page takes what it shows; never where a search, a password or a reason for looking is typed.
    takes_files: a file sent to any other page is passed over.
    around: entered before the one transaction of a form that is sent and left after it, for what takes long.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def run_view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not isinstance(request.user, User):
                return to_sign_in(request)
            check_right(request.user, verb, has_record=bool(args or kwargs))
            answer = partial(view, request, *args, **kwargs)
            if not form_key_of(request):
                return answer()
            sent = partial(forget_draft, request.user, request.POST.get(DRAFT_FOR, ""))
            with around(request, *args, **kwargs) if around is not None else nullcontext():
                return pressed_once(request.user, request, answer, done=sent)

        # Asking what would be sent must not do what a button does: a page that only changes takes no HEAD.
        looks = ("HEAD",) if "GET" in methods else ()
        checked = require_http_methods([*looks, *methods])(run_view)
        checked.verb = verb  # type: ignore[attr-defined]
        checked.drafts = {"GET", "POST"} <= set(methods) if drafts is None else drafts  # type: ignore[attr-defined]
        checked.takes_files = takes_files  # type: ignore[attr-defined]
        return cast("View[P]", checked)

    return decorate


def signed_in(view: View[P]) -> View[P]:
    """A page that is the same for everybody who is signed in; it reads no record."""
    return page("home.view")(view)


def public(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Say on purpose that an address needs no account; it may show nothing about anybody."""
    view.verb = "public"  # type: ignore[attr-defined]
    return view


@page("home.view", methods=("POST",))
def still_here(request: HttpRequest) -> HttpResponse:
    """Somebody is typing: a long form must not end the session it will be sent in."""
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a stranger to the sign-in page and back; a part of a page loaded by a script is told 401."""
    there = request.get_full_path() if request.method in ("GET", "HEAD") else request.path
    answer = redirect_to_login(there)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": answer["Location"]})
    return answer


def viewer(request: HttpRequest) -> User:
    """The person looking at the page; pages declared with `page` always have one."""
    return cast("User", request.user)


# --- one call, one page -----------------------------------------------------------------------------------


def submit(form: SheetForm, action: Callable[..., R], **how: Any) -> R | None:
    """Run the verb with the form's answers; None when the form must be shown again.

    how: `by`, `at` and the target by its name. A broken rule becomes an error of the form, so that nothing
    typed is lost. A form made with `record=` refuses when that record has changed since it was shown. Denied
    and NotVisible go on to their own pages.
    """
    if not form.is_valid():
        return None

    def act() -> R:
        with expecting(form.seen_version):
            return run(action, form.answers(), **how)

    result, refusal = attempt(act)
    if refusal is not None:
        form.refuse(refusal)
    return result


def attempt(act: Callable[[], R]) -> tuple[R | None, Refused | None]:
    """Run a verb that a bare button stands for: its result, or the rule that stands against it.

    Denied and NotVisible go on to their own pages.
    """
    try:
        return act(), None
    except (Denied, NotVisible):
        raise
    except Refused as refusal:
        return None, refusal


def press(request: HttpRequest, act: Callable[[], object], message: StrOrPromise, to: str) -> HttpResponse:
    """A bare button in a list: the list again, with what was done or the rule that stands against it."""
    _result, refusal = attempt(act)
    if refusal is None:
        return done(request, message, to)
    messages.error(request, str(refusal.message))
    return HttpResponseRedirect(reverse(to))


def show(
    request: HttpRequest,
    template: str,
    *,
    form: Form | None = None,
    http_status: int | None = None,
    is_new: bool | None = None,
    draft_part: str = "",
    **context: Any,
) -> HttpResponse:
    """Draw a page; a form with errors makes it 400, a refused one 409 or 412.

    A page that is opened shows the drafts of its forms. is_new: whether it is, where that is not to be seen from
    the method. draft_part: tells apart forms that share an address, by a code.
    """
    if http_status is None:
        refused: Refused | None = getattr(form, "refused", None)
        wrong = form is not None and form.is_bound and bool(form.errors)
        http_status = refused.status if refused is not None else 400 if wrong else 200
    opened = []
    if getattr(getattr(request.resolver_match, "func", None), "drafts", False):
        opened = open_drafts(
            request,
            viewer(request),
            {"form": form, **context},
            is_new=request.method != "POST" if is_new is None else is_new,
            part=draft_part,
        )
    return render(request, template, {"form": form, "opened_drafts": opened, **context}, status=http_status)


def done(request: HttpRequest, message: StrOrPromise, to: str, *args: Any) -> HttpResponseRedirect:
    """After a change: a new page with a neutral sentence, which waits in the session: it names nobody."""
    messages.success(request, str(message))
    return HttpResponseRedirect(reverse(to, args=args))
