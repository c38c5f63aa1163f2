"""Four hundred cases over two years, each lived through its verbs in the order of its days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from casework.access.opening import open_record
from casework.audit.acting import acting_as
from casework.base import clock
from casework.base.codes import codes
from casework.cases.actions import edit_person, open_case, set_kinship, set_safe_contact
from casework.cases.models import Case
from casework.closure.actions import approve_closing, finish_closing, request_closing
from casework.incidents.actions import record_incident
from casework.intake import queries as reports
from casework.intake.actions import assign_report, screen_out, take_report
from casework.intake.models import Report
from casework.management.demo_province.names import People, a_name, a_people, a_phone
from casework.management.demo_province.offices import HOME, Commune, Province
from casework.organisations.models import Agency, User
from casework.people.models import Person
from casework.plans.actions import add_step, finish_step, record_contact, write_note
from casework.plans.models import PlanStep
from casework.protection import terms
from casework.protection.actions import (
    announce_monitoring,
    assign_monitor,
    cancel_measure,
    decide_ban,
    end_measure,
    record_breach,
    record_critique,
    record_measure,
    record_outcome,
    record_session,
    refuse_ban,
    request_ban,
    request_cancellation,
    serve_decision,
)
from casework.protection.models import Measure
from casework.referrals import scopes
from casework.referrals.actions import (
    accept_referral,
    decline_referral,
    give_consent,
    report_back,
    send_referral,
    withdraw_consent,
)
from casework.referrals.models import Referral
from casework.risk import instruments
from casework.risk.actions import BASELINE, assess_risk, confirm_lowering
from casework.risk.models import RiskAssessment
from casework.risk.vocabulary import Answer

SEED: Final = 20_250_701
DAYS: Final = 730
UNANSWERED: Final = timedelta(days=4)

# level wanted -> questions answered yes, so that the answers really lead there
ANSWERS: Final[dict[str, tuple[str, ...]]] = {
    "LOW": ("S5", "X1"),
    "MEDIUM": ("C5", "S1", "S5", "X1"),
    "HIGH": ("C2", "C5", "S1", "S5", "X1", "X4"),
    "EXTREME": ("C1", "C2", "C4", "C5", "C6", "S1", "S3", "X1"),
}
LEVELS: Final = (("LOW", 30), ("MEDIUM", 38), ("HIGH", 24), ("EXTREME", 8))

AGES: Final = (12, 15, 19, 23, 26, 28, 31, 34, 38, 42, 47, 55, 63, 68)
GROWN: Final = (23, 26, 28, 31, 34, 38, 42, 47)

ACCOUNTS: Final = (
    "Người chồng đi uống rượu về, chửi mắng rồi dùng tay đánh vào mặt và lưng vợ. Hàng xóm nghe tiếng kêu cứu.",
    "Chồng đuổi vợ và con ra khỏi nhà lúc nửa đêm, đe dọa đốt quần áo. Hai mẹ con đang ở nhờ nhà bà ngoại.",
    "Người vợ bị chồng giữ điện thoại, giấy tờ và toàn bộ tiền bán ngô; không cho về thăm bố mẹ đẻ.",
    "Chồng bóp cổ vợ, dọa giết nếu còn đòi ly hôn. Trên cổ có vết bầm.",
    "Con trai say rượu đánh mẹ già, đập vỡ đồ đạc trong nhà, đòi bán trâu lấy tiền.",
    "Người phụ nữ đang mang thai bị chồng xô ngã, đã được người nhà đưa đến Trạm Y tế.",
    "Chồng nghi vợ ngoại tình, theo dõi ở chợ, chửi bới trước đông người và tát vợ.",
    "Bố dùng gậy đánh con 11 tuổi vì trốn học; cô giáo thấy vết bầm ở tay và lưng.",
    "Chồng cầm dao dọa cả nhà, hàng xóm sang can thì bỏ vào nương.",
)
HER_WORDS: Final = (
    "Chị kể: việc này đã nhiều lần, lần này nặng hơn. Chị sợ về nhà vào ban đêm.",
    "Chị nói chỉ muốn yên ổn nuôi con, mong cán bộ nhắc nhở chồng.",
    "Chị cho biết chồng hay đánh sau khi uống rượu ở đám cưới, đám tang.",
)
GROUNDS: Final = (
    "Người có hành vi bạo lực gia đình đã gây thương tích và tiếp tục đe dọa; "
    "cần ngăn tiếp xúc để bảo đảm sức khỏe, tính mạng."
)
REFUSAL: Final = (
    "Chưa đủ căn cứ về việc gây tổn hại hoặc đe dọa gây tổn hại sức khỏe; "
    "đề nghị bổ sung xác nhận của Trạm Y tế."
)
# A shelter is told needs as codes only: words could tell who she is.
NEEDS: Final = {
    "health_care": "Khám và điều trị vết thương, cấp giấy xác nhận.",
    "legal_aid": "Tư vấn quyền, hướng dẫn đơn đề nghị cấm tiếp xúc.",
    "psychological": "Tư vấn tâm lý, ổn định tinh thần sau bạo lực.",
}
ACTS: Final = (
    (("A01",), ("bruise",), "minor"),
    (("A01", "A02"), ("bruise", "cut"), "moderate"),
    (("A02", "A06"), ("none",), "none"),
    (("A14", "A06"), ("none",), "none"),
    (("A01", "A16"), ("bruise",), "minor"),
    (("A09",), ("psychological",), "unknown"),
    (("A13", "A02"), ("none",), "none"),
)


@dataclass(slots=True)
class Plan:
    """What one case will be, drawn before the first verb so that the same seed tells the same stories."""

    index: int
    opened_at: datetime
    commune: Commune
    level: str
    profile: str
    people: People
    seed: int
    is_grown: bool = False


class Teller:
    """Tells the stories; `at` moves forward within each."""

    def __init__(self, province: Province, now: datetime, cases: int, *, seed: int = SEED) -> None:
        self.province = province
        self.now = now
        self.random = Random(seed)  # noqa: S311  (a story, not a secret)
        self.plans = [self._plan(index) for index in range(cases)]
        self.pairs: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.questions = {item.key: bool(item.windows) for item in instruments.instrument(BASELINE).items}

    def _plan(self, index: int) -> Plan:
        draw = self.random
        recent = index % 5 == 0
        days = draw.uniform(0.2, 21) if recent else draw.uniform(21, DAYS)
        staffed = self.province.staffed()
        commune = staffed[0] if draw.random() < 0.16 else draw.choice(staffed[1:])
        level = draw.choices([code for code, _w in LEVELS], [w for _c, w in LEVELS])[0]
        if days < 2 and draw.random() < 0.4:
            profile = "new"
        elif days < 60:
            profile = "working"
        elif days < 240:
            profile = draw.choices(("working", "review", "supervised"), (45, 15, 40))[0]
        else:
            profile = draw.choices(("working", "supervised", "closed"), (12, 18, 70))[0]
        opened = self.now - timedelta(days=days)
        return Plan(index, opened, commune, level, profile, a_people(draw), draw.randrange(2**32))

    def tell(self) -> Iterator[int]:
        """Tell all stories from the oldest on; yields how many are done."""
        for done, plan in enumerate(sorted(self.plans, key=lambda one: one.opened_at), start=1):
            # One story is one call: who works where is read once for it.
            with acting_as(request_id=f"story-{plan.index}"):
                Story(self, plan).run()
            yield done
        screened_out(self)


class Story:
    """One case from its first call."""

    def __init__(self, teller: Teller, plan: Plan) -> None:
        self.teller = teller
        self.plan = plan
        self.draw = Random(plan.seed)  # noqa: S311
        self.at = plan.opened_at
        self.worker = plan.commune.staff["social_worker"]
        self.chair = plan.commune.staff["commune_chair"]
        self.police = plan.commune.staff["police_head"]
        self.case: Case
        self.victim: Person
        self.perpetrator: Person
        self.is_known_couple = False

    # --- time ---

    def later(self, **span: float) -> datetime:
        """Move on, never past the present."""
        self.at = min(self.at + timedelta(**span), self.teller.now - timedelta(minutes=2))
        return self.at

    def chance(self, share: float) -> bool:
        return self.draw.random() < share

    # --- the story ---

    def run(self) -> None:
        report = self.take()
        if self.plan.profile == "new" and self.chance(0.4):
            return
        self.begin(report)
        if self.plan.profile == "new":
            return
        self.later(hours=self.draw.randint(2, 20))
        self.look_in()
        self.assess(self.plan.level, self.draw.random() < 0.15)
        self.contact(in_person=True)
        self.protect()
        self.refer()
        self.work_on()
        self.close()

    def begin(self, report: Report) -> None:
        """From the report to an open case with its people and what happened."""
        self.later(minutes=self.draw.randint(5, 60))
        report = assign_report(
            report=report, by=self.chair, at=self.at, agency=self.plan.commune.committee, user=self.worker
        )
        self.later(minutes=self.draw.randint(20, 240))
        self.case = open_case(report=report, by=self.worker, at=self.at, known=self._on_file(report))
        self.victim, self.perpetrator = self._main("victim"), self._main("perpetrator")
        self.get_to_know()
        self.incident(report.happened_at or self.plan.opened_at)

    def take(self, couple: tuple[dict[str, str], dict[str, str]] | None = None) -> Report:
        """A call about somebody new, now and then about a couple known here, or about the couple given."""
        her_name = a_name(self.draw, self.plan.people, "female")
        his_name = a_name(self.draw, self.plan.people, "male")
        year = clock.local(self.at).year
        her_age = self.draw.choice(GROWN if self.plan.is_grown else AGES)
        his_age = her_age + self.draw.randint(-2, 7) if her_age >= 19 else self.draw.randint(34, 48)
        victim = {
            "role": "victim",
            "full_name": her_name,
            "age": str(year - her_age),
            "sex": "female",
            "relation": "unknown",
            "phone": a_phone(self.draw),
        }
        relation = "spouse" if 18 <= her_age < 60 else ("child" if her_age >= 60 else "parent")
        perpetrator = {
            "role": "perpetrator",
            "full_name": his_name,
            "age": str(year - his_age),
            "sex": "male",
            "relation": relation,
        }
        again = [pair for pair in self.teller.pairs if pair[0] == self.plan.commune.area.code]
        self.is_known_couple = couple is not None
        if couple is not None:
            victim, perpetrator = couple
        elif again and not self.plan.is_grown and self.chance(0.09):
            self.is_known_couple = True
            _code, victim, perpetrator = self.draw.choice(again)
            if self.chance(0.25):
                victim, perpetrator = (
                    {**perpetrator, "role": "victim", "relation": "unknown"},
                    {**victim, "role": "perpetrator", "relation": "spouse"},
                )
        else:
            self.teller.pairs.append((self.plan.commune.area.code, victim, perpetrator))
        people = [victim, perpetrator]
        if 20 <= her_age <= 45 and self.chance(0.45):
            people.append(
                {
                    "role": "child",
                    "full_name": a_name(self.draw, self.plan.people, self.draw.choice(("male", "female"))),
                    "age": str(year - self.draw.randint(2, 14)),
                    "sex": "unknown",
                    "relation": "child",
                }
            )
        groups = [
            code
            for code, share in (("pregnant", 0.06), ("nursing_under_36_months", 0.12))
            if self.chance(share)
        ]
        groups += ["child"] if her_age < 16 else ["elderly"] if her_age >= 60 else []
        happened = self.at - timedelta(minutes=self.draw.randint(20, 600))
        return take_report(
            by=self.worker,
            at=self.at,
            agency=self.plan.commune.committee,
            answers={
                "received_at": self.at - timedelta(minutes=self.draw.randint(0, 6)),
                "channel": self.draw.choice(("call", "call", "in_person", "message", "other_agency")),
                "reporter_kind": self.draw.choice(
                    ("neighbour", "family", "victim", "village_head", "union", "anonymous")
                ),
                "area": self.plan.commune.area,
                "village": self.draw.choice(
                    ("Bản Nà Nghè", "Bản Che Căn", "Bản Bua", "Bản Phăng", "Tổ dân phố 4", "Bản Huổi Lèng")
                ),
                "account": ACCOUNTS[self.plan.index % len(ACCOUNTS)],
                "happened_at": happened,
                "happened_precision": "minute",
                "danger_now": "yes" if self.plan.level == "EXTREME" else "no",
                "weapon": "yes" if self.plan.level in {"HIGH", "EXTREME"} and self.chance(0.3) else "no",
                "injured": self.draw.choice(("yes", "no", "unknown")),
                "children_present": self.draw.choice(("yes", "no", "unknown")),
                "priority_groups": groups,
                "language": self.plan.people.language,
            },
            people=people,
        )

    def get_to_know(self) -> None:
        """What the first talk adds: ethnicity, language, how to reach her, how the two are related."""
        self.later(minutes=self.draw.randint(30, 180))
        edit_person(
            case=self.case,
            person=self.victim,
            by=self.worker,
            at=self.at,
            answers={
                "ethnicity": self.plan.people.ethnicity,
                "languages": [self.plan.people.language],
                "interpreter_needed": "yes"
                if self.plan.people.ethnicity == "08" and self.chance(0.4)
                else "no",
                "occupation": self.draw.choice(("farmer", "farmer", "trader", "hired_labour", "unknown")),
                "education": self.draw.choice(
                    ("none", "primary", "lower_secondary", "upper_secondary", "unknown")
                ),
                "poverty": self.draw.choice(("poor", "near_poor", "none", "unknown")),
            },
        )
        if self.chance(0.8):
            set_safe_contact(
                case=self.case,
                person=self.victim,
                by=self.worker,
                at=self.at,
                answers={
                    "permission": "yes" if self.chance(0.85) else "no",
                    "channel": "call",
                    "safe_hours": self.draw.choice(
                        ("8:00–10:00", "13:30–15:00, ngày thường", "khi đi chợ phiên, sáng Chủ nhật")
                    ),
                    "code_word": self.draw.choice(("thư viện", "giống ngô", "họp phụ huynh")),
                    "if_other_answers": "Nói là hỏi lịch tiêm phòng",
                    "may_leave_message": "no",
                    "may_say_office": "no",
                    "may_text": "no",
                    "language": self.plan.people.language,
                    "confirmed_on": clock.local_date(self.at),
                },
            )
        set_kinship(
            case=self.case,
            person=self.victim,
            by=self.worker,
            at=self.at,
            answers={
                "other": self.perpetrator.pk,
                "relation": self.draw.choice(("spouse", "spouse", "spouse", "cohabiting", "former_spouse")),
                "registered_marriage": self.draw.choice(("yes", "no", "unknown")),
                "living_together": "yes",
                "dependence": ["money"] if self.chance(0.5) else ["none"],
            },
        )

    def incident(self, happened: datetime) -> None:
        acts, injuries, severity = self.draw.choice(ACTS)
        grave = self.plan.level == "EXTREME"
        record_incident(
            case=self.case,
            by=self.worker,
            at=self.at,
            answers={
                "happened_at": happened,
                "happened_precision": "part_of_day",
                "happened_part_of_day": "evening",
                "area": self.case.commune,
                "place_kind": self.draw.choice(("home", "home", "field", "public", "relative_home")),
                "acts": list(acts),
                "her_words": self.draw.choice(HER_WORDS),
                "weapon_kind": "blade" if grave and self.chance(0.5) else "none",
                "alcohol": self.draw.choice(("yes", "yes", "no", "unknown")),
                "injury_kinds": ["neck", "bruise"] if grave else list(injuries),
                "injury_severity": "severe" if grave else severity,
                "strangled": "yes" if grave else "no",
                "threat_to_kill": "yes" if self.plan.level in {"HIGH", "EXTREME"} else "no",
                "children_saw": self.draw.choice(("yes", "no", "unknown")),
                "penalty_level": self.draw.choice(("below_penalty", "administrative", "unknown")),
            },
        )

    def assess(self, level: str, raised: bool = False, *, sure: bool = False) -> RiskAssessment:
        """sure: nothing stays unknown, as after months of supervision."""
        yes = ANSWERS[level]
        answers = {
            key: Answer("yes", "victim", "months_3" if is_dated else "")
            if key in yes
            else Answer("unknown" if not sure and self.chance(0.06) else "no", "victim")
            for key, is_dated in self.teller.questions.items()
        }
        assessment = assess_risk(
            case=self.case,
            by=self.worker,
            at=self.at,
            instrument=BASELINE,
            answers=answers,
            fear={"LOW": 2, "MEDIUM": 3, "HIGH": 4, "EXTREME": 4}[level],
            present="no",
            final="HIGH" if raised and level == "MEDIUM" else "",
            reason="Anh ta vừa mất việc, uống rượu hằng ngày; hàng xóm rất lo."
            if raised and level == "MEDIUM"
            else "",
        )
        return assessment

    def contact(self, *, in_person: bool) -> None:
        outcome = (
            "reached" if in_person or self.chance(0.75) else self.draw.choice(("no_answer", "phone_off"))
        )
        record_contact(
            case=self.case,
            by=self.worker,
            at=self.at,
            answers={
                "at": self.at,
                "channel": "visit" if in_person else "call",
                "outcome": outcome,
                "in_person": in_person,
                "was_safe": "yes" if outcome == "reached" else "unknown",
                "remark": "Chị khỏe, con đi học bình thường." if outcome == "reached" else "",
            },
        )

    # --- protection ---

    def protect(self) -> None:
        share = {"LOW": 0.02, "MEDIUM": 0.12, "HIGH": 0.6, "EXTREME": 0.9}[self.plan.level]
        if self.chance(share):
            self.ban()
        if self.chance(0.35):
            kind, decider = self.draw.choice(
                (
                    ("M01", "any_competent"),
                    ("M02", "police_head"),
                    ("M04", "caring_household"),
                    ("M05", "health_facility"),
                    ("M06", "legal_aid_centre"),
                    ("M07", "commune_chair"),
                    ("M08", "commune_chair"),
                    ("M09", "commune_chair"),
                    ("M10", "other_law"),
                )
            )
            self.later(hours=3)
            if kind in {"M08", "M09"}:
                self.fined()
            number = f"{self.draw.randint(10, 99)}/QĐ"
            measure = record_measure(
                case=self.case,
                by=self.worker,
                at=self.at,
                answers={
                    "kind": kind,
                    "decider": decider,
                    "grounds": ["threat_health"] if kind == "M02" else [],
                    "condition": "fined_again" if kind in {"M08", "M09"} else "",
                    "volunteered": kind == "M09",
                    # That of the chair would have to be one his register does not have.
                    "number": "" if decider == terms.CHAIR else number,
                    "starts_at": self.at,
                    "ends_at": terms.latest_end(codes("measure").row(kind).params, decider, self.at),
                },
            )
            self.carry_out(measure)
            if kind not in {"M04", "M06", "M07"} or self.plan.profile in {
                "review",
                "supervised",
                "closed",
            }:
                self.later(hours=6)
                end_measure(measure=measure, by=self.worker, at=self.at, answers={"result": "Đã thực hiện."})

    def carry_out(self, measure: Measure) -> None:
        """What a measure consists of: sessions that were kept, or the minutes of the critique."""
        kinds = [row.code for row in codes("session_kind").rows if measure.kind in row.strings("measures")]
        for _session in range(self.draw.randint(1, 3) if kinds else 0):
            self.later(days=1, hours=self.draw.randint(1, 5))
            record_session(
                measure=measure,
                by=self.worker,
                at=self.at,
                answers={
                    "kind": self.draw.choice(kinds),
                    "at": self.at - timedelta(hours=1),
                    "attendance": self.draw.choice(("attended", "attended", "attended", "partly", "absent")),
                    "minutes": self.draw.choice((45, 60, 90)),
                    "topics": ["law", "handling_violence"] if measure.kind == "M07" else [],
                    "account": "Buổi làm việc diễn ra bình thường.",
                },
            )
        if measure.kind == terms.CRITIQUE:
            self.later(days=1)
            record_critique(
                measure=measure,
                by=self.worker,
                at=self.at,
                answers={
                    "at": self.at - timedelta(hours=2),
                    "place": "Nhà văn hóa bản",
                    "participants": ["perpetrator", "family", "police", "village_head", "front_head"],
                    "account": "Bà con góp ý; anh nhận lỗi và hứa sửa chữa.",
                    "commitment": "signed" if self.chance(0.8) else "refused",
                },
            )

    def fined(self) -> None:
        """He was fined before: what critique and community work may rest on."""
        record_outcome(
            case=self.case,
            by=self.worker,
            at=self.at,
            answers={
                "kind": "penalty",
                "penalty_articles": [self.draw.choice(("art_37", "art_39", "art_40"))],
                "decided_at": self.at,
                "authority": "Công an xã",
                "number": f"{self.draw.randint(10, 99)}/QĐ-XPHC",
            },
        )

    def ask_for_ban(self) -> Measure:
        requested = self.at
        return request_ban(
            case=self.case,
            by=self.worker,
            at=requested,
            answers={
                "requester": "victim" if self.chance(0.7) else "agency",
                "requested_at": requested,
                "told_rights_at": requested - timedelta(minutes=30),
                "consent": "yes",
                "grounds": ["harm_health", "threat_life"]
                if self.plan.level == "EXTREME"
                else ["harm_health"],
                "grounds_text": GROUNDS,
            },
        )

    def decide(self, measure: Measure) -> Measure:
        """For the three days the law allows, from now on."""
        return decide_ban(
            measure=measure,
            by=self.chair,
            at=self.at,
            answers={
                "starts_at": self.at,
                "ends_at": self.at + timedelta(days=3),
            },
        )

    def ban(self) -> None:
        requested = self.at
        measure = self.ask_for_ban()
        if self.teller.now - requested < timedelta(hours=14) and self.chance(0.6):
            return
        self.later(hours=self.draw.choice((1, 2, 4, 7, 11, 13)))
        if self.chance(0.12):
            refuse_ban(
                measure=measure,
                by=self.chair,
                at=self.at,
                answers={"reasons": REFUSAL},
            )
            return
        decided = self.at
        measure = self.decide(measure)
        self.serve(measure, decided)
        ends = measure.ends_at
        if ends is None or ends > self.teller.now:
            return
        if self.chance(0.12):
            self.at = decided + timedelta(days=1)
            record_breach(
                measure=measure,
                by=self.police,
                at=self.at,
                answers={
                    "at": self.at,
                    "kind": "came_near",
                    "account": "Đến trước cửa nhà người bị bạo lực gia đình lúc tối, cách khoảng 20 mét, gọi to.",
                    "followed": "Công an xã yêu cầu rời đi, lập biên bản vi phạm hành chính.",
                },
            )
        elif self.chance(0.08):
            self.at = decided + timedelta(days=1)
            measure = request_cancellation(
                measure=measure,
                by=self.worker,
                at=self.at,
                answers={"cancel_reason": "Chị đề nghị hủy vì gia đình có đám tang."},
            )
            self.later(hours=4)
            cancel_measure(
                measure=measure,
                by=self.chair,
                at=self.at,
                answers={"cancel_answer": "Đồng ý hủy bỏ theo đề nghị."},
            )
            return
        self.at = max(self.at, ends)
        self.later(hours=2)
        end_measure(
            measure=measure, by=self.worker, at=self.at, answers={"result": "Hết thời hạn, chấp hành."}
        )

    def serve(self, measure: Measure, decided: datetime) -> None:
        for recipient, minutes in (
            ("police_head", 20),
            ("victim", 45),
            ("perpetrator", 70),
            ("village_head", 90),
        ):
            self.at = decided
            self.later(minutes=minutes)
            self.hand_to(measure, recipient)
        self.later(minutes=10)
        measure = assign_monitor(
            measure=measure,
            by=self.police,
            at=self.at,
            answers={
                "monitor_kind": "village_head",
                "monitor_name": a_name(self.draw, self.plan.people, "male"),
            },
        )
        self.later(minutes=45)
        announce_monitoring(
            measure=measure, by=self.police, at=self.at, answers={"commitment_signed": self.chance(0.9)}
        )

    def hand_to(self, measure: Measure, recipient: str) -> None:
        serve_decision(
            measure=measure,
            by=self.worker,
            at=self.at,
            answers={
                "recipient": recipient,
                "served_at": self.at,
                "how": "in_person",
                "refused": recipient == "perpetrator" and self.chance(0.1),
            },
        )

    # --- referral ---

    def refer(self) -> None:
        offices = self.teller.province.offices
        users = self.teller.province.users
        offers: tuple[tuple[str, Agency, User, float], ...] = (
            ("health_care", offices["hospital"], users["hoa"], 0.4),
            ("legal_aid", offices["legal_aid"], users["yen"], 0.3),
            ("psychological", offices["counselling"], users["ngan"], 0.15),
            ("shelter", offices["shelter"], users["thao"], 0.3 if self.plan.level == "EXTREME" else 0.03),
        )
        for service, office, partner, share in offers:
            if self.chance(share):
                self.refer_to(service, office, partner)

    def send(self, service: str, office: Agency) -> Referral:
        """Her consent for one office, and the request to it."""
        consent = give_consent(
            case=self.case,
            by=self.worker,
            at=self.at,
            answers={
                "recipient": office,
                "purpose": "service",
                "service": service,
                "items": scopes.default_items(service),
                "told_consequences": True,
                "how_given": self.draw.choice(("signature", "fingerprint")),
                "language": self.plan.people.language,
                "interpreter": "none",
                "valid_until": self.at + timedelta(days=self.draw.choice((14, 30, 30, 60))),
            },
        )
        asked: dict[str, object] = {
            "urgency": "within_day" if self.plan.level in {"HIGH", "EXTREME"} else "normal"
        }
        if service == "shelter":
            asked["shelter_needs"] = [
                self.draw.choice(("infant", "transport", "interpreter")),
                "clothing_food",
            ]
        else:
            asked["needs"] = NEEDS[service]
        return send_referral(consent=consent, by=self.worker, at=self.at, service=service, answers=asked)

    def refer_to(self, service: str, office: Agency, partner: User) -> None:
        self.later(hours=self.draw.randint(1, 10))
        referral = self.send(service, office)
        # What a partner leaves unanswered is of these days: nobody would have waited for months.
        is_old = self.teller.now - self.at > UNANSWERED
        settled = is_old or self.plan.profile in {"review", "supervised", "closed"}
        if not settled and self.chance(0.35):
            return
        self.later(hours=self.draw.randint(1, 20))
        if self.chance(0.1):
            decline_referral(
                referral=referral,
                by=partner,
                at=self.at,
                answers={
                    "declined_reason": "no_capacity",
                    "feedback": "Đang quá tải, đề nghị chuyển cơ sở khác.",
                },
            )
            return
        if self.chance(0.05):
            withdraw_consent(
                consent=referral.consent,
                by=self.worker,
                at=self.at,
                answers={"withdrawn_reason": "Chị đổi ý."},
            )
            return
        accept_referral(
            referral=referral, by=partner, at=self.at, answers={"appointment_at": self.at + timedelta(days=1)}
        )
        if not settled and self.chance(0.4):
            return
        self.later(days=1)
        if not self._still_shared(referral):
            return
        report_back(
            referral=referral,
            by=partner,
            at=self.at,
            answers={
                "result": "provided_by_us",
                "feedback": "Đã tiếp đón, khám và tư vấn; hẹn tái khám sau 7 ngày.",
            },
        )

    def _still_shared(self, referral: Referral) -> bool:
        consent = referral.consent
        return scopes.runs(consent.valid_from, consent.valid_until, consent.withdrawn_at, self.at)

    # --- the weeks after ---

    def work_on(self) -> None:
        self.later(hours=5)
        write_note(
            case=self.case,
            by=self.worker,
            at=self.at,
            answers={
                "kind": "visit",
                "at": self.at,
                "text": "Đến nhà cùng chị Hội Phụ nữ bản. Gia đình tạm ổn.",
                "is_confidential": self.chance(0.1),
            },
        )
        if self.chance(0.5):
            add_step(
                case=self.case,
                by=self.worker,
                at=self.at,
                answers={
                    "need": self.draw.choice(("safety", "legal", "health", "livelihood")),
                    "step": "Hướng dẫn chị chuẩn bị giấy tờ, túi đồ khẩn cấp và người có thể nhờ khi nguy hiểm.",
                    "who": self.worker,
                    "due_on": clock.local_date(self.at) + timedelta(days=14),
                },
            )
        for _visit in range(self.draw.randint(0, 2)):
            if self.teller.now - self.at < timedelta(days=3):
                break
            self.later(days=self.draw.randint(2, 9))
            self.contact(in_person=self.chance(0.3))
            if self.chance(0.5):
                self.look_in()
        if self.teller.now - self.at > timedelta(days=25) and self.chance(0.12):
            self.later(days=20)
            self.incident(self.at - timedelta(hours=5))
        if self.teller.now - self.at > timedelta(days=30):
            self.later(days=14)
            self.finish_steps()
        if self.plan.profile == "working":
            # Most open cases are in order today; the others are what the desks show as overdue, for days, not years.
            late = self.chance(0.18)
            hours = self.draw.randint(24 * 15, 24 * 45) if late else self.draw.randint(1, 40)
            self.at = max(self.at, self.teller.now - timedelta(hours=hours))
            latest = self.assess(self._eased())
            if self.plan.index % 3 == 0 and latest.final_level == "MEDIUM" and self.chance(0.5):
                self.ask_lower()
            self.contact(in_person=True)

    def _eased(self) -> str:
        order = [code for code, _weight in LEVELS]
        return order[max(order.index(self.plan.level) - self.draw.choice((0, 1, 1)), 0)]

    def ask_lower(self) -> None:
        self.later(minutes=5)
        yes = ANSWERS["MEDIUM"]
        answers = {
            key: Answer(
                "yes" if key in yes else "no", "victim", "months_12" if is_dated and key in yes else ""
            )
            for key, is_dated in self.teller.questions.items()
        }
        assessment = assess_risk(
            case=self.case,
            by=self.worker,
            at=self.at,
            instrument=BASELINE,
            answers=answers,
            fear=2,
            final="LOW",
            reason="Hai tháng nay không xảy ra bạo lực; chồng đi làm xa, chị ở cùng bố mẹ đẻ.",
        )
        if self.chance(0.6):
            return
        self.later(hours=3)
        confirm_lowering(
            assessment=assessment,
            by=self.teller.province.users["mai"],
            at=self.at,
            confirm=True,
            confirm_reason="Đồng ý, đã xem lại các câu trả lời.",
        )

    def close(self) -> None:
        if self.plan.profile not in {"review", "supervised", "closed"}:
            return
        self.later(days=self.draw.randint(10, 40))
        # Supervision began in the last hundred days, so that it still runs; a review waits for days.
        since = {"supervised": (4, 100), "review": (1, 8)}.get(self.plan.profile)
        if since is not None:
            self.at = max(self.at, self.teller.now - timedelta(days=self.draw.randint(*since)))
        self.assess("LOW", sure=True)
        self.contact(in_person=True)
        self.finish_steps()
        closing = request_closing(
            case=self.case,
            by=self.worker,
            at=self.at,
            answers={
                "reason": self.draw.choice(("safe_goals_met", "safe_goals_met", "moved", "withdrew")),
                "outcomes": ["safe_together"],
                "her_wish": "Chị đồng ý kết thúc, biết cách gọi lại khi cần.",
                "findable": "yes",
            },
        )
        if self.plan.profile == "review" and self.chance(0.8):
            return
        self.later(hours=self.draw.randint(3, 60))
        supervisor = self.teller.province.users[self.draw.choice(("mai", "hanh"))]
        closing = approve_closing(
            closing=closing, by=supervisor, at=self.at, answers={"remarks": "Đã xem hồ sơ, đủ điều kiện."}
        )
        # Looked at once a month; one worker in twenty forgets, of late.
        forgets = self.plan.profile != "closed" and self.chance(0.05)
        low = 0
        while self.teller.now - self.at > timedelta(days=28) and not forgets:
            self.later(days=28)
            # What has happened before can still forbid LOW; then the case stays supervised.
            low = low + 1 if self.assess("LOW", sure=True).final_level == "LOW" else 0
            if self.plan.profile == "closed" and low == 2:
                self.later(days=1)
                finish_closing(closing=closing, by=supervisor, at=self.at)
                return

    def finish_steps(self) -> None:
        for step in finishable(self.case):
            finish(step, self.worker, self.at)

    # --- reading ---

    def look_in(self) -> None:
        """Somebody opens the case, as happens every day; the auditor's desk has something to read."""
        reader = self.draw.choice((self.worker, self.worker, self.chair, self.teller.province.users["mai"]))
        with acting_as(at=self.at, actor_id=reader.pk):
            open_record(
                reader,
                Case,
                self.case.pk,
                page=self.draw.choice(("overview", "risk", "measures")),
                at=self.at,
            )

    def _on_file(self, report: Report) -> dict[UUID, Person]:
        """Whom of the report the worker finds on file; only a couple that was told of before is the same."""
        if not self.is_known_couple:
            return {}
        found: dict[UUID, Person] = {}
        for person in reports.people_of(report):
            matches = reports.matches_of(self.worker, [person], at=self.at).known
            if matches and person.role in {"victim", "perpetrator"}:
                found[person.pk] = matches[0].person
        return found

    def _main(self, role: str) -> Person:
        return Person.objects.everything(reason="the demo speaks of the people of its own case").get(
            participations__case=self.case, participations__role=role, participations__is_main=True
        )


