"""The check of the locked requirements."""

import shutil
from pathlib import Path

import pytest

from config import lock


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    for pair in lock.PAIRS:
        for name in pair:
            shutil.copy(lock.ROOT / name, tmp_path / name)
    return tmp_path


def test_the_locks_as_they_are_have_no_fault(tree: Path) -> None:
    assert lock.problems(tree) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("newcomer==1.0", "requirements.txt: newcomer==1.0 is asked for, None is locked."),
        ("Django>=5", "requirements.in: django is not pinned with ==."),
        ("django==4.2", "requirements.txt: django==4.2 is asked for"),
        ("--index-url http://mirror", "names a host or a path."),
        ("mine @ file:///opt/mine", "names a host or a path."),
        ("-c /srv/limits.txt", "names a host or a path."),
    ],
)
def test_a_line_that_may_not_stand_there_is_named(tree: Path, line: str, fault: str) -> None:
    path = tree / "requirements.in"
    kept = [old for old in path.read_text().splitlines() if not old.startswith("Django==")]
    path.write_text("\n".join([*kept, line]) + "\n")

    assert any(fault in problem for problem in lock.problems(tree))


def test_a_pin_without_a_hash_is_named(tree: Path) -> None:
    with (tree / "requirements.txt").open("a") as file:
        file.write("loose==1.0\n")

    assert lock.problems(tree) == ["requirements.txt: loose==1.0 has no hash."]


def test_tests_may_not_run_on_another_version_than_the_product(tree: Path) -> None:
    with (tree / "tests/requirements.txt").open("a") as file:
        file.write("django==1.0 \\\n    --hash=sha256:00\n")

    assert lock.problems(tree) == ["tests/requirements.txt: django==1.0 differs from requirements.txt."]
