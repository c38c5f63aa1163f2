"""Pages and REST of incidents: nothing typed is lost, a doubt is seen, hidden and missing are one answer."""

import pytest
from django.test import Client
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.base.dates import PartialDate
from casework.cases.lifecycle import CLOSED
from casework.cases.models import Case
from casework.incidents.actions import record_incident
from casework.incidents.models import Incident
from tests.ground import ground
from tests.incidents.asking import Rest, signed_in
from tests.world import World

TYPED = {
    "happened_on": "05/03/2026",
    "happened_time": "21:14",
    "acts": ["A01", "A05"],
    "her_words": "Anh ấy đẩy tôi ngã ngoài sân.",
    "injury_kinds": ["bruise"],
    "strangled": "yes",
}


opened = ground(lambda world: world.case(happened_on=PartialDate(2026, 3, 4), happened_part_of_day="evening"))


@pytest.fixture
def lan(world: World) -> Client:
    return signed_in(world.lan)


@pytest.fixture
def incident(world: World, case: Case) -> Incident:
    return recorded(world, case)


def recorded(world: World, case: Case, **more: object) -> Incident:
    answers = {"happened_on": PartialDate(2026, 3, 5), "area": world.commune, "acts": ["A01"], **more}
    return record_incident(case=case, by=world.lan, at=world.now, answers=answers)


def only(case: Case) -> Incident:
    return Incident.objects.everything(reason="test").get(case=case)


def count(case: Case) -> int:
    return Incident.objects.everything(reason="test").filter(case=case).count()


# --- pages ---


def test_a_case_without_incidents_says_what_to_do_first(lan, case):
    answer = lan.get(reverse("case-incidents", args=[case.pk]))

    assert answer.status_code == 200
    assert reverse("record-incident", args=[case.pk]) in answer.content.decode()


def test_the_first_incident_begins_with_what_the_report_said(lan, case):
    html = lan.get(reverse("record-incident", args=[case.pk])).content.decode()

    assert 'value="04/03/2026"' in html
    assert "Bản Mẫu" in html


def test_the_second_begins_empty(lan, case, incident):
    assert "Bản Mẫu" not in lan.get(reverse("record-incident", args=[case.pk])).content.decode()


def test_an_incident_is_recorded_and_shown_with_the_letters_of_its_acts(world, lan, case):
    answer = lan.post(
        reverse("record-incident", args=[case.pk]), {**TYPED, "area": world.commune.code}, follow=True
    )
    html = answer.content.decode()

    assert answer.redirect_chain == [(reverse("case-incidents", args=[case.pk]), 302)]
    assert all(letter in html for letter in ("điểm a", "điểm đ"))
    assert "Anh ấy đẩy tôi ngã ngoài sân." in html
    assert "05/03/2026 21:14" in html
    assert only(case).strangled == "yes"


def test_a_doubt_is_shown_after_saving_and_stays_on_the_card(world, lan):
    case = world.case(
        people=[
            {"role": "victim", "full_name": "Lò Thị Mẫu", "sex": "female"},
            {"role": "perpetrator", "full_name": "Lường Văn Mẫu", "relation": "former_spouse"},
        ]
    )
    answer = lan.post(
        reverse("record-incident", args=[case.pk]), {**TYPED, "area": world.commune.code}, follow=True
    )
    again = lan.get(reverse("case-incidents", args=[case.pk]))

    assert answer.content.decode().count("app-notice--warning") == 2
    assert again.content.decode().count("app-notice--warning") == 1
    assert "Nghị định 76/2023/NĐ-CP, Điều 2" in again.content.decode()
    assert count(case) == 1


def test_nothing_typed_is_lost_when_it_is_refused(world, lan, case):
    wrong = {**TYPED, "area": world.commune.code, "happened_time": "25:99"}
    answer = lan.post(reverse("record-incident", args=[case.pk]), wrong)
    html = answer.content.decode()

    assert answer.status_code == 400
    assert count(case) == 0
    for typed in ('value="05/03/2026"', 'value="25:99"', "Anh ấy đẩy tôi ngã ngoài sân."):
        assert typed in html
    assert "data-error-summary" in html


