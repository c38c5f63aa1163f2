"""REST of sharing: the same verbs, the same slice, the same end."""

from typing import Any
from uuid import uuid4

import pytest

from casework.base.codes import codes
from casework.referrals import scopes
from casework.referrals.models import Consent, Referral
from tests.referrals.sharing import FORGOTTEN, Sharing, fresh
from tests.world import CAST, World


def consent_body(world: World, **more: object) -> dict[str, object]:
    return {
        "recipient": str(world.agencies["hospital"].pk),
        "purpose": "service",
        "service": "health_care",
        "items": ["full_name", "sex"],
        "told_consequences": True,
        "how_given": "fingerprint",
        "document": "Bà Quàng Thị Chứng",
        **more,
    }


def sent_body(**more: object) -> dict[str, object]:
    return {"service": "health_care", "urgency": "normal", "needs": "Khám.", **more}


def consents_url(sharing: Sharing) -> str:
    return f"cases/{sharing.case.pk}/consents/"


# --- consents ---


def test_a_consent_is_given_read_and_taken_back(world: World, sharing: Sharing, caller) -> None:
    lan = caller(world.lan)
    made = lan.send(consents_url(sharing), consent_body(world))
    receipt = made.json()
    read = lan.read(f"consents/{receipt['id']}/")

    assert made.status_code == 201
    assert made["Location"] == f"/api/v1/consents/{receipt['id']}/"
    assert receipt["items"] == ["full_name", "sex"]
    assert read.json()["document"] == "Bà Quàng Thị Chứng"
    assert read.json()["state"] == "active"
    assert read.json()["case"] == str(sharing.case.pk)

    over = lan.send(f"consents/{receipt['id']}/withdraw/", {"withdrawn_reason": "Đổi ý."}, seen=1)
    assert over.status_code == 200
    assert lan.read(f"consents/{receipt['id']}/").json()["state"] == "withdrawn"
    assert lan.send(f"consents/{receipt['id']}/withdraw/", seen=2).json()["code"] == "consent_over"
    assert [row["id"] for row in lan.read(consents_url(sharing)).json()["results"]] == [receipt["id"]]


@pytest.mark.parametrize(
    ("wrong", "status", "code", "field"),
    [
        ({"items": ["safe_address"]}, 409, "item_never_shared", "items"),
        ({"items": ["measures"]}, 409, "item_not_offered", "items"),
        ({"items": ["nothing"]}, 400, "invalid_input", "items"),
        ({"items": []}, 400, "invalid_input", "items"),
        ({"items": "full_name"}, 400, "invalid_input", "items"),
        ({"told_consequences": False}, 400, "invalid_input", "told_consequences"),
        ({"document": ""}, 400, "invalid_input", "document"),
        ({"service": "legal_aid"}, 409, "recipient_kind", "recipient"),
        ({"service": "shelter"}, 409, "shelter_no_identity", "items"),
        ({"valid_until": "2099-01-01T00:00:00+07:00"}, 400, "invalid_input", "valid_until"),
        ({"valid_until": "2020-01-01T00:00:00+07:00"}, 409, "term_empty", "valid_until"),
        ({"recipient": str(uuid4())}, 400, "invalid_input", "recipient"),
        ({"recipient": 7}, 400, "invalid_input", "recipient"),
        ({"secret": "x"}, 400, "invalid_input", "secret"),
    ],
)
def test_a_consent_that_is_none_is_refused(
    world: World, sharing: Sharing, caller, wrong: dict, status: int, code: str, field: str
) -> None:
    answer = caller(world.lan).send(consents_url(sharing), consent_body(world, **wrong))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert field in answer.json()["errors"]
    assert not Consent.objects.everything(reason=FORGOTTEN).exists()


# --- asking ---


