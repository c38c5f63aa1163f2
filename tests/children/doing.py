"""Child procedures in every state, made through the verbs by those who make them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from casework.base import clock
from casework.base.dates import PartialDate
from casework.cases.actions import add_person, assign_case
from casework.cases.models import Case, Participant
from casework.children import actions
from casework.children.models import ChildAssessment, ChildPlan, ChildProcedure, ChildSeparation
from casework.deadlines.models import Deadline
from casework.risk import instruments
from casework.risk.actions import assess_risk
from casework.risk.models import RiskAssessment
from casework.risk.vocabulary import Answer
from tests.world import World

FIFTEEN_DAYS: Final = timedelta(days=15)
BORN: Final = PartialDate(2018)
PLACE: Final = "Nhà bà ngoại, bản Giấu Trẻ"
CARER: Final = "Tòng Thị Nuôi"


class Doing:
    """A case of Lan's with one child in the household, and what can be done about the child."""

    def __init__(self, world: World, case: Case, *, born: PartialDate = BORN) -> None:
        self.world, self.case = world, case
        self.child: Participant = add_person(
            case=case,
            by=world.lan,
            at=world.at(days=5),
            answers={"role": "child", "relation": "child", "full_name": "Lường Thị Bé", "birth_date": born},
        )

    # --- answers ---

    def information(self, at: datetime, **more: object) -> dict[str, object]:
        return {
            "participant": self.child.pk,
            "received_at": at,
            "source": "hotline_111",
            "information": "Trẻ bị bố đánh, đang ở với mẹ.",
            **more,
        }

    def decision(self, **more: object) -> dict[str, object]:
        return {
            "decision": "emergency",
            "dangers": ["health"],
            "reasons": "Có vết thương ở đầu.",
            "steps": "Đưa trẻ đến trạm y tế.",
            **more,
        }

    def apart(self, at: datetime, **more: object) -> dict[str, object]:
        return {
            "dangers": ["life"],
            "reasons": "Bố dọa giết, mẹ không bảo vệ được trẻ.",
            "starts_at": at,
            "ends_at": at + FIFTEEN_DAYS,
            "care": "relative",
            "place": PLACE,
            "carer": CARER,
            **more,
        }

    def form_03(self, at: datetime, **more: object) -> dict[str, object]:
        return {
            "assessed_at": at,
            "body": "some",
            "body_text": "Vết bầm ở tay.",
            "mind": "some",
            "mind_text": "",
            "feelings": "severe",
            "feelings_text": "Sợ bố.",
            "family_text": "Bố hay uống rượu.",
            "capacity": "partly",
            "capacity_text": "",
            "wish": "Muốn ở với mẹ.",
            "conclusion": "Cần kế hoạch hỗ trợ.",
            **more,
        }

    def form_04(self, **more: object) -> dict[str, object]:
        today = clock.local_date(self.world.now)
        return {
            "goal": "Trẻ an toàn, đi học đều.",
            "services": ["psychological", "education"],
            "activities": "Thăm nhà mỗi tuần.",
            "responsible": "Lò Thị Lan",
            "starts_on": today,
            "ends_on": today + timedelta(days=30),
            **more,
        }

    # --- verbs ---

    def start(self, at: datetime | None = None, **more: object) -> ChildProcedure:
        at = at or self.world.now
        return actions.start_procedure(
            case=self.case, by=self.world.lan, at=at, answers=self.information(at, **more)
        )

    def sign(self, code: str, at: datetime | None = None, answer: str = "low") -> RiskAssessment:
        """Form 02 or 06 about the child, every row answered alike."""
        return assess_risk(
            case=self.case,
            by=self.world.lan,
            at=at or self.world.now,
            instrument=code,
            child=self.child.person_id,
            answers={item.key: Answer(answer, "victim") for item in instruments.instrument(code).items},
        )

    def decide(self, procedure: ChildProcedure, at: datetime | None = None, **more: object) -> ChildProcedure:
        return actions.decide(
            procedure=procedure,
            by=self.world.pao,
            at=at or self.world.now,
            answers=self.decision(**more),
        )

    def separate(
        self, procedure: ChildProcedure, at: datetime | None = None, **more: object
    ) -> ChildSeparation:
        at = at or self.world.now
        return actions.separate(procedure=procedure, by=self.world.pao, at=at, answers=self.apart(at, **more))

    def assess(
        self, procedure: ChildProcedure, at: datetime | None = None, **more: object
    ) -> ChildAssessment:
        at = at or self.world.now
        return actions.assess(procedure=procedure, by=self.world.lan, at=at, answers=self.form_03(at, **more))

    def submit(self, procedure: ChildProcedure, at: datetime | None = None, **more: object) -> ChildPlan:
        return actions.submit_plan(
            procedure=procedure,
            by=self.world.lan,
            at=at or self.world.now,
            answers=self.form_04(**more),
        )

    def approve(self, plan: ChildPlan, at: datetime | None = None) -> ChildPlan:
        answers = {"remarks": ""}
        return actions.approve_plan(plan=plan, by=self.world.pao, at=at or self.world.now, answers=answers)

    def review(
        self, procedure: ChildProcedure, result: str = "close", at: datetime | None = None
    ) -> ChildProcedure:
        answers = {"review": result, "review_text": "Trẻ đã ổn định."}
        return actions.review(
            procedure=procedure, by=self.world.lan, at=at or self.world.now, answers=answers
        )

    # --- states ---

    def in_state(self, state: str) -> ChildProcedure:
        """A procedure of this morning in one of its states; decided as an emergency."""
        at = self.world.at
        procedure = self.start(at(hours=8))
        if state == "received":
            return procedure
        procedure = self.decide(procedure, at(hours=6))
        if state == "assessing":
            return procedure
        self.assess(procedure, at(hours=5))
        if state == "planning":
            return self.now(procedure)
        self.approve(self.submit(row(procedure), at(hours=4)), at(hours=3))
        if state == "carried_out":
            return self.now(procedure)
        self.sign("vn-child-06", at(hours=2))
        return self.review(self.now(procedure), at=at(hours=1))

    def now(self, procedure: ChildProcedure) -> ChildProcedure:
        """The procedure as it stands."""
        found: ChildProcedure = row(procedure)
        return found

    def calls(self, procedure: ChildProcedure) -> dict[str, Callable[..., Any]]:
        """Name of the verb on a procedure -> a call that needs only `by` and `at`."""
        now = self.world.now
        return {
            "decide": lambda **how: actions.decide(procedure=procedure, answers=self.decision(), **how),
            "separate": lambda **how: actions.separate(procedure=procedure, answers=self.apart(now), **how),
            "assess": lambda **how: actions.assess(procedure=procedure, answers=self.form_03(now), **how),
            "submit_plan": lambda **how: actions.submit_plan(
                procedure=procedure, answers=self.form_04(), **how
            ),
            "review": lambda **how: actions.review(
                procedure=procedure, answers={"review": "close", "review_text": "Ổn định."}, **how
            ),
        }

    # --- people, clocks ---

    def put_dung_on(self) -> None:
        assign_case(case=self.case, by=self.world.lan, at=self.world.now, user=self.world.dung)

    def clocks(self) -> dict[str, datetime]:
        """Kind -> due of every clock that runs."""
        rows = Deadline.objects.everything(reason="test").filter(case=self.case, state=Deadline.OPEN)
        return {row.kind: row.due_at for row in rows}


def row(found: Any) -> Any:
    """The row as it stands now."""
    return type(found).objects.everything(reason="test").get(pk=found.pk)
