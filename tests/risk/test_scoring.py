import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.base.codes import codes
from casework.base.refusals import InvalidInput, Refused
from casework.risk.instruments import instrument, published, shells
from casework.risk.parsing import parse_instrument
from casework.risk.scoring import (
    answers_from_json,
    answers_to_json,
    assess,
    check_answers,
    check_judgement,
    clocks,
    pulled_forward,
)
from casework.risk.vocabulary import Answer

BASELINE = instrument("vn-ipv-baseline")
LEVELS = ["LOW", "MEDIUM", "HIGH", "EXTREME"]
CRITICAL = [item.key for item in BASELINE.sections[0].items]
SERIOUS = [item.key for item in BASELINE.sections[1].items]
CONTEXT = [item.key for item in BASELINE.sections[2].items]
KEYS = CRITICAL + SERIOUS + CONTEXT
RECENT = ("month_1", "months_3", "months_12")
SIGNED = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)


def rank(level):
    return LEVELS.index(level)


def answered(*yes, others="no", **windows):
    """Every question answered, these with yes; windows by question."""
    given_answers = {key: Answer(others) for key in KEYS}
    given_answers.update({key: Answer("yes") for key in yes})
    given_answers.update({key: Answer("yes", window=window) for key, window in windows.items()})
    return given_answers


def an_answer(key):
    item = BASELINE.item(key)
    sources = st.sampled_from(["", "victim", "officer_observed", "record", "third_party"])
    windows = st.sampled_from(["", "unknown", *item.windows])
    plain = st.builds(Answer, st.sampled_from(["", *item.answers]), sources)
    return plain | st.builds(Answer, st.just("yes"), sources, windows)


all_answers = st.fixed_dictionaries({key: an_answer(key) for key in KEYS})
# Mostly "no", so that single changes decide.
few_yes = st.dictionaries(st.sampled_from(KEYS), st.just(None), max_size=9).flatmap(
    lambda chosen: st.fixed_dictionaries(
        {key: an_answer(key) if key in chosen else st.just(Answer("no")) for key in KEYS}
    )
)
forms = all_answers | few_yes
fears = st.none() | st.integers(1, 5)


@st.composite
def inputs(draw):
    return draw(forms), {
        "imminent": draw(st.booleans()) and draw(st.booleans()),
        "fear": draw(fears),
        "child_row_high": draw(st.booleans()),
    }


# --- the rule, told a second time and independently of the data ---


def as_written(answers, *, imminent=False, fear=None, child_row_high=False, literal_floor=False):
    """The four steps and the floors in plain code."""
    yes = {key for key, answer in answers.items() if answer.value == "yes"}
    still_open = {key for key, answer in answers.items() if answer.value in ("", "unknown", "declined")}

    def recent(key):
        return key in yes and (key == "C6" or answers[key].window in RECENT)

    critical = len(yes & set(CRITICAL))
    if imminent or (recent("C1") and (recent("C2") or recent("C3") or recent("C6"))) or critical >= 5:
        level = 3
    elif yes & {"C1", "C2", "C3", "C4"} or critical >= 3 or len(yes) >= 12 or ("X5" in yes and critical >= 2):
        level = 2
    elif critical >= 1 or len(yes) >= 5 or child_row_high:
        level = 1
    else:
        level = 0
    not_ruled_out = still_open if literal_floor else still_open | yes
    if len(not_ruled_out & set(CRITICAL + SERIOUS)) * 4 > len(CRITICAL + SERIOUS):
        level = max(level, 1)
    return LEVELS[min(level + (fear == 5), 3)]


@given(inputs())
def test_the_data_say_what_the_written_rule_says(form):
    answers, rest = form
    assert assess(BASELINE, answers, **rest).level == as_written(answers, **rest)


@given(inputs())
def test_the_floor_is_never_weaker_than_counting_the_unknown_alone(form):
    answers, rest = form
    assert rank(assess(BASELINE, answers, **rest).level) >= rank(
        as_written(answers, literal_floor=True, **rest)
    )