@pytest.mark.parametrize(
    "bad",
    [
        {"acts": []},
        {"acts": ["A99"]},
        {"area": "99999"},
        {"happened_on": "31/02/2026"},
        {"happened_on": "\x00"},
        {"strangled": "perhaps"},
        {"her_words": "a" * 30_000},
        {"weapon_kind": "<script>"},
    ],
)
def test_bad_input_is_told_and_never_breaks(world, lan, case, bad):
    answer = lan.post(
        reverse("record-incident", args=[case.pk]), {**TYPED, "area": world.commune.code, **bad}
    )

    assert answer.status_code == 400
    assert count(case) == 0


def test_a_correction_begins_with_what_stands_there(world, lan, case):
    incident = recorded(world, case, happened_time="21:14", her_words="Lần đầu")
    page = reverse("correct-incident", args=[incident.pk])
    html = lan.get(page).content.decode()
    for stands in ('value="05/03/2026"', 'value="21:14"', "Lần đầu"):
        assert stands in html

    lan.post(
        page, {**TYPED, "area": world.commune.code, "her_words": "Lần sau", "version": str(incident.version)}
    )
    assert only(case).her_words == "Lần sau"


def test_somebody_else_was_faster(world, lan, case, incident):
    page = reverse("correct-incident", args=[incident.pk])
    answer = lan.post(
        page,
        {**TYPED, "area": world.commune.code, "her_words": "Bị chậm", "version": str(incident.version - 1)},
    )

    assert answer.status_code == 412
    assert "Bị chậm" in answer.content.decode()
    assert only(case).her_words == ""


def test_what_a_person_may_not_do_is_not_shown(world, case, incident):
    html = signed_in(world.mai).get(reverse("case-incidents", args=[case.pk])).content.decode()

    assert reverse("record-incident", args=[case.pk]) not in html
    assert reverse("correct-incident", args=[incident.pk]) not in html


@pytest.mark.parametrize("name", ["minh", "tuan", "hoa", "kien", "son"])
def test_for_others_there_is_no_such_page(world, case, incident, name):
    client = signed_in(world.users[name])
    for page in (
        reverse("case-incidents", args=[case.pk]),
        reverse("record-incident", args=[case.pk]),
        reverse("correct-incident", args=[incident.pk]),
    ):
        assert client.get(page).status_code == 404
        assert client.post(page, TYPED).status_code in (404, 405)


def test_those_who_may_look_are_told_that_they_may_not_write(world, case, incident):
    client = signed_in(world.pao)
    for page in (
        reverse("record-incident", args=[case.pk]),
        reverse("correct-incident", args=[incident.pk]),
    ):
        assert client.get(page).status_code == 403
        assert client.post(page, TYPED).status_code == 403


def test_a_closed_case_says_so_before_anybody_types(lan, case, incident):
    case.refresh_from_db(from_queryset=Case.objects.everything(reason="test"))
    case.state = CLOSED
    case.save()
    for page in (
        reverse("record-incident", args=[case.pk]),
        reverse("correct-incident", args=[incident.pk]),
    ):
        assert lan.get(page).status_code == 409


def test_a_long_story_goes_page_by_page(world, lan, case):
    for day in range(1, 28):
        recorded(world, case, happened_on=PartialDate(2026, 2, day))
    first = lan.get(reverse("case-incidents", args=[case.pk])).content.decode()
    assert first.index("27/02/2026") < first.index("26/02/2026")
    assert "01/02/2026" not in first

    after = first.split("?after=")[1].split('"')[0]
    second = lan.get(reverse("case-incidents", args=[case.pk]), {"after": after}).content.decode()
    assert "01/02/2026" in second
    assert lan.get(reverse("case-incidents", args=[case.pk]), {"after": "nonsense"}).status_code == 400


