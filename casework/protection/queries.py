"""What is known of the measures of a case that was opened: how far each has come, what a decision rests on."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import PartialDate, add_months
from casework.cases.models import Case, CaseLink, Participant
from casework.cases.queries import Found, elsewhere_as_perpetrator
from casework.encryption.keyring import prefetch_keys
from casework.incidents.models import Incident
from casework.organisations.models import User
from casework.protection import paper, terms
from casework.protection.models import (
    AllowedContact,
    Breach,
    Measure,
    Meeting,
    Outcome,
    Service,
    SupportSession,
)
from casework.protection.steps import Course

OPENED: Final = "the measure or its case was opened"
SHOWN_INCIDENTS: Final = 3
PENALTY: Final = "penalty"


# --- how far a measure has come ---


@dataclass(frozen=True, slots=True)
class Shown:
    """A measure with what followed it; standing and course as of the instant it was read."""

    measure: Measure
    standing: str
    course: Course
    services: tuple[Service, ...]
    breaches: tuple[Breach, ...]

    @property
    def late(self) -> timedelta | None:
        """By how much its decision came too late."""
        return terms.late(self.measure.decide_by, self.measure.decided_at)

    @property
    def recipients(self) -> list[tuple[str, Service | None]]:
        """Everybody who gets a copy by law, with the copy they got."""
        by_code = {service.recipient: service for service in self.services}
        return [(code, by_code.get(code)) for code in self.course.recipients]


def measures_of(user: User, case: Case, *, at: datetime) -> list[Shown]:
    """Every measure of the case the viewer may see: four queries however many there are, the newest first."""
    rows = Measure.objects.visible_to(user).filter(case=case).select_related("requested_by", "decided_by")
    found = list(rows.order_by("-requested_at", "-created_at"))
    return _shown(found, at, another_asked=any(_asks_for_ban(measure) for measure in found))


def shown(measure: Measure, *, at: datetime) -> Shown:
    """One opened measure with what followed it."""
    asked = (
        Measure.objects.everything(reason=OPENED)
        .filter(case=measure.case_id, kind=terms.CONTACT_BAN, state=terms.REQUESTED)
        .exists()
    )
    return _shown([measure], at, another_asked=asked)[0]


def shown_of(measures: Sequence[Measure], *, at: datetime) -> list[Shown]:
    """Measures of several cases, already narrowed to a viewer, with what followed each: four queries in all."""
    asking = {measure.case_id for measure in measures if _asks_for_ban(measure)}
    return [
        one
        for asked in (True, False)
        for one in _shown(
            [measure for measure in measures if (measure.case_id in asking) is asked], at, another_asked=asked
        )
    ]


def standing(measure: Measure, *, at: datetime) -> str:
    """Where the measure stands at this instant, a code of `measure_state`."""
    return terms.standing(measure.state, measure.starts_at, measure.ends_at, measure.ended_at, at)


def _shown(rows: Iterable[Measure], at: datetime, *, another_asked: bool) -> list[Shown]:
    measures = prefetch_keys(rows)
    ids = [measure.pk for measure in measures]
    services: dict[UUID, list[Service]] = defaultdict(list)
    for service in (
        Service.objects.everything(reason=OPENED).filter(measure__in=ids).order_by("served_at", "created_at")
    ):
        services[service.measure_id].append(service)
    breaches: dict[UUID, list[Breach]] = defaultdict(list)
    found = Breach.objects.everything(reason=OPENED).filter(measure__in=ids).order_by("at", "created_at")
    for breach in prefetch_keys(found):
        breaches[breach.measure_id].append(breach)
    return [
        Shown(
            measure=measure,
            standing=standing(measure, at=at),
            course=_course(measure, services[measure.pk], another_asked=another_asked, at=at),
            services=tuple(services[measure.pk]),
            breaches=tuple(breaches[measure.pk]),
        )
        for measure in measures
    ]


def _asks_for_ban(measure: Measure) -> bool:
    return measure.kind == terms.CONTACT_BAN and measure.state == terms.REQUESTED


def _course(measure: Measure, services: Sequence[Service], *, another_asked: bool, at: datetime) -> Course:
    row = codes("measure").row(measure.kind)
    return Course(
        kind=measure.kind,
        decider=measure.decider,
        stored=measure.state,
        standing=standing(measure, at=at),
        recipients=row.strings("recipients"),
        received=frozenset(service.recipient for service in services),
        is_monitored=row.flag("monitored"),
        monitor_assigned=measure.monitor_assigned_at is not None,
        announced=measure.monitor_announced_at is not None,
        cancellation_asked=measure.cancel_requested_at is not None and not measure.cancel_answer,
        another_asked=another_asked,
        has_paper=bool(measure.number),
        ends_at=measure.ends_at,
    )


# --- what a decision rests on ---


@dataclass(frozen=True, slots=True)
class Ground:
    """What the chair has before him: the two people, what happened, the bans before with where they stand."""

    victim: str
    perpetrator: str
    relation: str
    priority_groups: tuple[str, ...]
    incidents: tuple[Incident, ...]
    incident_count: int
    bans: tuple[tuple[Measure, str], ...]

    @property
    def more_incidents(self) -> int:
        return self.incident_count - len(self.incidents)


def ground_of(user: User, case: Case, *, at: datetime, besides: Measure | None = None) -> Ground:
    """The case in short, with the bans between the same two people in it and in linked cases the viewer may see."""
    people = _main_people(case)
    victim, perpetrator = people.get("victim"), people.get("perpetrator")
    incidents = Incident.objects.everything(reason=OPENED).filter(case=case)
    linked = CaseLink.objects.everything(reason=OPENED).filter(case=case, kind="same_pair").values("other")
    bans = (
        Measure.objects.visible_to(user).filter(case=case)
        | Measure.objects.visible_to(user).filter(case__in=linked)
    ).filter(kind=terms.CONTACT_BAN)
    if besides is not None:
        bans = bans.exclude(pk=besides.pk)
    groups = victim.person.priority_groups if victim else []
    return Ground(
        victim=victim.person.full_name if victim else "",
        perpetrator=perpetrator.person.full_name if perpetrator else "",
        relation=perpetrator.relation if perpetrator else "",
        priority_groups=tuple(groups),
        incidents=tuple(prefetch_keys(incidents.order_by("-happened_at")[:SHOWN_INCIDENTS])),
        incident_count=incidents.count(),
        bans=tuple(
            (ban, standing(ban, at=at)) for ban in bans.select_related("case").order_by("-requested_at")
        ),
    )


def running_ban_until(user: User, case: Case, *, at: datetime) -> datetime | None:
    """When the chair's ban that runs now ends; a further one is proposed from there."""
    ends: datetime | None = (
        Measure.objects.visible_to(user)
        .filter(case=case, kind=terms.CONTACT_BAN, decider=terms.CHAIR, state=terms.IN_FORCE)
        .filter(ended_at__isnull=True, ends_at__gt=at)
        .order_by("-ends_at")
        .values_list("ends_at", flat=True)
        .first()
    )
    return ends


