"""Pages of figures: the return as the office knows it, and the cases behind each figure."""

from collections.abc import Iterable
from dataclasses import asdict
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.access.opening import record_list
from casework.access.principals import principal
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import NotVisible
from casework.http.pages import page, show, viewer
from casework.http.verbs import knows
from casework.organisations.models import Area, User
from casework.statistics import drawing, summaries
from casework.statistics.charts import (
    funnel_numbers,
    month_numbers,
    outside_words,
    pyramid_numbers,
    share_numbers,
)
from casework.statistics.counting import COMMUNE
from casework.statistics.crossing import CASES, HOUSEHOLDS, PEOPLE
from casework.statistics.dimensions import BY_NAME, DIMENSIONS
from casework.statistics.figures import CALENDAR_YEAR, REPORT_YEAR, Window, usual_window, window
from casework.statistics.numbers import Numbers
from casework.statistics.paper import yearly
from casework.statistics.queries import (
    EXPLORE,
    RURAL,
    URBAN,
    VERB,
    Asked,
    Charts,
    area_of,
    areas_of,
    cases_behind,
    charts_of,
    indicators_of,
    return_of,
    table_of,
    years,
)

WINDOWS = (
    (REPORT_YEAR, gettext_lazy("1 December to 1 December")),
    (CALENDAR_YEAR, gettext_lazy("Calendar year")),
)
COUNTED_LABELS = (
    (CASES, gettext_lazy("Cases")),
    (PEOPLE, gettext_lazy("People subjected to violence")),
    (HOUSEHOLDS, gettext_lazy("Households")),
)
PART_LABELS = ((URBAN, gettext_lazy("Urban")), (RURAL, gettext_lazy("Rural")))
NOT_PREVALENCE = gettext_lazy("Service contacts, not prevalence; a rise may mean more trust.")
SHOWN = 200


@page(VERB, methods=("GET",))
def view_return(request: HttpRequest) -> HttpResponse:
    """The yearly return of one area and window; opening it is recorded."""
    user, at = viewer(request), clock.now()
    area, chosen = _asked(request, user)
    record_list(user, VERB, filters=_filters(area, chosen))
    today = clock.local_date(at)
    return show(
        request,
        "statistics/return.html",
        found=return_of(area, chosen),
        form_text=yearly(),
        areas=areas_of(user, at),
        windows=WINDOWS,
        years=years(today.year),
        asked=_query(area, chosen),
        files_returns=knows(principal(user, at), "return.view"),
        tabs=_tabs("statistics-return", area, chosen) if knows(principal(user, at), EXPLORE) else [],
    )


@page(VERB, methods=("GET",))
def cases_of_figure(request: HttpRequest) -> HttpResponse:
    """The cases a figure counts, as far as the viewer may see them."""
    user = viewer(request)
    area, chosen = _asked(request, user)
    name, part = request.GET.get("row", ""), request.GET.get("part", "")
    counted, cases = cases_behind(user, area, chosen, name, limit=SHOWN, part=part)
    record_list(
        user,
        VERB,
        shown=[case.pk for case in cases],
        filters={**_filters(area, chosen), "row": name, "part": part},
    )
    return show(
        request,
        "statistics/cases.html",
        row=next(row for row in yearly().rows if row.row == name),
        part=dict(PART_LABELS).get(part, ""),
        area=area,
        window=chosen,
        counted=counted,
        cases=cases,
        hidden=counted - len(cases),
        back=f"{reverse('statistics-return')}?{_query(area, chosen)}",
    )


@page(EXPLORE, methods=("GET",))
def view_indicators(request: HttpRequest) -> HttpResponse:
    """International indicators and the way from a report to help, of one area and window; opening it is recorded."""
    user, at = viewer(request), clock.now()
    area, chosen = _asked(request, user, EXPLORE)
    record_list(user, EXPLORE, filters={**_filters(area, chosen), "of": "indicators"})
    return show(
        request,
        "statistics/indicators.html",
        found=indicators_of(user, area, chosen),
        areas=areas_of(user, at, EXPLORE),
        windows=WINDOWS,
        years=years(clock.local_date(at).year),
        tabs=_tabs("statistics-indicators", area, chosen),
    )


