"""What goes with a case or a report, what stands against it, and what became of requests to destroy."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from casework.access.lists import Page, page_of
from casework.access.seals import kinds
from casework.attachments.queries import keepers
from casework.audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from casework.base import clock, pdf
from casework.base.dates import PartialDate
from casework.base.refusals import NotVisible
from casework.cases import lifecycle
from casework.cases.models import Case, CaseLink, CaseReport, Participant
from casework.closure.models import Closing
from casework.disposal import retention
from casework.disposal.certificate import Certified, paper_of
from casework.disposal.models import Destroying, Disposal, Hold, LegalHold, ReportDisposal, ReportHold
from casework.encryption.envelope import Scope
from casework.encryption.keyring import prefetch_keys
from casework.encryption.models import Tombstone
from casework.intake.models import Report, ReportPerson
from casework.organisations.models import User
from casework.people.models import Phone

REASON: Final = "what goes with a case or a report that is destroyed"
# What is destroyed: a case with its reports, or a report that never became one.
Subject = Case | Report
# Rows of a person: they go with the person, who may stand in another case.
OF_PEOPLE: Final = frozenset({"person", "phone", "address", "safecontact", "kinship"})
SHOWN: Final = 30
# Cases whose birth dates of children are opened at once to find those thirty.
LOOKED_AT: Final = 120


# --- what goes ---


@dataclass(frozen=True, slots=True)
class Extent:
    """reports: those that go, with those that repeat them; people: who stands in no other case; kept: who does.

    Whoever is only named in a report goes with the report.
    """

    reports: Sequence[UUID]
    people: Sequence[UUID] = ()
    kept: Sequence[UUID] = ()
    files: Sequence[tuple[UUID, str]] = ()

    def scopes(self, subject: Subject) -> list[Scope]:
        """Whose keys are destroyed."""
        return [
            *([Scope("case", subject.pk)] if isinstance(subject, Case) else []),
            *(Scope("report", pk) for pk in self.reports),
            *(Scope("person", pk) for pk in self.people),
        ]


def extent_of(subject: Subject) -> Extent:
    """Everything that is destroyed with the case or report as it stands now."""
    if isinstance(subject, Report):
        # Files and people on file come with a case: a report has the words of the caller and nothing else.
        return Extent(sorted(_with_repeats({subject.pk})))
    everybody = set(
        Participant.objects.everything(reason=REASON).filter(case=subject).values_list("person_id", flat=True)
    )
    elsewhere = (
        Participant.objects.everything(reason=REASON)
        .filter(person_id__in=everybody)
        .exclude(case=subject)
        .exclude(case__state=lifecycle.DISPOSED)
    )
    kept = set(elsewhere.values_list("person_id", flat=True))
    files = [
        row for model in keepers() for row in model.objects.everything(reason=REASON).filter(case=subject)
    ]
    links = CaseReport.objects.everything(reason=REASON).filter(case=subject)
    return Extent(
        reports=sorted(_with_repeats(set(links.values_list("report_id", flat=True)))),
        people=sorted(everybody - kept),
        kept=sorted(kept),
        files=sorted((row.file_id, str(row.stored_as)) for row in files),
    )


def _with_repeats(found: set[UUID]) -> set[UUID]:
    more = found
    while more:
        # A report told twice holds the same people.
        repeats = Report.objects.everything(reason=REASON).filter(duplicate_of__in=more)
        more = set(repeats.values_list("pk", flat=True)) - found
        found = found | more
    return found


def told_in(reports: Sequence[UUID]) -> int:
    """How many people these reports name."""
    rows = ReportPerson.objects.everything(reason=REASON).filter(report_id__in=reports)
    return int(rows.count())


def payload_of(subject: Subject, extent: Extent, ground: str) -> str:
    """A digest of what is asked for: the second person agrees to this and to nothing else.

    Who of the people is kept may change until it is done; who and what it holds may not, and a case that was
    re-opened and closed again is another thing.
    """
    ended = subject.decided_at if isinstance(subject, Report) else subject.closed_at
    parts = [
        str(subject.pk),
        ground,
        ended.astimezone(UTC).isoformat() if ended else "",
        *map(str, extent.reports),
        *map(str, sorted([*extent.people, *extent.kept])),
        *(f"{pk}{name}" for pk, name in extent.files),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def rows_of(kind: str, subject: Subject, extent: Extent) -> list[Any]:
    """The rows of one kind that go: of people and reports those that go, of anything else all the case has."""
    model = kinds()[kind]
    where: dict[str, Any] | None = {
        "report": {"pk__in": extent.reports},
        "reportperson": {"report_id__in": extent.reports},
        "person": {"pk__in": extent.people},
        **{one: {"person_id__in": extent.people} for one in OF_PEOPLE - {"person"}},
    }.get(kind)
    if where is None:
        if not isinstance(subject, Case):
            return []
        where = {model.parts_of["case"]: subject.pk}
    return list(model.objects.everything(reason=REASON).filter(**where))


def index_rows(people: Sequence[UUID]) -> list[UUID]:
    """The rows of people that are found by blind indexes."""
    phones = Phone.objects.everything(reason=REASON).filter(person_id__in=people)
    return [*people, *phones.values_list("pk", flat=True)]


def rows_beneath(subject: Subject, reports: Sequence[UUID]) -> set[UUID]:
    """The ids of the case, the reports and everything that hangs on them; an address of a form about it names one."""
    found = {subject.pk, *reports}
    for kind, model in kinds().items():
        paths = {model.parts_of.get("report"): reports}
        if isinstance(subject, Case) and kind != "case" and kind not in OF_PEOPLE:
            paths[model.parts_of.get("case")] = [subject.pk]
        for path, ids in paths.items():
            if path:
                rows = model.objects.everything(reason=REASON).filter(**{f"{path}__in": ids})
                found.update(rows.values_list("pk", flat=True))
    return found


# --- what stands against it ---


def term_of(subject: Subject) -> retention.Term | None:
    """How long it is kept; None while it is not closed or its triage has not ended, and for what was destroyed."""
    if subject.is_erased:
        return None
    if isinstance(subject, Case):
        return retention.term(facts_of(subject))
    ended_on = clock.local_date(subject.decided_at) if subject.decided_at else None
    return retention.report_term(subject.triage_result, ended_on)


def facts_of(case: Case) -> retention.Facts:
    """What the periods count from; the birth dates of children are opened, in three queries."""
    return facts_among([case])[case.pk]


def facts_among(cases: Sequence[Case]) -> dict[UUID, retention.Facts]:
    """The same of some cases at once, in as many queries as of one."""
    rows = Participant.objects.everything(reason=REASON).filter(case__in=cases).select_related("person")
    parts: dict[UUID, list[Participant]] = {case.pk: [] for case in cases}
    for row in prefetch_keys(rows):
        parts[row.case_id].append(row)
    closed = Closing.objects.everything(reason=REASON).filter(case__in=cases, state="finished", reason="died")
    fatal = set(closed.values_list("case_id", flat=True))
    return {case.pk: _facts(case, parts[case.pk], died=case.pk in fatal) for case in cases}


def _facts(case: Case, parts: Sequence[Participant], *, died: bool) -> retention.Facts:
    children = {row.person_id: row.person for row in parts if row.role == "child" or _is_young(row)}
    return retention.Facts(
        opened_on=clock.local_date(case.opened_at),
        closed_on=clock.local_date(case.closed_at) if case.closed_at else None,
        died=died or any(row.person.deceased_on for row in parts),
        children=[
            PartialDate.from_iso(person.birth_date) if person.birth_date else None
            for person in children.values()
        ],
    )


def _is_young(row: Participant) -> bool:
    return row.role == "victim" and row.age_band == "under_16"


def standing_of(case: Case, *, at: datetime) -> retention.Standing:
    """What the conditions ask of the case."""
    term = term_of(case)
    return retention.Standing(
        is_closed=case.state == lifecycle.CLOSED,
        holds=len(running_holds(case, at=at)),
        live_links=_live_links(case),
        until=term.until if term else None,
    )


def report_standing_of(report: Report, *, at: datetime) -> retention.ReportStanding:
    """What the conditions ask of a report."""
    term = term_of(report)
    return retention.ReportStanding(
        is_ended=term is not None,
        cases=_cases_of(extent_of(report).reports),
        holds=len(running_holds(report, at=at)),
        until=term.until if term else None,
    )


def checks_of(subject: Subject, *, ground: str, at: datetime) -> list[retention.Check]:
    """Every condition, and whether it is met."""
    standing = (
        standing_of(subject, at=at) if isinstance(subject, Case) else report_standing_of(subject, at=at)
    )
    return retention.checks(standing, ground=ground, on=clock.local_date(at))


def _cases_of(reports: Sequence[UUID]) -> int:
    return int(CaseReport.objects.everything(reason=REASON).filter(report_id__in=reports).count())


def running_holds(subject: Subject, *, at: datetime) -> list[Hold]:
    rows = subject.legal_holds.everything(reason=REASON).filter(lifted_at__isnull=True)
    return [hold for hold in rows.select_related("placed_by").order_by("placed_at") if hold.runs(at)]


def _live_links(case: Case) -> int:
    rows = CaseLink.objects.everything(reason=REASON)
    here = rows.filter(case=case, other__state__in=lifecycle.LIVE)
    there = rows.filter(other=case, case__state__in=lifecycle.LIVE)
    return here.count() + there.count()


def running_of(subject: Any) -> Any:
    """The request about a case or a report that is asked or approved; there is one at most."""
    rows = subject.disposals.everything(reason=REASON).filter(state__in=Destroying.RUNNING)
    return rows.select_related("requested_by", "decided_by").first()


def due(at: datetime) -> list[Disposal | ReportDisposal]:
    """What may be carried out now: approved, and its seven days are over."""
    found = _requests(state=Destroying.APPROVED, due_at__lte=at)
    return sorted(found, key=lambda one: one.due_at or at)


def unanswered(at: datetime) -> list[Disposal | ReportDisposal]:
    """Requests nobody has answered in time."""
    found = _requests(state=Destroying.ASKED, requested_at__lte=at - retention.ANSWER_WITHIN)
    return sorted(found, key=lambda one: one.requested_at)


def _requests(**which: Any) -> list[Disposal | ReportDisposal]:
    models: tuple[Any, ...] = (Disposal, ReportDisposal)
    return [
        row
        for model in models
        for row in model.objects.everything(reason=REASON).filter(**which).select_related(model.ABOUT)
    ]


def of_its_own(report: Report) -> bool:
    """Whether a report is kept and destroyed by itself: its triage ended without a case, and it repeats no other."""
    return term_of(report) is not None and report.duplicate_of_id is None and not _cases_of([report.pk])


def kept_with(report: Report) -> Subject | None:
    """What a report goes with: its case, or the report it repeats; None for one that is kept by itself."""
    seen: set[UUID] = set()
    first = report
    while first.duplicate_of is not None and first.pk not in seen:
        seen.add(first.pk)
        first = first.duplicate_of
    link = CaseReport.objects.everything(reason=REASON).filter(report=first).select_related("case").first()
    if link is not None:
        return link.case
    return None if first.pk == report.pk else first


# --- for pages ---


def to_answer(user: User, *, at: datetime) -> list[Disposal]:
    """Requests about cases the user may answer as the second person, the longest waiting first."""
    rows = Disposal.objects.visible_to(user, "disposal.approve", at=at)
    return _waiting(rows, user, "case__commune", at=at)


def reports_to_answer(user: User, *, at: datetime) -> list[ReportDisposal]:
    """The same about reports that never became a case."""
    rows = ReportDisposal.objects.visible_to(user, "report_disposal.approve", at=at)
    return _waiting(rows, user, "report__area", at=at)


def _waiting(rows: Any, user: User, related: str, *, at: datetime) -> list[Any]:
    rows = rows.filter(state=Destroying.ASKED, requested_at__gt=at - retention.ANSWER_WITHIN)
    rows = rows.exclude(requested_by=user).select_related(related, "requested_by")
    return list(rows.order_by("requested_at")[:SHOWN])


def disposals_of(user: User, subject: Subject) -> list[Any]:
    """The requests about a case or a report, the latest first."""
    rows = subject.disposals.visible_to(user)
    related = ("requested_by", "decided_by", "stopped_by")
    return prefetch_keys(rows.select_related(*related).order_by("-requested_at"))


def holds_of(user: User, subject: Subject) -> list[Any]:
    """The holds of a case or a report, the latest first."""
    rows = subject.legal_holds.visible_to(user)
    return prefetch_keys(rows.select_related("placed_by", "lifted_by").order_by("-placed_at"))


def register(user: User, *, after: str = "") -> Page[Disposal]:
    """Every request about a case in the viewer's area, the latest first."""
    rows = Disposal.objects.visible_to(user, "disposal.list").select_related(
        "case__commune", "requested_by", "decided_by"
    )
    return page_of(rows, after=after, size=SHOWN, order="requested_at")


