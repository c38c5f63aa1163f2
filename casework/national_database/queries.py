"""What is read for a consignment, what stands in it, what was sent before, and what is due next."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q
from django.utils import translation
from django.utils.translation import gettext as _

from casework.access.decisions import may
from casework.access.opening import open_record
from casework.access.principals import Seat, principal, province_for
from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import display_datetime, midnight
from casework.base.refusals import NotVisible
from casework.cases.models import locked_against
from casework.deadlines.machine import Owed
from casework.deadlines.models import Clock, OfficeDeadline
from casework.national_database import lifecycle, periods, texts, words, workbook
from casework.national_database.mapping import FACILITY, Field, Group, Rhythm, mapping
from casework.national_database.models import (
    CaseReference,
    Consignment,
    ConsignmentRule,
    FrozenPart,
    FrozenRows,
)
from casework.national_database.paper import Paper, PaperField, PaperGroup
from casework.national_database.periods import Span
from casework.national_database.rows import (
    MARKS,
    Asked,
    Frozen,
    Marked,
    Reader,
    Row,
    facilities,
    flags,
    line,
    state,
    to_send,
)
from casework.organisations.models import Agency, Area, User
from casework.statistics.cube import select
from casework.statistics.models import CaseFact

READ: Final = "consignments of the province the person answers for"
CLOCK: Final = "database_update"
# How many periods that are over are looked at.
LOOKED_BACK: Final = 4


# --- reading ---


class Reading:
    """The rows of a province and a period as they are now, marked against what was sent of it; read once, part by part.

    Afterwards `sha256`, `differs`, `counts` and `flags` tell of what was read. Nothing is read but the facts, which
    hold codes only, the references, the codes of communes and how many offices of a kind there are.
    """

    def __init__(self, province: Area, of: Span, before: FrozenRows | None) -> None:
        self.province, self.of = province, of
        self.catalogue = mapping()
        self.frozen = Frozen(self.catalogue, None if before is None else _states(before))
        # Code of every commune a row names -> its name.
        self.places: dict[str, str] = {}
        self._asked = Asked()

    def parts(self) -> Iterator[tuple[str, list[Marked]]]:
        """Group and its next rows with their marks."""
        facts = select(self.of.months, [self.province])
        units = Area.objects.in_bulk(set(facts.commune.tolist()))
        self.places = {unit.code: str(unit) for unit in units.values()}
        reader = Reader(self.catalogue, facts, {pk: unit.code for pk, unit in units.items()})
        for chunk in reader.read(references_of(self.province, self.of)):
            for code, rows in chunk.items():
                yield code, self.frozen.take(code, rows)
        for group in self.catalogue.sent:
            if group.per == FACILITY:
                yield group.code, self.frozen.take(group.code, facilities(group, self._facilities(group)))
        for code in self.frozen.groups:
            yield code, self.frozen.rest(code)
        self._asked = reader.asked

    def through(self) -> "Reading":
        """The same, read to its end and nothing kept of the rows."""
        for _part in self.parts():
            pass
        return self

    def _facilities(self, group: Group) -> Mapping[str, int]:
        offices = Agency.objects.filter(kind__in=group.facilities, is_active=True)
        here = offices.filter(Q(area=self.province) | Q(area__parent=self.province))
        return dict(here.values_list("kind").annotate(Count("pk")).order_by())

    @property
    def flags(self) -> list[dict[str, Any]]:
        return flags(self.catalogue, self._asked, self.frozen.told())


def facts_of(province: Area, of: Span) -> Any:
    """The facts of a province and a period whose case is there: what was destroyed is not sent."""
    return CaseFact.objects.filter(
        province=province, month__gte=of.months.start, month__lt=of.months.stop, case__isnull=False
    )


def references_of(province: Area, of: Span) -> list[tuple[str, int]]:
    """Reference and number of the fact of every case there is, in the order of the references."""
    rows = CaseReference.objects.filter(fact__in=facts_of(province, of))
    return sorted(rows.values_list("code", "fact_id"))


def rows_of(frozen: FrozenRows, group: str) -> Iterator[Marked]:
    """The rows of a group as they were kept, one part in memory at a time."""
    numbers = FrozenPart.objects.filter(rows=frozen, group=group).order_by("number")
    for pk in list(numbers.values_list("pk", flat=True)):
        part = FrozenPart.objects.only("content").get(pk=pk)
        for text in zlib.decompress(bytes(part.content)).decode().splitlines():
            key, mark, values = json.loads(text)
            yield key, mark, values


def packed(rows: Iterable[Marked]) -> bytes:
    """Rows as they are kept."""
    return zlib.compress("\n".join(line(row) for row in rows).encode())


def _states(before: FrozenRows) -> dict[str, Iterator[Row]]:
    return {code: state(rows_of(before, code)) for code in before.heads}


# --- one consignment ---


def span_of(record: Consignment) -> Span:
    """The period a consignment is of."""
    return Span(record.period, range(record.first_month, record.end_month))


def last_edition(province: Area, code: str) -> Consignment | None:
    """The last consignment of a period, whatever became of it."""
    found: Consignment | None = _editions(province, code).order_by("-edition").first()
    return found


def received(province: Area, code: str) -> Consignment | None:
    """The last one of a period whose receipt was noted: its rows are what stands in the database."""
    rows = _editions(province, code).filter(state=lifecycle.RECEIVED)
    found: Consignment | None = rows.order_by("-edition").first()
    return found


def _editions(province: Area, code: str) -> Any:
    rows = Consignment.objects.everything(reason=READ).filter(province=province, period=code)
    return rows.select_related("frozen")


def overlaps(province: Area, of: Span) -> bool:
    """Whether a consignment of another period holds some of these months already, so that cases would be sent twice."""
    rows = Consignment.objects.everything(reason=READ).filter(
        province=province, first_month__lt=of.months.stop, end_month__gt=of.months.start
    )
    return bool(rows.exclude(period=of.code).exclude(state=lifecycle.DROPPED).exists())


def is_locked_out(user: User, of: Span) -> bool:
    """Whether a case lies in these months that somebody is locked out of; see `consignment_denials`."""
    rows = CaseFact.objects.filter(month__gte=of.months.start, month__lt=of.months.stop)
    return rows.filter(case__in=locked_against(user.pk)).exists()


def preview(record: Consignment, group: Group, *, limit: int) -> list[Marked]:
    """The first rows of a group that are sent."""
    return list(islice(to_send(rows_of(record.frozen, group.code)), limit))


def sent_of(record: Consignment, group: str) -> int:
    """How many rows of a group are sent."""
    counted: Mapping[str, int] = record.counts.get(group, {})
    return sum(number for mark, number in counted.items() if mark != "rows")


def editions_of(user: User, record: Consignment) -> list[Consignment]:
    """The other consignments of the same period the viewer may see, the first one first."""
    rows = Consignment.objects.visible_to(user).filter(province=record.province, period=record.period)
    return list(rows.exclude(pk=record.pk).order_by("edition"))


VERBS: Final[Mapping[str, str]] = {
    "check": "consignment.prepare",
    "sign": "consignment.sign",
    "download": "consignment.download",
    "receive": "consignment.receive",
    "drop": "consignment.prepare",
}


def next_steps(record: Consignment, user: User) -> list[str]:
    """The steps this person may take now, by name."""
    return [
        step
        for step, verb in VERBS.items()
        if lifecycle.may_follow(step, record.state)
        and may(user, verb, record)
        # Nobody signs what they have prepared.
        and not (step == "sign" and user.pk == record.prepared_by_id)
    ]


# --- how often ---


def rhythm_of(province: int, on: date) -> Rhythm:
    """How often a province brings the database up to date on a day: by what it has set, else by the data."""
    row = ConsignmentRule.objects.in_force(province, on).first()
    if row is None:
        return mapping().rhythm
    return Rhythm(row.rhythm, row.due_days, row.basis, row.is_verified, str(row.pk))


def rules_of(province: int, on: date) -> list[ConsignmentRule]:
    """What a province has set and has not run out, the next to begin last."""
    rows = ConsignmentRule.objects.not_ended(province, on).select_related("set_by")
    return list(rows.order_by("valid_from", "set_at"))


def seats_for(user: User, verb: str, at: datetime) -> list[Seat]:
    """The seats of the person in a province for which they do the verb."""
    return [seat for seat in principal(user, at).holding(verb, "role") if seat.area_is_province]


def province_of(user: User, verb: str, at: datetime) -> Area:
    """The province somebody answers for; raises NotVisible for somebody of none."""
    province = province_for(user, verb, at)
    if province is None:
        raise NotVisible
    return province


def open_rule(user: User, pk: UUID, at: datetime) -> ConsignmentRule:
    """A rule of one's own province; raises NotVisible."""
    province = province_of(user, "consignment_rule.view", at)
    row = ConsignmentRule.objects.filter(pk=pk, province=province).first()
    if row is None:
        raise NotVisible
    return row


