"""What is counted for a return, what stands in it, what is due next, and the cases behind a figure."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from casework.access.decisions import may
from casework.access.principals import Seat, principal
from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import display_datetime, midnight
from casework.base.refusals import NotVisible
from casework.cases.models import Case
from casework.deadlines.clocks import ends, rule_of
from casework.deadlines.periods import Rule
from casework.organisations.models import Agency, Area, User
from casework.returns import catalogue, checking, lifecycle, words
from casework.returns.catalogue import FIGURE, HAND, SUM, Form, Route, Row, form, route
from casework.returns.checking import Below, Flag
from casework.returns.models import OfficialReturn, ReturnRemark, ReturnRule
from casework.returns.paper import Line as PaperLine
from casework.returns.paper import Paper
from casework.statistics.counting import Facts
from casework.statistics.figures import Window, behind, figures, window
from casework.statistics.paper import yearly
from casework.statistics.queries import RURAL, URBAN, cases_of, facts_of, part_of

COUNTED: Final = "counted for a return of a unit the person answers for"
BELOW: Final = "whether the units below have sent; what they wrote is read through their returns"


# --- counting ---


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted at an instant: row -> the facts it counts, the facts of wards, and the units below.

    sums, of: row -> sum over the received returns of the units below; those units -> the number of their return.
    """

    rows: Mapping[str, Sequence[int]]
    urban: frozenset[int]
    sums: Mapping[str, int] = field(default_factory=dict)
    received: Mapping[str, str] = field(default_factory=dict)
    expected: Sequence[str] = ()

    @property
    def figures(self) -> dict[str, int]:
        return {row: len(facts) for row, facts in self.rows.items()}

    def text(self) -> str:
        """The same as text, the same for the same figures."""
        return json.dumps(
            {
                "rows": {row: list(facts) for row, facts in self.rows.items()},
                "urban": sorted(self.urban),
                "sums": dict(self.sums),
                "received": dict(self.received),
                "expected": list(self.expected),
            },
            sort_keys=True,
        )


def packed(counted: Counted) -> bytes:
    """As it is kept."""
    return zlib.compress(counted.text().encode())


def counted_of(record: OfficialReturn) -> Counted:
    """What was counted for the return when it was last counted."""
    raw = json.loads(zlib.decompress(bytes(record.counted.content)))
    return Counted(
        {row: tuple(facts) for row, facts in raw["rows"].items()},
        frozenset(raw["urban"]),
        raw["sums"],
        raw["received"],
        tuple(raw["expected"]),
    )


def count(one: Form, area: Area, days: Window) -> Counted:
    """Count the rows of a form now, and add up what was received from the units below."""
    facts = facts_of(area, days)
    rows = {row: tuple(sorted(behind(row, facts).id.tolist())) for row in one.counted}
    urban = frozenset(part_of(area, facts, URBAN).id.tolist())
    if not one.lower:
        return Counted(rows, urban)
    units = units_below(one, area, days)
    received = [unit for unit in units if unit.is_received]
    sums: dict[str, int] = {}
    for unit in received:
        assert unit.record is not None  # noqa: S101  (received)
        for row, value in values_of(unit.record).items():
            sums[row] = sums.get(row, 0) + value
    return Counted(
        rows,
        urban,
        sums,
        {unit.area.code: str(unit.record) for unit in received},
        tuple(sorted(unit.area.code for unit in units)),
    )


def values_of(record: OfficialReturn) -> dict[str, int]:
    """Every figure of a return by its row, however it came there; rows without one are left out."""
    counted = counted_of(record)
    found = {row: len(counted.rows[row]) for row in form(record.form).counted}
    found |= {row: int(told["value"]) for row, told in record.by_hand.items()}
    return found | {row: counted.sums[row] for row in form(record.form).summed if row in counted.sums}


def asked_about(record: OfficialReturn, counted: Counted) -> list[Flag]:
    """The questions a return raises, with what is counted for it."""
    one = form(record.form)
    days = window_of(record)
    earlier = [
        figures(one.counted, facts_of(record.area, window(days.code, days.year - before)))
        for before in (1, 2, 3)
    ]
    filled = {row: int(told["value"]) for row, told in record.by_hand.items()}
    below = _below(record.area, one, days, counted) if one.lower else None
    return checking.flags(one, counted.figures, earlier, filled, below)