def register_of_reports(user: User, *, after: str = "") -> Page[ReportDisposal]:
    """Every request about a report that never became a case, the latest first."""
    rows = ReportDisposal.objects.visible_to(user, "disposal.list").select_related(
        "report__area", "requested_by", "decided_by"
    )
    return page_of(rows, after=after, size=SHOWN, order="requested_at")


def register_of_holds(user: User, *, at: datetime) -> list[LegalHold]:
    """The holds on cases that run in the viewer's area, the latest first; thirty of them."""
    return _holding(LegalHold.objects.visible_to(user, "disposal.list"), "case__commune", at=at)


def register_of_report_holds(user: User, *, at: datetime) -> list[ReportHold]:
    """The holds on reports that run in the viewer's area, the latest first; thirty of them."""
    return _holding(ReportHold.objects.visible_to(user, "disposal.list"), "report__area", at=at)


def _holding(rows: Any, related: str, *, at: datetime) -> list[Any]:
    rows = rows.filter(Q(until__isnull=True) | Q(until__gte=clock.local_date(at)), lifted_at__isnull=True)
    return list(rows.select_related(related, "placed_by").order_by("-placed_at", "-pk")[:SHOWN])


def cases_over(user: User, *, at: datetime) -> list[Case]:
    """Cases whose time is over and that nobody keeps or has asked for, the longest closed first; thirty of them.

    For those who may ask for them to be destroyed. A case with a child is kept longer, so it is looked for until there
    are thirty.
    """
    today = clock.local_date(at)
    rows = _unkept(
        Case.objects.visible_to(user, "disposal.request", at=at), "case", Disposal, LegalHold, today
    )
    rows = rows.filter(state=lifecycle.CLOSED, closed_at__lt=_ago(today, retention.shortest_of_cases()))
    rows = rows.select_related("commune").order_by("closed_at", "pk")
    found: list[Case] = []
    start = 0
    while len(found) < SHOWN and (some := list(rows[start : start + LOOKED_AT])):
        facts = facts_among(some)
        terms = [(case, retention.term(facts[case.pk])) for case in some]
        found += [case for case, term in terms if term is not None and today > term.until]
        start += LOOKED_AT
    return found[:SHOWN]


