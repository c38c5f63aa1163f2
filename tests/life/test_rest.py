"""The life of one case over REST alone, each step by the person who takes it in an office, each by a token."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from casework.base import clock
from casework.risk import instruments
from casework.risk.actions import BASELINE
from tests.life.calling import Caller, Json, Told
from tests.life.hands import Hands, hands
from tests.world import World

pytestmark = pytest.mark.django_db

HIGH = ("C2", "C5", "S1", "S5", "X1", "X4")
LOW = ("S5", "X1")
STRANGERS = ("tuan", "minh", "son", "hoa", "yen", "dung", "kien")


def text(moment: datetime) -> str:
    return clock.local(moment).isoformat()


def when(told: object) -> datetime:
    return datetime.fromisoformat(str(told))


class Life:
    """One case: who calls, what time it is, where its records are."""

    def __init__(self, world: World, time: Hands) -> None:
        self.world, self.time = world, time
        self.callers = {name: Caller(user) for name, user in world.users.items()}
        self.report = self.case = self.ban = ""
        self.number = ""
        self.victim = self.perpetrator = ""

    def __getattr__(self, name: str) -> Caller:
        try:
            found: Caller = self.__dict__["callers"][name]
        except KeyError as error:
            raise AttributeError(name) from error
        return found

    def later(self, **span: float) -> None:
        """Time passes; everybody fetches a new token."""
        self.time.pass_(**span)
        for one in self.callers.values():
            one.forget()

    def now(self, **ago: float) -> str:
        return text(self.time.now() - timedelta(**ago))

    def office(self, name: str) -> str:
        return str(self.world.agencies[name].pk)


@pytest.fixture
def life(world: World) -> Iterator[Life]:
    with hands() as time:
        yield Life(world, time)


def test_a_case_lives_over_rest(life: Life) -> None:
    before = figures(life)
    a_report_is_taken(life)
    it_is_assigned_and_accepted(life)
    a_case_is_opened_on_it(life)
    the_people_are_written_down(life)
    what_happened_is_written_down(life)
    the_danger_is_assessed(life, HIGH, "HIGH")
    a_contact_ban_is_asked_for(life)
    the_chair_decides_within_twelve_hours(life)
    the_decision_is_served(life)
    the_police_monitor(life)
    referrals = she_agrees_to_two_partners(life)
    each_partner_reads_its_slice_and_nothing_else(life, referrals)
    closing_is_refused_because(life, "no_measure_in_force", "no_open_referral")
    the_hospital_answers_and_reports(life, referrals["hoa"])
    a_consent_taken_back_ends_at_once(life, referrals["yen"])
    closing_is_refused_because(life, "no_measure_in_force", "contact_in_person")
    the_ban_ends_by_the_clock(life)
    closing = a_second_person_agrees_to_closing(life)
    supervised_closure_ends(life, closing)
    a_new_incident_opens_it_again(life)
    everybody_who_looked_is_known(life)
    the_figures_count_it_once(life, before)


# --- the report -------------------------------------------------------------------------------------------


def report_body(life: Life) -> Json:
    return {
        "received_at": life.now(minutes=4),
        "channel": "call",
        "reporter_kind": "neighbour",
        "reporter_name": "Người Báo Tin",
        "wants_secret": True,
        "area": life.world.commune.code,
        "village": "Bản Mẫu",
        "account": "Chồng đánh vợ, có tiếng kêu cứu.",
        "danger_now": "no",
        "injured": "yes",
        "children_present": "yes",
        "people": [
            {"role": "victim", "full_name": "Lò Thị Mẫu", "age": "1990", "sex": "female"},
            {
                "role": "perpetrator",
                "full_name": "Lường Văn Mẫu",
                "age": "1986",
                "sex": "male",
                "relation": "spouse",
            },
        ],
    }


def a_report_is_taken(life: Life) -> None:
    body = report_body(life)
    unknown = life.lan.post("reports/", {**body, "colour": "red"}, key="first-report-0")
    assert (unknown.status, unknown.code, list(unknown["errors"])) == (400, "invalid_input", ["colour"])
    deeper = life.lan.post(
        "reports/", {**body, "people": [{"role": "victim", "nick": "x"}]}, key="first-0000"
    )
    assert (deeper.status, list(deeper["errors"])) == (400, ["people.0.nick"])
    assert life.lan.post("reports/", body).code == "idempotency_key_required"

    made = life.lan.post("reports/", body, key="first-report-1")
    again = life.lan.post("reports/", body, key="first-report-1")
    other = life.lan.post("reports/", {**body, "village": "Bản Khác"}, key="first-report-1")

    assert made.status == 201
    assert again == made
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert [row["id"] for row in life.lan.get("reports/")["results"]] == [made["id"]]
    # The chair is told by the same minute, and nobody but him was told anything.
    assert made["chair_told_by"] == "in_app"
    assert when(made["chair_told_at"]) - life.time.now() < timedelta(minutes=1)
    life.report = f"reports/{made['id']}/"
    assert life.pao.get("reports/")["results"][0]["id"] == made["id"]
    assert life.pao.get(life.report)["account"] == body["account"]
    invisible(life, life.report, ("minh", "tuan", "son", "hoa", "kien"))


def invisible(life: Life, record: str, names: tuple[str, ...]) -> None:
    """To these people a record is as if it were not there, whatever they try with it."""
    kind, pk = record.strip("/").split("/")
    missing = f"{kind}/{UUID(int=UUID(pk).int ^ 1)}/"
    for name in names:
        hidden, absent = life.callers[name].get(record), life.callers[name].get(missing)
        assert (hidden.status, absent.status) == (404, 404), name
        assert nameless(hidden) == nameless(absent), name


def nameless(told: Told) -> Json:
    """The body without the number every request has."""
    return {name: value for name, value in told.body.items() if name != "request_id"}


def it_is_assigned_and_accepted(life: Life) -> None:
    life.later(minutes=10)
    to_office = {"agency": life.office("committee")}
    assert life.lan.try_(life.report, "assign", to_office).status == 403
    assert life.pao.post(f"{life.report}assign/", to_office).code == "version_required"

    read = life.pao.get(life.report)
    assigned = life.pao.post(f"{life.report}assign/", to_office, seen=read.etag)
    late = life.pao.post(f"{life.report}assign/", {"user": str(life.world.lan.pk)}, seen=read.etag)

    assert assigned.status == 200
    assert (late.status, late.code) == (412, "stale")
    assert life.lan.do(life.report, "accept")["assigned_to"] == str(life.world.lan.pk)
    # Hers by name now: a colleague of the same office no longer has a reason to read it.
    invisible(life, life.report, ("minh", "tuan", "son"))


# --- the case ---------------------------------------------------------------------------------------------


def a_case_is_opened_on_it(life: Life) -> None:
    life.later(minutes=20)
    assert life.pao.post(f"{life.report}open-case/", key="not-for-pao-1").status == 403
    made = life.lan.make(f"{life.report}open-case/")

    life.case, life.number = f"cases/{made['id']}/", made["number"]
    assert made["state"] == "open"
    assert life.lan.get(life.case)["next_due_kind"] == "risk_assess_first"
    invisible(life, life.case, STRANGERS)
    for name in STRANGERS:
        listed = life.callers[name].get("cases/")
        assert listed.status == 403 or listed["results"] == [], name
    for name in ("lan", "pao", "mai"):
        assert life.callers[name].get(life.case)["number"] == life.number, name


def the_people_are_written_down(life: Life) -> None:
    people = {row["role"]: row["person"] for row in life.lan.get(f"{life.case}people/")["results"]}
    life.victim, life.perpetrator = f"people/{people['victim']}/", f"people/{people['perpetrator']}/"

    life.lan.do(
        life.victim,
        "edit",
        {"ethnicity": "03", "languages": ["thai", "vietnamese"], "interpreter_needed": "no"},
    )
    life.lan.make(
        f"{life.case}people/",
        {"role": "child", "relation": "child", "full_name": "Lường Thị Bé", "sex": "female"},
    )
    life.lan.make(
        f"{life.victim}kinship/",
        {"other": people["perpetrator"], "relation": "spouse", "living_together": "yes"},
    )
    phone = {"number": "0912345678", "whose": "own", "safe_to_call": "yes"}
    life.lan.make(f"{life.victim}phones/", phone)
    life.lan.make(
        f"{life.victim}addresses/",
        {"kind": "safe", "area": life.world.commune.code, "village": "Bản Giấu Kín", "detail": "nhà chị gái"},
    )
    # Nobody has asked her yet how she may be reached: the number is kept and not shown.
    silent = life.lan.get(life.victim)
    assert (silent["contacting"]["allowed"], silent["phones"][0]["number"]) == (False, "")
    safe = next(one for one in silent["addresses"] if one["kind"] == "safe")
    assert (safe["is_protected"], safe["village"], safe["detail"], safe["area"]) == (True, "", "", None)
    life.lan.make(
        f"{life.victim}safe-contact/",
        {
            "permission": "yes",
            "confirmed_on": clock.local_date(life.time.now()).isoformat(),
            "channel": "call",
            "safe_hours": "8:00-10:00",
            "code_word": "thư viện",
        },
    )
    asked = life.lan.get(life.victim)
    assert (asked["contacting"]["allowed"], asked["phones"][0]["number"]) == (True, "+84912345678")
    # A safe address opens for a reason, once; the person who monitors may not ask at all.
    address = f"addresses/{safe['id']}/reveal/"
    assert life.lan.post(address, {"reason": "Đưa đồ đến."})["village"] == "Bản Giấu Kín"
    assert life.lan.post(address, {}).status == 400
    assert life.pao.post(address, {"reason": "Muốn biết."}).status in (403, 404)
    invisible(life, life.victim, STRANGERS)


def what_happened_is_written_down(life: Life) -> None:
    made = life.lan.make(
        f"{life.case}incidents/",
        {
            "happened_on": clock.local_date(life.time.now()).isoformat(),
            "happened_part_of_day": "unknown",
            "area": life.world.commune.code,
            "acts": ["A01"],
            "her_words": "Chị Mẫu kể lại việc bị đánh.",
            "injury_kinds": ["bruise"],
            "injuries": "Bầm tím ở tay trái.",
        },
    )
    assert made["is_first"] is True
    assert made["forms"] == ["physical"]


def risk_body(yes: tuple[str, ...]) -> Json:
    answers = {
        item.key: {"answer": "yes", "source": "victim", **({"window": "months_3"} if item.windows else {})}
        if item.key in yes
        else {"answer": "no", "source": "victim"}
        for item in instruments.instrument(BASELINE).items
    }
    return {"instrument": BASELINE, "answers": answers, "fear": "3", "present": "no"}


def the_danger_is_assessed(life: Life, yes: tuple[str, ...], level: str) -> None:
    life.later(hours=1)
    made = life.lan.make(f"{life.case}risk-assessments/", risk_body(yes))

    assert made["final_level"] == level
    assert life.lan.get(life.case)["level"] == level


# --- the contact ban --------------------------------------------------------------------------------------


def a_contact_ban_is_asked_for(life: Life) -> None:
    body = {
        "requester": "agency",
        "requested_at": life.now(),
        "told_rights_at": life.now(minutes=20),
        "consent": "no",
        "grounds": ["harm_health"],
        "grounds_text": "Gây thương tích, tiếp tục đe dọa.",
    }
    address = f"{life.case}measures/request-ban/"
    # An office asks only with her consent (Art. 25(1)).
    refused = life.lan.post(address, body, key="request-ban-1")
    assert (refused.status, refused.code) == (409, "consent_missing")
    # A refusal is not kept: the same key may try again once the reason has gone.
    agreed = {**body, "requester": "victim", "consent": "yes", "consent_document": "Chữ ký hôm nay"}
    made = life.lan.post(address, agreed, key="request-ban-1")
    assert made.status == 201
    assert life.lan.post(address, agreed, key="request-ban-1") == made
    assert life.lan.post(address, agreed, key="request-ban-2").code == "already_requested"
    assert len(life.lan.get(f"{life.case}measures/")["results"]) == 1

    life.ban = f"measures/{made['id']}/"
    assert when(made["decide_by"]) - when(body["requested_at"]) == timedelta(hours=12)
    invisible(life, life.ban, STRANGERS)


def the_chair_decides_within_twelve_hours(life: Life) -> None:
    life.later(hours=2)
    due = {
        row["kind"]: row
        for row in life.pao.get("deadlines/", board="week")["results"]
        if row["case"] in life.case
    }
    assert when(due["ban_decide"]["due_at"]) - life.time.now() < timedelta(hours=10, minutes=1)

    term = {"ends_at": life.now(days=-4)}
    long = life.pao.try_(life.ban, "decide-ban", term)
    assert (long.status, long.code, list(long["errors"])) == (409, "term_too_long", ["ends_at"])
    term["ends_at"] = life.now(days=-3)
    assert life.lan.try_(life.ban, "decide-ban", term).status == 403
    done = life.pao.do(life.ban, "decide-ban", term)

    assert done["state"] == "in_force"
    assert done["number"].startswith("1/")
    assert life.pao.get(life.ban)["late_minutes"] == 0
    assert life.pao.try_(life.ban, "decide-ban", term).code == "measure_state"


def the_decision_is_served(life: Life) -> None:
    life.later(minutes=20)
    invisible(life, life.case, ("dung",))
    address = f"{life.ban}serve/"
    for count, recipient in enumerate(("police_head", "victim", "perpetrator", "village_head"), start=1):
        body = {"recipient": recipient, "served_at": life.now(), "how": "in_person"}
        made = life.lan.post(address, body, key=f"serve-{recipient}")
        assert made.status == 201, made
        assert life.lan.post(address, body, key=f"serve-{recipient}") == made
        assert len(life.lan.get(life.ban)["services"]) == count
    assert life.lan.post(address, body, key="serve-once-more").code == "already_served"
    assert life.lan.get(life.ban)["outstanding"] == []


def the_police_monitor(life: Life) -> None:
    # The decision in the hands of the police head is what opens the case to the police.
    assert life.dung.get(life.case)["number"] == life.number
    due = {row["kind"]: row for row in life.dung.get("deadlines/", scope="unit", board="week")["results"]}
    assert when(due["ban_monitor_assign"]["due_at"]) - life.time.now() < timedelta(hours=1)
    life.later(minutes=30)
    monitor = {"monitor_kind": "village_head", "monitor_name": "Quàng Văn Trưởng"}
    assert life.lan.try_(life.ban, "assign-monitor", monitor).status == 403
    assert life.dung.try_(life.ban, "announce-monitoring", {}).code == "no_monitor"
    named = life.dung.do(life.ban, "assign-monitor", monitor)
    life.later(minutes=30)
    told = life.dung.do(life.ban, "announce-monitoring", {"commitment_signed": True})

    assert when(told["monitor_announced_at"]) - when(named["monitor_assigned_at"]) < timedelta(hours=1)
    assert told["commitment_signed"] is True
    running = life.lan.get(f"{life.case}deadlines/", state="open")["results"]
    assert [row["kind"] for row in running if when(row["due_at"]) < life.time.now()] == []
    # A monitor reads the case and does not work on it.
    assert life.dung.post(f"{life.case}risk-assessments/", risk_body(LOW), key="not-dung-02").status == 403


# --- sharing ----------------------------------------------------------------------------------------------


def she_agrees_to_two_partners(life: Life) -> dict[str, str]:
    """Her consent to the hospital and to legal aid, each with what it may know; partner -> referral."""
    asked = {
        "hoa": ("hospital", "health_care", ["full_name", "sex", "safe_contact", "injuries"]),
        "yen": ("legal", "legal_aid", ["full_name", "acts_and_dates"]),
    }
    referrals = {}
    for name, (office, service, items) in asked.items():
        body = {
            "recipient": life.office(office),
            "purpose": "service",
            "service": service,
            "items": items,
            "told_consequences": True,
            "how_given": "signature",
            "document": "Bản giấy trong tủ hồ sơ",
        }
        never = life.lan.post(
            f"{life.case}consents/", {**body, "items": ["safe_address"]}, key=f"no-{name}-01"
        )
        assert never.code == "item_never_shared"
        consent = life.lan.make(f"{life.case}consents/", body)
        assert when(consent["valid_until"]) - when(consent["valid_from"]) == timedelta(days=30)
        sent = life.lan.make(
            f"consents/{consent['id']}/referrals/",
            {"service": service, "urgency": "within_day", "needs": "Khám vết thương, tư vấn."},
        )
        referrals[name] = f"referrals/{sent['id']}/"
    return referrals


REFERRAL_KEYS = {
    *("id", "version", "code", "service", "urgency", "recipient", "state", "sent_at", "due_at"),
    *("received_at", "answered_at", "declined_reason", "appointment_at", "result", "finished_at"),
    *("unmet_need", "feedback", "readable_until", "slice", "safe_contact"),
    *("case", "consent", "needs", "shelter_needs"),
}


def each_partner_reads_its_slice_and_nothing_else(life: Life, referrals: dict[str, str]) -> None:
    expected = {
        "hoa": {
            "full_name": "Lò Thị Mẫu",
            "sex": "Nữ",
            "safe_contact": None,
            "injuries": "Bầm tím ở tay trái.",
        },
        "yen": {"full_name": "Lò Thị Mẫu", "acts_and_dates": None},
    }
    for name, values in expected.items():
        partner, other = life.callers[name], life.callers["yen" if name == "hoa" else "hoa"]
        told = partner.get(referrals[name])
        rows = {row["item"]: row["value"] for section in told["slice"] for row in section["rows"]}

        assert set(told.body) == REFERRAL_KEYS
        assert [told[key] for key in ("case", "consent", "needs", "shelter_needs")] == [None] * 4
        assert {key for section in told["slice"] for key in section} == {"code", "title", "rows"}
        assert set(rows) == set(values), name
        assert all(value in rows[item] for item, value in values.items() if value)
        # The safe contact is told where she agreed to it, and only there; nothing protected is told to anybody.
        assert (told["safe_contact"] is not None) == (name == "hoa")
        for secret in ("Bản Giấu Kín", "nhà chị gái", "Người Báo Tin", "Chị Mẫu kể lại", "Lường Văn Mẫu"):
            assert secret not in str(told.body), (name, secret)
        assert [row["id"] in referrals[name] for row in partner.get("referrals/")["results"]] == [True]
        invisible(life, referrals[name], ("minh", "tuan", "son", "kien"))
        assert other.get(referrals[name]).status == 404
        for record in (life.case, life.victim, life.ban, life.report):
            assert partner.get(record).status == 404, (name, record)
        for below in ("people/", "incidents/", "measures/", "referrals/", "consents/", "deadlines/"):
            assert partner.get(f"{life.case}{below}").status == 404, (name, below)
        assert partner.get("cases/").status == 403


def the_hospital_answers_and_reports(life: Life, referral: str) -> None:
    life.later(hours=3)
    taken = life.hoa.do(referral, "accept", {"appointment_at": life.now(days=-1)})
    assert taken["state"] == "accepted"
    life.later(hours=20)
    done = life.hoa.do(
        referral, "report-back", {"result": "provided_by_us", "feedback": "Đã khám, hẹn tái khám."}
    )
    assert done["state"] == "completed"
    read = life.lan.get(referral)
    assert (read["feedback"], read["slice"]) == ("Đã khám, hẹn tái khám.", None)


def a_consent_taken_back_ends_at_once(life: Life, referral: str) -> None:
    assert life.yen.do(referral, "accept")["state"] == "accepted"
    consent = f"consents/{life.lan.get(referral)['consent']}/"
    life.lan.do(consent, "withdraw", {"withdrawn_reason": "Chị đổi ý."})

    gone = life.yen.get(referral)
    assert (gone.status, gone.code) == (410, "share_over")
    assert "Lò Thị Mẫu" not in str(gone.body)
    answer = life.yen.try_(referral, "report-back", {"result": "referred", "feedback": "Xong."})
    assert answer.status == 410
    assert life.yen.get("referrals/")["results"] == []
    # Who never had it learns nothing of its end.
    assert life.hoa.get(referral).status == 404


# --- closing ----------------------------------------------------------------------------------------------

CLOSING: Json = {
    "reason": "safe_goals_met",
    "outcomes": ["safe_apart"],
    "her_wish": "Chị đồng ý kết thúc, biết cách gọi lại khi cần.",
    "findable": "yes",
}


def closing_is_refused_because(life: Life, *reasons: str) -> None:
    refused = life.lan.post(f"{life.case}closings/", CLOSING, key="closing-early-1")

    assert (refused.status, refused.code) == (409, "checklist_not_met")
    assert set(reasons) <= set(refused["reasons"])
    assert life.lan.get(life.case)["state"] == "in_progress"
    assert life.lan.get(f"{life.case}closings/")["results"] == []


def meet_her(life: Life) -> None:
    life.lan.make(
        f"{life.case}contacts/",
        {"at": life.now(), "channel": "visit", "outcome": "reached", "in_person": True, "was_safe": "yes"},
    )


def the_ban_ends_by_the_clock(life: Life) -> None:
    meet_her(life)
    early = life.lan.try_(life.ban, "end", {"result": "Chấp hành."})
    assert (early.status, early.code) == (409, "ban_still_runs")
    life.time.until(when(life.lan.get(life.ban)["ends_at"]), minutes=5)
    life.later(minutes=1)

    # Over by the clock before anybody writes it down.
    read = life.lan.get(life.ban)
    assert (read["state"], read["standing"]) == ("in_force", "ended")
    ended = life.lan.do(life.ban, "end", {"result": "Hết thời hạn, chấp hành."})
    assert ended["ended_at"] == read["ends_at"]
    the_danger_is_assessed(life, LOW, "LOW")
    meet_her(life)


def a_second_person_agrees_to_closing(life: Life) -> str:
    """The id of the closing as an address."""
    made = life.lan.make(f"{life.case}closings/", CLOSING)
    closing, review = f"closings/{made['id']}/", {"remarks": "Đã xem hồ sơ, đủ điều kiện."}
    assert life.lan.get(life.case)["state"] == "closing_review"
    own = life.lan.try_(closing, "approve", review)
    assert (own.status, own.code) == (403, "denied")
    assert life.pao.try_(closing, "approve", review).status == 403
    assert life.kien.try_(closing, "approve", review).status == 404

    assert life.mai.do(closing, "approve", review)["state"] == "approved"
    assert life.lan.get(life.case)["state"] == "supervised_closure"
    return closing


def supervised_closure_ends(life: Life, closing: str) -> None:
    early = life.mai.try_(closing, "finish")
    assert (early.status, early.code) == (409, "still_supervised")
    for _month in range(2):
        life.later(days=28)
        the_danger_is_assessed(life, LOW, "LOW")
    assert life.lan.try_(closing, "finish").status == 403
    assert life.mai.do(closing, "finish")["state"] == "finished"

    case = life.lan.get(life.case)
    assert (case["state"], case["next_due_at"]) == ("closed", None)
    late = life.lan.post(
        f"{life.case}contacts/",
        {"at": life.now(), "channel": "call", "outcome": "reached"},
        key="too-late-01",
    )
    assert (late.status, late.code) == (409, "case_not_live")


def a_new_incident_opens_it_again(life: Life) -> None:
    life.later(days=20)
    body = {"reason": "new_incident", "remarks": "Hàng xóm báo chồng lại đánh chị tối qua."}
    done = life.lan.do(life.case, "reopen", body)
    # Violence within twelve months of closing is at least of medium danger.
    assert (done["state"], done["level"]) == ("in_progress", "MEDIUM")
    made = life.lan.make(
        f"{life.case}incidents/",
        {
            "happened_on": clock.local_date(life.time.now()).isoformat(),
            "area": life.world.commune.code,
            "acts": ["A01"],
        },
    )
    assert made["is_first"] is False
    case = life.lan.get(life.case)
    assert (case["closed_at"], case["next_due_kind"]) == (None, "risk_reassess")
    assert when(case["next_due_at"]) - life.time.now() < timedelta(hours=24)


# --- afterwards -------------------------------------------------------------------------------------------


def everybody_who_looked_is_known(life: Life) -> None:
    pk = life.case.split("/")[1]
    assert life.tuan.get(life.case).status == 404
    events = every_page(life.kien, "audit-events/", case=pk, size="100")
    done = {(event["who"], event["action"]) for event in events if event["outcome"] == "done"}
    revealed = [event["sentence"] for event in events if event["action"] == "person.reveal_address"]
    looked = {event["who"] for event in events if event["outcome"] == "read"}
    refused = {event["who"] for event in events if event["outcome"] == "refused"}

    for who, action in (
        ("Lò Thị Lan", "report.open_case"),
        ("Lò Thị Lan", "risk.assess"),
        ("Vàng A Páo", "measure.decide_ban"),
        ("Cà Văn Dũng", "measure.assign_monitor"),
        ("Tòng Thị Hoa", "referral.report_back"),
        ("Nguyễn Thị Yến", "referral.accept"),
        ("Lò Thị Lan", "consent.withdraw"),
        ("Lường Thị Mai", "closing.approve"),
        ("Lường Thị Mai", "closing.finish"),
        ("Lò Thị Lan", "case.reopen"),
    ):
        assert (who, action) in done, (who, action)
    assert {"Lò Thị Lan", "Vàng A Páo", "Cà Văn Dũng", "Tòng Thị Hoa", "Lường Thị Mai"} <= looked
    # A safe address that was opened is told with its reason.
    assert len([sentence for sentence in revealed if "Đưa đồ đến." in sentence]) == 1
    # Who tried in vain is remembered too, with the case they tried to see.
    assert {"Trần Anh Tuấn", "Quàng Văn Minh", "Nguyễn Văn Sơn"} <= refused
    assert not looked & {"Trần Anh Tuấn", "Quàng Văn Minh", "Nguyễn Văn Sơn"}
    assert all(event["case_number"] == life.number for event in events)
    assert "Lò Thị Mẫu" not in str(events)
    assert life.lan.get("audit-events/", case=pk).status == 403

    the_auditor_reads_a_case_for_an_hour_and_with_a_reason(life)
    versions = every_page(life.lan, "history/", model="case", id=pk)
    assert versions[-1]["change"] == "created"
    assert {"state", "closed_at"} <= {name for one in versions for name in one["fields_changed"]}
    assert life.tuan.get("history/", model="case", id=pk).status == 404


def every_page(caller: Caller, path: str, **query: str) -> list[Any]:
    """A list to its last page."""
    found: list[Any] = []
    after: dict[str, str] = {}
    while True:
        page = caller.get(path, **query, **after)
        found += page["results"]
        if not page["next"]:
            return found
        after = {"after": page["next"]}


def the_auditor_reads_a_case_for_an_hour_and_with_a_reason(life: Life) -> None:
    assert life.kien.get(life.case).status == 404
    without = life.kien.post("audit-events/open-case/", {"number": life.number}, key="audit-no-reason")
    assert (without.status, list(without["errors"])) == (400, ["reason"])
    life.kien.make("audit-events/open-case/", {"number": life.number, "reason": "Đơn phản ánh."})
    assert life.kien.get(life.case)["number"] == life.number
    life.later(minutes=61)
    assert life.kien.get(life.case).status == 404


def figures(life: Life) -> dict[str, int]:
    """The yearly return of the commune: row -> figure."""
    told = life.mai.get(
        "statistics/returns/",
        area=life.world.commune.code,
        window="calendar_year",
        # The case is opened within the hour.
        year=str(clock.local(life.world.now + timedelta(hours=1)).year),
    )
    return {line["row"]: line["total"] for line in told["lines"] if line["row"] and line["total"] is not None}


def the_figures_count_it_once(life: Life, before: dict[str, int]) -> None:
    after = figures(life)
    more = {row for row in after if after[row] == before[row] + 1}

    assert {
        "cases",
        "form_physical",
        "perpetrator_male",
        "victim_female_16_59",
        "measure_contact_ban",
    } <= more
    assert all(after[row] == before[row] for row in after.keys() - more)
    assert life.lan.get("statistics/returns/").status == 403
