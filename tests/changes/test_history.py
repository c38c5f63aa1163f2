"""The history of one record: who, when, which fields; never a value, never more than the record itself shows."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from casework.access.guard import GuardedModel
from casework.access.seals import kinds
from casework.audit.models import AuditEvent
from casework.cases.actions import edit_person
from casework.cases.models import Case
from tests.casefile import doing
from tests.casefile.doing import signed_in
from tests.world import World


def ask(world: World, row: GuardedModel, user: str = "lan", **asked: str) -> Any:
    named = {"model": type(row).__name__, "id": str(row.pk), **asked}
    return signed_in(world.users[user]).get(reverse("api:history"), named)


def rename(world: World, case: Case, name: str, hours: int = 1) -> None:
    edit_person(
        case=doing.fresh(case),
        person=world.victim(case),
        by=world.lan,
        at=world.at(hours=hours),
        answers={"full_name": name, "ethnicity": "03"},
    )


def test_it_names_what_changed_by_whom_and_no_value(world: World, case: Case) -> None:
    rename(world, case, "Lò Thị Đổi")

    answer = ask(world, world.victim(case))
    newest, oldest = answer.json()["results"]
    assert (newest["change"], newest["by"], newest["fields_changed"]) == (
        "changed",
        str(world.lan.pk),
        ["full_name", "ethnicity"],
    )
    assert oldest["change"] == "created"
    assert "Lò Thị" not in answer.content.decode()


def test_a_write_that_changed_nothing_names_no_field(world: World, case: Case) -> None:
    rename(world, case, "Lò Thị Đổi", hours=2)
    rename(world, case, "Lò Thị Khác", hours=1)

    newest = ask(world, world.victim(case)).json()["results"][0]
    assert newest["fields_changed"] == ["full_name"]


@pytest.mark.parametrize("user", ["son", "hoa"])
def test_roles_without_cases_are_refused_whatever_they_ask_for(world: World, case: Case, user: str) -> None:
    assert ask(world, case, user).status_code == 403
    assert ask(world, case, user, id=str(uuid4())).status_code == 403


@pytest.mark.parametrize("user", ["minh", "tuan", "kien"])
def test_it_is_as_hidden_as_the_record(world: World, case: Case, user: str) -> None:
    assert ask(world, case, user).status_code == 404
    assert ask(world, world.victim(case), user).status_code == 404


def test_a_confidential_note_has_no_history_elsewhere(world: World, case: Case) -> None:
    note = doing.note(world, case, "Chỉ cơ quan tôi biết.", confidential=True)

    assert ask(world, note).status_code == 200
    assert ask(world, note, "mai").status_code == 404


def test_asking_is_remembered(world: World, case: Case) -> None:
    ask(world, case)

    event = AuditEvent.objects.filter(case_id=case.pk, outcome=AuditEvent.READ).latest("pk")
    assert event.detail["page"] == "history"


@pytest.mark.parametrize(
    "asked", [{"model": "User"}, {"model": "x"}, {"id": ""}, {"id": "x"}, {"other": "1"}]
)
def test_what_has_no_history_is_refused(world: World, case: Case, asked: dict[str, str]) -> None:
    assert ask(world, case, **asked).status_code == 400


def test_it_goes_on_where_it_stopped(world: World, case: Case) -> None:
    for hours in range(5, 0, -1):
        rename(world, case, f"Lò Thị Tên {hours}", hours=hours)
    person = world.victim(case)

    whole = ask(world, person).json()["results"]
    first = ask(world, person, size="2").json()
    second = ask(world, person, size="100", after=first["next"]).json()
    assert len(whole) == 6
    assert first["results"] + second["results"] == whole


def test_it_costs_the_same_for_many_versions(world: World, case: Case) -> None:
    person = world.victim(case)
    client = signed_in(world.lan)
    url = f"{reverse('api:history')}?model=person&id={person.pk}"
    rename(world, case, "Lò Thị Một", hours=9)
    few = doing.queries_of(client, url)

    for hours in (4, 3, 2):
        rename(world, case, f"Lò Thị Tên {hours}", hours=hours)

    assert doing.queries_of(client, url) == few


def test_every_guarded_model_can_be_asked_about(world: World, case: Case) -> None:
    for name, model in kinds().items():
        assert model._meta.model_name == name
        assert hasattr(model, "history")