def reports_over(user: User, *, at: datetime) -> list[Report]:
    """The same of reports that never became a case."""
    today = clock.local_date(at)
    over = Q(pk__in=[])
    for result, years in retention.report_classes().items():
        over |= Q(triage_result=result, decided_at__lt=_ago(today, years))
    visible = Report.objects.visible_to(user, "report_disposal.request", at=at)
    rows = _unkept(visible, "report", ReportDisposal, ReportHold, today)
    rows = rows.filter(over, duplicate_of__isnull=True, erased_at__isnull=True)
    return list(rows.select_related("area").order_by("decided_at", "pk")[:SHOWN])


def _ago(today: date, years: int) -> datetime:
    """What ended before this moment has been kept for so many years."""
    return datetime.combine(retention.years_after(today, -years), time(), clock.VIETNAM)


def _unkept(rows: Any, name: str, disposal: Any, hold: Any, today: date) -> Any:
    """Those nobody has asked for and no hold keeps."""
    of_it = {name: OuterRef("pk")}
    asked = disposal.objects.everything(reason=REASON).filter(state__in=Destroying.RUNNING, **of_it)
    held = hold.objects.everything(reason=REASON).filter(
        Q(until__isnull=True) | Q(until__gte=today), lifted_at__isnull=True, **of_it
    )
    return rows.filter(~Exists(asked), ~Exists(held))