def test_there_are_ten_eight_and_six_questions():
    assert [f"C{number}" for number in range(1, 11)] == CRITICAL
    assert [f"S{number}" for number in range(1, 9)] == SERIOUS
    assert [f"X{number}" for number in range(1, 7)] == CONTEXT


# --- every worked example ---


@pytest.mark.parametrize(
    ("version", "example"),
    [
        pytest.param(version, example, id=f"{version.code}-{example.key}")
        for version in published()
        for example in version.examples
    ],
)
def test_worked_example(version, example):
    result = assess(
        version,
        example.answers,
        imminent=example.imminent,
        fear=example.fear,
        child_row_high=example.child_row_high,
        facts=example.facts,
    )
    assert (result.level, result.highest, result.rules) == (example.level, example.highest, example.rules)
    assert (result.first_hours, result.lowest_final) == (example.first_hours, example.lowest_final)


# --- what holds for every form ---


@given(inputs(), st.sampled_from(KEYS), st.data())
def test_one_more_yes_never_lowers_the_level(form, key, data):
    answers, rest = form
    before = assess(BASELINE, answers, **rest)
    if answers[key].value == "yes":
        return
    window = data.draw(st.sampled_from(["", "unknown", *BASELINE.item(key).windows]))
    after = assess(BASELINE, {**answers, key: Answer("yes", window=window)}, **rest)
    assert rank(after.level) >= rank(before.level)
    if answers[key].value in ("no", "not_applicable"):
        assert rank(after.highest) >= rank(before.highest)


@given(inputs(), st.sampled_from(KEYS))
def test_no_becoming_unknown_never_lowers_the_level(form, key):
    answers, rest = form
    if answers[key].value in ("no", "not_applicable"):
        before = assess(BASELINE, answers, **rest)
        after = assess(BASELINE, {**answers, key: Answer("unknown")}, **rest)
        assert rank(after.level) >= rank(before.level)
        assert rank(after.highest) >= rank(before.highest)


@given(inputs(), st.data())
def test_whatever_is_found_out_stays_below_the_upper_end(form, data):
    answers, rest = form
    result = assess(BASELINE, answers, **rest)
    assert rank(result.level) <= rank(result.highest)

    def found_out(key, answer):
        windows = st.sampled_from(BASELINE.item(key).windows or ("",))
        if answer.value in ("", "unknown", "declined"):
            return data.draw(st.builds(Answer, st.sampled_from(["yes", "no"]), st.just(""), windows))
        if answer.value == "yes" and answer.window in ("", "unknown"):
            return data.draw(st.builds(Answer, st.just("yes"), st.just(""), windows))
        return answer

    later = assess(BASELINE, {key: found_out(key, answer) for key, answer in answers.items()}, **rest)
    assert rank(later.level) <= rank(result.highest)


@given(inputs())
def test_the_upper_end_is_the_level_with_every_unknown_taken_as_yes(form):
    answers, rest = form

    def worst(key, answer):
        window = "month_1" if BASELINE.item(key).windows else ""
        if answer.value in ("", "unknown", "declined"):
            return Answer("yes", window=window)
        if answer.value == "yes" and answer.window in ("", "unknown"):
            return Answer("yes", window=window)
        return answer

    feared = assess(BASELINE, {key: worst(key, answer) for key, answer in answers.items()}, **rest)
    assert assess(BASELINE, answers, **rest).highest == feared.level == feared.highest


@given(inputs(), st.sampled_from(CRITICAL + SERIOUS))
def test_nearer_in_time_never_lowers_the_level(form, key):
    answers, rest = form
    nearest_last = [
        window
        for window in ("ever", "months_12", "months_3", "month_1")
        if window in BASELINE.item(key).windows
    ]
    levels = [
        rank(assess(BASELINE, {**answers, key: Answer("yes", window=window)}, **rest).level)
        for window in nearest_last
    ]
    assert levels == sorted(levels)


