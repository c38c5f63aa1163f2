"""One file with one live record of every kind in it, all of Lan's case, lived through the real verbs.

The ids stand under the names the addresses use for them; an address whose parameter has no id here fails the
matrix by name.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from casework.accounts.actions import add_user, deactivate_user, set_duty
from casework.accounts.tokens import issue_token
from casework.base import clock
from casework.cases.actions import (
    add_address,
    add_person,
    add_phone,
    open_case,
    set_kinship,
    set_safe_contact,
)
from casework.cases.models import Case
from casework.children.actions import assess, decide, separate, start_procedure, submit_plan
from casework.children.models import ChildProcedure
from casework.closure.actions import request_closing, send_closing_back
from casework.deadlines.actions import set_period, start_office_clocks
from casework.deadlines.models import Deadline, Handover
from casework.disposal.actions import (
    place_hold,
    place_report_hold,
    request_disposal,
    request_report_disposal,
)
from casework.extracts.actions import allow_request, record_request
from casework.incidents.actions import record_incident
from casework.intake.actions import assign_report, take_report
from casework.national_database.actions import set_consignment_rule
from casework.noisy_totals.models import PrivacyBudget
from casework.notifications.actions import set_reach
from casework.notifications.outbox import News, tell_people
from casework.official_forms.actions import issue_file, publish_template
from casework.organisations.models import DutyShift
from casework.plans.actions import add_step, record_contact, write_note, write_safety_plan
from casework.protection.actions import (
    allow_contact,
    announce_monitoring,
    assign_monitor,
    decide_ban,
    record_breach,
    record_critique,
    record_measure,
    record_outcome,
    record_session,
    request_ban,
    serve_decision,
)
from casework.protection.models import Measure
from casework.referrals import scopes
from casework.referrals.actions import give_consent, send_referral
from casework.releases import actions as releases
from casework.releases.formats import FORMATS
from casework.returns.actions import set_return_rule
from casework.risk import instruments
from casework.risk.actions import BASELINE, assess_risk
from casework.risk.vocabulary import Answer
from tests.attachments.making import attach, upload
from tests.disposal.erasing import closed_case, ended_report
from tests.national_database import making as consigning
from tests.noisy_totals.making import allowed, answered, asked
from tests.official_forms.hiding import template
from tests.releases.making import frozen, prepared, published
from tests.returns import making
from tests.returns.making import last_year
from tests.world import SINCE, World, with_password

# Words and numbers that stand only in Lan's case: an answer to anybody else that holds one of them has leaked.
MARKS = ("Lò Thị Mẫu", "Lường Văn Mẫu", "0912345678", "+84912345678", "Bản Giấu Kín", "Chị Mẫu kể lại")

YES_MEDIUM = frozenset({"C5", "S1", "S5", "X1"})


@dataclass
class File:
    """The world, Lan's case, and the ids of everything in it."""

    world: World
    case: Case
    ids: dict[str, UUID] = field(default_factory=dict)
    # The record an address is about, where the usual one of that name is not in the state it needs.
    by_route: dict[str, dict[str, UUID]] = field(default_factory=dict)
    # A case of Tuấn's own: its id before a record of Lan's opens nothing.
    foreign_case: UUID | None = None
    tokens: dict[str, str] = field(default_factory=dict)

    def ids_for(self, route: str) -> dict[str, UUID]:
        return {**self.ids, **self.by_route.get(route.removeprefix("api:"), {})}


def build_file(world: World) -> File:
    """Build it within the last two days before `world.now`."""
    report = world.assigned_report(at=world.at(hours=47))
    case = open_case(report=report, by=world.lan, at=world.at(hours=46))
    file = File(world, case)
    file.ids |= {"case_id": case.pk, "report_id": report.pk}
    # Not yet a case: what can still be done with a report is done with this one.
    waiting = world.assigned_report(at=world.at(hours=6), account="Tiếng kêu cứu ở cuối bản.")
    for route in ("report-open-case", "report-join-case", "report-add", "report-assign", "report-screen-out"):
        file.by_route[route] = {"report_id": waiting.pk}
    _people(file)
    _facts(file)
    _closing(file)
    _protection(file)
    _children(file)
    _referral(file)
    _papers(file)
    _requests(file)
    _staff(file)
    _clocks(file)
    _keeping(file)
    _releases(file)
    _returns(file)
    _consignments(file)
    _noisy_totals(file)
    file.foreign_case = _elsewhere(world).pk
    file.tokens = {name: issue_token(user=user, hours=8, at=world.now) for name, user in world.users.items()}
    case.refresh_from_db()
    return file