@dataclass(frozen=True, slots=True)
class Proof:
    """What the memory says of the destroying of one case or report; checkpoint: the first that covers it."""

    stone: Tombstone
    asked_by: str
    approved_by: str
    event_hash: str
    checkpoint: AuditCheckpoint | None

    @property
    def final_on(self) -> datetime:
        """From when no dump of keys can bring anything back."""
        return self.stone.at + retention.FINAL_AFTER


# The verbs that destroy: of a case its memory tells, of a report that of nobody.
_CARRIED_OUT: Final = ("disposal.carry_out", "report_disposal.carry_out", "disposal.forget_again")


def proof_of(subject: Subject) -> Proof | None:
    """The proof that what was opened is destroyed; None while it is not, and for a report that went with something else."""
    stone = Tombstone.objects.filter(subject=subject.pk).first()
    if stone is None:
        return None
    about = (
        {"case_id": subject.pk}
        if isinstance(subject, Case)
        else {"object_id__in": [subject.pk, stone.about["disposal"]]}
    )
    event = AuditEvent.objects.filter(action__in=_CARRIED_OUT, **about).order_by("pk").first()
    return Proof(
        stone,
        _name_of(stone.about.get("requested_by")),
        _name_of(stone.about.get("decided_by")),
        bytes(event.hash).hex() if event else "",
        _checkpoint_over(event) if event else None,
    )


