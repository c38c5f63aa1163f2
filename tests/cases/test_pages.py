"""The pages of a case's people and team: each opens, keeps what was typed, and shows only what it may."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from casework.access.commands import COMMANDS
from casework.audit.models import AuditEvent
from casework.cases import actions
from casework.cases.models import Case, ConflictLock, Participant
from casework.organisations.models import User
from casework.people.models import Address, Person, Phone, SafeContact
from tests.cases.acting import REASON, Doing, on_duty, part_of, row
from tests.world import World


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def pages(doing: Doing) -> dict[str, str]:
    """Every page of the room by its route."""
    case, person = doing.case, doing.victim
    return {
        name: reverse(name, args=args)
        for name, args in {
            "case-list": [],
            "search": [],
            "case-people": [case.pk],
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
            "case-team": [case.pk],
            "case-assign": [case.pk],
            "case-release": [case.pk],
            "case-transfer": [case.pk],
            "case-seal": [case.pk],
            "case-declare-conflict": [case.pk],
            "case-edit": [case.pk],
        }.items()
    }


def test_every_page_opens_for_the_worker(world: World, doing: Doing):
    lan = signed_in(world.lan)

    statuses = {name: lan.get(url).status_code for name, url in pages(doing).items()}

    assert statuses == {**dict.fromkeys(statuses, 200), "case-seal": 403}
