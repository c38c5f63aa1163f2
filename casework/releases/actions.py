"""The verbs of a release: years are frozen, tables planned, judged, approved by two people, published, withdrawn.

Whatever is missing or found, nothing is published: every verb refuses with the reason and what to do.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.principals import province_for
from casework.base import clock
from casework.base.dates import display_date
from casework.base.refusals import Denied, InvalidInput, Refused
from casework.organisations.models import Area, User
from casework.releases import files, ledger, planning, queries
from casework.releases.catalogue import YEAR, NoSuchProduct, catalogue
from casework.releases.formats import FORMATS
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
from casework.releases.planning import Frozen, Person, Table

# Planned with the same seed again, the same is hidden.
SEED: Final = 7
LIMIT: Final = 600
AT_ONCE: Final = 2000
EARLIEST, LATEST = 2000, 2100


class ReleaseState(Refused):
    """The release is not in a state that allows the verb."""

    def __init__(self) -> None:
        super().__init__("release_state", _("The state of this release does not allow this."))


class MovedOn(Refused):
    """Something was published, frozen or changed since the plan was made or judged."""

    def __init__(self) -> None:
        super().__init__(
            "release_moved",
            _("Something else was published or frozen since. Drop this release and prepare it again."),
        )


# --- freezing ---


@command("release.take_over")
def take_over_register(
    *,
    by: User,
    at: datetime,
    year: int,
    people: Sequence[Person],
    dims: tuple[str, ...],
    is_revision: bool = False,
) -> Snapshot:
    """Freeze a year that was counted in the registers kept before this system, as codes and numbers of households.

    is_revision: what was corrected in them since, as a further vintage of the year.
    Raises InvalidInput for a year that is not over, a code there is none of or somebody without a household,
    Refused("year_frozen").
    """
    province = _province(by, at, "release.take_over")
    known, units = set(catalogue().dims), {unit.code for unit in queries.units_of(province)}
    if set(dims) - known or any(person.place not in units for person in people):
        raise InvalidInput({"people": _("There is a code that is on no list.")})
    if not all(person.household for person in people):
        # Those without one would be one household: hidden as such, and of which a noisy total counts three.
        raise InvalidInput({"people": _("Somebody is without the number of a household.")})
    vintage = Snapshot.objects.filter(province=province, year=year).count() + 1
    if vintage > 1 and not is_revision:
        raise Refused(
            "year_frozen", _("This year is frozen already. What was corrected goes into a revision."), "year"
        )
    found = _freeze(province, Frozen(year, vintage, dims, tuple(people)), Snapshot.REGISTER, by=by, at=at)
    tell(year=year, people=found.people)
    return found


@command("release.prepare")
def prepare_release(*, by: User, at: datetime, answers: Mapping[str, Any]) -> Release:
    """Name the tables that are to be planned and published together, and freeze the years they need.

    answers: `products` and the `year` their periods end in, or `tables`, pairs written `product:period`; `revise`:
    freeze the corrected figures of the year as a further vintage; `mode`, quick or exact. Years and the pool that holds
    them belong in one release: planned one after the other more is hidden, or it is refused.
    Raises InvalidInput, Refused("period_not_over"), Refused("already_published").
    """
    province = _province(by, at, "release.prepare")
    asked = _tables_asked(province, answers)
    if not asked:
        raise InvalidInput({"products": _("Choose at least one table.")})
    rules = {catalogue().product(product).rules for product, _period in asked}
    if len(rules) > 1:
        raise InvalidInput(
            {"products": _("These tables are held to different rules. Publish them one by one.")}
        )
    (rule_set,) = rules
    today = clock.local_date(at)
    for _product, period in asked:
        if planning.days_of(period)[1] >= today:
            raise Refused(
                "period_not_over",
                _("A period is frozen when it is over: choose one that has ended."),
                "tables",
            )
    is_revision = bool(answers.get("revise"))
    vintages = _freeze_years(province, asked, is_revision=is_revision, by=by, at=at)
    tables = [
        Table(product, period, max(vintages[year] for year in planning.years_in(period)))
        for product, period in dict.fromkeys(asked)
    ]
    _check_new(province, tables)
    release = Release(
        province=province,
        tables=[list(table) for table in tables],
        rules=rule_set.name,
        rules_sha256=rule_set.sha256,
        mode="exact" if answers.get("mode") == "exact" else "quick",
        seed=SEED,
        prepared_by=by,
        prepared_at=at,
    )
    release.save()
    tell(tables=[table.name for table in tables])
    return release


# --- protecting ---


@command("release.protect", target="release")
def start_protection(*, release: Release, by: User, at: datetime) -> Release:
    """Ask for the plan of what is hidden, and for the auditor: a job does it, shows how far it is and can be stopped.

    What is planned already is only audited again. Raises ReleaseState, or Refused("protection_runs").
    """
    _require(release, Release.DRAFT, Release.PROTECTED, Release.AUDITED, Release.APPROVED)
    if Protection.objects.filter(release=release).exists():
        raise Refused("protection_runs", _("The protection runs already."))
    Protection.objects.create(release=release, asked_by=by, asked_at=at, limit=LIMIT)
    release.failure = {}
    release.save()
    return release


@command("release.protect", target="release")
def cancel_protection(*, release: Release, by: User, at: datetime) -> Release:
    """Stop a protection that runs or waits; nothing of it is kept. Raises ReleaseState where none does."""
    found = Protection.objects.filter(release=release).update(is_cancelled=True)
    if not found:
        raise ReleaseState
    return release


@command("release.protect", target="release")
def protect_release(*, release: Release, by: User, at: datetime, plan: queries.WorkedOut) -> Release:
    """Keep a plan that was worked out. Raises ReleaseState, or MovedOn where it was made from what no longer holds."""
    _require(release, Release.DRAFT)
    if queries.inputs_of(release).sha256 != plan.inputs:
        raise MovedOn
    ReleaseCell.objects.bulk_create(
        (ReleaseCell(release=release, table=table, key=key, value=value) for table, key, value in plan.cells),
        batch_size=AT_ONCE,
    )
    release.state, release.protected_at = Release.PROTECTED, at
    release.inputs_sha256, release.shown_sha256 = plan.inputs, ledger.digest_of(plan.cells)
    release.cells, release.secret = len(plan.cells), plan.secret
    release.hidden = sum(value is None for _table, _key, value in plan.cells)
    release.objective, release.bound, release.gap = plan.objective, plan.bound, plan.gap
    release.is_proven, release.rounds, release.failure = plan.is_proven, plan.rounds, {}
    release.code_version, release.solver_version = plan.code_version, plan.solver_version
    release.save()
    Protection.objects.filter(release=release).delete()
    tell(cells=release.cells, hidden=release.hidden)
    return release


@command("release.protect", target="release")
def fail_protection(*, release: Release, by: User, at: datetime, why: str, place: str) -> Release:
    """Write down that nothing can be published as asked, and why: a code of `release_failure`, and where."""
    _require(release, Release.DRAFT)
    release.failure = {"why": why, "at": place}
    release.save()
    Protection.objects.filter(release=release).delete()
    tell(why=why)
    return release


# --- judging ---


@command("release.audit", target="release")
def audit_release(*, release: Release, by: User, at: datetime) -> Release:
    """Have the auditor attack this release together with everything ever published here.

    What it finds keeps the release from being approved. Raises ReleaseState, or MovedOn.
    """
    _require(release, Release.PROTECTED, Release.AUDITED, Release.APPROVED)
    _check_shown(release)
    report = queries.judge(release)
    head = queries.head_of(release.province)
    Verdict.objects.create(
        release=release,
        at=at,
        beside=head,
        shown_sha256=release.shown_sha256,
        tables=len(report.releases),
        cells=report.cells,
        hidden=report.hidden,
        atoms=report.atoms,
        counts=dict(report.counts),
        places=queries.places_found(report),
        is_safe=report.is_safe,
        sha256=report.sha256,
    )
    release.judged_sha256, release.audited_at, release.is_safe = head, at, report.is_safe
    release.state = Release.AUDITED if report.is_safe else Release.PROTECTED
    # Whoever approved it approved it beside what was known then.
    release.approved_by = release.approved_at = None
    release.second_approved_by = release.second_approved_at = None
    release.save()
    tell(safe=report.is_safe, findings=len(report.findings))
    return release


# --- approving and publishing ---


@command("release.approve", target="release")
def approve_release(*, release: Release, by: User, at: datetime, answers: Mapping[str, Any]) -> Release:
    """One of two people approves exactly what they were shown; the second makes it approved.

    answers: `shown_sha256` as the page had it. Raises ReleaseState, MovedOn, Denied for whoever prepared it, or
    Refused("approved_already") for the first of the two.
    """
    _require(release, Release.AUDITED)
    if by.pk == release.prepared_by_id:
        raise Denied
    if by.pk == release.approved_by_id:
        raise Refused(
            "approved_already", _("You have approved this release. The second approval is somebody else's.")
        )
    if answers["shown_sha256"] != release.shown_sha256:
        raise MovedOn
    _check_judged(release)
    if release.approved_by_id is None:
        release.approved_by, release.approved_at = by, at
    else:
        release.second_approved_by, release.second_approved_at = by, at
        release.state = Release.APPROVED
    release.save()
    tell(shown=release.shown_sha256)
    return release


@command("release.publish", target="release")
def publish_release(*, release: Release, by: User, at: datetime) -> Release:
    """Publish what two people approved: into the ledger, the files, and what the world knows.

    Raises ReleaseState, or MovedOn where something else was published since it was judged.
    """
    _require(release, Release.APPROVED)
    province = Area.objects.select_for_update().get(pk=release.province_id)
    _check_judged(release)
    _check_shown(release)
    previous = queries.head_of(province)
    number = PublicRelease.objects.filter(province=province).count() + 1
    release.number, release.published_at, release.previous = number, at, previous
    about = _about(release, province, at)
    release.sha256 = ledger.link(previous, about, release.shown_sha256)
    release.state = Release.PUBLISHED
    release.save()
    entry = PublicRelease.objects.create(
        release=release,
        province=province,
        number=number,
        published_at=at,
        tables=release.tables,
        about=about,
        sha256=release.sha256,
    )
    _make_public(release, entry)
    tell(number=release.number, sha256=release.sha256)
    return release


@command("release.withdraw", target="release")
def withdraw_release(*, release: Release, by: User, at: datetime, answers: Mapping[str, Any]) -> Release:
    """Say that a release no longer stands. What it showed stays known, and every later one is planned beside it.

    Raises ReleaseState.
    """
    _require(release, Release.PUBLISHED)
    release.state, release.withdrawn_at, release.withdrawal = Release.WITHDRAWN, at, answers["reason"]
    release.save()
    PublicWithdrawal.objects.create(release_id=release.pk, at=at, reason=answers["reason"])
    tell(reason=answers["reason"])
    return release


@command("release.prepare", target="release")
def drop_release(*, release: Release, by: User, at: datetime) -> Release:
    """Give up a release that was not published. Raises ReleaseState."""
    if release.state in (*Release.OUT, Release.DROPPED):
        raise ReleaseState
    release.state = Release.DROPPED
    release.save()
    Protection.objects.filter(release=release).delete()
    return release


# --- parts ---


def _require(release: Release, *states: str) -> None:
    if release.state not in states:
        raise ReleaseState


def _province(by: User, at: datetime, verb: str) -> Area:
    """The province whose figures the person answers for."""
    province = province_for(by, verb, at)
    if province is None:
        raise Denied
    return province


def _tables_asked(province: Area, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Pairs of product and period. Years chosen with a pool are all those of the pool that are not out yet."""
    if "tables" in answers:
        return [_asked(text) for text in answers["tables"]]
    year = answers.get("year") or 0
    if not EARLIEST <= year <= LATEST:
        raise InvalidInput({"year": _("Check the year.")})
    products = [catalogue().product(code) for code in answers.get("products", ())]
    years = max((product.years for product in products), default=1)
    out = {
        (name, period)
        for row in PublicRelease.objects.filter(province=province).values_list("tables", flat=True)
        for name, period, _vintage in row
    }
    found = [
        (product.code, period)
        for product in products
        for period in planning.periods(product.period, year, product.years)
    ]
    for product in products:
        if product.period == YEAR:
            earlier = [(product.code, str(one)) for one in range(year - years + 1, year)]
            found += [pair for pair in earlier if pair not in out]
    return sorted(found)