def _releases(file: File) -> None:
    """A release everybody may read, and a draft."""
    world = file.world
    frozen(world, 2023, communes=2)
    # What draws a PDF has threads, and a copy of this process would wait for them for ever.
    undrawn = {form: kind for form, kind in FORMATS.items() if form != "pdf"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(releases, "FORMATS", undrawn)
        public = published(world, "province_quarter:2023-Q1")
    file.ids |= {"public_release_id": public.pk, "release_id": prepared(world, "province_quarter:2023-Q2").pk}
    file.by_route["release-withdraw"] = {"release_id": public.pk}


def _returns(file: File) -> None:
    """A return of the commune at every step it can be at, each of its own period; the page shows the one received."""
    world = file.world
    draft = making.prepared(world, "commune_year")
    ready = making.checked(world, "commune_half", window="first_half")
    signed = making.signed(world, "commune_half", window="first_half", year=last_year(world).year - 1)
    sent = making.sent(world, "commune_half", window="second_half", year=last_year(world).year - 1)
    received = making.received(world, "commune_half", window="first_half", year=last_year(world).year - 2)
    rule = set_return_rule(
        by=world.mai,
        at=world.now,
        answers={
            "form": "province_year",
            "to": "ministry",
            "basis": "Quyết định mẫu",
            "valid_from": clock.local_date(world.now),
        },
    )
    file.ids |= {"return_id": received.pk, "return_rule_id": rule.pk}
    for routes, record in (
        (("return-fill-in", "return-answer", "return-refresh", "return-check", "return-drop"), draft),
        (("return-sign",), ready),
        (("return-send",), signed),
        (("return-receive", "return-send-back"), sent),
    ):
        for route in routes:
            file.by_route[route] = {"return_id": record.pk}


def _consignments(file: File) -> None:
    """A consignment of the province at every step, each of its own quarter; the page shows the one received."""
    world = file.world
    received = consigning.received(world)
    signed = consigning.signed(world, 1)
    ready = consigning.checked(world, 2)
    draft = consigning.prepared(world, 3)
    rule = set_consignment_rule(
        by=world.mai,
        at=world.now,
        answers={
            "rhythm": "quarterly",
            "due_days": 15,
            "basis": "Quyết định mẫu",
            "valid_from": clock.local_date(world.now),
        },
    )
    file.ids |= {"consignment_id": received.pk, "consignment_rule_id": rule.pk}
    for routes, record in (
        (("consignment-check", "consignment-drop"), draft),
        (("consignment-sign",), ready),
        (("consignment-receive",), signed),
    ):
        for route in routes:
            file.by_route[route] = {"consignment_id": record.pk}


def _noisy_totals(file: File) -> None:
    """A total with noise that everybody may read, and two questions nobody has decided."""
    world = file.world
    allowed(world)
    total = answered(world, age=["under_16"])
    file.ids |= {"total_question_id": total.pk, "privacy_budget_id": PrivacyBudget.objects.get().pk}
    for route, age in (("noisy-total-approve", "60_over"), ("noisy-total-refuse", "unknown")):
        file.by_route[route] = {"total_question_id": asked(world, age=[age]).pk}


def _keeping(file: File) -> None:
    """A hold on Lan's case and on a report, and requests to destroy another of each."""
    world = file.world
    hold = place_hold(
        case=file.case,
        by=world.mai,
        at=world.at(hours=1),
        answers={"ground": "court", "reason": "Tòa án đang thụ lý."},
    )
    disposal = request_disposal(
        case=closed_case(world),
        by=world.mai,
        at=world.at(minutes=10),
        answers={"ground": "subject_request", "reason": "Có đơn yêu cầu xóa."},
    )
    file.ids |= {"hold_id": hold.pk, "disposal_id": disposal.pk}
    held, asked = (ended_report(world, at=world.at(hours=hours)) for hours in (30, 29))
    report_hold = place_report_hold(
        report=held,
        by=world.mai,
        at=world.at(hours=1),
        answers={"ground": "complaint", "reason": "Có đơn khiếu nại."},
    )
    report_disposal = request_report_disposal(
        report=asked,
        by=world.mai,
        at=world.at(minutes=10),
        answers={"ground": "subject_request", "reason": "Có đơn yêu cầu xóa."},
    )
    file.ids |= {"report_hold_id": report_hold.pk, "report_disposal_id": report_disposal.pk}
    for route in (
        "report-disposal",
        "request-report-disposal",
        "place-report-hold",
        "report-disposals",
        "report-holds",
    ):
        file.by_route[route] = {"report_id": held.pk}


def _people(file: File) -> None:
    world, case = file.world, file.case
    victim, perpetrator = world.victim(case), world.perpetrator(case)
    child = add_person(
        case=case,
        by=world.lan,
        at=world.at(hours=45),
        answers={"role": "child", "relation": "child", "full_name": "Lường Thị Bé", "sex": "female"},
    )
    phone = add_phone(
        case=case,
        person=perpetrator,
        by=world.lan,
        at=world.at(hours=45),
        answers={"number": "+84987654321", "whose": "own", "safe_to_call": "no"},
    )
    add_address(
        case=case,
        person=perpetrator,
        by=world.lan,
        at=world.at(hours=45),
        answers={"kind": "contact", "area": world.commune, "village": "Bản Mẫu"},
    )
    safe = add_address(
        case=case,
        person=victim,
        by=world.lan,
        at=world.at(hours=45),
        answers={"kind": "safe", "area": world.commune, "village": "Bản Giấu Kín", "detail": "nhà chị gái"},
    )
    contact = set_safe_contact(
        case=case,
        person=victim,
        by=world.lan,
        at=world.at(hours=44),
        answers={
            "permission": "yes",
            "channel": "call",
            "safe_hours": "8:00-10:00",
            "code_word": "thư viện",
            "confirmed_on": clock.local_date(world.at(hours=44)),
        },
    )
    kinship = set_kinship(
        case=case,
        person=victim,
        by=world.lan,
        at=world.at(hours=44),
        answers={"other": perpetrator.pk, "relation": "spouse", "living_together": "yes"},
    )
    file.ids |= {
        "person_id": victim.pk,
        "participant_id": child.pk,
        "phone_id": phone.pk,
        "address_id": safe.pk,
        "contact_id": contact.pk,
        "kinship_id": kinship.pk,
    }


def _facts(file: File) -> None:
    world, case = file.world, file.case
    incident = record_incident(
        case=case,
        by=world.lan,
        at=world.at(hours=44),
        answers={
            "happened_at": world.at(hours=50),
            "happened_precision": "minute",
            "area": world.commune,
            "acts": ["A01"],
            "her_words": "Chị Mẫu kể lại việc bị đánh.",
            "penalty_level": "administrative",
        },
    )
    assess_risk(
        case=case,
        by=world.lan,
        at=world.at(hours=43),
        instrument=BASELINE,
        answers=answers(YES_MEDIUM),
        fear=3,
    )
    child_form = assess_risk(
        case=case,
        by=world.lan,
        at=world.at(hours=4),
        instrument="vn-child-02",
        answers={item.key: Answer("high", "victim") for item in instruments.instrument("vn-child-02").items},
    )
    lowering = assess_risk(
        case=case,
        by=world.lan,
        at=world.at(hours=3),
        instrument=BASELINE,
        answers=answers(YES_MEDIUM),
        fear=3,
        final="LOW",
        reason="Chồng đã đi làm xa từ tháng trước.",
    )
    note = write_note(
        case=case,
        by=world.lan,
        at=world.at(hours=42),
        answers={"kind": "visit", "at": world.at(hours=42), "text": "Đến nhà, chị Mẫu kể lại."},
    )
    write_note(
        case=case,
        by=world.lan,
        at=world.at(hours=42),
        answers={
            "kind": "counselling",
            "at": world.at(hours=42),
            "text": "Chỉ trong cơ quan.",
            "is_confidential": True,
        },
    )
    record_contact(
        case=case,
        by=world.lan,
        at=world.at(hours=42),
        answers={"at": world.at(hours=42), "channel": "visit", "outcome": "reached", "in_person": True},
    )
    step = add_step(
        case=case,
        by=world.lan,
        at=world.at(hours=41),
        answers={
            "need": "safety",
            "step": "Chuẩn bị túi đồ khẩn cấp cùng chị.",
            "who": world.lan,
            "due_on": clock.local_date(world.now + timedelta(days=7)),
        },
    )
    write_safety_plan(
        case=case,
        by=world.lan,
        at=world.at(hours=41),
        answers={"way_out": "Cửa sau, sang nhà chị gái.", "revised_on": clock.local_date(world.at(hours=41))},
    )
    attachment = attach(world, case, at=world.at(hours=41), answers={"description": "Chị Mẫu kể lại."})
    file.ids |= {
        "attachment_id": attachment.pk,
        "incident_id": incident.pk,
        "assessment_id": lowering.pk,
        "note_id": note.pk,
        "step_id": step.pk,
    }
    file.by_route["record-emergency-step"] = {"assessment_id": child_form.pk}


def _closing(file: File) -> None:
    """Asked for too early and sent back to work, so that the case stays live."""
    world, case = file.world, file.case
    closing = request_closing(
        case=case,
        by=world.lan,
        at=world.at(hours=40),
        answers={
            "reason": "safe_goals_met",
            "outcomes": ["safe_apart"],
            "her_wish": "Chị muốn được hỏi lại.",
            "findable": "yes",
        },
    )
    closing = send_closing_back(
        closing=closing, by=world.mai, at=world.at(hours=39), answers={"remarks": "Còn quá sớm."}
    )
    file.ids["closing_id"] = closing.pk


def _protection(file: File) -> None:
    """One ban in force, served, monitored and broken; a second one waits for the chair's decision."""
    world = file.world
    ban = decide_ban(
        measure=_request(file, hours=9),
        by=world.pao,
        at=world.at(hours=8),
        answers={"ends_at": world.at(hours=8) + timedelta(days=3)},
    )
    for recipient in ("police_head", "perpetrator"):
        serve_decision(
            measure=ban,
            by=world.lan,
            at=world.at(hours=7.5),
            answers={"recipient": recipient, "served_at": world.at(hours=7.5), "how": "in_person"},
        )
    ban = assign_monitor(
        measure=ban,
        by=world.dung,
        at=world.at(hours=7),
        answers={"monitor_kind": "village_head", "monitor_name": "Quàng Văn Trưởng"},
    )
    ban = announce_monitoring(
        measure=ban, by=world.dung, at=world.at(hours=6.5), answers={"commitment_signed": True}
    )
    breach = record_breach(
        measure=ban,
        by=world.dung,
        at=world.at(hours=6),
        answers={"at": world.at(hours=6.2), "kind": "came_near", "account": "Đến trước cửa nhà."},
    )
    waiting = _request(file, hours=2)
    funeral = allow_contact(
        measure=ban,
        by=world.dung,
        at=world.at(hours=5),
        answers={
            "ground": "wedding_funeral",
            "notified_at": world.at(hours=5.5),
            "signed_at": world.at(hours=5.2),
            "starts_at": world.at(hours=5),
            "ends_at": world.at(hours=1),
        },
    )
    file.ids |= {"measure_id": ban.pk, "breach_id": breach.pk, "allowed_contact_id": funeral.pk}
    file.ids["outcome_id"] = record_outcome(
        case=file.case,
        by=world.lan,
        at=world.at(hours=5),
        answers={"kind": "penalty", "penalty_articles": ["art_39"], "decided_at": world.at(hours=5)},
    ).pk
    community = {"M07": {}, "M08": {"condition": "fined_again"}}
    for (kind, more), route in zip(community.items(), ("record-session", "record-critique"), strict=True):
        measure = record_measure(
            case=file.case,
            by=world.lan,
            at=world.at(hours=4),
            answers={"kind": kind, "decider": "commune_chair", "starts_at": world.at(hours=4), **more},
        )
        file.by_route[route] = {"measure_id": measure.pk}
        how: dict[str, Any] = {"measure": measure, "by": world.lan, "at": world.at(hours=3)}
        held = {"at": world.at(hours=3), "account": "Đã trao đổi."}
        if kind == "M07":
            attended = {**held, "kind": "behaviour", "attendance": "attended"}
            file.ids["session_id"] = record_session(answers=attended, **how).pk
        else:
            minutes = {**held, "participants": ["perpetrator"], "commitment": "signed"}
            file.ids["meeting_id"] = record_critique(answers=minutes, **how).pk
    for route in ("decide-ban", "refuse-ban"):
        file.by_route[route] = {"measure_id": waiting.pk}


def _children(file: File) -> None:
    """One child kept apart with a plan before the chair; a second one waits for the decision of the 12 hours."""
    world = file.world
    waiting = _information(file, _child(file, "Lường Văn Hai"), hours=3)
    for route in ("decide-child", "separate-child"):
        file.by_route[route] = {"child_procedure_id": waiting.pk}
    procedure = _information(file, file.ids["participant_id"], hours=6)
    separation = separate(
        procedure=procedure,
        by=world.pao,
        at=world.at(hours=5),
        answers={
            "dangers": ["life"],
            "reasons": "Chị Mẫu kể lại việc con bị dọa.",
            "starts_at": world.at(hours=5),
            "ends_at": world.at(hours=5) + timedelta(days=15),
            "care": "relative",
            "place": "Bản Giấu Kín",
            "carer": "Tòng Thị Nuôi",
        },
    )
    assess(
        procedure=procedure,
        by=world.lan,
        at=world.at(hours=4),
        answers={
            "assessed_at": world.at(hours=4),
            "body": "some",
            "mind": "some",
            "feelings": "severe",
            "family_text": "Gia đình khó khăn.",
            "capacity": "partly",
            "conclusion": "Cần kế hoạch hỗ trợ.",
        },
    )
    plan = submit_plan(
        procedure=procedure,
        by=world.lan,
        at=world.at(hours=4),
        answers={
            "goal": "An toàn.",
            "services": ["family"],
            "activities": "Thăm nhà.",
            "responsible": "Lò Thị Lan",
            "starts_on": clock.local_date(world.now),
            "ends_on": clock.local_date(world.now) + timedelta(days=30),
        },
    )
    assessing = _information(file, _child(file, "Lường Văn Ba"), hours=3)
    decide(
        procedure=assessing,
        by=world.pao,
        at=world.at(hours=2),
        answers={"decision": "emergency", "dangers": ["health"], "reasons": "Có vết thương."},
    )
    for route in ("assess-child", "plan-for-child"):
        file.by_route[route] = {"child_procedure_id": assessing.pk}
    file.ids |= {
        "child_procedure_id": procedure.pk,
        "separation_id": separation.pk,
        "child_plan_id": plan.pk,
    }


def _child(file: File, full_name: str) -> UUID:
    part = add_person(
        case=file.case,
        by=file.world.lan,
        at=file.world.at(hours=7),
        answers={"role": "child", "relation": "child", "full_name": full_name},
    )
    return part.pk


def _information(file: File, participant: UUID, *, hours: float) -> ChildProcedure:
    world = file.world
    return start_procedure(
        case=file.case,
        by=world.lan,
        at=world.at(hours=hours),
        answers={
            "participant": participant,
            "received_at": world.at(hours=hours),
            "source": "school",
            "information": "Chị Mẫu kể lại.",
        },
    )


def _request(file: File, *, hours: float) -> Measure:
    world = file.world
    return request_ban(
        case=file.case,
        by=world.lan,
        at=world.at(hours=hours),
        answers={
            "requester": "victim",
            "requested_at": world.at(hours=hours),
            "told_rights_at": world.at(hours=hours + 0.5),
            "consent": "yes",
            "grounds": ["harm_health"],
            "grounds_text": "Gây thương tích, tiếp tục đe dọa.",
        },
    )


def _referral(file: File) -> None:
    world = file.world
    consent = give_consent(
        case=file.case,
        by=world.lan,
        at=world.at(hours=5),
        answers={
            "recipient": world.agencies["hospital"],
            "purpose": "service",
            "service": "health_care",
            "items": scopes.default_items("health_care"),
            "told_consequences": True,
            "how_given": "signature",
            "document": "Bản giấy trong tủ hồ sơ",
            "language": "thai",
            "interpreter": "none",
        },
    )
    referral = send_referral(
        consent=consent,
        by=world.lan,
        at=world.at(hours=5),
        service="health_care",
        answers={"urgency": "within_day", "needs": "Khám và điều trị vết thương."},
    )
    file.ids |= {"consent_id": consent.pk, "referral_id": referral.pk}


def _papers(file: File) -> None:
    """A photograph of a signed decision, blocked until two people agree, and a province's own Word file."""
    world = file.world
    with upload("anh.png") as photograph:
        paper = issue_file(
            case=file.case,
            by=world.lan,
            at=world.at(hours=4),
            answers={"file": photograph, "goes_to": ["perpetrator"]},
        )
    with upload("mau.docx", template()) as given:
        row = publish_template(
            by=world.mai, at=world.at(hours=4), answers={"kind": "commitment", "file": given, "remark": ""}
        )
    file.ids |= {"paper_id": paper.pk, "template_id": row.pk}


def _requests(file: File) -> None:
    """One request to see the file that waits for its answer, and one whose extract is allowed."""
    world = file.world
    made = [
        record_request(
            case=file.case,
            by=world.lan,
            at=world.at(hours=3),
            answers={
                "who": "Lường Văn Mẫu",
                "capacity": "parent",
                "scope": "own_data",
                "received_at": world.at(hours=3),
                "wants": "Chị Mẫu kể lại những gì.",
            },
        )
        for _one in range(2)
    ]
    allowed = allow_request(
        request=made[1], by=world.mai, at=world.at(hours=2), answers={"reasons": "Chỉ thời hạn."}
    )
    file.ids["access_request_id"] = made[0].pk
    for route in ("prepare-extract", "release-extract"):
        file.by_route[route] = {"access_request_id": allowed.pk}


def _staff(file: File) -> None:
    """A colleague with a planned shift, and one whose account is closed; neither has to do with the case."""
    world, office = file.world, file.world.agencies["committee"]
    nga, closed = (
        add_user(
            by=world.son,
            at=world.at(hours=60),
            username=username,
            full_name=full_name,
            agency=office,
            role="social_worker",
            since=SINCE,
            is_demo=True,
        )
        for username, full_name in (("nga", "Lò Thị Nga"), ("thu", "Cà Văn Thu"))
    )
    deactivate_user(user=closed, by=world.son, at=world.at(hours=50))
    shift = set_duty(
        by=world.pao,
        at=world.now,
        user=nga,
        agency=office,
        starts_at=world.now + timedelta(days=3),
        ends_at=world.now + timedelta(days=4),
    )
    file.ids |= {"user_id": nga.pk, "membership_id": nga.memberships.get().pk, "shift_id": shift.pk}
    file.by_route["activate-user"] = {"user_id": closed.pk}


def _clocks(file: File) -> None:
    """One clock of the case, one of the office, a notice of Lan's, a period of the province, Nga's hand-over."""
    world = file.world
    deadline = (
        Deadline.objects.everything(reason="test").filter(case=file.case, kind="ban_decide").latest("due_at")
    )
    office = start_office_clocks(
        by=world.mai, at=world.at(hours=1), kind="data_breach", since=world.at(hours=2)
    )
    period = set_period(
        by=world.mai,
        at=world.now,
        kind="referral_service",
        answers={
            "unit": "days",
            "amount": 10,
            "basis": "Quyết định mẫu",
            "valid_from": clock.local_date(world.now),
        },
    )
    with transaction.atomic():
        notice = tell_people([world.lan], News("due_now", "ban_decide"), at=world.now)[0]
    set_reach(by=world.lan, at=world.now, answers={"email": "lan@example.org", "phone": "+84912345670"})
    shift = DutyShift.objects.get(pk=file.ids["shift_id"])
    handover = Handover.objects.create(shift=shift, at=world.now)
    file.ids |= {
        "deadline_id": deadline.pk,
        "office_clock_id": office.pk,
        "period_id": period.pk,
        "notice_id": notice.pk,
        "handover_id": handover.pk,
        # Nobody's: with the right one anybody may read it, which is what it is for.
        "token": uuid4(),
    }


def _elsewhere(world: World) -> Case:
    """A case of Tuấn's, opened in another province on a report its own chair assigned."""
    chair = with_password(
        add_user(
            by=world.son,
            at=world.at(hours=40),
            username="chair-elsewhere",
            full_name="Lò Văn Chủ",
            agency=world.agencies["elsewhere"],
            role="commune_chair",
            since=SINCE,
            is_demo=True,
        )
    )
    report = take_report(
        by=world.tuan,
        at=world.at(hours=30),
        agency=world.agencies["elsewhere"],
        answers={"channel": "call", "area": world.elsewhere, "account": "Cãi nhau to trong nhà."},
        people=[],
    )
    report = assign_report(
        report=report,
        by=chair,
        at=world.at(hours=29),
        agency=world.agencies["elsewhere"],
        user=world.tuan,
    )
    return open_case(report=report, by=world.tuan, at=world.at(hours=28))


def answers(yes: frozenset[str]) -> dict[str, Answer]:
    """The baseline form with these questions answered yes and all others no."""
    return {
        item.key: Answer("yes", "victim", "months_3" if item.windows else "")
        if item.key in yes
        else Answer("no", "victim")
        for item in instruments.instrument(BASELINE).items
    }
