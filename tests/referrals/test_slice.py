"""What a partner reads: exactly the agreed items, live, and nothing that could lead to her or to others."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from casework.base import clock
from casework.base.codes import codes
from casework.cases.actions import edit_person
from casework.incidents.models import Incident
from casework.people.models import SafeContact
from casework.referrals import queries, scopes
from casework.referrals.models import Consent, Referral
from tests.referrals.marks import Marks, found, mark
from tests.referrals.sharing import FORGOTTEN, Sharing, fresh
from tests.world import World

NEEDS = mark(811, "v")
# share_item -> the marks its reader finds, and words that stand for facts kept as codes
OWN: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "full_name": ({mark(101, "v")}, ()),
    "birth_year": (set(), ("1987",)),
    "sex": (set(), ("Nữ",)),
    "language": (set(), ("Tiếng Khơ Mú", "Có")),
    "access_needs": ({mark(109, "v")}, ("Khuyết tật nghe, nói",)),
    "priority_groups": (set(), ("Phụ nữ mang thai",)),
    "safe_contact": ({mark(141, "v"), mark(142, "v"), mark(143, "v"), mark(144, "v")}, ("Gọi điện",)),
    "area": (set(), ("Mường Phăng",)),
    "service_needs": ({NEEDS}, ()),
    "urgency": (set(), ("Trong 24 giờ",)),
    "risk_level": (set(), ("RẤT CAO",)),
    "staff_safety": (set(), ("không đi một mình", "hung khí")),
    "other_names": ({mark(102, "v")}, ()),
    "identity_number": ({mark(104, "v")}, ("Hộ chiếu",)),
    "birth_date": (set(), ("05/03/1987",)),
    "ethnicity": (set(), ("Kháng",)),
    "nationality": (set(), ("Nước ngoài",)),
    "education_occupation": (set(), ("Cao đẳng", "Công nhân")),
    "poverty": (set(), ("hộ cận nghèo",)),
    "contact_address": ({mark(132, "a"), mark(133, "a")}, ("Mường Phăng",)),
    "household": (set(), ("2", "16 đến 59 tuổi: 1")),
    "children": (set(), ("tuổi, nữ",)),
    "acts_and_dates": (set(), ("Lăng mạ",)),
    "incident_account": ({mark(403, "o")}, ()),
    "injuries": ({mark(404, "o")}, ("Bỏng", "Cần khám")),
    "health_for_service": ({mark(110, "v")}, ()),
    "perpetrator_name": ({mark(101, "p")}, ()),
    "perpetrator_relation": (set(), ("Chung sống như vợ chồng",)),
}
# Without words of its own in any other item; coded facts of one item that no other may tell.
TELLING = (
    "Tiếng Khơ Mú",
    "nghe, nói",
    "mang thai",
    "RẤT CAO",
    "Hộ chiếu",
    "05/03",
    "Kháng",
    "Nước ngoài",
    "Cao đẳng",
)


@pytest.fixture
def marks(world: World, sharing: Sharing) -> Iterator[Marks]:
    marks = Marks(world, sharing.case)
    victim = marks.people["v"]
    for name, value in {
        "languages": ["khomu"],
        "interpreter_needed": "yes",
        "disability_kind": "hearing_speech",
        "priority_groups": ["pregnant"],
        "identity_kind": "passport",
        "ethnicity": "33",
        "nationality": "foreign",
        "education": "college",
        "occupation": "worker",
        "poverty": "near_poor",
    }.items():
        setattr(victim, name, value)
    victim.save()
    marks.people["p"].participations.everything(reason="test").update(relation="cohabiting")
    Incident.objects.everything(reason="test").update(
        acts=["A02", "A09"],
        injury_kinds=["burn", "genital"],
        injury_severity="moderate",
        weapon_kind="blade",
    )
    sharing.case.level = "EXTREME"
    sharing.case.save()
    with translation.override("vi"):
        yield marks


def agreed(sharing: Sharing, items: list[str]) -> Referral:
    referral = sharing.request(sharing.consent(items=items), needs=NEEDS)
    return fresh(referral)


def words(referral: Referral, world: World) -> str:
    sections = queries.slice_of(referral, world.now)
    return "\n".join(f"{row.label}: {row.value}" for section in sections for row in section.rows)


def test_every_sealed_word_of_a_case_carries_a_mark(marks: Marks) -> None:
    assert marks.missing == set()


def test_the_table_tells_what_may_be_offered_and_nothing_else() -> None:
    offered = {row.code for service in codes("service_kind") for row in scopes.offered(service.code)}
    never = {row.code for row in codes("share_item") if row.flag("never_default")}

    assert set(queries.TELLS) == offered == set(OWN) | {"shelter_needs"}
    assert len(never) == 11
    assert not never & set(queries.TELLS)
    assert not scopes.NOT_KEPT_HERE & set(queries.TELLS)
    assert offered | never | scopes.NOT_KEPT_HERE == set(codes("share_item").codes)


def retold(referral: Referral, items: list[str]) -> Referral:
    """The same referral under a consent to other items, past what the verb would refuse."""
    Consent.objects.everything(reason=FORGOTTEN).filter(pk=referral.consent_id).update(items=items)
    return fresh(referral)


def rows_of(referral: Referral, world: World) -> set[str]:
    return {row.item for section in queries.slice_of(referral, world.now) for row in section.rows}


def test_each_item_tells_its_own_facts_and_no_other(world: World, sharing: Sharing, marks: Marks) -> None:
    referral = agreed(sharing, ["sex"])
    for item, (own_marks, own_words) in OWN.items():
        referral = retold(referral, [item])
        told = words(referral, world)

        assert rows_of(referral, world) == {item}
        assert found(told) == own_marks, item
        assert [word for word in own_words if word not in told] == [], item
        foreign = [word for word in TELLING if not any(word in own for own in own_words)]
        assert [word for word in foreign if word in told] == [], item


def test_without_its_item_a_fact_cannot_be_reached(world: World, sharing: Sharing, marks: Marks) -> None:
    referral = agreed(sharing, ["sex"])
    for item in OWN:
        others = [code for code in OWN if code != item]
        referral = retold(referral, others)

        assert found(words(referral, world)) == set().union(*(OWN[code][0] for code in others)), item
        assert rows_of(referral, world) == set(others)


def test_items_that_are_never_told_tell_nothing_even_when_they_stand_in_a_consent(
    world: World, sharing: Sharing, marks: Marks
) -> None:
    rest = [row.code for row in codes("share_item") if row.code not in {*OWN, "shelter_needs"}]
    referral = retold(agreed(sharing, ["sex"]), rest)

    assert len(rest) == 14
    assert queries.slice_of(referral, world.now) == []


def everything_told(sharing: Sharing) -> tuple[Referral, set[str]]:
    return agreed(sharing, list(OWN)), set().union(*(own for own, _words in OWN.values()))


def test_the_page_tells_the_slice_and_nothing_else(world: World, sharing: Sharing, marks: Marks) -> None:
    referral, told = everything_told(sharing)
    client = Client()
    client.force_login(world.hoa)
    page = client.get(f"/referrals/{referral.pk}/").content.decode()

    assert found(page) == told
    # The safe contact stands before anything else that is told.
    assert page.index(mark(142, "v")) < page.index(mark(101, "v"))


def test_the_page_of_a_small_consent_is_small(world: World, sharing: Sharing, marks: Marks) -> None:
    client = Client()
    client.force_login(world.hoa)
    referral = agreed(sharing, ["sex"])
    for item in ("sex", "safe_contact", "full_name", "incident_account"):
        retold(referral, [item])

        assert found(client.get(f"/referrals/{referral.pk}/").content.decode()) == OWN[item][0]


def test_rest_tells_the_slice_and_nothing_else(world: World, sharing: Sharing, marks: Marks, caller) -> None:
    referral, told = everything_told(sharing)
    answer = caller(world.hoa).read(f"referrals/{referral.pk}/")

    assert found(answer.content.decode()) == told
    assert str(sharing.case.pk) not in answer.content.decode()
    assert sharing.case.number not in answer.content.decode()


def test_lists_name_nobody(world: World, sharing: Sharing, marks: Marks, caller) -> None:
    everything_told(sharing)
    client = Client()
    client.force_login(world.hoa)

    assert found(client.get("/referrals/").content.decode()) == set()
    assert found(caller(world.hoa).read("referrals/").content.decode()) == set()


# --- a shelter ---


@pytest.fixture
def shelter(world: World, sharing: Sharing, marks: Marks):
    return sharing.partner("thao", "shelter", "shelter_partner")


def test_a_shelter_request_carries_no_identity(world: World, sharing: Sharing, shelter, caller) -> None:
    thao, office = shelter
    referral = fresh(sharing.refer("shelter", recipient=office))
    client = Client()
    client.force_login(thao)
    page = client.get(f"/referrals/{referral.pk}/").content.decode()
    body = caller(thao).read(f"referrals/{referral.pk}/").content.decode()

    assert found(page) == found(body) == set()
    for word in ("1987", "Nữ", "Khơ Mú", "Kháng", "Nước ngoài", str(sharing.case.pk), sharing.case.number):
        assert word not in body
    for word in ("Đồ dùng cho trẻ sơ sinh", "Phương tiện đi lại", "16 đến 59 tuổi: 1"):
        assert word in page
    # The shelter calls back the worker, not her.
    assert "Lò Thị Lan" in page
    assert '"safe_contact":null' in body.replace(" ", "")


def test_a_shelter_is_told_how_many_and_how_old(world: World, sharing: Sharing, shelter) -> None:
    _thao, office = shelter
    told = words(fresh(sharing.refer("shelter", recipient=office)), world)

    assert ": 2\n" in told
    assert "6 đến 15 tuổi: 1; 16 đến 59 tuổi: 1" in told


def test_an_age_between_two_bands_is_not_guessed(world: World, sharing: Sharing, shelter) -> None:
    _thao, office = shelter
    person = world.victim(sharing.case)
    person.birth_date = ""
    person.save()

    assert "Không rõ tuổi: 1" in words(fresh(sharing.refer("shelter", recipient=office)), world)


# --- live ---


def test_the_slice_is_read_live(world: World, sharing: Sharing) -> None:
    referral = fresh(sharing.refer(items=["full_name"]))
    assert "Lò Thị Mẫu" in words(referral, world)

    edit_person(
        case=sharing.case,
        person=world.victim(sharing.case),
        by=world.lan,
        at=world.now,
        answers={"full_name": "Lò Thị Đổi"},
    )

    told = words(fresh(referral), world)
    assert "Lò Thị Đổi" in told
    assert "Lò Thị Mẫu" not in told


def test_without_a_clear_and_recent_yes_no_way_to_reach_her_is_told(
    world: World, sharing: Sharing, marks: Marks
) -> None:
    referral = agreed(sharing, ["safe_contact"])
    contact = SafeContact.objects.everything(reason="test").filter(person=marks.people["v"])
    client = Client()
    client.force_login(world.hoa)
    yes = {"permission": "yes", "confirmed_on": clock.local_date(world.now), "ended_by": ""}
    old = clock.local_date(world.now) - timedelta(days=31)
    for change in (
        {"permission": "no"},
        {"permission": "unknown"},
        {"confirmed_on": None},
        {"confirmed_on": old},
        {"ended_by": "phone_taken"},
    ):
        contact.update(**{**yes, **change})
        told = words(fresh(referral), world)
        page = client.get(f"/referrals/{referral.pk}/").content.decode()

        assert found(told) == found(page) == set()
        assert "Không liên hệ" in told
        # Then the worker is the way.
        assert "Lò Thị Lan" in page


def test_an_act_of_sexual_violence_is_not_spelt_out(world: World, sharing: Sharing, marks: Marks) -> None:
    told = words(agreed(sharing, ["acts_and_dates", "injuries"]), world)

    assert "tình dục" not in told
    assert "sinh dục" not in told


def test_a_case_that_knows_little_says_so(world: World, sharing: Sharing) -> None:
    with translation.override("vi"):
        told = words(fresh(sharing.refer("legal_aid", recipient=world.agencies["legal"])), world)

    assert "Mức nguy cơ: CHƯA ĐÁNH GIÁ" in told


def test_a_referral_that_was_declined_tells_nothing_more(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    sharing.decline(referral)
    client = Client()
    client.force_login(world.hoa)
    page = client.get(f"/referrals/{referral.pk}/").content.decode()

    assert queries.slice_of(fresh(referral), world.now) == []
    assert "Lò Thị Mẫu" not in page


def test_a_slice_of_a_share_that_is_over_is_not_read(world: World, sharing: Sharing) -> None:
    referral = sharing.over(sharing.refer())

    with pytest.raises(scopes.Gone):
        queries.slice_of(referral, world.now)