@given(inputs())
def test_fear_and_ticks_only_raise(form):
    answers, rest = form
    levels = [
        rank(assess(BASELINE, answers, **{**rest, "fear": fear}).level) for fear in (None, 1, 2, 3, 4, 5)
    ]
    assert levels == sorted(levels)
    assert assess(BASELINE, answers, **{**rest, "imminent": True}).level == "EXTREME"
    calm = assess(BASELINE, answers, **{**rest, "child_row_high": False})
    assert rank(assess(BASELINE, answers, **{**rest, "child_row_high": True}).level) >= rank(calm.level)


@given(inputs(), st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(form, random):
    answers, rest = form
    shuffled = list(answers.items())
    random.shuffle(shuffled)
    assert assess(BASELINE, dict(shuffled), **rest) == assess(BASELINE, answers, **rest)


@given(inputs())
def test_who_said_it_does_not_change_the_level(form):
    answers, rest = form
    unsourced = {key: Answer(answer.value, "", answer.window) for key, answer in answers.items()}
    assert assess(BASELINE, unsourced, **rest) == assess(BASELINE, answers, **rest)


@given(forms)
def test_stored_answers_read_back(answers):
    stored = json.loads(json.dumps(answers_to_json(answers)))
    assert answers_from_json(stored) == answers


@given(inputs())
def test_reasons_have_words_in_the_order_of_the_form(form):
    answers, rest = form
    result = assess(BASELINE, answers, **rest)
    assert [key for key in KEYS if answers[key].value == "yes"] == list(result.factors)
    assert [key for key in KEYS if answers[key].value in ("", "unknown", "declined")] == list(result.unknown)
    assert all(BASELINE.words(key) for key in result.reasons)
    assert bool(result.rules) == (result.level != "LOW")


# --- questions, answers and time ---


def test_a_question_not_asked_is_unknown():
    assert assess(BASELINE, {}).unknown == tuple(KEYS)


def test_a_question_that_cannot_apply_is_not_unknown():
    facts = {"has_children": False}
    result = assess(BASELINE, {key: Answer("no") for key in KEYS if key != "S3"}, facts=facts)
    assert result.unknown == ()
    assert not BASELINE.item("S3").is_asked(facts)
    assert BASELINE.item("S3").is_asked({})
    assert BASELINE.item("S3").is_asked({"has_children": True})


def test_an_answer_given_all_the_same_counts():
    facts = {"has_children": False}
    assert assess(BASELINE, answered("S1", "S2", "S3", "S4", "X1"), facts=facts).level == "MEDIUM"
    assert assess(BASELINE, {**answered(), "S3": Answer("unknown")}, facts=facts).unknown == ("S3",)


def test_a_yes_nobody_can_date_is_named_where_the_date_matters():
    result = assess(BASELINE, answered("C1", "C7", C2="month_1"))
    assert (result.level, result.highest, result.undated) == ("HIGH", "EXTREME", ("C1",))
    assert result.is_uncertain


def test_what_happened_longer_ago_than_a_year_is_certain():
    result = assess(BASELINE, answered(C1="ever", C2="ever"))
    assert (result.level, result.highest, result.undated) == ("HIGH", "HIGH", ())


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"C99": Answer("yes")}, "C99"),
        ({"C1": Answer("maybe")}, "C1"),
        ({"C1": Answer("not_applicable")}, "C1"),
        ({"C1": Answer("yes", window="month_2")}, "C1"),
        ({"C6": Answer("yes", window="ever")}, "C6"),
        ({"X1": Answer("yes", window="month_1")}, "X1"),
    ],
)
def test_impossible_answers_are_refused(answers, field):
    with pytest.raises(InvalidInput) as refusal:
        assess(BASELINE, answers)
    assert set(refusal.value.errors) == {field}