@page(EXPLORE, methods=("GET",))
def view_table(request: HttpRequest) -> HttpResponse:
    """Any two questions crossed, exact, on the screen only; what it was looked at for is recorded with it."""
    user, at = viewer(request), clock.now()
    area, chosen = _asked(request, user, EXPLORE)
    questions = [(COMMUNE, _("Commune or ward")), *((one.name, one.title) for one in DIMENSIONS)]
    if area.parent_id is not None:
        questions = questions[1:]
    given = {name: request.GET.get(name, "") for name in ("rows", "columns", "of", "purpose")}
    given["of"] = given["of"] or CASES
    purposes = codes("figure_purpose")
    found = None
    if given["rows"] and given["purpose"] in purposes:
        found = table_of(user, area, chosen, rows=given["rows"], columns=given["columns"], of=given["of"])
        record_list(user, EXPLORE, filters={**_filters(area, chosen), **given})
    return show(
        request,
        "statistics/table.html",
        found=found,
        area=area,
        window=chosen,
        given=given,
        title=dict(questions).get(given["rows"], ""),
        needs_purpose=bool(given["rows"]) and found is None,
        questions=questions,
        counted=COUNTED_LABELS,
        purposes=purposes.choices(),
        areas=areas_of(user, at, EXPLORE),
        windows=WINDOWS,
        years=years(clock.local_date(at).year),
        tabs=_tabs("statistics-table", area, chosen),
    )


@page(EXPLORE, methods=("GET",))
def view_charts(request: HttpRequest) -> HttpResponse:
    """Figures of one area and window drawn, each chart with its table; opening it is recorded."""
    user, at = viewer(request), clock.now()
    area, chosen = _asked(request, user, EXPLORE)
    asked = Asked(
        _offered(request, "share", summaries.SHARES),
        _offered(request, "question", summaries.QUESTIONS),
        _offered(request, "by", summaries.BY),
    )
    found = charts_of(user, area, chosen, asked, clock.local_date(at))
    record_list(user, EXPLORE, filters={**_filters(area, chosen), "of": "charts", **asdict(asked)})
    areas = areas_of(user, at, EXPLORE)
    of_area = {one.pk: _query(one, chosen) for one in areas}
    return show(
        request,
        "statistics/charts.html",
        found=found,
        warning=NOT_PREVALENCE,
        line=drawing.line(found.months) if found.months else None,
        funnel=drawing.funnel_of(found.funnel) if found.funnel else None,
        stacks=drawing.stacks(found.shares),
        tower=drawing.tower(found.pyramid) if found.pyramid else None,
        tables=_tables(found),
        outside_months=outside_words(found.months),
        outside_units=[(dot, of_area.get(dot.place, "")) for dot in found.funnel.outside]
        if found.funnel
        else [],
        share_title=summaries.SHARES[asked.share][0],
        shares=[(code, title) for code, (title, _meant) in summaries.SHARES.items()],
        questions=[(name, BY_NAME[name].title) for name in summaries.QUESTIONS],
        periods=list(summaries.BY.items()),
        areas=areas,
        area=area,
        window=chosen,
        windows=WINDOWS,
        years=years(clock.local_date(at).year),
        tabs=_tabs("statistics-charts", area, chosen),
    )


def _tables(found: Charts) -> dict[str, Numbers]:
    """The table of each chart that is drawn."""
    tables: dict[str, Numbers] = {}
    if found.months:
        tables["months"] = month_numbers(found.months, _("Number of cases"))
    if found.funnel:
        tables["funnel"] = funnel_numbers(found.funnel, str(summaries.SHARES[found.asked.share][0]))
    if found.shares.bars:
        tables["shares"] = share_numbers(found.shares, _("Period"))
    if found.pyramid:
        tables["pyramid"] = pyramid_numbers(found.pyramid)
    return tables


def _offered(request: HttpRequest, name: str, offered: Iterable[str]) -> str:
    """What the address chooses of what is offered; the first where it chooses nothing."""
    chosen, known = request.GET.get(name, ""), list(offered)
    if chosen and chosen not in known:
        raise NotVisible
    return chosen or known[0]


def _tabs(here: str, area: Area, chosen: Window) -> list[dict[str, object]]:
    named = (
        ("statistics-return", _("Yearly return")),
        ("statistics-indicators", _("Indicators")),
        ("statistics-charts", _("Charts")),
        ("statistics-table", _("Own table")),
    )
    asked = _query(area, chosen)
    return [
        {"title": title, "url": f"{reverse(name)}?{asked}", "current": name == here} for name, title in named
    ]


def _asked(request: HttpRequest, user: User, verb: str = VERB) -> tuple[Area, Window]:
    """The area and window of the address; what is not offered is not there (404)."""
    at = clock.now()
    code = request.GET.get("window", REPORT_YEAR)
    year = request.GET.get("year", "")
    if code not in dict(WINDOWS):
        raise NotVisible
    if not year:
        chosen = usual_window(code, clock.local_date(at))
    elif year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100:
        chosen = window(code, int(year))
    else:
        raise NotVisible
    return area_of(user, request.GET.get("area", ""), at, verb), chosen


def _filters(area: Area, chosen: Window) -> dict[str, object]:
    return {"area": area.code, "window": chosen.code, "year": chosen.year}


def _query(area: Area, chosen: Window) -> str:
    return urlencode(_filters(area, chosen))
