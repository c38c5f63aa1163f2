"""What is read across the rooms for a case that was opened: its head, its story, what happened, who looked."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from casework.access.decisions import may
from casework.access.guard import GuardedModel
from casework.access.lists import Page
from casework.access.principals import principal
from casework.base import clock
from casework.base.codes import codes
from casework.base.cursors import read_cursor, write_cursor
from casework.base.dates import PartialDate, display_datetime, display_happened
from casework.base.text import initials
from casework.casefile import alerts, story
from casework.cases.models import (
    Assignment,
    Case,
    CaseLink,
    CaseReport,
    CaseTemporaryGrant,
    Participant,
    Transfer,
)
from casework.cases.queries import contacting_of, team_of
from casework.cases.tabs import STATE_TONES
from casework.children.models import ChildAssessment, ChildPlan, ChildProcedure, ChildSeparation
from casework.children.queries import among, states_of, victims_without
from casework.closure.models import Closing
from casework.deadlines.queries import Due, clocks_of
from casework.encryption.keyring import prefetch_keys
from casework.extracts.models import AccessRequest
from casework.incidents.models import Incident
from casework.intake.models import Report
from casework.organisations.models import User
from casework.organisations.roles import AUDITOR
from casework.people.contacting import contacting
from casework.people.models import SafeContact
from casework.plans.models import Contact, Note, PlanStep
from casework.plans.queries import notes_visible_to
from casework.protection.models import (
    AllowedContact,
    Breach,
    Measure,
    Meeting,
    Outcome,
    Service,
    SupportSession,
)
from casework.referrals import scopes
from casework.referrals.models import Consent, Referral
from casework.risk.instruments import instrument
from casework.risk.models import RiskAssessment, RiskEvent
from casework.risk.queries import withdrawn_at

OPENED: Final = "the case was opened"
# The instrument that sets the level; the others speak of a child.
BASELINE: Final = "vn-ipv-baseline"


# --- the head of every page ---


def main_people(cases: Collection[UUID]) -> Mapping[tuple[UUID, str], Participant]:
    """The main participants of cases, by case and role, with their person and keys loaded: two queries."""
    rows = (
        Participant.objects.everything(reason=OPENED)
        .filter(case_id__in=cases, is_main=True)
        .select_related("person")
    )
    return {(row.case_id, row.role): row for row in prefetch_keys(rows)}


def header_of(case: Case, dues: Sequence[Due], *, at: datetime) -> dict[str, Any]:
    """The head of a case page, as the component `case_header` takes it; dues: the running clocks of the case."""
    victim = main_people([case.pk]).get((case.pk, "victim"))
    answers = contacting_of([victim.person_id] if victim else [], at=at)
    answer = answers[victim.person_id] if victim else contacting(None, today=clock.local_date(at))
    name = initials(victim.person.full_name) if victim else ""
    header: dict[str, Any] = {
        "number": case.number,
        "who": ", ".join(part for part in (name, str(case.commune)) if part),
        "level": case.level,
        "state": codes("case_state").label(case.state),
        "state_tone": STATE_TONES.get(case.state, "neutral"),
        "contact_allowed": answer.allowed,
        "contact_text": answer.line,
        "contact_confirmed_at": answer.confirmed_on,
        "lead": case.lead.full_name,
    }
    if dues:
        header |= {"due": dues[0].due_at, "due_label": dues[0].label}
    mine = next((due for due in dues if due.url), None)
    if mine:
        header |= {"action_url": mine.url, "action_label": mine.verb}
    return header


def readable_until(case: Case, user: User, *, at: datetime) -> datetime | None:
    """Until when somebody reads the case by a grant that runs out; None for everybody else."""
    if not principal(user, at).has_role(AUDITOR):
        return None
    running = CaseTemporaryGrant.objects.filter(
        user=user, content_object=case, not_before__lte=at, not_after__gt=at
    )
    return running.order_by("-not_after").values_list("not_after", flat=True).first()


# --- the overview ---


@dataclass(frozen=True, slots=True)
class LinkedCase:
    """An earlier case of the same two people that the viewer may see."""

    case: Case
    kind: str


@dataclass(frozen=True, slots=True)
class LedHere:
    """A report that led to the case; `opens`: whether the viewer may read it."""

    report: Report
    opens: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the first tab."""

    alerts: Sequence[alerts.Alert]
    dues: Sequence[Due]
    who: str
    what: str
    level: str
    runs: str
    missing: Sequence[str]
    links: Sequence[LinkedCase]
    reports: Sequence[LedHere]
    team: Sequence[Assignment]
    # Each child of the case with the state of the newest procedure; empty for who may not know of one.
    children: Sequence[tuple[Participant, str]]


