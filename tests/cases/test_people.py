"""What is kept of the people of a case, and what each verb leaves behind."""

from datetime import date, timedelta
from typing import Any

import pytest

from casework.access.commands import expecting
from casework.audit.models import AuditEvent
from casework.base.clock import local_date
from casework.base.dates import PartialDate
from casework.base.refusals import NotVisible, Refused, Stale
from casework.cases import actions, queries
from casework.cases.models import Case, CaseLink, Participant
from casework.people.matching import candidates
from casework.people.models import Address, Kinship, Person, SafeContact
from tests.cases.acting import NEW_PERSON, Doing, part_of, row
from tests.world import World


@pytest.fixture
def how(world: World, doing: Doing) -> dict[str, Any]:
    return {"case": doing.case, "by": world.lan, "at": world.now}


def fresh(instance: Any) -> Any:
    return row(type(instance), pk=instance.pk)


def card_of(doing: Doing, person: Person) -> queries.PersonCard:
    return queries.people_of(doing.case, at=doing.world.now, person_id=person.pk)[0]


# --- adding people ---


def test_a_new_person_gets_a_part_and_can_be_found_again(doing: Doing, how: dict[str, Any]):
    part = actions.add_person(
        answers={
            "role": "child",
            "relation": "child",
            "full_name": "Lường Thị Bé",
            "sex": "female",
            "birth_date": PartialDate(2018, 9),
            "identity_kind": "citizen_12",
            "identity_number": " 011 318 004 321 ",
        },
        **how,
    )

    person = part.person
    assert (part.role, part.relation, part.age_band, part.is_main) == ("child", "child", "under_16", False)
    assert (person.birth_date, person.birth_precision) == ("2018-09", "month")
    assert person.identity_number == "011318004321"
    assert candidates(identity="011318004321") == [person.pk]
    assert candidates(full_name="luong thi be", birth_date="2018") == [person.pk]


def test_a_person_of_another_case_one_may_see_is_added_as_the_same_person(world: World, doing: Doing, how):
    other = world.case()
    known = world.perpetrator(other)

    part = actions.add_person(answers={"role": "witness", "person": known.pk}, **how)

    assert part.person_id == known.pk
    assert part.relation == "unknown"


def test_a_person_one_may_not_see_cannot_be_added(world: World, doing: Doing):
    elsewhere = Person(full_name="Không Ai Biết")
    elsewhere.save()

    with pytest.raises(NotVisible):
        actions.add_person(
            case=doing.case, by=world.lan, at=world.now, answers={"role": "witness", "person": elsewhere.pk}
        )


def test_nobody_has_the_same_part_twice(doing: Doing, how: dict[str, Any]):
    with pytest.raises(Refused, match="already_participant"):
        actions.add_person(answers={"role": "victim", "person": doing.victim.pk}, **how)
    second = actions.add_person(answers={"role": "child", "person": doing.victim.pk}, **how)
    with pytest.raises(Refused, match="already_participant"):
        actions.edit_participant(participant=second, answers={"role": "victim"}, **how)


def test_the_first_with_a_main_role_is_the_main_person_until_another_is_named(doing: Doing, how):
    second = actions.add_person(answers={**NEW_PERSON, "role": "victim"}, **how)
    first = part_of(doing.case, doing.victim)
    assert (first.is_main, second.is_main) == (True, False)

    actions.set_main_participant(participant=second, **how)

    assert (fresh(first).is_main, fresh(second).is_main) == (False, True)
    with pytest.raises(Refused, match="main_stays"):
        actions.edit_participant(participant=second, answers={"role": "witness"}, **how)
    with pytest.raises(Refused, match="not_a_main_role"):
        actions.set_main_participant(participant=doing.witness, **how)


def test_a_new_main_person_links_the_earlier_cases_of_the_pair(world: World, doing: Doing, how):
    earlier = world.case()
    person = world.victim(earlier)
    actions.add_person(
        case=earlier,
        by=world.lan,
        at=world.now,
        answers={"role": "perpetrator", "person": doing.perpetrator.pk},
    )
    part = actions.add_person(answers={"role": "victim", "person": person.pk}, **how)

    actions.set_main_participant(participant=part, **how)
    actions.set_main_participant(participant=part, **how)

    link = row(CaseLink, case=doing.case)
    assert (link.other_id, link.kind) == (earlier.pk, "same_pair")
    assert row(Case, pk=doing.case.pk).is_repeat


