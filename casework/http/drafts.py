"""Drafts: what somebody has typed and not sent is kept sealed, for them alone and for a week.

A draft belongs to a person and the address of a form. It holds what was typed, however wrong, and is shown only
by the page of that form: whoever may no longer open the page never meets the draft.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Q
from django.forms import BaseFormSet, CheckboxInput, FileInput, PasswordInput
from django.http import QueryDict
from django.urls import Resolver404, resolve
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from casework.access.models import Draft
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import InvalidInput, Refused
from casework.encryption.envelope import CannotOpen
from casework.http.forms import VERSION, SheetForm
from casework.http.idempotency import CARRIED, DRAFT_FOR, FORM_KEY, was_pressed
from casework.http.verbs import check_right

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.urls import ResolverMatch
    from django_stubs_ext import StrOrPromise

    from casework.organisations.models import User

KEPT: Final = timedelta(days=7)
MOST: Final = 50
# Letters; the longest assessment with a page of notes has a fifth of this.
LARGEST: Final = 100_000
PATH: Final = 300


class TooLarge(Refused):
    """More was typed than a draft holds (413)."""

    status = 413

    def __init__(self) -> None:
        super().__init__("draft_too_large", _("This is too long to be kept as a draft. Send the form."))


@dataclass(frozen=True, slots=True)
class Opened:
    """A draft that fills a form; `changed`: what the record says by now, where the draft says something else."""

    path: str
    saved_at: datetime
    is_stale: bool = False
    changed: list[tuple[StrOrPromise, str]] = field(default_factory=list)


# --- keeping ----------------------------------------------------------------------------------------------


def keep_draft(user: User, sent: QueryDict, *, at: datetime) -> bool:
    """Keep what stands in a form, in place of what was kept of it before; False when that is not to be.

    Passwords, files and what the form carries by itself are left out. Raises InvalidInput for an address whose form
    keeps no draft, Denied where the person's roles do not know its verb, TooLarge.
    """
    path = sent.get(DRAFT_FOR, "")
    match = page_of(path)
    check_right(user, match.func.verb, has_record=bool(match.kwargs))  # type: ignore[attr-defined]
    typed = {name: texts for name, texts in sent.lists() if _may_be_kept(name)}
    if sum(len(name) + sum(map(len, texts)) for name, texts in typed.items()) > LARGEST:
        raise TooLarge
    with transaction.atomic():
        if was_pressed(user, sent.get(FORM_KEY, "")):
            # The form has done its work while this was on its way.
            return False
        Draft.objects.update_or_create(user=user, path=path, defaults={"content": typed, "saved_at": at})
        kept = Draft.objects.filter(user=user).order_by("-saved_at", "pk")
        if old := list(kept.values_list("pk", flat=True)[MOST:]):
            Draft.objects.filter(pk__in=old).delete()
    return True


def _may_be_kept(name: str) -> bool:
    return name not in CARRIED and "password" not in name


def page_of(path: str) -> ResolverMatch:
    """The view of a form's address; InvalidInput when it is no page of ours, or one that keeps no draft."""
    # Not taken apart as a URL: "//somewhere/reports/new/" would be a page of ours on another host.
    bare = path.partition("#")[0].partition("?")[0]
    try:
        match = resolve(bare) if len(path) <= PATH and path.isprintable() else None
    except Resolver404:
        match = None
    if match is None or not getattr(match.func, "drafts", False):
        raise InvalidInput({"": _("This form keeps no draft.")})
    return match


def forget_draft(user: User, path: str) -> None:
    """Remove one draft: its form has done its work, or the person wants an empty one."""
    # A server's database does not even take the question about some characters.
    if path.isprintable():
        Draft.objects.filter(user=user, path=path).delete()


def forget_drafts(at: datetime) -> int:
    """Remove drafts older than a week, and those of closed accounts; returns how many. For the daily job."""
    return Draft.objects.filter(Q(saved_at__lt=at - KEPT) | Q(user__is_active=False)).delete()[0]


# --- opening ----------------------------------------------------------------------------------------------