def _asked(text: object) -> tuple[str, str]:
    product, _colon, period = str(text).partition(":")
    try:
        found = catalogue().product(product)
        planning.days_of(period)
        if planning.kind_of(period) != found.period:
            raise ValueError(period)
    except (NoSuchProduct, ValueError, KeyError, IndexError):
        raise InvalidInput({"products": _("There is no such table or period.")}) from None
    return product, period


def _freeze_years(
    province: Area, asked: Sequence[tuple[str, str]], *, is_revision: bool, by: User, at: datetime
) -> dict[int, int]:
    """The vintage each year is published as; years that are not frozen yet are frozen now."""
    found: dict[int, int] = {}
    for year in sorted({year for _product, period in asked for year in planning.years_in(period)}):
        last = Snapshot.objects.filter(province=province, year=year).order_by("-vintage").first()
        if last is None or is_revision:
            vintage = last.vintage + 1 if last else 1
            if is_revision and last is None:
                raise Refused("nothing_to_revise", _("Nothing was published for this year yet."), "revise")
            people = queries.counted(province, year)
            _freeze(
                province, Frozen(year, vintage, catalogue().dims, tuple(people)), Snapshot.FACTS, by=by, at=at
            )
            found[year] = vintage
        else:
            found[year] = last.vintage
    return found