def test_a_participant_of_another_case_does_not_exist_here(world: World, doing: Doing, how: dict[str, Any]):
    other = world.case()
    stranger = part_of(other, world.victim(other))

    for call in (
        lambda: actions.edit_participant(participant=stranger, answers={"role": "child"}, **how),
        lambda: actions.set_main_participant(participant=stranger, **how),
        lambda: actions.edit_person(person=stranger.person, answers={"sex": "male"}, **how),
        lambda: actions.add_phone(person=stranger.person, answers={"number": "+84912000123"}, **how),
        lambda: actions.set_kinship(
            person=doing.victim, answers={"other": stranger.person_id, "relation": "sibling"}, **how
        ),
    ):
        with pytest.raises(NotVisible):
            call()


# --- what is known of a person ---


def test_a_correction_keeps_history_and_names_only_what_changed(world: World, doing: Doing, how):
    actions.edit_person(
        person=doing.victim, answers={"full_name": "Lò Thị Mới", "sex": doing.victim.sex}, **how
    )

    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.fields, event.case_id) == ("person.edit", ["full_name"], doing.case.pk)
    assert [past.full_name for past in fresh(doing.victim).history.everything(reason="test")] == [
        "Lò Thị Mới",
        "Lò Thị Mẫu",
    ]


def test_what_does_not_fit_is_kept_and_doubted(doing: Doing, how: dict[str, Any]):
    actions.edit_person(
        person=doing.victim,
        answers={"identity_kind": "citizen_12", "identity_number": "011090001234"},
        **how,
    )

    doubts = card_of(doing, doing.victim).doubts
    assert fresh(doing.victim).identity_number == "011090001234"
    assert [doubt.code for doubt in doubts] == ["identity_sex"]


def test_a_corrected_birth_date_moves_the_age_band_of_every_case(world: World, doing: Doing, how):
    other = world.case()
    second = actions.add_person(
        case=other, by=world.lan, at=world.now, answers={"role": "witness", "person": doing.victim.pk}
    )

    actions.edit_person(person=doing.victim, answers={"birth_date": PartialDate(1950)}, **how)

    assert part_of(doing.case, doing.victim).age_band == "60_over"
    assert fresh(second).age_band == "60_over"


def test_a_perpetrator_found_to_be_an_official_seals_the_case(world: World, doing: Doing, how):
    actions.edit_person(person=doing.victim, answers={"official_kind": "police"}, **how)
    assert not row(Case, pk=doing.case.pk).is_sealed

    actions.edit_person(person=doing.perpetrator, answers={"official_kind": "police"}, **how)

    assert row(Case, pk=doing.case.pk).is_sealed
    assert not Case.objects.visible_to(world.pao).filter(pk=doing.case.pk).exists()
    assert AuditEvent.objects.latest("pk").detail["sealed_for"] == "police"


def test_an_added_perpetrator_who_is_an_official_seals_it_too(doing: Doing, how: dict[str, Any]):
    actions.add_person(answers={"role": "perpetrator", "full_name": "Ai Đó", "official_kind": "army"}, **how)

    assert row(Case, pk=doing.case.pk).is_sealed


def test_a_change_from_an_old_page_is_told_and_does_nothing(doing: Doing, how: dict[str, Any]):
    seen = doing.victim.version
    actions.edit_person(person=doing.victim, answers={"religion": "Không"}, **how)

    with expecting(seen), pytest.raises(Stale):
        actions.edit_person(person=doing.victim, answers={"religion": "Khác"}, **how)

    assert fresh(doing.victim).religion == "Không"


def test_the_version_that_counts_is_that_of_the_person_not_of_the_case(doing: Doing, how: dict[str, Any]):
    actions.edit_case(answers={"origin": "own_finding"}, **how)

    with expecting(fresh(doing.victim).version):
        actions.edit_person(person=doing.victim, answers={"religion": "Không"}, **how)

    assert fresh(doing.victim).religion == "Không"


# --- phones ---


def test_a_number_is_kept_once_and_found(doing: Doing, how: dict[str, Any]):
    actions.add_phone(person=doing.victim, answers={"number": "+84912000777", "safe_to_call": "yes"}, **how)

    assert candidates(phone="+84912000777") == [doing.victim.pk]
    with pytest.raises(Refused, match="phone_known"):
        actions.add_phone(person=doing.victim, answers={"number": "+84912000777"}, **how)


def test_a_corrected_number_is_no_longer_found(doing: Doing, how: dict[str, Any]):
    old = doing.phone.number

    actions.edit_phone(phone=doing.phone, answers={"number": "+84912000888"}, **how)

    assert candidates(phone=old) == []
    assert candidates(phone="+84912000888") == [doing.victim.pk]


def test_a_confirmation_cannot_lie_in_the_future(world: World, doing: Doing, how: dict[str, Any]):
    tomorrow = local_date(world.now) + timedelta(days=1)

    with pytest.raises(Refused, match="confirmed_in_future"):
        actions.edit_phone(phone=doing.phone, answers={"last_confirmed_on": tomorrow}, **how)
    with pytest.raises(Refused, match="confirmed_in_future"):
        actions.set_safe_contact(person=doing.victim, answers=doing.agreed(confirmed_on=tomorrow), **how)


