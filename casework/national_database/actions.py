"""The verbs of a consignment: prepared, checked, signed by another, its receipt noted; amended by the next one.

What was sent never changes. Prepared again with nothing new it is the same consignment; once its receipt is noted, what
differs is the next one, which says of each row whether it is new, changed or withdrawn.
"""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.principals import province_for
from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import midnight
from casework.base.refusals import Denied, InvalidInput, Refused, Stale
from casework.base.registers import take_number
from casework.base.sheets import fill
from casework.deadlines.clocks import end_clock
from casework.deadlines.models import Clock
from casework.national_database import lifecycle, periods, queries
from casework.national_database.models import (
    CaseReference,
    Consignment,
    ConsignmentRule,
    FrozenPart,
    FrozenRows,
)
from casework.national_database.periods import Span
from casework.national_database.sheet import RULE
from casework.organisations.models import Area, User
from casework.organisations.validity import taken_back

REGISTER: Final = "consignments"
_WRITTEN_AT_ONCE: Final = 2000
_LONGEST_DUE: Final = 366


class Moved(Refused):
    """What is on file now is not what the consignment says."""

    def __init__(self) -> None:
        super().__init__(
            "rows_moved",
            _("The case files have changed since this was prepared. Prepare it again before it is signed."),
        )


# --- preparing ---


@command("consignment.prepare")
def prepare_consignment(*, by: User, at: datetime, answers: Mapping[str, Any]) -> Consignment:
    """Read the rows of a period as they are, and keep them; with nothing new it is the consignment there was.

    answers: period, a code as 2026-Q3. One that is not signed is read anew; after a receipt, what differs becomes an
    amendment. Raises InvalidInput, Refused("period_open") before the period is over, Refused("period_overlaps"),
    Refused("not_received") while a signed one waits for its receipt and something is new, or Denied for somebody
    who is locked out of a case of these months.
    """
    seats = queries.seats_for(by, "consignment.prepare", at)
    if not seats:
        raise Denied
    seat = seats[0]
    # Two who prepare the same period at once wait here for each other, and nobody who opens a case for them.
    province = Area.objects.select_for_update(no_key=True).get(pk=seat.area_id)
    of = _span(province, answers["period"], at)
    if queries.is_locked_out(by, of):
        raise Denied
    if queries.overlaps(province, of):
        raise Refused(
            "period_overlaps",
            _("A consignment of another period holds some of these months already."),
            "period",
        )
    _refer(province, of)
    last, before = queries.last_edition(province, of.code), queries.received(province, of.code)
    stands = last if last is not None and last.state != lifecycle.DROPPED else None
    if stands is not None and _is_same(stands, before):
        return stands
    if stands is not None and stands.state == lifecycle.SIGNED:
        raise Refused(
            "not_received",
            _(
                "The consignment before this one is signed. Note its receipt, or give it up, then prepare again."
            ),
            "period",
        )
    if stands is None or stands.state == lifecycle.RECEIVED:
        stands = Consignment(
            province=province,
            unit_id=seat.agency_id,
            period=of.code,
            first_month=of.months.start,
            end_month=of.months.stop,
            edition=last.edition + 1 if last is not None else 1,
            amends=before,
        )
    stands.state, stands.checked_by, stands.checked_at = lifecycle.DRAFT, None, None
    stands.prepared_by, stands.prepared_at = by, at
    _freeze(stands, before, by=by, at=at)
    tell(period=of.code, edition=stands.edition, rows=_rows(stands))
    return stands


@command("consignment.prepare", target="record")
def check_consignment(
    *, record: Consignment, by: User, at: datetime, answers: Mapping[str, Any]
) -> Consignment:
    """Say that every point was looked at, so that somebody else can sign.

    answers: `looked_at`, needed where there are points. Raises ConsignmentState, Refused("codes_unlisted") while a
    code stands in it that is on no list, or Refused("points_open").
    """
    lifecycle.require("check", record.state)
    stops = [one for one in record.flags if codes("consignment_flag").row(one["kind"]).flag("stops")]
    if stops:
        raise Refused(
            "codes_unlisted",
            _("There are codes that are on no list. They must be corrected in the case files."),
        )
    if record.flags and not answers.get("looked_at"):
        raise Refused("points_open", _("Say that you have looked at every point."), "looked_at")
    record.state, record.checked_by, record.checked_at = lifecycle.CHECKED, by, at
    record.save()
    tell(points=len(record.flags))
    return record


@command("consignment.prepare", target="record")
def drop_consignment(*, record: Consignment, by: User, at: datetime) -> Consignment:
    """Give up a consignment that was not received. Raises ConsignmentState."""
    lifecycle.require("drop", record.state)
    record.state = lifecycle.DROPPED
    record.save()
    tell(period=record.period, edition=record.edition)
    return record


# --- signing, and the receipt ---


@command("consignment.sign", target="record")
def sign_consignment(
    *, record: Consignment, by: User, at: datetime, answers: Mapping[str, Any]
) -> Consignment:
    """A second person signs exactly what was shown; it gets its number and may leave as a file.

    answers: `sha256` as the page had it. Raises ConsignmentState, Refused("own_consignment"), Stale where something
    else was shown, or Moved: what was destroyed or corrected since it was prepared does not leave.
    """
    lifecycle.require("sign", record.state)
    if by.pk == record.prepared_by_id:
        raise Refused("own_consignment", _("You have prepared this. Somebody else signs it."))
    if answers["sha256"] != record.frozen.sha256:
        raise Stale
    if not _is_same(record, record.amends):
        raise Moved
    record.number = take_number(REGISTER, str(record.unit_id), at).shown
    record.state, record.signed_by, record.signed_at = lifecycle.SIGNED, by, at
    record.save()
    tell(number=record.number, sha256=record.frozen.sha256)
    return record


