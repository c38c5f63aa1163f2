"""REST of measures: the mirror of the pages, done once, with the version that was read."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from casework.protection import urls
from casework.protection.models import Breach, Measure, Meeting, Outcome, Service, SupportSession
from tests.protection.doing import RECIPIENTS, WHY, Doing
from tests.world import World


def row(measure_id: UUID) -> Measure:
    found: Measure = Measure.objects.everything(reason="test").get(pk=measure_id)
    return found


def request_body(world: World, **more: object) -> dict[str, object]:
    return {
        "requester": "victim",
        "requested_at": world.at(hours=1).isoformat(),
        "told_rights_at": world.at(hours=2).isoformat(),
        "consent": "yes",
        "grounds": ["harm_health"],
        "grounds_text": "Chồng đánh vợ đêm qua.",
        **more,
    }


def decision_body(world: World, **more: object) -> dict[str, object]:
    return {"ends_at": (world.now + timedelta(days=3)).isoformat(), **more}


# --- the same verbs as the pages ---


def test_a_verb_s_page_and_address_end_alike() -> None:
    pages = {route.name: str(route.pattern) for route in urls.urlpatterns}
    rest = {route.name: str(route.pattern) for route in urls.api_urlpatterns}
    verbs = set(pages) - {"measure-paper", "record-measure"}

    assert verbs <= set(rest)
    assert all(pages[name] == rest[name] for name in verbs)


def test_from_the_request_to_the_end(world: World, doing: Doing, caller) -> None:
    lan, pao, dung = caller(world.lan), caller(world.pao), caller(world.dung)
    asked = lan.send(f"cases/{doing.case.pk}/measures/request-ban/", request_body(world))
    assert asked.status_code == 201
    one = f"measures/{asked.json()['id']}"
    assert asked["Location"].endswith(f"/api/v1/{one}/")
    assert asked.json()["state"] == "requested"
    assert asked.json()["decide_by"].endswith("+07:00")

    signed = pao.send(f"{one}/decide-ban/", decision_body(world), seen=asked.json()["version"])
    assert (signed.status_code, signed.json()["state"]) == (200, "in_force")
    assert signed.json()["number"] == f"1/{world.now.year}"

    for recipient in RECIPIENTS:
        copy = {"recipient": recipient, "served_at": signed.json()["decided_at"], "how": "in_person"}
        assert lan.send(f"{one}/serve/", copy).status_code == 201
    monitor = {"monitor_kind": "village_head", "monitor_name": "Quàng Văn Thoóng"}
    named = dung.send(f"{one}/assign-monitor/", monitor, seen=signed.json()["version"])
    assert named.status_code == 200
    told = dung.send(f"{one}/announce-monitoring/", {"commitment_signed": True}, seen=named.json()["version"])
    assert told.json()["commitment_signed"] is True

    breach = {"at": signed.json()["decided_at"], "kind": "came_near", "account": "Đến trước cửa nhà."}
    assert dung.send(f"{one}/breaches/", breach).status_code == 201
    wish = {"cancel_reason": "Có đám tang."}
    wished = lan.send(f"{one}/request-cancellation/", wish, seen=told.json()["version"])
    answer = {"cancel_answer": "Vẫn cần bảo vệ."}
    kept = pao.send(f"{one}/refuse-cancellation/", answer, seen=wished.json()["version"])
    assert kept.json()["state"] == "in_force"
    gone = pao.send(f"{one}/cancel/", {"cancel_answer": "Không còn cần."}, seen=kept.json()["version"])
    assert gone.json()["state"] == "cancelled"

    read = lan.read(f"{one}/").json()
    assert read["standing"] == "cancelled"
    assert [copy["recipient"] for copy in read["services"]] == list(RECIPIENTS)
    assert read["breaches"][0]["account"] == "Đến trước cửa nhà."
    assert read["monitor_name"] == "Quàng Văn Thoóng"


def test_refused_own_motion_recorded_and_ended(world: World, doing: Doing, caller) -> None:
    lan, pao = caller(world.lan), caller(world.pao)
    measure = doing.ask()
    no = pao.send(f"measures/{measure.pk}/refuse-ban/", {"reasons": "Chưa đủ căn cứ."}, seen=measure.version)
    assert no.json()["state"] == "refused"

    body = {
        "grounds": ["threat_life"],
        "grounds_text": "Dọa giết.",
        "told_rights_at": world.at(minutes=5).isoformat(),
        **decision_body(world),
    }
    assert pao.send(f"cases/{doing.case.pk}/measures/own-motion-ban/", body).json()["state"] == "in_force"

    other = {"kind": "M07", "decider": "commune_chair", "starts_at": world.now.isoformat()}
    made = lan.send(f"cases/{doing.case.pk}/measures/", other)
    assert made.status_code == 201
    done = lan.send(f"measures/{made.json()['id']}/end/", {"result": "Xong."}, seen=made.json()["version"])
    assert done.json()["state"] == "ended"


@pytest.mark.parametrize("kind", ["session", "outcome", "meeting"])
def test_what_is_on_file_is_corrected_with_the_version_that_was_read(
    world: World, doing: Doing, caller, kind: str
) -> None:
    make: dict[str, Callable[[], SupportSession | Outcome | Meeting]] = {
        "session": doing.session,
        "outcome": doing.fine,
        "meeting": doing.minutes,
    }
    made = make[kind]()
    body = {**WHY, "account": "Đã ghi lại cho đúng."}
    lan, one = caller(world.lan), f"{kind}s/{made.pk}"
    assert lan.send(f"{one}/correct/", body).status_code == 428
    assert lan.send(f"{one}/correct/", body, seen=made.version + 7).status_code == 412
    bare = lan.send(f"{one}/correct/", {"account": "x"}, seen=made.version)
    assert (bare.status_code, bare.json()["code"]) == (409, "reasons_missing")
    assert lan.send(f"{one}/correct/", body, seen=made.version).status_code == 200
    read = lan.read(f"{one}/").json()
    assert (read["account"], read["corrected_why"]) == (body["account"], WHY["corrected_why"])
    assert caller(world.minh).read(f"{one}/").status_code == 404


# --- once, and with the version that was read ---

CHANGES = (
    "decide-ban",
    "refuse-ban",
    "assign-monitor",
    "announce-monitoring",
    "request-cancellation",
    "cancel",
    "refuse-cancellation",
    "end",
)


@pytest.mark.parametrize("verb", CHANGES)
def test_a_change_needs_the_version_that_was_read(world: World, doing: Doing, caller, verb: str) -> None:
    measure = doing.in_state("requested" if verb in ("decide-ban", "refuse-ban") else "in_force")
    doing.put_dung_on()
    who = "dung" if "monitor" in verb else "lan" if verb in ("request-cancellation", "end") else "pao"
    body = {
        "decide-ban": decision_body(world),
        "refuse-ban": {"reasons": "Không."},
        "assign-monitor": {"monitor_kind": "village_head", "monitor_name": "A"},
        "announce-monitoring": {},
        "request-cancellation": {"cancel_reason": "Vì."},
        "end": {},
    }.get(verb, {"cancel_answer": "Vì."})
    client = caller(world.users[who])
    address = f"measures/{measure.pk}/{verb}/"

    assert client.send(address, body).status_code == 428
    assert client.send(address, body, seen=measure.version + 7).status_code == 412
    assert row(measure.pk).version == measure.version


@pytest.mark.parametrize("verb", ["request-ban", "own-motion-ban", ""])
def test_a_creation_needs_a_key_and_happens_once(world: World, doing: Doing, caller, verb: str) -> None:
    body = {
        "request-ban": request_body(world),
        "own-motion-ban": {
            "grounds": ["threat_life"],
            "grounds_text": "Dọa giết.",
            "told_rights_at": world.at(minutes=5).isoformat(),
            **decision_body(world),
        },
        "": {"kind": "M07", "decider": "commune_chair", "starts_at": world.now.isoformat()},
    }[verb]
    client = caller(world.pao if verb == "own-motion-ban" else world.lan)
    address = f"cases/{doing.case.pk}/measures/{verb}{'/' if verb else ''}"

    assert client.send(address, body, key=None).status_code == 400
    first, second = (client.send(address, body, key="the-same-key") for _twice in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert doing.measures() == 1


def test_a_copy_and_a_breach_are_written_once(world: World, doing: Doing, caller) -> None:
    ban, lan = doing.ban(), caller(world.lan)
    copy = {"recipient": "victim", "served_at": world.now.isoformat(), "how": "post"}
    breach = {"at": world.at(hours=1).isoformat(), "kind": "came_near", "account": "Đến gần."}
    for path, body in (("serve", copy), ("breaches", breach)):
        assert lan.send(f"measures/{ban.pk}/{path}/", body, key=None).status_code == 400
        for _twice in range(2):
            assert lan.send(f"measures/{ban.pk}/{path}/", body, key=f"key-for-{path}").status_code == 201

    assert Service.objects.everything(reason="test").filter(measure=ban).count() == 1
    assert Breach.objects.everything(reason="test").filter(measure=ban).count() == 1


# --- refusals ---


REFUSED: list[tuple[dict[str, object], int, str, str]] = [
    ({"grounds": []}, 400, "invalid_input", "grounds"),
    ({"requester": "agency", "consent": "no"}, 409, "consent_missing", "consent"),
    ({"requester": "own_motion"}, 409, "own_motion_is_chairs", "requester"),
    ({"requested_at": "yesterday"}, 400, "invalid_input", "requested_at"),
    ({"told_rights_at": None}, 400, "invalid_input", "told_rights_at"),
    ({"surprise": 1}, 400, "invalid_input", "surprise"),
]


def test_a_broken_rule_has_its_code_and_field(world: World, doing: Doing, caller) -> None:
    lan = caller(world.lan)

    for more, status, code, field in REFUSED:
        answer = lan.send(f"cases/{doing.case.pk}/measures/request-ban/", request_body(world, **more))
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert field in answer.json()["errors"]
    assert doing.measures() == 0


def test_four_days_are_refused_here_too(world: World, doing: Doing, caller) -> None:
    measure = doing.ask()
    body = decision_body(world, ends_at=(world.now + timedelta(days=4)).isoformat())
    answer = caller(world.pao).send(f"measures/{measure.pk}/decide-ban/", body, seen=measure.version)

    assert (answer.status_code, answer.json()["code"]) == (409, "term_too_long")


@pytest.mark.parametrize(
    ("who", "status"), [("lan", 403), ("mai", 403), ("tuan", 404), ("son", 404), ("hoa", 404)]
)
def test_only_the_chair_decides(world: World, doing: Doing, caller, who: str, status: int) -> None:
    measure = doing.ask()
    answer = caller(world.users[who]).send(
        f"measures/{measure.pk}/decide-ban/", decision_body(world), seen=measure.version
    )

    assert answer.status_code == status
    assert row(measure.pk).state == "requested"


# --- reading ---


def test_the_list_of_a_case_names_nobody_and_says_nothing_that_was_said(
    world: World, doing: Doing, caller
) -> None:
    doing.in_state("ran_out")
    body = caller(world.lan).read(f"cases/{doing.case.pk}/measures/").json()

    (only,) = body["results"]
    assert (only["state"], only["standing"]) == ("in_force", "ended")
    assert not {"grounds_text", "reasons", "monitor_name", "conditions", "result"} & set(only)


def test_the_flat_list_holds_what_one_may_see_and_can_be_narrowed(world: World, doing: Doing, caller) -> None:
    ban = doing.ban()
    other = doing.record()
    lan = caller(world.lan)

    assert {one["id"] for one in lan.read("measures/").json()["results"]} == {str(ban.pk), str(other.pk)}
    (only,) = lan.read("measures/?kind=M03&state=in_force").json()["results"]
    assert only["id"] == str(ban.pk)
    assert lan.read("measures/?state=refused").json()["results"] == []
    assert lan.read("measures/?kind=M99").status_code == 400
    assert lan.read("measures/?lead=lan").status_code == 400
    assert caller(world.tuan).read("measures/").json()["results"] == []
    assert caller(world.mai).read("measures/?size=1").json()["next"]


def test_one_measure_has_its_etag_and_its_lateness(world: World, doing: Doing, caller) -> None:
    measure = doing.decide(doing.ask(world.at(hours=13)))
    answer = caller(world.mai).read(f"measures/{measure.pk}/")

    assert answer["ETag"] == f'"{measure.version}"'
    assert answer.json()["late_minutes"] == 60
    assert answer.json()["outstanding"] == list(RECIPIENTS)
    assert answer["Cache-Control"] == "no-store"


def test_breaches_are_listed_without_their_account(world: World, doing: Doing, caller) -> None:
    ban = doing.ban()
    doing.calls(ban)["record_breach"](by=world.lan, at=world.now)
    body = caller(world.lan).read(f"measures/{ban.pk}/breaches/").json()

    (only,) = body["results"]
    assert only["kind"] == "came_near"
    assert "account" not in only


def test_for_others_nothing_is_there(world: World, doing: Doing, caller) -> None:
    ban = doing.ban()

    for who in ("minh", "dung", "hoa", "tuan", "kien", "son"):
        client = caller(world.users[who])
        for path in (
            f"measures/{ban.pk}/",
            f"cases/{doing.case.pk}/measures/",
            f"measures/{ban.pk}/breaches/",
        ):
            assert client.read(path).status_code == 404, (who, path)