@pytest.mark.parametrize("fear", [0, 6, -1])
def test_fear_is_told_from_one_to_five(fear):
    with pytest.raises(InvalidInput) as refusal:
        assess(BASELINE, {}, fear=fear)
    assert set(refusal.value.errors) == {"fear"}


def test_an_instrument_without_wording_cannot_be_scored():
    with pytest.raises(Refused) as refusal:
        assess(shells()[0], {})
    assert refusal.value.code == "instrument_has_no_rule"


# --- the child forms ---


def rows(harm="low", access="low", obstacles="low", self_protection="high"):
    return {
        "harm": Answer(harm),
        "access": Answer(access),
        "obstacles": Answer(obstacles),
        "self_protection": Answer(self_protection),
    }


@pytest.mark.parametrize("code", ["vn-child-02", "vn-child-06"])
@pytest.mark.parametrize("row", ["harm", "access", "obstacles"])
def test_a_risk_row_that_is_cao_starts_the_twelve_hours_and_is_told_to_the_case(code, row):
    form = instrument(code)
    result = assess(form, rows(**{row: "high"}))
    assert result.level == "HIGH"
    assert result.flags == ("emergency_12_hours", "child_row_high")
    assert [flag.hours for flag in form.flags if flag.key == "emergency_12_hours"] == [12]


def test_self_protection_that_is_cao_is_good():
    form = instrument("vn-child-02")
    assert (assess(form, rows()).level, assess(form, rows()).flags) == ("LOW", ())
    assert assess(form, rows(self_protection="low")).level == "MEDIUM"
    assert assess(form, rows(self_protection="low")).factors == ("self_protection",)


def test_a_row_nobody_knows_is_not_low():
    result = assess(instrument("vn-child-02"), rows(access="unknown"))
    assert (result.level, result.highest, result.unknown) == ("MEDIUM", "HIGH", ("access",))


def test_the_child_form_is_not_lowered():
    form = instrument("vn-child-02")
    result = assess(form, rows(harm="high"))
    with pytest.raises(Refused) as refusal:
        check_judgement(form, result, "MEDIUM", reason="…", by=1, confirmed_by=2)
    assert refusal.value.code == "risk_lower_too_far"


# --- the rest of the vocabulary, on a made-up instrument ---


def tiny(when, **parts):
    words = {"vi": "…", "en": "…"}
    items = [
        {"key": key, "kind": "yes_no", "text": words, "windows": ["months_12", "ever"]}
        for key in ("a", "b", "c")
    ]
    band = {"label": words, "meaning": words, "first_hours": 24, "hours": 48}
    return {
        "instrument": "tiny",
        "version": "1.0.0",
        "state": "draft",
        "title": words,
        "notice": words,
        "purpose": words,
        "licence": {"status": "own", "holder": "", "terms": words},
        "windows": {"days": {"months_12": 365}, "help": words},
        "sections": [{"code": "q", "title": words, "items": items}],
        "ticks": [{"key": "imminent", "text": words, "is_asked": True}],
        "bands": [{"code": "LOW", **band}, {"code": "HIGH", **band}],
        "rules": [{"key": "r", "band": "HIGH", "when": when, "text": words}],
        **parts,
    }


WEIGHTED = [{"weight": 2, "when": {"yes": "a"}}, {"weight": 1, "when": {"yes": "b"}}]


