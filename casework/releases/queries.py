"""What releases are made of, and what the world may read of them."""

import functools
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from casework.auditor import Kind, Report, audit
from casework.disclosure import Plan, Wish, protect, true_figures
from casework.organisations.models import Area, User
from casework.releases import ledger, planning
from casework.releases.catalogue import MONTH, PLACE, POOL, TIME, VINTAGE, YEAR, catalogue
from casework.releases.files import Line, in_order, line_of
from casework.releases.models import (
    Protection,
    PublicCell,
    PublicFile,
    PublicRelease,
    PublicWithdrawal,
    Release,
    ReleaseCell,
    Snapshot,
    Verdict,
)
from casework.releases.planning import Frozen, Known, Person, Table, Unit
from casework.statistics import cube
from casework.statistics.cube import place_code
from casework.statistics.dimensions import months_in
from casework.statistics.repair import auditor_of, demands_of
from casework.tables import Cell, Codes, Tables

ROOMS: Final = Path(__file__).resolve().parent.parent
REASON: Final = "a release is planned beside all others of its province; no case is read"
NAMED_PLACES: Final = 20
# Between the end of a period and the day its figures can be published: late entries, checks, two approvals.
DAYS_TO_CHECK: Final = 60

Progress = Callable[[str, int, int], None]


# --- places ---


def units_of(province: Area) -> list[Unit]:
    """The communes and wards of a province, of today and before."""
    areas = Area.objects.filter(parent=province).select_related("successor")
    return sorted(
        Unit(
            place_code(one), one.valid_from, one.valid_to, place_code(one.successor) if one.successor else ""
        )
        for one in areas
    )


def place_names(province: Area) -> dict[str, str]:
    """What places are called, in the order tables have them: the province, then units by code, former ones last."""
    units = sorted(
        Area.objects.filter(parent=province),
        key=lambda one: (one.valid_to is not None, one.code, one.valid_from),
    )
    return {place_code(province): str(province)} | {place_code(one): str(one) for one in units}


# --- what is frozen, what is known ---


def packed(frozen: Frozen) -> bytes:
    return zlib.compress(frozen.text().encode(), 9)


def frozen_of(province: Area, years: Iterable[int] | None = None) -> list[Frozen]:
    """The frozen years of a province, every vintage of them. Raises Damaged for one that is not what it was."""
    rows = Snapshot.objects.filter(province=province).order_by("year", "vintage")
    if years is not None:
        rows = rows.filter(year__in=set(years))
    return [_read(row) for row in rows]


class Damaged(RuntimeError):
    """A frozen year is not what it was when it was frozen."""


def _read(row: Snapshot) -> Frozen:
    text = zlib.decompress(bytes(row.content)).decode()
    if hashlib.sha256(text.encode()).hexdigest() != row.sha256:
        raise Damaged(str(row))
    return Frozen.read(row.year, row.vintage, text)


def known_of(province: Area) -> list[Known]:
    """Everything ever published of a province, withdrawn or not."""
    rows = PublicCell.objects.filter(province=province).order_by("key")
    names = {row.pk: name_of(province, row.number) for row in PublicRelease.objects.filter(province=province)}
    return [
        Known(f"{names[release]}/{table}", planning.at_of(key), value)
        for key, value, release, table in rows.values_list("key", "value", "release_id", "table")
    ]


def name_of(province: Area, number: int | None) -> str:
    """What a release is called: the code of the province and its number in the ledger."""
    return f"{province.code}-{number:04}" if number else "-"


def head_of(province: Area) -> str:
    """The fingerprint of the last release of the ledger; it stands for everything that is known."""
    last = PublicRelease.objects.filter(province=province).order_by("-number").first()
    return last.sha256 if last else ledger.NOTHING


def tables_of(release: Release) -> list[Table]:
    return [Table(*row) for row in release.tables]


# --- counting ---