# --- what is due ---


@dataclass(frozen=True, slots=True)
class Due:
    """A period that is over: by when it is due, and how far it is; is_locked_out: somebody else does this one."""

    of: Span
    due_on: date | None
    record: Consignment | None
    is_locked_out: bool


def dues_of(user: User, province: Area, at: datetime) -> list[Due]:
    """The last periods of a province that are over, the latest first."""
    today = clock.local_date(at)
    rhythm = rhythm_of(province.pk, today)
    spans = periods.over(rhythm.rhythm, today, LOOKED_BACK)
    rows = Consignment.objects.everything(reason=READ).filter(
        province=province, period__in=[one.code for one in spans]
    )
    last = {row.period: row for row in rows.exclude(state=lifecycle.DROPPED).order_by("edition")}
    months = range(spans[-1].months.start, spans[0].months.stop)
    counted = CaseFact.objects.filter(
        case__in=locked_against(user.pk), month__gte=months.start, month__lt=months.stop
    )
    locked = set(counted.values_list("month", flat=True))
    return [
        Due(one, due_on(one, rhythm), None if is_out else last.get(one.code), is_out)
        for one in spans
        for is_out in [bool(locked.intersection(one.months))]
    ]


def due_on(of: Span, rhythm: Rhythm | ConsignmentRule) -> date | None:
    """The last day on which the consignment of a period is in time."""
    # The end is the day after the period, so that day one is the end itself.
    return None if rhythm.due_days is None else of.end + timedelta(days=rhythm.due_days - 1)


