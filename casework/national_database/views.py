"""Pages of consignments to the national database: what is due, one consignment with its next step, what each group sends."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.access.decisions import may
from casework.access.opening import open_record, record_list
from casework.access.principals import principal
from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import display_date, display_datetime
from casework.base.refusals import NotVisible, Refused
from casework.http.downloads import streamed
from casework.http.pages import attempt, done, page, press, show, submit, viewer
from casework.http.verbs import knows
from casework.national_database import actions, forms, lifecycle, queries, words
from casework.national_database.mapping import FACILITY, HELD, Group, mapping
from casework.national_database.models import Consignment
from casework.national_database.queries import Due
from casework.organisations.models import User

SHOWN: Final = 50
LISTED: Final = 100
TONES: Final = {
    lifecycle.CHECKED: "warning",
    lifecycle.SIGNED: "accent",
    lifecycle.RECEIVED: "success",
}
# The reference of the case stands before the row.
NAMED: Final = ("case",)
FIELD_TONES: Final = {HELD: "success"}


@page("consignment.view", methods=("GET",))
def listing(request: HttpRequest) -> HttpResponse:
    """The periods that are over, each with its next step, and every consignment the viewer may see."""
    return _listing(request)


@page("consignment.prepare", methods=("POST",))
def prepare(request: HttpRequest) -> HttpResponse:
    """Read the rows of a period as they are."""
    user, at = viewer(request), clock.now()
    answers = {"period": request.POST.get("period", "")}
    record, refusal = attempt(lambda: actions.prepare_consignment(by=user, at=at, answers=answers))
    if record is None:
        return _listing(request, refusal)
    if record.prepared_at != at:
        messages.success(request, str(_("Nothing has changed since this was prepared.")))
        return HttpResponseRedirect(reverse("consignment", args=[record.pk]))
    return done(request, gettext_lazy("The rows are prepared. See what is asked."), "consignment", record.pk)


@page("consignment.view", methods=("GET",))
def detail(request: HttpRequest, consignment_id: UUID) -> HttpResponse:
    """One consignment: its next step, the points to look at, what each group sends and what not."""
    return _detail(request, _open(request, consignment_id))


@page("consignment.view", methods=("GET",))
def group(request: HttpRequest, consignment_id: UUID) -> HttpResponse:
    """One group: its fields, what is withheld and why, and the first of its rows."""
    asked = request.GET.get("group", mapping().sent[0].code)
    one = next((one for one in mapping().groups if one.code == asked), None)
    if one is None:
        raise NotVisible
    record = _open(request, consignment_id, at_page=one.code)
    heads = [one.field(code) for code in record.frozen.heads.get(one.code, [])]
    rows = queries.preview(record, one, limit=SHOWN)
    bases = {(field.basis, field.is_verified) for field in one.fields}
    return show(
        request,
        "national_database/group.html",
        trail=[*_trail(record), (words.short(one.code), "")],
        title=one.label,
        group=one,
        why=words.why(one.why),
        lead=words.title(queries.span_of(record), record.edition, amends=record.amends is not None),
        fields=[
            {
                "label": field.label,
                "badge": codes("export_status").label(field.status),
                "tone": FIELD_TONES.get(field.status, "neutral"),
                "why": words.why(field.why),
                "basis": field.basis,
                "is_verified": field.is_verified,
            }
            for field in one.fields
        ],
        # Said once where it is the same of all of them.
        basis=one.fields[0] if len(bases) == 1 else None,
        heads=[field.label for field in heads if field.source not in NAMED],
        rows=[
            {
                # Of the case; what the row is about stands in its cells.
                "key": key.partition(".")[0] if one.per != FACILITY else number,
                "mark": codes("consignment_mark").label(mark),
                "cells": [
                    (field.label, words.value_of(field, value, record.frozen.places))
                    for field, value in zip(heads, values or [None] * len(heads), strict=True)
                    if field.source not in NAMED
                ],
            }
            for number, (key, mark, values) in enumerate(rows, start=1)
        ],
        sent=queries.sent_of(record, one.code),
        shown=len(rows),
        back=reverse("consignment", args=[record.pk]),
    )


@page("consignment.download", methods=("GET",))
def download(request: HttpRequest, consignment_id: UUID) -> HttpResponseBase:
    """The consignment as a file, with who took it, when and what for: written to the memory before it is made."""
    asked = request.GET
    file = queries.file_of(
        viewer(request),
        consignment_id,
        kind=asked.get("form", ""),
        purpose=asked.get("purpose", ""),
        at=clock.now(),
    )
    return streamed(file.content, name=file.name, media_type=file.media_type)


# --- working on it ---


@page("consignment.prepare", methods=("POST",))
def check(request: HttpRequest, consignment_id: UUID) -> HttpResponse:
    return _do(
        request,
        consignment_id,
        actions.check_consignment,
        _("It is checked and waits to be signed."),
        answers={"looked_at": bool(request.POST.get("looked_at"))},
    )


@page("consignment.prepare", methods=("POST",))
def drop(request: HttpRequest, consignment_id: UUID) -> HttpResponse:
    return _do(request, consignment_id, actions.drop_consignment, _("The consignment is given up."))


@page("consignment.sign", methods=("POST",))
def sign(request: HttpRequest, consignment_id: UUID) -> HttpResponse:
    """Sign exactly what the page showed."""
    return _do(
        request,
        consignment_id,
        actions.sign_consignment,
        _("It is signed and has its number. Download it and bring it into the national database."),
        answers={"sha256": request.POST.get("sha256", "")},
    )


@page("consignment.receive")
def receive(request: HttpRequest, consignment_id: UUID) -> HttpResponse:
    """Write down what stands on the receipt."""
    record = _open(request, consignment_id, "consignment.receive")
    made = forms.ReceiveForm(request.POST or None, initial={"receipt_on": clock.local_date(clock.now())})
    if request.method == "POST":
        by, at = viewer(request), clock.now()
        if submit(made, actions.receive_consignment, record=record, by=by, at=at) is not None:
            return done(request, gettext_lazy("The receipt is noted."), "consignment", record.pk)
    return show(
        request,
        "national_database/verb.html",
        form=made,
        trail=[*_trail(record), (_("Note the receipt"), "")],
        title=_("Note the receipt"),
        button=_("Note it"),
        lead=_(
            "What the national database gave back when the file was brought in. From now on these rows stand there."
        ),
        back_url=reverse("consignment", args=[record.pk]),
    )


# --- how often ---


@page("consignment_rule.view", methods=("GET",))
def rule_list(request: HttpRequest) -> HttpResponse:
    """How often the database is brought up to date here, what the province has set, and the mapping of all groups."""
    user, at = viewer(request), clock.now()
    today = clock.local_date(at)
    province = queries.province_of(user, "consignment_rule.view", at)
    record_list(user, "consignment_rule.view")
    rhythm = queries.rhythm_of(province.pk, today)
    return show(
        request,
        "national_database/rules.html",
        trail=[*_above(), (_("How often"), "")],
        rhythm=rhythm,
        rhythm_label=codes("consignment_rhythm").label(rhythm.rhythm),
        rules=[
            {"row": row, "rhythm": codes("consignment_rhythm").label(row.rhythm)}
            for row in queries.rules_of(province.pk, today)
        ],
        may_set=knows(principal(user), "consignment_rule.set"),
        on=today,
    )


@page("consignment_rule.set")
def rule_set(request: HttpRequest) -> HttpResponse:
    """Say how often from a day on."""
    user, at = viewer(request), clock.now()
    made = forms.RuleForm(request.POST or None, initial={"valid_from": clock.local_date(at)})
    if request.method == "POST" and submit(made, actions.set_consignment_rule, by=user, at=at) is not None:
        return done(request, gettext_lazy("It is set."), "consignment-rules")
    return show(
        request,
        "national_database/verb.html",
        form=made,
        trail=[*_above(), (_("How often"), reverse("consignment-rules")), (_("Set how often"), "")],
        title=_("Set how often"),
        button=_("Set it"),
        lead=_("Consignments that are prepared already keep their period."),
        back_url=reverse("consignment-rules"),
    )


@page("consignment_rule.set", methods=("POST",))
def rule_withdraw(request: HttpRequest, consignment_rule_id: UUID) -> HttpResponse:
    """Take a rule back."""
    user, at = viewer(request), clock.now()
    rule = queries.open_rule(user, consignment_rule_id, at)
    return press(
        request,
        lambda: actions.withdraw_consignment_rule(rule=rule, by=user, at=at),
        _("The rule has been taken back."),
        "consignment-rules",
    )


# --- parts ---


def _open(
    request: HttpRequest, consignment_id: UUID, verb: str | None = None, *, at_page: str = "consignment"
) -> Consignment:
    return open_record(viewer(request), Consignment, consignment_id, verb=verb, page=at_page)


def _above() -> list[tuple[str, str]]:
    return [(_("Returns"), reverse("return-list")), (_("National database"), reverse("consignment-list"))]


def _trail(record: Consignment) -> list[tuple[str, str]]:
    here = words.title(queries.span_of(record), record.edition, amends=record.amends is not None)
    return [*_above(), (here, reverse("consignment", args=[record.pk]))]


def _do(
    request: HttpRequest, consignment_id: UUID, action: Callable[..., Consignment], said: str, **how: Any
) -> HttpResponse:
    """A button: do it, or show the page again with the reason why not."""
    record = _open(request, consignment_id)
    _result, refusal = attempt(lambda: action(record=record, by=viewer(request), at=clock.now(), **how))
    if refusal is None:
        return done(request, said, "consignment", record.pk)
    return _detail(request, _open(request, consignment_id), refusal)


def _listing(request: HttpRequest, refusal: Refused | None = None) -> HttpResponse:
    user, at = viewer(request), clock.now()
    province = queries.province_of(user, "consignment.view", at)
    rhythm = queries.rhythm_of(province.pk, clock.local_date(at))
    rows = queries.consignments_of(user, limit=LISTED)
    record_list(user, "consignment.view", shown=[row.pk for row in rows])
    return show(
        request,
        "national_database/list.html",
        trail=[*_above()[:1], (_("National database"), "")],
        http_status=refusal.status if refusal is not None else 200,
        refusal=refusal.message if refusal is not None else "",
        province=province,
        rhythm=rhythm,
        rhythm_label=codes("consignment_rhythm").label(rhythm.rhythm),
        dues=[_due(due, user) for due in queries.dues_of(user, province, at)],
        lines=[_listed(row) for row in rows],
    )


def _due(due: Due, user: User) -> dict[str, Any]:
    record = due.record
    is_done = record is not None and record.state == lifecycle.RECEIVED
    return {
        "title": words.period(due.of),
        "days": _("from %(start)s to before %(end)s")
        % {"start": display_date(due.of.start), "end": display_date(due.of.end)},
        "due_on": due.due_on,
        "is_done": is_done,
        "is_late": not is_done and due.due_on is not None and clock.local_date(clock.now()) > due.due_on,
        "is_locked_out": due.is_locked_out,
        "badge": codes("consignment_state").label(record.state) if record is not None else _("Not prepared"),
        "tone": TONES.get(record.state, "neutral") if record is not None else "warning",
        "next": _next(record, user) if record is not None else "",
        "url": reverse("consignment", args=[record.pk]) if record is not None else "",
        "period": due.of.code,
        "may_prepare": record is None and not due.is_locked_out,
    }


def _listed(row: Consignment) -> dict[str, Any]:
    return {
        "url": reverse("consignment", args=[row.pk]),
        "title": words.title(queries.span_of(row), row.edition, amends=row.amends_id is not None),
        "number": row.number,
        "receipt": row.receipt_number,
        "at": row.received_at or row.signed_at or row.prepared_at,
        "badge": codes("consignment_state").label(row.state),
        "tone": TONES.get(row.state, "neutral"),
    }


def _next(record: Consignment, user: User) -> str:
    """One sentence: what happens next, and who does it."""
    said = {
        lifecycle.DRAFT: _("Next: look at the points and say that it is checked."),
        lifecycle.CHECKED: _("Next: a second person signs it; never whoever prepared it."),
        lifecycle.SIGNED: _("Next: bring the file into the national database, then note the receipt."),
        lifecycle.RECEIVED: _("Done: it stands in the national database."),
        lifecycle.DROPPED: _("This consignment was given up."),
    }
    if record.state == lifecycle.CHECKED and user.pk != record.prepared_by_id:
        return _("Next: look at it and sign it.")
    return said[record.state]


def _detail(request: HttpRequest, record: Consignment, refusal: Refused | None = None) -> HttpResponse:
    user = viewer(request)
    of = queries.span_of(record)
    others = queries.editions_of(user, record)
    is_last = all(other.edition < record.edition for other in others)
    again = is_last and record.state in (lifecycle.DRAFT, lifecycle.CHECKED, lifecycle.RECEIVED)
    return show(
        request,
        "national_database/detail.html",
        http_status=refusal.status if refusal is not None else 200,
        refusal=refusal.message if refusal is not None else "",
        trail=[*_trail(record)[:-1], (_trail(record)[-1][0], "")],
        title=words.title(of, record.edition, amends=record.amends is not None),
        record=record,
        badge=codes("consignment_state").label(record.state),
        tone=TONES.get(record.state, "neutral"),
        next=_next(record, user),
        steps=queries.next_steps(record, user),
        may_prepare=again and may(user, "consignment.prepare"),
        points=[
            {"words": words.point(flag), "stops": codes("consignment_flag").row(flag["kind"]).flag("stops")}
            for flag in record.flags
            if flag["kind"] != "not_held"
        ],
        needs_look=bool(record.flags),
        remark=mapping().remark,
        groups=[_group(record, one) for one in mapping().groups],
        facts=_facts(record),
        history=_history(record),
        editions=[_listed(row) for row in others],
        purposes=codes("return_purpose").choices(),
        file_url=reverse("consignment-file", args=[record.pk]),
    )


def _group(record: Consignment, one: Group) -> dict[str, Any]:
    counted = record.counts.get(one.code, {})
    return {
        "url": f"{reverse('consignment-group', args=[record.pk])}?group={one.code}",
        "label": one.label,
        "is_verified": one.is_verified,
        "is_sent": bool(one.per),
        "count": queries.sent_of(record, one.code),
        "marks": [
            f"{codes('consignment_mark').label(mark)}: {counted[mark]}"
            for mark in codes("consignment_mark").codes
            if counted.get(mark)
        ],
        "sent": ", ".join(field.label for field in one.sent),
        "not_sent": ", ".join(field.label for field in one.fields if field.status != HELD),
        "why": words.why(one.why),
    }


def _facts(record: Consignment) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [
        (_("Number"), record.number),
        (_("Number of the receipt"), record.receipt_number),
        (_("Day of the receipt"), display_date(record.receipt_on) if record.receipt_on else ""),
        (_("Province"), str(record.province)),
        (_("Unit"), record.unit.name),
        (_("Amends"), record.amends.number if record.amends else ""),
        (_("Rows read at"), display_datetime(clock.local(record.frozen.taken_at))),
        (_("Legal basis"), mapping().basis),
        (_("Fingerprint (SHA-256)"), record.frozen.sha256),
    ]
    return [(label, value) for label, value in facts if value]


def _history(record: Consignment) -> list[dict[str, object]]:
    """What happened to it, newest first."""
    steps = (
        (_("Rows prepared"), record.prepared_at, record.prepared_by),
        (_("Checked"), record.checked_at, record.checked_by),
        (_("Signed"), record.signed_at, record.signed_by),
        (_("Receipt noted"), record.received_at, record.received_by),
    )
    told: list[dict[str, Any]] = [
        {"title": title, "at": at, "by": by.full_name} for title, at, by in steps if at is not None and by
    ]
    return sorted(told, key=lambda one: one["at"], reverse=True)
