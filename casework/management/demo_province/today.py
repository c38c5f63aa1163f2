"""What is going on right now: one case for every clock and every desk, whatever day the province is made."""

from collections.abc import Iterator
from datetime import timedelta

from casework.audit.acting import acting_as
from casework.cases.actions import seal_case
from casework.cases.lifecycle import CLOSED
from casework.cases.models import Case
from casework.closure.actions import reopen_case
from casework.disposal.actions import (
    approve_disposal,
    approve_report_disposal,
    carry_out,
    carry_out_of_report,
    place_hold,
    request_disposal,
    request_report_disposal,
)
from casework.disposal.queries import standing_of
from casework.extracts.actions import record_request
from casework.intake.actions import take_report
from casework.intake.models import Report
from casework.management.demo_province import children
from casework.management.demo_province.names import a_people
from casework.management.demo_province.offices import HOME, Commune
from casework.management.demo_province.stories import Plan, Story, Teller
from casework.protection.actions import record_measure, request_cancellation
from casework.referrals.actions import accept_referral


class Today:
    """Cases begun in the last days; each ends where somebody has to act next."""

    def __init__(self, teller: Teller) -> None:
        self.teller = teller
        self.home = teller.province.communes[HOME]
        self.told = 0

    def tell(self) -> Iterator[str]:
        """Tell the scenes one after the other; yields their names."""
        for number, scene in enumerate(
            (
                self.decision_due,
                self.decision_late,
                self.ban_runs,
                self.monitor_missing,
                self.cancellation_asked,
                self.partners_asked,
                self.in_shelter,
                self.opened_again,
                self.kept_from_commune,
                self.two_sides,
                self.just_reported,
                self.kept_and_destroyed,
                self.reports_destroyed,
                self.child_to_be_decided,
                self.child_kept_apart,
                self.child_with_plan,
            )
        ):
            # Who is on duty at that hour is read anew for each.
            with acting_as(request_id=f"today-{number}"):
                scene()
            yield scene.__name__

    # --- the chair ---

    def decision_due(self) -> None:
        """A request for a ban with seven of its twelve hours left."""
        story = self.case("HIGH", days=1, hours=8)
        self.move(story, hours=5)
        story.ask_for_ban()

    def decision_late(self) -> None:
        """A request in the next commune whose twelve hours are over."""
        story = self.case("EXTREME", days=1, hours=20, commune=self.teller.province.staffed()[1])
        self.move(story, hours=13, minutes=10)
        story.ask_for_ban()

    def cancellation_asked(self) -> None:
        """She asks to lift a ban of yesterday."""
        story = self.case("MEDIUM", days=3)
        self.move(story, hours=30)
        measure = story.ask_for_ban()
        self.move(story, hours=26)
        measure = story.decide(measure)
        story.serve(measure, story.at)
        self.look_after(story, hours=9)
        self.move(story, hours=3)
        request_cancellation(
            measure=measure,
            by=story.worker,
            at=story.at,
            answers={
                "cancel_reason": "Chị đề nghị hủy: chồng đã về nhà bố mẹ đẻ ở xã khác, cam kết bằng văn bản."
            },
        )

    # --- the police ---

    def ban_runs(self) -> None:
        """A ban that is watched and ends within a day; she has asked to see her file."""
        story = self.case("HIGH", days=4)
        self.move(story, hours=66)
        measure = story.ask_for_ban()
        self.move(story, hours=56)
        story.serve(story.decide(measure), story.at)
        self.look_after(story, hours=11)
        self.move(story, hours=7)
        record_request(
            case=story.case,
            by=story.worker,
            at=story.at,
            answers={
                "who": story.victim.full_name,
                "capacity": "victim",
                "proof": "Đến trực tiếp, xuất trình căn cước",
                "scope": "own_data",
                "participant": None,
                "wants": "Chị muốn biết trong hồ sơ ghi những gì về mình, để mang theo khi làm thủ tục ly hôn.",
                "received_at": story.at,
            },
        )

    def monitor_missing(self) -> None:
        """A ban signed this hour: the police have their copy, no monitor is named, two copies are to be served."""
        story = self.case("HIGH", days=1)
        self.move(story, hours=6)
        measure = story.ask_for_ban()
        self.move(story, minutes=50)
        measure = story.decide(measure)
        for minutes, recipient in ((35, "police_head"), (25, "victim")):
            self.move(story, minutes=minutes)
            story.hand_to(measure, recipient)

    # --- partners ---

    def partners_asked(self) -> None:
        """The hospital and the legal-aid centre have a request each that nobody has answered yet."""
        story = self.case("HIGH", days=2)
        offices = self.teller.province.offices
        self.move(story, hours=21)
        story.send("health_care", offices["hospital"])
        self.move(story, hours=2)
        story.send("legal_aid", offices["legal_aid"])
        self.look_after(story, hours=8)

    def in_shelter(self) -> None:
        """She and her child sleep in a safe place since yesterday."""
        story = self.case("EXTREME", days=2, hours=10)
        province = self.teller.province
        self.move(story, hours=28)
        referral = story.send("shelter", province.offices["shelter"])
        self.move(story, hours=25)
        accept_referral(
            referral=referral,
            by=province.users["thao"],
            at=story.at,
            answers={"appointment_at": story.at + timedelta(hours=1)},
        )
        self.move(story, hours=23)
        record_measure(
            case=story.case,
            by=story.worker,
            at=story.at,
            answers={"kind": "M04", "decider": "facility", "starts_at": story.at, "consent": "yes"},
        )
        self.look_after(story, hours=5)

    # --- cases with a past ---

    def opened_again(self) -> None:
        """Closed last year, violent again this morning."""
        story = self.story("MEDIUM", profile="closed", days=300)
        story.run()
        self.move(story, hours=9)
        reopen_case(
            case=story.case,
            by=story.worker,
            at=story.at,
            answers={
                "reason": "new_incident",
                "remarks": "Sáng nay chồng lại say rượu, đánh chị ở chợ; người bán hàng gọi báo.",
            },
        )
        story.incident(story.at - timedelta(hours=2))

    def kept_from_commune(self) -> None:
        """He is known in the People's Committee: only those named on the case and the province may read it."""
        story = self.case("MEDIUM", days=6)
        seal_case(
            case=story.case,
            by=self.teller.province.users["mai"],
            at=story.at,
            reason="Người có hành vi bạo lực gia đình là người nhà của cán bộ xã.",
        )

    def two_sides(self) -> None:
        """Each says the other did it: two cases of one couple."""
        self.case("MEDIUM", days=5)
        _code, victim, perpetrator = self.teller.pairs[-1]
        second = self.story("LOW", days=3)
        report = second.take(
            (
                {**perpetrator, "role": "victim", "relation": "unknown"},
                {**victim, "role": "perpetrator", "relation": "spouse"},
            )
        )
        second.begin(report)
        second.later(hours=2)
        second.assess("LOW")

    # --- new ---

    def kept_and_destroyed(self) -> None:
        """Of the cases closed last: one destroyed at her request, one that waits its seven days, one a court still needs."""
        users, now = self.teller.province.users, self.teller.now
        closed = Case.objects.everything(reason="scenes of the demo").filter(
            state=CLOSED, closed_at__lt=now - timedelta(days=10)
        )
        home_first = sorted(
            closed.order_by("-closed_at"), key=lambda case: case.commune_id != self.home.area.pk
        )
        free = [case for case in home_first if not standing_of(case, at=now).live_links][:3]
        for case, days in zip(free, (9, 2), strict=False):
            asked = now - timedelta(days=days)
            disposal = request_disposal(
                case=case,
                by=users["mai"],
                at=asked,
                answers={
                    "ground": "subject_request",
                    "reason": "Có đơn yêu cầu xóa, đã xác minh người gửi đơn.",
                },
            )
            agreed = approve_disposal(
                disposal=disposal,
                by=users["kien"],
                at=asked + timedelta(hours=3),
                answers={"remarks": "Đã đối chiếu đơn với số hồ sơ."},
            )
            if agreed.due_at is not None and agreed.due_at < now:
                carry_out(disposal=agreed, by=None, at=agreed.due_at + timedelta(hours=1))
        for case in free[2:]:
            place_hold(
                case=case,
                by=users["mai"],
                at=now - timedelta(days=5),
                answers={"ground": "court", "reason": "Tòa án nhân dân đang thụ lý vụ việc hôn nhân."},
            )

    def reports_destroyed(self) -> None:
        """Of the reports that were no domestic violence: one destroyed, one that waits its days, one for its answer."""
        users, now = self.teller.province.users, self.teller.now
        ended = Report.objects.everything(reason="scenes of the demo").filter(
            area=self.home.area, triage_result="not_dv"
        )
        # Asked so many hours ago; the last of them is still to be answered.
        for report, hours in zip(ended.order_by("received_at"), (216, 48, 5), strict=False):
            asked = now - timedelta(hours=hours)
            disposal = request_report_disposal(
                report=report,
                by=users["mai"],
                at=asked,
                answers={
                    "ground": "subject_request",
                    "reason": "Có đơn yêu cầu xóa, đã xác minh người gửi đơn.",
                },
            )
            if hours < 24:
                continue
            agreed = approve_report_disposal(
                disposal=disposal,
                by=users["kien"],
                at=asked + timedelta(hours=3),
                answers={"remarks": "Đã đối chiếu đơn với mã tin báo."},
            )
            if agreed.due_at is not None and agreed.due_at < now:
                carry_out_of_report(disposal=agreed, by=None, at=agreed.due_at + timedelta(hours=1))

    def just_reported(self) -> None:
        """A call of the last half hour that the chair has not handed to anybody."""
        at = self.teller.now - timedelta(minutes=25)
        take_report(
            by=self.teller.province.users["tong"],
            at=at,
            agency=self.teller.province.offices["hotline"],
            answers={
                "received_at": at - timedelta(minutes=4),
                "channel": "call",
                "reporter_kind": "neighbour",
                "area": self.home.area,
                "village": "Bản Che Căn",
                "account": "Nghe tiếng đập phá, chị vợ bế con chạy sang nhà hàng xóm, mặt có vết bầm.",
                "happened_at": at - timedelta(minutes=30),
                "happened_precision": "minute",
                "danger_now": "yes",
                "weapon": "no",
                "injured": "yes",
                "children_present": "yes",
                "priority_groups": ["nursing_under_36_months"],
                "language": "hmong",
            },
            people=[
                {"role": "victim", "full_name": "", "sex": "female", "relation": "unknown"},
                {"role": "perpetrator", "full_name": "", "sex": "male", "relation": "spouse"},
            ],
        )

    # --- children ---

    def child_to_be_decided(self) -> None:
        """A school has passed on what a pupil told: eight of the twelve hours are left."""
        children.to_be_decided(self.case("MEDIUM", days=2), self.move)

    def child_kept_apart(self) -> None:
        """A boy stays with his grandmother since three days; the chair has the plan."""
        children.kept_apart(self.case("HIGH", days=5), self.move)

    def child_with_plan(self) -> None:
        """A girl whose plan of three months the chair has approved."""
        children.plan_carried_out(self.case("MEDIUM", days=16), self.move)

    # --- the tools ---

    def story(
        self,
        level: str,
        *,
        profile: str = "working",
        commune: Commune | None = None,
        days: float,
        hours: float = 0,
    ) -> Story:
        draw = self.teller.random
        self.told += 1
        index = len(self.teller.plans) + self.told
        plan = Plan(
            index,
            self.teller.now - timedelta(days=days, hours=hours),
            commune or self.home,
            level,
            profile,
            a_people(draw),
            draw.randrange(2**32),
            is_grown=True,
        )
        return Story(self.teller, plan)

    def case(self, level: str, *, commune: Commune | None = None, days: float, hours: float = 0) -> Story:
        """An open case, assessed, with a contact in person."""
        story = self.story(level, commune=commune, days=days, hours=hours)
        story.begin(story.take())
        story.later(hours=1)
        story.assess(level, sure=True)
        story.contact(in_person=True)
        return story

    def look_after(self, story: Story, *, hours: float) -> None:
        """Assessed again and met in person so many hours ago."""
        self.move(story, hours=hours)
        story.assess(story.plan.level, sure=True)
        story.contact(in_person=True)

    def move(self, story: Story, **ago: float) -> None:
        """To so long before now, never back."""
        story.at = max(story.at, self.teller.now - timedelta(**ago))