def clocks_owed(at: datetime) -> Iterator[Owed]:
    """The clock of the last period that is over, of each province that has set a number of days.

    What was due before the rule held, or stands in the database already, has none.
    """
    today = clock.local_date(at)
    ruled = ConsignmentRule.objects.filter(due_days__isnull=False).values("province")
    for province in Area.objects.filter(pk__in=ruled):
        rule = ConsignmentRule.objects.in_force(province.pk, today).first()
        if rule is None:
            continue
        of = periods.over(rule.rhythm, today, 1)[0]
        last_day = due_on(of, rule)
        if last_day is None or last_day < rule.valid_from or received(province, of.code):
            continue
        due_at = midnight(last_day + timedelta(days=1))
        yield Owed(province, CLOCK, midnight(of.end), due_at, rule.basis, rule.is_verified)


def clocks_not_owed(province: Area, at: datetime) -> list[OfficeDeadline]:
    """The running clocks that what the province has set does not ask for; an hour that was missed stays missed."""
    today = clock.local_date(at)
    running = OfficeDeadline.objects.everything(reason=READ).filter(
        area=province, kind=CLOCK, state=Clock.OPEN
    )
    rule = ConsignmentRule.objects.in_force(province.pk, today).first()
    if rule is None or rule.due_days is None:
        return list(running)
    asked = {
        (midnight(of.end), midnight(of.end + timedelta(days=rule.due_days)))
        for of in periods.over(rule.rhythm, today, LOOKED_BACK)
    }
    return [row for row in running if row.due_at > at and (row.starts_at, row.due_at) not in asked]


def clocks_of(province: Area, of: Span) -> Any:
    """The clock of a period begins with the day after it, and by that it is known."""
    return OfficeDeadline.objects.everything(reason=READ).filter(
        area=province, kind=CLOCK, starts_at=midnight(of.end)
    )


def consignments_of(user: User, *, limit: int) -> Sequence[Consignment]:
    """The consignments the viewer may see, newest first."""
    rows = Consignment.objects.visible_to(user).select_related("province", "prepared_by")
    return list(rows.order_by("-prepared_at", "-pk")[:limit])


# --- a file ---

FILES: Final = {
    "xlsx": (workbook.written, workbook.MEDIA_TYPE),
    "json": (texts.as_json, texts.JSON_TYPE),
    "xml": (texts.as_xml, texts.XML_TYPE),
}


@dataclass(frozen=True, slots=True)
class ConsignmentFile:
    """A file that is made while it is read."""

    content: Iterator[bytes]
    name: str
    media_type: str


