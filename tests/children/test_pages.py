"""The pages of the child procedure, in Vietnamese, as the cast sees them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext

from casework.audit.models import AuditEvent
from casework.base.codes import codes
from casework.base.dates import display_date, display_datetime
from casework.cases.actions import add_person
from casework.cases.models import Participant
from casework.children.models import ChildAssessment, ChildPlan, ChildProcedure, ChildSeparation
from casework.organisations.models import User
from tests.byhand import by_hand
from tests.children.doing import CARER, PLACE, Doing, row
from tests.world import World


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def body(response) -> str:
    text: str = response.content.decode()
    return text


def vi(text: str) -> str:
    """The sentence as the page shows it."""
    with translation.override("vi"):
        shown: str = escape(gettext(text))
    return shown


def look(doing: Doing, name: str, pk, who: str):
    return signed_in(doing.world.users[who]).get(reverse(name, args=[pk]))


def send(doing: Doing, name: str, subject, who: str, **typed: object):
    """A form as a browser sends it, with the version the page carried."""
    version = {} if subject == doing.case else {"version": row(subject).version}
    return signed_in(doing.world.users[who]).post(reverse(name, args=[subject.pk]), {**version, **typed})


def only(model, doing: Doing):
    return model.objects.everything(reason="test").get(case=doing.case)


# --- the overview, the list of children ---


def test_the_overview_leads_to_the_children_only_where_there_are_some(world: World, doing: Doing) -> None:
    address = reverse("case-children", args=[doing.case.pk])
    assert address in body(look(doing, "case-overview", doing.case.pk, "lan"))
    without = world.case(at=world.at(hours=1))

    assert reverse("case-children", args=[without.pk]) not in body(
        look(doing, "case-overview", without.pk, "lan")
    )


def test_a_child_victim_without_a_procedure_is_warned_about(world: World, doing: Doing) -> None:
    warning = vi(
        "The violence is done to a child and no child procedure was started: the chair decides within 12 hours "
        "(Decree 56/2017/NĐ-CP, Art. 26)."
    )
    page = body(look(doing, "case-overview", doing.case.pk, "lan"))
    assert warning not in page
    victim = Participant.objects.everything(reason="test").get(case=doing.case, role="victim", is_main=True)
    with by_hand():
        victim.age_band = "under_16"
        victim.person.birth_date = "2014"
        victim.person.save()
        victim.save()

    assert warning in body(look(doing, "case-overview", doing.case.pk, "lan"))
    doing.start(participant=victim.pk)
    assert warning not in body(look(doing, "case-overview", doing.case.pk, "lan"))


@pytest.mark.parametrize(
    ("state", "who", "page"),
    [
        ("received", "pao", "decide-child"),
        ("assessing", "lan", "assess-child"),
        ("planning", "lan", "plan-for-child"),
    ],
)
def test_the_next_button_is_the_one_the_viewer_may_press(
    doing: Doing, state: str, who: str, page: str
) -> None:
    procedure = doing.in_state(state)

    assert f'href="{reverse(page, args=[procedure.pk])}" role="button"' in body(
        look(doing, "case-children", doing.case.pk, who)
    )


def test_who_may_not_decide_sees_whom_it_waits_for(doing: Doing) -> None:
    procedure = doing.in_state("assessing")
    page = body(look(doing, "child-procedure", procedure.pk, "pao"))

    assert reverse("assess-child", args=[procedure.pk]) not in page
    assert codes("role").label("social_worker") in page


def test_the_pages_do_not_exist_for_others(doing: Doing) -> None:
    procedure = doing.in_state("planning")

    for who in ("minh", "dung", "hoa", "yen", "tuan", "kien", "son"):
        assert look(doing, "case-children", doing.case.pk, who).status_code in (403, 404)
        assert look(doing, "child-procedure", procedure.pk, who).status_code in (403, 404), who


def test_opening_is_written_down(doing: Doing) -> None:
    procedure = doing.in_state("planning")
    look(doing, "child-procedure", procedure.pk, "mai")
    event = AuditEvent.objects.filter(actor=doing.world.mai.pk).latest("id")

    assert (event.action, event.object_id) == ("child.view", procedure.pk)


def test_three_children_cost_no_more_queries_than_one(world: World, doing: Doing) -> None:
    client = signed_in(world.lan)
    address = reverse("case-children", args=[doing.case.pk])
    doing.in_state("carried_out")
    counts = []
    for name in ("", "Lường Văn Hai", "Lường Văn Ba"):
        if name:
            doing.child = add_person(
                case=doing.case,
                by=world.lan,
                at=world.at(days=1),
                answers={"role": "child", "full_name": name},
            )
            doing.in_state("carried_out")
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[-1]
    assert counts[0] <= 45


# --- from the information to the closing ---


def test_the_whole_way_through_the_pages(world: World, doing: Doing) -> None:
    day = display_date(world.now.date())
    typed = {
        "participant": doing.child.pk,
        "received_at": display_datetime(world.at(hours=2)),
        "source": "police",
        "information": "Trẻ bị đánh.",
    }
    assert send(doing, "start-child-procedure", doing.case, "lan", **typed).status_code == 302
    procedure = only(ChildProcedure, doing)
    decided = send(
        doing,
        "decide-child",
        procedure,
        "pao",
        decision="emergency",
        dangers="health",
        reasons="Có vết thương.",
        steps="Đến trạm y tế.",
        number="",
    )
    assert decided.status_code == 302
    form_03 = {**doing.form_03(world.now), "assessed_at": display_datetime(world.at(hours=1))}
    assert send(doing, "assess-child", procedure, "lan", **form_03).status_code == 302
    plan = {**doing.form_04(), "starts_on": day, "ends_on": day}
    assert send(doing, "plan-for-child", procedure, "lan", **plan).status_code == 302
    approved = send(doing, "approve-child-plan", only(ChildPlan, doing), "pao", number="5/QĐ", remarks="")
    # The register gives the number when the chair signs; only a paper brings its own.
    assert approved.status_code == 409
    assert "Sổ quyết định cấp số" in body(approved)
    signed = {"signed_on_paper": "on", "number": "5/QĐ", "remarks": ""}
    approved = send(doing, "approve-child-plan", only(ChildPlan, doing), "pao", **signed)
    assert approved.status_code == 302
    assert (procedure.number, only(ChildProcedure, doing).number) == ("", f"1/{world.now.year}")
    assert only(ChildPlan, doing).number == "5/QĐ"
    doing.sign("vn-child-06", at=only(ChildPlan, doing).decided_at)
    done = send(doing, "review-child", procedure, "lan", review="close", review_text="Ổn định.")

    assert done.status_code == 302
    assert row(procedure).state == "closed"
    assert ChildAssessment.objects.everything(reason="test").count() == 1
    page = body(look(doing, "child-procedure", procedure.pk, "mai"))
    for words in ("Trẻ bị đánh.", "Có vết thương.", "Sợ bố.", "Thăm nhà mỗi tuần.", "Ổn định."):
        assert words in page


def test_a_refusal_keeps_what_was_typed_and_names_the_article(doing: Doing) -> None:
    procedure = doing.in_state("received")
    answer = send(
        doing,
        "decide-child",
        procedure,
        "pao",
        decision="none",
        reasons="Không thấy gì.",
        steps="",
        number="",
    )

    assert answer.status_code == 409
    assert "Không thấy gì." in body(answer)
    assert "Điều 26" in body(answer)


def test_a_separation_from_decision_to_end(world: World, doing: Doing) -> None:
    procedure = doing.in_state("received")
    page = look(doing, "separate-child", procedure.pk, "pao")
    assert page.status_code == 200
    typed = {
        **doing.apart(world.now),
        "starts_at": display_datetime(world.now),
        "ends_at": display_datetime(world.at(days=-15)),
        "dangers": "life",
    }
    assert send(doing, "separate-child", procedure, "pao", **typed).status_code == 302
    separation = only(ChildSeparation, doing)
    shown = body(look(doing, "child-procedure", procedure.pk, "pao"))
    assert PLACE not in shown
    assert CARER not in shown
    assert reverse("reveal-child-place", args=[separation.pk]) in shown
    assert look(doing, "extend-separation", separation.pk, "pao").status_code == 200
    ended = send(
        doing,
        "end-separation",
        separation,
        "lan",
        ended_at=display_datetime(world.now),
        end_kind="returned",
        account="Về với mẹ.",
    )

    assert ended.status_code == 302
    assert "Về với mẹ." in body(look(doing, "child-procedure", procedure.pk, "mai"))


def test_the_place_is_shown_once_for_a_reason(world: World, doing: Doing) -> None:
    separation = doing.separate(doing.in_state("received"))
    address = reverse("reveal-child-place", args=[separation.pk])
    client = signed_in(world.lan)
    assert PLACE not in body(client.get(address))
    assert PLACE not in body(client.post(address, {"reason": "vì"}))
    shown = client.post(address, {"reason": "Đưa trẻ đi khám ở bệnh viện."})

    assert PLACE in body(shown)
    assert PLACE not in body(client.get(address))
    told = AuditEvent.objects.filter(actor=world.lan.pk, action="child.reveal_place")
    assert [sorted(event.fields) for event in told if event.fields] == [["carer", "place"]]


def test_a_plan_sent_back_is_offered_with_what_was_written(world: World, doing: Doing) -> None:
    procedure = doing.in_state("planning")
    plan = doing.submit(procedure)
    sent = send(doing, "return-child-plan", plan, "pao", remarks="Thiếu người thăm nhà.")
    assert sent.status_code == 302
    page = body(look(doing, "plan-for-child", procedure.pk, "lan"))

    assert "Thiếu người thăm nhà." in page
    assert "Thăm nhà mỗi tuần." in page


# --- the timeline ---


def test_the_timeline_tells_it_to_who_may_know_and_never_where(world: World, doing: Doing) -> None:
    doing.separate(doing.in_state("received"))
    address = reverse("case-timeline", args=[doing.case.pk])

    page = body(signed_in(world.lan).get(address))
    assert vi("Child kept apart") in page
    assert PLACE not in page
