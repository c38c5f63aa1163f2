"""What goes with a case, what stands against it, and what became of requests to destroy."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

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
from casework.disposal.models import Disposal, LegalHold
from casework.encryption.envelope import Scope
from casework.encryption.keyring import prefetch_keys
from casework.encryption.models import Tombstone
from casework.intake.models import Report
from casework.organisations.models import User
from casework.people.models import Phone

REASON: Final = "what goes with a case that is destroyed"
# Rows of a person: they go with the person, who may stand in another case.
OF_PEOPLE: Final = frozenset({"person", "phone", "address", "safecontact", "kinship"})
SHOWN: Final = 30


# --- what goes with a case ---


@dataclass(frozen=True, slots=True)
class Extent:
    """reports: those that led to it and those that repeat them; people: who stands in no other case; kept: who does."""

    reports: Sequence[UUID]
    people: Sequence[UUID]
    kept: Sequence[UUID]
    files: Sequence[tuple[UUID, str]]

    def scopes(self, case: Case) -> list[Scope]:
        """Whose keys are destroyed."""
        return [
            Scope("case", case.pk),
            *(Scope("report", pk) for pk in self.reports),
            *(Scope("person", pk) for pk in self.people),
        ]


def extent_of(case: Case) -> Extent:
    """Everything that is destroyed with the case as it stands now."""
    everybody = set(
        Participant.objects.everything(reason=REASON).filter(case=case).values_list("person_id", flat=True)
    )
    elsewhere = (
        Participant.objects.everything(reason=REASON)
        .filter(person_id__in=everybody)
        .exclude(case=case)
        .exclude(case__state=lifecycle.DISPOSED)
    )
    kept = set(elsewhere.values_list("person_id", flat=True))
    files = [row for model in keepers() for row in model.objects.everything(reason=REASON).filter(case=case)]
    return Extent(
        reports=sorted(_reports_of(case)),
        people=sorted(everybody - kept),
        kept=sorted(kept),
        files=sorted((row.file_id, str(row.stored_as)) for row in files),
    )


def _reports_of(case: Case) -> set[UUID]:
    links = CaseReport.objects.everything(reason=REASON).filter(case=case)
    found = set(links.values_list("report_id", flat=True))
    more = found
    while more:
        # A report told twice holds the same people.
        repeats = Report.objects.everything(reason=REASON).filter(duplicate_of__in=more)
        more = set(repeats.values_list("pk", flat=True)) - found
        found |= more
    return found


def payload_of(case: Case, extent: Extent, ground: str) -> str:
    """A digest of what is asked for: the second person agrees to this and to nothing else.

    Who of the people is kept may change until it is done; who and what the case holds may not, and one that was
    re-opened and closed again is another thing.
    """
    parts = [
        str(case.pk),
        ground,
        case.closed_at.astimezone(UTC).isoformat() if case.closed_at else "",
        *map(str, extent.reports),
        *map(str, sorted([*extent.people, *extent.kept])),
        *(f"{pk}{name}" for pk, name in extent.files),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def rows_of(kind: str, case: Case, extent: Extent) -> list[Any]:
    """The rows of one kind that go with the case: of people and reports those that go, of anything else all it has."""
    model = kinds()[kind]
    where = {
        "report": {"pk__in": extent.reports},
        "person": {"pk__in": extent.people},
        **{one: {"person_id__in": extent.people} for one in OF_PEOPLE - {"person"}},
    }.get(kind, {model.parts_of["case"]: case.pk})
    return list(model.objects.everything(reason=REASON).filter(**where))


def index_rows(people: Sequence[UUID]) -> list[UUID]:
    """The rows of people that are found by blind indexes."""
    phones = Phone.objects.everything(reason=REASON).filter(person_id__in=people)
    return [*people, *phones.values_list("pk", flat=True)]


def rows_beneath(case: Case, reports: Sequence[UUID]) -> set[UUID]:
    """The ids of the case, its reports and everything that hangs on them; an address of a form about it names one."""
    found = {case.pk, *reports}
    for kind, model in kinds().items():
        path = model.parts_of.get("case")
        if path and kind != "case" and kind not in OF_PEOPLE:
            rows = model.objects.everything(reason=REASON).filter(**{path: case.pk})
            found.update(rows.values_list("pk", flat=True))
    return found


# --- what stands against it ---


def term_of(case: Case) -> retention.Term | None:
    """How long the case is kept; None while it is not closed, and for one that was destroyed."""
    return None if case.is_erased else retention.term(facts_of(case))


def facts_of(case: Case) -> retention.Facts:
    """What the periods count from; the birth dates of children are opened, in two queries."""
    rows = Participant.objects.everything(reason=REASON).filter(case=case).select_related("person")
    people = prefetch_keys(rows)
    children = {row.person_id: row.person for row in people if row.role == "child" or _is_young(row)}
    closed = Closing.objects.everything(reason=REASON).filter(case=case, state="finished", reason="died")
    return retention.Facts(
        opened_on=clock.local_date(case.opened_at),
        closed_on=clock.local_date(case.closed_at) if case.closed_at else None,
        died=closed.exists() or any(row.person.deceased_on for row in people),
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


def running_holds(case: Case, *, at: datetime) -> list[LegalHold]:
    rows = LegalHold.objects.everything(reason=REASON).filter(case=case, lifted_at__isnull=True)
    return [hold for hold in rows.select_related("placed_by").order_by("placed_at") if hold.runs(at)]


def _live_links(case: Case) -> int:
    rows = CaseLink.objects.everything(reason=REASON)
    here = rows.filter(case=case, other__state__in=lifecycle.LIVE)
    there = rows.filter(other=case, case__state__in=lifecycle.LIVE)
    return here.count() + there.count()


def running_of(case: Case) -> Disposal | None:
    """The request that is asked or approved; there is one at most."""
    rows = Disposal.objects.everything(reason=REASON).filter(case=case, state__in=Disposal.RUNNING)
    found: Disposal | None = rows.select_related("requested_by", "decided_by").first()
    return found


def due(at: datetime) -> list[Disposal]:
    """What may be carried out now: approved, and its seven days are over."""
    rows = Disposal.objects.everything(reason=REASON).filter(state=Disposal.APPROVED, due_at__lte=at)
    return list(rows.select_related("case").order_by("due_at"))


def unanswered(at: datetime) -> list[Disposal]:
    """Requests nobody has answered in time."""
    rows = Disposal.objects.everything(reason=REASON).filter(
        state=Disposal.ASKED, requested_at__lte=at - retention.ANSWER_WITHIN
    )
    return list(rows.select_related("case").order_by("requested_at"))


# --- for pages ---


def to_answer(user: User, *, at: datetime) -> list[Disposal]:
    """Requests the user may answer as the second person, the longest waiting first."""
    rows = Disposal.objects.visible_to(user, "disposal.approve", at=at).filter(
        state=Disposal.ASKED, requested_at__gt=at - retention.ANSWER_WITHIN
    )
    rows = rows.exclude(requested_by=user).select_related("case__commune", "requested_by")
    return list(rows.order_by("requested_at")[:SHOWN])


def disposals_of(user: User, case: Case) -> list[Disposal]:
    """The requests about a case, the latest first."""
    rows = Disposal.objects.visible_to(user).filter(case=case)
    related = ("requested_by", "decided_by", "stopped_by")
    return prefetch_keys(rows.select_related(*related).order_by("-requested_at"))


def holds_of(user: User, case: Case) -> list[LegalHold]:
    """The holds of a case, the latest first."""
    rows = LegalHold.objects.visible_to(user).filter(case=case)
    return prefetch_keys(rows.select_related("placed_by", "lifted_by").order_by("-placed_at"))


def register(user: User, *, after: str = "") -> Page[Disposal]:
    """Every request in the viewer's area, the latest first."""
    rows = Disposal.objects.visible_to(user, "disposal.list").select_related(
        "case__commune", "requested_by", "decided_by"
    )
    return page_of(rows, after=after, size=SHOWN, order="requested_at")


