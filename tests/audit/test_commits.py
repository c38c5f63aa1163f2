"""What is really committed, in the role of the application: every change with its event, and none without."""

import pytest
from django.db import IntegrityError, connection, transaction

from casework.access.opening import open_record
from casework.cases.actions import edit_case
from casework.cases.models import Case
from tests.world import World

ANSWERS = {"origin": "own_finding", "legal_basis": "19_1_a", "language": "thai"}

pytestmark = pytest.mark.django_db(transaction=True)


def stored(case: Case) -> Case:
    return Case.objects.everything(reason="test").get(pk=case.pk)


def test_a_change_without_an_event_is_not_committed(world: World):
    """Nobody asks for a check before, as in service: it is the COMMIT that fails."""
    case, table = world.case(), Case._meta.db_table

    @transaction.atomic
    def close() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET state = 'closed'")
            assert cursor.rowcount == 1

    with pytest.raises(IntegrityError):
        close()
    assert stored(case).state == case.state


def test_a_case_is_opened_looked_at_and_changed_by_a_role_that_owns_nothing(world: World):
    case = world.case()
    edit_case(case=open_record(world.lan, Case, case.pk), by=world.lan, at=world.now, answers=ANSWERS)
    assert stored(case).language == "thai"