def certificate_of(subject: Subject, user: User, *, at: datetime) -> bytes:
    """The certificate of what was opened as PDF/A; NotVisible while its content is there."""
    proof = proof_of(subject)
    if proof is None:
        raise NotVisible
    return pdf.draw(paper_of(certified(subject, proof), printed_by=user.full_name, at=at), at=at)


def certified(subject: Subject, proof: Proof) -> Certified:
    """What the certificate tells of a case or a report that was destroyed."""
    signed = proof.checkpoint
    return Certified(
        is_report=isinstance(subject, Report),
        name=str(subject),
        commune=str(subject.area if isinstance(subject, Report) else subject.commune),
        unit=subject.agency.name if isinstance(subject, Report) else subject.unit.name,
        since=subject.received_at if isinstance(subject, Report) else subject.opened_at,
        number=proof.stone.number,
        at=proof.stone.at,
        digest=bytes(proof.stone.digest).hex(),
        about=proof.stone.about,
        counts=proof.stone.counts,
        asked_by=proof.asked_by,
        approved_by=proof.approved_by,
        event_hash=proof.event_hash,
        signed=(signed.number, signed.size) if signed else None,
        root=bytes(signed.root).hex() if signed else "",
        final_on=proof.final_on,
    )


def _checkpoint_over(event: AuditEvent) -> AuditCheckpoint | None:
    place = AuditLeaf.objects.filter(event=event.pk).values_list("number", flat=True).first()
    if place is None:
        return None
    return AuditCheckpoint.objects.filter(size__gt=place).order_by("number").first()


def _name_of(pk: Any) -> str:
    return str(User.objects.filter(pk=pk).values_list("full_name", flat=True).first() or "") if pk else ""
