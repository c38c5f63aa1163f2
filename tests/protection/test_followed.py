"""What follows a decision or stands beside it: allowed contacts, sessions, minutes, outcomes, and what the law refuses."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.base.dates import PartialDate, display_datetime
from casework.base.refusals import Denied, NotVisible, Refused
from casework.cases.actions import edit_person
from casework.cases.models import Case, Participant
from casework.deadlines.models import Deadline
from casework.incidents.actions import record_incident
from casework.people.models import Person
from casework.protection import actions, queries
from casework.protection.models import AllowedContact, Measure
from tests.incidents.asking import signed_in
from tests.protection.doing import WHY, Doing
from tests.world import World

MINUTE = timedelta(minutes=1)


def running(case: Case) -> dict[str, datetime]:
    rows = Deadline.objects.everything(reason="test").filter(case=case, state="open")
    return {row.kind: row.due_at for row in rows}


def code_of(call: Any, *args: Any, **kwargs: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refusal:
        call(*args, **kwargs)
    return refusal.value.code, refusal.value.field


@pytest.fixture
def watched(doing: Doing) -> Measure:
    """A ban in force whose monitor is named."""
    ban = doing.ban()
    doing.serve(ban, "police_head", doing.world.at(hours=5))
    return doing.name_monitor(ban, doing.world.at(hours=4))


# --- allowed contacts (Decree 76/2023, Art. 18) ---


def test_a_contact_the_monitor_signed_for_has_two_clocks_that_end_with_it(world, doing, watched):
    contact = doing.allow(watched)
    clocks = running(doing.case)
    assert clocks["allowed_contact_end"] == contact.ends_at
    assert clocks["allowed_contact_tell_chair"] == contact.signed_at

    answers = {"ended_at": world.now, "told_chair_at": world.now, "account": "Dự đám tang rồi về."}
    actions.close_contact(contact=contact, by=world.dung, at=world.now, answers=answers)
    assert not {"allowed_contact_end", "allowed_contact_tell_chair"} & running(doing.case).keys()
    again = code_of(actions.close_contact, contact=contact, by=world.dung, at=world.now, answers=answers)
    assert again[0] == "contact_over"


def test_the_chair_told_at_once_needs_no_clock(world, doing, watched):
    doing.allow(watched, told_chair_at=world.now)
    assert "allowed_contact_tell_chair" not in running(doing.case)


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"ends_at": timedelta(hours=4, minutes=1)}, ("term_too_long", "ends_at")),
        ({"ends_at": timedelta(0)}, ("term_empty", "ends_at")),
        ({"signed_at": MINUTE}, ("time_in_future", "signed_at")),
        ({"notified_at": -MINUTE}, ("signed_before_notice", "signed_at")),
        ({"starts_at": timedelta(hours=-2)}, ("not_signed_yet", "starts_at")),
        (
            {"starts_at": timedelta(days=4), "ends_at": timedelta(days=4, hours=1)},
            ("outside_term", "starts_at"),
        ),
    ],
)
def test_what_the_decree_does_not_allow(world, doing, watched, more, refusal):
    changed = {name: world.now + span for name, span in more.items()}
    assert code_of(doing.allow, watched, **changed) == refusal


def test_four_hours_to_the_minute_and_the_database_knows_it_too(world, doing, watched):
    contact = doing.allow(watched)
    assert contact.ends_at - contact.starts_at == timedelta(hours=4)
    rows = AllowedContact.objects.everything(reason="test").filter(pk=contact.pk)
    with pytest.raises(IntegrityError, match="allowed_contact_four_hours"), transaction.atomic():
        rows.update(ends_at=contact.ends_at + MINUTE)
    with pytest.raises(IntegrityError, match="allowed_contact_signed_first"), transaction.atomic():
        rows.update(signed_at=contact.starts_at + MINUTE)


def test_without_a_monitor_nobody_can_sign_and_only_a_ban_knows_contacts(world, doing):
    ban = doing.ban()
    doing.serve(ban, "police_head", world.at(hours=5))
    assert code_of(doing.allow, ban)[0] == "no_monitor"
    doing.put_dung_on()
    assert code_of(doing.allow, doing.record())[0] == "not_a_ban"


@pytest.mark.parametrize(
    ("name", "refusal"), [("lan", Denied), ("pao", Denied), ("minh", NotVisible), ("hoa", NotVisible)]
)
def test_the_police_write_it_down(world, doing, watched, name, refusal):
    with pytest.raises(refusal):
        actions.allow_contact(
            measure=watched, by=getattr(world, name), at=world.now, answers=doing.contact_answers(world.now)
        )


# --- what the law asks before community measures and a summons ---


def acts(doing: Doing, number: int, **ago: float) -> None:
    at = doing.world.at(**ago)
    for _one in range(number):
        record_incident(
            case=doing.case,
            by=doing.world.lan,
            at=doing.world.now,
            answers={
                "happened_at": at,
                "happened_precision": "minute",
                "area": doing.world.commune,
                "acts": ["A02"],
            },
        )


def test_two_acts_within_a_year_allow_a_critique(doing):
    community = {"kind": "M08", "decider": "commune_chair", "condition": "two_acts"}
    assert code_of(doing.record, **{**community, "condition": ""}) == ("condition_missing", "condition")
    acts(doing, 1, days=5)
    acts(doing, 1, days=370)
    assert code_of(doing.record, **community) == ("too_few_acts", "condition")
    acts(doing, 1, days=4)
    assert doing.record(**community).state == "in_force"


def test_fined_and_again_needs_the_fine_on_file(doing):
    community = {"kind": "M08", "decider": "commune_chair", "condition": "fined_again"}
    assert code_of(doing.record, **community) == ("no_penalty", "condition")
    doing.fine()
    assert doing.record(**community).state == "in_force"


def test_community_work_is_chosen(doing):
    doing.fine()
    work = {"kind": "M09", "decider": "commune_chair", "condition": "fined_again"}
    assert code_of(doing.record, **work) == ("not_voluntary", "volunteered")
    assert doing.record(**work, volunteered=True).volunteered


@pytest.mark.parametrize(("years", "allowed"), [(17, False), (18, True)])
def test_nobody_under_eighteen_stands_before_the_community(world, doing, years, allowed):
    doing.fine()
    person: Person = world.perpetrator(doing.case)
    born = world.now - timedelta(days=365.25 * years + 10)
    person.birth_date = born.date().isoformat()
    person.save()
    if allowed:
        assert doing.record(kind="M08", decider="commune_chair", condition="fined_again").kind == "M08"
    else:
        found = code_of(doing.record, kind="M08", decider="commune_chair", condition="fined_again")
        assert found == ("under_age", "kind")


def test_he_is_called_to_the_police_office_on_a_ground_or_for_somebody_the_law_puts_first(world, doing):
    summons = {"kind": "M02", "decider": "police_head"}
    assert code_of(doing.record, **summons) == ("grounds_missing", "grounds")
    assert doing.record(**summons, grounds=["threat_health"]).kind == "M02"
    victim = world.victim(doing.case)
    victim.priority_groups = ["pregnant"]
    victim.save()
    assert doing.record(**summons).kind == "M02"


@pytest.mark.parametrize(
    ("decider", "ends", "kind"),
    [
        ("health_facility", timedelta(hours=24), "hospital_shelter_end"),
        ("caring_household", timedelta(days=80), "community_care_end"),
        ("facility", timedelta(days=9), "measure_end"),
    ],
)
def test_a_shelter_has_the_clock_of_who_gives_it(world, doing, decider, ends, kind):
    doing.record(kind="M04", decider=decider, ends_at=world.now + ends)
    assert running(doing.case)[kind] == world.now + ends


# --- the same man in another case ---


def earlier(world: World, **person: object) -> Case:
    """A case in which somebody of this name and year did it once and was fined."""
    other = Doing(world)
    acts(other, 1, days=3)
    other.fine(world.at(hours=3))
    him = Participant.objects.everything(reason="test").get(case=other.case, role="perpetrator")
    if person:
        edit_person(case=other.case, person=him.person, by=world.lan, at=world.now, answers=person)
    return other.case


def test_earlier_acts_of_somebody_alike_are_a_hint_to_be_checked(world, doing):
    case = earlier(world)
    (found,) = queries.elsewhere(world.lan, doing.case, at=world.now)
    assert (found.found.case, found.found.by, found.acts, found.was_fined) == (case, "name", 1, True)
    page = signed_in(world.lan).get(reverse("record-measure", args=[doing.case.pk])).content.decode()
    assert case.number in page
    assert "trùng tên, năm sinh và xã" in page
    # It counts for nothing until somebody has made sure and written it down here.
    assert (
        code_of(doing.record, kind="M08", decider="commune_chair", condition="two_acts")[0] == "too_few_acts"
    )
    assert AuditEvent.objects.filter(action="person.match", actor=world.lan.pk).count() == 2


def test_rest_tells_the_same_hint_and_nobody_else_gets_it(world, doing):
    case = earlier(world)
    address = reverse("api:elsewhere", args=[doing.case.pk])
    told = signed_in(world.lan).get(address).json()
    assert told == {
        "results": [{"case": str(case.pk), "number": case.number, "by": "name", "acts": 1, "was_fined": True}]
    }
    assert signed_in(world.minh).get(address).status_code == 404


def test_a_hint_names_nobody_else_and_no_case_the_viewer_may_not_see(world, doing):
    other = earlier(world, birth_date=PartialDate(1971))
    assert queries.elsewhere(world.lan, doing.case, at=world.now) == []
    him = Participant.objects.everything(reason="test").get(case=doing.case, role="perpetrator")
    answers = {"birth_date": PartialDate(1971)}
    edit_person(case=doing.case, person=him.person, by=world.lan, at=world.now, answers=answers)
    assert len(queries.elsewhere(world.lan, doing.case, at=world.now)) == 1
    # A colleague without duty has neither case; a sealed one is nobody's hint.
    assert queries.elsewhere(world.minh, doing.case, at=world.now) == []
    Case.objects.everything(reason="test").filter(pk=other.pk).update(is_sealed=True)
    assert queries.elsewhere(world.lan, doing.case, at=world.now) == []


def test_in_another_commune_only_a_number_is_a_hint(world, doing):
    other = earlier(world)
    elsewhere = Case.objects.everything(reason="test").filter(pk=other.pk)
    elsewhere.update(commune=world.agencies["elsewhere"].area)
    assert queries.elsewhere(world.mai, doing.case, at=world.now) == []
    for case in (other, doing.case):
        him = Participant.objects.everything(reason="test").get(case=case, role="perpetrator")
        answers = {"identity_kind": "cccd", "identity_number": "011086000123"}
        edit_person(case=case, person=him.person, by=world.lan, at=world.now, answers=answers)
    (found,) = queries.elsewhere(world.mai, doing.case, at=world.now)
    assert found.found.by == "identity"


# --- sessions and minutes ---


def test_sessions_belong_to_their_measures(world, doing):
    change = doing.record()
    answers = {
        "kind": "behaviour",
        "at": world.at(hours=1),
        "attendance": "attended",
        "minutes": 60,
        "topics": ["law"],
    }
    session = actions.record_session(measure=change, by=world.lan, at=world.now, answers=answers)
    assert (session.minutes, session.topics) == (60, ["law"])
    wrong = {**answers, "kind": "community_work"}
    assert code_of(actions.record_session, measure=change, by=world.lan, at=world.now, answers=wrong) == (
        "not_of_this_measure",
        "kind",
    )
    early = {**answers, "at": world.now + MINUTE}
    assert (
        code_of(actions.record_session, measure=change, by=world.lan, at=world.now, answers=early)[0]
        == "time_in_future"
    )


def test_the_minutes_of_a_critique_stand_with_it(world, doing):
    critique = doing.critique()
    answers = {
        "at": world.at(hours=1),
        "participants": ["perpetrator", "village_head", "front_head"],
        "place": "Nhà văn hóa bản",
        "account": "Đã góp ý, người có hành vi bạo lực nhận lỗi.",
        "minutes": "Đã giải thích Điều 3 của Luật.",
        "commitment": "signed",
    }
    actions.record_critique(measure=critique, by=world.pao, at=world.now, answers=answers)
    html = signed_in(world.lan).get(reverse("measure-detail", args=[critique.pk])).content.decode()
    assert "Đã góp ý, người có hành vi bạo lực nhận lỗi." in html
    assert "Nhà văn hóa bản" in html
    assert "Nội dung biên bản" in html
    assert "Trưởng Ban công tác Mặt trận" in html
    assert code_of(
        actions.record_critique, measure=doing.record(), by=world.lan, at=world.now, answers=answers
    )[0] == ("not_of_this_measure")


MEDIATION = {
    "led_by": "team",
    "her_wish": "Muốn con được đi học.",
    "account": "Hai bên thỏa thuận.",
    "result": "settled",
}


def mediated(doing: Doing) -> Any:
    answers = {**MEDIATION, "at": doing.world.at(hours=1)}
    return actions.record_mediation(case=doing.case, by=doing.world.lan, at=doing.world.now, answers=answers)


@pytest.mark.parametrize(
    ("level", "refused"), [("", False), ("LOW", False), ("MEDIUM", True), ("EXTREME", True)]
)
def test_mediation_stops_where_danger_begins(doing, level, refused):
    doing.case.level = level
    doing.case.save()
    if refused:
        assert code_of(mediated, doing)[0] == "mediation_level"
    else:
        assert mediated(doing).result == "settled"


@pytest.mark.parametrize(
    ("penalty", "barred"),
    [("below_penalty", False), ("unknown", False), ("administrative", True), ("crime", True)],
)
def test_what_is_to_be_punished_is_not_mediated(doing, penalty, barred):
    acts(doing, 1, days=1)
    doing.case.incidents.everything(reason="test").update(penalty_level=penalty)
    if barred:
        assert code_of(mediated, doing)[0] == "mediation_barred"
    else:
        assert mediated(doing).kind == "mediation"


# --- minutes corrected ---


def test_what_minutes_said_before_they_were_corrected_stays_in_the_history(world, doing):
    meeting = doing.minutes()
    answers = {
        **WHY,
        "participants": ["perpetrator", "front_head"],
        "minutes": "Đã giải thích Điều 5 của Luật.",
    }
    actions.correct_meeting(meeting=meeting, by=world.lan, at=world.now, answers=answers)

    meeting.refresh_from_db()
    assert (meeting.minutes, meeting.account, meeting.version) == (answers["minutes"], "Đã góp ý.", 2)
    versions = meeting.history.everything(reason="test").order_by("version")
    assert [row.minutes for row in versions] == ["Đã giải thích Điều 3 của Luật.", answers["minutes"]]
    told = AuditEvent.objects.get(action="meeting.correct")
    assert sorted(told.fields) == ["corrected_why", "minutes", "participants"]


def test_minutes_are_corrected_as_they_were_written(world, doing):
    meeting, talk = doing.minutes(), mediated(doing)
    how: dict[str, Any] = {"by": world.lan, "at": world.now}
    for row, answers, refusal in (
        (meeting, {"her_wish": "x"}, ("not_of_this_meeting", "her_wish")),
        (talk, {"commitment": "signed"}, ("not_of_this_meeting", "commitment")),
        (talk, {"at": world.now + MINUTE}, ("time_in_future", "at")),
        (talk, {"corrected_why": " "}, ("reasons_missing", "corrected_why")),
    ):
        assert code_of(actions.correct_meeting, meeting=row, answers={**WHY, **answers}, **how) == refusal
        row.refresh_from_db()
    answers = {**WHY, "result": "not_settled"}
    assert actions.correct_meeting(meeting=talk, answers=answers, **how).version == 2


@pytest.mark.parametrize("verb", ["correct_meeting", "correct_session", "correct_outcome"])
def test_what_is_on_file_in_a_closed_case_stays(world, doing, verb):
    call = doing.corrections()[verb]
    Case.objects.everything(reason="test").filter(pk=doing.case.pk).update(state="closed")
    assert code_of(call, by=world.lan, at=world.now)[0] == "case_not_live"


def test_a_page_leads_from_the_minutes_to_their_correction_and_to_what_was_changed(world, doing):
    meeting = doing.minutes()
    client, detail = signed_in(world.lan), reverse("measure-detail", args=[meeting.measure_id])
    address = reverse("correct-meeting", args=[meeting.pk])
    assert address in client.get(detail).content.decode()
    asked = client.get(address).content.decode()
    assert "Đã giải thích Điều 3 của Luật." in asked
    assert "Nguyện vọng của người bị bạo lực gia đình" not in asked
    sent = {
        "version": meeting.version,
        "at": display_datetime(world.at(hours=1)),
        "place": "Nhà văn hóa bản Mẫu",
        "participants": ["perpetrator"],
        "account": "Đã góp ý.",
        "minutes": "Anh Mẫu nhận lỗi.",
        "commitment": "signed",
        **WHY,
    }
    assert client.post(address, sent).status_code == 302
    # Somebody else changed it meanwhile.
    assert client.post(address, sent).status_code == 412
    page = client.get(detail).content.decode()
    assert "Anh Mẫu nhận lỗi." in page
    changed = f"{reverse('case-changes', args=[doing.case.pk])}?kind=meeting&amp;id={meeting.pk}"
    assert changed in page
    assert "Nội dung biên bản" in client.get(changed.replace("&amp;", "&")).content.decode()
    # A colleague of the chair reads the minutes and corrects nothing.
    assert address not in signed_in(world.pao).get(detail).content.decode()
    assert signed_in(world.pao).get(address).status_code == 403


# --- sessions and outcomes corrected ---


def test_a_session_is_corrected_also_after_its_measure_and_the_history_says_why(world, doing):
    session = doing.session()
    how: dict[str, Any] = {"by": world.lan, "at": world.now}
    actions.end_measure(measure=session.measure, answers={"result": "Xong."}, **how)
    for answers, refusal in (
        ({"kind": "community_work"}, ("not_of_this_measure", "kind")),
        ({"at": world.now + MINUTE}, ("time_in_future", "at")),
        ({"corrected_why": ""}, ("reasons_missing", "corrected_why")),
    ):
        assert code_of(actions.correct_session, session=session, answers={**WHY, **answers}, **how) == refusal
        session.refresh_from_db()
    actions.correct_session(session=session, answers={**WHY, "attendance": "absent"}, **how)

    session.refresh_from_db()
    assert (session.attendance, session.kind, session.version) == ("absent", "behaviour", 2)
    versions = session.history.everything(reason="test").order_by("version")
    assert [(row.attendance, row.corrected_why) for row in versions] == [
        ("attended", ""),
        ("absent", WHY["corrected_why"]),
    ]
    told = AuditEvent.objects.get(action="session.correct", outcome=AuditEvent.DONE)
    assert sorted(told.fields) == ["attendance", "corrected_why"]


def test_an_outcome_is_corrected_as_it_would_have_been_recorded(world, doing):
    outcome = doing.fine()
    how: dict[str, Any] = {"by": world.lan, "at": world.now}
    for answers, refusal in (
        ({"penalty_articles": []}, ("article_missing", "penalty_articles")),
        ({"criminal_articles": ["art_185"]}, ("wrong_article", "criminal_articles")),
        ({"decided_at": world.now + MINUTE}, ("time_in_future", "decided_at")),
        ({"corrected_why": ""}, ("reasons_missing", "corrected_why")),
    ):
        assert code_of(actions.correct_outcome, outcome=outcome, answers={**WHY, **answers}, **how) == refusal
        outcome.refresh_from_db()
    answers = {"kind": "prosecuted", "penalty_articles": []}
    actions.correct_outcome(outcome=outcome, answers={**WHY, **answers}, **how)
    versions = outcome.history.everything(reason="test").order_by("version")
    assert [row.kind for row in versions] == ["penalty", "prosecuted"]
    assert not queries.standing_of(doing.case, "", at=world.now).was_fined


def test_an_outcome_that_turns_out_to_release_him_brings_the_next_assessment_near(world, doing):
    outcome = doing.fine()
    _assess_in(doing, days=9)
    how: dict[str, Any] = {"outcome": outcome, "by": world.lan, "at": world.now}
    actions.correct_outcome(answers={**WHY, "number": "08/QĐ-XPHC"}, **how)
    assert running(doing.case)["risk_reassess"] == world.now + timedelta(days=9)
    actions.correct_outcome(answers={**WHY, "kind": "released", "penalty_articles": []}, **how)
    soon = world.now + timedelta(hours=24)
    assert running(doing.case)["risk_reassess"] == soon
    # Nobody is safer for a word that was wrong: what was brought near is looked at.
    actions.correct_outcome(answers={**WHY, "kind": "none"}, **how)
    assert running(doing.case)["risk_reassess"] == soon


@pytest.mark.parametrize("kind", ["session", "outcome"])
def test_a_page_leads_to_the_correction_and_to_what_was_changed(world, doing, kind):
    row = doing.session() if kind == "session" else doing.fine()
    client, address = signed_in(world.lan), reverse(f"correct-{kind}", args=[row.pk])
    home = reverse("case-measures", args=[doing.case.pk])
    if kind == "session":
        home = reverse("measure-detail", args=[row.measure_id])
    assert address in client.get(home).content.decode()
    asked = client.get(address).context["form"]
    sent = {
        "version": row.version,
        "kind": "behaviour" if kind == "session" else "custody",
        "at": display_datetime(world.at(hours=1)),
        "decided_at": display_datetime(world.at(hours=1)),
        "attendance": "partly",
        "account": "Có mặt một giờ.",
    }
    assert asked["corrected_why"].value() == ""
    answer = client.post(address, sent)
    assert answer.status_code == 400
    assert "Có mặt một giờ." in answer.content.decode()
    assert client.post(address, {**sent, **WHY}).status_code == 302
    assert client.post(address, {**sent, **WHY}).status_code == 412
    page = client.get(home).content.decode()
    assert "Có mặt một giờ." in page
    assert WHY["corrected_why"] in page
    changed = f"{reverse('case-changes', args=[doing.case.pk])}?kind={row._meta.model_name}&amp;id={row.pk}"
    assert changed in page
    assert "Lý do sửa" in client.get(changed.replace("&amp;", "&")).content.decode()
    assert address not in signed_in(world.pao).get(home).content.decode()
    assert signed_in(world.pao).get(address).status_code == 403


# --- how he was dealt with ---


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        ({"kind": "penalty", "penalty_articles": []}, ("article_missing", "penalty_articles")),
        ({"kind": "sentenced", "penalty_articles": []}, ("article_missing", "criminal_articles")),
        ({"kind": "prosecuted", "penalty_articles": ["art_37"]}, ("wrong_article", "penalty_articles")),
        ({"kind": "penalty", "criminal_articles": ["art_185"]}, ("wrong_article", "criminal_articles")),
    ],
)
def test_each_outcome_names_the_articles_of_its_own_law(doing, answers, refusal):
    assert code_of(doing.fine, **answers) == refusal


def _assess_in(doing: Doing, *, days: int) -> None:
    now = doing.world.now
    due = {"starts_at": now, "due_at": now + timedelta(days=days)}
    Deadline(case=doing.case, kind="risk_reassess", basis="", role="social_worker", **due).save()


def test_a_release_brings_the_next_assessment_near(world, doing):
    _assess_in(doing, days=9)
    doing.fine(kind="released", penalty_articles=[])
    assert running(doing.case)["risk_reassess"] == world.now + timedelta(hours=24)


def test_the_pages_carry_it(world, doing):
    lan = signed_in(world.lan)
    page = reverse("record-outcome", args=[doing.case.pk])
    answer = lan.post(page, {"kind": "penalty", "decided_at": "", "number": "07/QĐ-XPHC"})
    assert answer.status_code == 400
    assert "07/QĐ-XPHC" in answer.content.decode()
    doing.fine(number="07/QĐ-XPHC", authority="Công an xã")
    html = lan.get(reverse("case-measures", args=[doing.case.pk])).content.decode()
    assert "Xử phạt vi phạm hành chính" in html
    assert "07/QĐ-XPHC" in html
    timeline = lan.get(reverse("case-timeline", args=[doing.case.pk])).content.decode()
    assert "Xử phạt vi phạm hành chính" in timeline


def test_the_measure_shows_the_contact_and_its_button_to_the_police(world, doing, watched):
    contact = doing.allow(watched)
    close = reverse("close-contact", args=[contact.pk])
    detail = reverse("measure-detail", args=[watched.pk])
    assert close in signed_in(world.dung).get(detail).content.decode()
    assert close not in signed_in(world.lan).get(detail).content.decode()
    assert signed_in(world.dung).get(close).status_code == 200
