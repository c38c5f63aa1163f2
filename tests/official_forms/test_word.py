"""A province's own Word file: what is taken, what is refused and with what words, what it becomes."""

import io
import zipfile

import docx
import pytest

from casework.official_forms import kinds, queries, word
from casework.official_forms.word import Names, faults_of, filled
from tests.official_forms.hiding import plain_png, with_part
from tests.official_forms.laying import BAN_TEMPLATE, word_file

NAMES = Names(
    single=frozenset({"binds", "number", "foot", "check_code", "verify_at"}),
    lists=frozenset({"forbidden"}),
    must=frozenset({"binds", "number", "foot", "check_code"}),
)
MUST = "{{ number }} {{ check_code }} {{ binds }}"
VALUES: dict[str, str | tuple[str, ...]] = {
    "number": "Số: 7/2026",
    "check_code": "7ZK3M0QA4",
    "verify_at": "https://example.org/papers/verify/?check_code=7ZK3M0QA4",
    "binds": "A <b>&amp; {{ number }} {% x %}\nB",
    "forbidden": ("một", "hai"),
    "foot": "In bởi L.T.L.",
}


def codes(*paragraphs: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.code, one.names) for one in faults_of(word_file(MUST, *paragraphs), NAMES)]


def test_values_lists_the_square_code_and_the_footer_are_filled():
    content = word_file(MUST, "{%p for one in forbidden %}", "- {{ one }}", "{%p endfor %}", "{{ qr }}")
    assert faults_of(content, NAMES) == []
    made = docx.Document(io.BytesIO(filled(content, VALUES, at=None, title="QUYẾT ĐỊNH", author="UBND")))
    text = [paragraph.text for paragraph in made.paragraphs]
    # What anybody typed is text and nothing else.
    assert text[0] == "Số: 7/2026 7ZK3M0QA4 A <b>&amp; {{ number }} {% x %}\nB"
    assert text[1:3] == ["- một", "- hai"]
    assert made.sections[0].footer.paragraphs[0].text == "In bởi L.T.L."
    assert len(made.inline_shapes) == 1
    told = made.core_properties
    assert (told.title, told.author, told.last_modified_by, told.comments) == (
        "QUYẾT ĐỊNH",
        "UBND",
        "UBND",
        "",
    )


@pytest.mark.parametrize(
    ("paragraph", "code", "names"),
    [
        ("{{ address }}", "unknown", ("address",)),
        ("{{ binds.__class__ }}", "computes", ("Getattr",)),
        ("{{ binds['x'] }}", "computes", ("Const", "Getitem")),
        ("{{ binds|upper }}", "computes", ("Filter",)),
        ("{{ 1 + 1 }}", "computes", ("Add", "Const")),
        ("{% set a = number %}", "computes", ("Assign",)),
        ("{% include number %}", "computes", ("Include",)),
        ("{% for i in range(9) %}{% endfor %}", "computes", ("Call", "Const", "for")),
        ("{% for i in binds %}{{ i }}{% endfor %}", "not_a_list", ("binds",)),
        ("{{r binds }}", "computes", ("{{r",)),
        ("{{ binds", "damaged", ()),
    ],
)
def test_a_template_names_values_and_does_nothing_else(paragraph, code, names):
    assert (code, names) in codes(paragraph)


def test_what_it_has_to_name_is_told_by_name():
    assert [(one.code, one.names) for one in faults_of(word_file("{{ binds }}", footer=""), NAMES)] == [
        ("missing", ("check_code", "foot", "number"))
    ]


def test_it_leads_nowhere_and_holds_nothing_that_runs():
    content = word_file(MUST)
    document = docx.Document(io.BytesIO(content))
    document.part.relate_to("https://example.org/x.png", "http://x/image", is_external=True)
    linked = io.BytesIO()
    document.save(linked)
    assert faults_of(linked.getvalue(), NAMES)[0].code == "outside_link"
    for name in ("word/embeddings/a.bin", "word/vbaProject.bin", "word/activeX/a.xml", "word/afchunk.mht"):
        assert faults_of(with_part(content, name, "<a/>"), NAMES)[0].code == "holds_object"
    assert (
        faults_of(with_part(content, "word/comments.xml", "<a>{{ binds }}</a>"), NAMES)[0].code
        == "tag_elsewhere"
    )
    field = '<w:a xmlns:w="w"><w:instrText>INCLUDETEXT "c:\\x"</w:instrText></w:a>'
    assert faults_of(with_part(content, "word/footnotes.xml", field), NAMES)[0].code == "word_field"
    assert faults_of(b"PK\x03\x04", NAMES)[0].code == "damaged"
    assert faults_of(content + b"\0" * word.LARGEST, NAMES)[0].code == "too_large"


@pytest.mark.parametrize(
    "kind", [one for one in kinds.kinds().values() if one.blocks and one.is_issued], ids=lambda one: one.code
)
def test_every_paper_can_have_a_template_of_all_it_says(kind):
    names = queries.names_for(kind)
    lines = [f"{{{{ {name} }}}}" for name in sorted(names.single)]
    for name in sorted(names.lists):
        lines += [f"{{%p for one in {name} %}}", "{{ one }}", "{%p endfor %}"]
    assert faults_of(word_file(*lines), names) == []
    assert {one.name for one in queries.nameable(kind)} == names.all
    assert all(one.label for one in queries.nameable(kind))


def test_a_template_for_the_ban_as_an_office_writes_it_is_taken():
    names = queries.names_for(kinds.kind_of("ban_decision"))
    content = word_file(*BAN_TEMPLATE, picture=plain_png())
    assert faults_of(content, names) == []
    assert len(word.pictures_of(content)) == 1
    # The same words for the same values: nothing of the clock or of chance is in it.
    values = {name: f"«{name}»" for name in names.single} | dict.fromkeys(names.lists, ("a", "b"))
    first, second = (filled(content, values, at=None, title="x", author="y") for _time in range(2))
    with zipfile.ZipFile(io.BytesIO(first)) as one, zipfile.ZipFile(io.BytesIO(second)) as other:
        assert one.read("word/document.xml") == other.read("word/document.xml")
