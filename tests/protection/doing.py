"""Bans and other measures in every state, made through the verbs by those who make them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from casework.cases.actions import assign_case
from casework.cases.models import Case
from casework.deadlines.models import Deadline
from casework.organisations.models import DutyShift
from casework.protection import actions
from casework.protection.models import AllowedContact, Measure, Meeting, Outcome, Service, SupportSession
from tests.world import World

THREE_DAYS: Final = timedelta(days=3)
RECIPIENTS: Final = ("perpetrator", "victim", "police_head", "village_head")
WHY: Final = {"corrected_why": "Ghi nhầm khi nhập."}
STATES: Final = ("requested", "refused", "in_force", "ran_out", "ended", "cancelled")


class Doing:
    """A case of Lan's, six days old, and what can be done about protection in it."""

    def __init__(self, world: World, case: Case | None = None) -> None:
        self.world = world
        self.case = case or world.case(at=world.at(days=6))

    # --- answers ---

    def request_answers(self, at: datetime, **more: object) -> dict[str, object]:
        return {
            "requester": "victim",
            "requested_at": at,
            "told_rights_at": at - timedelta(minutes=30),
            "consent": "yes",
            "consent_document": "Có chữ ký hôm nay",
            "grounds": ["harm_health"],
            "grounds_text": "Đêm qua người chồng đánh vợ, dọa sẽ đánh tiếp.",
            **more,
        }

    def decision_answers(self, at: datetime, **more: object) -> dict[str, object]:
        """Numbered by the register; a number of its own makes it one that was signed on paper."""
        return {"starts_at": None, "ends_at": at + THREE_DAYS, "signed_on_paper": "number" in more, **more}

    def own_motion_answers(self, at: datetime, **more: object) -> dict[str, object]:
        return {
            "grounds": ["threat_life"],
            "grounds_text": "Cầm dao dọa giết vợ trước mặt con.",
            "told_rights_at": at - timedelta(minutes=5),
            **self.decision_answers(at),
            **more,
        }

    # --- verbs ---

    def ask(self, at: datetime | None = None, **more: object) -> Measure:
        at = at or self.world.now
        answers = self.request_answers(at, **more)
        return actions.request_ban(case=self.case, by=self.world.lan, at=at, answers=answers)

    def decide(self, measure: Measure, at: datetime | None = None, **more: object) -> Measure:
        at = at or self.world.now
        answers = self.decision_answers(at, **more)
        return actions.decide_ban(measure=measure, by=self.world.pao, at=at, answers=answers)

    def ban(self, at: datetime | None = None, **more: object) -> Measure:
        """A ban in force since that instant, by default for six hours."""
        at = at or self.world.at(hours=6)
        return self.decide(self.ask(at - timedelta(hours=1)), at, **more)

    def serve(self, measure: Measure, recipient: str, at: datetime | None = None, **more: object) -> Service:
        at = at or self.world.now
        answers = {"recipient": recipient, "served_at": at, "how": "in_person", "refused": False, **more}
        return actions.serve_decision(measure=measure, by=self.world.lan, at=at, answers=answers)

    def name_monitor(self, measure: Measure, at: datetime | None = None, **more: object) -> Measure:
        answers = {"monitor_kind": "village_head", "monitor_name": "Quàng Văn Thoóng", **more}
        at = at or self.world.now
        return actions.assign_monitor(measure=measure, by=self.world.dung, at=at, answers=answers)

    def ask_to_cancel(self, measure: Measure, at: datetime | None = None) -> Measure:
        answers = {"cancel_reason": "Chị đề nghị hủy vì gia đình có đám tang."}
        at = at or self.world.now
        return actions.request_cancellation(measure=measure, by=self.world.lan, at=at, answers=answers)

    def record(self, at: datetime | None = None, **more: object) -> Measure:
        at = at or self.world.now
        answers = {"kind": "M07", "decider": "commune_chair", "starts_at": at, **more}
        return actions.record_measure(case=self.case, by=self.world.lan, at=at, answers=answers)

    def fine(self, at: datetime | None = None, **more: object) -> Outcome:
        """A penalty that is on file."""
        at = at or self.world.at(hours=2)
        answers = {"kind": "penalty", "penalty_articles": ["art_39"], "decided_at": at, **more}
        return actions.record_outcome(case=self.case, by=self.world.lan, at=self.world.now, answers=answers)

    def critique(self, **more: Any) -> Measure:
        """A critique of somebody who was fined before."""
        self.fine()
        return self.record(kind="M08", decider="commune_chair", condition="fined_again", **more)

    def contact_answers(self, at: datetime, **more: object) -> dict[str, object]:
        """A funeral, told and signed an hour before."""
        signed = at - timedelta(hours=1)
        return {
            "ground": "wedding_funeral",
            "notified_at": signed,
            "signed_at": signed,
            "starts_at": at,
            "ends_at": at + timedelta(hours=4),
            **more,
        }

    def allow(self, measure: Measure, at: datetime | None = None, **more: object) -> AllowedContact:
        at = at or self.world.now
        answers = self.contact_answers(at, **more)
        return actions.allow_contact(measure=measure, by=self.world.dung, at=self.world.now, answers=answers)

    def end_of_contact(self, measure: Measure) -> Callable[..., AllowedContact]:
        """A contact that is on file, however it came there, and the call that ends it."""
        now = self.world.now
        contact = AllowedContact(case=self.case, measure=measure)
        for name, value in self.contact_answers(now).items():
            setattr(contact, name, value)
        contact.save()
        answers = {"ended_at": now, "told_chair_at": now}
        return lambda **how: actions.close_contact(contact=contact, answers=answers, **how)

    def minutes(self, **more: object) -> Meeting:
        """The minutes of a critique that was held an hour ago."""
        answers = {
            "at": self.world.at(hours=1),
            "participants": ["perpetrator", "village_head"],
            "account": "Đã góp ý.",
            "minutes": "Đã giải thích Điều 3 của Luật.",
            "commitment": "signed",
            **more,
        }
        measure = self.critique(at=self.world.at(hours=2))
        return actions.record_critique(measure=measure, by=self.world.lan, at=self.world.now, answers=answers)

    def correction(self, **answers: object) -> Callable[..., Meeting]:
        """Minutes that are on file, and the call that corrects them."""
        meeting, given = self.minutes(), answers or {"minutes": "Đã giải thích Điều 3, Điều 5 của Luật."}
        told = {**WHY, **given}
        return lambda **how: actions.correct_meeting(meeting=meeting, answers=told, **how)

    def session(self, **more: object) -> SupportSession:
        """A session of behaviour change that was held an hour ago."""
        answers = {"kind": "behaviour", "at": self.world.at(hours=1), "attendance": "attended", **more}
        measure = self.record(at=self.world.at(hours=2))
        return actions.record_session(measure=measure, by=self.world.lan, at=self.world.now, answers=answers)

    def corrections(self) -> dict[str, Callable[..., Any]]:
        """The verbs that correct what is on file."""
        session, outcome, absent = self.session(), self.fine(), {**WHY, "attendance": "absent"}
        other = {**WHY, "penalty_articles": ["art_40"]}
        return {
            "correct_meeting": self.correction(),
            "correct_session": lambda **how: actions.correct_session(session=session, answers=absent, **how),
            "correct_outcome": lambda **how: actions.correct_outcome(outcome=outcome, answers=other, **how),
        }

    # --- people ---

    def put_dung_on(self) -> None:
        assign_case(case=self.case, by=self.world.lan, at=self.world.now, user=self.world.dung)

    def put_minh_on_duty(self) -> None:
        DutyShift.objects.create(
            user=self.world.minh,
            agency=self.world.agencies["committee"],
            starts_at=self.world.at(hours=1),
            ends_at=self.world.now + timedelta(hours=8),
        )

    # --- states ---

    def in_state(self, state: str) -> Measure:
        """A ban of the chair's in one of STATES."""
        now, pao = self.world.now, self.world.pao
        if state == "requested":
            return self.ask(self.world.at(hours=1))
        if state == "refused":
            measure = self.ask(self.world.at(hours=1))
            return actions.refuse_ban(measure=measure, by=pao, at=now, answers={"reasons": "Chưa đủ căn cứ."})
        if state == "cancelled":
            answers = {"cancel_answer": "Không còn cần thiết."}
            return actions.cancel_measure(measure=self.ban(), by=pao, at=now, answers=answers)
        if state == "in_force":
            return self.ban()
        measure = self.ban(self.world.at(days=4))
        if state == "ran_out":
            return measure
        answers = {"result": "Chấp hành."}
        return actions.end_measure(measure=measure, by=self.world.lan, at=now, answers=answers)

    def calls(self, measure: Measure) -> dict[str, Callable[..., Any]]:
        """Name of the verb on a measure -> a call that needs only `by` and `at`."""
        now = self.world.now
        began = measure.starts_at or now
        return {
            "decide_ban": lambda **how: actions.decide_ban(
                measure=measure, answers=self.decision_answers(now), **how
            ),
            "refuse_ban": lambda **how: actions.refuse_ban(
                measure=measure, answers={"reasons": "Chưa đủ căn cứ."}, **how
            ),
            "serve_decision": lambda **how: actions.serve_decision(
                measure=measure,
                answers={"recipient": "victim", "served_at": now, "how": "in_person", "refused": False},
                **how,
            ),
            "assign_monitor": lambda **how: actions.assign_monitor(
                measure=measure,
                answers={"monitor_kind": "village_head", "monitor_name": "Quàng Văn Thoóng"},
                **how,
            ),
            "announce_monitoring": lambda **how: actions.announce_monitoring(
                measure=measure, answers={"commitment_signed": True}, **how
            ),
            "record_breach": lambda **how: actions.record_breach(
                measure=measure,
                answers={
                    "at": began + timedelta(minutes=5),
                    "kind": "came_near",
                    "account": "Đến trước cửa nhà.",
                },
                **how,
            ),
            "allow_contact": lambda **how: actions.allow_contact(
                measure=measure, answers=self.contact_answers(now), **how
            ),
            "record_session": lambda **how: actions.record_session(
                measure=measure, answers={"kind": "behaviour", "at": now, "attendance": "attended"}, **how
            ),
            "record_critique": lambda **how: actions.record_critique(
                measure=measure, answers={"at": now, "account": "Đã góp ý.", "commitment": "signed"}, **how
            ),
            "request_cancellation": lambda **how: actions.request_cancellation(
                measure=measure, answers={"cancel_reason": "Gia đình có đám tang."}, **how
            ),
            "cancel_measure": lambda **how: actions.cancel_measure(
                measure=measure, answers={"cancel_answer": "Đồng ý."}, **how
            ),
            "refuse_cancellation": lambda **how: actions.refuse_cancellation(
                measure=measure, answers={"cancel_answer": "Vẫn cần bảo vệ."}, **how
            ),
            "end_measure": lambda **how: actions.end_measure(
                measure=measure, answers={"result": "Chấp hành."}, **how
            ),
        }

    def case_calls(self) -> dict[str, Callable[..., Any]]:
        """The same for the verbs that make a measure."""
        now, case = self.world.now, self.case
        return {
            "request_ban": lambda **how: actions.request_ban(
                case=case, answers=self.request_answers(now), **how
            ),
            "ban_on_own_motion": lambda **how: actions.ban_on_own_motion(
                case=case, answers=self.own_motion_answers(now), **how
            ),
            "record_mediation": lambda **how: actions.record_mediation(
                case=case,
                answers={"at": now, "led_by": "team", "her_wish": "x", "account": "x", "result": "settled"},
                **how,
            ),
            "record_outcome": lambda **how: actions.record_outcome(
                case=case, answers={"kind": "custody", "decided_at": now}, **how
            ),
            "record_measure": lambda **how: actions.record_measure(
                case=case, answers={"kind": "M07", "decider": "commune_chair", "starts_at": now}, **how
            ),
        }

    # --- what is there ---

    def clocks(self) -> dict[str, datetime]:
        """Kind -> due of every clock that runs; one of a kind here, or the tests ask for less."""
        rows = Deadline.objects.everything(reason="test").filter(case=self.case, state=Deadline.OPEN)
        return {row.kind: row.due_at for row in rows}

    def stopped(self, kind: str) -> Deadline:
        return Deadline.objects.everything(reason="test").get(case=self.case, kind=kind, state=Deadline.DONE)

    def measures(self) -> int:
        return Measure.objects.everything(reason="test").filter(case=self.case).count()
