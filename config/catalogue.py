"""The Vietnamese message catalogue: checked, merged and compiled without gettext's own programs.

    python -m config.catalogue check                       name every fault and exit 1, or exit 0
    python -m config.catalogue merge FILE.po... [--prune]  add or update entries from fragments, then compile
    python -m config.catalogue compile                     write django.mo from django.po

English is the language of the msgids and needs no catalogue. An entry with the comment `#. library`
translates a text of a library we use (Django, allauth...) that lacks Vietnamese: it counts as used. `merge`
writes that comment itself when it finds the text in the library's source.
"""

import argparse
import ast
import functools
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = Path("locale/vi/LC_MESSAGES/django.po")
LIBRARY = "library"
LIBRARIES = ("django", "allauth", "rest_framework", "knox", "simple_history", "guardian", "django_filters")
# No dates and no names: the file changes only when a text does.
METADATA = {
    "Language": "vi",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}


class Message(NamedTuple):
    """What gettext looks a text up by."""

    context: str | None
    msgid: str

    def __str__(self) -> str:
        return repr(self.msgid) + (f" (context {self.context!r})" if self.context else "")


class Use(NamedTuple):
    """A text as the code asks for it, and where."""

    message: Message
    plural: str | None
    place: str


# Arguments of each gettext function, in order: c = context, m = msgid, p = plural.
FUNCTIONS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), "m"),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), "mp"),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), "cm"),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), "cmp"),
}
LITERAL = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(
    rf"(?<!\w)({'|'.join(FUNCTIONS)})\(\s*{LITERAL}(?:\s*,\s*{LITERAL})?(?:\s*,\s*{LITERAL})?", re.DOTALL
)
# A placeholder of %-formatting or of str.format.
PLACEHOLDER = re.compile(r"%\(\w+\)|\{\w*\}|%[sd]")


# --- what the code asks for ---------------------------------------------------------------------------------


