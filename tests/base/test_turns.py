"""A turn keeps others of its name waiting, and whoever cannot have one is not kept from the work."""

import fcntl
from pathlib import Path
from typing import Any

import pytest

from casework.base.turns import turn


def is_held(folder: Path) -> bool:
    """Whether anybody else could not take the only turn there is."""
    (gate,) = (folder / "turns").iterdir()
    with gate.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_turn_is_held_until_it_is_left(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    with turn("paper.decisions 1 2026"):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)
    with pytest.raises(ValueError, match="x"), turn("paper.decisions 1 2026"):
        raise ValueError("x")
    assert not is_held(tmp_path)


def test_without_a_folder_the_work_is_done_all_the_same(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "file"
    settings.DATA_DIR.touch()
    done = []
    with turn("paper.decisions 1 2026"):
        done.append(1)
    assert done == [1]
