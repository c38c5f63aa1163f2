"""What an auditor asks the memory: by person, office and search; the words of a search open one by one, for a reason."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.base.refusals import NotVisible
from casework.cases.actions import add_person
from casework.cases.models import Case, ConflictLock
from casework.organisations.models import User
from casework.oversight import queries
from casework.oversight.actions import open_case_for_audit
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.world import World

TERM = "Lò Thị Mẫu 1990"
REASON = "Kiểm tra theo đơn của người dân"


def look(world: World, case: Case, user: str = "lan") -> int:
    return signed_in(world.users[user]).get(reverse("case-overview", args=[case.pk])).status_code


def found(world: World, **asked: object) -> list[tuple[str, str]]:
    search = queries.search_of(world.kien, {name: str(value) for name, value in asked.items()}, at=world.now)
    page = queries.events_for(world.kien, search, at=world.now)
    return [(event.who, event.action) for event in page.rows]


def searched(world: World) -> AuditEvent:
    signed_in(world.lan).post(reverse("search"), {"q": TERM})
    return AuditEvent.objects.filter(action="case.search").latest("pk")


# --- by person ---


def test_a_person_is_asked_about_through_all_their_cases(world: World, case: Case) -> None:
    victim = world.victim(case)
    other = world.case(at=world.at(days=2))
    add_person(case=other, by=world.lan, at=world.now, answers={"role": "witness", "person": victim.pk})
    look(world, case, "pao")
    look(world, other, "mai")
    look(world, world.case(at=world.at(days=4)), "dung")

    told = found(world, person=victim.pk)
    assert {("Vàng A Páo", "case.view"), ("Lường Thị Mai", "case.view")} <= set(told)
    assert ("Lò Thị Lan", "person.add") in told
    assert "Cà Văn Dũng" not in {who for who, action in told if action == "case.view"}


def test_what_was_asked_of_a_person_outside_a_case_is_told_and_refusals(world: World, case: Case) -> None:
    victim = world.victim(case)
    for user in ("lan", "tuan"):
        signed_in(world.users[user]).get(reverse("api:person-record", args=[victim.pk]))

    about = [one for one in found(world, person=victim.pk) if one[1] == "person.view"]
    assert set(about) == {("Trần Anh Tuấn", "person.view"), ("Lò Thị Lan", "person.view")}
    assert found(world, person=victim.pk, outcome="refused") == [("Trần Anh Tuấn", "person.view")]


def test_a_person_of_no_case_of_the_area_is_not_there(world: World, case: Case) -> None:
    victim, client = world.victim(case), signed_in(world.kien)
    ConflictLock.objects.create(user=world.kien, case=case, at=world.now, source="declared")

    for person in (victim.pk, uuid4(), "x"):
        assert client.get(reverse("desk-auditor"), {"person": str(person)}).status_code == 404


def test_people_are_named_only_once_the_case_was_opened_with_a_reason(world: World, case: Case) -> None:
    client, asked = signed_in(world.kien), {"case": str(case.pk)}
    link = f"?person={world.victim(case).pk}"

    assert link not in text_of(client.get(reverse("desk-auditor"), asked))
    open_case_for_audit(by=world.kien, at=world.now, number=case.number, reason=REASON)
    assert link in text_of(client.get(reverse("desk-auditor"), asked))
    reading = AuditEvent.objects.filter(actor=world.kien.pk, case_id=case.pk).latest("pk")
    assert (reading.outcome, reading.fields) == ("read", ["full_name"])


# --- by office, by search ---


def test_an_office_is_all_who_have_or_had_a_seat_in_it(world: World, case: Case) -> None:
    look(world, case, "pao")
    look(world, case, "dung")

    told = {who for who, _action in found(world, unit=world.agencies["police"].pk)}
    assert told == {"Cà Văn Dũng"}
    assert found(world, unit=world.agencies["police"].pk, actor=world.pao.pk) == []
    assert found(world, case=case.pk, unit=world.agencies["police"].pk) == [("Cà Văn Dũng", "case.view")]
    with pytest.raises(NotVisible):
        found(world, unit=world.agencies["elsewhere"].pk)


def test_searches_are_found_by_themselves(world: World, case: Case) -> None:
    searched(world)
    look(world, case)

    assert found(world, outcome="searched", actor=world.lan.pk) == [("Lò Thị Lan", "case.search")]
    assert ("Lò Thị Lan", "case.search") in found(world, outcome="searched")
    assert ("Lò Thị Lan", "case.view") not in found(world, outcome="searched")


def test_many_paths_cost_what_one_costs(world: World, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    look(world, case, "pao")
    client, url = signed_in(world.kien), reverse("desk-auditor")
    many = doing.queries_of(client, url)
    whole = found(world)

    monkeypatch.setattr(queries, "MOST_PATHS", 1)
    assert doing.queries_of(client, url) == many
    assert [one for one in found(world) if one[1] != "audit.read"] == [
        one for one in whole if one[1] != "audit.read"
    ]


# --- the words of a search ---


def open_term(user: User, event: object, **answers: object) -> Any:
    return signed_in(user).post(reverse("audit-open-term"), {"event": str(event), **answers})


def test_the_desk_tells_of_a_search_and_not_its_words(world: World, case: Case) -> None:
    event = searched(world)

    shown = text_of(signed_in(world.kien).get(reverse("desk-auditor"), {"outcome": "searched"}))
    assert "từ khóa: đã niêm phong" in shown
    assert f'name="event" value="{event.pk}"' in shown
    assert TERM not in shown
    assert TERM not in text_of(open_term(world.kien, event.pk))


def test_the_words_open_for_a_reason_that_is_kept(world: World, case: Case) -> None:
    event = searched(world)

    shown = text_of(open_term(world.kien, event.pk, reason=REASON))
    assert TERM in shown
    opening = AuditEvent.objects.get(action="audit.open_term")
    assert (opening.actor, opening.object_id, opening.outcome) == (world.kien.pk, world.lan.pk, "read")
    assert opening.detail["event"] == event.pk
    assert queries.told([opening], opens_reasons=True)[0].reason == REASON


@pytest.mark.parametrize("reason", ["", "vì cần"])
def test_without_a_reason_the_words_stay_sealed(world: World, case: Case, reason: str) -> None:
    event = searched(world)

    answer = open_term(world.kien, event.pk, reason=reason)
    assert answer.status_code == 400
    assert TERM not in text_of(answer)
    assert not AuditEvent.objects.filter(action="audit.open_term").exists()


def test_words_of_somebody_elsewhere_and_of_what_is_no_search_are_not_there(world: World, case: Case) -> None:
    searched(world)
    signed_in(world.tuan).post(reverse("search"), {"q": TERM})
    elsewhere = AuditEvent.objects.filter(action="case.search").latest("pk")
    reading = AuditEvent.objects.filter(action="case.view", actor=world.lan.pk).first()

    for event in (elsewhere.pk, reading.pk if reading else 0, 10**12, "x", ""):
        assert open_term(world.kien, event, reason=REASON).status_code == 404


def test_a_search_that_found_a_case_locked_against_the_auditor_stays_sealed(world: World, case: Case) -> None:
    event = searched(world)
    assert str(case.pk) in event.detail["shown"]
    ConflictLock.objects.create(user=world.kien, case=case, at=world.now, source="declared")

    assert open_term(world.kien, event.pk, reason=REASON).status_code == 404


def test_rest_opens_the_words_for_the_auditor_alone(world: World, case: Case) -> None:
    event = searched(world)
    body = {"event": event.pk, "reason": REASON}

    def ask(user: User) -> Any:
        return signed_in(user).post(reverse("api:audit-open-term"), body, content_type="application/json")

    assert ask(world.kien).json() == {"event": event.pk, "term": TERM}
    assert [ask(world.users[name]).status_code for name in ("lan", "mai", "son")] == [403, 403, 403]
    assert open_term(world.mai, event.pk, reason=REASON).status_code == 403
    rows = signed_in(world.kien).get(reverse("api:audit-events"), {"outcome": "searched"}).json()["results"]
    assert [(row["event"], row["has_term"]) for row in rows if row["action"] == "case.search"] == [
        (event.pk, True)
    ]
