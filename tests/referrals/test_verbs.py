"""The verbs of sharing: who may, in which state, until which instant."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from casework.audit.models import AuditEvent
from casework.base.codes import codes
from casework.base.refusals import Denied, Erased, NotVisible, Refused
from casework.cases.actions import assign_case
from casework.cases.lifecycle import LIVE, STATES, CaseNotLive
from casework.cases.models import ConflictLock
from casework.deadlines.models import Deadline
from casework.organisations.models import DutyShift, User
from casework.referrals import actions, scopes
from casework.referrals.models import Consent, Referral
from tests.referrals.sharing import FORGOTTEN, Sharing, fresh
from tests.world import CAST, World

WORK = {"lan", "minh on duty", "dung assigned"}
MAY = {
    "give_consent": WORK,
    "withdraw_consent": WORK,
    "send_referral": WORK,
    "withdraw_referral": WORK,
    "receive_referral": {"hoa"},
    "accept_referral": {"hoa"},
    "decline_referral": {"hoa"},
    "report_back": {"hoa"},
}
LOOK = {*WORK, "pao", "mai"}
# A consent is part of the file: its recipient reads what it lets out, never the paper itself.
MAY_LOOK = {verb: LOOK | ({"hoa"} if "referral" in verb or verb == "report_back" else set()) for verb in MAY}
MAY_LOOK["send_referral"] = LOOK
PEOPLE = [*CAST, "son", "minh on duty", "dung assigned", "reception", "clinic"]


def person(world: World, sharing: Sharing, who: str) -> User:
    """Somebody of the cast; «reception» works in Hoa's hospital in another role, «clinic» in another hospital."""
    if who == "reception":
        return sharing.member("tiepdon", world.agencies["hospital"], "receiver")
    if who == "clinic":
        return sharing.partner("kham", "hospital", "health_partner")[0]
    user = world.users[who.split()[0]]
    if who.endswith("on duty"):
        DutyShift.objects.create(
            user=user,
            agency=world.agencies["committee"],
            starts_at=world.at(hours=1),
            ends_at=world.now + timedelta(hours=1),
        )
    if who.endswith("assigned"):
        assign_case(case=sharing.case, by=world.lan, at=world.at(hours=6), user=user)
    return user


def test_every_verb_of_the_room_is_in_the_table(sharing: Sharing) -> None:
    own = {name for name, found in vars(actions).items() if getattr(found, "verb", "")}

    assert own == set(MAY) == set(sharing.calls())


@pytest.mark.parametrize(("verb", "who"), list(product(MAY, PEOPLE)))
def test_a_verb_is_done_by_those_who_may_and_by_nobody_else(
    world: World, sharing: Sharing, verb: str, who: str
) -> None:
    user = person(world, sharing, who)
    make, call = sharing.calls()[verb]
    target = make()

    if who in MAY[verb]:
        result = call(target, by=user)
        event = AuditEvent.objects.filter(actor=user.pk).latest("pk")
        assert (event.outcome, event.case_id) == (AuditEvent.DONE, sharing.case.pk)
        assert event.object_id == result.pk
        return
    with pytest.raises(Denied if who in MAY_LOOK[verb] else NotVisible):
        call(target, by=user)
    refusal = AuditEvent.objects.filter(actor=user.pk).latest("pk")
    assert (refusal.outcome, refusal.object_id) == (AuditEvent.REFUSED, target.pk)


# --- consent ---


