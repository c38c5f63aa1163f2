"""What happens to a case, each through its verb, for the tests of pages that look across the rooms."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from casework.base.clock import local_date
from casework.cases import actions as cases
from casework.cases.models import Case
from casework.incidents.actions import record_incident
from casework.incidents.models import Incident
from casework.intake.actions import assign_report
from casework.intake.models import Report
from casework.organisations.models import DutyShift, User
from casework.plans.actions import add_step, record_contact, write_note
from casework.plans.models import Contact, Note, PlanStep
from casework.protection import actions as protection
from casework.protection.models import Measure
from casework.referrals import actions as referrals
from casework.referrals import scopes
from casework.referrals.models import Referral
from casework.risk.actions import assess_risk
from casework.risk.instruments import instrument
from casework.risk.models import RiskAssessment
from casework.risk.vocabulary import Answer
from tests.world import World

# Questions answered yes, by the level they lead to.
SIGNS = {"LOW": (), "HIGH": ("C2",), "EXTREME": ("C1", "C2", "C3", "C4", "C6")}


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "vi"})
    client.force_login(user)
    return client


def fresh(case: Case) -> Case:
    case.refresh_from_db(from_queryset=Case.objects.everything(reason="test"))
    return case


def assess(
    world: World, case: Case, level: str = "HIGH", *, at: datetime | None = None, **how: Any
) -> RiskAssessment:
    version = instrument("vn-ipv-baseline")
    answers = {
        item.key: Answer("yes", window=item.windows[0] if item.windows else "")
        if item.key in SIGNS[level]
        else Answer("no")
        for item in version.items
        if item.kind == "yes_no"
    }
    return assess_risk(
        case=fresh(case), by=world.lan, at=at or world.now, instrument=version.code, answers=answers, **how
    )


def incident(world: World, case: Case, *, at: datetime | None = None, **changes: object) -> Incident:
    at = at or world.now
    answers = {
        "happened_at": at,
        "happened_precision": "minute",
        "area": world.commune,
        "acts": ["A01"],
        "forms": ["physical"],
        "weapon_kind": "stick",
        "injury_severity": "moderate",
        "strangled": "yes",
        "threat_to_kill": "no",
        "children_saw": "unknown",
        "penalty_level": "administrative",
        **changes,
    }
    return record_incident(case=fresh(case), by=world.lan, at=at, answers=answers)


def ask_for_ban(world: World, case: Case, *, at: datetime | None = None) -> Measure:
    at = at or world.now
    answers = {
        "requester": "victim",
        "requested_at": at,
        "told_rights_at": at,
        "consent": "yes",
        "grounds": ["harm_health"],
        "grounds_text": "Đánh nhiều lần.",
    }
    return protection.request_ban(case=fresh(case), by=world.lan, at=at, answers=answers)


def decide(measure: Measure, world: World, *, at: datetime, days: float = 3) -> Measure:
    """The chair's ban on a request."""
    answers = {
        "signed_on_paper": True,
        "number": f"{measure.pk.hex[:6]}/QĐ-UBND",
        "starts_at": at,
        "ends_at": at + timedelta(days=days),
        "conditions": "",
    }
    return protection.decide_ban(measure=measure, by=world.pao, at=at, answers=answers)


def ban(world: World, case: Case, *, at: datetime | None = None, days: float = 3) -> Measure:
    """A ban the chair issued at that instant."""
    at = at or world.now
    return decide(ask_for_ban(world, case, at=at), world, at=at, days=days)


def serve(world: World, measure: Measure, *recipients: str, at: datetime | None = None) -> None:
    at = at or world.now
    for recipient in recipients:
        answers = {"recipient": recipient, "served_at": at, "how": "in_person", "refused": False}
        protection.serve_decision(measure=measure, by=world.lan, at=at, answers=answers)


def met(
    world: World,
    case: Case,
    *,
    at: datetime | None = None,
    entered_at: datetime | None = None,
    **changes: object,
) -> Contact:
    at = at or world.now
    answers = {
        "at": at,
        "channel": "visit",
        "outcome": "reached",
        "was_safe": "yes",
        "in_person": True,
        "remark": "Gặp ở trạm y tế.",
        **changes,
    }
    return record_contact(case=fresh(case), by=world.lan, at=entered_at or at, answers=answers)


def agree_contact(world: World, case: Case, **changes: object) -> None:
    answers = {
        "permission": "yes",
        "channel": "call",
        "safe_hours": "8:00-10:00",
        "code_word": "thư viện",
        "confirmed_on": local_date(world.now),
        **changes,
    }
    cases.set_safe_contact(
        case=fresh(case), person=world.victim(case), by=world.lan, at=world.now, answers=answers
    )


def note(world: World, case: Case, text: str, *, by: User | None = None, confidential: bool = False) -> Note:
    answers = {"kind": "other", "at": world.now, "text": text, "is_confidential": confidential}
    return write_note(case=fresh(case), by=by or world.lan, at=world.now, answers=answers)


def plan(world: World, case: Case) -> PlanStep:
    answers = {"need": "legal", "step": "Gặp trợ giúp viên", "who": None, "due_on": local_date(world.now)}
    return add_step(case=fresh(case), by=world.lan, at=world.now, answers=answers)


def refer(world: World, case: Case, *, at: datetime | None = None) -> Referral:
    at = at or world.now
    consent = referrals.give_consent(
        case=fresh(case),
        by=world.lan,
        at=at,
        answers={
            "recipient": world.agencies["hospital"],
            "purpose": "service",
            "service": "health_care",
            "items": scopes.default_items("health_care"),
            "told_consequences": True,
            "how_given": "signature",
        },
    )
    return referrals.send_referral(
        consent=consent,
        by=world.lan,
        at=at,
        service="health_care",
        answers={"urgency": "within_day", "needs": "Khám vết thương."},
    )


def assign(world: World, report: Report) -> Report:
    """The report given to Lan."""
    return assign_report(
        report=report, by=world.pao, at=report.received_at, agency=world.agencies["committee"], user=world.lan
    )


def on_duty(world: World, user: User, agency: str = "committee") -> None:
    DutyShift.objects.create(
        user=user,
        agency=world.agencies[agency],
        starts_at=world.at(hours=1),
        ends_at=world.now + timedelta(hours=8),
    )


def queries_of(client: Client, url: str) -> int:
    """How many queries a page costs once the process knows what it keeps."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    return len(captured)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())
