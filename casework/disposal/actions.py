"""The verbs of destroying: asked for, agreed to by another, stopped, carried out by the daily job; and legal holds.

Each stands twice, for a case and for a report that never became one: the rights differ, what is done does not.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.models import Draft
from casework.access.seals import kinds
from casework.attachments.queries import keepers, store
from casework.audit.noted import note
from casework.base.codes import codes
from casework.base.refusals import Denied, InvalidInput, Refused
from casework.base.sheets import fill
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.closure.models import Closing
from casework.disposal import blunting, queries, retention, sheet
from casework.disposal.models import Disposal, LegalHold, ReportDisposal, ReportHold
from casework.disposal.queries import Subject
from casework.encryption import tombstones
from casework.encryption.models import Tombstone
from casework.encryption.tombstones import Grave
from casework.intake.models import Report
from casework.organisations.models import User
from casework.referrals.models import Consent

REASON: Final = "what a case or a report holds is destroyed as two people decided"

Request = TypeVar("Request", Disposal, ReportDisposal)
Hold = TypeVar("Hold", LegalHold, ReportHold)


class NotDisposable(Refused):
    """Something stands against destroying it; `reasons` are the codes of the list named by `conditions`."""

    def __init__(self, against: Sequence[str], conditions: str = "disposal_check") -> None:
        labels = "; ".join(codes(conditions).label(code) for code in against)
        super().__init__("not_disposable", _("Not yet met: %(what)s.") % {"what": labels})
        self.reasons = tuple(against)


class NotRunning(Refused):
    """The request has been answered, stopped or carried out already."""

    def __init__(self) -> None:
        super().__init__("disposal_not_running", _("This request is over: look again."))


class KeptWithAnother(Refused):
    """The report belongs to a case or repeats another one: it is kept, held and destroyed with that."""

    def __init__(self) -> None:
        super().__init__(
            "kept_with_another",
            _("This report belongs to a case or repeats another report: it is kept and destroyed with that."),
        )


# --- asked for and answered ---


@command("disposal.request", target="case")
def request_disposal(*, case: Case, by: User, at: datetime, answers: Mapping[str, Any]) -> Disposal:
    """Ask for what a closed case holds to be destroyed («tiêu hủy nội dung»); a second person answers within 24 hours.

    Raises NotDisposable, or Refused("disposal_runs") when somebody has asked already.
    """
    return _ask(Disposal(case=case, requested_by=by, requested_at=at), answers, at)


@command("report_disposal.request", target="report")
def request_report_disposal(
    *, report: Report, by: User, at: datetime, answers: Mapping[str, Any]
) -> ReportDisposal:
    """Ask for what a report holds to be destroyed whose triage ended without a case; a second person answers.

    Raises KeptWithAnother, NotDisposable, or Refused("disposal_runs") when somebody has asked already.
    """
    _require_own(report)
    return _ask(ReportDisposal(report=report, requested_by=by, requested_at=at), answers, at)


@command("disposal.approve", target="disposal")
def approve_disposal(*, disposal: Disposal, by: User, at: datetime, answers: Mapping[str, Any]) -> Disposal:
    """A second person agrees: in seven days it is carried out, unless somebody stops it.

    Raises Denied for whoever asked, NotRunning, Refused("answered_too_late"), Refused("changed_since_asked"), or
    NotDisposable.
    """
    return _approve(disposal, by, at, answers)


@command("report_disposal.approve", target="disposal")
def approve_report_disposal(
    *, disposal: ReportDisposal, by: User, at: datetime, answers: Mapping[str, Any]
) -> ReportDisposal:
    """A second person agrees to destroying a report; raises what `approve_disposal` does."""
    return _approve(disposal, by, at, answers)


@command("disposal.refuse", target="disposal")
def refuse_disposal(*, disposal: Disposal, by: User, at: datetime, answers: Mapping[str, Any]) -> Disposal:
    """A second person does not agree, with remarks. Raises Denied for whoever asked, NotRunning."""
    return _refuse(disposal, by, at, answers)


@command("report_disposal.refuse", target="disposal")
def refuse_report_disposal(
    *, disposal: ReportDisposal, by: User, at: datetime, answers: Mapping[str, Any]
) -> ReportDisposal:
    """A second person does not agree to destroying a report. Raises Denied for whoever asked, NotRunning."""
    return _refuse(disposal, by, at, answers)


@command("disposal.stop", target="disposal")
def stop_disposal(*, disposal: Disposal, by: User, at: datetime, answers: Mapping[str, Any]) -> Disposal:
    """Stop a request at any time before it is carried out; whoever asked or agreed may too. Raises NotRunning."""
    return _stop(disposal, by, at, answers)


@command("report_disposal.stop", target="disposal")
def stop_report_disposal(
    *, disposal: ReportDisposal, by: User, at: datetime, answers: Mapping[str, Any]
) -> ReportDisposal:
    """Stop a request to destroy a report at any time before it is carried out. Raises NotRunning."""
    return _stop(disposal, by, at, answers)


# --- legal holds ---


@command("hold.place", target="case")
def place_hold(*, case: Case, by: User, at: datetime, answers: Mapping[str, Any]) -> LegalHold:
    """Keep the case from being destroyed («tạm dừng tiêu hủy»), for as long as somebody needs it.

    Raises InvalidInput for an end that has passed.
    """
    return _place(LegalHold(case=case, placed_by=by, placed_at=at), answers, at)


@command("report_hold.place", target="report")
def place_report_hold(*, report: Report, by: User, at: datetime, answers: Mapping[str, Any]) -> ReportHold:
    """Keep a report from being destroyed, with those that repeat it.

    Raises KeptWithAnother, Refused("triage_runs") before its triage has ended, or InvalidInput for an end that has
    passed.
    """
    if report.decided_at is None:
        raise Refused(
            "triage_runs", _("The triage of this report has not ended: nothing of it is destroyed.")
        )
    _require_own(report)
    return _place(ReportHold(report=report, placed_by=by, placed_at=at), answers, at)


@command("hold.lift", target="hold")
def lift_hold(*, hold: LegalHold, by: User, at: datetime, answers: Mapping[str, Any]) -> LegalHold:
    """End a hold before its day. Raises Refused("hold_over")."""
    return _lift(hold, by, at, answers)


@command("report_hold.lift", target="hold")
def lift_report_hold(*, hold: ReportHold, by: User, at: datetime, answers: Mapping[str, Any]) -> ReportHold:
    """End a hold on a report before its day. Raises Refused("hold_over")."""
    return _lift(hold, by, at, answers)


# --- carried out ---


@command("disposal.carry_out", target="disposal", unattended=True)
def carry_out(*, disposal: Disposal, by: None, at: datetime) -> Disposal:
    """Destroy what two people decided: keys, index entries, files and drafts; what figures count stays.

    Raises Refused("cooling_off") before its time, NotRunning, or NotDisposable while something stands against it.
    """
    return _carry_out(disposal, at)


@command("report_disposal.carry_out", target="disposal", unattended=True)
def carry_out_of_report(*, disposal: ReportDisposal, by: None, at: datetime) -> ReportDisposal:
    """Destroy what two people decided of a report and of those that repeat it; raises what `carry_out` does."""
    # A report has no chain of its own that verbs wait for: whoever holds it or repeats it waits for this row.
    _read_again(disposal.report)
    return _carry_out(disposal, at)


@command("disposal.lapse", target="disposal", unattended=True)
def lapse_disposal(*, disposal: Disposal, by: None, at: datetime) -> Disposal:
    """End a request nobody answered in time, or whose case is no longer what was agreed to. Raises Refused("stands")."""
    return _lapse(disposal, at)


@command("report_disposal.lapse", target="disposal", unattended=True)
def lapse_report_disposal(*, disposal: ReportDisposal, by: None, at: datetime) -> ReportDisposal:
    """End a request about a report that nobody answered in time, or that no longer stands. Raises Refused("stands")."""
    return _lapse(disposal, at)


@command("disposal.forget_again", unattended=True)
def forget_again(*, by: None, at: datetime, stone: Tombstone) -> Subject | None:
    """Destroy once more what was destroyed before, in a database that an older backup brought back.

    stone: of the list of erasures, with its number and digest. Returns the case or the report, None when the backup is
    older than it.
    """
    grave = tombstones.grave_of(stone)
    subject = _buried_under(stone)
    if subject is not None and not subject.is_erased:
        scopes = {kind: [one.id for one in grave.scopes if one.type == kind] for kind in ("report", "person")}
        extent = queries.Extent(scopes["report"], scopes["person"], (), grave.files)
        if isinstance(subject, Report):
            _end_triage(subject, extent, stone)
        _end_requests(subject, stone, at)
        _erase(subject, extent, at)
    tombstones.destroy(grave)
    _delete_files(grave.files)
    if not Tombstone.objects.filter(pk=stone.number).exists():
        stone.save()
    tell(number=stone.number, digest=bytes(stone.digest).hex())
    return subject


# --- the same for a case and for a report ---


def _ask(disposal: Request, answers: Mapping[str, Any], at: datetime) -> Request:
    subject = disposal.subject
    if queries.running_of(subject) is not None:
        raise Refused("disposal_runs", _("Somebody has asked for this already."))
    changed = fill(disposal, sheet.REQUEST, answers)
    _require_disposable(subject, disposal.ground, at=at)
    term = queries.term_of(subject)
    if term is None:
        raise NotDisposable(["term_over"])
    disposal.retention_class, disposal.kept_until = term.code, term.until
    disposal.payload = queries.payload_of(subject, queries.extent_of(subject), disposal.ground)
    disposal.save()
    tell(fields=changed, ground=disposal.ground, retention_class=term.code)
    return disposal


def _approve(disposal: Request, by: User, at: datetime, answers: Mapping[str, Any]) -> Request:
    _require_second(disposal, by, at)
    subject = disposal.subject
    _require_disposable(subject, disposal.ground, at=at)
    if disposal.payload != queries.payload_of(subject, queries.extent_of(subject), disposal.ground):
        raise Refused(
            "changed_since_asked",
            _("It has changed since this was asked. Refuse it, and let it be asked again."),
        )
    fill(disposal, sheet.ANSWER, answers)
    disposal.state = Disposal.APPROVED
    disposal.decided_by, disposal.decided_at = by, at
    disposal.due_at = at + retention.COOL_OFF
    disposal.save()
    tell(fields=["remarks"], due_at=disposal.due_at.isoformat())
    return disposal


def _refuse(disposal: Request, by: User, at: datetime, answers: Mapping[str, Any]) -> Request:
    _require_second(disposal, by, at)
    fill(disposal, sheet.ANSWER, answers)
    disposal.state = Disposal.REFUSED
    disposal.decided_by, disposal.decided_at = by, at
    disposal.save()
    tell(fields=["remarks"])
    return disposal


def _stop(disposal: Request, by: User, at: datetime, answers: Mapping[str, Any]) -> Request:
    if disposal.state not in Disposal.RUNNING:
        raise NotRunning
    fill(disposal, sheet.STOP, answers)
    disposal.state = Disposal.STOPPED
    disposal.stopped_by, disposal.stopped_at = by, at
    disposal.save()
    tell(fields=["stop_reason"])
    return disposal


def _place(hold: Hold, answers: Mapping[str, Any], at: datetime) -> Hold:
    changed = fill(hold, sheet.HOLD, answers)
    if not hold.runs(at):
        raise InvalidInput({"until": _("This day has passed.")})
    hold.save()
    tell(fields=changed, ground=hold.ground)
    return hold


def _lift(hold: Hold, by: User, at: datetime, answers: Mapping[str, Any]) -> Hold:
    if not hold.runs(at):
        raise Refused("hold_over", _("This hold has ended already."))
    fill(hold, sheet.LIFTING, answers)
    hold.lifted_by, hold.lifted_at = by, at
    hold.save()
    tell(fields=["lift_reason"], ground=hold.ground)
    return hold


def _carry_out(disposal: Request, at: datetime) -> Request:
    if disposal.state != Disposal.APPROVED or disposal.due_at is None:
        raise NotRunning
    if at < disposal.due_at:
        raise Refused("cooling_off", _("The seven days are not over."))
    subject = disposal.subject
    _require_disposable(subject, disposal.ground, at=at)
    extent = queries.extent_of(subject)
    if disposal.payload != queries.payload_of(subject, extent, disposal.ground):
        raise NotRunning
    grave = Grave(
        subject=subject.pk,
        scopes=extent.scopes(subject),
        rows=queries.index_rows(extent.people),
        files=extent.files,
        about=_about(disposal, subject, extent),
    )
    if isinstance(subject, Case):
        lifecycle.moved(subject.state, "disposal.carry_out")
    disposal.state, disposal.done_at = Disposal.DONE, at
    disposal.save()
    drafts = _erase(subject, extent, at)
    stone = tombstones.bury(grave, at)
    tell(number=stone.number, digest=bytes(stone.digest).hex(), drafts=drafts, **stone.counts)
    return disposal


def _lapse(disposal: Request, at: datetime) -> Request:
    if disposal.state not in Disposal.RUNNING:
        raise NotRunning
    late = disposal.state == Disposal.ASKED and at >= disposal.requested_at + retention.ANSWER_WITHIN
    if not late and not _is_outdated(disposal):
        raise Refused("stands", _("This request still stands."))
    disposal.state = Disposal.LAPSED
    disposal.save()
    tell(late=late)
    return disposal


def _require_disposable(subject: Subject, ground: str, *, at: datetime) -> None:
    if against := retention.against(queries.checks_of(subject, ground=ground, at=at)):
        is_report = isinstance(subject, Report)
        raise NotDisposable(against, "report_disposal_check" if is_report else "disposal_check")


def _require_own(report: Report) -> None:
    if queries.kept_with(report) is not None:
        raise KeptWithAnother


def _require_second(disposal: Disposal | ReportDisposal, by: User, at: datetime) -> None:
    if disposal.requested_by_id == by.pk:
        raise Denied
    if disposal.state != Disposal.ASKED:
        raise NotRunning
    if at >= disposal.requested_at + retention.ANSWER_WITHIN:
        raise Refused(
            "answered_too_late",
            _("This was asked more than 24 hours ago. Let it be asked again, so that it is still meant."),
        )


def _is_outdated(disposal: Disposal | ReportDisposal) -> bool:
    subject = disposal.subject
    stands = subject.state == lifecycle.CLOSED if isinstance(subject, Case) else queries.of_its_own(subject)
    if not stands:
        return True
    return disposal.payload != queries.payload_of(subject, queries.extent_of(subject), disposal.ground)


def _about(disposal: Disposal | ReportDisposal, subject: Subject, extent: queries.Extent) -> dict[str, Any]:
    """Ids, codes, times and numbers: what the certificate tells of who decided what."""
    return {
        "disposal": str(disposal.pk),
        "ground": disposal.ground,
        "retention_class": disposal.retention_class,
        "kept_until": disposal.kept_until.isoformat(),
        "requested_by": str(disposal.requested_by_id),
        "requested_at": disposal.requested_at.isoformat(),
        "decided_by": str(disposal.decided_by_id),
        "decided_at": disposal.decided_at.isoformat() if disposal.decided_at else "",
        "due_at": disposal.due_at.isoformat() if disposal.due_at else "",
        "reports": len(extent.reports),
        **(_ending_of(subject, extent) if isinstance(subject, Report) else _closing_of(subject, extent)),
    }


def _closing_of(case: Case, extent: queries.Extent) -> dict[str, Any]:
    closing = Closing.objects.everything(reason=REASON).filter(case=case, state="finished").first()
    return {
        "closing_reason": closing.reason if closing else "",
        "people": len(extent.people),
        "people_kept": len(extent.kept),
    }


def _ending_of(report: Report, extent: queries.Extent) -> dict[str, Any]:
    return {
        "triage_result": report.triage_result,
        "triage_ended_at": report.decided_at.isoformat() if report.decided_at else "",
        "people": queries.told_in(extent.reports),
    }


def _buried_under(stone: Tombstone) -> Subject | None:
    case: Case | None = Case.objects.everything(reason=REASON).filter(pk=stone.subject).first()
    if case is not None:
        return case
    report: Report | None = Report.objects.everything(reason=REASON).filter(pk=stone.subject).first()
    return report


def _end_triage(report: Report, extent: queries.Extent, stone: Tombstone) -> None:
    """In an older backup a report may still wait for its triage: nobody can work on it, so it does not stand on a desk."""
    rows = Report.objects.everything(reason=REASON).filter(pk__in=extent.reports, decided_at__isnull=True)
    ended_at = datetime.fromisoformat(stone.about["triage_ended_at"])
    for row in rows:
        values = (
            {"triage_result": stone.about["triage_result"]}
            if row.pk == report.pk
            else {"triage_result": "duplicate", "duplicate_of": report}
        )
        _put(Report, [row], {**values, "decided_at": ended_at})


def _end_requests(subject: Subject, stone: Tombstone, at: datetime) -> None:
    """In an older backup the request may not have been carried out yet, or not even agreed to."""
    disposal = queries.running_of(subject)
    if disposal is None:
        return
    mine = str(disposal.pk) == stone.about.get("disposal") and disposal.state == Disposal.APPROVED
    values = {"state": Disposal.DONE, "done_at": stone.at} if mine else {"state": Disposal.LAPSED}
    _put(type(disposal), [disposal], values)


# --- everything but the keys ---


def _erase(subject: Subject, extent: queries.Extent, at: datetime) -> int:
    """Before the keys go: the state, what still ran, the plain columns, the drafts; returns how many drafts."""
    if isinstance(subject, Case):
        subject.state = lifecycle.DISPOSED
        subject.save()
        running = Consent.objects.everything(reason=REASON).filter(
            case=subject, withdrawn_at__isnull=True, valid_until__gt=at
        )
        _put(Consent, list(running), {"withdrawn_at": at})
        for model in keepers():
            lying = queries.rows_of(str(model._meta.model_name), subject, extent)
            _put(model, [row for row in lying if row.removed_at is None], {"removed_at": at})
    _put(Report, queries.rows_of("report", subject, extent), {"erased_at": at})
    _blunt(subject, extent)
    _delete_files(extent.files)
    return _forget_drafts(queries.rows_beneath(subject, extent.reports))


def _blunt(subject: Subject, extent: queries.Extent) -> None:
    """Take from what stays readable what could single somebody out, in the rows and in their history."""
    for kind, values in blunting.BLUNTED.items():
        rows = queries.rows_of(kind, subject, extent)
        _put(kinds()[kind], rows, values)
        _history(kinds()[kind], rows).update(**values)
    for kind in blunting.TO_THE_MONTH:
        model: Any = kinds()[kind]
        found = queries.rows_of(kind, subject, extent)
        for row in found:
            _put(model, [row], blunting.month_of(row.happened_at))
        for before in _history(model, found):
            one = model.history.model.objects.everything(reason=REASON).filter(pk=before.pk)
            one.update(**blunting.month_of(before.happened_at))


def _history(model: Any, rows: Sequence[Any]) -> Any:
    return model.history.model.objects.everything(reason=REASON).filter(id__in=[row.pk for row in rows])


def _read_again(report: Report) -> None:
    """Hold a report until the end, and see what was done to it since it was read."""
    report.refresh_from_db(from_queryset=Report.objects.everything(reason=REASON).select_for_update())


def _put(model: Any, rows: Sequence[Any], values: Mapping[str, Any]) -> None:
    """Write plain columns without opening what is sealed beside them: a damaged value must not keep the rest alive."""
    found = model.objects.everything(reason=REASON).filter(pk__in=[row.pk for row in rows])
    found.update(**values, version=F("version") + 1)
    for row in rows:
        note(row)


def _forget_drafts(ids: set[UUID]) -> int:
    """Drafts are sealed under their author's key: those whose form was about the case are removed."""
    texts = {str(pk) for pk in ids}
    named = [
        draft
        for draft, path in Draft.objects.values_list("pk", "path")
        if not texts.isdisjoint(path.partition("?")[0].split("/"))
    ]
    return Draft.objects.filter(pk__in=named).delete()[0]


def _delete_files(files: Sequence[tuple[UUID, str]]) -> None:
    """Once it is certain; without its key a sealed file says nothing, and the daily sweep tries again."""
    for _pk, name in files:
        transaction.on_commit(partial(store().delete, name), robust=True)
