"""The shape of the tree: what may lie where, so that a newcomer finds every rule in the place it must be."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

TOP = {
    ".ci",
    ".gitattributes",
    ".gitignore",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "bench",
    "casework",
    "config",
    "docs",
    "locale",
    "manage.py",
    "pyproject.toml",
    "requirements.in",
    "requirements.txt",
    "static",
    "templates",
    "tests",
}
# The floors under the work itself: furniture, cut as each subject needs.
FURNITURE = {"base", "encryption", "audit", "organisations", "access", "http", "accounts", "notifications"}
NOT_ROOMS = {"data", "migrations", "management"}
ROOM_FILES = {
    "__init__.py",
    "models.py",
    "sheet.py",
    "actions.py",
    "queries.py",
    "forms.py",
    "views.py",
    "api.py",
    "urls.py",
}
# Parts of a verb that verbs of several rooms share: they store, always inside somebody's @command.
INSIDE_VERBS = {
    "attachments/keeping.py",
    "deadlines/clocks.py",
    "people/matching.py",
    "statistics/facts.py",
}
# What papers and figures are filled from, and papers drawn by beforehand: they read as queries do.
READS = {"official_forms/sources.py", "official_forms/ahead.py", "statistics/cube.py"}
# What the machine does by the clock, on nobody's behalf and written to the memory, and whom it tells.
MACHINE = {"deadlines/audience.py", "deadlines/days_off.py", "deadlines/machine.py"}
# Any other file of a room is a rule file: it computes from plain values, so it can know none of these.
IMPURE = (
    "django.db",
    "django.http",
    "django.shortcuts",
    "django.utils.timezone",
    "rest_framework",
    "casework.base.clock.now",
    "casework.encryption",
    "casework.access",
    "casework.http",
)


def rooms() -> list[Path]:
    return sorted(path for path in (ROOT / "casework").iterdir() if (path / "__init__.py").exists())


def case_rooms() -> list[Path]:
    return [room for room in rooms() if room.name not in FURNITURE | NOT_ROOMS]


def files(pattern: str) -> list[Path]:
    return sorted((ROOT / "casework").glob(pattern))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    """Whole names of everything `path` imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_a(name: str, forbidden: str) -> bool:
    return name == forbidden or name.startswith(forbidden + ".")


def test_nothing_unexpected_lies_at_the_top() -> None:
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().split()]
    names = {path.name for path in ROOT.iterdir() if not any(fnmatch(path.name, line) for line in ignored)}

    assert names - TOP - {".git"} == set()


@pytest.mark.parametrize("room", case_rooms(), ids=lambda room: room.name)
def test_a_room_has_the_usual_files_and_pure_rules(room: Path) -> None:
    # Django finds a tag library by the name of its folder.
    expected = {"__pycache__", "templatetags"}
    folders = [path.name for path in room.iterdir() if path.is_dir() and path.name not in expected]
    impure = [
        f"{shown(path)} imports {name}: a rule file computes from plain values"
        for path in sorted(room.glob("*.py"))
        if path.name not in ROOM_FILES and f"{room.name}/{path.name}" not in INSIDE_VERBS | READS | MACHINE
        for name in imports(path)
        if any(is_a(name, forbidden) for forbidden in IMPURE)
        or re.match(r"casework\.\w+\.(models|actions|queries)\b", name)
    ]

    assert folders == []
    assert impure == []


def test_every_verb_is_a_command() -> None:
    bare = [
        f"{shown(path)}: {node.name} has no @command"
        for path in files("*/actions.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and not any(
            isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Name)
            and decorator.func.id == "command"
            for decorator in node.decorator_list
        )
    ]

    assert bare == []


def test_pages_and_rest_never_look_past_the_viewer() -> None:
    blind = [
        f"{shown(path)}:{node.lineno} says everything(): a page sees what its viewer may see"
        for pattern in ("*/views.py", "*/api.py")
        for path in files(pattern)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "everything"
    ]

    assert blind == []


def test_only_access_knows_guardian() -> None:
    # ruff says the same; this one cannot be silenced by a comment.
    knowing = [
        f"{shown(path)} imports {name}"
        for path in files("**/*.py")
        if "access" not in path.parts and "migrations" not in path.parts
        for name in imports(path)
        if is_a(name, "guardian")
    ]

    assert knowing == []


def test_no_import_hides_inside_a_function() -> None:
    # The application's start is Django's own exception: models do not exist yet when it is read.
    hidden = [
        f"{shown(path)}:{inner.lineno} imports inside {node.name}"
        for path in [*files("**/*.py"), *sorted((ROOT / "config").rglob("*.py"))]
        if path != ROOT / "casework/apps.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]

    assert hidden == []


def test_tests_replace_nothing_that_can_run() -> None:
    mocking = [
        f"{shown(path)} imports {name}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name in imports(path)
        if is_a(name, "mock") or is_a(name, "unittest.mock")
    ]

    assert mocking == []
