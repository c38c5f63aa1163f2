"""The verbs of papers: issue, draw anew, ask a second person, let go, cancel; and the templates of a province."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, BinaryIO, Final, cast

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.attachments import kinds as files
from casework.attachments.keeping import keep_content, sealed
from casework.attachments.queries import store
from casework.base.models import RegisterEntry
from casework.base.refusals import Denied, InvalidInput, NotVisible, Refused
from casework.base.registers import entry_of, take_number, write_in
from casework.base.sheets import fill
from casework.base.text import nfc
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.encryption.files import SealedUpload, destroy_file_key
from casework.official_forms import ahead, kinds, queries, scan, sheet, word
from casework.official_forms.models import OfficialPaper, PaperTemplate
from casework.organisations.models import User

ANSWER_WITHIN: Final = timedelta(hours=24)
# Recordings are no papers.
NOT_PAPERS: Final = ("audio/mpeg", "audio/mp4")


class PaperState(Refused):
    """The paper is not in a state that allows the verb."""

    def __init__(self) -> None:
        super().__init__("paper_state", _("The state of this paper does not allow this."))


class AlreadyIssued(Refused):
    """What is decided has one number, and one paper that stands."""

    def __init__(self) -> None:
        super().__init__(
            "already_issued",
            _(
                "This decision has its paper. Put that one anew while it is blocked, or cancel its number first."
            ),
        )


# --- issuing ------------------------------------------------------------------------------------------------


@command("paper.issue", target="case")
def issue_paper(*, case: Case, by: User, at: datetime, answers: Mapping[str, Any]) -> OfficialPaper:
    """Draw a paper, give it the next number of its register, look it through and keep it.

    answers: kind, about (the uuid of the record), form (pdf or docx). One that says what must not leave the office
    is kept blocked. Raises CaseNotLive, NotVisible, Refused("nothing_to_issue"), Refused("values_missing") naming
    them, or Refused("no_template").
    """
    lifecycle.require_live(case.state)
    preview = queries.preview_of(by, case, str(answers["kind"]), answers["about"], at=at)
    kind = preview.kind
    _require_complete(preview)
    if answers["form"] == "docx" and preview.template is None:
        raise Refused("no_template", _("The province has not put up a Word file for this paper yet."), "form")
    place = _place(preview, by=by, at=at)
    how: dict[str, Any] = {"check_code": ahead.check_code(), "by": by, "at": at, "goes_to": kind.goes_to}
    paper = queries.unsaved(case, kind, place, **how)
    queries.put_about(paper, preview, answers["form"])
    _draw(paper, preview, by=by, at=at)
    tell(kind=kind.code, register=paper.register, number=paper.number, state=paper.state, found=paper.found)
    return paper


@command("paper.issue_file", target="case")
def issue_file(*, case: Case, by: User, at: datetime, answers: Mapping[str, Any]) -> OfficialPaper:
    """Give a file that was written elsewhere a number, look it through and keep it.

    answers: file (a SealedUpload), goes_to. It is held to what a paper he reads is held to. Raises CaseNotLive, or
    InvalidInput for a file that is not taken.
    """
    lifecycle.require_live(case.state)
    kind, unit = kinds.kind_of(queries.UPLOADED), queries.unit_for(by, case, at=at)
    place = queries.place_of(take_number(kind.register, str(unit.pk), at))
    how: dict[str, Any] = {
        "check_code": ahead.check_code(),
        "by": by,
        "at": at,
        "goes_to": answers["goes_to"],
    }
    paper = queries.unsaved(case, kind, place, **how)
    paper.about, paper.about_kind = case.pk, "case"
    paper.origin = "upload"
    _take(paper, answers["file"], at=at)
    tell(kind=paper.kind, register=paper.register, number=paper.number, state=paper.state, found=paper.found)
    return paper


@command("paper.redact", target="paper")
def redact_paper(
    *, paper: OfficialPaper, by: User, at: datetime, answers: Mapping[str, Any]
) -> OfficialPaper:
    """Put a blocked paper anew: drawn from the records as they are now, or a file without what was found.

    It keeps its number; the file that was blocked is destroyed, and what a first person said of it is void. Raises
    PaperState, CaseNotLive, Refused("file_missing") for a paper that was written elsewhere, or as issuing does.
    """
    lifecycle.require_live(paper.case.state)
    _require(paper, OfficialPaper.BLOCKED)
    before = paper.stored_as
    paper.release_asked_at = paper.release_asked_by = None
    paper.release_reason = paper.release_sha256 = ""
    paper.stored_as = OfficialPaper._meta.get_field("stored_as").get_default()
    if answers.get("file") is not None:
        paper.origin, paper.template = "upload", None
        _take(paper, answers["file"], at=at)
    elif paper.origin == "upload":
        raise Refused(
            "file_missing",
            _("This paper was written elsewhere: send the file without what was found."),
            "file",
        )
    else:
        preview = queries.preview_of(by, paper.case, paper.kind, paper.about, at=at)
        _require_complete(preview)
        _draw(paper, preview, by=by, at=at)
    destroy_file_key(before)
    # Without its key the sealed file says nothing; that it goes too must not undo the work.
    transaction.on_commit(partial(store().delete, str(before)), robust=True)
    tell(state=paper.state, found=paper.found)
    return paper


# --- two people ---------------------------------------------------------------------------------------------


@command("paper.ask_release", target="paper")
def ask_release(*, paper: OfficialPaper, by: User, at: datetime, answers: Mapping[str, Any]) -> OfficialPaper:
    """The first person says why a blocked paper may go out as it is; good for 24 hours and for this file alone."""
    lifecycle.require_live(paper.case.state)
    _require(paper, OfficialPaper.BLOCKED)
    changed = fill(paper, sheet.ASK_RELEASE, answers)
    paper.release_asked_at, paper.release_asked_by = at, by
    paper.release_sha256 = paper.sha256
    paper.save()
    tell(fields=changed)
    return paper


@command("paper.release", target="paper")
def release_paper(
    *, paper: OfficialPaper, by: User, at: datetime, answers: Mapping[str, Any]
) -> OfficialPaper:
    """A second person lets a blocked paper go out as it is.

    Raises PaperState, Refused("release_not_asked") when nobody asked within 24 hours or the file has changed since, or
    Denied for whoever asked or drew it.
    """
    lifecycle.require_live(paper.case.state)
    _require(paper, OfficialPaper.BLOCKED)
    asked = paper.release_asked_at
    if asked is None or at - asked > ANSWER_WITHIN or paper.release_sha256 != paper.sha256:
        raise Refused("release_not_asked", _("Nobody has asked for this file within the last 24 hours."))
    if by.pk in (paper.release_asked_by_id, paper.issued_by_id):
        raise Denied
    changed = fill(paper, sheet.RELEASE, answers)
    paper.released_at, paper.released_by = at, by
    paper.state, paper.issued_at = OfficialPaper.ISSUED, at
    paper.save()
    tell(fields=changed, state=paper.state, found=paper.found)
    return paper


@command("paper.void", target="paper")
def void_paper(*, paper: OfficialPaper, by: User, at: datetime, answers: Mapping[str, Any]) -> OfficialPaper:
    """Cancel a number: the paper is not used, and whoever checks it is told that it does not stand. Raises PaperState."""
    if paper.state == OfficialPaper.VOID:
        raise PaperState
    changed = fill(paper, sheet.VOID, answers)
    paper.state, paper.voided_at = OfficialPaper.VOID, at
    paper.save()
    tell(fields=changed, state=paper.state)
    return paper


# --- templates ----------------------------------------------------------------------------------------------


@command("template.publish")
def publish_template(*, by: User, at: datetime, answers: Mapping[str, Any]) -> PaperTemplate:
    """Put a province's own Word file in the place of a working layout, as a further version.

    answers: kind, file, remark. Raises InvalidInput that names every fault.
    """
    kind = _kind_for_template(str(answers["kind"]))
    given: SealedUpload = answers["file"]
    if files.kind_of(given.name or "", cast("BinaryIO", given)).media_type != queries.DOCX:
        raise InvalidInput({"file": _("A template is a Word file (docx).")})
    given.seek(0)
    content = given.read()
    faults = word.faults_of(content, queries.names_for(kind))
    if faults:
        raise InvalidInput({"file": queries.said_of(faults)})
    province = queries.provinces_of(by, "template.publish", at=at)
    if not province:
        raise Denied
    earlier = PaperTemplate.objects.select_for_update().filter(province=province[0], kind=kind.code)
    last = earlier.aggregate(last=Max("number"))["last"] or 0
    template = PaperTemplate.objects.create(
        province=province[0],
        kind=kind.code,
        number=last + 1,
        content=content,
        sha256=sha256(content).hexdigest(),
        remark=nfc(str(answers.get("remark", "")))[:200],
        published_at=at,
        published_by=by,
    )
    tell(template=str(template.pk), kind=kind.code, number=template.number, sha256=template.sha256)
    return template


@command("template.withdraw")
def withdraw_template(*, by: User, at: datetime, template: PaperTemplate) -> PaperTemplate:
    """Take a version back: the one before it holds again, or the working layout. Raises Refused("template_withdrawn")."""
    template = PaperTemplate.objects.select_for_update().get(pk=template.pk)
    if template.province not in queries.provinces_of(by, "template.withdraw", at=at):
        raise Denied
    if template.withdrawn_at is not None:
        raise Refused("template_withdrawn", _("This version was withdrawn before."))
    template.withdrawn_at, template.withdrawn_by = at, by
    template.save(update_fields=["withdrawn_at", "withdrawn_by"])
    tell(template=str(template.pk), kind=template.kind, number=template.number)
    return template


# --- parts --------------------------------------------------------------------------------------------------


def _place(preview: queries.Preview, *, by: User, at: datetime) -> queries.Place:
    """The place of a paper in its register: that of what it states, else the next; it is taken in this transaction.

    A decision whose number was cancelled with its paper gets a new one, unless it was signed outside of the system.
    """
    kind, row = preview.kind, preview.subject.row
    if not kind.is_issued:
        raise Refused("nothing_to_issue", _("This paper is printed and gets no number."), "kind")
    unit = queries.unit_for(by, preview.case, at=at)
    entry, own = queries.entry_for(preview), queries.own_number(preview)
    if entry is None and own:
        entry = entry_of(kind.register, str(unit.pk), own, at) or write_in(
            kind.register, str(unit.pk), own, at
        )
    if entry is not None:
        place = queries.place_of(entry)
        earlier = queries.papers_at(place, kind.register)
        if any(one.state != OfficialPaper.VOID for one in earlier):
            raise AlreadyIssued
        if entry.by_hand or not earlier:
            return place
    entry = take_number(kind.register, str(unit.pk), at)
    if kind.number_from:
        _number_decision(row, kind.number_from, entry)
    return queries.place_of(entry)


def _number_decision(row: Any, number_from: str, entry: RegisterEntry) -> None:
    """A decision signed without a number, or whose number was cancelled, has that of its paper from now on."""
    column = queries.NUMBERED[number_from]
    setattr(row, column, entry)
    setattr(row, "cancel_number" if column == "cancel_entry" else "number", entry.shown)
    row.save()


def _require_complete(preview: queries.Preview) -> None:
    missing = preview.missing
    if missing:
        names = "; ".join(str(field.full) for field in missing)
        raise Refused("values_missing", queries.said_missing(names))


def _draw(paper: OfficialPaper, preview: queries.Preview, *, by: User, at: datetime) -> None:
    work = queries.work_of(paper, preview, by=by, at=at)
    made = ahead.made_of(work, lambda: queries.done(work, at=at))
    paper.origin = "drawn" if work.template is None else "template"
    paper.media_type, paper.file_name = made.media_type, made.name
    _judge(paper, made.result, at=at)
    with_key = sealed(made.content, paper.file_name)
    keep_content(paper, with_key)
    with_key.close()


def _take(paper: OfficialPaper, given: SealedUpload, *, at: datetime) -> None:
    """A file that was sent: told by its content, looked through whole, kept as it came."""
    kind = files.kind_of(given.name or "", cast("BinaryIO", given))
    if kind.media_type in NOT_PAPERS:
        raise InvalidInput({"file": _("A recording is no paper. Attach it to the case instead.")})
    if (given.size or 0) > ahead.LARGEST:
        raise InvalidInput({"file": _("A paper has at most 20 MB.")})
    sent = queries.sent_of(paper.case, given)
    paper.media_type, paper.file_name = kind.media_type, sent.name
    _judge(paper, ahead.made_of(sent, lambda: queries.found_in(sent, given)), at=at)
    keep_content(paper, given)


def _judge(paper: OfficialPaper, result: scan.Result, *, at: datetime) -> None:
    """Write down what was found; a clean paper is issued now, any other waits."""
    paper.findings = {
        "found": [[one.category, one.where, one.count] for one in result.findings],
        "unread": list(result.unread),
    }
    paper.found = len(result.findings) + len(result.unread)
    paper.state = OfficialPaper.ISSUED if result.is_clean else OfficialPaper.BLOCKED
    paper.issued_at = at if result.is_clean else None
    paper.drawn_at = at


def _kind_for_template(code: str) -> kinds.Kind:
    try:
        return queries.kind_for_template(code)
    except NotVisible:
        raise InvalidInput({"kind": _("No such paper is made here.")}) from None


def _require(paper: OfficialPaper, state: str) -> None:
    if paper.state != state:
        raise PaperState
