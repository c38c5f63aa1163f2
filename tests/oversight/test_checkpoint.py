"""The newest checkpoint on paper: who prints it, what stands on it, and that the line taken from it is a witness."""

import re
from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
import segno
from django.core.management import CommandError, call_command
from django.urls import reverse

from casework.audit import sequencer
from casework.audit.evidence import BadWitness, Checkpoint, read_line
from casework.audit.models import AuditCheckpoint, AuditEvent
from casework.base import clock
from tests.audit.tampering import tamper
from tests.casefile.doing import signed_in, text_of
from tests.world import World

# Here the memory is signed as well, which on PostgreSQL is the job's and not the web server's.
pytestmark = pytest.mark.role("keeper")


def signed() -> Checkpoint:
    sequencer.sequence(clock.now() + sequencer.HEARTBEAT)
    return AuditCheckpoint.objects.latest("number").checkpoint()


def printed(world: World) -> str:
    answer = signed_in(world.kien).get(reverse("print-checkpoint"))
    assert answer.status_code == 200
    return text_of(answer)


def test_the_sheet_holds_the_line_as_a_code_and_in_words(world: World) -> None:
    signed()
    shown = printed(world)

    words = re.findall(r"<dd[^>]*><code>([^<]+)</code>", shown)
    line = Checkpoint.parse(" ".join(words)).line()
    assert line in {row.checkpoint().line() for row in AuditCheckpoint.objects.order_by("-number")[:2]}
    code = segno.make(line, error="m", micro=False).svg_data_uri(border=2)
    assert code in unescape(shown)
    event = AuditEvent.objects.filter(action="audit.print_checkpoint").latest("pk")
    assert event.detail["filters"]["checkpoint"] in words


def test_before_anything_was_signed_it_says_so(world: World) -> None:
    tamper("DELETE FROM {checkpoints}")
    assert "Chưa có mốc ký nào" in printed(world)
    tamper("DELETE FROM {checkpoints}")
    assert signed_in(world.kien).get(reverse("api:print-checkpoint")).status_code == 404


@pytest.mark.parametrize("user", ["lan", "pao", "mai", "hoa", "son"])
def test_it_is_the_auditors(world: World, user: str) -> None:
    for name in ("print-checkpoint", "api:print-checkpoint"):
        assert signed_in(world.users[user]).get(reverse(name)).status_code == 403


def test_rest_gives_the_line(world: World) -> None:
    signed()
    body = signed_in(world.kien).get(reverse("api:print-checkpoint")).json()

    assert Checkpoint.parse(body["line"]).number == body["number"]


# --- the line as a witness ---


def check(*words: str) -> str:
    out = StringIO()
    call_command("verify_audit", line=[list(words)], stdout=out)
    return out.getvalue()


def spoilt(line: str) -> list[str]:
    """As somebody types it: broken into lines, some letters large."""
    words = line.split()
    return [
        *words[:3],
        words[3].upper(),
        f"\n{words[4]}",
        words[5],
        words[6].upper(),
        f"{words[7].upper()}\n",
    ]


def test_a_line_from_paper_agrees_with_the_log_it_was_printed_from(world: World) -> None:
    line = signed().line()

    assert "1 lines of the witness" in check(line)
    assert "1 lines of the witness" in check(*spoilt(line))
    assert read_line(" ".join(spoilt(line))).line() == line


def test_it_shows_that_the_log_was_cut_with_its_checkpoints(world: World) -> None:
    before, line = AuditCheckpoint.objects.count(), signed().line()
    assert AuditCheckpoint.objects.count() > before
    tamper("DELETE FROM {checkpoints} WHERE number = %s", [read_line(line).number])

    with pytest.raises(CommandError, match="no such checkpoint any more"):
        check(line)


def test_a_line_with_a_wrong_letter_is_no_witness(world: World) -> None:
    line = signed().line()
    wrong: dict[str, Any] = {
        "a figure of the root": line.replace(line.split()[3], "0" * 64),
        "one word too few": line.rpartition(" ")[0],
        "another day": line.replace(line.split()[5], (clock.now() + timedelta(days=1)).isoformat()),
    }
    for what, typed in wrong.items():
        with pytest.raises(CommandError) as error:
            check(typed)
        assert "witness" in str(error.value), what
    with pytest.raises(BadWitness):
        read_line("")