def test_the_other_sides_number_is_flagged_on_both_cards(doing: Doing, how: dict[str, Any]):
    actions.add_phone(person=doing.perpetrator, answers={"number": doing.phone.number}, **how)

    victims, perpetrators = card_of(doing, doing.victim), card_of(doing, doing.perpetrator)

    assert len(victims.phones[0].flags) == 2
    assert len(perpetrators.phones[0].flags) == 1
    assert set(perpetrators.phones[0].flags) < set(victims.phones[0].flags)


# --- addresses ---


def test_the_commune_of_a_safe_address_is_sealed_with_the_rest(world: World, doing: Doing):
    stored = Address._base_manager.filter(pk=doing.safe.pk).values("area_id", "village", "detail").get()

    assert stored["area_id"] is None
    assert "Kín" not in str(stored)
    assert doing.safe.sealed_area == world.commune.code
    assert queries.area_of(doing.safe) == world.commune


def test_an_open_address_that_becomes_a_safe_one_loses_its_commune(world: World, doing: Doing, how):
    contact = row(Address, person=doing.victim, kind="contact")
    assert contact.area_id == world.commune.pk

    actions.edit_address(address=contact, answers={"kind": "safe"}, **how)

    assert (fresh(contact).area_id, fresh(contact).sealed_area) == (None, world.commune.code)


def test_a_safe_address_never_becomes_an_open_one(doing: Doing, how: dict[str, Any]):
    for kind in ("contact", "former"):
        with pytest.raises(Refused, match="protected_stays"):
            actions.edit_address(address=fresh(doing.safe), answers={"kind": kind}, **how)

    assert fresh(doing.safe).kind == "safe"


def test_what_is_left_empty_of_a_safe_address_stays(doing: Doing, how: dict[str, Any]):
    actions.edit_address(
        address=doing.safe,
        answers={"kind": "safe", "area": None, "village": "", "detail": "", "who_knows": "Chỉ Lan"},
        **how,
    )

    kept = fresh(doing.safe)
    assert (kept.village, kept.detail, kept.who_knows) == ("Bản Kín", "Nhà bà Hặc", "Chỉ Lan")


def test_an_address_cannot_end_before_it_began(doing: Doing, how: dict[str, Any]):
    with pytest.raises(Refused, match="address_dates"):
        actions.add_address(
            person=doing.victim,
            answers={"kind": "contact", "valid_from": date(2026, 5, 1), "valid_to": date(2026, 4, 1)},
            **how,
        )


def test_a_move_ends_what_was_agreed_about_contact(doing: Doing, how: dict[str, Any]):
    assert card_of(doing, doing.victim).contacting

    actions.add_address(person=doing.victim, answers={"kind": "contact", "village": "Bản Mới"}, **how)

    assert fresh(doing.contact).ended_by == "moved"
    assert not card_of(doing, doing.victim).contacting


def test_a_corrected_place_ends_it_too_and_who_knows_it_does_not(doing: Doing, how: dict[str, Any]):
    actions.edit_address(address=doing.safe, answers={"who_knows": "Chỉ Lan"}, **how)
    assert fresh(doing.contact).ended_by == ""

    actions.edit_address(address=fresh(doing.safe), answers={"detail": "Nhà khác"}, **how)
    assert fresh(doing.contact).ended_by == "moved"


def test_a_former_address_ends_nothing(doing: Doing, how: dict[str, Any]):
    actions.add_address(person=doing.victim, answers={"kind": "former", "village": "Bản Cũ"}, **how)

    assert fresh(doing.contact).ended_by == ""


def test_where_somebody_hides_is_not_written_down_through_a_case_against_them(doing: Doing, how):
    with pytest.raises(Refused, match="other_side"):
        actions.add_address(person=doing.perpetrator, answers={"kind": "safe"}, **how)
    with pytest.raises(Refused, match="other_side"):
        actions.set_safe_contact(person=doing.perpetrator, answers=doing.agreed(), **how)


# --- safe contact ---


def test_contact_is_agreed_once_and_then_again_on_the_same_row(doing: Doing, how: dict[str, Any]):
    again = actions.set_safe_contact(person=doing.victim, answers=doing.agreed(code_word="bánh"), **how)

    assert again.pk == doing.contact.pk
    assert fresh(doing.contact).code_word == "bánh"