@dataclass(frozen=True, slots=True)
class Standing:
    """What the law asks about a case before a measure of a kind: acts within its months, age, fines, groups."""

    acts: int
    age: int | None
    was_fined: bool
    priority_groups: tuple[str, ...]
    penalty_levels: frozenset[str]


def standing_of(case: Case, kind: str, *, at: datetime) -> Standing:
    """Three queries; age is that of the youngest perpetrator whose age is certain; kind may be empty."""
    months = codes("measure").row(kind).integer("within_months") or 0 if kind else 0
    incidents = Incident.objects.everything(reason=OPENED).filter(case=case)
    happened = list(incidents.values_list("happened_at", "penalty_level"))
    since = add_months(at, -months)
    people = Participant.objects.everything(reason=OPENED).filter(
        case=case, role__in=("perpetrator", "victim")
    )
    parts = prefetch_keys(people.select_related("person"))
    ages = [_age(part.person.birth_date, at) for part in parts if part.role == "perpetrator"]
    groups = [group for part in parts if part.role == "victim" for group in part.person.priority_groups]
    return Standing(
        acts=sum(1 for moment, _level in happened if moment >= since),
        age=min((age for age in ages if age is not None), default=None),
        was_fined=Outcome.objects.everything(reason=OPENED).filter(case=case, kind=PENALTY).exists(),
        priority_groups=tuple(groups),
        penalty_levels=frozenset(level for _moment, level in happened),
    )