def _below(area: Area, one: Form, days: Window, counted: Counted) -> Below:
    """The units below, and what is counted here for those whose return was received."""
    received = [place for place in Area.objects.filter(parent=area) if place.code in counted.received]
    now: Mapping[str, int] = {}
    if received:
        facts = facts_of(area, days)
        now = figures(one.counted, facts.where(facts.in_places([place.pk for place in received])))
    return Below(len(counted.expected), len(counted.received), counted.sums, now)


def window_of(record: OfficialReturn) -> Window:
    """The days a return speaks of."""
    return window(record.window, record.year)


def digest_of(record: OfficialReturn) -> str:
    """The fingerprint of all a return says: what it is, its figures, and the questions with their answers' ids."""
    said = {
        "form": record.form,
        "area": record.area.code,
        "window": record.window,
        "year": record.year,
        "edition": record.edition,
        "to": [record.to, record.office],
        "counted": record.counted.sha256,
        "by_hand": record.by_hand,
        "flags": record.flags,
    }
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


# --- the units below ---


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit below: what it has sent, if anything."""

    area: Area
    record: OfficialReturn | None

    @property
    def is_received(self) -> bool:
        return self.record is not None and self.record.state == lifecycle.RECEIVED

    @property
    def state(self) -> str:
        """A code of `return_state`; empty while nothing was sent."""
        return self.record.state if self.record is not None else ""


def units_below(one: Form, area: Area, days: Window) -> list[Unit]:
    """Every commune that has an office, with the edition that counts: the one received, else the last one sent."""
    offices = Agency.objects.filter(kind="commune_committee", is_active=True)
    places = Area.objects.filter(parent=area, valid_to__isnull=True, agencies__in=offices)
    sent = (
        OfficialReturn.objects.everything(reason=BELOW)
        .filter(province=area, form=one.lower, window=days.code, year=days.year, state__in=lifecycle.OUT)
        .select_related("counted", "area")
        .order_by("edition")
    )
    last: dict[int, OfficialReturn] = {}
    for record in sent:
        known = last.get(record.area_id)
        if known is None or known.state != lifecycle.RECEIVED or record.state == lifecycle.RECEIVED:
            last[record.area_id] = record
    return [Unit(place, last.get(place.pk)) for place in places.distinct().order_by("name", "code")]


# --- one return ---


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a return: its figure, for a province the parts, what it was the day it was counted and is today.

    value: None while nothing stands there. today: where it is another figure now. by, at: who filled it in, when.
    below: what the received returns of the units below add up to.
    """

    row: Row
    value: int | None = None
    urban: int | None = None
    rural: int | None = None
    below: int | None = None
    today: int | None = None
    by: str = ""
    at: datetime | None = None

    @property
    def is_counted(self) -> bool:
        return self.row.source == FIGURE


@dataclass(frozen=True, slots=True)
class Point:
    """A question and its answer."""

    flag: Flag
    answer: str = ""
    by: str = ""
    at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return not self.by


@dataclass(frozen=True)
class Sheet:
    """A return as it is read: rows, questions, units below, remarks."""

    record: OfficialReturn
    form: Form
    days: Window
    lines: Sequence[Line]
    points: Sequence[Point]
    units: Sequence[Unit]
    # Codes of the units whose received returns are added up.
    added: frozenset[str]
    remarks: Sequence[ReturnRemark]

    @property
    def is_province(self) -> bool:
        return self.record.area.parent_id is None

    @cached_property
    def moved(self) -> list[Line]:
        """Rows that would be another figure today."""
        return [line for line in self.lines if line.today is not None]

    @property
    def open_points(self) -> list[Point]:
        return [point for point in self.points if point.is_open]