def test_an_end_stops_contact_and_a_new_agreement_allows_it(doing: Doing, how: dict[str, Any]):
    actions.end_safe_contact(contact=doing.contact, ended_by="phone_taken", **how)
    ended = card_of(doing, doing.victim)
    assert (ended.contacting.why, ended.hides_numbers, ended.phones[0].number) == ("ended", True, "")

    actions.set_safe_contact(person=doing.victim, answers=doing.agreed(), **how)
    agreed = card_of(doing, doing.victim)
    assert (agreed.contacting.allowed, agreed.phones[0].number) == (True, doing.phone.number)


def test_what_was_agreed_is_not_shown_where_the_person_is_the_other_side(world: World, doing: Doing, how):
    against = world.case()
    actions.add_person(
        case=against, by=world.lan, at=world.now, answers={"role": "perpetrator", "person": doing.victim.pk}
    )

    card = queries.people_of(against, at=world.now, person_id=doing.victim.pk)[0]

    assert card.is_other_side
    assert card.contact is None
    assert {address.kind for address in card.addresses} == {"contact"}


# --- kinship ---


def test_one_row_stands_for_both_directions(doing: Doing, how: dict[str, Any]):
    child = actions.add_person(answers={"role": "child", "full_name": "Lường Thị Bé"}, **how)
    made = actions.set_kinship(
        person=doing.victim, answers={"other": child.person_id, "relation": "child"}, **how
    )

    again = actions.set_kinship(
        person=child.person, answers={"other": doing.victim.pk, "relation": "adoptive_parent"}, **how
    )

    assert again.pk == made.pk
    assert (again.person_id, again.relation) == (doing.victim.pk, "adoptive_child")
    assert [line.relation for line in card_of(doing, child.person).kin] == ["adoptive_parent"]


def test_the_relation_to_her_follows(doing: Doing, how: dict[str, Any]):
    assert part_of(doing.case, doing.perpetrator).relation == "spouse"

    actions.set_kinship(
        person=doing.perpetrator, answers={"other": doing.victim.pk, "relation": "former_spouse"}, **how
    )

    assert part_of(doing.case, doing.perpetrator).relation == "former_spouse"
    assert Kinship.objects.everything(reason="test").count() == 1


def test_nobody_is_their_own_relative(doing: Doing, how: dict[str, Any]):
    with pytest.raises(Refused, match="same_person"):
        actions.set_kinship(
            person=doing.victim, answers={"other": doing.victim.pk, "relation": "sibling"}, **how
        )


# --- reading them ---


def test_the_card_of_a_case_costs_the_same_for_any_number_of_people(
    world: World, doing: Doing, how: dict[str, Any], one_request: None, django_assert_num_queries
):
    queries.people_of(doing.case, at=world.now)
    with django_assert_num_queries(5):
        queries.people_of(doing.case, at=world.now)
    for number in range(5):
        part = actions.add_person(answers={**NEW_PERSON, "full_name": f"Người Thứ {number}"}, **how)
        actions.add_phone(person=part.person, answers={"number": f"+8491200010{number}"}, **how)

    queries.people_of(doing.case, at=world.now)
    with django_assert_num_queries(5):
        queries.people_of(doing.case, at=world.now)


def test_main_people_come_first_and_ages_are_never_invented(doing: Doing, how: dict[str, Any]):
    actions.add_person(answers={**NEW_PERSON, "full_name": "Không Rõ Tuổi", "birth_date": None}, **how)

    cards = queries.people_of(doing.case, at=doing.world.now)

    assert [card.person.pk for card in cards[:2]] == [doing.victim.pk, doing.perpetrator.pk]
    year = local_date(doing.world.now).year
    assert cards[0].age == (year - 1990 - 1, year - 1990)
    assert cards[-1].age is None or cards[-2].age is None


def test_a_safe_contact_row_is_one_per_person(doing: Doing):
    assert SafeContact.objects.everything(reason="test").filter(person=doing.victim).count() == 1
    assert Participant.objects.everything(reason="test").filter(case=doing.case).count() == 3


@pytest.mark.parametrize(("closed_days_ago", "level"), [(300, "MEDIUM"), (366, "")])
def test_violence_again_within_a_year_of_closing_begins_at_medium_and_owes_its_first_assessment(
    world: World, doing: Doing, how, closed_days_ago: int, level: str
):
    earlier = world.case(at=world.at(days=400))
    person = world.victim(earlier)
    actions.add_person(
        case=earlier,
        by=world.lan,
        at=world.now,
        answers={"role": "perpetrator", "person": doing.perpetrator.pk},
    )
    Case.objects.everything(reason="test").filter(pk=earlier.pk).update(
        state="closed", closed_at=world.at(days=closed_days_ago)
    )
    part = actions.add_person(answers={"role": "victim", "person": person.pk}, **how)
    actions.set_main_participant(participant=part, **how)

    again = row(Case, pk=doing.case.pk)
    assert (again.is_repeat, again.level, again.next_due_kind) == (True, level, "risk_assess_first")