def finishable(case: Case) -> list[PlanStep]:
    return list(
        PlanStep.objects.everything(reason="the demo finishes its own steps").filter(
            case=case, done_on__isnull=True
        )
    )


def finish(step: PlanStep, by: User, at: datetime) -> None:
    finish_step(
        step=step, by=by, at=at, answers={"done_on": clock.local_date(at), "result": "provided_by_us"}
    )


def screened_out(teller: Teller) -> None:
    """A few reports that are no case: not domestic violence, or told twice."""
    home = teller.province.communes[HOME]
    worker, chair = home.staff["social_worker"], home.staff["commune_chair"]
    for days, result, why in (
        (40, "not_dv", "Hai hàng xóm xô xát vì ranh giới đất, không phải thành viên gia đình."),
        (25, "not_dv", "Thanh niên say rượu gây rối ở quán, không có ai là người trong gia đình."),
        (18, "not_dv", "Gọi nhầm máy: tiếng ồn là của đám cưới, không có ai đánh nhau."),
        (12, "criminal_procedure", "Có dấu hiệu tội phạm, đã chuyển Công an theo thủ tục tố tụng hình sự."),
    ):
        at = teller.now - timedelta(days=days)
        report = take_report(
            by=worker,
            at=at,
            agency=home.committee,
            answers={
                "channel": "call",
                "reporter_kind": "anonymous",
                "area": home.area,
                "account": "Có tiếng cãi nhau, đánh nhau to ở đầu bản.",
            },
            people=[],
        )
        report = assign_report(
            report=report, by=chair, at=at + timedelta(minutes=20), agency=home.committee, user=worker
        )
        screen_out(report=report, by=worker, at=at + timedelta(hours=3), result=result, reason=why)
