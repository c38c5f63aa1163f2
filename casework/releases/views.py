"""Pages of releases: the desk of the province, and what everybody may read without an account.

A public page reads what is public and the names and places of units: never a fact, never a case.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from casework.access.decisions import may
from casework.access.opening import open_record, record_list
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import NotVisible, Refused
from casework.http.downloads import saved
from casework.http.pages import attempt, done, page, public, show, submit, viewer
from casework.organisations.models import User
from casework.releases import actions, drawing, files, forms, grids, queries
from casework.releases.beside import beside
from casework.releases.catalogue import MONTH, PLACE, TIME, catalogue, said
from casework.releases.formats import FORMATS, public_csv
from casework.releases.models import PublicRelease, Release
from casework.releases.planning import Table, at_of, kind_of
from casework.statistics.charts import month_numbers, monthly, outside_words, pyramid_numbers, share_numbers
from casework.statistics.cube import place_code
from casework.statistics.drawing import line as line_of
from casework.statistics.drawing import stacks, tower
from casework.statistics.numbers import Numbers

TONES: Final = {
    Release.PROTECTED: "warning",
    Release.AUDITED: "warning",
    Release.APPROVED: "accent",
    Release.PUBLISHED: "success",
    Release.WITHDRAWN: "danger",
}
# What is drawn month by month.
MONTHS_DRAWN: Final = 36
SHA256: Final = re.compile(r"[0-9a-f]{64}")


# --- public -------------------------------------------------------------------------------------------------


@public
@require_safe
def public_list(request: HttpRequest) -> HttpResponse:
    """What was published, newest first, and when what comes next is due."""
    entries = queries.public_releases()
    return show(
        request,
        "releases/public_list.html",
        lines=[_public_line(entry) for entry in entries],
        calendar=[
            {"title": due.title, "words": period_words(due.period), "day": due.day}
            for due in queries.calendar(clock.local_date(clock.now()))
        ],
        legend=said(files.LEGEND),
        beside=beside(clock.local_date(clock.now())),
    )


@public
@require_safe
def public_years(request: HttpRequest) -> HttpResponse:
    """One place over the years: drawn, as a table, and the table to be taken away."""
    places = queries.places_by_year(2)
    if not places:
        return show(request, "releases/public_years.html", trail=_public_trail(_("Over the years")))
    place = _chosen(request.GET.get("place", ""), {code: code for code in places}, next(iter(places)))
    name = places[place].name
    found = queries.over_years([places[place].province], [place])
    asked = {question for line in found.lines if len(line.answers) == 1 for question in line.answers}
    offered = {code: said(one.words) for code, one in catalogue().questions.items() if code in asked}
    offered = offered or {"": _("Total")}
    question = _chosen(request.GET.get("question", ""), {code: code for code in offered}, next(iter(offered)))
    years = {year: year for year in found.revised}
    grid = grids.grid(found.lines, [question] if question else [], years, of=attrgetter("time"))
    notes = _notes_on_years(found)
    shares = grids.shares(grid, question) if question else None
    parts = share_numbers(shares, _("Year")) if shares else None
    tables: dict[str, grids.Grid | Numbers | None] = {"csv": grid, "shares": parts}
    if taken := tables.get(request.GET.get("form", "")):
        about = [f"{name} · {offered[question]}", *notes.values()]
        return _taken(f"{place}-{question or 'total'}", _("Year"), taken, about)
    return show(
        request,
        "releases/public_years.html",
        trail=_public_trail(_("Over the years")),
        places=[(code, one.name) for code, one in places.items()],
        place=place,
        place_name=name,
        questions=list(offered.items()),
        question=question,
        grid=grid,
        bars=drawing.bars([(notes.get(row.name, row.name), row.values[0]) for row in grid.rows]),
        shares=shares,
        stacks=stacks(shares) if shares else None,
        parts=parts,
        notes=list(notes.values()),
        file_query=urlencode({"place": place, "question": question}),
        legend=said(files.LEGEND),
        meant=said(files.MEANT),
    )


@public
@require_safe
def public_sum(request: HttpRequest) -> HttpResponse:
    """Public figures of some places and years, added up; what is not shown is in no sum."""
    offered = queries.places_by_year()
    years = queries.years_published()
    answers = {"": _("Total"), **grids.answers()}
    places = {code: offered[code] for code in _several(request, "place", offered)}
    chosen = _several(request, "year", years)
    answer = _chosen(request.GET.get("answer", ""), {code: code for code in answers}, "")
    errors = _what_cannot_be_added(places, chosen) if request.GET else {}
    notes = [
        _(
            "Whoever came in two years is counted in each of them, and in each year once, where the first case was."
        )
    ]
    found = None
    if request.GET and not errors:
        names = {code: one.name for code, one in places.items()}
        public = queries.over_years([one.province for one in places.values()], names)
        notes += [note for year, note in _notes_on_years(public).items() if year in chosen]
        question, _colon, code = answer.partition(":")
        found = grids.sums(public.lines, {question: code} if question else {}, names, chosen)
        if request.GET.get("form") == "csv":
            return _taken("sum", _("Place"), found, [answers[answer], *notes])
    return show(
        request,
        "releases/public_sum.html",
        trail=_public_trail(_("Add up published figures")),
        groups=_grouped(offered, places),
        years=[(year, year) for year in years],
        answers=list(answers.items()),
        places=list(places),
        chosen=chosen if request.GET else years[-1:],
        answer=answer,
        title=answers[answer],
        errors=errors,
        grid=found,
        notes=notes,
        file_query=urlencode(
            {"place": list(places), "year": chosen, "answer": answer, "form": "csv"}, doseq=True
        ),
        legend=said(files.LEGEND),
        meant=said(files.MEANT),
    )


@public
@require_safe
def public_months(request: HttpRequest) -> HttpResponse:
    """One province month by month: each beside the mean of the twelve before it, from shown figures only."""
    provinces = queries.provinces_over_months()
    if not provinces:
        return show(request, "releases/public_months.html", trail=_public_trail(_("Month by month")))
    place = _chosen(request.GET.get("place", ""), {code: code for code in provinces}, next(iter(provinces)))
    province = provinces[place]
    found = queries.over_months(province)
    last = max(found.values)
    months = monthly(found.values, range(last - MONTHS_DRAWN + 1, last + 1))
    table = month_numbers(months, said(files.VALUE_WORDS))
    notes = list(_notes_on_years(found).values())
    if request.GET.get("form") == "csv":
        return _taken(f"{place}-months", table.first, table, [f"{province} · {_('Month by month')}", *notes])
    return show(
        request,
        "releases/public_months.html",
        trail=_public_trail(_("Month by month")),
        places=[(code, str(one)) for code, one in provinces.items()],
        place=place,
        place_name=str(province),
        line=line_of(months),
        counted=said(files.VALUE_WORDS),
        table=table,
        outside_months=outside_words(months),
        notes=notes,
        file_query=urlencode({"place": place, "form": "csv"}),
        legend=said(files.LEGEND),
        meant=said(files.MEANT),
    )


def _taken(name: str, first: str, table: grids.Grid | Numbers, about: Sequence[str]) -> HttpResponse:
    """A table of a page to be taken away as it is drawn."""
    content = public_csv(first, table.heads, table.rows, about)
    return saved(content, name=f"{name}.csv", media_type=FORMATS["csv"].media_type)


def _several(request: HttpRequest, name: str, offered: Collection[str]) -> list[str]:
    """What an address asks for several times, in the order it is offered; nothing is there that is not offered."""
    asked = set(request.GET.getlist(name))
    if not asked <= set(offered):
        raise NotVisible
    return [code for code in offered if code in asked]


def _what_cannot_be_added(places: Mapping[str, queries.Place], years: Collection[str]) -> dict[str, str]:
    """Why nothing is added up, by what it was asked with."""
    errors = {}
    if not places:
        errors["place"] = _("Choose at least one place.")
    for code, count in Counter(place_code(one.province) for one in places.values()).items():
        if code in places and count > 1:
            errors["place"] = _(
                "%(province)s has its communes and wards in it already: choose either it or them."
            ) % {"province": places[code].name}
    if not years:
        errors["year"] = _("Choose at least one year.")
    return errors


def _grouped(
    offered: Mapping[str, queries.Place], chosen: Collection[str]
) -> list[tuple[str, bool, list[tuple[str, str]]]]:
    """Places by province, those that are no more apart; whether a group is open at first."""
    groups: dict[tuple[str, bool], list[tuple[str, str]]] = {}
    for code, one in offered.items():
        groups.setdefault((str(one.province), one.is_former), []).append((code, one.name))
    return [
        (
            _("%(province)s: former units") % {"province": province} if is_former else province,
            not is_former or any(code in chosen for code, _name in options),
            options,
        )
        for (province, is_former), options in groups.items()
    ]


def _notes_on_years(found: queries.OverYears | queries.OverMonths) -> dict[str, str]:
    """What somebody must know before comparing a year with others; years that need no note are left out."""
    words = {}
    for year, revised in found.revised.items():
        flags = [_("units re-cut")] * (year in found.changed) + [_("revised")] * bool(revised)
        flags += [_("a release it stands in was withdrawn")] * (year in found.withdrawn)
        if flags:
            words[year] = f"{year}: {', '.join(flags)}"
    return words


@public
@require_safe
def public_release(request: HttpRequest, public_release_id: UUID) -> HttpResponse:
    """One release: its tables by place, drawn and to be taken away."""
    entry = _entry(public_release_id)
    tables = [Table(*row) for row in entry.tables]
    table = _chosen(request.GET.get("table", ""), {one.name: one for one in tables}, tables[0])
    names = queries.place_names(entry.province)
    lines = queries.public_lines(entry.province, table, names)
    there = queries.forms_of(entry, table.name)
    looked_at = _looked_at(request, entry, table, lines, names)
    steps = looked_at["steps"]
    if steps is not None and request.GET.get("form") == "csv":
        about = [f"{_title(table)} · {entry.province}"]
        return _taken(f"{table.name}-pyramid", steps.first, steps, about)
    return show(
        request,
        "releases/public_release.html",
        trail=_public_trail(queries.name_of(entry.province, entry.number)),
        title=_title(table),
        entry=entry,
        name=queries.name_of(entry.province, entry.number),
        tables=[(one.name, _title(one)) for one in tables],
        table=table,
        forms=[(form, kind.label) for form, kind in FORMATS.items() if form in there],
        about=files.about_rows({**entry.about, "sha256": entry.sha256}),
        withdrawal=_withdrawal(entry),
        **looked_at,
    )


@public
@require_safe
def public_file(request: HttpRequest, public_release_id: UUID) -> HttpResponse:
    """A file of a release, to the byte as it was published."""
    entry = _entry(public_release_id)
    table, form = request.GET.get("table", ""), request.GET.get("form", "csv")
    file = queries.file_of(entry, table, form)
    if file is None:
        raise NotVisible
    name = f"{queries.name_of(entry.province, entry.number)}-{file.table}.{file.form}"
    return saved(bytes(file.content), name=name, media_type=FORMATS[file.form].media_type)


@public
@require_safe
def public_verify(request: HttpRequest) -> HttpResponse:
    """Whether a fingerprint is that of a release or of one of its files."""
    asked = request.GET.get("sha256", "").strip().lower()
    found = queries.fingerprint(asked) if SHA256.fullmatch(asked) else None
    return show(
        request,
        "releases/public_verify.html",
        trail=_public_trail(_("Check that a file is genuine")),
        asked=asked[:64],
        is_wrong=bool(asked) and not SHA256.fullmatch(asked),
        found=found,
        line=_public_line(found.release) if found else None,
        title=_title(_named(found.release, found.table)) if found and found.table else "",
    )


@public
@require_safe
def public_method(request: HttpRequest) -> HttpResponse:
    """How figures are counted and why some are hidden."""
    rules = catalogue().rules["public"]
    return show(
        request,
        "releases/public_method.html",
        trail=_public_trail(_("Method")),
        rules=rules,
        legend=said(files.LEGEND),
        meant=said(files.MEANT),
        questions=[
            (said(question.words), [said(question.label(code)) for code in question.shown])
            for question in catalogue().questions.values()
        ],
        products=[product.title for product in catalogue().products.values()],
        beside=beside(clock.local_date(clock.now())),
    )


# --- the desk of the province --------------------------------------------------------------------------------


@page("release.view", methods=("GET",))
def listing(request: HttpRequest) -> HttpResponse:
    """Every release of the province and what is to be done with it."""
    user = viewer(request)
    rows = queries.releases_of(user)
    record_list(user, "release.view", shown=[row.pk for row in rows])
    return show(
        request,
        "releases/list.html",
        lines=[_line(row) for row in rows],
        may_prepare=bool(may(user, "release.prepare")),
    )


@page("release.prepare")
def prepare(request: HttpRequest) -> HttpResponse:
    """Choose the tables that are published together."""
    user, at = viewer(request), clock.now()
    last = clock.local_date(at).year - 1
    form = forms.PrepareForm(request.POST or None, initial={"year": last, "mode": "quick"})
    if request.method == "POST" and (made := submit(form, actions.prepare_release, by=user, at=at)):
        return done(
            request, gettext_lazy("The release is prepared. Have it protected next."), "release", made.pk
        )
    return show(
        request,
        "releases/verb.html",
        form=form,
        trail=_trail(_("Prepare a release")),
        title=_("Prepare a release"),
        button=_("Prepare the release"),
        lead=_(
            "Nothing is public before the auditor has found nothing and two other people have approved it."
        ),
        back_url=reverse("release-list"),
    )


@page("release.view", methods=("GET",))
def detail(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """One release: how far it is, what the auditor says, what the public would see, the next step."""
    return _detail(request, _open(request, release_id))


@page("release.protect", methods=("POST",))
def protect(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """Ask for the plan, or for another look of the auditor."""
    return _do(
        request,
        release_id,
        actions.start_protection,
        _("The work begins within seconds. Look again in a moment."),
    )


@page("release.protect", methods=("POST",))
def cancel(request: HttpRequest, release_id: UUID) -> HttpResponse:
    return _do(request, release_id, actions.cancel_protection, _("The work is being stopped."))


@page("release.approve", methods=("POST",))
def approve(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """Approve exactly what the page showed."""
    answers = {"shown_sha256": request.POST.get("shown_sha256", "")}
    return _do(
        request, release_id, actions.approve_release, _("Your approval is written down."), answers=answers
    )


@page("release.publish", methods=("POST",))
def publish(request: HttpRequest, release_id: UUID) -> HttpResponse:
    return _do(request, release_id, actions.publish_release, _("The release is public."))


@page("release.withdraw")
def withdraw(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """Say that a release no longer stands."""
    row = _open(request, release_id, "release.withdraw")
    form = forms.WithdrawForm(request.POST or None)
    how = {"release": row, "by": viewer(request), "at": clock.now()}
    if request.method == "POST" and (withdrawn := submit(form, actions.withdraw_release, **how)) is not None:
        row = withdrawn
        return done(
            request, gettext_lazy("The release is withdrawn. What it showed stays known."), "release", row.pk
        )
    return show(
        request,
        "releases/verb.html",
        form=form,
        trail=_trail(_("Withdraw the release")),
        title=_("Withdraw the release"),
        button=_("Withdraw the release"),
        lead=_("The public page will say that it no longer stands. Whoever has read it goes on knowing it."),
        back_url=reverse("release", args=[row.pk]),
    )


@page("release.prepare", methods=("POST",))
def drop(request: HttpRequest, release_id: UUID) -> HttpResponse:
    return _do(request, release_id, actions.drop_release, _("The release is given up."))


# --- parts ----------------------------------------------------------------------------------------------------


def _public_trail(here: str) -> list[tuple[str, str]]:
    return [(_("Published figures"), reverse("public-figures")), (here, "")]


def _trail(here: str) -> list[tuple[str, str]]:
    return [(_("Publishing figures"), reverse("release-list")), (here, "")]


def _entry(pk: UUID) -> PublicRelease:
    entry = queries.public_entry(pk)
    if entry is None:
        raise NotVisible
    return entry


def _chosen(code: str, offered: Mapping[str, Any], otherwise: Any) -> Any:
    """What an address asks for; the first where it asks nothing, nothing where it asks for what is not offered."""
    if not code:
        return otherwise
    if code not in offered:
        raise NotVisible
    return offered[code]


def _named(entry: PublicRelease, name: str) -> Table:
    return next(table for row in entry.tables if (table := Table(*row)).name == name)


def _title(table: Table) -> str:
    title = f"{catalogue().product(table.product).title} · {period_words(table.period)}"
    if table.vintage > 1:
        title += " · " + _("revision %(number)s") % {"number": table.vintage - 1}
    return title


def _titles(tables: Sequence[Table]) -> list[str]:
    """What tables are called, the months of one year together."""
    years: dict[tuple[str, str, int], list[Table]] = {}
    for table in tables:
        period = table.period[:4] if kind_of(table.period) == MONTH else table.period
        years.setdefault((table.product, period, table.vintage), []).append(table)
    return [
        _title(some[0]) + (f" – {period_words(some[-1].period)}" if len(some) > 1 else "")
        for some in years.values()
    ]


def period_words(period: str) -> str:
    """A period as people write it."""
    first, dash, last = period.partition("-")
    if last.startswith("H"):
        return (_("first half of %(year)s") if last == "H1" else _("second half of %(year)s")) % {
            "year": first
        }
    if last.startswith("Q"):
        return _("quarter %(number)s of %(year)s") % {"number": last[1:], "year": first}
    if len(last) == 2:
        return _("month %(month)s") % {"month": f"{last}/{first}"}
    return f"{first}–{last}" if dash else first


def _looked_at(
    request: HttpRequest,
    entry: PublicRelease,
    table: Table,
    lines: Sequence[files.Line],
    names: Mapping[str, str],
) -> dict[str, Any]:
    """The table, the bars and the map of what is asked for."""
    product = catalogue().product(table.product)
    offered = dict(grids.choices(product))
    question = _chosen(request.GET.get("question", ""), {code: code for code in offered}, next(iter(offered)))
    found = grids.grid(lines, [name for name in question.split("+") if name], names)
    places = [(row.place, row.name) for row in found.rows]
    place = _chosen(request.GET.get("place", ""), {code: code for code, _name in places}, places[0][0])
    (row,) = [row for row in found.rows if row.place == place]
    shown = list(zip(found.heads, row.values, row.cells, strict=True))
    # A place of which only the total is published has nothing to be drawn.
    figures = [(head, value) for head, value, cell in shown[1:] or shown if cell != grids.NOT_PUBLISHED]
    totals = {one.place: one.values[0] for one in found.rows[1:]}
    pyramid = grids.pyramid(lines, place) if set(question.split("+")) == {"age", "sex"} else None
    return {
        "tower": tower(pyramid) if pyramid else None,
        "steps": pyramid_numbers(pyramid) if pyramid else None,
        "questions": list(offered.items()),
        "question": question,
        "grid": found,
        "places": places,
        "place": place,
        "place_name": row.name,
        "bars": drawing.bars(figures) if figures and pyramid is None else None,
        "map": drawing.symbol_map(totals, queries.centres(entry.province), names) if totals else None,
        "legend": said(files.LEGEND),
        "meant": said(files.MEANT),
        "file_query": urlencode({"table": table.name}),
        "steps_query": urlencode({"table": table.name, "question": question, "place": place, "form": "csv"}),
    }


def _public_line(entry: PublicRelease) -> dict[str, Any]:
    return {
        "name": queries.name_of(entry.province, entry.number),
        "province": str(entry.province),
        "url": reverse("public-release", args=[entry.pk]),
        "published": entry.published_at,
        "tables": _titles([Table(*row) for row in entry.tables]),
        "hidden": entry.about["hidden"],
        "sha256": entry.sha256,
        "withdrawal": _withdrawal(entry),
    }


def _withdrawal(entry: PublicRelease) -> str:
    found = getattr(entry, "withdrawal", None)
    return str(codes("release_withdrawal").label(found.reason)) if found else ""


def _open(request: HttpRequest, release_id: UUID, verb: str | None = None) -> Release:
    return open_record(viewer(request), Release, release_id, verb=verb, page="release")


def _do(
    request: HttpRequest, release_id: UUID, action: Callable[..., Release], said_: str, **how: Any
) -> HttpResponse:
    """A button: do it, or show the page again with the reason why not."""
    row = _open(request, release_id)
    _done, refusal = attempt(lambda: action(release=row, by=viewer(request), at=clock.now(), **how))
    if refusal is None:
        return done(request, said_, "release", row.pk)
    return _detail(request, _open(request, release_id), refusal)


def _line(row: Release) -> dict[str, Any]:
    return {
        "url": reverse("release", args=[row.pk]),
        "title": ", ".join(_titles(queries.tables_of(row))),
        "number": queries.name_of(row.province, row.number) if row.number else "",
        "badge": codes("release_state").label(row.state),
        "tone": TONES.get(row.state, "neutral"),
        "at": row.published_at or row.audited_at or row.protected_at or row.prepared_at,
        "failure": _failure(row),
        "hidden": row.hidden,
        "cells": row.cells,
    }


def _failure(row: Release) -> str:
    return str(codes("release_failure").label(row.failure["why"])) if row.failure else ""


def _whereabouts(key: str, names: Mapping[str, str]) -> str:
    """A figure, or what a year was not asked, in words; nothing for a key that names neither."""
    at = at_of(key) if "=" in key else {}
    found = [names.get(at.get(PLACE, ""), ""), period_words(at[TIME]) if TIME in at else ""]
    for dim, code in at.items():
        # Of a question with several answers each is a dimension; which of them was said is in its name.
        name, colon, answer = dim.partition(":")
        question = catalogue().questions.get(name)
        if question is not None:
            label = answer if colon else code
            words = said(question.words)
            found.append(f"{words}: {said(question.label(label))}" if label in question.shown else words)
    return " · ".join(one for one in found if one)


def _detail(request: HttpRequest, row: Release, refusal: Refused | None = None) -> HttpResponse:
    user = viewer(request)
    job = queries.protection_of(row)
    verdict = queries.verdict_of(row)
    names = queries.place_names(row.province)
    tables = queries.tables_of(row)
    table = _chosen(request.GET.get("table", ""), {one.name: one for one in tables}, tables[0])
    preview = None
    if row.cells:
        planned = [
            files.line_of(key, value) for name, key, value in queries.cells_of(row) if name == table.name
        ]
        product = catalogue().product(table.product)
        (code, *_more), *_others = grids.choices(product)
        question = _chosen(request.GET.get("question", ""), {c: c for c, _w in grids.choices(product)}, code)
        preview = {
            "grid": grids.grid(planned, [name for name in question.split("+") if name], names),
            "question": question,
            "questions": grids.choices(product),
        }
    return show(
        request,
        "releases/detail.html",
        trail=_trail(queries.name_of(row.province, row.number) if row.number else _("Release")),
        may_withdraw=row.state == Release.PUBLISHED and bool(may(user, "release.withdraw", row)),
        http_status=refusal.status if refusal else None,
        row=row,
        refusal=refusal.message if refusal else "",
        line=_line(row),
        job=job,
        job_share=round(100 * job.done / job.of) if job and job.of else 0,
        verdict=verdict,
        findings=_findings(verdict),
        facts=_facts(row),
        buttons=_buttons(row, user, is_running=job is not None),
        tables=[(one.name, _title(one)) for one in tables],
        table=table,
        preview=preview,
        failed_at=_whereabouts(row.failure.get("at", ""), names),
        is_public=row.state in Release.OUT,
        legend=said(files.LEGEND),
    )


def _findings(verdict: Any) -> list[tuple[str, int]]:
    if verdict is None:
        return []
    words = {
        "contradiction": _("figures that contradict one another"),
        "exact": _("hidden figures that can be worked out exactly"),
        "small": _("hidden figures known to be few"),
        "group": _("groups in which everybody is of one kind"),
        "difference": _("few people left by subtraction"),
        "singleton": _("figures that somebody counted alone can work out"),
    }
    return [(words[kind], verdict.counts.get(kind, 0)) for kind in queries.KINDS]


def _facts(row: Release) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [
        (_("Who prepared it"), row.prepared_by.full_name),
        (_("How hiding is planned"), codes("release_mode").label(row.mode)),
    ]
    if row.cells:
        gap = f"{100 * row.gap:.1f} %" if row.gap is not None else _("not asked for")
        facts += [
            (_("Figures"), row.cells),
            (_("Hidden figures"), row.hidden),
            (_("Distance from the least that could be hidden"), gap),
            (_("Fingerprint of the figures"), row.shown_sha256),
        ]
    approvals = [one.full_name for one in (row.approved_by, row.second_approved_by) if one is not None]
    if approvals:
        facts.append((_("Approved by"), ", ".join(approvals)))
    if row.sha256:
        facts += [(_("Fingerprint (SHA-256)"), row.sha256), (_("Release before it"), row.previous)]
    if row.withdrawal:
        facts.append((_("Why it no longer stands"), codes("release_withdrawal").label(row.withdrawal)))
    return facts


def _buttons(row: Release, user: User, *, is_running: bool) -> list[dict[str, object]]:
    """The next steps this person may take, the main one first."""
    if is_running:
        offered = [("release.protect", "release-cancel", _("Stop the work"), "secondary")]
    else:
        offered = {
            Release.DRAFT: [("release.protect", "release-protect", _("Protect and audit"), "primary")],
            Release.PROTECTED: [("release.audit", "release-protect", _("Audit again"), "primary")],
            Release.AUDITED: [
                ("release.approve", "release-approve", _("Approve what is shown below"), "primary")
            ],
            Release.APPROVED: [("release.publish", "release-publish", _("Publish"), "primary")],
        }.get(row.state, [])
        if row.state in (Release.AUDITED, Release.APPROVED):
            offered.append(("release.audit", "release-protect", _("Audit again"), "secondary"))
    if row.state not in (*Release.OUT, Release.DROPPED):
        offered.append(("release.prepare", "release-drop", _("Give up this release"), "danger"))
    mine = (row.prepared_by_id, row.approved_by_id)
    return [
        {
            "url": reverse(route, args=[row.pk]),
            "label": label,
            "tone": tone,
            "binds": verb == "release.approve",
        }
        for verb, route, label, tone in offered
        if may(user, verb, row) and not (verb == "release.approve" and user.pk in mine)
    ]