def test_a_consent_lasts_thirty_days_unless_told_otherwise(world: World, sharing: Sharing) -> None:
    consent = sharing.consent(at=world.at(hours=5))

    assert consent.valid_from == world.at(hours=5)
    assert consent.valid_until == world.at(hours=5) + timedelta(days=30)
    assert (consent.language, consent.interpreter, consent.document) == (
        "thai",
        "staff",
        "Bản giấy trong tủ hồ sơ",
    )


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"told_consequences": False}, "consequences_not_told"),
        ({"items": []}, "items_missing"),
        ({"items": ["safe_address"]}, "item_never_shared"),
        ({"items": ["measures"]}, "item_not_offered"),
        ({"service": "shelter", "items": ["full_name"]}, "shelter_no_identity"),
        ({"service": "legal_aid"}, "recipient_kind"),
        ({"valid_until": "91 days"}, "term_too_long"),
        ({"valid_until": "now"}, "term_empty"),
    ],
)
def test_a_consent_that_is_none_is_refused(world: World, sharing: Sharing, wrong: dict, code: str) -> None:
    ends = {"91 days": world.now + timedelta(days=91), "now": world.at(hours=5)}
    if "valid_until" in wrong:
        wrong = {"valid_until": ends[wrong["valid_until"]]}
    with pytest.raises(Refused) as said:
        sharing.consent(**wrong)

    assert said.value.code == code
    assert not Consent.objects.everything(reason=FORGOTTEN).exists()


def test_ninety_days_are_allowed(world: World, sharing: Sharing) -> None:
    at = world.at(hours=5)

    assert sharing.consent(at=at, valid_until=at + timedelta(days=90)).valid_until == at + timedelta(days=90)


def test_a_consent_is_taken_back_once(world: World, sharing: Sharing) -> None:
    consent = sharing.withdraw(sharing.consent())

    assert consent.withdrawn_at == world.at(hours=1)
    assert consent.withdrawn_reason == "Chị đổi ý."
    with pytest.raises(Refused, match="consent_over"):
        sharing.withdraw(consent)


def test_taking_consent_back_ends_what_is_open_and_keeps_what_was_told(
    world: World, sharing: Sharing
) -> None:
    consent = sharing.consent("medical_certificate")
    done = sharing.report(sharing.accept(sharing.request(consent, "medical_certificate")))
    waiting = sharing.request(consent, "medical_certificate", at=world.at(minutes=30))

    sharing.withdraw(consent, at=world.now)

    assert fresh(waiting).state == "cancelled"
    assert (fresh(done).state, fresh(done).feedback) == ("completed", "Đã khám xong.")
    assert running_clocks(sharing) == []


@pytest.mark.parametrize("state", sorted(set(STATES) - LIVE))
def test_nothing_new_is_shared_of_a_case_that_has_ended(world: World, sharing: Sharing, state: str) -> None:
    consent = sharing.consent()
    sharing.case.state = state
    sharing.case.save()
    ended = Erased if state == "disposed" else CaseNotLive

    with pytest.raises(ended):
        sharing.consent()
    with pytest.raises(ended):
        sharing.request(consent)
    if state == "disposed":
        return
    # What she takes back, she takes back in any state but one of which nothing is left.
    assert sharing.withdraw(consent).withdrawn_at


# --- asking ---


def test_a_request_sets_the_clocks(world: World, sharing: Sharing) -> None:
    referral = sharing.refer(at=world.at(hours=4))

    assert (referral.state, referral.recipient) == ("sent", world.agencies["hospital"])
    assert referral.due_at == world.at(hours=4) + timedelta(hours=24)
    assert running_clocks(sharing) == ["consent_end", "referral_reply"]


def test_a_partner_is_asked_for_one_service_once_at_a_time(world: World, sharing: Sharing) -> None:
    consent = sharing.consent()
    first = sharing.request(consent)
    with pytest.raises(Refused, match="referral_open"):
        sharing.request(consent)
    sharing.take_back(first)

    assert sharing.request(consent, at=world.now).state == "sent"


def test_a_request_needs_a_consent_that_runs(world: World, sharing: Sharing) -> None:
    at = world.at(days=2)
    consent = sharing.consent(at=at, valid_until=at + timedelta(days=1))

    with pytest.raises(Refused, match="consent_over"):
        sharing.request(consent, at=at + timedelta(days=1))
    assert sharing.request(consent, at=at + timedelta(days=1) - timedelta(microseconds=1)).state == "sent"


