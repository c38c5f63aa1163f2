"""What was drawn before the transaction is kept only if it is what would be drawn in it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from casework.base import clock
from casework.cases.actions import add_address
from casework.official_forms import ahead, queries
from tests.attachments.making import upload
from tests.ground import copy_of, ground
from tests.matrix.file import File
from tests.official_forms import hiding
from tests.official_forms.laying import BAN, about, content, issue, laid, send_file, words
from tests.world import World

laid_out = ground(laid)


@pytest.fixture
def file(laid_out: File, world: World, monkeypatch: pytest.MonkeyPatch) -> File:
    made = copy_of(laid_out)
    # A paper says the minute it was drawn in.
    monkeypatch.setattr(clock, "now", lambda: made.world.now)
    return made


@contextmanager
def drawn(file: File, kind: str = BAN) -> Iterator[Any]:
    """As a page does it, but within the transaction of the test."""
    with ExitStack() as stack:
        answers = {"kind": kind, "about": about(file, kind), "form": "pdf"}
        ready = ahead._issued(stack, file.world.lan, file.case.pk, answers)
        assert ready is not None
        stack.enter_context(ahead._holding(ready))
        yield ready


@pytest.mark.parametrize("kind", ["ban_decision", "case_summary"])
def test_what_was_drawn_before_is_what_is_kept(file, kind):
    with drawn(file, kind) as ready:
        code = ready.code
        paper = issue(file, kind)
    assert content(paper) == ready.result.content
    assert paper.check_code == code


def test_a_number_somebody_else_took_meanwhile_is_not_on_two_papers(file):
    with drawn(file, "case_summary"):
        first = issue(file, "legal_aid_proofs")
        second = issue(file, "case_summary")
    assert (first.number, second.number) == (2, 3)
    assert first.check_code != second.check_code
    for paper in (first, second):
        assert f"Số: {paper.shown_number} " in words(content(paper))


def test_a_secret_written_down_meanwhile_blocks_the_paper(file):
    measure = file.case.measures.everything(reason="test").get(pk=file.ids["measure_id"])
    measure.conditions = "Không đến Bản Mới Biết."
    measure.save()
    with drawn(file) as ready:
        assert ready.result.result.is_clean
        world = file.world
        place = {"kind": "safe", "village": "Bản Mới Biết", "detail": "", "area": world.commune}
        add_address(case=file.case, person=world.victim(file.case), by=world.lan, at=world.now, answers=place)
        paper = issue(file)
    assert (paper.state, paper.findings["found"]) == ("blocked", [["safe_address", "text", 1]])


def test_a_file_is_looked_through_once_before_and_never_in_place_of_another(file, monkeypatch):
    given = hiding.word()
    with upload("don.docx", given) as sent:
        ready = ahead._looked(file.case, sent)
    looked: list[str] = []
    through = queries.found_in

    def found_in(sent: queries.Sent, given: Any) -> Any:
        looked.append(sent.name)
        return through(sent, given)

    monkeypatch.setattr(queries, "found_in", found_in)
    with ahead._holding(ready):
        clean = send_file(file, "don.docx", given)
        assert (clean.state, looked) == ("issued", [])
        hidden = send_file(file, "don.docx", hiding.word(hiding._hidden))
    assert (hidden.state, looked) == ("blocked", ["don.docx"])


@pytest.mark.parametrize("name", ["minh", "tuan", "son", "hoa", "kien", "mai"])
def test_nothing_is_drawn_for_whoever_may_not_issue_it(file, name):
    answers = {"kind": BAN, "about": file.ids["measure_id"], "form": "pdf"}
    with ExitStack() as stack:
        assert ahead._issued(stack, file.world.users[name], file.case.pk, answers) is None
    assert ahead._redrawn(file.world.users[name], file.ids["paper_id"], None) is None