def community_warnings(case: Case, kind: str, *, at: datetime) -> list[terms.Warning_]:
    """What to check before critique or community work is decided (Art. 32(1), 33), said before it is asked for."""
    standing = standing_of(case, kind, at=at)
    return terms.warnings(
        codes("measure").row(kind).params,
        youngest_perpetrator_age=standing.age,
        acts_in_window=standing.acts,
    )


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another case of the perpetrator, or perhaps of the same: acts within the months of Art. 32(1), a fine on file."""

    found: Found
    acts: int
    was_fined: bool


def elsewhere(user: User, case: Case, *, at: datetime) -> list[Elsewhere]:
    """What the law counts by person and this case does not hold, in cases the viewer may see; those without are left out."""
    months = codes("measure").row(terms.CRITIQUE).integer("within_months") or 0
    found = elsewhere_as_perpetrator(user, case, at=at)
    cases = [hit.case.pk for hit in found]
    incidents = Incident.objects.visible_to(user).filter(
        case__in=cases, happened_at__gte=add_months(at, -months)
    )
    acts = Counter(incidents.values_list("case_id", flat=True))
    fines = Outcome.objects.visible_to(user).filter(case__in=cases, kind=PENALTY)
    fined = set(fines.values_list("case_id", flat=True))
    return [
        Elsewhere(hit, acts[hit.case.pk], hit.case.pk in fined)
        for hit in found
        if acts[hit.case.pk] or hit.case.pk in fined
    ]


def followed(measure: Measure) -> dict[str, list[Any]]:
    """What followed an opened measure besides service and breaches: allowed contacts, sessions, minutes; newest first."""
    return {
        "contacts": prefetch_keys(
            AllowedContact.objects.everything(reason=OPENED).filter(measure=measure).order_by("-starts_at")
        ),
        "sessions": prefetch_keys(
            SupportSession.objects.everything(reason=OPENED).filter(measure=measure).order_by("-at")
        ),
        "minutes": prefetch_keys(
            Meeting.objects.everything(reason=OPENED).filter(measure=measure).order_by("-at")
        ),
    }


def outcomes_of(user: User, case: Case) -> list[Outcome]:
    """How he was dealt with, newest first, as far as the viewer may see it."""
    return prefetch_keys(Outcome.objects.visible_to(user).filter(case=case).order_by("-decided_at"))


def mediations_of(user: User, case: Case) -> list[Meeting]:
    """The mediations of the case, newest first, as far as the viewer may see them."""
    rows = Meeting.objects.visible_to(user).filter(case=case, kind=Meeting.MEDIATION)
    return prefetch_keys(rows.order_by("-at"))


def _age(born: str, at: datetime) -> int | None:
    """The age on that day; of a birth known only to the year, the oldest it can be: a doubt is no warning."""
    if not born:
        return None
    first, today = PartialDate.from_iso(born).earliest(), clock.local_date(at)
    return today.year - first.year - ((today.month, today.day) < (first.month, first.day))


def _main_people(case: Case) -> dict[str, Participant]:
    parts = Participant.objects.everything(reason=OPENED).filter(case=case, is_main=True)
    return {part.role: part for part in prefetch_keys(parts.select_related("person"))}


# --- the working paper ---


def paper_of(measure: Measure, *, at: datetime) -> paper.Paper | None:
    """The paper of a chair's ban, of its draft, or of its refusal; None for any other measure.

    A draft shows the term the law allows at most, from this instant.
    """
    if measure.kind != terms.CONTACT_BAN or measure.decider != terms.CHAIR:
        return None
    kind = {terms.REQUESTED: paper.DRAFT, terms.REFUSED: paper.REFUSAL}.get(measure.state, paper.DECISION)
    row = codes("measure").row(measure.kind)
    starts_at, ends_at = measure.starts_at, measure.ends_at
    if kind == paper.DRAFT:
        starts_at, ends_at = at, terms.latest_end(row.params, measure.decider, at)
    people = _main_people(measure.case)
    victim, perpetrator = people.get("victim"), people.get("perpetrator")
    born = perpetrator.person.birth_date if perpetrator else ""
    answers = kind == paper.REFUSAL
    return paper.Paper(
        kind=kind,
        committee=_commune(measure.case),
        number=measure.number,
        decided_at=measure.decided_at,
        signed_by=measure.decided_by.full_name if measure.decided_by else "",
        requester=codes("ban_requester").label(measure.requester) if answers else "",
        requested_at=measure.requested_at if answers else None,
        protects=victim.person.full_name if victim else "",
        binds=perpetrator.person.full_name if perpetrator else "",
        binds_born=PartialDate.from_iso(born).display() if born else "",
        grounds=tuple(codes("ban_ground").label(code) for code in measure.grounds),
        starts_at=starts_at,
        ends_at=ends_at,
        forbidden=tuple(ban.text() for ban in codes("ban_condition").rows),
        conditions=measure.conditions,
        allowed=tuple(ground.text() for ground in codes("allowed_contact_ground").rows),
        allowed_hours=row.integer("allowed_contact_hours") or 0,
        monitor=_monitor(measure),
        copies=tuple(codes("ban_recipient").label(code) for code in row.strings("recipients")),
        reasons=measure.reasons if answers else "",
    )


def _commune(case: Case) -> str:
    """«xã Mường Phăng»: the name follows other words, so its kind is not written large."""
    return f"{codes('area_kind').label(case.commune.kind).lower()} {case.commune.name}"


def _monitor(measure: Measure) -> str:
    label = codes("monitor_kind").label(measure.monitor_kind)
    return ", ".join(part for part in (measure.monitor_name, label) if part)