def open_drafts(
    request: HttpRequest, user: User, forms: dict[str, Any], *, is_new: bool, part: str = ""
) -> list[Opened]:
    """Name the draft of each form of a page, and fill those that nobody has typed into yet; at most one query.

    forms: the page's forms and sets of forms by their name in the template, the main one as "form". is_new: the
    page is opened, not drawn again with what was sent. part: tells apart forms that share an address.
    """
    named = _name(request, forms, part)
    if not named or not is_new:
        return []
    empty = {path: form for path, form in named.items() if not form.is_bound}
    found = Draft.objects.filter(user=user, path__in=empty)
    opened = []
    for draft in found:
        if draft.saved_at < clock.now() - KEPT:
            draft.delete()
            continue
        try:
            typed = _as_sent(draft.content)
        except CannotOpen:
            # Edited in the database, or its key is gone: there is nothing to show, and no reason to stop work.
            draft.delete()
            continue
        form = empty[draft.path]
        opened.append(_fill(form, typed, draft))
        if form is forms.get("form"):
            for rows in forms.values():
                if isinstance(rows, BaseFormSet) and not rows.is_bound:
                    _fill_rows(rows, typed)
    return opened


def _name(request: HttpRequest, forms: dict[str, Any], part: str) -> dict[str, SheetForm]:
    here = request.get_full_path()
    named: dict[str, SheetForm] = {}
    main = forms.get("form")
    for name, form in forms.items():
        if not isinstance(form, SheetForm) or not form.keeps_draft or (form is main and name != "form"):
            continue
        own = part if name == "form" else name
        path = f"{here}#{own}" if own else here
        if form.is_bound and DRAFT_FOR in request.POST:
            # Forms may be sent to another address than that of the page they stand on.
            path = request.POST[DRAFT_FOR]
        if len(path) <= PATH:
            form.draft_for = path
            named[path] = form
    return named


def _as_sent(content: Any) -> QueryDict:
    sent = QueryDict(mutable=True)
    for name, texts in (content or {}).items():
        sent.setlist(name, texts)
    return sent


def _fill(form: SheetForm, typed: QueryDict, draft: Draft) -> Opened:
    """Show what was typed without judging it; the version stays that of the record as it is now."""
    is_stale = (
        VERSION in form.fields
        and form.add_prefix(VERSION) in typed
        and typed[form.add_prefix(VERSION)] != str(form.initial.get(VERSION))
    )
    changed: list[tuple[StrOrPromise, str]] = []
    for name, value in _values(form, typed, form.prefix).items():
        before = _shown(form, name, form.get_initial_for_field(form.fields[name], name))
        if is_stale and before and not form[name].is_hidden and before != _shown(form, name, value):
            changed.append((form[name].label, before))
        form.initial[name] = value
    # What a field shows is remembered with the field.
    form._bound_fields_cache.clear()  # type: ignore[attr-defined]
    return Opened(draft.path, draft.saved_at, is_stale, changed)


def _values(form: Any, typed: QueryDict, prefix: str | None) -> dict[str, Any]:
    """What was typed into each field of the form; what the page did not ask at that time is left out."""
    files: MultiValueDict[str, Any] = MultiValueDict()
    found: dict[str, Any] = {}
    for name, one in form.fields.items():
        if name == VERSION or one.disabled or isinstance(one.widget, (FileInput, PasswordInput)):
            continue
        there = f"{prefix}-{name}" if prefix else name
        if not one.widget.value_omitted_from_data(typed, files, there):
            found[name] = one.widget.value_from_datadict(typed, files, there)
    return found


def _fill_rows(rows: BaseFormSet[Any], typed: QueryDict) -> None:
    """As many rows as were there, each with what was typed into it."""
    blank = rows.empty_form
    count = str(typed.get(f"{rows.prefix}-TOTAL_FORMS", ""))
    if not count.isascii() or not count.isdigit():
        return
    rows.initial = [
        _values(blank, typed, rows.add_prefix(at)) for at in range(min(int(count), rows.absolute_max))
    ]
    # Rows already made were made without the draft.
    rows.__dict__.pop("forms", None)
    rows.__dict__.pop("management_form", None)


def _shown(form: SheetForm, name: str, value: Any) -> str:
    """The answer as the page says it, to be compared and to be read."""
    one = form.fields[name]
    if isinstance(one.widget, CheckboxInput):
        return codes("yes_no").label("yes" if value else "no")
    prepared = one.prepare_value(value)
    choices = getattr(one.widget, "choices", None)
    if choices is None:
        return " ".join(str(one.widget.format_value(prepared) or "").split())
    chosen = prepared if isinstance(prepared, (list, tuple)) else [prepared]
    wanted = {str(one) for one in chosen if one not in (None, "")}
    return ", ".join(str(label) for key, label in choices if str(key) in wanted)
