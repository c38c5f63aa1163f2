"""The message catalogue's tool, on a small tree of its own."""

from pathlib import Path

import polib
import pytest

from config import catalogue

PYTHON = """
from django.utils.translation import gettext as translated, gettext_lazy as _, ngettext, pgettext_lazy
TITLE = _("Close " "the case")
AGAIN = translated("Renamed on import")
MAY = pgettext_lazy("month", "May")
def days(n): return ngettext("One day", "%(count)s days", n) % {"count": n}
def shown(x): return _(x)
"""
TEMPLATE = """{% load i18n %}
<h1>{% translate "Safe contact" %}</h1>
<p title="{{ _('Ask first') }}">{% blocktranslate trimmed with name=person.name %}
    {{ name }}'s 100% wish
{% endblocktranslate %}</p>
{% blocktranslate count counter=n %}One case{% plural %}{{ counter }} cases{% endblocktranslate %}
{% translate "May" context "permission" %}
{# {% translate "Commented out" %} #}
"""
FRAGMENT = """
msgid "Close the case"
msgstr "Kết thúc vụ việc"

msgid "Renamed on import"
msgstr "Đổi tên khi nhập"

msgctxt "month"
msgid "May"
msgstr "Tháng 5"

msgctxt "permission"
msgid "May"
msgstr "Được phép"

msgid "One day"
msgid_plural "%(count)s days"
msgstr[0] "%(count)s ngày"

msgid "Safe contact"
msgstr "Cách liên hệ an toàn"

msgid "Ask first"
msgstr "Hỏi trước"

msgid "%(name)s's 100%% wish"
msgstr "Mong muốn của %(name)s, 100%%"

msgid "One case"
msgid_plural "%(counter)s cases"
msgstr[0] "%(counter)s vụ việc"

msgid "Enter a valid value."
msgstr "Hãy nhập giá trị đúng."

#. library
msgid "Put together at run time by a library"
msgstr "Thư viện ghép khi chạy"
"""


@pytest.fixture(autouse=True)
def _few_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django's validators are library enough; all of it, read for every test, would take a minute."""
    monkeypatch.setattr(catalogue, "LIBRARIES", ("django.core",))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A product with one Python file, one template and a complete catalogue."""
    for path, text in (
        ("casework/cases/views.py", PYTHON),
        ("config/settings.py", ""),
        ("templates/cases/close.html", TEMPLATE),
        ("fragments/all.po", FRAGMENT),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    catalogue.merge(tmp_path, [tmp_path / "fragments/all.po"], prune=False)
    return tmp_path


def edit(tree: Path, old: str, new: str) -> None:
    """Change the catalogue's text and compile it, so that only the fault under test is there."""
    path = tree / catalogue.CATALOGUE
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    catalogue.compile_(tree)


def merge(tree: Path, fragment: str, *, prune: bool = False) -> list[str]:
    path = tree / "fragments/more.po"
    path.write_text(fragment)
    return catalogue.merge(tree, [path], prune=prune)


def test_a_complete_catalogue_has_no_faults(tree: Path) -> None:
    assert catalogue.problems(tree) == []


def test_a_text_of_python_without_vietnamese_is_named_with_its_place(tree: Path) -> None:
    (tree / "casework/cases/forms.py").write_text('\nLABEL = _("New here")\n')

    assert catalogue.problems(tree) == ["casework/cases/forms.py:2: no Vietnamese for 'New here'"]


def test_a_text_of_a_template_without_vietnamese_is_named_with_its_place(tree: Path) -> None:
    (tree / "templates/list.html").write_text('{% load i18n %}\n\n{% translate "New here" %}\n')

    assert catalogue.problems(tree) == ["templates/list.html:3: no Vietnamese for 'New here'"]


def test_the_same_word_in_another_context_is_another_text(tree: Path) -> None:
    (tree / "casework/cases/forms.py").write_text('LABEL = pgettext("name", "May")\n')

    assert catalogue.problems(tree) == ["casework/cases/forms.py:1: no Vietnamese for 'May' (context 'name')"]


def test_an_empty_entry_is_a_fault(tree: Path) -> None:
    edit(tree, "Hỏi trước", "")

    assert catalogue.problems(tree) == ["empty: 'Ask first'"]


def test_a_fuzzy_entry_is_a_fault(tree: Path) -> None:
    edit(tree, 'msgid "Ask first"', '#, fuzzy\nmsgid "Ask first"')

    assert catalogue.problems(tree) == ["fuzzy: 'Ask first'"]


def test_a_lost_placeholder_is_a_fault(tree: Path) -> None:
    edit(tree, "Mong muốn của %(name)s", "Mong muốn của %(nam)s")

    assert catalogue.problems(tree) == [
        "placeholders differ: \"%(name)s's 100%% wish\" -> ['Mong muốn của %(nam)s, 100%%']"
    ]


def test_an_entry_no_code_uses_is_a_fault(tree: Path) -> None:
    merge(tree, 'msgid "Long gone"\nmsgstr "Đã bỏ"\n')

    assert catalogue.problems(tree) == ["used nowhere: 'Long gone'"]


def test_a_plural_without_its_plural_entry_is_a_fault(tree: Path) -> None:
    merge(tree, 'msgid "One case"\nmsgstr "Một vụ việc"\n')

    assert catalogue.problems(tree) == ["templates/cases/close.html:6: the entry has no plural: 'One case'"]


def test_a_compiled_catalogue_older_than_its_source_is_a_fault(tree: Path) -> None:
    path = tree / catalogue.CATALOGUE
    path.write_text(path.read_text().replace("Hỏi trước", "Xin hỏi trước"))

    assert catalogue.problems(tree) == [
        "locale/vi/LC_MESSAGES/django.mo does not match django.po: run `make catalogue`."
    ]


def test_pruning_drops_the_unused_and_keeps_the_texts_of_libraries(tree: Path) -> None:
    merge(tree, 'msgid "Long gone"\nmsgstr "Đã bỏ"\n', prune=True)

    assert catalogue.problems(tree) == []
    kept = (tree / catalogue.CATALOGUE).read_text()
    assert '#. library\nmsgid "Enter a valid value."' in kept
    assert '#. library\nmsgid "Put together at run time by a library"' in kept


def test_merging_again_changes_nothing(tree: Path) -> None:
    before = (tree / catalogue.CATALOGUE).read_bytes()

    assert catalogue.merge(tree, [tree / "fragments/all.po"], prune=True) == []
    assert (tree / catalogue.CATALOGUE).read_bytes() == before


def test_two_fragments_that_disagree_are_both_named(tree: Path) -> None:
    other = tree / "fragments/other.po"
    other.write_text('msgid "Ask first"\nmsgstr "Xin hỏi trước"\n')

    said = catalogue.merge(tree, [tree / "fragments/all.po", other], prune=False)

    assert said == ["'Ask first': all.po ['Hỏi trước'], other.po ['Xin hỏi trước']"]


def test_merged_vietnamese_is_composed_and_can_be_read_by_gettext(tree: Path) -> None:
    merge(tree, 'msgid "Ask first"\nmsgstr "Ho\u0309i tru\u031bo\u031b\u0301c"\n')

    compiled = polib.mofile(str((tree / catalogue.CATALOGUE).with_suffix(".mo")))
    entry = compiled.find("Ask first")
    assert entry is not None
    assert entry.msgstr == "Hỏi trước"