def register_of_holds(user: User, *, at: datetime) -> list[LegalHold]:
    """The holds that run in the viewer's area, the latest first; thirty of them."""
    rows = LegalHold.objects.visible_to(user, "disposal.list").filter(lifted_at__isnull=True)
    rows = rows.filter(Q(until__isnull=True) | Q(until__gte=clock.local_date(at)))
    return list(rows.select_related("case__commune", "placed_by").order_by("-placed_at", "-pk")[:SHOWN])


@dataclass(frozen=True, slots=True)
class Proof:
    """What the memory says of the destroying of one case; checkpoint: the first that covers it."""

    stone: Tombstone
    asked_by: str
    approved_by: str
    event_hash: str
    checkpoint: AuditCheckpoint | None

    @property
    def final_on(self) -> datetime:
        """From when no dump of keys can bring anything back."""
        return self.stone.at + retention.FINAL_AFTER


def proof_of(case: Case) -> Proof | None:
    """The proof that a case which was opened is destroyed; None while it is not."""
    stone = Tombstone.objects.filter(subject=case.pk).first()
    if stone is None:
        return None
    event = (
        AuditEvent.objects.filter(case_id=case.pk, action__in=("disposal.carry_out", "disposal.forget_again"))
        .order_by("pk")
        .first()
    )
    return Proof(
        stone,
        _name_of(stone.about.get("requested_by")),
        _name_of(stone.about.get("decided_by")),
        bytes(event.hash).hex() if event else "",
        _checkpoint_over(event) if event else None,
    )


def certificate_of(case: Case, user: User, *, at: datetime) -> bytes:
    """The certificate of an opened case as PDF/A; NotVisible while its content is there."""
    proof = proof_of(case)
    if proof is None:
        raise NotVisible
    return pdf.draw(paper_of(certified(case, proof), printed_by=user.full_name, at=at), at=at)


def certified(case: Case, proof: Proof) -> Certified:
    """What the certificate tells of a case that was destroyed."""
    signed = proof.checkpoint
    return Certified(
        case_number=case.number,
        commune=str(case.commune),
        unit=case.unit.name,
        opened_at=case.opened_at,
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
