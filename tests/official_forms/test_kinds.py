"""Every paper as data: complete, in both languages, true to what was read in the law, and drawn whole."""

import json
import re
import unicodedata
from datetime import UTC, datetime

import pytest

from casework.base import pdf
from casework.base.codes import codes
from casework.official_forms import kinds, layout, sources
from casework.official_forms.kinds import PAPERS, Kind
from tests.official_forms.laying import words

ALL = kinds.kinds()
# Numbers that stand in a text of the law that was read; no other may be named.
FORMS = {"02", "03", "04", "05", "06", "07", "09", "10", "11"}


@pytest.fixture(params=ALL)
def kind(request: pytest.FixtureRequest) -> Kind:
    return ALL[request.param]


def test_its_source_has_every_value_it_names(kind):
    source = sources.SOURCES[kind.source]
    assert kind.names <= source.names
    by_hand = {field.name for field in kind.fields if field.lines}
    assert not by_hand & source.names
    assert not [field.name for field in kind.fields if field.lines and field.must]
    # In a province's Word file these are what stands on every paper.
    assert not source.names & set(kinds.STANDARD)


def test_what_he_reads_comes_from_an_open_source_and_is_there_to_tell_nothing(kind):
    if kind.reaches_abuser:
        assert sources.SOURCES[kind.source].is_open
        assert kind.may_say == frozenset()
    assert "perpetrator" not in kind.goes_to or kind.reaches_abuser


def test_its_codes_are_on_their_lists(kind):
    secrets = set(codes("paper_secret").codes)
    assert kind.may_say | kind.hides <= secrets
    assert set(kind.goes_to) <= set(codes("paper_reader").codes)
    assert kind.register in (*codes("paper_register").codes, "")
    assert kind.on in (
        "case",
        "measure",
        "referral",
        "report",
        "child",
        "procedure",
        "apart",
        "child_plan",
        "meeting",
    )


def test_its_words_are_whole_in_both_languages(kind):
    raw = json.loads((PAPERS / f"{kind.code}.json").read_text(encoding="utf-8"))
    labels = [
        kind.label,
        *(field.label for field in kind.fields),
        *(block.title for block in kind.blocks if block.title),
    ]
    assert all(label.vi and label.en and label.vi != label.en for label in labels)
    text = json.dumps(raw, ensure_ascii=False)
    assert unicodedata.normalize("NFC", text) == text
    assert len({field.name for field in kind.fields}) == len(kind.fields)


def test_no_form_of_the_law_is_invented(kind):
    assert set(re.findall(r"Mẫu số (\d+)", kind.form)) <= FORMS
    assert not kind.verified


def test_it_is_drawn_with_every_value_and_the_mark_of_a_working_copy(kind):
    if not kind.blocks:
        return
    values = {name: f"‹{name}›" for name in kind.names}
    dress = layout.Dress("Số: 7/2026", "UBND", "Mường Phăng", "In bởi L.T.L.", marking=kinds.frame().working)
    read = words(pdf.draw(layout.laid_out(kind, values, dress), at=datetime(2026, 5, 1, tzinfo=UTC)))
    # The number of a decision stands at its head instead of among its values.
    assert {name for name in kind.names if f"‹{name}›" not in read} <= {kind.number_from}
    assert kind.title in read
    assert "BẢN LÀM VIỆC – chưa theo mẫu chính thức" in read


def test_an_empty_line_stands_only_where_something_is_written_by_hand():
    kind = ALL["ban_decision"]
    dress = layout.Dress("", "", "", "")
    said = [
        text
        for part in layout.laid_out(kind, {}, dress).parts
        if isinstance(part, pdf.Rows)
        for text in part.rows
    ]
    assert "Nội dung khác:" not in dict(said)
    assert dict(said)["Nơi cư trú:"] == layout.LINE
    assert {label.vi for label in (field.label for field in layout.missing(kind, {}))} >= {
        "Họ và tên",
        "Bắt đầu",
    }


def test_the_papers_the_law_asks_for_are_there():
    assert set(ALL) >= {
        "ban_request",
        "ban_decision",
        "ban_refusal",
        "contact_notice",
        "ban_cancel_request",
        "ban_cancellation",
        "ban_cancel_refusal",
        "monitor_assignment",
        "commitment",
        "report_sheet",
        "referral_letter",
        "shelter_letter",
        "legal_aid_proofs",
        "minutes_critique",
        "minutes_mediation",
        "case_summary",
        "case_summary_masked",
        "child_assessment",
    }
