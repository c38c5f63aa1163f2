"""A confidential note never leaves its author's agency: not by page, REST, history, verb or count."""

from datetime import timedelta

import pytest
from django.urls import reverse

from casework.access.decisions import may
from casework.access.opening import open_record
from casework.accounts.actions import add_user
from casework.base.refusals import NotVisible
from casework.cases.actions import assign_case
from casework.cases.models import Case, CaseTemporaryGrant
from casework.organisations.models import Membership, User
from casework.plans.actions import write_note
from casework.plans.models import Note
from casework.plans.queries import notes_of, notes_visible_to
from tests.incidents.asking import Rest, signed_in
from tests.world import SINCE, World, with_password

SECRET = "Chị kể điều chưa nói với ai."
OPEN = "Đã đến nhà, mọi người đều ở nhà."


def write(world: World, case: Case, name: str = "lan", *, confidential: bool, text: str) -> Note:
    return write_note(
        case=case,
        by=world.users[name],
        at=world.now,
        answers={"kind": "visit", "at": world.at(hours=1), "text": text, "is_confidential": confidential},
    )


@pytest.fixture
def secret(world: World, case: Case) -> Note:
    write(world, case, confidential=False, text=OPEN)
    return write(world, case, confidential=True, text=SECRET)


@pytest.fixture
def readers(world: World, case: Case) -> dict[str, User]:
    """Everybody who reads the case from another agency, on every basis there is."""
    assign_case(case=case, by=world.lan, at=world.now, user=world.dung)
    CaseTemporaryGrant.objects.create(
        user=world.kien,
        content_object=case,
        opened_at=case.opened_at,
        not_before=world.at(hours=1),
        not_after=world.now + timedelta(hours=1),
        source="test",
    )
    return {name: world.users[name] for name in ("dung", "mai", "kien")}


def test_colleagues_of_the_author_read_it(world, case, secret):
    for name in ("lan", "pao"):
        texts = {note.text for note in notes_visible_to(world.users[name], case)}
        assert texts == {OPEN, SECRET}


def test_nobody_of_another_agency_does_whatever_their_rank(world, case, secret, readers):
    for name, user in readers.items():
        assert {note.text for note in notes_visible_to(user, case)} == {OPEN}, name
        assert notes_visible_to(user, case).count() == 1
        assert not may(user, "case.view", secret)
        with pytest.raises(NotVisible):
            open_record(user, Note, secret.pk)


def test_its_history_is_as_closed(world, secret, readers):
    for user in readers.values():
        assert not Note.history.visible_to(user).filter(id=secret.pk).exists()
    assert Note.history.visible_to(world.lan).filter(id=secret.pk).exists()


def test_pages_and_rest_do_not_show_it(world, case, secret, readers):
    page = reverse("case-plan", args=[case.pk])
    for name, user in readers.items():
        html = signed_in(user).get(page).content.decode()
        assert OPEN in html, name
        assert SECRET not in html, name
        rows = Rest(user).get(f"cases/{case.pk}/notes/").json()["results"]
        assert [row["text"] for row in rows] == [OPEN], name
    assert SECRET in signed_in(world.lan).get(page).content.decode()
    assert len(Rest(world.lan).get(f"cases/{case.pk}/notes/").json()["results"]) == 2


def test_a_supervisor_keeps_notes_from_the_commune_too(world, case):
    mine = write(world, case, "mai", confidential=True, text=SECRET)
    assert mine in notes_visible_to(world.mai, case)
    for name in ("lan", "pao"):
        assert mine not in notes_visible_to(world.users[name], case)


def test_it_stays_with_the_agency_when_the_author_has_left(world, case, secret):
    leaving = world.lan
    later = world.now + timedelta(days=2)
    Membership.objects.filter(user=leaving).update(valid_to=(world.now + timedelta(days=1)).date())

    assert not notes_of_at(leaving, case, later)
    assert SECRET in notes_of_at(world.pao, case, later)


def notes_of_at(user: User, case: Case, at) -> set[str]:
    return {note.text for note in Note.objects.visible_to(user, at=at).filter(case=case)}


def test_who_works_in_two_agencies_writes_for_the_one_in_charge(world, case):
    two = with_password(
        add_user(
            by=world.son,
            at=world.now,
            username="hai",
            full_name="Lò Văn Hai",
            agency=world.agencies["hospital"],
            role="health_partner",
            since=SINCE,
            is_demo=True,
        )
    )
    Membership.objects.create(
        user=two, agency=world.agencies["committee"], role="social_worker", valid_from=SINCE
    )
    assign_case(case=case, by=world.lan, at=world.now, user=two)
    note = write_note(
        case=case,
        by=two,
        at=world.now,
        answers={"kind": "visit", "at": world.now, "text": SECRET, "is_confidential": True},
    )
    assert note.agency == world.agencies["committee"]


def test_pages_of_notes_hold_only_what_may_be_read(world, case, readers):
    for number in range(20):
        write(world, case, confidential=number % 2 == 0, text=f"Ghi chép {number}")
    first = notes_of(world.mai, case)
    assert len(first.rows) == 10
    assert first.next == ""