@pytest.mark.parametrize(
    ("when", "yes", "imminent", "level"),
    [
        ({"count": [{"yes": "a"}, {"yes": "b"}, {"yes": "c"}], "at_least": 2}, "a", False, "LOW"),
        ({"count": [{"yes": "a"}, {"yes": "b"}, {"yes": "c"}], "at_least": 2}, "ac", False, "HIGH"),
        ({"sum": WEIGHTED, "at_least": 3}, "a", False, "LOW"),
        ({"sum": WEIGHTED, "at_least": 3}, "ab", False, "HIGH"),
        ({"and": [{"yes": "a"}, {"not": {"ticked": "imminent"}}]}, "a", False, "HIGH"),
        ({"and": [{"yes": "a"}, {"not": {"ticked": "imminent"}}]}, "a", True, "LOW"),
        ({"count_yes": ["q"], "at_least": 3}, "ab", False, "LOW"),
        ({"count_yes": ["q"], "at_least": 3}, "abc", False, "HIGH"),
        ({"not_ruled_out": ["q"], "more_than": [1, 3]}, "a", False, "LOW"),
        ({"not_ruled_out": ["q"], "more_than": [1, 3]}, "ab", False, "HIGH"),
    ],
)  # fmt: skip
def test_the_vocabulary(when, yes, imminent, level):
    version = parse_instrument(tiny(when))
    answers = {
        key: Answer("yes" if key in yes else "no", window="ever" if key in yes else "") for key in "abc"
    }
    assert assess(version, answers, imminent=imminent).level == level


def test_within_days_needs_a_window_that_near():
    version = parse_instrument(tiny({"yes": "a", "within_days": 365}))
    nothing_else = {"b": Answer("no"), "c": Answer("no")}
    assert assess(version, {"a": Answer("yes", window="months_12"), **nothing_else}).level == "HIGH"
    assert assess(version, {"a": Answer("yes", window="ever"), **nothing_else}).level == "LOW"
    assert assess(version, {"a": Answer("yes"), **nothing_else}).highest == "HIGH"


def test_an_instrument_that_does_not_ask_for_fear_refuses_it():
    with pytest.raises(InvalidInput):
        check_answers(parse_instrument(tiny({"yes": "a"})), {}, fear=3)


# --- human judgement ---


def judged(result, final, **rest):
    try:
        check_judgement(BASELINE, result, final, **{"reason": "vì …", "by": "lan", **rest})
    except Refused as refusal:
        return refusal.code
    return "allowed"


def test_anyone_who_assesses_may_raise_with_a_sentence():
    result = assess(BASELINE, answered())
    assert judged(result, "EXTREME") == "allowed"
    assert judged(result, "MEDIUM", reason="  ") == "risk_reason_missing"


def test_the_computed_level_needs_no_reason():
    assert judged(assess(BASELINE, answered("C7")), "MEDIUM", reason="") == "allowed"


def test_lowering_is_one_step_with_a_reason_and_a_second_person():
    result = assess(BASELINE, answered("C7", "C8", "C9"))
    assert judged(result, "MEDIUM", confirmed_by="mai") == "allowed"
    assert judged(result, "MEDIUM", confirmed_by="mai", reason="") == "risk_reason_missing"
    assert judged(result, "MEDIUM") == "risk_second_person_missing"
    assert judged(result, "MEDIUM", confirmed_by="lan") == "risk_second_person_same"
    assert (
        judged(result, "MEDIUM", confirmed_by="mai", confirmer_in_conflict=True)
        == "risk_second_person_in_conflict"
    )
    assert judged(result, "LOW", confirmed_by="mai") == "risk_lower_too_far"


@pytest.mark.parametrize("key", ["C1", "C2", "C3"])
@pytest.mark.parametrize("window", [*RECENT, "unknown", ""])
def test_never_below_high_while_a_lethal_sign_is_recent_or_cannot_be_dated(key, window):
    result = assess(BASELINE, answered(**{key: window}))
    assert result.level == "HIGH"
    assert judged(result, "MEDIUM", confirmed_by="mai") == "risk_lower_too_far"
    extreme = assess(BASELINE, answered(**{key: window}), imminent=True)
    assert judged(extreme, "HIGH", confirmed_by="mai") == "allowed"


