"""The papers of the child procedure: filled from the rows, kept from whoever may not see it, never saying where."""

import pytest

from casework.access.grants import give
from casework.base.refusals import NotVisible
from casework.base.registers import next_of
from casework.cases.models import CaseGroupGrant
from casework.official_forms import actions, queries
from casework.official_forms.models import OfficialPaper
from tests.children.doing import CARER, PLACE, Doing, row
from tests.official_forms.laying import content, words
from tests.world import World


def offered(doing: Doing, who: str = "lan") -> dict[str, object]:
    found = queries.offers_of(doing.world.users[who], doing.case, at=doing.world.now)
    return {one.kind.code: one.subject.pk for one in found if one.kind.code.startswith("child_form_")}


def issue(doing: Doing, kind: str, who: str = "lan") -> OfficialPaper:
    answers = {"kind": kind, "about": offered(doing, who)[kind], "form": "pdf"}
    return actions.issue_paper(
        case=doing.case, by=doing.world.users[who], at=doing.world.now, answers=answers
    )


@pytest.mark.parametrize(
    ("state", "forms"),
    [
        ("received", set()),
        ("planning", {"child_form_03"}),
        ("carried_out", {"child_form_03", "child_form_04", "child_form_05"}),
        ("closed", {"child_form_03", "child_form_04", "child_form_05", "child_form_06"}),
    ],
)
def test_each_form_can_be_made_once_it_has_something_to_say(
    doing: Doing, state: str, forms: set[str]
) -> None:
    doing.in_state(state)

    assert offered(doing).keys() == forms


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("child_form_03", "Sợ bố."),
        ("child_form_04", "Thăm nhà mỗi tuần."),
        # The chair's first decision of the year is the emergency step, his second the plan.
        ("child_form_05", "Số: 2/2026"),
        ("child_form_06", "Trẻ đã ổn định."),
    ],
)
def test_what_was_written_stands_on_the_paper(doing: Doing, kind: str, said: str) -> None:
    doing.in_state("closed")
    paper = issue(doing, kind)

    assert paper.state == "issued"
    assert said in words(content(paper))
    assert "BẢN LÀM VIỆC" in words(content(paper))


def test_the_decision_to_keep_a_child_apart_does_not_say_where_or_why_in_words(doing: Doing) -> None:
    doing.separate(doing.in_state("received"))
    paper = issue(doing, "child_form_07")
    told = words(content(paper))

    assert paper.state == "issued"
    assert "Lường Thị Bé" in told
    assert "Số: 1/2026" in told
    for secret in (PLACE, CARER, "Bố dọa giết"):
        assert secret not in told


def test_the_paper_stands_at_the_number_its_decision_has_and_leaves_no_gap(doing: Doing) -> None:
    separation = doing.separate(doing.in_state("received"))
    paper = issue(doing, "child_form_07")

    assert (separation.number, paper.shown_number, paper.number) == ("1/2026", "1/2026", 1)
    assert next_of("decisions", str(paper.unit_id), doing.world.now) == (2, "2/2026")
    # Cancelled with its paper, the decision has the number of the next one.
    cancel = {"void_reason": "In hỏng."}
    actions.void_paper(paper=paper, by=doing.world.lan, at=doing.world.now, answers=cancel)
    assert issue(doing, "child_form_07").shown_number == row(separation).number == "2/2026"
    assert row(separation).entry.number == 2


def test_a_decision_signed_on_paper_keeps_its_number(doing: Doing) -> None:
    doing.separate(doing.in_state("received"), number="32/QĐ-UBND", signed_on_paper=True)
    paper = issue(doing, "child_form_07")

    assert (paper.shown_number, paper.number) == ("32/QĐ-UBND", None)
    assert "Số: 32/QĐ-UBND" in words(content(paper))


def test_a_plan_that_goes_to_a_parent_is_not_written_in_words(doing: Doing) -> None:
    doing.in_state("carried_out")
    told = words(content(issue(doing, "child_form_05")))

    assert "Trị liệu tâm lý" in told
    assert "Thăm nhà mỗi tuần." not in told


def test_where_a_child_stays_is_looked_for_in_everything_that_leaves(doing: Doing) -> None:
    doing.separate(doing.in_state("carried_out"))
    plan_says = doing.form_04(activities=f"Đưa trẻ từ {PLACE} đến trường.")
    plan = doing.case.child_plans.everything(reason="test").get()
    plan.activities = str(plan_says["activities"])
    plan.save()
    paper = issue(doing, "child_form_04")

    assert paper.state == "blocked"


def test_a_police_unit_that_reads_the_case_reads_no_paper_of_the_child(world: World, doing: Doing) -> None:
    doing.in_state("planning")
    paper = issue(doing, "child_form_03")
    give(CaseGroupGrant, doing.case, to=world.agencies["police"], by=world.pao, at=world.now, source="test")

    assert offered(doing, "dung") == {}
    assert queries.papers_of(world.dung, doing.case) == []
    with pytest.raises(NotVisible):
        queries.open_content(world.dung, paper.pk, at=world.now)
    assert [one.pk for one in queries.papers_of(world.mai, doing.case)] == [paper.pk]
