import json

import pytest

from casework.base.codes import DATA, UnknownCode, codes
from casework.incidents.acts import acts_outside_scope, forms_of

LAW = [f"A{number:02}" for number in range(1, 17)]


def test_every_act_is_within_the_family():
    assert acts_outside_scope("family", LAW) == []


def test_divorced_people_are_covered_for_nine_acts_only():
    # Decree 76/2023 Art. 2: letters a, b, c, k and e, g, h, l, q.
    outside = acts_outside_scope("divorced", LAW)
    assert [codes("act").row(act).string("letter") for act in outside] == ["d", "đ", "i", "m", "n", "o", "p"]


def test_people_living_together_are_covered_for_all_but_the_taking_of_property():
    assert acts_outside_scope("cohabiting", LAW) == ["A13"]


def test_what_was_not_read_in_the_decree_warns_about_nothing():
    assert acts_outside_scope("extended", LAW) == []
    assert acts_outside_scope("unknown", LAW) == []


def test_strangers_are_outside_the_law_altogether():
    assert acts_outside_scope("none", LAW) == LAW


def test_an_act_that_is_not_known_is_never_outside():
    assert acts_outside_scope("none", ["unknown"]) == []


def test_the_answer_has_the_order_of_the_law_and_no_doubles():
    assert acts_outside_scope("divorced", ["A15", "A04", "A15"]) == ["A04", "A15"]


def test_a_wrong_scope_or_act_is_named():
    with pytest.raises(ValueError, match="cousins"):
        acts_outside_scope("cousins", [])
    with pytest.raises(UnknownCode, match="A17"):
        acts_outside_scope("family", ["A17"])


@pytest.mark.parametrize("relation", codes("kinship").codes)
def test_every_relation_has_a_scope_of_the_table(relation: str):
    assert acts_outside_scope(codes("kinship").row(relation).string("scope"), []) == []


def test_the_table_names_only_acts_of_the_law():
    scopes = json.loads((DATA / "relationship_acts.json").read_text(encoding="utf-8"))["scopes"]
    assert {act for cell in scopes.values() for act in cell["acts"] or []} == set(LAW)


@pytest.mark.parametrize(
    ("acts", "forms"),
    [
        ([], set()),
        (["A01"], {"physical"}),
        (["A05"], {"psychological"}),
        (["A09", "A13"], {"sexual", "economic"}),
        (["A16"], {"economic", "psychological"}),
        (["unknown"], {"unknown"}),
        (["unknown", "A02"], {"psychological"}),
    ],
)
def test_forms_of(acts: list[str], forms: set[str]):
    assert forms_of(acts) == forms


def test_every_act_counts_under_a_form_of_the_law():
    law = {"physical", "psychological", "sexual", "economic"}
    for act in LAW:
        assert forms_of([act])
        assert forms_of([act]) <= law