def test_a_lethal_sign_of_long_ago_may_be_lowered_one_step():
    assert judged(assess(BASELINE, answered(C1="ever")), "MEDIUM", confirmed_by="mai") == "allowed"
    assert judged(assess(BASELINE, answered("C4")), "MEDIUM", confirmed_by="mai") == "allowed"


def test_a_level_the_instrument_does_not_have_is_refused():
    with pytest.raises(InvalidInput):
        check_judgement(BASELINE, assess(BASELINE, answered()), "NONE", reason="…", by=1)


@given(inputs(), st.sampled_from(LEVELS))
def test_no_lowering_passes_its_limits(form, final):
    answers, rest = form
    result = assess(BASELINE, answers, **rest)
    if judged(result, final, confirmed_by="mai") == "allowed":
        assert rank(final) >= rank(result.level) - 1
        recent = any(
            answers[key].value == "yes" and answers[key].window != "ever" for key in ("C1", "C2", "C3")
        )
        assert rank(final) >= min(rank(result.level), rank("HIGH")) or not recent


# --- clocks ---


@pytest.mark.parametrize(
    ("level", "first", "later", "contact", "told"),
    [
        ("EXTREME", 72, 72, 24, [("commune_supervisor", 2), ("province_supervisor", 12)]),
        ("HIGH", 7 * 24, 7 * 24, 48, [("commune_supervisor", 0), ("province_supervisor", 24)]),
        ("MEDIUM", 7 * 24, 30 * 24, 7 * 24, [("commune_supervisor", 24)]),
        ("LOW", 14 * 24, 60 * 24, 30 * 24, [("commune_supervisor", 72)]),
    ],
)
def test_clocks_of_a_level(level, first, later, contact, told):
    form = {
        "EXTREME": {"answers": answered(), "imminent": True},
        "HIGH": {"answers": answered("C4")},
        "MEDIUM": {"answers": answered("C7")},
        "LOW": {"answers": answered()},
    }[level]
    result = assess(BASELINE, **form)
    assert result.level == level
    started = clocks(level, result, codes("risk_policy"), at=SIGNED, is_first=True)
    assert started.reassess_by == SIGNED + timedelta(hours=first)
    assert started.contact_by == SIGNED + timedelta(hours=contact)
    assert [(step.role, step.after_hours) for step in started.tell] == told
    again = clocks(level, result, codes("risk_policy"), at=SIGNED, is_first=False)
    assert again.reassess_by == SIGNED + timedelta(hours=later)


def test_an_uncertain_level_is_assessed_again_within_72_hours():
    result = assess(BASELINE, {**answered(), "C1": Answer("unknown")})
    assert (result.level, result.highest) == ("LOW", "HIGH")
    started = clocks("LOW", result, codes("risk_policy"), at=SIGNED, is_first=False)
    assert started.reassess_by == SIGNED + timedelta(hours=72)


def test_a_raised_level_runs_on_its_own_clock():
    started = clocks("EXTREME", assess(BASELINE, answered()), codes("risk_policy"), at=SIGNED, is_first=True)
    assert started.reassess_by == SIGNED + timedelta(hours=72)
    assert started.contact_by == SIGNED + timedelta(hours=24)


def test_a_lowered_level_runs_no_slower_than_its_answers():
    result = assess(BASELINE, answered("C7", "C8", "C9"))
    started = clocks("MEDIUM", result, codes("risk_policy"), at=SIGNED, is_first=False)
    assert started.reassess_by == SIGNED + timedelta(days=7)


def test_an_event_pulls_the_assessment_to_24_hours_and_never_pushes_it_back():
    policy = codes("risk_policy")
    assert pulled_forward(SIGNED + timedelta(days=30), policy, at=SIGNED) == SIGNED + timedelta(hours=24)
    assert pulled_forward(SIGNED + timedelta(hours=3), policy, at=SIGNED) == SIGNED + timedelta(hours=3)
    assert pulled_forward(SIGNED - timedelta(hours=3), policy, at=SIGNED) == SIGNED - timedelta(hours=3)