def overview_of(case: Case, user: User, *, at: datetime) -> Overview:
    """The first tab of an opened case: a fixed number of queries, one or two a wing."""
    people = _participants(case)
    victim = next((row for row in people if row.role == "victim" and row.is_main), None)
    measures = [_protection(row) for row in Measure.objects.everything(reason=OPENED).filter(case=case)]
    assessments = list(
        RiskAssessment.objects.everything(reason=OPENED)
        .filter(case=case)
        .order_by("-signed_at", "-created_at")
    )
    incidents = list(
        Incident.objects.everything(reason=OPENED).filter(case=case).order_by("-happened_at", "-pk")
    )
    contacts = list(
        Contact.objects.everything(reason=OPENED)
        .filter(case=case)
        .order_by("-at")
        .values_list("at", "in_person")
    )
    dues = clocks_of(case, user, at=at)
    children = among(people, at=at)
    states = states_of(case)
    may_see_procedures = bool(may(user, "child.view", case, at=at))
    facts = alerts.Facts(
        state=case.state,
        level=case.level,
        opened_at=case.opened_at,
        measures=measures,
        is_assessed=any(row.instrument == BASELINE for row in assessments),
        withdrawn_at=withdrawn_at(case),
        children=len(children),
        # Whether a procedure was started is known only to whoever may see one.
        child_victims_without=len(victims_without(children, states)) if may_see_procedures else 0,
        instruments=frozenset(row.instrument for row in assessments),
        last_met_at=next((moment for moment, in_person in contacts if in_person), None),
        contact_known=_contact_known(victim, at),
        assessed_at=max((row.signed_at for row in assessments if row.instrument == BASELINE), default=None),
        assessment_due_at=next((due.due_at for due in dues if due.kind in alerts.ASSESSMENTS), None),
    )
    known = story.Known(
        incidents=len(incidents),
        has_identity=bool(victim and (victim.person.birth_date or victim.person.identity_number)),
        plan_steps=PlanStep.objects.everything(reason=OPENED).filter(case=case).count(),
        contacts=len(contacts),
    )
    open_referrals = Referral.objects.everything(reason=OPENED).filter(
        case=case, state__in=scopes.open_states()
    )
    return Overview(
        alerts=alerts.alerts(facts, at),
        dues=dues,
        who=story.who([_someone(row) for row in people], clock.local_date(at)),
        what=story.what([_happened(row) for row in incidents]),
        level=_level_words(case, assessments),
        runs=story.runs(measures, open_referrals.count(), at),
        missing=story.missing(facts, known),
        links=_links(case, user, at=at),
        reports=_reports(case, user, at=at),
        team=team_of(user, case).present,
        children=[(child, states.get(child.pk, "")) for child in children] if may_see_procedures else [],
    )


def _participants(case: Case) -> list[Participant]:
    rows = Participant.objects.everything(reason=OPENED).filter(case=case).select_related("person")
    return prefetch_keys(rows.order_by("created_at", "pk"))


def _contact_known(victim: Participant | None, at: datetime) -> bool:
    """A clear answer counts, whether yes or no; an old, ended or missing one does not."""
    if victim is None:
        return False
    answer = contacting_of([victim.person_id], at=at)[victim.person_id]
    if answer.allowed:
        return True
    rows = SafeContact.objects.everything(reason=OPENED)
    return bool(
        answer.why == "not_permitted" and rows.filter(person_id=victim.person_id, permission="no").exists()
    )


def _protection(row: Measure) -> alerts.Protection:
    return alerts.Protection(row.kind, row.decider, row.state, row.starts_at, row.ends_at, row.ended_at)


def _someone(row: Participant) -> story.Someone:
    person = row.person
    return story.Someone(
        role=row.role,
        initials=initials(person.full_name),
        sex=person.sex,
        born=PartialDate.from_iso(person.birth_date) if person.birth_date else None,
        ethnicity=person.ethnicity,
        relation=row.relation,
        groups=person.priority_groups,
        is_main=row.is_main,
    )


