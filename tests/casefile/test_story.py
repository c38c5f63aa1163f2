"""The five lines of a case, by example."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override

from casework.base.dates import PartialDate
from casework.casefile import story
from casework.casefile.alerts import Facts, Protection
from casework.casefile.story import Happened, Known, Someone

NOW = datetime(2026, 3, 27, 14, tzinfo=UTC)
TODAY = date(2026, 3, 27)


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


def victim(**changes: object) -> Someone:
    values: dict[str, object] = {"role": "victim", "initials": "L.T.M.", "is_main": True, **changes}
    return Someone(**values)  # type: ignore[arg-type]


def test_who_tells_initials_age_group_and_the_other_side() -> None:
    people = [
        victim(sex="female", born=PartialDate(1990, 5, 12), ethnicity="03", groups=["pregnant"]),
        Someone("perpetrator", "L.V.T.", "male", PartialDate(1980), relation="spouse", is_main=True),
        Someone("child", "L.G.B."),
        Someone("witness", "L.V.C."),
    ]

    assert story.who(people, TODAY) == (
        "L.T.M., female, 35 years old, Thai (Tai) ethnic group, pregnant woman. "
        "The other side: L.V.T., male, 45 or 46 years old (wife or husband). 1 child."
    )


def test_who_says_when_the_name_is_not_known() -> None:
    assert story.who([victim(initials="")], TODAY) == "name not known."


def test_what_counts_and_tells_the_grave_signs_of_the_last() -> None:
    last = Happened(
        at=NOW,
        precision="day",
        part_of_day="",
        forms=["physical", "unknown"],
        injury="moderate",
        weapon="none",
        signs=["children_saw", "strangled"],
    )

    told = story.what([last, last])

    assert told.startswith("2 incidents, the latest 27/03/2026: ")
    assert told.endswith("strangled or choked; children saw it")
    assert "weapon" not in told


def test_what_is_empty_without_an_incident() -> None:
    assert story.what([]) == ""


def test_level_tells_since_when_and_why() -> None:
    told = story.level("HIGH", NOW, ["One.", "Two.", "Three.", "Four."], asked_level="MEDIUM")

    assert told == (
        "Since 27/03/2026 21:00. One. Two. Three. Asked to lower it to MEDIUM: waiting for a second person."
    )


def test_without_an_assessment_nobody_knows() -> None:
    assert "nobody knows" in story.level("", None, [])


def test_what_runs() -> None:
    running = Protection("M03", "commune_chair", "in_force", NOW - timedelta(days=1), NOW + timedelta(days=1))
    asked = Protection("M03", "commune_chair", "requested")
    ended = Protection("M03", "commune_chair", "ended", NOW - timedelta(days=9), NOW - timedelta(days=6), NOW)

    told = story.runs([running, asked, ended], 2, NOW)

    assert (
        told == "Contact ban until 28/03/2026 21:00; Contact ban (asked for, not decided); 2 open referrals"
    )


def test_nothing_runs() -> None:
    assert story.runs([], 0, NOW) == ""


def test_what_is_missing_in_the_order_of_the_work() -> None:
    nothing = Known(incidents=0, has_identity=False, plan_steps=0, contacts=0)

    assert story.missing(Facts(state="open", level="", opened_at=NOW), nothing) == [
        "a safe way to reach her",
        "the first risk assessment",
        "what happened (no incident recorded)",
        "a meeting in person",
        "any contact with her",
        "her birth year or identity number",
        "a plan made with her",
    ]


def test_nothing_is_missing() -> None:
    known = Known(incidents=1, has_identity=True, plan_steps=1, contacts=1)
    facts = Facts(state="in_progress", level="LOW", opened_at=NOW, last_met_at=NOW, contact_known=True)

    assert story.missing(facts, known) == []