def sheet_of(record: OfficialReturn) -> Sheet:
    """Everything a return says, and what has moved since it was counted."""
    one, days, counted = form(record.form), window_of(record), counted_of(record)
    remarks = list(
        ReturnRemark.objects.everything(reason="of a return that was opened")
        .filter(record=record)
        .select_related("by")
        .order_by("created_at", "pk")
    )
    now = facts_of(record.area, days)
    people = _names({told["by"] for told in record.by_hand.values()})
    lines = [_line(record, row, counted, now, people) for row in one.rows]
    by_id = {str(remark.pk): remark for remark in remarks}
    points = [_point(told, by_id) for told in record.flags]
    units = units_below(one, record.area, days) if one.lower else []
    return Sheet(record, one, days, lines, points, units, frozenset(counted.received), remarks)


def _line(record: OfficialReturn, row: Row, counted: Counted, now: Facts, people: Mapping[str, str]) -> Line:
    if row.source == FIGURE:
        facts = counted.rows[row.row]
        urban = len(counted.urban.intersection(facts))
        today = len(behind(row.row, now))
        return Line(
            row,
            len(facts),
            urban,
            len(facts) - urban,
            counted.sums.get(row.row) if counted.received else None,
            today if today != len(facts) else None,
        )
    if row.source == SUM:
        return Line(row, counted.sums.get(row.row))
    told = record.by_hand.get(row.row) if row.source == HAND else None
    if told is None:
        return Line(row)
    return Line(row, int(told["value"]), by=people.get(told["by"], ""), at=datetime.fromisoformat(told["at"]))


def _point(told: Mapping[str, Any], remarks: Mapping[str, ReturnRemark]) -> Point:
    flag = Flag(told["kind"], told["row"], told["numbers"])
    remark = remarks.get(told.get("remark", ""))
    if remark is None:
        return Point(flag)
    return Point(flag, remark.text, remark.by.full_name, remark.created_at)


def _names(ids: set[str]) -> dict[str, str]:
    return {str(pk): name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "full_name")}


def editions_of(user: User, record: OfficialReturn) -> list[OfficialReturn]:
    """The other editions of the same return the viewer may see, the first one first."""
    rows = OfficialReturn.objects.visible_to(user).filter(
        area=record.area, form=record.form, window=record.window, year=record.year
    )
    return list(rows.exclude(pk=record.pk).order_by("edition"))


def cases_behind(
    user: User, record: OfficialReturn, row: str, *, limit: int, part: str = ""
) -> tuple[int, list[Case]]:
    """How many cases a figure of the return counts, and those of them the viewer may see, newest first.

    part: URBAN, RURAL, or "" for both. The very facts that were counted: the figure and the list are one.
    Raises NotVisible for a row that is not counted from cases.
    """
    counted = counted_of(record)
    if row not in counted.rows or part not in ("", URBAN, RURAL):
        raise NotVisible
    facts = [fact for fact in counted.rows[row] if not part or (fact in counted.urban) == (part == URBAN)]
    return len(facts), cases_of(user, facts, limit=limit)


# --- where it goes ---


def route_of(code: str, province: int, on: date) -> Route:
    """Where a form goes in a province on a day: by what the province has set, else by the data."""
    row = ReturnRule.objects.in_force(province, on).filter(form=code).first()
    return _route(row) if row is not None else route(code)


def routes_of(province: int, on: date) -> dict[str, Route]:
    """The same for every form that is active that day; one query."""
    set_here: dict[str, ReturnRule] = {}
    for row in ReturnRule.objects.in_force(province, on):
        set_here.setdefault(row.form, row)
    return {
        one.code: _route(set_here[one.code]) if one.code in set_here else route(one.code)
        for one in codes(catalogue.FORMS).active(on)
    }


def _route(row: ReturnRule) -> Route:
    return Route(row.form, row.to, row.office, row.basis, row.is_verified, row.is_filed, str(row.pk))


def rules_of(province: int, on: date) -> list[ReturnRule]:
    """What a province has set and has not run out, the next to begin last."""
    rows = ReturnRule.objects.not_ended(province, on).select_related("set_by")
    return list(rows.order_by("valid_from", "set_at"))


def province_of(user: User, verb: str, at: datetime) -> Area:
    """The province somebody reads or sets rules of; raises NotVisible for somebody of none."""
    for seat in principal(user, at).holding(verb, "role"):
        area = Area.objects.select_related("parent").get(pk=seat.area_id)
        return area.parent or area
    raise NotVisible


