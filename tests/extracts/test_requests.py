"""Somebody asks to see a file: answered by another person in time, and nothing leaves before two have looked."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.access.grants import give
from casework.base.codes import codes
from casework.base.dates import display_datetime
from casework.base.refusals import Denied, NotVisible, Refused
from casework.cases.actions import add_address, edit_person
from casework.cases.models import Case, CaseGroupGrant, Participant
from casework.closure import checklist
from casework.closure.queries import facts_of
from casework.deadlines.clocks import due_of
from casework.extracts import actions, queries
from casework.extracts.models import AccessRequest
from casework.official_forms.actions import issue_file, issue_paper
from casework.official_forms.models import OfficialPaper
from tests.attachments.making import upload
from tests.byhand import by_hand
from tests.children.doing import PLACE, Doing, row
from tests.ground import ground
from tests.official_forms.laying import content, word_file, words
from tests.protection.conftest import Caller
from tests.protection.doing import Doing as Protection
from tests.referrals.sharing import Sharing
from tests.world import CAST, World

opened = ground(lambda world: world.case(at=world.at(days=6)))
WHO = "Lường Văn Mẫu"


@pytest.fixture
def doing(world: World, case: Case) -> Doing:
    return Doing(world, case)


def answers(doing: Doing, **more: object) -> dict[str, object]:
    return {
        "who": WHO,
        "capacity": "parent",
        "proof": "Giấy khai sinh của cháu",
        "scope": "child_file",
        "participant": doing.child.pk,
        "wants": "Muốn biết con đang ở đâu.",
        "received_at": doing.world.at(hours=1),
        **more,
    }


def ask(doing: Doing, **more: object) -> AccessRequest:
    return actions.record_request(
        case=doing.case, by=doing.world.lan, at=doing.world.now, answers=answers(doing, **more)
    )


def allow(doing: Doing, request: AccessRequest) -> AccessRequest:
    said = {"reasons": "Chỉ quyết định và thời hạn."}
    return actions.allow_request(request=request, by=doing.world.mai, at=doing.world.now, answers=said)


def file_sent(doing: Doing, *words: str) -> OfficialPaper:
    with closing(upload("trich.docx", word_file(*words, footer=""))) as sent:
        return issue_file(
            case=doing.case,
            by=doing.world.lan,
            at=doing.world.now,
            answers={"file": sent, "goes_to": ["requester"]},
        )


def prepare(doing: Doing, request: AccessRequest, paper: OfficialPaper) -> AccessRequest:
    said = {"paper_id": paper.pk, "checked": "Đã đọc từng dòng."}
    return actions.prepare_extract(request=request, by=doing.world.lan, at=doing.world.now, answers=said)


def release(doing: Doing, request: AccessRequest, who: str = "mai") -> AccessRequest:
    said = {"remark": "Đã mở tệp và đọc."}
    return actions.release_extract(
        request=request, by=doing.world.users[who], at=doing.world.now, answers=said
    )


def refused(call: Callable[..., object], *args: object, **kwargs: object) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


# --- recorded and answered ---


def test_two_working_days_and_ten_days_run_from_the_request(world: World, doing: Doing) -> None:
    request = ask(doing)
    since = world.at(hours=1)

    assert request.answer_by == due_of(doing.case, "subject_request_answer", since)
    assert request.done_by == since + timedelta(days=10)
    assert {"subject_request_answer", "subject_request_done"} <= doing.clocks().keys()


def test_the_file_of_a_child_names_the_child(world: World, doing: Doing) -> None:
    assert refused(ask, doing, participant=None).code == "child_missing"
    him = Participant.objects.everything(reason="test").get(case=doing.case, role="perpetrator")
    with pytest.raises(NotVisible):
        ask(doing, participant=him.pk)
    assert ask(doing, scope="own_data", participant=None).child is None


def test_a_request_of_tomorrow_is_refused(world: World, doing: Doing) -> None:
    late = world.now + timedelta(minutes=1)

    assert refused(ask, doing, received_at=late).code == "time_in_future"


def test_a_refusal_has_its_reasons_and_stops_both_clocks(world: World, doing: Doing) -> None:
    request = ask(doing)
    how = {"request": request, "by": world.mai, "at": world.now}
    blank = {"refusals": ["endangers_child"], "reasons": " "}
    assert refused(actions.refuse_request, answers=blank, **how).code == "reasons_missing"
    said = {"refusals": ["endangers_child"], "reasons": "Gây nguy hiểm cho trẻ em."}
    done = actions.refuse_request(answers=said, **{**how, "request": row(request)})

    assert done.state == "refused"
    assert not {"subject_request_answer", "subject_request_done"} & doing.clocks().keys()
    assert refused(allow, doing, done).code == "access_state"


def test_nobody_answers_what_they_wrote_down(world: World, doing: Doing) -> None:
    request = actions.record_request(case=doing.case, by=world.mai, at=world.now, answers=answers(doing))
    with pytest.raises(Denied):
        allow(doing, request)


# --- the extract ---


def test_an_extract_goes_through_the_look_and_two_people(world: World, doing: Doing) -> None:
    request = allow(doing, ask(doing))
    assert "subject_request_answer" not in doing.clocks()
    paper = file_sent(doing, "Quyết định tạm thời cách ly, thời hạn 15 ngày.")
    request = prepare(doing, request, paper)
    with pytest.raises(Denied):
        release(doing, request, "lan")
    done = release(doing, row(request))

    assert (done.state, done.released_by) == ("released", world.mai)
    assert "subject_request_done" not in doing.clocks()


@pytest.mark.parametrize(
    "secret", ["Người Báo Tin", "0912345678", PLACE], ids=["reporter", "her telephone", "where the child is"]
)
def test_what_must_not_leave_cannot_be_the_extract(doing: Doing, secret: str) -> None:
    doing.separate(doing.in_state("received"))
    request = allow(doing, ask(doing))
    paper = file_sent(doing, f"Trích hồ sơ. {secret}.")
    assert paper.state == "blocked"

    assert refused(prepare, doing, request, paper).code == "paper_blocked"


def test_a_paper_of_the_office_is_no_extract(doing: Doing) -> None:
    doing.in_state("planning")
    about = doing.case.child_procedures.everything(reason="test").get().pk
    paper = issue_paper(
        case=doing.case,
        by=doing.world.lan,
        at=doing.world.now,
        answers={"kind": "child_form_03", "about": about, "form": "pdf"},
    )
    request = allow(doing, ask(doing))

    assert refused(prepare, doing, request, paper).code == "paper_not_for_them"


def test_a_paper_of_another_case_is_not_there(world: World, doing: Doing) -> None:
    paper = file_sent(doing, "Trích.")
    other = Doing(world, world.case(at=world.at(days=6)))
    request = allow(other, ask(other))
    with pytest.raises(NotVisible):
        prepare(other, request, paper)


def test_a_paper_cancelled_since_is_not_handed_over(world: World, doing: Doing) -> None:
    paper = file_sent(doing, "Trích.")
    request = prepare(doing, allow(doing, ask(doing)), paper)
    with by_hand():
        paper.state = "void"
        paper.save()

    assert refused(release, doing, request).code == "paper_blocked"


def test_the_database_holds_to_two_people_too(world: World, doing: Doing) -> None:
    request = prepare(doing, allow(doing, ask(doing)), file_sent(doing, "Trích."))
    request.released_by = request.prepared_by
    with pytest.raises(IntegrityError), transaction.atomic(), by_hand():
        request.save()


# --- her own file, drawn by the system ---


def asks_herself(doing: Doing, **more: object) -> AccessRequest:
    own = {"who": "Lò Thị Mẫu", "capacity": "victim", "scope": "own_data", "participant": None}
    return allow(doing, ask(doing, **{**own, **more}))


def drawn(doing: Doing, kind: str = "case_extract") -> OfficialPaper:
    answers = {"kind": kind, "about": doing.case.pk, "form": "pdf"}
    return issue_paper(case=doing.case, by=doing.world.lan, at=doing.world.now, answers=answers)


def test_her_own_file_is_drawn_named_and_handed_over_by_two_people(world: World, doing: Doing) -> None:
    request, paper = asks_herself(doing), drawn(doing)
    assert (paper.state, paper.goes_to) == ("issued", ["requester", "file"])
    request = prepare(doing, request, paper)
    assert request.state == "prepared"
    with pytest.raises(Denied):
        release(doing, request, "lan")
    done = release(doing, row(request))

    assert (done.state, done.paper, done.released_by) == ("released", paper, world.mai)


@pytest.mark.parametrize("capacity", ["parent", "perpetrator", "guardian", "lawyer", "other", "child"])
def test_nobody_else_who_asks_is_given_her_extract(doing: Doing, capacity: str) -> None:
    request = allow(doing, ask(doing, capacity=capacity))
    paper = drawn(doing)

    assert queries.papers_for(request) == []
    assert refused(prepare, doing, request, paper).code == "paper_not_for_them"


def test_her_extract_says_what_was_done_and_nothing_of_where_she_is(world: World, doing: Doing) -> None:
    other = Protection(world, doing.case)
    other.ban(number="12/QĐ-UBND")
    other.fine(world.at(hours=3), number="07/QĐ-XPHC")
    other.record(kind="M04", decider="facility")
    sharing = Sharing(world, doing.case)
    sharing.refer()
    _thao, shelter = sharing.partner("thao", "shelter", "shelter_partner")
    sharing.refer("shelter", recipient=shelter, items=["household", "shelter_needs"])
    place = {"kind": "safe", "village": "Bản Giấu Kín", "detail": "nhà chị gái", "area": world.commune}
    victim = world.victim(doing.case)
    add_address(case=doing.case, person=victim, by=world.lan, at=world.now, answers=place)
    told = words(content(drawn(doing)))

    for said in ("TRÍCH HỒ SƠ", doing.case.number, "Lò Thị Mẫu", "Số 12/QĐ-UBND", "07/QĐ-XPHC"):
        assert said in told
    assert codes("service_kind").label("health_care") in told
    labels = (codes("service_kind").label("shelter"), codes("measure").label("M04"), "Cơ quan thao")
    for secret in (*labels, "Bản Giấu Kín", "Người Báo Tin", "0912345678", "Lường Thị Bé"):
        assert secret not in told


def test_an_extract_that_would_say_where_she_hides_is_blocked(world: World, doing: Doing) -> None:
    request = asks_herself(doing)
    Protection(world, doing.case).fine(number="Bản Giấu Kín")
    place = {"kind": "safe", "village": "Bản Giấu Kín", "detail": "", "area": world.commune}
    victim = world.victim(doing.case)
    add_address(case=doing.case, person=victim, by=world.lan, at=world.now, answers=place)
    paper = drawn(doing)

    assert paper.state == "blocked"
    assert refused(prepare, doing, request, paper).code == "paper_blocked"


def test_the_page_leads_to_the_extract_the_system_draws_for_her_alone(doing: Doing) -> None:
    lan, hers, his = client_of(doing, "lan"), asks_herself(doing), allow(doing, ask(doing))
    preview = f"{reverse('paper-preview', args=[doing.case.pk])}?kind=case_extract&amp;about={doing.case.pk}"
    page = lan.get(reverse("prepare-extract", args=[hers.pk])).content.decode()
    assert preview in page
    assert preview not in lan.get(reverse("prepare-extract", args=[his.pk])).content.decode()
    shown = lan.get(preview.replace("&amp;", "&")).content.decode()
    assert "Trích hồ sơ cho người bị bạo lực gia đình" in shown


def test_until_there_is_a_paper_the_one_step_is_to_make_it(doing: Doing) -> None:
    lan, request = client_of(doing, "lan"), asks_herself(doing)
    address = reverse("prepare-extract", args=[request.pk])
    assert 'name="paper_id"' not in lan.get(address).content.decode()
    paper = drawn(doing)
    page = lan.get(address).content.decode()
    assert 'name="paper_id"' in page
    assert str(paper.pk) in page


# --- his own data, drawn by the system ---


def asks_himself(doing: Doing, **more: object) -> AccessRequest:
    """Once a decision was handed to him."""
    other = Protection(doing.world, doing.case)
    other.serve(other.ban(), "perpetrator")
    him = doing.world.perpetrator(doing.case).full_name
    return asks_herself(doing, **{"who": him, "capacity": "perpetrator", **more})


def test_his_own_data_is_drawn_named_and_handed_over_by_two_people(world: World, doing: Doing) -> None:
    request, paper = asks_himself(doing), drawn(doing, "own_data_extract")
    assert paper.state == "issued"
    assert queries.papers_for(request) == [paper]
    request = prepare(doing, request, paper)
    with pytest.raises(Denied):
        release(doing, request, "lan")
    assert release(doing, row(request)).state == "released"


@pytest.mark.parametrize(
    "more",
    [
        {"capacity": "victim"},
        {"capacity": "parent"},
        {"capacity": "lawyer"},
        {"capacity": "other"},
        {"who": "Lò Thị Mẫu"},
        {"who": "Quàng Văn Khác"},
    ],
    ids=str,
)
def test_nobody_else_who_asks_is_given_his_data(doing: Doing, more: dict[str, object]) -> None:
    request = asks_himself(doing, **more)
    paper = drawn(doing, "own_data_extract")

    assert queries.papers_for(request) == []
    assert refused(prepare, doing, request, paper).code == "paper_not_for_them"


def test_before_anything_was_handed_to_him_no_paper_tells_him_that_there_is_a_file(
    world: World, doing: Doing
) -> None:
    him, lan = world.perpetrator(doing.case).full_name, client_of(doing, "lan")
    request = allow(doing, ask(doing, who=him, capacity="perpetrator", scope="own_data", participant=None))
    address = reverse("prepare-extract", args=[request.pk])

    assert queries.drawn_for(request) is None
    with pytest.raises(NotVisible):
        drawn(doing, "own_data_extract")
    for page in (address, reverse("access-request", args=[request.pk])):
        assert "Có thể người yêu cầu chưa biết có hồ sơ" in lan.get(page).content.decode()
    Protection(world, doing.case).fine(world.at(hours=3), kind="crime_report", penalty_articles=[])
    assert queries.drawn_for(request) is None

    Protection(world, doing.case).fine(world.at(hours=3))

    kind = queries.drawn_for(request)
    assert kind is not None
    assert kind.code == "own_data_extract"
    assert "Có thể người yêu cầu chưa biết có hồ sơ" not in lan.get(address).content.decode()


def test_his_data_are_of_himself_and_what_was_handed_to_him_and_nothing_of_hers(
    world: World, doing: Doing
) -> None:
    other = Protection(world, doing.case)
    other.serve(other.ban(number="12/QĐ-UBND"), "perpetrator")
    other.record(kind="M07", number="13/QĐ-UBND")
    other.fine(world.at(hours=3), number="07/QĐ-XPHC")
    other.fine(world.at(hours=3), kind="crime_report", penalty_articles=[], number="08/TG")
    him, her = world.perpetrator(doing.case), world.victim(doing.case)
    known = {"identity_kind": "cccd", "identity_number": "011086000123", "ethnicity": "33"}
    edit_person(case=doing.case, person=him, by=world.lan, at=world.now, answers=known)
    edit_person(case=doing.case, person=her, by=world.lan, at=world.now, answers={"ethnicity": "08"})
    told = words(content(drawn(doing, "own_data_extract")))

    for said in ("TRÍCH DỮ LIỆU CÁ NHÂN", him.full_name, "011086000123", "Số 12/QĐ-UBND", "07/QĐ-XPHC"):
        assert said in told
    assert codes("ethnicity").label("33") in told
    # Recorded and not handed to him, or passed on about him without his knowing.
    secrets = [her.full_name, codes("ethnicity").label("08"), "13/QĐ-UBND", "08/TG", doing.case.number]
    for secret in (*secrets, "Người Báo Tin", "0912345678", "Lường Thị Bé"):
        assert secret not in told


def test_his_data_that_would_say_where_she_hides_are_blocked(world: World, doing: Doing) -> None:
    request = asks_himself(doing)
    Protection(world, doing.case).fine(number="Bản Giấu Kín")
    place = {"kind": "safe", "village": "Bản Giấu Kín", "detail": "", "area": world.commune}
    add_address(case=doing.case, person=world.victim(doing.case), by=world.lan, at=world.now, answers=place)
    paper = drawn(doing, "own_data_extract")

    assert paper.state == "blocked"
    assert refused(prepare, doing, request, paper).code == "paper_blocked"


def test_the_page_leads_to_the_data_the_system_draws_for_him_alone(doing: Doing) -> None:
    lan, his, other = client_of(doing, "lan"), asks_himself(doing), allow(doing, ask(doing))
    preview = (
        f"{reverse('paper-preview', args=[doing.case.pk])}?kind=own_data_extract&amp;about={doing.case.pk}"
    )
    assert preview in lan.get(reverse("prepare-extract", args=[his.pk])).content.decode()
    assert preview not in lan.get(reverse("prepare-extract", args=[other.pk])).content.decode()
    shown = lan.get(preview.replace("&amp;", "&")).content.decode()
    assert "Trích dữ liệu cá nhân" in shown


# --- who, and beside the case ---

MAY = {
    "access.record": {"lan", "pao", "mai"},
    "access.allow": {"mai"},
    "access.release": {"mai"},
    "access.prepare": {"lan", "pao"},
    "access.view": {"lan", "pao", "mai"},
}


@pytest.mark.parametrize("verb", MAY)
def test_who_of_the_cast_may(world: World, doing: Doing, verb: str) -> None:
    found = {
        name
        for name in (*CAST, "son")
        if Case.objects.visible_to(world.users[name], verb).filter(pk=doing.case.pk).exists()
    }

    assert found == MAY[verb]


def test_a_police_unit_that_reads_the_case_sees_no_request(world: World, doing: Doing) -> None:
    ask(doing)
    give(CaseGroupGrant, doing.case, to=world.agencies["police"], by=world.pao, at=world.now, source="test")

    assert queries.requests_of(world.dung, doing.case) == []
    assert len(queries.queue_of(world.mai, at=world.now)) == 1


def test_a_case_is_not_closed_while_somebody_waits_for_an_answer(world: World, doing: Doing) -> None:
    def against() -> set[str]:
        facts = facts_of(doing.case, at=world.now, wish_recorded=True)
        found = checklist.checks(facts, reason="safe_goals_met", at=world.now)
        return {check.code for check in checklist.blocking(found)}

    assert "no_subject_request" not in against()
    ask(doing)
    assert "no_subject_request" in against()


# --- pages and REST ---


def client_of(doing: Doing, who: str) -> Caller:
    client = Caller()
    client.force_login(doing.world.users[who])
    return client


def test_from_the_request_to_the_extract_on_the_pages(world: World, doing: Doing) -> None:
    lan, mai = client_of(doing, "lan"), client_of(doing, "mai")
    typed = {**answers(doing), "received_at": display_datetime(world.at(hours=1))}
    assert lan.post(reverse("record-access", args=[doing.case.pk]), typed).status_code == 302
    request = AccessRequest.objects.everything(reason="test").get()
    queue = mai.get(reverse("access-queue")).content.decode()
    assert reverse("allow-access", args=[request.pk]) in queue
    assert WHO not in queue
    allowed = mai.post(
        reverse("allow-access", args=[request.pk]), {"reasons": "Chỉ thời hạn.", "version": request.version}
    )
    assert allowed.status_code == 302
    paper = file_sent(doing, "Thời hạn 15 ngày.")
    body = {"paper_id": paper.pk, "checked": "Đã đọc.", "version": row(request).version}
    assert lan.post(reverse("prepare-extract", args=[request.pk]), body).status_code == 302
    body = {"remark": "Đã đọc.", "version": row(request).version}
    assert mai.post(reverse("release-extract", args=[request.pk]), body).status_code == 302
    shown = lan.get(reverse("access-request", args=[request.pk])).content.decode()
    assert WHO in shown
    assert lan.get(reverse("case-access", args=[doing.case.pk])).status_code == 200


def test_the_queue_costs_the_same_for_three_as_for_one(world: World, doing: Doing) -> None:
    mai = client_of(doing, "mai")
    counts = []
    for _more in range(3):
        ask(doing)
        mai.get(reverse("access-queue"))
        with CaptureQueriesContext(connection) as captured:
            assert mai.get(reverse("access-queue")).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[-1]
    assert counts[0] <= 30


def test_the_same_over_rest(world: World, doing: Doing) -> None:
    lan, mai = client_of(doing, "lan"), client_of(doing, "mai")
    body = {
        **answers(doing),
        "participant": str(doing.child.pk),
        "received_at": world.at(hours=1).isoformat(),
    }
    made = lan.send(f"cases/{doing.case.pk}/access-requests/", body)
    assert made.status_code == 201
    one = f"access-requests/{made.json()['id']}"
    said = {"refusals": ["endangers_child"], "reasons": "Nguy hiểm cho trẻ."}
    assert lan.send(f"{one}/refuse/", said, seen=1).status_code == 403
    answer = mai.send(f"{one}/refuse/", said, seen=made.json()["version"])
    assert (answer.status_code, answer.json()["state"]) == (200, "refused")
    assert client_of(doing, "dung").read(f"{one}/").status_code == 404
