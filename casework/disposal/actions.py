"""The verbs of destroying: asked for, agreed to by another, stopped, carried out by the daily job; and legal holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.models import Draft
from casework.access.seals import kinds
from casework.attachments.queries import keepers, store
from casework.audit.noted import note
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import Denied, InvalidInput, Refused
from casework.base.sheets import fill
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.closure.models import Closing
from casework.disposal import blunting, queries, retention, sheet
from casework.disposal.models import Disposal, LegalHold
from casework.encryption import tombstones
from casework.encryption.models import Tombstone
from casework.encryption.tombstones import Grave
from casework.intake.models import Report
from casework.organisations.models import User
from casework.referrals.models import Consent

REASON: Final = "a case is destroyed as two people decided"


class NotDisposable(Refused):
    """Something stands against destroying the case; `reasons` are the codes of the list `disposal_check`."""

    def __init__(self, against: Sequence[str]) -> None:
        labels = "; ".join(codes("disposal_check").label(code) for code in against)
        super().__init__("not_disposable", _("Not yet met: %(what)s.") % {"what": labels})
        self.reasons = tuple(against)


class NotRunning(Refused):
    """The request has been answered, stopped or carried out already."""

    def __init__(self) -> None:
        super().__init__("disposal_not_running", _("This request is over: look at the case again."))


# --- asked for and answered ---


@command("disposal.request", target="case")
def request_disposal(*, case: Case, by: User, at: datetime, answers: Mapping[str, Any]) -> Disposal:
    """Ask for what a closed case holds to be destroyed («tiêu hủy nội dung»); a second person answers within 24 hours.

    Raises NotDisposable, or Refused("disposal_runs") when somebody has asked already.
    """
    if queries.running_of(case) is not None:
        raise Refused("disposal_runs", _("Somebody has asked for this already."))
    disposal = Disposal(case=case, requested_by=by, requested_at=at)
    changed = fill(disposal, sheet.REQUEST, answers)
    _require_disposable(case, disposal.ground, at=at)
    term = queries.term_of(case)
    if term is None:
        raise NotDisposable(["closed"])
    disposal.retention_class, disposal.kept_until = term.code, term.until
    disposal.payload = queries.payload_of(case, queries.extent_of(case), disposal.ground)
    disposal.save()
    tell(fields=changed, ground=disposal.ground, retention_class=term.code)
    return disposal


@command("disposal.approve", target="disposal")
def approve_disposal(*, disposal: Disposal, by: User, at: datetime, answers: Mapping[str, Any]) -> Disposal:
    """A second person agrees: in seven days it is carried out, unless somebody stops it.

    Raises Denied for whoever asked, NotRunning, Refused("answered_too_late"), Refused("changed_since_asked"), or
    NotDisposable.
    """
    _require_second(disposal, by, at)
    case = disposal.case
    _require_disposable(case, disposal.ground, at=at)
    if disposal.payload != queries.payload_of(case, queries.extent_of(case), disposal.ground):
        raise Refused(
            "changed_since_asked",
            _("The case has changed since this was asked. Refuse it, and let it be asked again."),
        )
    fill(disposal, sheet.ANSWER, answers)
    disposal.state = Disposal.APPROVED
    disposal.decided_by, disposal.decided_at = by, at
    disposal.due_at = at + retention.COOL_OFF
    disposal.save()
    tell(fields=["remarks"], due_at=disposal.due_at.isoformat())
    return disposal


@command("disposal.refuse", target="disposal")
def refuse_disposal(*, disposal: Disposal, by: User, at: datetime, answers: Mapping[str, Any]) -> Disposal:
    """A second person does not agree, with remarks. Raises Denied for whoever asked, NotRunning."""
    _require_second(disposal, by, at)
    fill(disposal, sheet.ANSWER, answers)
    disposal.state = Disposal.REFUSED
    disposal.decided_by, disposal.decided_at = by, at
    disposal.save()
    tell(fields=["remarks"])
    return disposal


@command("disposal.stop", target="disposal")
def stop_disposal(*, disposal: Disposal, by: User, at: datetime, answers: Mapping[str, Any]) -> Disposal:
    """Stop a request at any time before it is carried out; whoever asked or agreed may too. Raises NotRunning."""
    if disposal.state not in Disposal.RUNNING:
        raise NotRunning
    fill(disposal, sheet.STOP, answers)
    disposal.state = Disposal.STOPPED
    disposal.stopped_by, disposal.stopped_at = by, at
    disposal.save()
    tell(fields=["stop_reason"])
    return disposal


# --- legal holds ---


@command("hold.place", target="case")
def place_hold(*, case: Case, by: User, at: datetime, answers: Mapping[str, Any]) -> LegalHold:
    """Keep the case from being destroyed («tạm dừng tiêu hủy»), for as long as somebody needs it.

    Raises InvalidInput for an end that has passed.
    """
    hold = LegalHold(case=case, placed_by=by, placed_at=at)
    changed = fill(hold, sheet.HOLD, answers)
    if not hold.runs(at):
        raise InvalidInput({"until": _("This day has passed.")})
    hold.save()
    tell(fields=changed, ground=hold.ground)
    return hold


@command("hold.lift", target="hold")
def lift_hold(*, hold: LegalHold, by: User, at: datetime, answers: Mapping[str, Any]) -> LegalHold:
    """End a hold before its day. Raises Refused("hold_over")."""
    if not hold.runs(at):
        raise Refused("hold_over", _("This hold has ended already."))
    fill(hold, sheet.LIFTING, answers)
    hold.lifted_by, hold.lifted_at = by, at
    hold.save()
    tell(fields=["lift_reason"], ground=hold.ground)
    return hold


# --- carried out ---


@command("disposal.carry_out", target="disposal", unattended=True)
def carry_out(*, disposal: Disposal, by: None, at: datetime) -> Disposal:
    """Destroy what two people decided: keys, index entries, files and drafts; what figures count stays.

    Raises Refused("cooling_off") before its time, NotRunning, or NotDisposable while something stands against it.
    """
    if disposal.state != Disposal.APPROVED or disposal.due_at is None:
        raise NotRunning
    if at < disposal.due_at:
        raise Refused("cooling_off", _("The seven days are not over."))
    case = disposal.case
    _require_disposable(case, disposal.ground, at=at)
    extent = queries.extent_of(case)
    if disposal.payload != queries.payload_of(case, extent, disposal.ground):
        raise NotRunning
    grave = Grave(
        subject=case.pk,
        scopes=extent.scopes(case),
        rows=queries.index_rows(extent.people),
        files=extent.files,
        about=_about(disposal, extent),
    )
    lifecycle.moved(case.state, "disposal.carry_out")
    disposal.state, disposal.done_at = Disposal.DONE, at
    disposal.save()
    drafts = _erase(case, extent, at)
    stone = tombstones.bury(grave, at)
    tell(number=stone.number, digest=bytes(stone.digest).hex(), drafts=drafts, **stone.counts)
    return disposal


@command("disposal.lapse", target="disposal", unattended=True)
def lapse_disposal(*, disposal: Disposal, by: None, at: datetime) -> Disposal:
    """End a request nobody answered in time, or whose case is no longer what was agreed to. Raises Refused("stands")."""
    if disposal.state not in Disposal.RUNNING:
        raise NotRunning
    late = disposal.state == Disposal.ASKED and at >= disposal.requested_at + retention.ANSWER_WITHIN
    if not late and not _is_outdated(disposal):
        raise Refused("stands", _("This request still stands."))
    disposal.state = Disposal.LAPSED
    disposal.save()
    tell(late=late)
    return disposal


@command("disposal.forget_again", unattended=True)
def forget_again(*, by: None, at: datetime, stone: Tombstone) -> Case | None:
    """Destroy once more what was destroyed before, in a database that an older backup brought back.

    stone: of the list of erasures, with its number and digest. Returns the case, None when the backup is older than it.
    """
    grave = tombstones.grave_of(stone)
    case: Case | None = Case.objects.everything(reason=REASON).filter(pk=stone.subject).first()
    if case is not None and not case.is_erased:
        scopes = {kind: [one.id for one in grave.scopes if one.type == kind] for kind in ("report", "person")}
        _end_requests(case, stone, at)
        _erase(case, queries.Extent(scopes["report"], scopes["person"], (), grave.files), at)
    tombstones.destroy(grave)
    _delete_files(grave.files)
    if not Tombstone.objects.filter(pk=stone.number).exists():
        stone.save()
    tell(number=stone.number, digest=bytes(stone.digest).hex())
    return case


def _require_disposable(case: Case, ground: str, *, at: datetime) -> None:
    found = retention.checks(queries.standing_of(case, at=at), ground=ground, on=clock.local_date(at))
    if against := retention.against(found):
        raise NotDisposable(against)


def _require_second(disposal: Disposal, by: User, at: datetime) -> None:
    if disposal.requested_by_id == by.pk:
        raise Denied
    if disposal.state != Disposal.ASKED:
        raise NotRunning
    if at >= disposal.requested_at + retention.ANSWER_WITHIN:
        raise Refused(
            "answered_too_late",
            _("This was asked more than 24 hours ago. Let it be asked again, so that it is still meant."),
        )


def _is_outdated(disposal: Disposal) -> bool:
    case = disposal.case
    if case.state != lifecycle.CLOSED:
        return True
    return disposal.payload != queries.payload_of(case, queries.extent_of(case), disposal.ground)


def _about(disposal: Disposal, extent: queries.Extent) -> dict[str, Any]:
    """Ids, codes, times and numbers: what the certificate tells of who decided what."""
    closing = Closing.objects.everything(reason=REASON).filter(case=disposal.case, state="finished").first()
    return {
        "disposal": str(disposal.pk),
        "ground": disposal.ground,
        "retention_class": disposal.retention_class,
        "kept_until": disposal.kept_until.isoformat(),
        "closing_reason": closing.reason if closing else "",
        "requested_by": str(disposal.requested_by_id),
        "requested_at": disposal.requested_at.isoformat(),
        "decided_by": str(disposal.decided_by_id),
        "decided_at": disposal.decided_at.isoformat() if disposal.decided_at else "",
        "due_at": disposal.due_at.isoformat() if disposal.due_at else "",
        "reports": len(extent.reports),
        "people": len(extent.people),
        "people_kept": len(extent.kept),
    }


def _end_requests(case: Case, stone: Tombstone, at: datetime) -> None:
    """In an older backup the request may not have been carried out yet, or not even agreed to."""
    disposal = queries.running_of(case)
    if disposal is None:
        return
    mine = str(disposal.pk) == stone.about.get("disposal") and disposal.state == Disposal.APPROVED
    values = {"state": Disposal.DONE, "done_at": stone.at} if mine else {"state": Disposal.LAPSED}
    _put(Disposal, [disposal], values)


# --- everything but the keys ---


def _erase(case: Case, extent: queries.Extent, at: datetime) -> int:
    """Before the keys go: the state, what still ran, the plain columns, the drafts; returns how many drafts."""
    case.state = lifecycle.DISPOSED
    case.save()
    running = Consent.objects.everything(reason=REASON).filter(
        case=case, withdrawn_at__isnull=True, valid_until__gt=at
    )
    _put(Consent, list(running), {"withdrawn_at": at})
    _put(Report, queries.rows_of("report", case, extent), {"erased_at": at})
    for model in keepers():
        lying = queries.rows_of(str(model._meta.model_name), case, extent)
        _put(model, [row for row in lying if row.removed_at is None], {"removed_at": at})
    _blunt(case, extent)
    _delete_files(extent.files)
    return _forget_drafts(queries.rows_beneath(case, extent.reports))


def _blunt(case: Case, extent: queries.Extent) -> None:
    """Take from what stays readable what could single somebody out, in the rows and in their history."""
    for kind, values in blunting.BLUNTED.items():
        rows = queries.rows_of(kind, case, extent)
        _put(kinds()[kind], rows, values)
        _history(kinds()[kind], rows).update(**values)
    for kind in blunting.TO_THE_MONTH:
        model: Any = kinds()[kind]
        found = queries.rows_of(kind, case, extent)
        for row in found:
            _put(model, [row], blunting.month_of(row.happened_at))
        for before in _history(model, found):
            one = model.history.model.objects.everything(reason=REASON).filter(pk=before.pk)
            one.update(**blunting.month_of(before.happened_at))


def _history(model: Any, rows: Sequence[Any]) -> Any:
    return model.history.model.objects.everything(reason=REASON).filter(id__in=[row.pk for row in rows])


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