def test_a_consent_for_one_service_does_not_ask_for_another(world: World, sharing: Sharing) -> None:
    """Its items were agreed for the first; what the second may not be told refuses it."""
    _thao, office = sharing.partner("thao", "social_assistance", "shelter_partner")
    consent = sharing.consent("essential_needs", recipient=office)

    with pytest.raises(Refused, match="shelter_no_identity"):
        sharing.request(consent, "shelter")


def test_a_request_goes_where_somebody_can_open_it(world: World, sharing: Sharing) -> None:
    consent = sharing.consent()
    world.hoa.is_active = False
    world.hoa.save()

    with pytest.raises(Refused, match="recipient_unreachable"):
        sharing.request(consent)


@pytest.mark.parametrize(
    ("service", "more", "code"),
    [
        ("health_care", {"needs": " "}, "needs_missing"),
        ("shelter", {"needs": "Lò Thị Mẫu, bản Bua"}, "shelter_no_identity"),
    ],
)
def test_what_is_asked_fits_the_service(sharing: Sharing, service: str, more: dict, code: str) -> None:
    office: dict[str, Any] = {"recipient": sharing.partner("thao", "shelter", "shelter_partner")[1]}
    consent = sharing.consent(service, **(office if service == "shelter" else {}))

    with pytest.raises(Refused, match=code):
        sharing.request(consent, service, **more)


# --- answering ---


def test_it_is_received_once(world: World, sharing: Sharing) -> None:
    referral = sharing.receive(sharing.refer(), at=world.at(hours=3))
    again = sharing.receive(referral, at=world.at(hours=2))

    assert (again.state, again.received_at) == ("received", world.at(hours=3))


def test_accepting_starts_the_report_and_stops_the_answer(world: World, sharing: Sharing) -> None:
    appointment = world.now + timedelta(days=2)
    referral = sharing.accept(sharing.refer(), appointment)

    assert (referral.state, referral.answered_by, referral.appointment_at) == (
        "accepted",
        world.hoa,
        appointment,
    )
    assert referral.received_at == referral.answered_at
    assert running_clocks(sharing) == ["consent_end", "referral_service"]


def test_an_appointment_in_the_past_is_refused(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    with pytest.raises(Refused, match="appointment_past"):
        sharing.accept(referral, world.at(days=1))

    assert fresh(referral).state == "sent"


def test_declining_leaves_the_need_open(sharing: Sharing) -> None:
    referral = sharing.decline(sharing.refer())

    assert (referral.state, referral.unmet_need, referral.declined_reason) == (
        "declined",
        True,
        "no_capacity",
    )
    assert running_clocks(sharing) == []


@pytest.mark.parametrize("result", codes("service_answer").codes)
def test_each_of_the_six_answers_meets_the_need_or_not(sharing: Sharing, result: str) -> None:
    referral = sharing.report(sharing.accept(sharing.refer()), result)
    met = codes("service_answer").row(result).flag("met")

    assert (referral.state, referral.unmet_need) == ("completed" if met else "failed", not met)
    assert running_clocks(sharing) == []


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (answer, state)
        for answer, state in product(scopes.ANSWERS, codes("referral_state").codes)
        if state not in scopes.ANSWERS[answer] and state != "cancelled"
    ],
)
def test_an_answer_in_the_wrong_state_is_refused(sharing: Sharing, answer: str, state: str) -> None:
    referral = sharing.refer()
    Referral.objects.everything(reason=FORGOTTEN).filter(pk=referral.pk).update(state=state)
    call = {
        "accept": sharing.accept,
        "decline": sharing.decline,
        "report_back": sharing.report,
        "withdraw": sharing.take_back,
    }[answer]

    with pytest.raises(Refused, match="referral_state"):
        call(fresh(referral))
    assert fresh(referral).state == state


def test_a_request_is_taken_back_once(sharing: Sharing) -> None:
    referral = sharing.take_back(sharing.refer())

    assert referral.state == "cancelled"
    assert running_clocks(sharing) == []
    with pytest.raises(Refused, match="referral_state"):
        sharing.take_back(fresh(referral))


