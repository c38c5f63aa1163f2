"""The API keeps to its own description, whatever is sent: no status it does not name, no body it does not draw."""

import os
from collections.abc import Iterator
from uuid import UUID

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import ignored_auth, positive_data_acceptance
from schemathesis.core.result import Ok

from casework.accounts.tokens import issue_token
from casework.base import clock

pytestmark = pytest.mark.django_db

# Few, to keep the whole run short; a longer search: CONTRACT_EXAMPLES=100.
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "3"))
# Our own token is what opens here; that nothing opens without one is tried elsewhere. And a shape cannot say which
# communes exist today, which telephone number is real, or which cursor is ours.
EXCLUDED = [ignored_auth, positive_data_acceptance]


def is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


@pytest.fixture
def token(world) -> dict[str, str]:
    return {"Authorization": f"Token {issue_token(user=world.lan, hours=1, at=clock.now())}"}


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Between requests a server gives its connection up; here the transaction of the test lives on it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_the_api_keeps_to_its_description(world, token, mode):
    real = {"case_id": str(world.case().pk), "report_id": str(world.assigned_report().pk)}
    api = schemathesis.openapi.from_wsgi("/api/schema/", get_wsgi_application(), headers=token)
    seen: list[int] = []
    tried = untried = 0
    for found in api.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        def holds(case):
            # A made-up id reaches nothing; every other try is about a record that is there.
            if len(seen) % 2:
                case.path_parameters = {
                    name: real.get(name, value) if is_uuid(value) else value
                    for name, value in case.path_parameters.items()
                }
            answer = case.call(headers=token)
            seen.append(answer.status_code)
            case.validate_response(answer, excluded_checks=EXCLUDED)

        try:
            holds()
            tried += 1
        except Unsatisfiable:
            # An address with nothing but an id leaves nothing to send wrongly.
            untried += 1
    assert untried < tried
    assert not any(status >= 500 for status in seen)
