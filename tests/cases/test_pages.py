"""The pages of a case's people and team: each opens, keeps what was typed, and shows only what it may."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from casework.audit.models import AuditEvent
from casework.base.dates import display_date
from casework.cases import actions
from casework.cases.models import Case, ConflictLock, Participant
from casework.http.fields import communes
from casework.organisations.models import User
from casework.people.models import Address, Person, Phone, SafeContact
from tests.cases.acting import REASON, Doing, part_of, row
from tests.world import World

SECRETS = ("Bản Kín", "Nhà bà Hặc")


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "vi"})
    client.force_login(user)
    return client


@pytest.fixture
def lan(world: World) -> Client:
    return signed_in(world.lan)


def addresses(doing: Doing) -> dict[str, str]:
    """Every page of the room by its route."""
    case, person = doing.case, doing.victim
    args: Mapping[str, list[object]] = {
        "case-list": [],
        "search": [],
        "case-people": [case.pk],
        "case-team": [case.pk],
        "person-add": [case.pk],
        "person-edit": [case.pk, person.pk],
        "participant-edit": [case.pk, doing.witness.pk],
        "phone-add": [case.pk, person.pk],
        "phone-edit": [case.pk, doing.phone.pk],
        "address-add": [case.pk, person.pk],
        "address-edit": [case.pk, doing.safe.pk],
        "address-reveal": [case.pk, doing.safe.pk],
        "safe-contact-set": [case.pk, person.pk],
        "safe-contact-end": [case.pk, person.pk],
        "kinship-add": [case.pk, person.pk],
        "kinship-edit": [case.pk, doing.kinship.pk],
        "case-assign": [case.pk],
        "case-release": [case.pk],
        "case-transfer": [case.pk],
        "case-seal": [case.pk],
        "case-declare-conflict": [case.pk],
        "case-edit": [case.pk],
    }
    return {name: reverse(name, args=given) for name, given in args.items()}


def statuses(user: User, doing: Doing) -> dict[str, int]:
    client = signed_in(user)
    return {name: client.get(url).status_code for name, url in addresses(doing).items()}


def url(doing: Doing, name: str) -> str:
    return addresses(doing)[name]


def rows(model: Any) -> set[Any]:
    return set(model.objects.everything(reason="test"))


# --- who comes where ---

LOOKING = {"case-list", "search", "case-people", "case-team"}
LISTS = {"case-list", "search"}


def test_the_worker_may_everything_but_sealing(world: World, doing: Doing):
    found = statuses(world.lan, doing)

    assert found == {name: 403 if name == "case-seal" else 200 for name in found}


def test_the_chair_looks_and_assigns_and_seals(world: World, doing: Doing):
    found = statuses(world.pao, doing)

    may = LOOKING | {"case-assign", "case-release", "case-seal", "case-declare-conflict"}
    assert found == {name: 200 if name in may else 403 for name in found}


def test_a_colleague_finds_no_such_case(world: World, doing: Doing):
    found = statuses(world.minh, doing)

    assert found == {name: 200 if name in LISTS else 404 for name in found}


@pytest.mark.parametrize("name", ["hoa", "son"])
def test_others_have_no_list_and_no_search_either(world: World, doing: Doing, name: str):
    found = statuses(world.users[name], doing)

    assert found == {page: 403 if page in LISTS else 404 for page in found}


def test_a_stranger_signs_in_first(doing: Doing):
    for address in addresses(doing).values():
        assert Client().get(address).status_code == 302


def test_every_opening_is_remembered_with_its_page(lan: Client, doing: Doing):
    lan.get(url(doing, "case-people"))

    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.outcome, event.case_id) == ("case.view", AuditEvent.READ, doing.case.pk)
    assert event.detail["page"] == "people"


# --- what a page shows ---


def test_no_page_but_the_revealing_one_holds_a_safe_address(world: World, lan: Client, doing: Doing):
    for name, address in addresses(doing).items():
        body = lan.get(address).content.decode()
        assert not any(secret in body for secret in SECRETS), name


def test_titles_say_nothing(lan: Client, doing: Doing):
    for address in addresses(doing).values():
        assert "<title>Hồ sơ</title>" in lan.get(address).content.decode()


def test_the_list_shows_initials_and_never_a_name(lan: Client, doing: Doing):
    body = lan.get(reverse("case-list")).content.decode()

    assert "L.T.M." in body
    assert "Lò Thị Mẫu" not in body
    assert doing.case.number in body


def test_numbers_are_shown_while_contact_is_safe_and_hidden_when_not(lan: Client, doing: Doing):
    shown = lan.get(url(doing, "case-people")).content.decode()
    assert "0912 345 678" in shown
    assert "thư viện" in shown

    lan.post(url(doing, "safe-contact-end"), {"ended_by": "phone_taken", "version": doing.contact.version})

    hidden = lan.get(url(doing, "case-people")).content.decode()
    assert "0912 345 678" not in hidden
    assert "thư viện" not in hidden
    assert "Không liên hệ" in hidden
    assert "0912 345 678" not in lan.get(url(doing, "phone-edit")).content.decode()
    assert "thư viện" not in lan.get(url(doing, "safe-contact-set")).content.decode()


def test_what_may_not_be_done_is_not_offered(world: World, doing: Doing):
    body = signed_in(world.pao).get(url(doing, "case-people")).content.decode()

    for name in ("person-add", "person-edit", "phone-add", "address-reveal", "safe-contact-set"):
        assert url(doing, name) not in body


def test_a_closed_case_offers_no_changes(lan: Client, doing: Doing):
    doing.case.state = "closed"
    doing.case.save()

    body = lan.get(url(doing, "case-people")).content.decode()

    assert url(doing, "person-edit") not in body
    assert url(doing, "address-reveal") in body


def test_lists_refuse_filters_and_cursors_that_are_not_ours(lan: Client, doing: Doing):
    assert lan.get(reverse("case-list"), {"state": "closed"}).status_code == 200
    assert lan.get(reverse("case-list"), {"state": "burnt"}).status_code == 400
    assert lan.get(reverse("case-list"), {"after": "x"}).status_code == 400


# --- revealing ---


def test_a_safe_address_opens_once_for_a_reason_told_in_the_memory_of_its_case(lan: Client, doing: Doing):
    address = url(doing, "address-reveal")
    assert not any(secret in lan.get(address).content.decode() for secret in SECRETS)

    answer = lan.post(address, {"reason": REASON})

    assert all(secret in answer.content.decode() for secret in SECRETS)
    assert answer["Cache-Control"] == "no-store"
    event = AuditEvent.objects.filter(action="person.reveal_address", object_type="address").latest("pk")
    assert (event.case_id, event.object_id, event.fields) == (doing.case.pk, doing.safe.pk, ["address"])
    assert (event.outcome, event.detail["basis"]) == (AuditEvent.READ, "case")
    assert event.reason
    assert not any(secret in lan.get(address).content.decode() for secret in SECRETS)


@pytest.mark.parametrize("reason", ["", "  ", "x", "cần xem"])
def test_without_a_reason_it_stays_shut(lan: Client, doing: Doing, reason: str):
    answer = lan.post(url(doing, "address-reveal"), {"reason": reason})

    assert answer.status_code == 400
    assert not any(secret in answer.content.decode() for secret in SECRETS)


@pytest.mark.parametrize(("name", "status"), [("pao", 403), ("minh", 404), ("hoa", 404), ("tuan", 404)])
def test_others_do_not_see_it_whatever_they_write(world: World, doing: Doing, name: str, status: int):
    answer = signed_in(world.users[name]).post(url(doing, "address-reveal"), {"reason": REASON})

    assert answer.status_code == status
    assert not any(secret in answer.content.decode() for secret in SECRETS)


def test_a_shelter_is_for_the_shelter_alone(world: World, lan: Client, doing: Doing):
    shelter = actions.add_address(
        case=doing.case,
        person=doing.victim,
        by=world.lan,
        at=world.now,
        answers={"kind": "shelter", "detail": "Nơi không ai biết"},
    )

    for user in (world.lan, world.mai):
        address = reverse("address-reveal", args=[doing.case.pk, shelter.pk])
        answer = signed_in(user).post(address, {"reason": REASON})
        assert answer.status_code == 403
        assert "Nơi không ai biết" not in answer.content.decode()
    assert "Nơi không ai biết" not in lan.get(url(doing, "case-people")).content.decode()


def test_an_address_is_not_revealed_through_a_case_against_the_person(
    world: World, lan: Client, doing: Doing
):
    against = world.case()
    actions.add_person(
        case=against, by=world.lan, at=world.now, answers={"role": "perpetrator", "person": doing.victim.pk}
    )

    address = reverse("address-reveal", args=[against.pk, doing.safe.pk])

    assert lan.post(address, {"reason": REASON}).status_code == 404


def test_what_the_database_is_asked_does_not_say_where_somebody_hides(lan: Client, doing: Doing):
    """A server of databases shows its statements to whoever watches it, and may write them to a log."""
    place, known = communes().order_by("-code")[0], rows(Address)
    with CaptureQueriesContext(connection) as asked:
        answer = lan.post(
            url(doing, "address-add"), {"kind": "safe", "area": place.code, "detail": "Nhà dì."}
        )
        (safe,) = rows(Address) - known
        shown = lan.post(reverse("address-reveal", args=[doing.case.pk, safe.pk]), {"reason": REASON})
        edited = lan.get(reverse("address-edit", args=[doing.case.pk, safe.pk]))

    assert (answer.status_code, safe.sealed_area, edited.status_code) == (302, place.code, 200)
    assert place.name in shown.content.decode()
    told = [
        one["sql"] for one in asked if f"'{place.code}'" in one["sql"] or f'"id" = {place.pk}' in one["sql"]
    ]
    assert told == []


# --- changing ---


def test_somebody_new_is_added(lan: Client, doing: Doing):
    answer = lan.post(
        url(doing, "person-add"), {"role": "child", "full_name": "Lường Thị Bé", "birth_date": "2018"}
    )

    assert answer.status_code == 302
    part = Participant.objects.everything(reason="test").filter(case=doing.case, role="child").get()
    assert (part.person.full_name, part.person.birth_date) == ("Lường Thị Bé", "2018")


def test_somebody_alike_is_shown_before_a_second_person_is_made(lan: Client, doing: Doing):
    told = {"role": "supporter", "full_name": "lo van chung", "birth_date": "1970"}

    asked = lan.post(url(doing, "person-add"), told)
    body = asked.content.decode()
    assert asked.status_code == 200
    assert 'name="looked"' in body
    assert f"Lò Văn Chứng, 1970 · {doing.case.number}" in body
    assert Person.objects.everything(reason="test").count() == 3

    same = lan.post(url(doing, "person-add"), {**told, "looked": "1", "person": str(doing.witness.person_id)})
    assert same.status_code == 302
    assert Person.objects.everything(reason="test").count() == 3

    other = lan.post(url(doing, "person-add"), {**told, "role": "child", "looked": "1"})
    assert other.status_code == 302
    assert Person.objects.everything(reason="test").count() == 4


def test_nobody_can_be_added_by_an_id_that_was_not_offered(world: World, lan: Client, doing: Doing):
    stranger = Person(full_name="Không Ai Biết")
    stranger.save()

    answer = lan.post(
        url(doing, "person-add"),
        {
            "role": "supporter",
            "full_name": "lo van chung",
            "birth_date": "1970",
            "looked": "1",
            "person": str(stranger.pk),
        },
    )

    assert answer.status_code == 400


def test_what_was_typed_is_kept_when_a_rule_says_no(lan: Client, doing: Doing):
    answer = lan.post(url(doing, "phone-add"), {"number": "0912 345 678", "who_may_answer": "em gái"})

    assert answer.status_code == 409
    assert "em gái" in answer.content.decode()


def test_an_old_form_is_told_that_somebody_was_faster(world: World, lan: Client, doing: Doing):
    page = lan.get(url(doing, "person-edit"))
    seen = page.context["form"]["version"].value()
    actions.edit_person(
        case=doing.case, person=doing.victim, by=world.lan, at=world.now, answers={"religion": "Không"}
    )

    answer = lan.post(url(doing, "person-edit"), {"full_name": "Lò Thị Khác", "version": seen})

    assert answer.status_code == 412
    assert row(Person, pk=doing.victim.pk).full_name == "Lò Thị Mẫu"


def test_a_person_is_corrected(lan: Client, doing: Doing):
    version = row(Person, pk=doing.victim.pk).version
    answer = lan.post(
        url(doing, "person-edit"),
        {
            "full_name": "Lò Thị Mậu",
            "sex": "female",
            "birth_date": "3/1990",
            "identity_kind": "citizen_12",
            "identity_number": "0111",
            "languages": ["thai", "vietnamese"],
            "version": version,
        },
        follow=True,
    )

    person = row(Person, pk=doing.victim.pk)
    assert (person.full_name, person.birth_date, person.languages) == (
        "Lò Thị Mậu",
        "1990-03",
        ["thai", "vietnamese"],
    )
    assert "đúng 12 chữ số" in answer.content.decode()


def test_contact_is_agreed_on_its_page(lan: Client, doing: Doing):
    version = row(SafeContact, pk=doing.contact.pk).version
    today = display_date(doing.contact.confirmed_on)  # type: ignore[arg-type]
    answer = lan.post(
        url(doing, "safe-contact-set"),
        {"permission": "yes", "confirmed_on": today, "channel": "meet_elsewhere", "version": version},
        follow=True,
    )

    assert "Gặp ở nơi khác" in answer.content.decode()


def test_a_kinship_is_corrected_from_the_other_end(lan: Client, doing: Doing):
    page = lan.get(url(doing, "kinship-edit"))
    version = page.context["form"]["version"].value()

    lan.post(
        url(doing, "kinship-edit"),
        {"other": str(doing.perpetrator.pk), "relation": "former_spouse", "version": version},
    )

    assert part_of(doing.case, doing.perpetrator).relation == "former_spouse"


def test_a_main_person_is_named_with_one_button(world: World, lan: Client, doing: Doing):
    second = actions.add_person(
        case=doing.case, by=world.lan, at=world.now, answers={"role": "victim", "full_name": "Lò Thị Hai"}
    )
    address = reverse("participant-main", args=[doing.case.pk, second.pk])

    assert address in lan.get(url(doing, "case-people")).content.decode()
    assert lan.get(address).status_code == 405
    lan.post(address)

    assert row(Participant, pk=second.pk).is_main


def test_a_row_of_another_case_does_not_exist_here(world: World, lan: Client, doing: Doing):
    other = world.case()
    stranger = world.victim(other)
    phone = row(Phone, person=stranger)

    for name, args in {
        "person-edit": [doing.case.pk, stranger.pk],
        "phone-add": [doing.case.pk, stranger.pk],
        "phone-edit": [doing.case.pk, phone.pk],
        "address-edit": [doing.case.pk, row(Address, person=stranger).pk],
        "participant-edit": [doing.case.pk, part_of(other, stranger).pk],
    }.items():
        assert lan.get(reverse(name, args=args)).status_code == 404, name


# --- the team ---


def test_a_case_is_handed_over_in_two_steps(world: World, lan: Client, doing: Doing):
    unit = world.agencies["elsewhere"]
    address = url(doing, "case-transfer")
    assert unit.name in lan.get(address).content.decode()
    second = lan.get(address, {"unit": str(unit.pk)}).content.decode()
    assert world.tuan.full_name in second
    assert world.minh.full_name not in second

    answer = lan.post(
        address,
        {
            "to_unit": str(unit.pk),
            "lead": str(world.tuan.pk),
            "kind": "moved",
            "reason": "Đã chuyển nơi ở",
        },
    )

    assert answer["Location"] == reverse("case-list")
    assert lan.get(url(doing, "case-team")).status_code == 404
    assert row(Case, pk=doing.case.pk).lead_id == world.tuan.pk


def test_somebody_is_put_on_and_taken_off(world: World, lan: Client, doing: Doing):
    assert lan.post(url(doing, "case-assign"), {"user": str(world.minh.pk)}).status_code == 302
    assert world.minh.full_name in lan.get(url(doing, "case-team")).content.decode()
    assert lan.post(url(doing, "case-release"), {"user": str(world.minh.pk)}).status_code == 302
    assert signed_in(world.minh).get(url(doing, "case-team")).status_code == 404


def test_sealing_takes_the_case_from_the_chair_who_does_it(world: World, doing: Doing):
    pao = signed_in(world.pao)

    answer = pao.post(url(doing, "case-seal"), {"reason": "Có người quen trong xã"})

    assert answer["Location"] == reverse("case-list")
    assert pao.get(url(doing, "case-people")).status_code == 404


def test_declaring_closes_the_case_to_oneself(world: World, lan: Client, doing: Doing):
    refused = lan.post(url(doing, "case-declare-conflict"))
    assert refused.status_code == 409
    assert ConflictLock.objects.count() == 0

    pao = signed_in(world.pao)
    assert pao.post(url(doing, "case-declare-conflict"))["Location"] == reverse("case-list")
    assert pao.get(url(doing, "case-people")).status_code == 404


# --- searching ---


def test_a_search_comes_and_goes_in_the_body(lan: Client, doing: Doing):
    answer = lan.post(reverse("search"), {"q": "lo thi mau"})

    body = answer.content.decode()
    assert doing.case.number in body
    assert "Lò Thị Mẫu, 1990" in body
    assert "lo+thi" not in body


def test_nothing_found_and_nothing_asked_are_said_kindly(lan: Client, doing: Doing):
    assert "Không tìm thấy" in lan.post(reverse("search"), {"q": "Không Có Ai"}).content.decode()
    assert lan.post(reverse("search"), {"q": "1990"}).status_code == 400
    assert lan.post(reverse("search"), {"q": ""}).status_code == 400
    with override("vi"):
        assert lan.get(reverse("search")).status_code == 200