def _happened(row: Incident) -> story.Happened:
    return story.Happened(
        at=row.happened_at,
        precision=row.happened_precision,
        part_of_day=row.happened_part_of_day,
        forms=row.forms,
        injury=row.injury_severity,
        weapon=row.weapon_kind,
        signs=[sign for sign in story.SIGNS if getattr(row, sign) == "yes"],
    )


def _level_words(case: Case, newest_first: Sequence[RiskAssessment]) -> str:
    """Why the level stands, in the words of the version it was made with."""
    latest = next((row for row in newest_first if row.instrument == BASELINE), None)
    if latest is None:
        return story.level(case.level, case.level_at, ())
    version = instrument(latest.instrument, latest.instrument_version)
    # The factors are questions; only what decided the level is a sentence.
    deciding = {rule.key for rule in (*version.rules, *version.floors)} | {
        step.key for step in version.raises
    }
    reasons = [str(version.words(key)) for key in latest.reasons if key in deciding]
    asked = latest.asked_level if latest.override == RiskAssessment.LOWERING_ASKED else ""
    return story.level(case.level, case.level_at, reasons, asked)


def _links(case: Case, user: User, *, at: datetime) -> list[LinkedCase]:
    """Linked cases in both directions; of one the viewer may not see, not even that it exists."""
    rows = CaseLink.objects.everything(reason=OPENED).filter(Q(case=case) | Q(other=case))
    kinds = {
        (other if one == case.pk else one): kind
        for one, other, kind in rows.values_list("case", "other", "kind")
    }
    visible = Case.objects.visible_to(user, at=at).filter(pk__in=kinds).order_by("-opened_at")
    return [LinkedCase(row, kinds[row.pk]) for row in visible]


def _reports(case: Case, user: User, *, at: datetime) -> list[LedHere]:
    rows = (
        CaseReport.objects.everything(reason=OPENED)
        .filter(case=case)
        .select_related("report")
        .order_by("report__received_at")
    )
    reports = [row.report for row in rows]
    readable = set(
        Report.objects.visible_to(user, at=at)
        .filter(pk__in=[row.pk for row in reports])
        .values_list("pk", flat=True)
    )
    return [LedHere(row, row.pk in readable) for row in reports]


# --- what happened ---


