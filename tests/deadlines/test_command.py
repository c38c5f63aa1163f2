"""`manage.py tick`: what one run does, and what it does when a part of it breaks."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from casework.audit.models import AuditCheckpoint
from casework.base import clock
from casework.base.models import Job
from casework.deadlines.models import Holiday
from casework.management.commands import tick
from tests.world import World

# Jobs sign in as the keeper.
pytestmark = pytest.mark.role("keeper")


def run() -> str:
    said = StringIO()
    call_command("tick", stdout=said, stderr=said)
    return said.getvalue()


def test_one_run_signs_forgets_and_brings_the_days_off(world: World) -> None:
    said = run()

    assert "days added" in said
    assert Holiday.objects.filter(day__year=clock.local_date(clock.now()).year + 3).exists()
    assert AuditCheckpoint.objects.exists()
    assert set(Job.objects.values_list("name", flat=True)) >= {"forget", "clearsessions", "seed_holidays"}
    # The day's work is done once a day.
    assert "days added" not in run()


def test_what_two_people_decided_is_destroyed_where_the_list_is_kept(
    world: World, settings: Any, tmp_path: Path
) -> None:
    place = tmp_path / "erasures.json"
    settings.ERASURE_LIST = str(place)
    run()
    assert json.loads(place.read_bytes())


def test_without_the_list_nothing_is_destroyed(world: World, settings: Any) -> None:
    settings.ERASURE_LIST = None
    assert "erase_due" not in tick.daily()


def test_what_breaks_keeps_nothing_else_from_being_done_and_is_tried_again(
    world: World, settings: Any, tmp_path: Path
) -> None:
    settings.ERASURE_LIST = str(tmp_path / "no" / "such" / "folder" / "list.json")
    for _ in range(2):
        with pytest.raises(CommandError, match="Not done: erase_due"):
            run()
    assert AuditCheckpoint.objects.exists()
    assert Holiday.objects.exists()
    assert not Job.objects.filter(name="erase_due").exists()
    assert Job.objects.get(name="forget").begun_at > clock.now() - timedelta(minutes=1)
