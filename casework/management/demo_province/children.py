"""Three children under the procedure of Decree 56/2017: one to be decided, one kept apart, one with a plan."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from casework.base import clock
from casework.base.dates import PartialDate
from casework.cases.actions import add_person
from casework.cases.models import Participant
from casework.children.actions import (
    approve_plan,
    assess,
    decide,
    separate,
    start_procedure,
    submit_plan,
)
from casework.children.models import ChildPlan, ChildProcedure
from casework.children.queries import FIRST_FORM
from casework.management.demo_province.names import a_name
from casework.risk import instruments
from casework.risk.actions import assess_risk
from casework.risk.vocabulary import Answer

if TYPE_CHECKING:
    from casework.management.demo_province.stories import Story

Move = Callable[..., None]


def to_be_decided(story: "Story", move: Move) -> None:
    """A school has passed on what a pupil told: eight of the twelve hours are left."""
    move(story, hours=4)
    child = _child(story, age=9)
    _start(
        story,
        child,
        source="school",
        information="Cô giáo chủ nhiệm báo: cháu kể bị bố tát và nhốt ngoài nhà đêm qua, tay có vết bầm.",
    )
    move(story, hours=3)
    _sign_first(story, child, "medium")


def kept_apart(story: "Story", move: Move) -> None:
    """A boy stays with his grandmother since three days; the chair has the plan."""
    move(story, hours=80)
    child = _child(story, age=6)
    procedure = _start(
        story,
        child,
        source="hotline_111",
        information="Tổng đài 111 báo: bố cầm dao dọa hai mẹ con, cháu hoảng loạn, mẹ không ngăn được.",
    )
    move(story, hours=76)
    _sign_first(story, child, "high")
    move(story, hours=74)
    separate(
        procedure=procedure,
        by=story.chair,
        at=story.at,
        answers={
            "dangers": ["life", "health"],
            "reasons": "Bố dọa giết, say rượu hằng ngày; mẹ đang điều trị, không bảo vệ được trẻ.",
            "starts_at": story.at,
            "ends_at": story.at + timedelta(days=15),
            "care": "relative",
            "place": "Nhà bà ngoại ở xã khác",
            "carer": "Bà ngoại của trẻ",
        },
    )
    move(story, hours=50)
    _assess(story, procedure, feelings="severe", capacity="not_able")
    move(story, hours=28)
    _submit(story, procedure)


def plan_carried_out(story: "Story", move: Move) -> None:
    """A girl whose plan of three months the chair has approved."""
    move(story, days=14)
    child = _child(story, age=12)
    procedure = _start(
        story,
        child,
        source="commune",
        information="Cháu chứng kiến bố đánh mẹ nhiều lần, bỏ học một tuần, ở nhà trông em.",
    )
    story.later(hours=2)
    _sign_first(story, child, "low")
    story.later(hours=4)
    decide(
        procedure=procedure,
        by=story.chair,
        at=story.at,
        answers={
            "decision": "none",
            "dangers": [],
            "reasons": "Bố đã đi làm xa, trẻ ở với mẹ và bà nội, không có nguy cơ trước mắt.",
        },
    )
    story.later(days=1)
    _assess(story, procedure, feelings="some", capacity="partly")
    story.later(days=1)
    plan = _submit(story, procedure, days=90)
    story.later(days=1)
    approve_plan(
        plan=plan,
        by=story.chair,
        at=story.at,
        answers={"remarks": "Giao Hội Phụ nữ xã phối hợp thăm nhà."},
    )


def _child(story: "Story", *, age: int) -> Participant:
    return add_person(
        case=story.case,
        by=story.worker,
        at=story.at,
        answers={
            "role": "child",
            "relation": "child",
            "full_name": a_name(story.draw, story.plan.people, "male"),
            "birth_date": PartialDate(clock.local(story.at).year - age),
            "sex": "male",
        },
    )


def _start(story: "Story", child: Participant, *, source: str, information: str) -> ChildProcedure:
    return start_procedure(
        case=story.case,
        by=story.worker,
        at=story.at,
        answers={
            "participant": child.pk,
            "received_at": story.at,
            "source": source,
            "information": information,
        },
    )


def _sign_first(story: "Story", child: Participant, answer: str) -> None:
    items = instruments.instrument(FIRST_FORM).items
    assess_risk(
        case=story.case,
        by=story.worker,
        at=story.at,
        instrument=FIRST_FORM,
        child=child.person_id,
        answers={item.key: Answer(answer, "victim") for item in items},
    )


def _assess(story: "Story", procedure: ChildProcedure, *, feelings: str, capacity: str) -> None:
    assess(
        procedure=procedure,
        by=story.worker,
        at=story.at,
        answers={
            "assessed_at": story.at,
            "body": "some",
            "body_text": "Vết bầm đang lành, đã khám tại trạm y tế.",
            "mind": "some",
            "mind_text": "Khó ngủ, giật mình khi có tiếng động lớn.",
            "feelings": feelings,
            "feelings_text": "Sợ khi nhắc đến bố.",
            "family_text": "Bố mẹ sống cùng nhà bà nội; thu nhập từ nương ngô.",
            "capacity": capacity,
            "capacity_text": "Mẹ thương con nhưng phụ thuộc vào chồng.",
            "wish": "Muốn ở với mẹ và được đi học.",
            "conclusion": "Cần kế hoạch hỗ trợ, can thiệp; ưu tiên an toàn nơi ở và tâm lý.",
        },
    )


def _submit(story: "Story", procedure: ChildProcedure, *, days: int = 60) -> ChildPlan:
    today = clock.local_date(story.at)
    return submit_plan(
        procedure=procedure,
        by=story.worker,
        at=story.at,
        answers={
            "goal": "Trẻ an toàn, hết hoảng sợ và đi học đều.",
            "services": ["psychological", "education", "family", "monitoring"],
            "activities": "Tư vấn tâm lý mỗi tuần tại trạm y tế; cô giáo theo dõi ở lớp; cán bộ thăm nhà hai tuần một lần.",
            "responsible": f"{story.worker.full_name}, cán bộ xã",
            "starts_on": today,
            "ends_on": today + timedelta(days=days),
        },
    )