def counted(province: Area, year: int) -> list[Person]:
    """Everybody the cases of a year count: once, in the month and the unit of the first case, at finest codes."""
    dims = (PLACE, TIME, *catalogue().dims)
    found = cube.people(dims, months=months_in(str(year)), areas=[province])
    return [
        Person(place, month, tuple(answers), str(household))
        for (place, month, *answers), household in zip(
            ([found.leaves[number][leaf] for number, leaf in enumerate(row)] for row in found.at.tolist()),
            found.household.tolist(),
            strict=True,
        )
    ]


# --- working out ---


@dataclass(frozen=True, slots=True)
class Inputs:
    """All a plan is made from, and its fingerprint: as long as that is the same, the plan is."""

    wish: Wish
    sha256: str


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A plan ready to be kept."""

    inputs: str
    cells: tuple[ledger.Said, ...]
    secret: int
    objective: float
    bound: float | None
    gap: float | None
    is_proven: bool
    rounds: int
    code_version: str
    solver_version: str


def inputs_of(release: Release) -> Inputs:
    """Read what the release is to be planned from. Raises planning.NotCounted, TableFault or Damaged."""
    province = release.province
    known = known_of(province)
    tables = tables_of(release)
    years = planning.hanging_together((t.period for t in tables), (one.at[TIME] for one in known))
    frozen = frozen_of(province, years)
    planning.check_held(tables, frozen)
    units, code = units_of(province), place_code(province)
    shown = yearly_totals(known)
    wanted = [
        (table, list(planning.figures(table, units, code, shown.get((table.period[:4], table.vintage)))))
        for table in tables
    ]
    wish = planning.wish_of(wanted, known, frozen, units, code)
    text = json.dumps(
        {
            "head": head_of(province),
            "frozen": [(one.year, one.vintage, one.sha256) for one in frozen],
            "tables": release.tables,
            "figures": sorted((table.name, planning.key_of(at)) for table, ats in wanted for at in ats),
            "rules": release.rules_sha256,
            "seed": release.seed,
            "mode": release.mode,
        },
        sort_keys=True,
    )
    return Inputs(wish, hashlib.sha256(text.encode()).hexdigest())


def yearly_totals(known: Iterable[Known]) -> dict[tuple[str, int], dict[str, int]]:
    """Year and vintage -> place -> the total that was shown."""
    found: dict[tuple[str, int], dict[str, int]] = {}
    for one in known:
        if one.value is not None and set(one.at) == {PLACE, TIME, VINTAGE} and len(one.at[TIME]) == 4:
            year = found.setdefault((one.at[TIME], int(one.at[VINTAGE])), {})
            year[one.at[PLACE]] = one.value
    return found


def _silent(stage: str, done: int, of: int) -> None:
    return None


def work_out(
    release: Release,
    *,
    progress: Progress = _silent,
    is_cancelled: Callable[[], bool] = lambda: False,
    limit: float = 600.0,
) -> WorkedOut:
    """Plan what the release hides; writes nothing, so it may take its time outside any transaction.

    Raises disclosure.Refused with the reason and the place, disclosure.Stopped when cancelled, and what `inputs_of` does.
    """
    inputs = inputs_of(release)
    rules = catalogue().rules[release.rules]
    plan: Plan = protect(
        inputs.wish,
        rules,
        seed=release.seed,
        mode="exact" if release.mode == "exact" else "quick",
        auditor=auditor_of(inputs.wish, rules),
        progress=progress,
        is_cancelled=is_cancelled,
        limit=limit,
    )
    dims = inputs.wish.dims
    return WorkedOut(
        inputs.sha256,
        tuple((cell.release, planning.key_at(dims, cell.at), cell.value) for cell in plan.cells),
        plan.secret,
        plan.loss,
        plan.bound,
        plan.gap,
        plan.is_proven,
        plan.rounds,
        code_version(),
        f"highspy {metadata.version('highspy')}",
    )


@functools.cache
def code_version() -> str:
    """A fingerprint of the code that plans: the same code, figures and seed give the same plan."""
    digest = hashlib.sha256()
    for path in sorted(
        [*ROOMS.glob("disclosure/*.py"), *ROOMS.glob("tables/*.py"), ROOMS / "releases/planning.py"]
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


# --- judging ---


def cells_of(release: Release) -> list[ledger.Said]:
    """What the release is planned to show."""
    rows = ReleaseCell.objects.filter(release=release).order_by("table", "key")
    return list(rows.values_list("table", "key", "value"))


def judge(release: Release) -> Report:
    """The auditor, who knows the truth, on this release together with everything published that hangs together with it.

    Every figure names its period, so years that no period joins, over any steps, share no equation.
    """
    province = release.province
    own = [Known(table, planning.at_of(key), value) for table, key, value in cells_of(release)]
    known = known_of(province)
    years = planning.hanging_together((one.at[TIME] for one in own), (one.at[TIME] for one in known))
    beside = [one for one in known if set(planning.years_in(one.at[TIME])) <= years]
    wish = everything(province, [*beside, *own])
    rules = catalogue().rules[release.rules]
    exact, also = true_figures(wish, rules)
    return audit(
        Tables(wish.dims, tuple(wish.public), wish.codes),
        demands=demands_of(rules),
        exact=exact,
        also_sensitive=also,
    )


def everything(province: Area, known: Sequence[Known]) -> Wish:
    """Figures that are there, over everybody they count; nothing more is wanted."""
    years = {year for one in known for year in planning.years_in(one.at[TIME])}
    dims = planning.dims_of(planning.questions_in(one.at for one in known))
    frozen = frozen_of(province, years)
    codes = public_codes(province, known, max((one.vintage for one in frozen), default=1))
    people = planning.people_of(dims, codes, frozen)
    cells = [Cell(one.release, planning.coordinate(dims, one.at), one.value) for one in known]
    return Wish(people, [], frozenset({place_code(province)}), cells)


def published_exactly(provinces: Collection[Area]) -> Tables:
    """Every figure these provinces ever published with its exact value, as it was frozen, hidden ones too.

    The cells, dimensions and code lists of `public_tables`, so that whoever attacked those can be graded.
    """
    parts = []
    for province in _publishing():
        if province in provinces:
            wish = everything(province, known_of(province))
            cells = (replace(cell, value=wish.people.count(cell.at)[0]) for cell in wish.public)
            parts.append(Tables(wish.dims, tuple(cells), wish.codes))
    return _together(parts)


def public_codes(province: Area, known: Sequence[Known], vintages: int) -> Codes:
    """The code lists of what is known; everything in them is public."""
    times = {one.at[TIME] for one in known}
    dims = planning.dims_of(planning.questions_in(one.at for one in known))
    years = {year for time in times for year in planning.years_in(time)}
    pools = {time for time in times if planning.kind_of(time) == POOL}
    return planning.codes_of(dims, years, pools, units_of(province), place_code(province), vintages)


def places_found(report: Report) -> list[dict[str, str]]:
    """Where the first findings stand, without what was found there."""
    return [
        {"kind": one.kind.value, "at": planning.key_at(report.dims, one.at)}
        for one in report.findings[:NAMED_PLACES]
    ]


# --- public: nothing below reads anything that is not public ---


def public_tables() -> Tables:
    """Everything ever published, of all provinces, as anybody can have it."""
    return _together([_public_tables(province) for province in _publishing()])


def _together(parts: Sequence[Tables]) -> Tables:
    dims = planning.dims_of({dim.split(":")[0] for part in parts for dim in part.dims} - set(planning.FRAME))
    rows = [row for part in parts for row in part.codes.rows()]
    cells = [
        Cell(cell.release, planning.coordinate(dims, dict(zip(part.dims, cell.at, strict=True))), cell.value)
        for part in parts
        for cell in part.cells
    ]
    return Tables(dims, tuple(cells), Codes.of(rows or _frame_rows()))


def _publishing() -> list[Area]:
    ids = PublicRelease.objects.values_list("province", flat=True).distinct()
    return list(Area.objects.filter(pk__in=ids).order_by("code"))


def _frame_rows() -> list[tuple[str, str, str, bool]]:
    """Nothing was published: tables without a cell have their dimensions all the same."""
    return [(dim, "-", "", True) for dim in planning.FRAME]


def _public_tables(province: Area) -> Tables:
    known = known_of(province)
    codes = public_codes(province, known, max(int(one.at[VINTAGE]) for one in known))
    dims = planning.dims_of(planning.questions_in(one.at for one in known))
    cells = tuple(Cell(one.release, planning.coordinate(dims, one.at), one.value) for one in known)
    return Tables(dims, cells, codes)


def public_lines(province: Area, table: Table, places: Mapping[str, str]) -> list[Line]:
    """The figures of a published table, in the order of its files; some may have been public before it."""
    rows = PublicCell.objects.filter(province=province, time=table.period, vintage=table.vintage)
    lines = [line_of(key, value) for key, value in rows.values_list("key", "value")]
    code = place_code(province)
    return in_order(
        [line for line in lines if planning.belongs(table, line.place == code, line.answers)], list(places)
    )


@dataclass(frozen=True, slots=True)
class OverYears:
    """What is public of places year by year, the latest revision of each.

    changed: years in which units were re-cut. withdrawn: years of which something stands in a release that was withdrawn.
    """

    lines: Sequence[Line]
    changed: Collection[str]
    withdrawn: Collection[str]

    @property
    def revised(self) -> dict[str, int]:
        """How often each year was revised."""
        return {line.time: int(line.vintage) - 1 for line in self.lines}


@dataclass(frozen=True, slots=True)
class Place:
    """A place that has public figures. is_former: a unit that is no more."""

    province: Area
    name: str
    is_former: bool


def places_by_year(least: int = 1) -> dict[str, Place]:
    """The places of which so many years are public, by code."""
    found: dict[str, Place] = {}
    for province in _publishing():
        rows = PublicCell.objects.filter(province=province).order_by().values_list("place", "time").distinct()
        years = Counter(place for place, time in rows if planning.kind_of(time) == YEAR)
        former = {unit.code for unit in units_of(province) if unit.valid_to is not None}
        names = place_names(province)
        found |= {
            code: Place(province, name, code in former)
            for code, name in names.items()
            if years[code] >= least
        }
    return found


def over_years(provinces: Collection[Area], places: Collection[str]) -> OverYears:
    """The public figures of some places of these provinces by year."""
    rows = PublicCell.objects.filter(province__in=provinces, place__in=places).order_by("time", "vintage")
    lines = [line_of(key, value) for key, value in rows.values_list("key", "value")]
    yearly = [line for line in lines if planning.kind_of(line.time) == YEAR]
    latest = {(line.place, line.time): line.vintage for line in yearly}
    starts = Area.objects.filter(parent__in=provinces).values_list("valid_from__year", flat=True).distinct()
    gone = rows.filter(release__in=PublicWithdrawal.objects.values("release")).order_by().distinct()
    return OverYears(
        [line for line in yearly if line.vintage == latest[line.place, line.time]],
        {str(year) for year in starts} & {time for _place, time in latest},
        {
            time
            for place, time, vintage in gone.values_list("place", "time", "vintage")
            if latest.get((place, time)) == str(vintage)
        },
    )


def years_published() -> list[str]:
    """The years of which a figure is public, earliest first."""
    times = PublicCell.objects.order_by("time").values_list("time", flat=True).distinct()
    return [time for time in times if planning.kind_of(time) == YEAR]


@dataclass(frozen=True, slots=True)
class OverMonths:
    """What is public of one province month by month, the latest revision of each; months are counted from the year 0.

    values: month -> figure, None where hidden. revised: year -> how often. withdrawn: as of OverYears.
    """

    values: Mapping[int, int | None]
    revised: Mapping[str, int]
    withdrawn: Collection[str]
    # The province is what it was, however its units are cut.
    changed: Collection[str] = ()


def provinces_over_months() -> dict[str, Area]:
    """The provinces of which figures by month are public, by code."""
    found = {place_code(one): one for one in _publishing()}
    rows = PublicCell.objects.filter(province__in=found.values(), place__in=found).order_by()
    there = {
        place
        for place, time in rows.values_list("place", "time").distinct()
        if planning.kind_of(time) == MONTH
    }
    return {code: one for code, one in found.items() if code in there}


def over_months(province: Area) -> OverMonths:
    """The public totals of a province by month."""
    rows = PublicCell.objects.filter(province=province, place=place_code(province)).order_by("vintage")
    gone = set(PublicWithdrawal.objects.values_list("release", flat=True))
    # Of two vintages the later one stands last.
    latest = {
        line.time: (line, release in gone)
        for key, value, release in rows.values_list("key", "value", "release")
        if not (line := line_of(key, value)).answers and planning.kind_of(line.time) == MONTH
    }
    revised: dict[str, int] = {}
    for time, (line, _is_gone) in sorted(latest.items()):
        revised[time[:4]] = max(revised.get(time[:4], 0), int(line.vintage) - 1)
    return OverMonths(
        {months_in(time).start: line.value for time, (line, _is_gone) in latest.items()},
        revised,
        {time[:4] for time, (_line, is_gone) in latest.items() if is_gone},
    )


def public_releases() -> list[PublicRelease]:
    """Every release, newest first."""
    return list(
        PublicRelease.objects.select_related("province", "withdrawal").order_by("-published_at", "-number")
    )


def public_entry(pk: UUID) -> PublicRelease | None:
    """One public release."""
    return PublicRelease.objects.select_related("province", "withdrawal").filter(pk=pk).first()


def file_of(entry: PublicRelease, table: str, form: str) -> PublicFile | None:
    """A file of a release, as it was published."""
    return PublicFile.objects.filter(release=entry, table=table[:60], form=form[:10]).first()


def forms_of(entry: PublicRelease, table: str) -> set[str]:
    """The kinds of file a table was published as: one that came later is not among those of an old release."""
    return set(PublicFile.objects.filter(release=entry, table=table[:60]).values_list("form", flat=True))


@dataclass(frozen=True, slots=True)
class Found:
    """Whose fingerprint it is: a release, or one of its files."""

    release: PublicRelease
    table: str = ""
    form: str = ""


def fingerprint(sha256: str) -> Found | None:
    """The release, or the file of one, with this fingerprint."""
    rows = PublicRelease.objects.select_related("province", "withdrawal")
    release = rows.filter(sha256=sha256).first()
    if release is not None:
        return Found(release)
    file = PublicFile.objects.filter(sha256=sha256).first()
    return Found(rows.get(pk=file.release_id), file.table, file.form) if file is not None else None


def centres(province: Area) -> dict[str, tuple[float, float]]:
    """Where the middle of each unit lies, for those that are on our map."""
    areas = Area.objects.filter(parent=province, latitude__isnull=False, longitude__isnull=False)
    return {place_code(one): (one.latitude or 0.0, one.longitude or 0.0) for one in areas}


@dataclass(frozen=True, slots=True)
class Due:
    """What comes next: which table, of which period, from which day it can be published."""

    title: str
    period: str
    day: date


def calendar(today: date) -> list[Due]:
    """The tables that fall due next, in the order in which they do.

    A year is frozen when it is over, so all its parts fall due together and are named by it.
    """
    found = []
    for product in catalogue().products.values():
        kind = POOL if product.period == POOL else YEAR
        for year in (today.year - 1, today.year):
            (period,) = planning.periods(kind, year, product.years)
            day = planning.days_of(period)[1] + timedelta(days=DAYS_TO_CHECK)
            if day > today:
                found.append(Due(product.title, period, day))
    return sorted(found, key=lambda due: (due.day, due.title))


# --- the desk ---


def releases_of(user: User) -> list[Release]:
    """The releases of the province the viewer answers for, newest first."""
    rows: Any = Release.objects.visible_to(user).select_related("province", "prepared_by")
    return list(rows.exclude(state=Release.DROPPED).order_by("-prepared_at"))


def protection_of(release: Release) -> Protection | None:
    return Protection.objects.filter(release=release).first()


def verdict_of(release: Release) -> Verdict | None:
    """What the auditor said last."""
    return Verdict.objects.filter(release=release).order_by("-pk").first()


KINDS: Final = tuple(kind.value for kind in Kind)