def _freeze(province: Area, frozen: Frozen, source: str, *, by: User, at: datetime) -> Snapshot:
    first, last = date(frozen.year, 1, 1), date(frozen.year, 12, 31)
    if last >= clock.local_date(at):
        raise InvalidInput({"year": _("A year is frozen when it is over.")})
    if any(not first.isoformat()[:7] <= person.month <= last.isoformat()[:7] for person in frozen.people):
        raise InvalidInput({"people": _("There is a month that is not of this year.")})
    return Snapshot.objects.create(
        province=province,
        year=frozen.year,
        vintage=frozen.vintage,
        source=source,
        people=len(frozen.people),
        content=queries.packed(frozen),
        sha256=frozen.sha256,
        taken_at=at,
        taken_by=by,
    )


def _check_new(province: Area, tables: Sequence[Table]) -> None:
    """A table is published once: the same figures again would only be the same."""
    for release in PublicRelease.objects.filter(province=province):
        for table in tables:
            if list(table) in release.tables:
                raise Refused(
                    "already_published",
                    _("This table was published already. A correction is a revision."),
                    "tables",
                )


def _check_shown(release: Release) -> None:
    """What is published is what was planned and judged, to the cell."""
    if ledger.digest_of(queries.cells_of(release)) != release.shown_sha256:
        raise MovedOn