def open_rule(user: User, pk: UUID, at: datetime) -> ReturnRule:
    """A rule of one's own province; raises NotVisible."""
    row = ReturnRule.objects.filter(pk=pk, province=province_of(user, "return_rule.view", at)).first()
    if row is None:
        raise NotVisible
    return row


# --- what is due ---


@dataclass(frozen=True, slots=True)
class Duty:
    """One return an office owes or may file: of which days, by when, and how far it is."""

    form: Form
    days: Window
    area: Area
    due_at: datetime | None
    rule: Rule | None
    record: OfficialReturn | None

    @property
    def is_over(self) -> bool:
        """Whether it has left the office."""
        return self.record is not None and self.record.state in (lifecycle.SENT, lifecycle.RECEIVED)


def seats_for(user: User, verb: str, at: datetime) -> list[Seat]:
    """The seats from which somebody files returns, each area once."""
    found: dict[int, Seat] = {}
    for seat in principal(user, at).holding(verb, "area"):
        found.setdefault(seat.area_id, seat)
    return list(found.values())


def forms_filed(user: User, at: datetime) -> list[Form]:
    """The forms the viewer's offices prepare, each once."""
    today = clock.local_date(at)
    levels = {_level(seat) for seat in seats_for(user, "return.prepare", at)}
    return [one for level in sorted(levels) for one in catalogue.forms(level, today)]


def _level(seat: Seat) -> str:
    return catalogue.PROVINCE if seat.area_is_province else catalogue.COMMUNE


def due_at(one: Form, days: Window, province: int) -> tuple[datetime | None, Rule | None]:
    """When the return of a period is due, by the rule that holds at its end; nothing where no day is known."""
    if not one.clock:
        return None, None
    rule = rule_of(one.clock, province=province, on=days.end)
    return (ends(rule.length, midnight(days.end)) if rule.length is not None else None), rule


def due_rule(code: str, province: int, on: date) -> Rule | None:
    """By when a form is due, by the rule of its clock; None for one that is filed on request."""
    clock_ = form(code).clock
    return rule_of(clock_, province=province, on=on) if clock_ else None


def duties_of(user: User, at: datetime) -> list[Duty]:
    """The returns of the viewer's offices for the period that has ended and the one that runs, the nearest first."""
    today = clock.local_date(at)
    found: list[Duty] = []
    for seat in seats_for(user, "return.view", at):
        area = Area.objects.select_related("parent").get(pk=seat.area_id)
        last, filed = _last(area), routes_of(area.parent_id or area.pk, today)
        for one in catalogue.forms(_level(seat), today):
            if not filed[one.code].is_filed:
                continue
            for days in catalogue.periods(one, today):
                when, rule = due_at(one, days, area.parent_id or area.pk)
                found.append(Duty(one, days, area, when, rule, last.get((one.code, days.code, days.year))))
    return sorted(found, key=_nearest)


def _nearest(duty: Duty) -> tuple[bool, bool, date, str]:
    """First what is owed by a day, the earlier day first; what has left the office last."""
    owed = duty.due_at
    day = clock.local_date(owed) if owed is not None else duty.days.end
    return duty.is_over, owed is None, day, duty.form.code


def _last(area: Area) -> dict[tuple[str, str, int], OfficialReturn]:
    """The last edition of each return of an area, given up ones left out."""
    rows = (
        OfficialReturn.objects.everything(reason=COUNTED)
        .filter(area=area)
        .exclude(state=lifecycle.DROPPED)
        .order_by("edition")
    )
    return {(row.form, row.window, row.year): row for row in rows}


def returns_of(user: User, *, limit: int) -> list[OfficialReturn]:
    """The returns the viewer may see, newest first."""
    rows = OfficialReturn.objects.visible_to(user).select_related("area", "unit", "prepared_by")
    return list(rows.order_by("-prepared_at", "-pk")[:limit])


def last_edition(area: Area, one: Form, days: Window) -> OfficialReturn | None:
    """The last edition of a return, whatever became of it."""
    rows = OfficialReturn.objects.everything(reason=COUNTED).filter(
        area=area, form=one.code, window=days.code, year=days.year
    )
    return rows.order_by("-edition").first()


