"""Incidents: recorded with the time as it was told, corrected with their history, never blocked by the relation."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from casework.audit.models import AuditEvent
from casework.base.clock import VIETNAM, local
from casework.base.dates import PartialDate
from casework.base.refusals import InvalidInput
from casework.cases.lifecycle import CLOSED, CaseNotLive
from casework.cases.models import Case
from casework.deadlines.models import Deadline
from casework.incidents import queries
from casework.incidents.actions import correct_incident, record_incident
from casework.incidents.models import Incident
from casework.people.models import Person
from casework.risk.actions import BASELINE, assess_risk
from tests.cases.acting import on_duty
from tests.incidents.asking import OTHERS
from tests.world import World

DAY = PartialDate(2026, 3, 5)


def told(world: World, **more: object) -> dict[str, object]:
    return {"happened_on": DAY, "area": world.commune, "acts": ["A01"], **more}


def record(world: World, case: Case, **more: Any) -> Incident:
    return record_incident(case=case, by=world.lan, at=world.now, answers=told(world, **more))


# --- when ---


@pytest.mark.parametrize(
    ("answers", "precision", "shown"),
    [
        ({"happened_on": DAY}, "day", "05/03/2026"),
        ({"happened_on": DAY, "happened_time": "21:14"}, "minute", "05/03/2026 21:14"),
        ({"happened_on": DAY, "happened_time": "21h"}, "minute", "05/03/2026 21:00"),
        (
            {"happened_on": DAY, "happened_part_of_day": "evening"},
            "part_of_day",
            "Tối (18 giờ đến 24 giờ) 05/03/2026",
        ),
        ({"happened_on": DAY, "in_that_week": True}, "week", "tuần từ 02/03/2026 đến 08/03/2026"),
        ({"happened_on": PartialDate(2026, 3)}, "month", "03/2026"),
        ({"happened_on": None}, "unknown", "không rõ thời điểm"),
        ({"happened_on": None, "happened_part_of_day": "night"}, "unknown", "Đêm (0 giờ đến 5 giờ)"),
    ],
)
def test_the_time_is_kept_as_it_was_told(world, case, answers, precision, shown):
    incident = record(world, case, **answers)

    assert incident.happened_precision == precision
    assert queries.cards([incident], "spouse")[0].happened == shown


def test_an_instant_is_taken_as_it_is(world, case):
    moment = datetime(2026, 3, 5, 21, 14, tzinfo=VIETNAM)
    incident = record_incident(
        case=case,
        by=world.lan,
        at=world.now,
        answers={"happened_at": moment, "happened_precision": "day", "area": world.commune, "acts": ["A01"]},
    )

    assert (incident.happened_at, incident.happened_precision) == (moment, "day")


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"happened_on": PartialDate(2026)}, "happened_on"),
        ({"happened_on": None, "happened_time": "21:14"}, "happened_on"),
        ({"happened_on": DAY, "happened_time": "25:00"}, "happened_time"),
    ],
)
def test_a_time_that_cannot_be_is_refused_beside_its_field(world, case, answers, field):
    with pytest.raises(InvalidInput) as refused:
        record(world, case, **answers)
    assert list(refused.value.errors) == [field]


def test_nothing_happens_in_the_future(world, case):
    tomorrow = local(world.now + timedelta(days=1))
    day = PartialDate(tomorrow.year, tomorrow.month, tomorrow.day)
    for answers, field in (
        ({"happened_on": day}, "happened_on"),
        ({"happened_on": day, "happened_time": "23:59"}, "happened_time"),
    ):
        with pytest.raises(InvalidInput) as refused:
            record(world, case, **answers)
        assert list(refused.value.errors) == [field]


# --- what ---


def test_the_first_is_the_first_and_the_forms_follow_from_the_acts(world, case):
    first = record(world, case, acts=["A01", "A13"])
    second = record(world, case, acts=["unknown"])

    assert (first.is_first, second.is_first) == (True, False)
    assert (first.forms, second.forms) == (["economic", "physical"], ["unknown"])


def test_a_form_the_officer_chose_stays(world, case):
    assert record(world, case, acts=["A01"], forms=["psychological"]).forms == ["psychological"]


def test_it_is_remembered_without_its_words(world, case):
    incident = record(world, case, her_words="Bí mật của chị")

    event = AuditEvent.objects.get(action="incident.record", object_id=incident.pk)
    assert event.detail["acts"] == ["A01"]
    assert "Bí mật" not in str(event.detail)


def test_a_relation_that_does_not_know_an_act_warns_and_does_not_block(world):
    case = world.case(
        people=[
            {"role": "victim", "full_name": "Lò Thị Mẫu", "sex": "female"},
            {
                "role": "perpetrator",
                "full_name": "Lường Văn Mẫu",
                "sex": "male",
                "relation": "former_spouse",
            },
        ]
    )
    incident = record(world, case, acts=["A01", "A05", "A09"])

    doubt = queries.doubt_about(incident, queries.relation_of(case))
    assert doubt is not None
    assert [act.letter for act in doubt.acts] == ["đ", "i"]
    assert "Nghị định 76/2023" in doubt.basis
    assert queries.doubt_about(incident, "spouse") is None
    assert queries.doubt_about(incident, "unknown") is None


# --- it brings the next assessment near ---


def test_a_new_incident_brings_the_assessment_to_within_a_day(world, case):
    assess_risk(case=case, by=world.lan, at=world.at(days=1), instrument=BASELINE, answers={})
    incident = record(world, case)

    clock = Deadline.objects.everything(reason="test").get(case=case, kind="risk_reassess", state="open")
    assert clock.due_at == world.now + timedelta(hours=24)
    case.refresh_from_db(from_queryset=Case.objects.everything(reason="test"))
    assert (case.next_due_at, case.next_due_kind) == (clock.due_at, "risk_reassess")
    assert incident.case_id == case.pk


def test_it_never_puts_the_assessment_off(world, case):
    assess_risk(case=case, by=world.lan, at=world.at(hours=71), instrument=BASELINE, answers={})
    before = (
        Deadline.objects.everything(reason="test").get(case=case, kind="risk_reassess", state="open").due_at
    )

    record(world, case)

    after = (
        Deadline.objects.everything(reason="test").get(case=case, kind="risk_reassess", state="open").due_at
    )
    assert after == before == world.now + timedelta(hours=1)


# --- corrected ---


def test_a_correction_keeps_what_stood_there(world, case):
    incident = record(world, case, acts=["A01"], place="Sân nhà")
    correct_incident(incident=incident, by=world.lan, at=world.now, answers={"place": "Ngoài nương"})

    rows = incident.history.everything(reason="test").order_by("history_date", "version")
    assert [row.place for row in rows] == ["Sân nhà", "Ngoài nương"]
    assert incident.happened_precision == "day"


def test_forms_go_on_following_the_acts_until_somebody_chose_them(world, case):
    incident = record(world, case, acts=["A01"])
    correct_incident(incident=incident, by=world.lan, at=world.now, answers={"acts": ["A01", "A13"]})
    assert incident.forms == ["economic", "physical"]

    correct_incident(incident=incident, by=world.lan, at=world.now, answers={"forms": ["economic"]})
    correct_incident(incident=incident, by=world.lan, at=world.now, answers={"acts": ["A02"]})
    assert incident.forms == ["economic"]


def test_one_part_of_the_time_can_be_corrected_alone(world, case):
    incident = record(world, case, happened_time="21:14")
    correct_incident(
        incident=incident, by=world.lan, at=world.now, answers={"happened_on": PartialDate(2026, 3, 6)}
    )

    assert local(incident.happened_at) == datetime(2026, 3, 6, 21, 14, tzinfo=VIETNAM)
    assert incident.happened_precision == "minute"


def test_a_correction_cannot_move_it_into_the_future(world, case):
    incident = record(world, case)
    tomorrow = local(world.now + timedelta(days=1))
    with pytest.raises(InvalidInput):
        correct_incident(
            incident=incident,
            by=world.lan,
            at=world.now,
            answers={"happened_on": PartialDate(tomorrow.year, tomorrow.month, tomorrow.day)},
        )


# --- who, and in which state ---


@pytest.mark.parametrize("name", OTHERS)
def test_recording_is_for_those_on_the_case(world, case, name):
    with pytest.raises(OTHERS[name]):
        record_incident(case=case, by=world.users[name], at=world.now, answers=told(world))


@pytest.mark.parametrize("name", OTHERS)
def test_correcting_is_for_those_on_the_case(world, case, name):
    incident = record(world, case)
    with pytest.raises(OTHERS[name]):
        correct_incident(incident=incident, by=world.users[name], at=world.now, answers={"place": "x"})


def test_a_colleague_on_duty_may_do_both(world, case):
    on_duty(world, world.minh)
    incident = record_incident(case=case, by=world.minh, at=world.now, answers=told(world))
    assert (
        correct_incident(incident=incident, by=world.minh, at=world.now, answers={"place": "Sân"}).place
        == "Sân"
    )


def test_a_closed_case_is_reopened_first(world, case):
    incident = record(world, case)
    case.refresh_from_db(from_queryset=Case.objects.everything(reason="test"))
    case.state = CLOSED
    case.save()
    with pytest.raises(CaseNotLive):
        record(world, case)
    with pytest.raises(CaseNotLive):
        correct_incident(incident=incident, by=world.lan, at=world.now, answers={"place": "x"})


def test_names_of_people_stay_out_of_the_row(world, case):
    # What the database can be asked of an incident names nobody.
    incident = record(world, case, her_words="Lò Thị Mẫu kể", findings="Ở nhà Lường Văn Mẫu", evidence="Ảnh")
    plain = {
        field.name: field.value_from_object(incident)
        for field in Incident._meta.concrete_fields
        if field.name in Incident.PLAIN
    }
    people = Person.objects.everything(reason="test").filter(participations__case=case)
    assert not any(person.full_name in str(plain) for person in people)
