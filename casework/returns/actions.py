"""The verbs of a return: prepared, filled in, checked, signed by another, sent, received, sent back, corrected.

What was signed never changes; a correction is the next edition, and the earlier one stays readable.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
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
from casework.deadlines.clocks import settle_office_clock, start_office_clock, stop_office_clocks
from casework.organisations.models import Area, User
from casework.organisations.validity import taken_back
from casework.returns import catalogue, lifecycle, queries
from casework.returns.catalogue import Form, Route, form
from casework.returns.models import OfficialReturn, ReturnRemark, ReturnRule, ReturnSnapshot
from casework.returns.sheet import RULE
from casework.statistics.figures import Window, window

REGISTER: Final = "returns"
CORRECTION: Final = "return_correction"
DEPARTMENT: Final = "province_department"
EARLIEST, LATEST = 2000, 2100
LARGEST: Final = 10_000_000


class ReturnState(Refused):
    """The return is not in a state in which this can be done."""

    def __init__(self, record: OfficialReturn) -> None:
        super().__init__(
            "return_state",
            _("This return is not at that step: %(state)s.")
            % {"state": codes("return_state").label(record.state)},
        )


class Moved(Refused):
    """What is counted now is not what the return says."""

    def __init__(self) -> None:
        super().__init__(
            "figures_moved",
            _("The figures have changed since they were counted. Count them again before this is signed."),
        )


# --- preparing ---


@command("return.prepare")
def prepare_return(*, by: User, at: datetime, answers: Mapping[str, Any]) -> OfficialReturn:
    """Count the return of one's own office for a period and begin to work on it.

    answers: form, window, year. Raises InvalidInput, Denied where the form is of another level, or
    Refused("already_prepared").
    """
    one = form(answers["form"])
    days = _days(one, answers["window"], answers["year"], at)
    place, unit = _office(by, one, at)
    # Two who prepare the same return at once wait here for each other.
    area = Area.objects.select_for_update().get(pk=place)
    goes = _route(one, area, at)
    last = queries.last_edition(area, one, days)
    if last is not None and last.state != lifecycle.DROPPED:
        raise Refused(
            "already_prepared", _("This return has been prepared already. What is sent is corrected."), "form"
        )
    record = OfficialReturn(
        form=one.code,
        area=area,
        province_id=area.parent_id or area.pk,
        unit_id=unit,
        window=days.code,
        year=days.year,
        edition=last.edition + 1 if last else 1,
        to=goes.to,
        office=goes.office,
        prepared_by=by,
        prepared_at=at,
    )
    _count(record, by=by, at=at)
    tell(form=one.code, window=days.code, year=days.year)
    return record


@command("return.prepare", target="record")
def refresh_return(*, record: OfficialReturn, by: User, at: datetime) -> OfficialReturn:
    """Count a return anew; what was filled in by hand stays. Raises ReturnState."""
    _require(record, "refresh")
    before = record.counted.sha256
    record.state, record.checked_by, record.checked_at = lifecycle.DRAFT, None, None
    _count(record, by=by, at=at)
    tell(changed=record.counted.sha256 != before)
    return record


@command("return.prepare", target="record")
def fill_in_return(
    *, record: OfficialReturn, by: User, at: datetime, answers: Mapping[str, Any]
) -> OfficialReturn:
    """Fill in what the case files do not tell, with where it comes from; who did it is written down.

    answers: rows of `return_row` -> a whole number or None for none, and `source`. Raises ReturnState, InvalidInput.
    """
    _require(record, "enter")
    offered = form(record.form).by_hand
    given = {row: answers[row] for row in offered if row in answers}
    errors: dict[str, Any] = {
        row: _("Write a whole number from 0.")
        for row, value in given.items()
        if value is not None and not 0 <= value <= LARGEST
    }
    errors |= {
        row: _("This form has no such row.")
        for row, value in answers.items()
        if row != "source" and row not in offered and value is not None
    }
    if errors:
        raise InvalidInput(errors)
    filled = dict(record.by_hand)
    changed = [row for row, value in given.items() if filled.get(row, {}).get("value") != value]
    for row in changed:
        if given[row] is None:
            filled.pop(row, None)
        else:
            filled[row] = {"value": given[row], "by": str(by.pk), "at": at.isoformat()}
    if not changed:
        raise Refused("nothing_changed", _("Nothing was filled in."), "source")
    record.by_hand = filled
    record.state, record.checked_by, record.checked_at = lifecycle.DRAFT, None, None
    _ask(record, queries.counted_of(record))
    record.save()
    _remark(record, "filled_in", answers["source"], by=by)
    tell(fields=["by_hand"], rows=sorted(changed))
    return record


@command("return.prepare", target="record")
def answer_flag(
    *, record: OfficialReturn, by: User, at: datetime, answers: Mapping[str, Any]
) -> OfficialReturn:
    """Say how what a return is asked about comes about. Raises ReturnState, or InvalidInput for no such question."""
    _require(record, "answer")
    key = answers["flag"]
    told = next((one for one in record.flags if _key(one) == key), None)
    if told is None:
        raise InvalidInput({"flag": _("There is no such point.")})
    remark = _remark(record, key[:80], answers["text"], by=by)
    record.flags = [{**one, "remark": str(remark.pk)} if one is told else one for one in record.flags]
    record.save()
    tell(fields=["flags"], flag=told["kind"])
    return record


@command("return.prepare", target="record")
def check_return(*, record: OfficialReturn, by: User, at: datetime) -> OfficialReturn:
    """Say that every question is answered, so that the leader can sign.

    Raises ReturnState, Refused("window_open") before the period is over, Moved, or Refused("flags_open").
    """
    _require(record, "check")
    _check_over(record, at)
    _check_counted(record)
    still = [one for one in record.flags if "remark" not in one]
    if still:
        raise Refused("flags_open", _("There are points without an answer."))
    record.state, record.checked_by, record.checked_at = lifecycle.CHECKED, by, at
    record.save()
    tell(flags=len(record.flags))
    return record


@command("return.prepare", target="record")
def drop_return(*, record: OfficialReturn, by: User, at: datetime) -> OfficialReturn:
    """Give up a return that was not signed. Raises ReturnState."""
    _require(record, "drop")
    record.state = lifecycle.DROPPED
    record.save()
    return record


# --- signing and sending ---


@command("return.sign", target="record")
def sign_return(
    *, record: OfficialReturn, by: User, at: datetime, answers: Mapping[str, Any]
) -> OfficialReturn:
    """The leader of the office signs exactly what was shown; it gets its number, and never changes again.

    answers: `sha256` as the page had it. Raises ReturnState, Denied for whoever prepared it, Stale where something
    else was shown, or Moved.
    """
    _require(record, "sign")
    if by.pk == record.prepared_by_id:
        raise Refused("own_return", _("You have prepared this return. Somebody else signs it."))
    if answers["sha256"] != queries.digest_of(record):
        raise Stale
    _check_over(record, at)
    _check_counted(record)
    record.sha256 = queries.digest_of(record)
    record.number = take_number(REGISTER, str(record.unit_id), at).shown
    record.state, record.signed_by, record.signed_at = lifecycle.SIGNED, by, at
    record.save()
    tell(number=record.number, sha256=record.sha256)
    return record


@command("return.send", target="record")
def send_return(*, record: OfficialReturn, by: User, at: datetime) -> OfficialReturn:
    """Send a signed return up: the duty is done. An earlier edition that was not received is replaced by it.

    Raises ReturnState.
    """
    _require(record, "send")
    if queries.digest_of(record) != record.sha256:
        raise Stale
    one, days = form(record.form), queries.window_of(record)
    record.state, record.sent_by, record.sent_at = lifecycle.SENT, by, at
    record.save()
    when, _rule = queries.due_at(one, days, record.province_id)
    if when is not None:
        settle_office_clock(record.area, one.clock, due_at=when, at=at)
    earlier = _earlier(record)
    stop_office_clocks(record.area, CORRECTION, at=at, subjects=[old.pk for old in earlier])
    _replace([old for old in earlier if old.state != lifecycle.RECEIVED])
    tell(number=record.number, to=record.to, late=when is not None and at > when)
    return record


# --- above ---


@command("return.receive", target="record")
def receive_return(
    *, record: OfficialReturn, by: User, at: datetime, answers: Mapping[str, Any]
) -> OfficialReturn:
    """Whoever it went to has it; an earlier edition that was received no longer counts.

    For a return that went to an office outside, its sender writes down that it arrived. Raises ReturnState, or
    Refused("own_receipt") for the office that sent it to one that works here.
    """
    _require(record, "receive")
    _check_receiver(record, by, at, "return.receive")
    record.state, record.received_by, record.received_at = lifecycle.RECEIVED, by, at
    record.save()
    if remark := answers.get("remark"):
        _remark(record, "received", remark, by=by)
    _replace(_earlier(record))
    tell(number=record.number)
    return record


@command("return.send_back", target="record")
def send_return_back(
    *, record: OfficialReturn, by: User, at: datetime, answers: Mapping[str, Any]
) -> OfficialReturn:
    """Return it for correction, with what is wrong: it counts nowhere until a corrected edition is received.

    Raises ReturnState, or Refused("own_receipt").
    """
    _require(record, "send_back")
    _check_receiver(record, by, at, "return.send_back")
    record.state, record.returned_by, record.returned_at = lifecycle.RETURNED, by, at
    record.save()
    _remark(record, "sent_back", answers["reason"], by=by)
    start_office_clock(record.area, CORRECTION, at=at, subject=record)
    tell(number=record.number)
    return record


@command("return.prepare", target="record")
def correct_return(
    *, record: OfficialReturn, by: User, at: datetime, answers: Mapping[str, Any]
) -> OfficialReturn:
    """Prepare the next edition of a return that was signed: counted anew, what was filled in by hand taken along.

    Raises ReturnState, or Refused("already_corrected") where a later edition is at work.
    """
    _require(record, "correct")
    one, days = form(record.form), queries.window_of(record)
    area = Area.objects.select_for_update().get(pk=record.area_id)
    last = queries.last_edition(area, one, days)
    assert last is not None  # noqa: S101  (there is this one)
    if last.pk != record.pk and last.state != lifecycle.DROPPED:
        raise Refused("already_corrected", _("A later edition of this return is there already."))
    fresh = OfficialReturn(
        form=record.form,
        area=area,
        province_id=record.province_id,
        unit_id=record.unit_id,
        window=record.window,
        year=record.year,
        edition=last.edition + 1,
        to=record.to,
        office=record.office,
        replaces=record,
        by_hand=record.by_hand,
        prepared_by=by,
        prepared_at=at,
    )
    _count(fresh, by=by, at=at)
    _remark(fresh, "correction", answers["reason"], by=by)
    tell(form=one.code, window=days.code, year=days.year, edition=fresh.edition)
    return fresh


# --- where returns go ---


@command("return_rule.set")
def set_return_rule(*, by: User, at: datetime, answers: Mapping[str, Any]) -> ReturnRule:
    """Say where a form goes in one's province from a day on, or that it is not filed; what is prepared keeps its own.

    Raises InvalidInput, or Denied for somebody of a commune.
    """
    rule = ReturnRule(province=_province(by, at), set_by=by, set_at=at)
    fill(rule, RULE, answers)
    rule.is_filed = not answers.get("not_filed")
    rule.require_dates(clock.local_date(at))
    if rule.to == "other_office" and not rule.office:
        raise InvalidInput({"office": _("Write the name of the office.")})
    if rule.to == DEPARTMENT and form(rule.form).level == catalogue.PROVINCE:
        raise InvalidInput({"to": _("A province does not send its return to itself.")})
    rule.save(force_insert=True)
    tell(form=rule.form, to=rule.to, filed=rule.is_filed, valid_from=str(rule.valid_from))
    return rule


@command("return_rule.set")
def withdraw_return_rule(*, rule: ReturnRule, by: User, at: datetime) -> ReturnRule:
    """Take a rule back: from now on the one before it holds again.

    Raises NotVisible for one of another province, or Refused("already_withdrawn").
    """
    rule = taken_back(rule, _province(by, at), by=by, at=at)
    tell(form=rule.form, rule=str(rule.pk), withdrawn=True)
    return rule


# --- parts ---


def _province(by: User, at: datetime) -> Area:
    province = province_for(by, "return_rule.set", at)
    if province is None:
        raise Denied
    return province


def _route(one: Form, area: Area, at: datetime) -> Route:
    goes = queries.route_of(one.code, area.parent_id or area.pk, clock.local_date(at))
    if not goes.is_filed:
        raise InvalidInput({"form": _("This form is not filed at this time.")})
    return goes


def _require(record: OfficialReturn, step: str) -> None:
    if not lifecycle.may_follow(step, record.state):
        raise ReturnState(record)


def _days(one: Form, code: str, year: int | None, at: datetime) -> Window:
    today = clock.local_date(at)
    if not one.active(today):
        raise InvalidInput({"form": _("This form is not filed at this time.")})
    if code not in one.windows:
        raise InvalidInput({"window": _("This form is not filed for such a period.")})
    if year is None or not EARLIEST <= year <= LATEST:
        raise InvalidInput({"year": _("Write a year from 2000 to 2100.")})
    days = window(code, year)
    if days.start > today:
        raise InvalidInput({"year": _("This period has not begun yet.")})
    return days


def _office(by: User, one: Form, at: datetime) -> tuple[int, Any]:
    """The area and the office of the seat from which the person files this form."""
    for seat in queries.seats_for(by, "return.prepare", at):
        if seat.area_is_province == (one.level == catalogue.PROVINCE):
            return seat.area_id, seat.agency_id
    raise Denied


def _count(record: OfficialReturn, *, by: User, at: datetime) -> None:
    """Count now, keep what was counted, ask what it asks, and save."""
    counted = queries.count(form(record.form), record.area, queries.window_of(record))
    record.counted = ReturnSnapshot.objects.create(
        taken_at=at,
        taken_by=by,
        content=queries.packed(counted),
        sha256=sha256(counted.text().encode()).hexdigest(),
    )
    _ask(record, counted)
    record.save()


def _ask(record: OfficialReturn, counted: queries.Counted) -> None:
    """The questions anew; one that rests on the same numbers keeps its answer."""
    answered = {_basis(one): one["remark"] for one in record.flags if "remark" in one}
    record.flags = [
        {**one, "remark": answered[_basis(one)]} if _basis(one) in answered else one
        for one in (flag.stored() for flag in queries.asked_about(record, counted))
    ]


def _key(told: Mapping[str, Any]) -> str:
    return f"{told['kind']}:{told['row']}"


def _basis(told: Mapping[str, Any]) -> tuple[Any, ...]:
    return told["kind"], told["row"], tuple(sorted(told["numbers"].items()))


def _remark(record: OfficialReturn, about: str, text: str, *, by: User) -> ReturnRemark:
    remark = ReturnRemark(record=record, about=about, by=by, text=text)
    remark.save()
    return remark


def _check_over(record: OfficialReturn, at: datetime) -> None:
    if at < midnight(queries.window_of(record).end):
        raise Refused(
            "window_open", _("The period is not over yet. It is signed from the day after it ends.")
        )


def _check_counted(record: OfficialReturn) -> None:
    """Nobody checks or signs figures that are no longer those."""
    now = queries.count(form(record.form), record.area, queries.window_of(record))
    if sha256(now.text().encode()).hexdigest() != record.counted.sha256:
        raise Moved


def _check_receiver(record: OfficialReturn, by: User, at: datetime, verb: str) -> None:
    """A commune does not receive its own; a province writes down that the ministry has it."""
    own = {seat.area_id for seat in queries.seats_for(by, verb, at)}
    if form(record.form).is_received_here and record.area_id in own:
        raise Refused("own_receipt", _("Whoever it was sent to says that it was received."))


def _earlier(record: OfficialReturn) -> list[OfficialReturn]:
    """The earlier editions of a return that still stand."""
    rows = OfficialReturn.objects.everything(reason="a later edition takes the place of these")
    return list(
        rows.filter(
            area=record.area_id,
            form=record.form,
            window=record.window,
            year=record.year,
            edition__lt=record.edition,
            state__in=(lifecycle.SIGNED, *lifecycle.OUT),
        ).select_for_update()
    )


def _replace(earlier: list[OfficialReturn]) -> None:
    for old in earlier:
        old.state = lifecycle.REPLACED
        old.save()