def next_steps(record: OfficialReturn, user: User) -> list[str]:
    """The steps this person may take now, by name."""
    verbs = {
        "check": "return.prepare",
        "sign": "return.sign",
        "send": "return.send",
        "receive": "return.receive",
        "enter": "return.prepare",
        "refresh": "return.prepare",
        "correct": "return.prepare",
        "send_back": "return.send_back",
        "drop": "return.prepare",
    }
    open_ones = {step: verb for step, verb in verbs.items() if lifecycle.may_follow(step, record.state)}
    allowed = {verb: bool(may(user, verb, record)) for verb in set(open_ones.values())}
    # A commune does not receive its own, and nobody signs what they have prepared.
    above = form(record.form).is_received_here and record.area_id in {
        seat.area_id for seat in principal(user).seats
    }
    return [
        step
        for step, verb in open_ones.items()
        if allowed[verb]
        and not (step == "sign" and user.pk == record.prepared_by_id)
        and not (step in ("receive", "send_back") and above)
    ]


# --- a file ---


def paper_of(sheet: Sheet, *, by: str, at: datetime, purpose: str) -> Paper:
    """The return as files say it, in Vietnamese whoever takes it; purpose: a code of `return_purpose`."""
    with translation.override("vi"):
        record = sheet.record
        when = display_datetime(clock.local(at))
        signed = ""
        if record.signed_by is not None and record.signed_at is not None:
            signed = f"{record.signed_by.full_name}, {display_datetime(clock.local(record.signed_at))}"
        facts = [
            (_("Goes to"), words.recipient(record.to, record.office)),
            (_("State"), codes("return_state").label(record.state)),
            (_("Legal basis"), sheet.form.basis),
            (_("Signed"), signed),
            (_("Fingerprint (SHA-256)"), record.sha256),
        ]
        return Paper(
            title=words.title(record.form, record.window, record.year, record.edition),
            area=str(record.area),
            days=words.days(sheet.days),
            unit=record.unit.name,
            to=words.recipient(record.to, record.office),
            number=_("Number: %(number)s") % {"number": record.number} if record.number else "",
            state=record.state,
            signed=signed,
            fingerprint=record.sha256,
            marking=_("Working layout of the system, not the form of a circular"),
            watermark=f"{by} · {when}",
            foot=_("Taken by %(by)s at %(at)s, for: %(purpose)s. Exact figures: not for publication.")
            % {"by": by, "at": when, "purpose": codes("return_purpose").label(purpose)},
            heads=(
                _("No."),
                _("Row"),
                _("Total"),
                *((_("Urban"), _("Rural")) if sheet.is_province else ()),
                *((_("Sum of received returns"),) if sheet.form.lower else ()),
                _("Remark"),
            ),
            lines=[_paper_line(line, sheet) for line in sheet.lines],
            facts=[(label, value) for label, value in facts if value],
            points_title=_("Points that were asked about"),
            points=[
                (words.point(sheet.form, point.flag), point.answer or _("Without an answer"))
                for point in sheet.points
            ],
            units_title=_("Units whose return is not among the sums"),
            units=[
                (str(unit.area), codes("return_state").label(unit.state) if unit.state else _("Not sent"))
                for unit in sheet.units
                if unit.area.code not in sheet.added
            ],
            notes=[
                yearly().note["vi"],
                _("A case with two forms of violence counts in both form rows and once in the total."),
            ],
            is_province=sheet.is_province,
            has_sums=bool(sheet.form.lower),
        )


def _paper_line(line: Line, sheet: Sheet) -> PaperLine:
    note = ""
    if line.row.source == SUM:
        note = _("sum of %(added)s of %(units)s units") % {
            "added": len(sheet.added),
            "units": len(sheet.units),
        }
    if line.by and line.at is not None:
        note = _("Filled in by %(by)s, %(at)s") % {
            "by": line.by,
            "at": display_datetime(clock.local(line.at)),
        }
    return PaperLine(
        line.row.no,
        words.label(line.row),
        line.row.kind,
        not line.row.source,
        line.value,
        line.urban,
        line.rural,
        line.below,
        note,
    )