def file_of(user: User, pk: UUID, *, kind: str, purpose: str, at: datetime) -> ConsignmentFile:
    """The consignment as a file, with who took it, when and what for: written to the memory before it is made.

    Raises NotVisible for a kind or purpose there is not, or ConsignmentState for one that is not signed.
    """
    if kind not in FILES or purpose not in codes("return_purpose"):
        raise NotVisible
    record = open_record(user, Consignment, pk, verb="consignment.download", page=kind, purpose=purpose)
    lifecycle.require("download", record.state)
    write, media_type = FILES[kind]
    name = f"csdl-bao-luc-gia-dinh-{record.province.code}-{record.period}-{record.edition}.{kind}"
    return ConsignmentFile(
        write(paper_of(record, by=user.full_name, at=at, purpose=purpose)), name, media_type
    )


def paper_of(record: Consignment, *, by: str, at: datetime, purpose: str) -> Paper:
    """The consignment as files say it, in Vietnamese whoever takes it; purpose: a code of `return_purpose`."""
    assert record.signed_by is not None and record.signed_at is not None  # noqa: PT018, S101  (signed before out)
    with translation.override("vi"):
        when, frozen = display_datetime(clock.local(at)), record.frozen
        signed = f"{record.signed_by.full_name}, {display_datetime(clock.local(record.signed_at))}"
        facts = [
            (_("Province"), str(record.province)),
            (_("Unit"), record.unit.name),
            (_("Period"), words.period(span_of(record))),
            (_("Number"), record.number),
            (_("Signed"), signed),
            (_("Amends"), record.amends.number if record.amends else ""),
            (_("Receipt"), record.receipt_number),
            (_("Legal basis"), mapping().basis),
            (_("Fingerprint (SHA-256)"), frozen.sha256),
            (_("Taken"), f"{by} · {when}"),
        ]
        return Paper(
            title=words.title(span_of(record), record.edition, amends=record.amends is not None),
            note=mapping().remark,
            said={
                "province": record.province.code,
                "province_name": str(record.province),
                "period": record.period,
                "edition": record.edition,
                "kind": "amendment" if record.amends else "first",
                "number": record.number,
                "amends": record.amends.number if record.amends else "",
                "prepared_at": clock.local(record.prepared_at).isoformat(timespec="seconds"),
                "signed_at": clock.local(record.signed_at).isoformat(timespec="seconds"),
                "sha256": frozen.sha256,
                "taken_by": by,
                "taken_at": clock.local(at).isoformat(timespec="seconds"),
                "purpose": purpose,
            },
            facts=[(label, value) for label, value in facts if value],
            groups=[_paper_group(record, group) for group in mapping().groups],
            marks={mark: str(codes("consignment_mark").label(mark)) for mark in MARKS},
            watermark=f"{by} · {when}",
            foot=_("Taken by %(by)s at %(at)s, for: %(purpose)s. Rows of single cases: not for publication.")
            % {"by": by, "at": when, "purpose": codes("return_purpose").label(purpose)},
            first_sheet=_("Overview"),
            codes_sheet=_("Meaning of codes"),
            field_heads=(
                _("Group"),
                _("Field"),
                _("Is it sent"),
                _("Why not"),
                _("Legal basis"),
                _("Read in the text of the law"),
            ),
            row_heads=(_("Reference"), _("Mark")),
            code_heads=(_("Group"), _("Field"), _("Code"), _("Meaning")),
            verified={True: _("Read in the text"), False: _("Not verified")},
        )


def _paper_group(record: Consignment, group: Group) -> PaperGroup:
    frozen, heads = record.frozen, record.frozen.heads
    made = {one.code: _paper_field(one, frozen) for one in group.fields}
    return PaperGroup(
        group.code,
        group.label,
        words.short(group.code),
        words.why(group.why),
        group.is_verified,
        list(made.values()),
        [made.get(code) or _paper_field(group.field(code), frozen) for code in heads.get(group.code, [])],
        sent_of(record, group.code),
        lambda: to_send(rows_of(frozen, group.code)),
    )


def _paper_field(one: Field, frozen: FrozenRows) -> PaperField:
    return PaperField(
        one.code,
        one.label,
        one.status,
        str(codes("export_status").label(one.status)),
        words.why(one.why),
        one.basis,
        one.is_verified,
        words.meant(one, frozen.places),
    )
