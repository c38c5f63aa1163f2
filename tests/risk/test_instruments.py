import json
import shutil
import unicodedata

import pytest
from django.utils import translation

from casework.base.codes import codes
from casework.base.refusals import Refused
from casework.risk.instruments import (
    INSTRUMENTS,
    PINS,
    instrument,
    problems,
    published,
    read_folder,
    require_usable,
    shells,
    shipped,
)
from casework.risk.parsing import BadInstrument, content_hash, parse_instrument
from casework.risk.vocabulary import Words

BASELINE_FILE = "vn-ipv-baseline-1.0.0.json"


def baseline():
    return json.loads((INSTRUMENTS / BASELINE_FILE).read_text(encoding="utf-8"))


def texts(value):
    """Every {vi, en} pair inside."""
    if isinstance(value, dict):
        if set(value) == {"vi", "en"}:
            yield value
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped instruments that may be spoilt."""
    return shutil.copytree(INSTRUMENTS, tmp_path / "instruments")


def change(folder, name, **parts):
    path = folder / name
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **parts}), encoding="utf-8")


# --- what is shipped ---


def test_the_shipped_instruments():
    assert {version.code for version in published()} == {"vn-ipv-baseline", "vn-child-02", "vn-child-06"}
    assert {version.code for version in shells()} == {
        "dash", "da", "da-5", "lap", "odara", "b-safer", "sara", "dvsat", "maram",
    }  # fmt: skip
    assert len(shipped()) == 12


@pytest.mark.parametrize("version", published(), ids=lambda version: version.code)
def test_a_published_version_passes_its_own_gate(version):
    assert problems(version) == []
    require_usable(version)


@pytest.mark.parametrize("version", shells(), ids=lambda version: version.code)
def test_a_licensed_instrument_is_an_empty_shell(version):
    assert (version.items, version.rules, version.bands, version.examples) == ((), (), (), ())
    assert version.title
    assert version.known_scoring
    assert version.licence.holder
    assert problems(version)
    with pytest.raises(Refused) as refusal:
        require_usable(version)
    assert refusal.value.code == "instrument_licence_required"


def test_every_level_has_an_example_and_every_edge_its_two_sides():
    version = instrument("vn-ipv-baseline")
    assert {example.level for example in version.examples} == {"LOW", "MEDIUM", "HIGH", "EXTREME"}
    edges = "four_yes five_yes eleven_yes twelve_yes two_critical three_critical four_critical five_critical"
    edges += (
        " armed_one_critical armed_two_critical quarter_not_exceeded quarter_exceeded fear_four fear_five"
    )
    assert set(edges.split()) <= {example.key for example in version.examples}


def test_the_baseline_says_what_it_is():
    version = instrument("vn-ipv-baseline")
    assert "not validated" in version.notice.en
    assert "chưa được kiểm định" in version.notice.vi
    assert "không có nghĩa là không nguy hiểm" in version.band("LOW").meaning.vi


@pytest.mark.parametrize("version", published(), ids=lambda version: version.code)
def test_codes_are_rows_of_the_code_lists(version):
    assert {band.code for band in version.bands} <= set(codes("risk_level").codes)
    assert {measure.code for band in version.bands for measure in band.measures} <= set(
        codes("measure").codes
    )
    assert version.state in codes("instrument_state")
    for item in version.items:
        assert set(item.windows) <= set(codes("answer_window").codes)
        if item.kind == "yes_no":
            assert set(item.answers) <= set(codes("yes_no_na").codes)


def test_windows_are_as_long_as_the_code_list_says():
    listed = {row.code: row.integer("days") for row in codes("answer_window") if row.integer("days")}
    assert dict(instrument("vn-ipv-baseline").window_days) == listed


def test_the_policy_never_gives_more_time_than_the_instrument():
    for band in instrument("vn-ipv-baseline").bands:
        row = codes("risk_policy").row(band.code)
        assert (row.integer("first_reassess_hours") or 0) in range(1, band.first_hours + 1)
        assert (row.integer("reassess_hours") or 0) in range(1, band.hours + 1)


def test_every_level_asks_for_the_violence_to_stop_and_offers_help():
    version = instrument("vn-ipv-baseline")
    asked = {band.code: {measure.code: measure.duty for measure in band.measures} for band in version.bands}
    assert all(measures["M01"] == "do" and measures["M06"] == "offer" for measures in asked.values())
    assert asked["HIGH"]["M03"] == asked["EXTREME"]["M03"] == "propose"
    assert asked["HIGH"]["M04"] == asked["EXTREME"]["M04"] == "offer"
    assert "never takes away" in version.measures_notice.en


# --- the words ---


@pytest.mark.parametrize("path", sorted(INSTRUMENTS.glob("*.json")), ids=lambda path: path.stem)
def test_texts_are_complete_and_composed(path):
    raw = path.read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", raw)
    for pair in texts(json.loads(raw)):
        assert all(text.strip() == text and text for text in pair.values()), pair


def test_questions_can_be_read_aloud():
    for item in instrument("vn-ipv-baseline").items:
        for text in (item.text.vi, item.text.en):
            assert text.endswith("?"), text
            assert text.count("?") == 1
            assert len(text.split()) <= 32, text
        for text in (item.help.vi, item.why.vi):
            assert len(text.split()) <= 45, text


def test_hard_questions_say_why_they_are_asked():
    version = instrument("vn-ipv-baseline")
    assert all(version.item(key).why for key in ("C1", "C2", "C4", "C6", "C8", "C10"))


def test_texts_follow_the_active_language():
    words = Words(vi="Cao", en="High")
    with translation.override("vi"):
        assert str(words) == "Cao"
    with translation.override("en"):
        assert str(words) == "High"
    with translation.override(None):
        assert str(words) == "Cao"


def test_every_reason_has_a_sentence():
    version = instrument("vn-ipv-baseline")
    for rule in (*version.rules, *version.floors):
        assert version.words(rule.key) is rule.text
    assert version.words("C1") is version.item("C1").text
    with pytest.raises(LookupError):
        version.words("nothing")
    with pytest.raises(LookupError):
        version.band("NONE")


# --- versions and fingerprints ---


def test_a_version_is_found_by_code_and_number():
    assert instrument("vn-ipv-baseline").version == "1.0.0"
    assert instrument("vn-ipv-baseline", "1.0.0") is instrument("vn-ipv-baseline")
    assert instrument("dash", "0.0.0").licence.status == "required"
    for code, version in (("vn-ipv-baseline", "9.9.9"), ("nothing", ""), ("dash", "")):
        with pytest.raises(LookupError):
            instrument(code, version)


def test_every_published_version_is_pinned_and_nothing_else():
    pinned = {line.split()[1] for line in (INSTRUMENTS / PINS).read_text().splitlines()}
    assert pinned == {
        f"{version.code}-{version.version}.json" for version in shipped() if version.state == "published"
    }


def test_the_fingerprint_does_not_depend_on_how_the_file_is_written():
    document = baseline()
    turned = dict(reversed(document.items()))
    decomposed = json.loads(unicodedata.normalize("NFD", json.dumps(document, ensure_ascii=False)))
    assert content_hash(document) == content_hash(turned) == content_hash(decomposed)
    assert instrument("vn-ipv-baseline").content_hash == content_hash(document)


def test_retiring_a_version_keeps_its_fingerprint(folder):
    change(folder, BASELINE_FILE, state="retired")
    assert [version.state for version in read_folder(folder) if version.code == "vn-ipv-baseline"] == [
        "retired"
    ]


def test_a_published_version_cannot_change(folder):
    change(folder, BASELINE_FILE, uncertain_hours=96)
    with pytest.raises(BadInstrument, match="must not change"):
        read_folder(folder)


def test_a_version_cannot_be_published_without_its_fingerprint(folder):
    change(folder, BASELINE_FILE, version="1.1.0")
    (folder / BASELINE_FILE).rename(folder / "vn-ipv-baseline-1.1.0.json")
    with pytest.raises(BadInstrument, match="must not change"):
        read_folder(folder)


def test_a_draft_may_change_but_not_be_used(folder):
    change(folder, BASELINE_FILE, version="1.10.0", state="draft")
    (folder / BASELINE_FILE).rename(folder / "vn-ipv-baseline-1.10.0.json")
    shutil.copy(INSTRUMENTS / BASELINE_FILE, folder)
    change(folder, BASELINE_FILE, version="1.9.0", state="draft")
    (folder / BASELINE_FILE).rename(folder / "vn-ipv-baseline-1.9.0.json")
    versions = [version for version in read_folder(folder) if version.code == "vn-ipv-baseline"]
    assert [version.version for version in versions] == ["1.9.0", "1.10.0"]
    with pytest.raises(Refused) as refusal:
        require_usable(versions[0])
    assert refusal.value.code == "instrument_not_published"


def test_a_file_must_hold_the_version_it_is_named_after(folder):
    (folder / "dash-0.0.0.json").rename(folder / "dash-0.0.1.json")
    with pytest.raises(BadInstrument, match=r"holds dash 0\.0\.0"):
        read_folder(folder)


# --- the gate before publishing ---


def test_an_example_that_fails_is_named():
    document = baseline()
    document["examples"][0]["expect"]["level"] = "MEDIUM"
    with translation.override("en"):
        assert [
            problem for problem in problems(parse_instrument(document)) if "Every answer is no" in problem
        ]


def test_a_level_without_an_example_is_named():
    document = baseline()
    document["examples"] = [one for one in document["examples"] if one["expect"]["level"] != "EXTREME"]
    found = " ".join(problems(parse_instrument(document)))
    assert "EXTREME" in found
    assert "critical_5" in found


def test_permission_needs_its_document():
    document = baseline()
    document["licence"] = {**document["licence"], "status": "held"}
    assert len(problems(parse_instrument(document))) == 1
    document["licence"]["permission_document"] = "QĐ 12/2026"
    assert problems(parse_instrument(document)) == []


# --- the format is strict ---


def spoilt(path, value):
    document = baseline()
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (["surprise"], 1, "unknown parts: surprise"),
        (["state"], "live", "must be one of"),
        (["title"], {"vi": "Phiếu", "en": ""}, "both languages"),
        (["title"], {"vi": "Phiếu"}, "en must be text"),
        (["title"], "Phiếu", "must be an object"),
        (["sources"], "EIGE", "list of texts"),
        (["uncertain_hours"], True, "whole number"),
        (["sections", 0, "items", 0, "key"], "C2", "used twice"),
        (["sections", 0, "items", 0, "kind"], "grade", "has options"),
        (["sections", 0, "items", 0, "windows"], ["month_7"], "window without days"),
        (["sections", 0, "items", 0, "may_not_apply"], "no", "true or false"),
        (["sections"], {}, "list of objects"),
        (["windows", "days"], {"ever": 1, "month_1": 30, "months_3": 91, "months_12": 365}, "no days"),
        (["licence", "status"], "required", "cannot be published"),
        (["ticks", 0, "key"], "hunch", "must be one of"),
        (["bands", 0, "measures", 0, "duty"], "must", "must be one of"),
        (["rules", 0, "band"], "LOW", "must be one of"),
        (["rules", 0, "when"], {"eval": "1"}, "no condition is written like this"),
        (["rules", 0, "when"], {"yes": "C99"}, "must be one of"),
        (["rules", 0, "when"], {"yes": "C1", "within_days": 0}, "whole number"),
        (["rules", 0, "when"], {"yes": "C1", "or": []}, "unknown parts"),
        (["rules", 0, "when"], {"or": []}, "is empty"),
        (["rules", 0, "when"], {"not": {"yes": "C1"}}, "only a tick may be negated"),
        (["rules", 0, "when"], {"ticked": "hunch"}, "must be one of"),
        (["rules", 0, "when"], {"grade": "C1", "at_least": 1}, "must be one of"),
        (["rules", 0, "when"], {"count_yes": ["Q"], "at_least": 1}, "sections of the instrument"),
        (
            ["rules", 0, "when"],
            {"sum": [{"weight": -1, "when": {"yes": "C1"}}], "at_least": 1},
            "whole number",
        ),
        (["rules", 0, "when"], {"not_ruled_out": ["C"], "more_than": [4, 1]}, "must be a share"),
        (["lowering", "never_below"], "NONE", "must be one of"),
        (["examples", 0, "expect", "rules"], ["hunch"], "does not have"),
    ],
)
def test_what_does_not_fit_the_format_is_refused(path, value, complaint):
    with pytest.raises(BadInstrument, match=complaint):
        parse_instrument(spoilt(path, value))


def test_fear_may_only_count_where_it_is_asked():
    document = baseline()
    del document["fear"]
    with pytest.raises(BadInstrument, match="does not ask for fear"):
        parse_instrument(document)


def test_a_grade_must_exist_to_be_asked_for():
    document = json.loads((INSTRUMENTS / "vn-child-02-1.0.0.json").read_text(encoding="utf-8"))
    document["rules"][0]["when"] = {"grade": "harm", "at_least": 3}
    with pytest.raises(BadInstrument, match="no grade of severity 3"):
        parse_instrument(document)