# --- until when ---


@pytest.mark.parametrize("verb", ["receive", "accept", "decline", "report"])
def test_the_end_of_the_consent_closes_the_share_to_the_instant(
    world: World, sharing: Sharing, verb: str
) -> None:
    at = world.at(days=3)
    end = at + timedelta(days=1)
    referral = sharing.request(sharing.consent(at=at, valid_until=end), at=at)
    if verb == "report":
        sharing.accept(referral, at=at)
    call = getattr(sharing, verb)

    assert seen(world.hoa, referral, at=end - timedelta(microseconds=1))
    assert not seen(world.hoa, referral, at=end)
    with pytest.raises(NotVisible):
        call(fresh(referral), at=end)
    assert call(fresh(referral), at=end - timedelta(microseconds=1)).pk == referral.pk


def test_before_the_consent_begins_there_is_no_share(world: World, sharing: Sharing) -> None:
    referral = sharing.refer(at=world.at(hours=2))

    assert not seen(world.hoa, referral, at=world.at(hours=2) - timedelta(microseconds=1))
    assert seen(world.hoa, referral, at=world.at(hours=2))


@pytest.mark.parametrize("how", ["consent", "referral"])
def test_taking_back_closes_the_share_at_once(world: World, sharing: Sharing, how: str) -> None:
    referral = sharing.refer()
    assert seen(world.hoa, referral, at=world.now)

    if how == "consent":
        sharing.withdraw(referral.consent)
    else:
        sharing.take_back(referral)

    assert not seen(world.hoa, referral, at=world.now)
    with pytest.raises(NotVisible):
        sharing.accept(fresh(referral))
    # Those who work on the case go on seeing what was asked.
    assert seen(world.lan, referral, at=world.now)


def test_somebody_close_to_a_party_has_no_share(world: World, sharing: Sharing) -> None:
    referral = sharing.refer()
    ConflictLock.objects.create(user=world.hoa, case=sharing.case, at=world.now, source="declared")

    assert not seen(world.hoa, referral, at=world.now)
    with pytest.raises(NotVisible):
        sharing.accept(referral)


def test_the_list_holds_what_one_may_see_and_nothing_else(world: World, sharing: Sharing) -> None:
    """Every referral asked of by list and by record gives one answer, for everybody of the cast."""
    legal: dict[str, Any] = {"recipient": world.agencies["legal"]}
    other = Sharing(world, world.case())
    referrals = [
        sharing.refer(),
        sharing.refer("legal_aid", **legal),
        other.refer(),
        sharing.over(other.refer("medical_certificate")),
        sharing.take_back(sharing.refer("psychological")),
    ]
    sharing.withdraw(other.refer("legal_aid", **legal).consent)

    for name in [*CAST, "son"]:
        user = world.users[name]
        listed = {row.pk for row in Referral.objects.visible_to(user, at=world.now)}
        allowed = {
            row.pk for row in referrals if Referral.visibility.basis(row, user, "referral.view", world.now)
        }
        assert listed & {row.pk for row in referrals} == allowed, name
    assert {row.pk for row in Referral.objects.visible_to(world.hoa)} == {referrals[0].pk, referrals[2].pk}
    assert {row.pk for row in Referral.objects.visible_to(world.yen)} == {referrals[1].pk}


def seen(user: User, referral: Referral, *, at) -> bool:
    listed = Referral.objects.visible_to(user, at=at).filter(pk=referral.pk).exists()
    assert listed == bool(Referral.visibility.basis(referral, user, "referral.view", at))
    return listed


def running_clocks(sharing: Sharing) -> list[str]:
    rows = Deadline.objects.everything(reason=FORGOTTEN).filter(case=sharing.case, state=Deadline.OPEN)
    kinds = ("consent_end", "referral_reply", "referral_service")
    return sorted(row.kind for row in rows if row.kind in kinds)