def _check_judged(release: Release) -> None:
    """Judged as safe, beside all that is known now."""
    verdict = Verdict.objects.filter(release=release).order_by("-pk").first()
    if (
        verdict is None
        or not verdict.is_safe
        or verdict.shown_sha256 != release.shown_sha256
        or verdict.beside != queries.head_of(release.province)
    ):
        raise Refused(
            "not_judged",
            _("Something else was published since the auditor looked. Have it audited again."),
        )


def _about(release: Release, province: Area, at: datetime) -> dict[str, str]:
    """What every file says of its release."""
    rules = catalogue().rules[release.rules]
    years = {year for table in queries.tables_of(release) for year in planning.years_in(table.period)}
    frozen = Snapshot.objects.filter(province=province, year__in=years).order_by("-taken_at").first()
    gap = "-" if release.gap is None else f"{100 * release.gap:.1f} %"
    return {
        "release": queries.name_of(province, release.number),
        "published": display_date(clock.local_date(at)),
        "k": str(rules.smallest_shown),
        "rules": f"{rules.name} {release.rules_sha256[:16]}",
        "figures": str(release.cells),
        "hidden": str(release.hidden),
        "gap": gap,
        "snapshot": display_date(clock.local_date(frozen.taken_at)) if frozen else "-",
        "code": release.code_version,
        "solver": release.solver_version,
        "previous": release.previous,
    }


def _make_public(release: Release, entry: PublicRelease) -> None:
    """What the world learns: the figures not known before, and the files."""
    province = entry.province
    said = {key: (table, value) for table, key, value in reversed(queries.cells_of(release))}
    known = {
        row.key: row.value
        for row in PublicCell.objects.filter(
            province=province, time__in={planning.at_of(key)["time"] for key in said}
        )
    }
    for key, (_table, value) in said.items():
        if key in known and known[key] != value:
            # A coordinate shows for ever what it showed first.
            raise MovedOn
    PublicCell.objects.bulk_create(
        (
            _public(release, province, key, table, value)
            for key, (table, value) in sorted(said.items())
            if key not in known
        ),
        batch_size=AT_ONCE,
    )
    names = queries.place_names(province)
    for table in queries.tables_of(release):
        published = files.Published(
            entry.about["release"],
            table,
            queries.public_lines(province, table, names),
            {**entry.about, "sha256": entry.sha256},
            names,
            entry.published_at,
        )
        for form, kind in FORMATS.items():
            content = kind.write(published)
            PublicFile.objects.create(
                release=entry, table=table.name, form=form, content=content, sha256=ledger.sha256_of(content)
            )


def _public(release: Release, province: Area, key: str, table: str, value: int | None) -> PublicCell:
    at = planning.at_of(key)
    return PublicCell(
        province=province,
        key=key,
        place=at["place"],
        time=at["time"],
        vintage=int(at["vintage"]),
        value=value,
        release=release,
        table=table,
    )