def test_the_tab_costs_the_same_for_one_and_for_twenty(
    world, lan, case, django_assert_max_num_queries, incident
):
    def queries() -> int:
        with django_assert_max_num_queries(40) as seen:
            lan.get(reverse("case-incidents", args=[case.pk]))
        return len(seen)

    queries()
    one = queries()
    for day in range(1, 21):
        recorded(world, case, happened_on=PartialDate(2026, 2, day))
    assert queries() <= one + 1


def test_opening_the_tab_is_remembered(world, lan, case):
    lan.get(reverse("case-incidents", args=[case.pk]))
    event = AuditEvent.objects.filter(action="case.view", outcome="read", actor=world.lan.pk).latest("ts")
    assert event.detail["page"] == "incidents"


# --- REST ---


def test_rest_records_once_and_reads_back(world, case):
    rest = Rest(world.lan)
    body = {
        "happened_on": "2026-03-05",
        "happened_time": "21:14",
        "area": world.commune.code,
        "acts": ["A01", "A05"],
        "her_words": "Lời kể",
    }
    path = f"cases/{case.pk}/incidents/"
    first, second = rest.post(path, body, key="k" * 12), rest.post(path, body, key="k" * 12)

    assert (first.status_code, first.json()) == (201, second.json())
    assert count(case) == 1
    assert first.json()["happened_at"] == "2026-03-05T21:14:00+07:00"
    one = rest.client.get(first["Location"])
    assert (one.json()["her_words"], one.json()["outside_the_law"]) == ("Lời kể", None)
    assert one["ETag"] == '"1"'


def test_a_list_opens_no_words(world, case, incident):
    rows = Rest(world.lan).get(f"cases/{case.pk}/incidents/").json()["results"]
    assert [row["id"] for row in rows] == [str(incident.pk)]
    assert "her_words" not in rows[0]


def test_rest_says_what_the_law_does_not_know(world):
    case = world.case(
        people=[
            {"role": "victim", "full_name": "Lò Thị Mẫu", "sex": "female"},
            {"role": "perpetrator", "full_name": "Lường Văn Mẫu", "relation": "former_spouse"},
        ]
    )
    incident = recorded(world, case, acts=["A05", "A09"])
    found = Rest(world.lan).get(f"incidents/{incident.pk}/").json()["outside_the_law"]
    assert found["acts"] == ["đ", "i"]


def test_rest_corrects_what_is_sent_and_needs_the_version(world, case):
    incident = recorded(world, case, her_words="Lần đầu", place="Sân")
    rest, path = Rest(world.lan), f"incidents/{incident.pk}/correct/"

    assert rest.post(path, {"place": "Nương"}).status_code == 428
    assert rest.post(path, {"place": "Nương"}, seen=incident.version + 1).status_code == 412
    assert rest.post(path, {"place": "Nương"}, seen=incident.version).status_code == 200
    row = only(case)
    assert (row.place, row.her_words, row.happened_precision) == ("Nương", "Lần đầu", "day")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"acts": "A01"},
        {"acts": [1]},
        {"acts": ["A01"], "unknown_question": 1},
        {"acts": ["A01"], "happened_on": "05/03/2026"},
        {"acts": ["A01"], "in_that_week": "yes"},
    ],
)
def test_rest_refuses_what_is_not_asked(world, case, body):
    answer = Rest(world.lan).post(f"cases/{case.pk}/incidents/", {"area": world.commune.code, **body})
    assert answer.status_code == 400
    assert count(case) == 0


def test_rest_hides_from_others(world, case, incident):
    rest = Rest(world.tuan)
    assert rest.get(f"cases/{case.pk}/incidents/").status_code == 404
    assert rest.get(f"incidents/{incident.pk}/").status_code == 404
    assert rest.post(f"incidents/{incident.pk}/correct/", {"place": "x"}, seen=1).status_code == 404
    assert rest.post(f"cases/{case.pk}/incidents/", {"acts": ["A01"]}).status_code in (400, 404)
