"""REST of cases and their people: the same verbs, the same refusals, and nothing protected in any answer."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.cases import actions
from casework.cases.models import Case, Participant
from casework.http.models import IdempotencyKey
from casework.organisations.models import User
from casework.people.models import Address, Person, Phone, SafeContact
from tests.cases.acting import REASON, Doing, part_of, row
from tests.world import World

SECRETS = ("Bản Kín", "Nhà bà Hặc")


class Caller:
    """Somebody calling the REST addresses by their names."""

    def __init__(self, user: User) -> None:
        self.client = Client(enforce_csrf_checks=False)
        self.client.force_login(user)

    def get(self, name: str, *args: object, **query: str) -> Any:
        return self.client.get(reverse(f"api:{name}", args=args), query)

    def post(
        self, name: str, *args: object, body: object = None, seen: int | None = None, key: str = ""
    ) -> Any:
        headers = {}
        if seen is not None:
            headers["If-Match"] = f'"{seen}"'
        if key:
            headers["Idempotency-Key"] = key
        return self.client.post(
            reverse(f"api:{name}", args=args),
            body if body is not None else {},
            content_type="application/json",
            headers=headers,
        )


@pytest.fixture
def lan(world: World) -> Caller:
    return Caller(world.lan)


def key() -> str:
    return uuid4().hex


def fresh(instance: Any) -> Any:
    return row(type(instance), pk=instance.pk)


# --- cases ---


def test_the_list_and_the_record_are_those_of_the_viewer(world: World, lan: Caller, doing: Doing):
    listed = lan.get("case-list").json()

    assert [one["number"] for one in listed["results"]] == [doing.case.number]
    record = lan.get("case-record", doing.case.pk)
    assert record["ETag"] == f'"{doing.case.version}"'
    assert record.json()["commune"] == "03325"
    assert "full_name" not in record.content.decode()
    assert Caller(world.minh).get("case-list").json() == {"results": [], "next": None}
    assert Caller(world.minh).get("case-record", doing.case.pk).status_code == 404
    assert Caller(world.son).get("case-list").status_code == 403


def test_the_list_takes_the_filters_of_the_page(lan: Caller, doing: Doing):
    assert lan.get("case-list", state="open").json()["results"]
    assert not lan.get("case-list", state="closed").json()["results"]
    assert lan.get("case-list", state="burnt").status_code == 400
    assert lan.get("case-list", number="1").status_code == 400


def test_a_case_without_a_clock_has_no_next_hour(lan: Caller, doing: Doing):
    assert lan.get("case-record", doing.case.pk).json()["next_due_at"]
    doing.case.next_due_kind = ""
    doing.case.save()

    assert lan.get("case-record", doing.case.pk).json()["next_due_at"] is None


def test_people_are_put_on_a_case_and_taken_off(world: World, lan: Caller, doing: Doing):
    body = {"user": str(world.minh.pk), "lead": False}

    assert lan.post("case-assign", doing.case.pk, body=body).status_code == 428
    assert lan.post("case-assign", doing.case.pk, body=body, seen=0).status_code == 412
    answer = lan.post("case-assign", doing.case.pk, body=body, seen=doing.case.version)
    assert answer.status_code == 200
    assert Caller(world.minh).get("case-record", doing.case.pk).status_code == 200

    released = lan.post(
        "case-release", doing.case.pk, body={"user": str(world.minh.pk)}, seen=fresh(doing.case).version
    )
    assert released.status_code == 200
    assert Caller(world.minh).get("case-record", doing.case.pk).status_code == 404


def test_a_broken_rule_has_a_stable_code(world: World, lan: Caller, doing: Doing):
    answer = lan.post(
        "case-release", doing.case.pk, body={"user": str(world.lan.pk)}, seen=doing.case.version
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "lead_stays")


def test_a_case_is_handed_over(world: World, lan: Caller, doing: Doing):
    answer = lan.post(
        "case-transfer",
        doing.case.pk,
        body={
            "to_unit": str(world.agencies["elsewhere"].pk),
            "lead": str(world.tuan.pk),
            "kind": "moved",
            "reason": "Đã chuyển nơi ở",
        },
        seen=doing.case.version,
    )

    assert answer.status_code == 200
    assert "Đã chuyển" not in answer.content.decode()
    assert lan.get("case-record", doing.case.pk).status_code == 404
    assert Caller(world.tuan).get("case-record", doing.case.pk).status_code == 200


def test_sealing_and_declaring(world: World, lan: Caller, doing: Doing):
    seen = doing.case.version
    body = {"reason": "Có người quen trong xã"}
    assert lan.post("case-seal", doing.case.pk, body=body, seen=seen).status_code == 403
    assert Caller(world.mai).post("case-seal", doing.case.pk, body=body, seen=seen).status_code == 200

    mai = Caller(world.mai)
    assert mai.post("case-declare-conflict", doing.case.pk, seen=fresh(doing.case).version).status_code == 200
    assert mai.get("case-record", doing.case.pk).status_code == 404


def test_details_are_corrected_in_part(lan: Caller, doing: Doing):
    answer = lan.post("case-edit", doing.case.pk, body={"language": "thai"}, seen=doing.case.version)

    assert answer.status_code == 200
    assert (fresh(doing.case).language, fresh(doing.case).origin) == ("thai", "report")


# --- people ---


def test_people_of_a_case_are_listed_and_added_once(lan: Caller, doing: Doing):
    body = {"role": "child", "full_name": "Lường Thị Bé", "birth_date": "2018-09"}
    same = key()

    assert lan.post("case-people", doing.case.pk, body=body).status_code == 400
    first = lan.post("case-people", doing.case.pk, body=body, key=same)
    again = lan.post("case-people", doing.case.pk, body=body, key=same)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["role"] == "child"
    assert "Lường" not in first.content.decode()
    listed = lan.get("case-people", doing.case.pk).json()["results"]
    assert [one["full_name"] for one in listed if one["role"] == "child"] == ["Lường Thị Bé"]
    assert Participant.objects.everything(reason="test").filter(case=doing.case).count() == 4


def test_a_list_of_people_costs_the_same_for_any_number(
    world: World, lan: Caller, doing: Doing, django_assert_max_num_queries
):
    lan.get("case-people", doing.case.pk)
    with django_assert_max_num_queries(40) as few:
        lan.get("case-people", doing.case.pk)
    for number in range(5):
        actions.add_person(
            case=doing.case,
            by=world.lan,
            at=world.now,
            answers={"role": "witness", "full_name": f"Người Thứ {number}"},
        )
    lan.get("case-people", doing.case.pk)
    with django_assert_max_num_queries(40) as many:
        lan.get("case-people", doing.case.pk)

    assert len(few) == len(many)


def test_somebody_is_shown_as_the_case_shows_them(lan: Caller, doing: Doing):
    answer = lan.get("person-record", doing.victim.pk)

    shown = answer.json()
    assert answer["ETag"] == f'"{fresh(doing.victim).version}"'
    assert shown["case"] == str(doing.case.pk)
    assert shown["full_name"] == "Lò Thị Mẫu"
    assert shown["contacting"]["allowed"] is True
    assert [phone["number"] for phone in shown["phones"]] == ["+84912345678"]
    assert [(one["kind"], one["is_protected"]) for one in shown["addresses"]] == [
        ("contact", False),
        ("safe", True),
    ]
    assert [one["relation"] for one in shown["kin"]] == ["spouse"]
    assert not any(secret in answer.content.decode() for secret in SECRETS)
    event = AuditEvent.objects.filter(action="person.view").latest("pk")
    assert (event.case_id, event.object_id) == (doing.case.pk, doing.victim.pk)


def test_numbers_are_hidden_over_rest_too(lan: Caller, doing: Doing):
    ended = lan.post(
        "safe-contact-end",
        doing.contact.pk,
        body={"ended_by": "phone_taken"},
        seen=fresh(doing.contact).version,
    )
    assert ended.json()["ended_by"] == "phone_taken"

    answer = lan.get("person-record", doing.victim.pk)
    assert answer.json()["contacting"]["why"] == "ended"
    assert "+84912345678" not in answer.content.decode()


def test_a_person_is_corrected_in_part_and_never_by_an_old_version(lan: Caller, doing: Doing):
    seen = fresh(doing.victim).version
    body = {"religion": "Không", "birth_date": "1991-02"}

    assert lan.post("person-edit", doing.victim.pk, body=body, seen=seen).status_code == 200
    assert lan.post("person-edit", doing.victim.pk, body=body, seen=seen).status_code == 412
    assert lan.post("person-edit", doing.victim.pk, body={"colour": "x"}, seen=seen).status_code == 400
    person = fresh(doing.victim)
    assert (person.religion, person.birth_date, person.full_name) == ("Không", "1991-02", "Lò Thị Mẫu")


def test_phones_addresses_contact_and_kinship(lan: Caller, doing: Doing):
    person = doing.victim.pk
    phone = lan.post("phone-add", person, body={"number": "0912 000 555", "whose": "own"}, key=key())
    assert phone.status_code == 201
    edited = lan.post(
        "phone-edit", phone.json()["id"], body={"safe_to_call": "no"}, seen=phone.json()["version"]
    )
    assert edited.json()["safe_to_call"] == "no"
    assert row(Phone, pk=phone.json()["id"]).number == "+84912000555"

    address = lan.post(
        "address-add", person, body={"kind": "safe", "area": "03325", "detail": "Nhà khác"}, key=key()
    )
    assert address.status_code == 201
    assert row(Address, pk=address.json()["id"]).sealed_area == "03325"
    assert row(SafeContact, person=doing.victim).ended_by == "moved"
    kept = lan.post(
        "address-edit", address.json()["id"], body={"who_knows": "Lan"}, seen=address.json()["version"]
    )
    assert kept.status_code == 200

    agreed = lan.post(
        "safe-contact-set",
        person,
        body={"permission": "yes", "confirmed_on": str(doing.contact.confirmed_on), "channel": "call"},
        key=key(),
    )
    assert (agreed.status_code, agreed.json()["id"]) == (201, str(doing.contact.pk))

    kin = lan.post(
        "kinship-add", person, body={"other": str(doing.perpetrator.pk), "relation": "cohabiting"}, key=key()
    )
    assert kin.json()["relation"] == "cohabiting"
    assert part_of(doing.case, doing.perpetrator).relation == "cohabiting"


def test_a_part_is_corrected_and_a_main_person_named(world: World, lan: Caller, doing: Doing):
    changed = lan.post(
        "participant-edit", doing.witness.pk, body={"role": "victim"}, seen=doing.witness.version
    )
    assert changed.json()["role"] == "victim"

    named = lan.post("participant-main", doing.witness.pk, seen=changed.json()["version"])
    assert named.json()["is_main"] is True
    assert not part_of(doing.case, doing.victim).is_main


@pytest.mark.parametrize(("name", "status"), [("pao", 403), ("minh", 404), ("tuan", 404)])
def test_others_change_nothing(world: World, doing: Doing, name: str, status: int):
    caller = Caller(world.users[name])
    seen = fresh(doing.victim).version

    for answer in (
        caller.post("person-edit", doing.victim.pk, body={"sex": "male"}, seen=seen),
        caller.post("phone-add", doing.victim.pk, body={"number": "0912 000 555"}, key=key()),
        caller.post("phone-edit", doing.phone.pk, body={"safe_to_call": "no"}, seen=doing.phone.version),
        caller.post("address-add", doing.victim.pk, body={"kind": "contact"}, key=key()),
        caller.post("case-people", doing.case.pk, body={"role": "child"}, key=key()),
    ):
        assert answer.status_code == status
    assert fresh(doing.victim).version == seen


def test_the_case_is_chosen_where_somebody_has_a_part_in_several(world: World, lan: Caller, doing: Doing):
    newer = world.case(at=world.at(hours=1))
    actions.add_person(
        case=newer, by=world.lan, at=world.now, answers={"role": "witness", "person": doing.victim.pk}
    )

    assert lan.get("person-record", doing.victim.pk).json()["case"] == str(newer.pk)
    named = lan.get("person-record", doing.victim.pk, case=str(doing.case.pk))
    assert named.json()["case"] == str(doing.case.pk)
    assert lan.get("person-record", doing.victim.pk, case=str(uuid4())).status_code == 404
    assert lan.get("person-record", doing.victim.pk, case="x").status_code == 400
    assert lan.get("person-record", doing.victim.pk, colour="x").status_code == 400


# --- revealing and searching ---


def test_a_safe_address_is_revealed_for_a_reason_and_kept_nowhere(lan: Caller, doing: Doing):
    assert lan.post("address-reveal", doing.safe.pk, body={"reason": "x"}).status_code == 400
    answer = lan.post("address-reveal", doing.safe.pk, body={"reason": REASON}, key=key())

    assert answer.json()["detail"] == "Nhà bà Hặc"
    assert answer.json()["area"] == "03325"
    assert answer["Cache-Control"] == "no-store"
    event = AuditEvent.objects.filter(action="person.reveal_address").latest("pk")
    assert (event.case_id, event.fields) == (doing.case.pk, ["address"])
    assert not IdempotencyKey.objects.exists()
    assert lan.client.get(reverse("api:address-reveal", args=[doing.safe.pk])).status_code == 405


@pytest.mark.parametrize(("name", "status"), [("pao", 403), ("minh", 404), ("hoa", 404)])
def test_others_reveal_nothing(world: World, doing: Doing, name: str, status: int):
    answer = Caller(world.users[name]).post("address-reveal", doing.safe.pk, body={"reason": REASON})

    assert answer.status_code == status
    assert not any(secret in answer.content.decode() for secret in SECRETS)


def test_a_search_is_a_post(world: World, lan: Caller, doing: Doing):
    found = lan.post("search", body={"q": "lo thi mau 1990"}).json()["results"]

    assert [(one["case"], one["person"], one["by"]) for one in found] == [
        (str(doing.case.pk), str(doing.victim.pk), "name")
    ]
    assert Caller(world.minh).post("search", body={"q": "lo thi mau 1990"}).json() == {"results": []}
    assert Caller(world.hoa).post("search", body={"q": "lo thi mau 1990"}).status_code == 403
    assert lan.post("search", body={"q": "1990"}).status_code == 400
    assert lan.client.get(reverse("api:search")).status_code == 405
    assert Case.objects.visible_to(world.lan).count() == 1
    assert Person.objects.visible_to(world.lan).count() == 3