@command("consignment.receive", target="record")
def receive_consignment(
    *, record: Consignment, by: User, at: datetime, answers: Mapping[str, Any]
) -> Consignment:
    """Write down the receipt of the national database: from now on these rows stand there.

    answers: receipt_number, receipt_on. Raises ConsignmentState or InvalidInput.
    """
    lifecycle.require("receive", record.state)
    assert record.signed_at is not None  # noqa: S101  (held by the database)
    number, day = answers["receipt_number"].strip(), answers["receipt_on"]
    errors: dict[str, Any] = {}
    if not number or len(number) > 60:
        errors["receipt_number"] = _(
            "Write the number as it stands on the receipt, in at most 60 characters."
        )
    if not clock.local_date(record.signed_at) <= day <= clock.local_date(at):
        errors["receipt_on"] = _("The day lies between the signing and today.")
    if errors:
        raise InvalidInput(errors)
    record.receipt_number, record.receipt_on = number, day
    record.state, record.received_by, record.received_at = lifecycle.RECEIVED, by, at
    record.save()
    _stop_clock(record, at)
    tell(number=record.number, receipt_on=str(day))
    return record


# --- how often ---


@command("consignment_rule.set")
def set_consignment_rule(*, by: User, at: datetime, answers: Mapping[str, Any]) -> ConsignmentRule:
    """Say how often one's province brings the database up to date from a day on. Raises InvalidInput or Denied."""
    rule = ConsignmentRule(province=_province(by, at), set_by=by, set_at=at)
    fill(rule, RULE, answers)
    rule.require_dates(clock.local_date(at))
    if rule.due_days is not None and not 1 <= rule.due_days <= _LONGEST_DUE:
        raise InvalidInput({"due_days": _("Write a number of days from 1 to 366.")})
    rule.save(force_insert=True)
    _cancel_clocks(rule.province, at)
    tell(rhythm=rule.rhythm, due_days=rule.due_days, valid_from=str(rule.valid_from))
    return rule


@command("consignment_rule.set")
def withdraw_consignment_rule(*, rule: ConsignmentRule, by: User, at: datetime) -> ConsignmentRule:
    """Take a rule back: from now on the one before it holds again.

    Raises NotVisible for one of another province, or Refused("already_withdrawn").
    """
    rule = taken_back(rule, _province(by, at), by=by, at=at)
    _cancel_clocks(rule.province, at)
    tell(rhythm=rule.rhythm, rule=str(rule.pk), withdrawn=True)
    return rule


# --- parts ---


def _stop_clock(record: Consignment, at: datetime) -> None:
    """End the clock of the period of a consignment, if it runs: its rows stand in the database."""
    for running in queries.clocks_of(record.province, queries.span_of(record)).filter(state=Clock.OPEN):
        end_clock(running, at=at)


def _cancel_clocks(province: Area, at: datetime) -> None:
    """Tell nobody of a day that is not set any more; what is owed instead begins with the next minute."""
    for running in queries.clocks_not_owed(province, at):
        end_clock(running, at=at, cancelled=True)


def _province(by: User, at: datetime) -> Area:
    province = province_for(by, "consignment_rule.set", at)
    if province is None:
        raise Denied
    return province


def _span(province: Area, code: str, at: datetime) -> Span:
    rhythm = queries.rhythm_of(province.pk, clock.local_date(at))
    try:
        of = periods.span(code, rhythm.rhythm)
    except ValueError as error:
        raise InvalidInput(
            {"period": _("The database is not brought up to date for such a period.")}
        ) from error
    if at < midnight(of.end):
        raise Refused("period_open", _("This period is not over yet."), "period")
    return of


def _refer(province: Area, of: Span) -> None:
    """Give every case a reference that has none, and take away those that lead to a destroyed one."""
    CaseReference.objects.filter(fact__case__isnull=True).delete()
    known = CaseReference.objects.values("fact")
    new = queries.facts_of(province, of).exclude(pk__in=known).values_list("pk", flat=True)
    CaseReference.objects.bulk_create(
        (CaseReference(code=token_hex(10), fact_id=fact) for fact in list(new)), batch_size=_WRITTEN_AT_ONCE
    )


def _is_same(record: Consignment, before: Consignment | None) -> bool:
    """Whether nothing is to be said beyond what a consignment says."""
    if record.state == lifecycle.RECEIVED:
        read = queries.Reading(record.province, queries.span_of(record), record.frozen).through()
        return not read.frozen.differs
    read = queries.Reading(record.province, queries.span_of(record), before.frozen if before else None)
    return read.through().frozen.sha256 == record.frozen.sha256


def _freeze(record: Consignment, before: Consignment | None, *, by: User, at: datetime) -> None:
    """Keep the rows as they are now, count them, ask what they ask, and save."""
    read = queries.Reading(record.province, queries.span_of(record), before.frozen if before else None)
    # The fingerprint is known once the rows have passed, and what is kept is never changed: they wait by part.
    numbers: dict[str, int] = {}
    parts: list[FrozenPart] = []
    for group, rows in read.parts():
        if rows:
            numbers[group] = number = numbers.get(group, 0) + 1
            parts.append(FrozenPart(group=group, number=number, content=queries.packed(rows)))
    record.frozen = FrozenRows.objects.create(
        taken_at=at, taken_by=by, heads=read.frozen.heads, places=read.places, sha256=read.frozen.sha256
    )
    for part in parts:
        part.rows = record.frozen
        part.save(force_insert=True)
    record.counts, record.flags = read.frozen.told(), read.flags
    record.save()


def _rows(record: Consignment) -> int:
    return sum(queries.sent_of(record, group) for group in record.counts)