def _nothing() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline; `text` is opened only when it is shown. tab: the tab that tells more.

    changed: the kind and id of a record that was written again since.
    """

    at: datetime
    title: str
    actor_id: UUID | None = None
    text: Callable[[], str] = str
    tab: str = ""
    tone: str = ""
    key: str = ""
    changed: tuple[str, UUID] | None = None


TIMELINE_SIZE: Final = 40


def timeline_of(case: Case, user: User, *, after: str = "", at: datetime) -> Page[dict[str, Any]]:
    """What happened in an opened case, newest first, as the component `timeline` takes it (`tab` in place of `url`).

    A confidential note is told only to its author's agency. Raises InvalidInput for a cursor that is not ours.
    """
    start = read_cursor(after)
    ordered = sorted(_happenings(case, user, at=at), key=_place, reverse=True)
    rest = [one for one in ordered if start is None or _place(one) < start]
    shown = rest[:TIMELINE_SIZE]
    names = names_of({one.actor_id for one in shown if one.actor_id})
    rows = [
        {
            "title": one.title,
            "at": one.at,
            "by": names.get(one.actor_id, "") if one.actor_id else "",
            "text": one.text(),
            "tab": one.tab,
            "tone": one.tone,
            "changed": one.changed,
        }
        for one in shown
    ]
    return Page(rows, write_cursor(shown[-1].at, shown[-1].key) if len(rest) > len(shown) else "")


def names_of(users: Collection[UUID]) -> dict[UUID, str]:
    """The full names of members of staff, by id."""
    return dict(User.objects.filter(pk__in=users).values_list("pk", "full_name"))


def _place(one: Happening) -> tuple[datetime, str]:
    return one.at, one.key


def _happenings(case: Case, user: User, *, at: datetime) -> Iterator[Happening]:
    """Every line of the timeline: one query a wing, whatever the number of lines."""

    def of(model: Any, *related: str) -> Any:
        return model.objects.everything(reason=OPENED).filter(case=case).select_related(*related)

    opened = Happening(case.opened_at, _("Case opened"), case.created_by_id)
    yield replace(opened, key=f"{case.pk}:0", changed=_changed(case))
    notes = notes_visible_to(user, case)

    def of_child(model: Any, *related: str) -> Any:
        return model.objects.visible_to(user, at=at).filter(case=case).select_related(*related)

    for rows, told in (
        (of(CaseReport, "report"), _of_report),
        (of(Assignment, "user"), _of_assignment),
        (of(Transfer, "from_unit", "to_unit"), _of_transfer),
        (of(Incident), _of_incident),
        (of(RiskAssessment), _of_assessment),
        (of(RiskEvent), _of_event),
        (of(Measure), _of_measure),
        (of(Service), _of_service),
        (of(Breach), _of_breach),
        (of(AllowedContact), _of_allowed_contact),
        (of(SupportSession), _of_session),
        (of(Meeting), _of_meeting),
        (of(Outcome), _of_outcome),
        (of(Contact), _of_contact),
        (notes, _of_note),
        (of(PlanStep), _of_step),
        (of(Consent, "recipient"), _of_consent),
        (of(Referral, "recipient"), _of_referral),
        (of(Closing), _of_closing),
        (of_child(ChildProcedure), _of_procedure),
        (of_child(ChildSeparation), _of_separation),
        (of_child(ChildAssessment), _of_child_assessment),
        (of_child(ChildPlan), _of_child_plan),
        (of_child(AccessRequest), _of_access_request),
    ):
        for row in rows:
            for place, one in enumerate(told(row)):
                changed = None if place else _changed(row)
                yield replace(one, key=f"{row.pk}:{place}", changed=changed)


def _changed(row: GuardedModel) -> tuple[str, UUID] | None:
    """A record that was written more than once."""
    return (str(row._meta.model_name), row.pk) if row.version > 1 else None


def _of_report(row: CaseReport) -> Iterator[Happening]:
    """Without who took it: in a village that may be as good as who reported, which is secret by law (Art. 34)."""
    report = row.report
    channel = codes("report_channel").label(report.channel)
    title = _("Report received (%(code)s)") % {"code": report.code}
    yield Happening(report.received_at, title, text=lambda: channel)


def _of_assignment(row: Assignment) -> Iterator[Happening]:
    name = {"name": row.user.full_name}
    title = _("%(name)s answers for the case") if row.is_lead else _("%(name)s joins the case")
    yield Happening(row.started_at, title % name, row.created_by_id)
    if row.ended_at is not None:
        yield Happening(row.ended_at, _("%(name)s leaves the case") % name)


def _of_transfer(row: Transfer) -> Iterator[Happening]:
    units = {"old": row.from_unit.name, "new": row.to_unit.name}
    yield Happening(
        row.at,
        _("Handed from %(old)s to %(new)s") % units,
        row.created_by_id,
        lambda: f"{codes('transfer_reason').label(row.kind)}. {row.reason}",
    )


def _of_incident(row: Incident) -> Iterator[Happening]:
    part = codes("part_of_day").label(row.happened_part_of_day)
    when = display_happened(row.happened_at, row.happened_precision, part)
    yield Happening(
        row.happened_at,
        _("Incident: %(when)s") % {"when": when},
        row.created_by_id,
        lambda: "; ".join(codes("act").label(act) for act in row.acts),
        "incidents",
        "danger",
    )


def _of_assessment(row: RiskAssessment) -> Iterator[Happening]:
    level = codes("risk_level")
    if row.instrument == BASELINE:
        # What stood on the day it was signed: a lowering that was confirmed later is a line of its own.
        signed = row.computed_level if row.override == RiskAssessment.LOWERED else row.final_level
        title = _("Risk assessed: %(level)s") % {"level": level.label(signed)}
    else:
        title = _("Risk form of a child signed")
    yield Happening(row.signed_at, title, row.signed_by_id, tab="risk")
    if row.confirmed_at is not None:
        lowered = row.override == RiskAssessment.LOWERED
        title = (
            _("Lowered to %(level)s by a second person") if lowered else _("Lowering to %(level)s refused")
        )
        yield Happening(
            row.confirmed_at,
            title % {"level": level.label(row.asked_level)},
            row.confirmed_by_id,
            lambda: str(row.confirm_reason),
            "risk",
        )


def _of_measure(row: Measure) -> Iterator[Happening]:
    name = {"measure": codes("measure").label(row.kind)}
    if row.requested_at != row.decided_at:
        yield Happening(
            row.requested_at,
            _("Asked for: %(measure)s") % name,
            row.requested_by_id,
            lambda: _grounds(row),
            "measures",
        )
    if row.decided_at is not None and row.granted:
        yield Happening(
            row.decided_at,
            _("Decided: %(measure)s") % name,
            row.decided_by_id,
            lambda: _term(row),
            "measures",
            "success",
        )
    elif row.decided_at is not None:
        yield Happening(
            row.decided_at,
            _("Refused: %(measure)s") % name,
            row.decided_by_id,
            lambda: str(row.reasons),
            "measures",
            "warning",
        )
    if row.cancelled_at is not None:
        yield Happening(
            row.cancelled_at, _("Cancelled: %(measure)s") % name, None, tab="measures", tone="warning"
        )
    elif row.ended_at is not None:
        yield Happening(
            row.ended_at, _("Ended: %(measure)s") % name, None, lambda: str(row.result), "measures"
        )


def _grounds(row: Measure) -> str:
    return "; ".join(codes("ban_ground").label(ground) for ground in row.grounds)


def _term(row: Measure) -> str:
    until = _("until %(when)s") % {"when": display_datetime(row.ends_at)} if row.ends_at else ""
    number = _("decision %(number)s") % {"number": row.number} if row.number else ""
    return ", ".join(part for part in (number, until) if part)


def _of_service(row: Service) -> Iterator[Happening]:
    recipient = codes("ban_recipient").label(row.recipient)
    title = _("Refused to receive the decision: %(who)s") if row.refused else _("Decision handed to: %(who)s")
    yield Happening(row.served_at, title % {"who": recipient}, row.created_by_id, tab="measures")


def _of_breach(row: Breach) -> Iterator[Happening]:
    yield Happening(
        row.at,
        _("Breach: %(kind)s") % {"kind": codes("breach_kind").label(row.kind)},
        row.created_by_id,
        lambda: str(row.account),
        "measures",
        "danger",
    )


def _of_contact(row: Contact) -> Iterator[Happening]:
    how = codes("contact_channel").label(row.channel)
    title = _("Met in person") if row.in_person else _("Contact: %(how)s") % {"how": how}
    result = codes("contact_outcome").label(row.outcome)
    yield Happening(
        row.at, title, row.author_id, lambda: ". ".join(part for part in (result, row.remark) if part), "plan"
    )


def _of_allowed_contact(row: AllowedContact) -> Iterator[Happening]:
    ground = codes("allowed_contact_ground").label(row.ground)
    yield Happening(row.starts_at, _("Allowed contact"), row.created_by_id, lambda: ground, "measures")


def _of_session(row: SupportSession) -> Iterator[Happening]:
    title = codes("session_kind").label(row.kind)
    yield Happening(row.at, title, row.created_by_id, lambda: str(row.account), "measures")


def _of_meeting(row: Meeting) -> Iterator[Happening]:
    title = _("Minutes of the critique") if row.kind == Meeting.CRITIQUE else _("Minutes of the mediation")
    yield Happening(row.at, title, row.created_by_id, lambda: str(row.account), "measures")


def _of_outcome(row: Outcome) -> Iterator[Happening]:
    title = codes("outcome_kind").label(row.kind)
    yield Happening(row.decided_at, title, row.created_by_id, lambda: str(row.account), "measures")


def _of_event(row: RiskEvent) -> Iterator[Happening]:
    title = codes("event_pull").label(row.kind)
    yield Happening(row.at, title, row.created_by_id, lambda: str(row.account), "risk", "warning")


def _of_note(row: Note) -> Iterator[Happening]:
    title = codes("note_kind").label(row.kind)
    if row.is_confidential:
        title = _("%(note)s (only for my office)") % {"note": title}
    yield Happening(row.at, title, row.author_id, lambda: str(row.text), "plan")


def _of_step(row: PlanStep) -> Iterator[Happening]:
    need = {"need": codes("need").label(row.need)}
    yield Happening(
        row.created_at, _("Step planned: %(need)s") % need, row.created_by_id, lambda: str(row.step), "plan"
    )
    if row.done_on is not None:
        result = codes("service_answer").label(row.result)
        noon = datetime.combine(row.done_on, time(12), tzinfo=clock.VIETNAM)
        yield Happening(noon, _("Step done: %(need)s") % need, row.who_id, lambda: result, "plan")


def _of_consent(row: Consent) -> Iterator[Happening]:
    who = {"agency": row.recipient.name}
    until = _("until %(when)s") % {"when": display_datetime(row.valid_until)}
    yield Happening(
        row.valid_from,
        _("She agrees to sharing with %(agency)s") % who,
        row.created_by_id,
        lambda: until,
        "referrals",
    )
    if row.withdrawn_at is not None:
        yield Happening(
            row.withdrawn_at,
            _("She takes back her consent for %(agency)s") % who,
            None,
            lambda: str(row.withdrawn_reason),
            "referrals",
            "warning",
        )


def _of_referral(row: Referral) -> Iterator[Happening]:
    what = {"service": codes("service_kind").label(row.service), "agency": row.recipient.name}
    yield Happening(
        row.sent_at, _("Referred to %(agency)s: %(service)s") % what, row.sent_by_id, tab="referrals"
    )
    if row.answered_at is not None:
        declined = bool(row.declined_reason)
        title = _("%(agency)s declines: %(service)s") if declined else _("%(agency)s accepts: %(service)s")
        reason = codes("referral_decline_reason").label(row.declined_reason)
        yield Happening(row.answered_at, title % what, row.answered_by_id, lambda: reason, "referrals")
    if row.finished_at is not None and row.result:
        result = codes("service_answer").label(row.result)
        yield Happening(
            row.finished_at,
            _("%(agency)s reports back: %(service)s") % what,
            None,
            lambda: ". ".join(part for part in (result, row.feedback) if part),
            "referrals",
        )


def _of_procedure(row: ChildProcedure) -> Iterator[Happening]:
    yield Happening(
        row.received_at,
        _("Information about a child received"),
        row.created_by_id,
        lambda: codes("child_source").label(row.source),
    )
    if row.decided_at is not None:
        yield Happening(
            row.decided_at,
            codes("child_decision").label(row.decision),
            row.decided_by_id,
            lambda: str(row.reasons),
        )
    if row.closed_at is not None:
        yield Happening(row.closed_at, _("Child procedure closed"))


def _of_separation(row: ChildSeparation) -> Iterator[Happening]:
    """Never where the child is."""
    until = _("until %(when)s") % {"when": display_datetime(row.ends_at)}
    yield Happening(row.starts_at, _("Child kept apart"), row.decided_by_id, lambda: until, tone="warning")
    if row.ended_at is not None:
        how = codes("child_separation_end").label(row.end_kind)
        yield Happening(row.ended_at, _("Separation of the child ended"), text=lambda: how)


def _of_child_assessment(row: ChildAssessment) -> Iterator[Happening]:
    yield Happening(
        row.assessed_at, _("Form 03 of a child written"), row.assessed_by_id, lambda: str(row.conclusion)
    )


def _of_child_plan(row: ChildPlan) -> Iterator[Happening]:
    yield Happening(
        row.submitted_at,
        _("Plan for a child put before the chair"),
        row.submitted_by_id,
        lambda: str(row.goal),
    )
    if row.decided_at is not None:
        back = row.state == ChildPlan.RETURNED
        title = _("Plan for a child sent back") if back else _("Plan for a child approved")
        yield Happening(row.decided_at, title, row.decided_by_id, lambda: str(row.remarks))
    if row.reviewed_at is not None:
        result = codes("child_review").label(row.review)
        yield Happening(row.reviewed_at, _("Child reviewed after the plan"), text=lambda: result)


def _of_access_request(row: AccessRequest) -> Iterator[Happening]:
    capacity = codes("access_capacity").label(row.capacity)
    yield Happening(
        row.received_at,
        _("Somebody asks to see the file"),
        row.created_by_id,
        lambda: capacity,
        tone="warning",
    )
    if row.decided_at is not None:
        refused = row.state == AccessRequest.REFUSED
        title = _("Request to see the file refused") if refused else _("An extract of the file is allowed")
        yield Happening(row.decided_at, title, row.decided_by_id, lambda: str(row.reasons))
    if row.released_at is not None:
        yield Happening(row.released_at, _("Extract of the file handed over"), row.released_by_id)


def _of_closing(row: Closing) -> Iterator[Happening]:
    reason = codes("closing_reason").label(row.reason)
    yield Happening(
        row.requested_at, _("Asked to close the case"), row.requested_by_id, lambda: reason, "closing"
    )
    if row.reviewed_at is not None:
        back = row.state == "sent_back"
        title = _("Closing sent back") if back else _("Closing approved, supervision begins")
        yield Happening(row.reviewed_at, title, row.reviewed_by_id, lambda: str(row.remarks), "closing")
    if row.finished_at is not None:
        yield Happening(row.finished_at, _("Case closed"), None, tab="closing")
