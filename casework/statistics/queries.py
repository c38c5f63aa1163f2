"""The return counted from the facts, the cases behind a figure, and which areas a viewer may have figures of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from casework.access.principals import principal
from casework.base.refusals import NotVisible
from casework.cases.models import Case
from casework.organisations.models import Area, User
from casework.statistics.counting import Facts
from casework.statistics.cube import select
from casework.statistics.figures import Window, behind, figures, figures_by_commune
from casework.statistics.models import CaseFact
from casework.statistics.paper import Line, Return, yearly

URBAN, RURAL = "urban", "rural"
PARTS: Final = ("", URBAN, RURAL)
VERB: Final = "statistics.view_return"


def areas_of(user: User, at: datetime, verb: str = VERB) -> list[Area]:
    """The areas the viewer may have figures of: their own, and beneath a province every unit of today, by name."""
    found: dict[int, Area] = {}
    for seat in principal(user, at).holding(verb, "role"):
        own = Area.objects.select_related("parent").get(pk=seat.area_id)
        found[own.pk] = own
        if seat.area_is_province:
            below = (
                Area.objects.filter(parent=own, valid_to__isnull=True)
                .select_related("parent")
                .order_by("name")
            )
            found.update((area.pk, area) for area in below)
    return list(found.values())


def area_of(user: User, code: str, at: datetime) -> Area:
    """One of the viewer's areas by its code, or their first; raises NotVisible for any other."""
    areas = areas_of(user, at)
    if not areas:
        raise NotVisible
    if not code:
        return areas[0]
    for area in areas:
        if area.code == code:
            return area
    raise NotVisible


def facts_of(area: Area, window: Window) -> Facts:
    """Every case of the area opened in the window, as facts."""
    return select(window.months, [area])


def return_of(area: Area, window: Window) -> Return:
    """Count every row of the yearly return."""
    facts = facts_of(area, window)
    form = yearly()
    communes = _communes_of(area, facts)
    everywhere = figures(form.counted, facts)
    urban = figures(form.counted, _part(facts, communes, URBAN))
    lines = [
        Line(
            row,
            everywhere.get(row.row),
            urban.get(row.row),
            everywhere[row.row] - urban[row.row] if row.row else None,
        )
        for row in form.rows
    ]
    if area.parent_id is not None:
        return Return(area, window, lines, [])
    found, nothing = figures_by_commune(form.counted, facts), dict.fromkeys(form.counted, 0)
    by_commune = [(commune, found.get(pk, nothing)) for pk, commune in sorted(communes.items(), key=_by_name)]
    return Return(area, window, lines, by_commune)


def cases_behind(
    user: User, area: Area, window: Window, row: str, *, limit: int, part: str = ""
) -> tuple[int, list[Case]]:
    """How many cases a figure counts, and those of them the viewer may see, newest first.

    part: URBAN (wards), RURAL (communes), or "" for both. Of a destroyed case only the figure is left.
    Raises NotVisible for a row the return does not have.
    """
    if row not in yearly().counted or part not in PARTS:
        raise NotVisible
    facts = facts_of(area, window)
    if part:
        facts = part_of(area, facts, part)
    counted = behind(row, facts)
    return len(counted), cases_of(user, counted.id.tolist(), limit=limit)


def cases_of(user: User, facts: Sequence[int], *, limit: int) -> list[Case]:
    """The cases these facts are counted of, as far as the viewer may see them, newest first."""
    cases = CaseFact.objects.filter(pk__in=facts, case__isnull=False)
    seen = (
        Case.objects.visible_to(user)
        .filter(pk__in=list(cases.values_list("case_id", flat=True)))
        .select_related("commune")
        .order_by("-opened_at", "-id")[:limit]
    )
    return list(seen)


def part_of(area: Area, facts: Facts, part: str) -> Facts:
    """Those of the wards (URBAN) or of the communes (RURAL) of an area."""
    return _part(facts, _communes_of(area, facts), part)


def years(at_year: int) -> Sequence[int]:
    return range(at_year + 1, at_year - 5, -1)


def _communes_of(area: Area, facts: Facts) -> dict[int, Area]:
    if area.parent_id is not None:
        return {area.pk: area}
    found = {one.pk: one for one in Area.objects.filter(pk__in=set(facts.commune.tolist()))}
    found.update((one.pk, one) for one in Area.objects.filter(parent=area, valid_to__isnull=True))
    return found


def _part(facts: Facts, communes: dict[int, Area], part: str) -> Facts:
    wards = [pk for pk, commune in communes.items() if commune.kind == "ward"]
    urban = facts.in_places(wards)
    return facts.where(urban if part == URBAN else ~urban)


def _by_name(pair: tuple[int, Area]) -> Any:
    return pair[1].code