def test_a_request_is_sent_under_a_consent_once(world: World, sharing: Sharing, caller) -> None:
    consent, lan = sharing.consent(), caller(world.lan)
    url = f"consents/{consent.pk}/referrals/"
    first = lan.send(url, sent_body(), key="referral-0001")
    again = lan.send(url, sent_body(), key="referral-0001")

    assert first.status_code == 201
    assert first.json() == again.json()
    assert first.json()["state"] == "sent"
    assert Referral.objects.everything(reason=FORGOTTEN).count() == 1
    assert lan.send(url, sent_body()).json()["code"] == "referral_open"
    # Health station papers are another service of the same hospital, and its items fit.
    assert lan.send(url, sent_body(service="medical_certificate")).status_code == 201


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"needs": ""}, 409, "needs_missing"),
        ({"service": "legal_aid"}, 409, "recipient_kind"),
        ({"urgency": "soon"}, 400, "invalid_input"),
        ({"urgency": None}, 400, "invalid_input"),
        ({"service": "\u0000"}, 400, "invalid_json"),
        ({"shelter_needs": ["house"]}, 400, "invalid_input"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(
    world: World, sharing: Sharing, caller, wrong: dict, status: int, code: str
) -> None:
    answer = caller(world.lan).send(f"consents/{sharing.consent().pk}/referrals/", sent_body(**wrong))

    assert (answer.status_code, answer.json()["code"]) == (status, code)


# --- reading ---


def test_the_partner_reads_the_slice_and_the_worker_the_states(
    world: World, sharing: Sharing, caller
) -> None:
    referral = sharing.refer(items=["full_name", "sex"])
    worker = caller(world.lan).read(f"referrals/{referral.pk}/").json()
    partner = caller(world.hoa).read(f"referrals/{referral.pk}/")
    told = partner.json()

    assert worker["slice"] is None
    assert worker["state"] == "sent"
    assert (worker["case"], worker["needs"]) == (str(sharing.case.pk), "Khám và điều trị vết thương.")
    assert [(row["item"], row["value"]) for part in told["slice"] for row in part["rows"]] == [
        ("full_name", "Lò Thị Mẫu"),
        ("sex", "Nữ"),
    ]
    assert told["safe_contact"] is None
    assert (told["case"], told["consent"], told["needs"], told["shelter_needs"]) == (None, None, None, None)
    assert told["state"] == "received"
    assert partner["ETag"] == f'"{told["version"]}"'
    assert told["readable_until"] == worker["readable_until"]


def test_the_safe_contact_says_no_where_there_is_no_yes(world: World, sharing: Sharing, caller) -> None:
    referral = sharing.refer(items=["safe_contact"])
    told = caller(world.hoa).read(f"referrals/{referral.pk}/").json()

    assert told["safe_contact"]["allowed"] is False
    assert told["safe_contact"]["confirmed_on"] is None


def test_lists_hold_what_one_may_see(world: World, sharing: Sharing, caller) -> None:
    mine, theirs = sharing.refer(), sharing.refer("legal_aid", recipient=world.agencies["legal"])
    expected = {
        "lan": {mine.pk, theirs.pk},
        "pao": {mine.pk, theirs.pk},
        "mai": {mine.pk, theirs.pk},
        "hoa": {mine.pk},
        "yen": {theirs.pk},
    }
    for name in [*CAST, "son"]:
        answer = caller(world.users[name]).read("referrals/")
        if name == "son":
            assert answer.status_code == 403
            continue
        rows = answer.json()["results"]
        assert {row["id"] for row in rows} == {str(pk) for pk in expected.get(name, set())}, name
        cases = {str(sharing.case.pk)} if name in ("lan", "pao", "mai") else {None}
        assert {row["case"] for row in rows} <= cases, name


def test_the_list_of_a_case_is_the_cases(world: World, sharing: Sharing, caller) -> None:
    referral = sharing.refer()
    Sharing(world, world.case()).refer()
    rows = caller(world.lan).read(f"cases/{sharing.case.pk}/referrals/").json()["results"]

    assert [(row["id"], row["case"]) for row in rows] == [(str(referral.pk), str(sharing.case.pk))]
    assert caller(world.hoa).read(f"cases/{sharing.case.pk}/referrals/").status_code == 404


@pytest.mark.parametrize("query", ["state=sent", "service=health_care", "urgency=within_day", "size=1"])
def test_a_list_can_be_narrowed(world: World, sharing: Sharing, caller, query: str) -> None:
    sharing.refer()

    assert len(caller(world.hoa).read(f"referrals/?{query}").json()["results"]) == 1
    assert caller(world.hoa).read("referrals/?state=declined").json()["results"] == []


@pytest.mark.parametrize(
    "query", ["state=nonsense", "recipient=x", "after=x", "size=0", "state=sent&state=sent"]
)
def test_a_list_asked_in_a_wrong_way_is_400(world: World, caller, query: str) -> None:
    assert caller(world.hoa).read(f"referrals/?{query}").status_code == 400


# --- answering ---


def test_the_partner_answers_and_reports(world: World, sharing: Sharing, caller) -> None:
    referral, hoa = sharing.refer(), caller(world.hoa)
    seen = hoa.read(f"referrals/{referral.pk}/").json()["version"]
    taken = hoa.send(
        f"referrals/{referral.pk}/accept/", {"appointment_at": "2030-01-01T09:00:00+07:00"}, seen=seen
    )
    done = hoa.send(
        f"referrals/{referral.pk}/report-back/",
        {"result": "provided_by_us", "feedback": "Đã khám."},
        seen=taken.json()["version"],
    )

    assert taken.json()["state"] == "accepted"
    assert taken.json()["appointment_at"] == "2030-01-01T09:00:00+07:00"
    assert done.json()["state"] == "completed"
    assert caller(world.lan).read(f"referrals/{referral.pk}/").json()["feedback"] == "Đã khám."


def test_the_partner_declines(world: World, sharing: Sharing, caller) -> None:
    referral, hoa = sharing.refer(), caller(world.hoa)
    seen = hoa.read(f"referrals/{referral.pk}/").json()["version"]
    said = hoa.send(f"referrals/{referral.pk}/decline/", {"declined_reason": "no_capacity"}, seen=seen)

    assert said.json()["state"] == "declined"
    assert hoa.read(f"referrals/{referral.pk}/").json()["slice"] == []


ANSWERS: dict[str, dict[str, Any]] = {
    "accept": {"appointment_at": None},
    "decline": {"declined_reason": "other"},
    "report-back": {"result": "referred", "feedback": "Xong."},
}


@pytest.mark.parametrize("verb", ANSWERS)
def test_an_answer_needs_the_version_that_was_read(world: World, sharing: Sharing, caller, verb: str) -> None:
    referral, hoa = sharing.refer(), caller(world.hoa)
    url = f"referrals/{referral.pk}/{verb}/"
    sharing.receive(referral)

    assert hoa.send(url, ANSWERS[verb]).status_code == 428
    assert hoa.send(url, ANSWERS[verb], seen=1).status_code == 412
    assert hoa.send(url, {**ANSWERS[verb], "state": "completed"}, seen=2).status_code == 400


@pytest.mark.parametrize("verb", [*ANSWERS, "withdraw"])
@pytest.mark.parametrize("who", [*CAST, "son"])
def test_who_may_not_answer(world: World, sharing: Sharing, caller, verb: str, who: str) -> None:
    referral = sharing.refer()
    if who == ("lan" if verb == "withdraw" else "hoa"):
        return
    sees = who in ("lan", "pao", "mai", "hoa")
    answer = caller(world.users[who]).send(f"referrals/{referral.pk}/{verb}/", ANSWERS.get(verb, {}), seen=1)

    assert answer.status_code == (403 if sees else 404)
    assert fresh(referral).state == "sent"


@pytest.mark.parametrize("who", [*CAST, "son"])
def test_who_may_not_give_or_ask(world: World, sharing: Sharing, caller, who: str) -> None:
    if who == "lan":
        return
    consent = sharing.consent()
    client, looks = caller(world.users[who]), who in ("pao", "mai")
    status = 403 if looks else 404

    assert client.send(consents_url(sharing), consent_body(world)).status_code == status
    assert client.send(f"consents/{consent.pk}/referrals/", sent_body()).status_code == status
    assert client.send(f"consents/{consent.pk}/withdraw/", {}, seen=1).status_code == status
    assert client.read(f"consents/{consent.pk}/").status_code == (200 if looks else 404)


def test_the_worker_takes_a_request_back(world: World, sharing: Sharing, caller) -> None:
    referral, lan = sharing.refer(), caller(world.lan)

    assert lan.send(f"referrals/{referral.pk}/withdraw/", seen=1).json()["state"] == "cancelled"
    assert lan.send(f"referrals/{referral.pk}/withdraw/", seen=2).json()["code"] == "referral_state"


# --- the end ---


@pytest.mark.parametrize("how", ["consent", "referral", "time"])
def test_what_is_over_is_gone_for_who_had_it_and_hidden_from_others(
    world: World, sharing: Sharing, caller, how: str
) -> None:
    referral = sharing.refer()
    kham, _office = sharing.partner("kham", "hospital", "health_partner")
    hoa = caller(world.hoa)
    assert hoa.read(f"referrals/{referral.pk}/").status_code == 200
    if how == "consent":
        sharing.withdraw(referral.consent)
    elif how == "referral":
        sharing.take_back(fresh(referral))
    else:
        sharing.over(referral)

    for verb, body in ((None, None), *ANSWERS.items()):
        url = f"referrals/{referral.pk}/{verb}/" if verb else f"referrals/{referral.pk}/"
        over = hoa.send(url, body, seen=2) if verb else hoa.read(url)
        assert (over.status_code, over.json()["code"]) == (410, "share_over")
        for user in (world.yen, kham, world.tuan, world.son):
            client = caller(user)
            missing = url.replace(str(referral.pk), str(uuid4()))
            hidden, nothing = (
                (client.send(one, body, seen=2) if verb else client.read(one)) for one in (url, missing)
            )
            assert hidden.status_code == nothing.status_code == 404
            assert {**hidden.json(), "request_id": ""} == {**nothing.json(), "request_id": ""}
    assert hoa.read("referrals/").json()["results"] == []


def test_every_item_of_the_list_is_described(world: World, sharing: Sharing, caller) -> None:
    """Sections come from the code list, so each offered item must have one with a title."""
    items = [row.code for row in scopes.offered("legal_aid")]
    referral = sharing.refer("legal_aid", recipient=world.agencies["legal"], items=items)
    told = caller(world.yen).read(f"referrals/{referral.pk}/").json()

    assert {row["item"] for part in told["slice"] for row in part["rows"]} == set(items)
    assert [part["code"] for part in told["slice"]] == list(
        dict.fromkeys(codes("share_item").row(item).string("section") for item in items)
    )
    assert all(part["title"] for part in told["slice"])
