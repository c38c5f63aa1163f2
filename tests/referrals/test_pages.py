"""The pages of sharing, in Vietnamese, as the cast sees them."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from casework.audit.models import AuditEvent
from casework.base.dates import display_datetime
from casework.cases.actions import open_case
from casework.organisations.models import User
from casework.referrals import scopes
from casework.referrals.models import Consent, Referral
from tests.referrals.sharing import FORGOTTEN, Sharing, fresh
from tests.world import World


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def body(response) -> str:
    return str(response.content.decode())


def typed(world: World, **more: object) -> dict[str, object]:
    """The guided page as a worker sends it."""
    return {
        "service": "health_care",
        "send": "1",
        "recipient": str(world.agencies["hospital"].pk),
        "purpose": "service",
        "urgency": "within_day",
        "needs": "Khám vết thương ở tay.",
        "items": ["full_name", "sex", "safe_contact"],
        "told_consequences": "on",
        "how_given": "spoken_with_witness",
        "document": "Bà Quàng Thị Chứng",
        "language": "thai",
        "interpreter": "staff",
        "valid_until": "",
        **more,
    }


def refer(world: World, sharing: Sharing, who: str = "lan", **more: object):
    return signed_in(world.users[who]).post(f"/cases/{sharing.case.pk}/refer/", typed(world, **more))


def referrals() -> list[Referral]:
    return list(Referral.objects.everything(reason=FORGOTTEN))


# --- the guided page ---


def test_it_begins_with_what_help_she_wants(world: World, sharing: Sharing) -> None:
    page = body(signed_in(world.lan).get(f"/cases/{sharing.case.pk}/refer/"))

    for service in ("health_care", "legal_aid", "psychological", "shelter"):
        assert f'value="{service}"' in page


def test_a_service_brings_its_offices_and_its_items(world: World, sharing: Sharing) -> None:
    client = signed_in(world.lan)
    page = body(client.post(f"/cases/{sharing.case.pk}/refer/", {"service": "legal_aid", "choose": "1"}))

    assert "Trung tâm Trợ giúp pháp lý" in page
    assert "Bệnh viện" not in page
    for item in scopes.default_items("legal_aid"):
        assert f'value="{item}"' in page
    assert page.count('name="items"') == len(scopes.offered("legal_aid"))
    assert page.count("checked") >= len(scopes.default_items("legal_aid"))
    for never in ("safe_address", "new_phone", "reporter", "her_words", "risk_answers", "escape_plan"):
        assert f'value="{never}"' not in page
    assert not referrals()


def test_that_she_agreed_is_never_ticked_beforehand(world: World, sharing: Sharing) -> None:
    page = body(
        signed_in(world.lan).post(
            f"/cases/{sharing.case.pk}/refer/", {"service": "health_care", "choose": "1"}
        )
    )
    box = page[page.index('name="told_consequences"') :].split(">")[0]

    assert "checked" not in box


def test_a_shelter_is_asked_without_words(world: World, sharing: Sharing) -> None:
    sharing.partner("thao", "shelter", "shelter_partner")
    page = body(
        signed_in(world.lan).post(f"/cases/{sharing.case.pk}/refer/", {"service": "shelter", "choose": "1"})
    )

    assert 'name="shelter_needs"' in page
    assert 'name="needs"' not in page
    assert page.count('name="items"') == 2


def test_a_service_nobody_gives_says_what_to_do(world: World, sharing: Sharing) -> None:
    page = body(
        signed_in(world.lan).post(f"/cases/{sharing.case.pk}/refer/", {"service": "school", "choose": "1"})
    )

    assert "Chưa có cơ quan nào" in page
    assert 'name="send"' not in page


def test_one_button_gives_the_consent_and_sends(world: World, sharing: Sharing) -> None:
    answer = refer(world, sharing)
    referral = referrals()[0]

    assert answer.status_code == 302
    assert answer["Location"] == f"/cases/{sharing.case.pk}/referrals/"
    assert referral.consent.items == ["full_name", "sex", "safe_contact"]
    assert (referral.state, referral.needs, referral.consent.document) == (
        "sent",
        "Khám vết thương ở tay.",
        "Bà Quàng Thị Chứng",
    )
    events = AuditEvent.objects.filter(case_id=sharing.case.pk, outcome="done").order_by("pk")
    assert [event.action for event in events][-2:] == ["consent.give", "referral.send"]


def test_a_shelter_is_asked(world: World, sharing: Sharing) -> None:
    _thao, office = sharing.partner("thao", "shelter", "shelter_partner")
    answer = refer(
        world,
        sharing,
        service="shelter",
        recipient=str(office.pk),
        items=["household", "shelter_needs"],
        shelter_needs=["infant"],
    )

    assert answer.status_code == 302
    assert referrals()[0].shelter_needs == ["infant"]
    assert referrals()[0].needs == ""


LONG = "ư" * 20_001
BAD = [
    ({"recipient": ""}, "recipient"),
    ({"recipient": "nobody"}, "recipient"),
    ({"recipient": str(uuid4())}, "recipient"),
    ({"purpose": "curiosity"}, "purpose_0"),
    ({"items": []}, "items_0"),
    ({"items": ["safe_address"]}, "items_0"),
    ({"items": ["measures"]}, "items_0"),
    ({"items": ["\x00"]}, "items_0"),
    ({"needs": ""}, "needs"),
    ({"needs": LONG}, "needs"),
    ({"needs": "a\x00b"}, "needs"),
    ({"urgency": "🔥"}, "urgency_0"),
    ({"told_consequences": ""}, "told_consequences"),
    ({"how_given": "telepathy"}, "how_given_0"),
    ({"document": ""}, "document"),
    ({"valid_until": "31/02/2027 10:00"}, "valid_until"),
    ({"valid_until": "ngày mai"}, "valid_until"),
]


@pytest.mark.parametrize(("wrong", "field"), BAD)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    world: World, sharing: Sharing, wrong: dict, field: str
) -> None:
    answer = refer(world, sharing, **wrong)
    page = body(answer)

    assert answer.status_code == 400
    assert f'href="#id_{field}"' in page
    for name, text in (("document", "Bà Quàng Thị Chứng"), ("needs", "Khám vết thương ở tay.")):
        if name not in wrong:
            assert text in page
    if "items" not in wrong:
        assert page.count("checked") >= 3
    assert not referrals()
    assert not Consent.objects.everything(reason=FORGOTTEN).exists()


def test_a_rule_that_says_no_keeps_what_was_typed(world: World, sharing: Sharing) -> None:
    day = display_datetime(world.now + timedelta(days=120))
    answer = refer(world, sharing, valid_until=day)

    assert answer.status_code == 409
    assert "nhiều nhất 90 ngày" in body(answer)
    assert "Bà Quàng Thị Chứng" in body(answer)
    assert not Consent.objects.everything(reason=FORGOTTEN).exists()


def test_when_the_request_is_refused_the_consent_is_not_kept(world: World, sharing: Sharing) -> None:
    """Either both are done, or neither: a consent nobody uses would be a door left open."""
    sharing.case.state = "closed"
    sharing.case.save()
    answer = refer(world, sharing)

    assert answer.status_code == 409
    assert not Consent.objects.everything(reason=FORGOTTEN).exists()


@pytest.mark.parametrize("service", ["", "everything", "\x00", "🔥" * 500])
def test_a_broken_service_begins_again(world: World, sharing: Sharing, service: str) -> None:
    assert refer(world, sharing, service=service).status_code == 400


# --- the tab ---


def tab(world: World, sharing: Sharing, who: str = "lan"):
    return signed_in(world.users[who]).get(f"/cases/{sharing.case.pk}/referrals/")


def test_an_empty_tab_teaches(world: World, sharing: Sharing) -> None:
    page = body(tab(world, sharing))

    assert "Chưa chuyển gửi đến cơ quan nào" in page
    assert f"/cases/{sharing.case.pk}/refer/" in page


def test_the_tab_shows_who_was_asked_for_what_and_until_when(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    page = body(tab(world, sharing))

    for text in (
        "Bệnh viện Đa khoa tỉnh Điện Biên",
        "Chăm sóc, điều trị y tế",
        referral.code,
        "Còn hiệu lực",
        "Khám và điều trị vết thương.",
        "Chưa mở",
    ):
        assert text in page
    assert f"/consents/{referral.consent_id}/withdraw/" in page
    assert f"/referrals/{referral.pk}/withdraw/" in page
    assert 'data-due="' in page


def test_the_answer_and_the_report_come_back(world: World, sharing: Sharing) -> None:
    sharing.decline(sharing.refer())
    sharing.report(sharing.accept(sharing.refer("medical_certificate")))
    page = body(tab(world, sharing))

    for text in (
        "Không còn khả năng tiếp nhận",
        "Đã kín lịch.",
        "Nhu cầu chưa được đáp ứng",
        "Đã khám xong.",
    ):
        assert text in page


def test_feedback_stays_with_the_worker_when_the_share_is_over(world: World, sharing: Sharing) -> None:
    referral = sharing.over(sharing.report(sharing.accept(sharing.refer())))
    page = body(tab(world, sharing))

    assert "Đã khám xong." in page
    assert "Hết hạn" in page
    assert f'href="/referrals/{referral.pk}/"' not in page


def test_an_open_request_without_consent_is_said(world: World, sharing: Sharing) -> None:
    sharing.over(sharing.refer())

    assert "cơ quan nhận không trả lời được nữa" in body(tab(world, sharing))


@pytest.mark.parametrize(
    ("who", "status", "buttons"),
    [
        ("lan", 200, True),
        ("pao", 200, False),
        ("mai", 200, False),
        ("minh", 404, False),
        ("dung", 404, False),
        ("hoa", 404, False),
        ("yen", 404, False),
        ("tuan", 404, False),
        ("kien", 404, False),
        ("son", 404, False),
    ],
)
def test_who_sees_the_tab(world: World, sharing: Sharing, who: str, status: int, buttons: bool) -> None:
    referral = sharing.refer()
    answer = tab(world, sharing, who)

    assert answer.status_code == status
    for address in (f"/consents/{referral.consent_id}/withdraw/", f"/cases/{sharing.case.pk}/refer/"):
        assert (address in body(answer)) is buttons


WORKER_PAGES = ("/cases/{case}/refer/", "/consents/{consent}/withdraw/", "/referrals/{referral}/withdraw/")


@pytest.mark.parametrize("address", WORKER_PAGES)
@pytest.mark.parametrize("who", ["pao", "mai", "minh", "dung", "hoa", "yen", "tuan", "kien", "son"])
def test_the_workers_pages_are_the_workers(world: World, sharing: Sharing, address: str, who: str) -> None:
    referral = sharing.refer()
    url = address.format(case=sharing.case.pk, consent=referral.consent_id, referral=referral.pk)
    client = signed_in(world.users[who])
    looks = who in ("pao", "mai") or (who == "hoa" and "/referrals/" in address)

    for answer in (client.get(url), client.post(url, {"version": 1})):
        assert answer.status_code == (403 if looks else 404)
    assert fresh(referral).state == "sent"


# --- taking back ---


def test_consent_is_taken_back_on_one_page(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    client, url = signed_in(world.lan), f"/consents/{referral.consent_id}/withdraw/"
    version = referral.consent.version
    assert "Bệnh viện Đa khoa tỉnh Điện Biên" in body(client.get(url))

    answer = client.post(url, {"version": version, "withdrawn_reason": "Chị đổi ý."})

    assert answer["Location"] == f"/cases/{sharing.case.pk}/referrals/"
    page = body(client.get(answer["Location"]))
    assert "Chị đổi ý." in page
    assert "Đã rút lại" in page
    again = client.post(url, {"version": version + 1, "withdrawn_reason": "Lần nữa"})
    assert again.status_code == 409
    assert "Lần nữa" in body(again)


def test_a_request_is_taken_back_on_one_page(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    client, url = signed_in(world.lan), f"/referrals/{referral.pk}/withdraw/"
    assert referral.code in body(client.get(url))

    # The partner opens it meanwhile: closing it is not held up by that.
    assert look(world, referral).status_code == 200
    assert client.post(url).status_code == 302
    assert fresh(referral).state == "cancelled"
    assert fresh(referral).consent.withdrawn_at is None
    assert client.post(url).status_code == 409


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999"])
def test_a_broken_version_breaks_nothing(world: World, sharing: Sharing, version: str) -> None:
    consent = sharing.consent()
    url = f"/consents/{consent.pk}/withdraw/"
    said = signed_in(world.lan).post(url, {"version": version, "withdrawn_reason": "Chị đổi ý."})

    assert said.status_code in (400, 412)
    assert "Chị đổi ý." in body(said)
    consent.refresh_from_db(from_queryset=Consent.objects.everything(reason=FORGOTTEN))
    assert consent.withdrawn_at is None


# --- the partner's desk ---


def desk(world: World, who: str = "hoa"):
    return signed_in(world.users[who]).get("/referrals/")


def test_the_desk_sorts_by_what_is_to_do_and_names_nobody(world: World, sharing: Sharing) -> None:
    new = sharing.refer()
    ahead = sharing.accept(sharing.refer("psychological"), world.now + timedelta(days=1))
    owed = sharing.accept(sharing.refer("medical_certificate"))
    other = Sharing(world, world.case())
    done = other.report(other.accept(other.refer()))
    page = body(desk(world))
    parts = {
        name: page.split(f'id="part-{name}"')[1].split("</section>")[0]
        for name in ("new", "accepted", "report", "finished")
    }

    for name, referral in (("new", new), ("accepted", ahead), ("report", owed), ("finished", done)):
        assert [name for name, part in parts.items() if referral.code in part] == [name]
    for secret in ("Lò Thị Mẫu", "L.T.M.", sharing.case.number, "Lường", "Mường Phăng"):
        assert secret not in page
    assert "Trong 24 giờ" in parts["new"]
    assert "data-due=" in parts["new"]
    assert "xem được đến" in parts["new"]


def test_an_empty_desk_teaches(world: World) -> None:
    assert "Chưa có yêu cầu nào" in body(desk(world))


def test_the_desk_holds_only_what_was_sent_to_ones_own_office(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    kham, _office = sharing.partner("kham", "hospital", "health_partner")

    assert referral.code in body(desk(world))
    assert referral.code not in body(signed_in(kham).get("/referrals/"))
    assert referral.code not in body(desk(world, "yen"))


@pytest.mark.parametrize("how", ["consent", "referral", "time"])
def test_what_is_over_leaves_the_desk(world: World, sharing: Sharing, how: str) -> None:
    referral = sharing.refer()
    end(sharing, referral, how)

    assert referral.code not in body(desk(world))


@pytest.mark.parametrize("who", ["lan", "pao", "mai", "kien", "son", "tuan"])
def test_the_desk_is_the_partners(world: World, who: str) -> None:
    assert desk(world, who).status_code == 403


def test_somebody_who_works_on_cases_too_has_only_shares_on_the_desk(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    sharing.withdraw(referral.consent)
    own = sharing.refer("legal_aid", recipient=world.agencies["legal"])
    world.lan.memberships.create(
        agency=world.agencies["hospital"],
        role="health_partner",
        valid_from=world.now.date() - timedelta(days=9),
    )
    page = body(desk(world, "lan"))

    assert referral.code not in page
    assert own.code not in page


@pytest.mark.parametrize("query", ["after=x", "after=%00", "after=🔥", "nonsense=1"])
def test_a_broken_address_breaks_nothing(world: World, query: str) -> None:
    assert signed_in(world.hoa).get(f"/referrals/?{query}").status_code in (200, 400)


# --- the request itself ---


def look(world: World, referral: Referral, who: str = "hoa"):
    return signed_in(world.users[who]).get(f"/referrals/{referral.pk}/")


def end(sharing: Sharing, referral: Referral, how: str) -> None:
    if how == "consent":
        sharing.withdraw(referral.consent)
    elif how == "referral":
        sharing.take_back(referral)
    else:
        sharing.over(referral)


def test_opening_is_written_on_the_chain_of_the_case_and_received_once(
    world: World, sharing: Sharing
) -> None:
    referral = sharing.refer()
    assert look(world, referral).status_code == 200
    first = fresh(referral)
    look(world, referral)
    events = AuditEvent.objects.filter(case_id=sharing.case.pk, actor=world.hoa.pk).order_by("pk")

    assert first.state == "received"
    assert first.received_at is not None
    assert fresh(referral).received_at == first.received_at
    assert fresh(referral).version == first.version
    assert [(event.action, event.outcome) for event in events] == [
        ("referral.view", "read"),
        ("referral.receive", "done"),
        ("referral.view", "read"),
    ]


def test_a_worker_who_looks_at_it_receives_nothing(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    page = body(look(world, referral, "lan"))

    assert fresh(referral).received_at is None
    assert "Đây là những gì cơ quan nhận đọc được lúc này" in page
    assert "Lò Thị Mẫu" in page
    assert "/accept/" not in page


def test_it_says_until_when_and_whom_to_ask(world: World, sharing: Sharing) -> None:
    page = body(look(world, sharing.refer()))

    for text in ("Xem được đến", "Lò Thị Lan", "UBND xã Mường Phăng", "Tiếp nhận", "Từ chối"):
        assert text in page


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("hoa", 200),
        ("lan", 200),
        ("pao", 200),
        ("mai", 200),
        ("yen", 404),
        ("minh", 404),
        ("dung", 404),
        ("tuan", 404),
        ("kien", 404),
        ("son", 404),
    ],
)
def test_who_opens_it(world: World, sharing: Sharing, who: str, status: int) -> None:
    assert look(world, sharing.refer(), who).status_code == status


def test_others_of_the_office_need_the_role(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    reception = sharing.member("tiepdon", world.agencies["hospital"], "receiver")
    colleague = sharing.member("bacsi", world.agencies["hospital"], "health_partner")

    assert signed_in(reception).get(f"/referrals/{referral.pk}/").status_code == 404
    assert signed_in(colleague).get(f"/referrals/{referral.pk}/").status_code == 200


def plain(response, asked: object) -> str:
    """A page without the id that was asked for and without the token that differs each time."""
    return re.sub(r'value="\w{64}"', "", body(response).replace(str(asked), ""))


@pytest.mark.parametrize("how", ["consent", "referral", "time"])
def test_what_is_over_says_so_to_who_had_it_and_to_nobody_else(
    world: World, sharing: Sharing, how: str
) -> None:
    referral = sharing.refer()
    assert look(world, referral).status_code == 200
    kham, _office = sharing.partner("kham", "hospital", "health_partner")
    end(sharing, referral, how)
    over = look(world, referral)

    assert over.status_code == 410
    assert "Việc chia sẻ này đã kết thúc" in body(over)
    assert "Lò Thị Mẫu" not in body(over)
    for user in (world.yen, kham, world.tuan, world.kien, world.son):
        client, missing = signed_in(user), uuid4()
        hidden = client.get(f"/referrals/{referral.pk}/")
        nothing = client.get(f"/referrals/{missing}/")
        assert hidden.status_code == nothing.status_code == 404
        assert plain(hidden, referral.pk) == plain(nothing, missing)


@pytest.mark.parametrize("verb", ["accept", "decline", "report-back"])
def test_no_answer_is_taken_once_it_is_over(world: World, sharing: Sharing, verb: str) -> None:
    referral = sharing.refer()
    version = fresh(referral).version
    sharing.withdraw(referral.consent)
    address = f"/referrals/{referral.pk}/{verb}/"

    assert signed_in(world.hoa).post(address, {"version": version}).status_code == 410
    assert signed_in(world.yen).post(address, {"version": version}).status_code == 404


def test_who_came_to_the_office_later_never_had_it(world: World, sharing: Sharing) -> None:
    referral = sharing.over(sharing.refer())
    newcomer = sharing.member("moi", world.agencies["hospital"], "health_partner")
    newcomer.memberships.update(valid_from=world.now.date() + timedelta(days=0))
    Consent.objects.everything(reason=FORGOTTEN).filter(pk=referral.consent_id).update(
        valid_until=world.at(days=5)
    )

    assert signed_in(newcomer).get(f"/referrals/{referral.pk}/").status_code == 404
    assert look(world, referral).status_code == 410


# --- answering ---


def answer(world: World, referral: Referral, verb: str, who: str = "hoa", **data: object):
    version = fresh(referral).version
    return signed_in(world.users[who]).post(f"/referrals/{referral.pk}/{verb}/", {"version": version, **data})


def test_taking_on_with_an_appointment(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    said = answer(world, referral, "accept", appointment_at=display_datetime(world.now + timedelta(days=2)))

    assert said["Location"] == f"/referrals/{referral.pk}/"
    assert fresh(referral).state == "accepted"
    page = body(look(world, referral))
    assert "Lịch hẹn" in page
    assert f'action="/referrals/{referral.pk}/report-back/"' in page


@pytest.mark.parametrize(("typed", "status"), [("hôm qua", 400), ("01/01/2020 09:00", 409), ("\x00", 400)])
def test_a_wrong_appointment_is_said_beside_the_slice(
    world: World, sharing: Sharing, typed: str, status: int
) -> None:
    referral = sharing.refer()
    said = answer(world, referral, "accept", appointment_at=typed)

    assert said.status_code == status
    assert 'id="id_appointment_at_error"' in body(said)
    assert "Lò Thị Mẫu" in body(said)
    assert fresh(referral).state == "sent"


def test_declining_with_a_reason(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    client = signed_in(world.hoa)
    assert "Không còn khả năng tiếp nhận" in body(client.get(f"/referrals/{referral.pk}/decline/"))
    missing = answer(world, referral, "decline", feedback="Kín lịch đến tháng sau.")
    assert missing.status_code == 400
    assert "Kín lịch đến tháng sau." in body(missing)

    answer(world, referral, "decline", declined_reason="no_capacity", feedback="Kín lịch đến tháng sau.")

    assert fresh(referral).state == "declined"
    page = body(look(world, referral))
    assert "Đơn vị đã từ chối yêu cầu này" in page
    assert "Lò Thị Mẫu" not in page


def test_reporting_back(world: World, sharing: Sharing) -> None:
    referral = sharing.accept(sharing.refer())
    wrong = answer(world, referral, "report-back", feedback="Đã khám.")
    assert wrong.status_code == 400
    assert "Đã khám." in body(wrong)

    answer(world, referral, "report-back", result="provided_by_us", feedback="Đã khám.")

    assert (fresh(referral).state, fresh(referral).feedback) == ("completed", "Đã khám.")
    assert "Đã khám." in body(look(world, referral))


def test_a_page_that_is_too_old_is_refused(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    old = fresh(referral).version
    sharing.receive(referral)
    said = signed_in(world.hoa).post(
        f"/referrals/{referral.pk}/accept/", {"version": old, "appointment_at": ""}
    )

    assert said.status_code == 412


@pytest.mark.parametrize("verb", ["accept", "report-back"])
def test_an_address_of_an_answer_leads_to_the_request(world: World, sharing: Sharing, verb: str) -> None:
    referral = sharing.refer()
    said = signed_in(world.hoa).get(f"/referrals/{referral.pk}/{verb}/")

    assert (said.status_code, said["Location"]) == (302, f"/referrals/{referral.pk}/")


def test_an_answer_in_the_wrong_state_is_refused(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()

    assert answer(world, referral, "report-back", result="referred", feedback="Xong").status_code == 409
    sharing.accept(fresh(referral))
    assert answer(world, referral, "decline", declined_reason="other").status_code == 409


@pytest.mark.parametrize("verb", ["accept", "decline", "report-back"])
@pytest.mark.parametrize(
    ("who", "status"), [("lan", 403), ("pao", 403), ("yen", 404), ("tuan", 404), ("son", 404)]
)
def test_only_the_recipient_answers(world: World, sharing: Sharing, verb: str, who: str, status: int) -> None:
    referral = sharing.refer()

    assert answer(world, referral, verb, who).status_code == status
    assert fresh(referral).state == "sent"


# --- cost ---


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_a_full_desk_costs_what_an_empty_one_does(world: World, sharing: Sharing) -> None:
    def fill(times: int) -> None:
        for _time in range(times):
            other = Sharing(world, another_case(world))
            other.refer()
            other.accept(other.refer("psychological"))
            other.report(other.accept(other.refer("medical_certificate")))

    client = signed_in(world.hoa)
    fill(1)
    few = queries(client, "/referrals/")
    fill(3)

    assert queries(client, "/referrals/") == few <= 20


def test_a_full_tab_costs_what_a_short_one_does(world: World, sharing: Sharing) -> None:
    client, url = signed_in(world.lan), f"/cases/{sharing.case.pk}/referrals/"
    sharing.refer()
    few = queries(client, url)
    for service in ("psychological", "medical_certificate", "health_care"):
        sharing.report(sharing.accept(sharing.refer(service)))

    assert queries(client, url) == few


def another_case(world: World):
    return open_case(report=world.assigned_report(), by=world.lan, at=world.at(days=2))


def test_the_desk_goes_page_by_page_through_what_is_finished(world: World, sharing: Sharing) -> None:
    consent = sharing.consent()
    codes = set()
    for _time in range(27):
        codes.add(sharing.decline(sharing.request(consent)).code)
    client = signed_in(world.hoa)
    first = body(client.get("/referrals/"))
    address = first.split('href="/referrals/?after=')[1].split('"')[0]
    second = body(client.get(f"/referrals/?after={address}"))

    shown = [{code for code in codes if code in page} for page in (first, second)]
    assert (len(shown[0]), len(shown[1])) == (25, 2)
    assert shown[0] | shown[1] == codes