def uses(root: Path) -> Iterator[Use]:
    """Every text that Python code and templates under `root` pass to gettext as a literal."""
    for folder in ("casework", "config"):
        for path in sorted((root / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _in_python(path, path.relative_to(root))
    for path in sorted((root / "templates").rglob("*")):
        if path.is_file():
            yield from _in_template(path, path.relative_to(root))


@functools.cache
def library_messages(libraries: tuple[str, ...]) -> frozenset[Message]:
    """Every text that the libraries pass to gettext as a literal; reads all their files in some seconds."""
    found: set[Message] = set()
    for name in libraries:
        spec = find_spec(name)
        for folder in spec.submodule_search_locations if spec and spec.submodule_search_locations else ():
            for path in Path(folder).rglob("*.py"):
                found |= {use.message for use in _in_python(path, path)}
            for kind in ("html", "txt"):
                for path in Path(folder).rglob(f"templates/**/*.{kind}"):
                    found |= {use.message for use in _in_template(path, path)}
    return frozenset(found)


def _in_python(path: Path, shown: Path) -> Iterator[Use]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {name: name for name in FUNCTIONS}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {
                alias.asname: alias.name for alias in node.names if alias.asname and alias.name in FUNCTIONS
            }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        function = names.get(called)
        if function:
            literals = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
            yield from _use(function, literals, f"{shown}:{node.lineno}")


def _in_template(path: Path, shown: Path) -> Iterator[Use]:
    # Django turns the template into the gettext calls it will make, line for line.
    text = templatize(path.read_text(encoding="utf-8"), origin=str(shown))
    for call in CALL.finditer(text):
        line = text.count("\n", 0, call.start()) + 1
        literals = [ast.literal_eval(word) if word else None for word in call.groups()[1:]]
        yield from _use(call[1], literals, f"{shown}:{line}")


def _use(function: str, literals: Sequence[object], place: str) -> Iterator[Use]:
    given = dict(zip(FUNCTIONS[function], literals, strict=False))
    msgid, context, plural = given.get("m"), given.get("c"), given.get("p")
    if isinstance(msgid, str) and msgid:
        yield Use(
            Message(context if isinstance(context, str) else None, msgid),
            plural if isinstance(plural, str) else None,
            place,
        )


# --- the catalogue ------------------------------------------------------------------------------------------


def key(entry: polib.POEntry) -> Message:
    return Message(entry.msgctxt, entry.msgid)


def texts(entry: polib.POEntry) -> list[str]:
    """The Vietnamese of an entry: one text, or one for each plural form (Vietnamese has one)."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def is_library(entry: polib.POEntry) -> bool:
    return LIBRARY in entry.comment.split()


def problems(root: Path) -> list[str]:
    """One sentence for each fault of the catalogue under `root`; an empty list is a pass."""
    path = root / CATALOGUE
    if not path.exists():
        return [f"{CATALOGUE} is missing."]
    catalogue = polib.pofile(str(path), encoding="utf-8")
    entries = {key(entry): entry for entry in catalogue if not entry.obsolete}
    found = [
        f"listed twice: {key(entry)}" for entry in catalogue if entries.get(key(entry), entry) is not entry
    ]
    found += [f"obsolete entry: {key(entry)}" for entry in catalogue.obsolete_entries()]
    used: set[Message] = set()
    for use in uses(root):
        if use.message in used:
            continue
        used.add(use.message)
        entry = entries.get(use.message)
        if entry is None:
            found.append(f"{use.place}: no Vietnamese for {use.message}")
        elif use.plural is not None and not entry.msgid_plural:
            found.append(f"{use.place}: the entry has no plural: {use.message}")
    for message, entry in entries.items():
        if entry.fuzzy:
            found.append(f"fuzzy: {message}")
        if not texts(entry) or not all(texts(entry)):
            found.append(f"empty: {message}")
        elif not _same_placeholders(entry):
            found.append(f"placeholders differ: {message} -> {texts(entry)}")
        if message not in used and not is_library(entry):
            found.append(f"used nowhere: {message}")
    compiled = path.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != catalogue.to_binary():
        found.append(f"{compiled.relative_to(root)} does not match django.po: run `make catalogue`.")
    return found


def _same_placeholders(entry: polib.POEntry) -> bool:
    # The plural is the fuller form: the singular may say "one" where the plural says %(count)s.
    expected = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    if is_library(entry):
        # What a library repeats of the user's input may be left out on purpose.
        return all(expected.issuperset(PLACEHOLDER.findall(text)) for text in texts(entry))
    return all(expected == set(PLACEHOLDER.findall(text)) for text in texts(entry))


def merge(root: Path, fragments: list[Path], *, prune: bool) -> list[str]:
    """Add or update entries from `fragments` (a later one wins), sort, compile; `prune` drops the unused.

    Returns the disagreements between fragments, for a person to settle.
    """
    path = root / CATALOGUE
    entries = (
        {key(entry): entry for entry in polib.pofile(str(path), encoding="utf-8")} if path.exists() else {}
    )
    came_from: dict[Message, Path] = {}
    disagreements: list[str] = []
    for fragment in fragments:
        for entry in polib.pofile(str(fragment), encoding="utf-8"):
            if entry.obsolete:
                continue
            message, known = key(entry), entries.get(key(entry))
            if message in came_from and known and texts(known) != texts(entry):
                disagreements.append(
                    f"{message}: {came_from[message].name} {texts(known)}, {fragment.name} {texts(entry)}"
                )
            entries[message] = entry
            came_from[message] = fragment
    used, borrowed = {use.message for use in uses(root)}, library_messages(LIBRARIES)
    for message, entry in entries.items():
        entry.comment = LIBRARY if message in borrowed - used or is_library(entry) else ""
    kept = [
        entry
        for message, entry in entries.items()
        if not entry.obsolete and (not prune or message in used or is_library(entry))
    ]
    catalogue = polib.POFile(wrapwidth=110)
    catalogue.metadata = METADATA
    for entry in sorted(kept, key=lambda entry: (entry.msgid, entry.msgctxt or "")):
        catalogue.append(_clean(entry))
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    compile_(root)
    return disagreements


def _clean(entry: polib.POEntry) -> polib.POEntry:
    # Places move with every edit and would make every change touch the catalogue: they are left out.
    return polib.POEntry(
        msgid=entry.msgid,
        msgctxt=entry.msgctxt,
        msgid_plural=entry.msgid_plural,
        msgstr=unicodedata.normalize("NFC", entry.msgstr),
        msgstr_plural={
            form: unicodedata.normalize("NFC", text) for form, text in entry.msgstr_plural.items()
        },
        comment=entry.comment,
        tcomment=entry.tcomment,
        flags=["fuzzy"] if entry.fuzzy else [],
    )


def compile_(root: Path) -> None:
    path = root / CATALOGUE
    path.with_suffix(".mo").write_bytes(polib.pofile(str(path), encoding="utf-8").to_binary())


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description="The Vietnamese message catalogue.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("check")
    verbs.add_parser("compile")
    merging = verbs.add_parser("merge")
    merging.add_argument("fragments", nargs="*", type=Path)
    merging.add_argument("--prune", action="store_true", help="drop entries that no code uses")
    options = parser.parse_args(argv)
    if options.verb == "check":
        found = problems(ROOT)
        print("\n".join(found) or "the catalogue is complete")
        return 1 if found else 0
    if options.verb == "merge":
        for line in merge(ROOT, options.fragments, prune=options.prune):
            print(f"two translations, the second is kept: {line}")
    else:
        compile_(ROOT)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
