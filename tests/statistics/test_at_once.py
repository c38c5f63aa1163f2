"""Two verbs on the same people at the same time."""

import threading

import pytest
from django.db import connection, transaction

from casework.cases.actions import add_person, edit_person, set_main_participant
from casework.incidents.actions import record_incident
from casework.statistics.cube import facts
from casework.statistics.facts import drift
from tests.statistics.test_facts import said
from tests.waiting import somebody_waits_for_us
from tests.world import World


@pytest.mark.django_db(transaction=True)
def test_of_two_verbs_at_once_the_later_reads_what_the_earlier_wrote(world: World) -> None:
    # A database in memory is one connection: there the second comes when the first has gone.
    at_once = connection.vendor == "postgresql"
    case, other = world.case(at=world.at(hours=9)), world.case(at=world.at(hours=8))
    her = world.victim(case)
    answers = {"person": her.pk, "role": "victim"}
    part = add_person(case=other, by=world.lan, at=world.at(hours=7), answers=answers)
    set_main_participant(case=other, participant=part, by=world.lan, at=world.at(hours=6))
    assert facts().has("sex", "other").sum() == 0

    def write_incident() -> None:
        at = world.at(hours=5)
        answers = {"happened_at": at, "area": world.commune, "acts": ["A13"]}
        record_incident(case=other, by=world.lan, at=at, answers=answers)
        if at_once:
            connection.close()

    second = threading.Thread(target=write_incident)
    with transaction.atomic():
        edit_person(case=case, person=her, by=world.lan, at=world.at(hours=4), answers={"sex": "other"})
        if at_once:
            # It has written its row and waits for the fact.
            second.start()
            assert somebody_waits_for_us()
        assert facts().has("sex", "other").sum() == 2
    second.join() if at_once else write_incident()

    assert said(other, "sex") == {"other"}
    assert said(other, "form") == {"economic"}
    assert drift().total == 0
    assert facts().has("form", "economic").sum() == 1
