"""REST of the child procedure: the mirror of the pages, done once, with the version that was read."""

from datetime import timedelta

from casework.children import urls
from tests.children.doing import CARER, PLACE, Doing
from tests.world import World


def test_a_verb_s_page_and_address_end_alike() -> None:
    pages = {route.name: str(route.pattern) for route in urls.urlpatterns}
    rest = {route.name: str(route.pattern) for route in urls.api_urlpatterns}

    assert set(pages) - {"start-child-procedure"} == set(rest)
    assert all(pages[name] == rest[name] for name in rest)


def test_from_the_information_to_the_plan(world: World, doing: Doing, caller) -> None:
    lan, pao = caller(world.lan), caller(world.pao)
    body = {
        "participant": str(doing.child.pk),
        "received_at": world.at(hours=1).isoformat(),
        "source": "school",
        "information": "Trẻ bị đánh.",
    }
    begun = lan.send(f"cases/{doing.case.pk}/children/", body)
    assert begun.status_code == 201
    assert begun.json()["state"] == "received"
    one = f"child-procedures/{begun.json()['id']}"
    assert lan.send(f"cases/{doing.case.pk}/children/", body).status_code == 409
    separation = {
        "dangers": ["life"],
        "reasons": "Bố dọa giết.",
        "starts_at": world.now.isoformat(),
        "ends_at": (world.now + timedelta(days=15)).isoformat(),
        "care": "relative",
        "place": PLACE,
        "carer": CARER,
    }
    too_long = {**separation, "ends_at": (world.now + timedelta(days=15, minutes=1)).isoformat()}
    refused = pao.send(f"{one}/separate/", too_long)
    assert (refused.status_code, refused.json()["code"]) == (409, "term_too_long")
    apart = pao.send(f"{one}/separate/", separation)
    assert apart.status_code == 201
    listed = lan.read(f"{one}/separate/")
    assert PLACE not in listed.content.decode()
    read = lan.read(f"{one}/").json()
    assert (read["state"], read["decision"]) == ("assessing", "separation")
    where = f"child-separations/{apart.json()['id']}/reveal/"
    assert lan.send(where, {"reason": "Đưa trẻ đi khám."}, key=None).json()["place"] == PLACE
    assert lan.send(where, {"reason": "x"}, key=None).status_code == 400


def test_a_change_needs_the_version_that_was_read(world: World, doing: Doing, caller) -> None:
    procedure = doing.in_state("received")
    pao = caller(world.pao)
    body = {"decision": "emergency", "dangers": ["life"], "reasons": "x"}

    assert pao.send(f"child-procedures/{procedure.pk}/decide/", body).status_code == 428
    assert pao.send(f"child-procedures/{procedure.pk}/decide/", body, seen=7).status_code == 412
    answer = pao.send(f"child-procedures/{procedure.pk}/decide/", body, seen=procedure.version)
    assert (answer.status_code, answer.json()["decision"]) == (200, "emergency")


def test_others_find_nothing(world: World, doing: Doing, caller) -> None:
    procedure = doing.in_state("received")
    for who in ("dung", "minh", "hoa", "tuan"):
        assert caller(world.users[who]).read(f"child-procedures/{procedure.pk}/").status_code == 404
