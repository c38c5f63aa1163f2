from casework.encryption.models import BlindIndexEntry
from casework.people.matching import candidates, index_person, name_year
from casework.people.models import Person, Phone
from tests.world import World


def somebody(**values: str) -> Person:
    person = Person(**values)
    person.save()
    index_person(person)
    return person


def test_a_person_is_found_by_each_of_several_phones(world: World):
    person = somebody(full_name="Sùng Thị Mẫu")
    for number in ("+84912000111", "+84912000222"):
        Phone(person=person, number=number).save()
    index_person(person)

    assert candidates(phone="+84912000111") == [person.pk]
    assert candidates(phone="0912 000 222") == [person.pk]


def test_a_changed_number_is_no_longer_found(world: World):
    person = somebody(full_name="Sùng Thị Mẫu")
    phone = Phone(person=person, number="+84912000111")
    phone.save()
    index_person(person)

    phone.number = "+84912000333"
    phone.save()
    index_person(person)

    assert candidates(phone="+84912000111") == []
    assert candidates(phone="+84912000333") == [person.pk]


def test_a_name_needs_its_birth_year_and_is_found_without_tones(world: World):
    person = somebody(full_name="Sùng Thị Mẫu", birth_date="1991-03")

    assert candidates(full_name="sung thi mau", birth_date="1991") == [person.pk]
    assert candidates(full_name="sung thi mau") == []
    assert name_year("Sùng Thị Mẫu", "") == ""


def test_the_best_evidence_comes_first(world: World):
    by_name = somebody(full_name="Sùng Thị Mẫu", birth_date="1991")
    by_card = somebody(full_name="Sùng Mẫu", identity_kind="citizen_12", identity_number="011191004321")

    found = candidates(full_name="Sùng Thị Mẫu", birth_date="1991", identity="011 191 004 321")

    assert found == [by_card.pk, by_name.pk]


def test_nothing_is_written_where_nothing_is_known(world: World):
    person = somebody(full_name="Sùng Thị Mẫu")

    assert not BlindIndexEntry.objects.filter(row=person.pk).exists()


def test_a_miss_costs_what_a_hit_costs(world: World, django_assert_num_queries):
    somebody(full_name="Sùng Thị Mẫu", birth_date="1991")

    with django_assert_num_queries(4):
        candidates(full_name="Sùng Thị Mẫu", birth_date="1991", phone="+84912000111", identity="011191004321")
    with django_assert_num_queries(4):
        candidates(full_name="Không Có Ai", birth_date="1950", phone="+84912999111", identity="011150004321")
