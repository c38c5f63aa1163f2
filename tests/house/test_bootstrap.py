"""The way from a fresh clone into `.venv`, up to the point where pip would be asked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import bootstrap

ROOT = bootstrap.ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A tree with the files that `manage.py` needs before Django is there, and no `.venv`."""
    for name in ("manage.py", "config/__init__.py", "config/bootstrap.py", "config/suite.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "tests").mkdir()
    (tmp_path / "requirements.txt").write_text("a==1\n")
    (tmp_path / "tests/requirements.txt").write_text("b==1\n")
    return tmp_path


@pytest.fixture
def venv(clone: Path) -> Path:
    """A stand-in `.venv`, stamped for `test`, whose Python repeats what it is given."""
    venv = clone / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").write_text('#!/bin/sh\necho inside "$@"\n')
    (venv / "bin/python").chmod(0o755)
    (venv / "stamp.json").write_text(json.dumps(bootstrap.wanted(clone, "test")))
    return venv


def manage(
    clone: Path, *arguments: str, options: tuple[str, ...] = ("-S",)
) -> subprocess.CompletedProcess[str]:
    """Run `manage.py` as a Python without Django would: -S leaves installed packages out."""
    environment = {"PATH": os.environ["PATH"], "HOME": ""}
    command = [sys.executable, *options, str(clone / "manage.py"), *arguments]
    return subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=False)


def test_a_venv_made_for_test_also_serves_demo(clone: Path, venv: Path) -> None:
    assert bootstrap.is_ready(venv, clone, "test")
    assert bootstrap.is_ready(venv, clone, "demo")


def test_a_venv_made_for_demo_lacks_what_tests_need(clone: Path, venv: Path) -> None:
    (venv / "stamp.json").write_text(json.dumps(bootstrap.wanted(clone, "demo")))

    assert bootstrap.is_ready(venv, clone, "demo")
    assert not bootstrap.is_ready(venv, clone, "test")
    assert bootstrap.can_be_kept(venv, clone, "test")


@pytest.mark.parametrize("lock", ["requirements.txt", "tests/requirements.txt"])
def test_a_changed_lock_is_installed_into_the_venv_that_is_there(clone: Path, venv: Path, lock: str) -> None:
    (clone / lock).write_text("c==2\n")

    assert not bootstrap.is_ready(venv, clone, "test")
    assert bootstrap.can_be_kept(venv, clone, "test")


@pytest.mark.parametrize("key", ["python", "platform", "root"])
def test_another_python_platform_or_place_needs_a_new_venv(clone: Path, venv: Path, key: str) -> None:
    (venv / "stamp.json").write_text(json.dumps(bootstrap.wanted(clone, "test") | {key: "another"}))

    assert not bootstrap.is_ready(venv, clone, "demo")
    assert not bootstrap.can_be_kept(venv, clone, "demo")


@pytest.mark.parametrize("stamp", [None, "", "{", "[]"])
def test_a_venv_that_was_not_finished_is_made_anew(clone: Path, venv: Path, stamp: str | None) -> None:
    (venv / "stamp.json").unlink()
    if stamp is not None:
        (venv / "stamp.json").write_text(stamp)

    assert bootstrap.stamped(venv) == {}
    assert not bootstrap.can_be_kept(venv, clone, "demo")


def test_a_venv_whose_python_is_gone_is_made_anew(clone: Path, venv: Path) -> None:
    (venv / "bin/python").unlink()
    (venv / "bin/python").symlink_to("/nowhere/python3")

    assert not bootstrap.is_ready(venv, clone, "demo")
    assert not bootstrap.can_be_kept(venv, clone, "demo")


@pytest.mark.parametrize("verb", ["demo", "test", "migrate"])
def test_every_verb_starts_again_inside_a_ready_venv(clone: Path, venv: Path, verb: str) -> None:
    done = manage(clone, verb, "--flag")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"inside {clone}/manage.py {verb} --flag\n"


def test_without_django_or_venv_another_verb_says_what_to_run(clone: Path) -> None:
    done = manage(clone, "migrate")

    assert done.returncode == 2
    assert "python3 manage.py demo" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_python_without_ensurepip_is_told_the_one_line_to_run(clone: Path, tmp_path: Path) -> None:
    # What a bare Debian lacks, taken away from this Python; no apt-get on the PATH, as for an ordinary user.
    (clone / "sitecustomize.py").write_text(
        "import importlib.util as util\nfind = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name == 'ensurepip' else find(name, package)\n"
    )
    environment = {"PATH": str(tmp_path), "HOME": "", "PYTHONPATH": str(clone)}
    command = [sys.executable, str(clone / "manage.py"), "demo"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "apt-get install python3-venv" in done.stderr
    assert not (clone / ".venv").exists()


def test_an_old_python_is_told_what_is_needed() -> None:
    code = (
        "import runpy, sys; sys.version_info = (3, 10, 0); sys.version = '3.10.0 (main)';"
        f"runpy.run_path({str(ROOT / 'manage.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11 or newer is needed, this is 3.10.0")


@pytest.mark.parametrize("variable", bootstrap.PROGRAMS)
def test_a_program_can_be_named_or_refused_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "/opt/program")
    assert bootstrap.find_program(variable) == "/opt/program"

    monkeypatch.setenv(variable, "")
    assert bootstrap.find_program(variable) == ""


def test_programs_that_are_missing_are_installed_in_one_call_and_those_refused_are_not(
    tmp_path: Path,
) -> None:
    # A machine on which we are root, with an apt-get that only says what it was asked for.
    asked = tmp_path / "asked"
    apt = tmp_path / "apt-get"
    apt.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    apt.chmod(0o755)
    code = (
        "import os; from config import bootstrap, suite; os.geteuid = lambda: 0;"
        "suite.main = lambda arguments: print(repr(os.environ['CHROMIUM'])); bootstrap._test([])"
    )
    environment = {"PATH": str(tmp_path), "CHROMIUM": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines()[-1] == "''", done.stderr
    assert asked.read_text().splitlines() == [
        "-qq update",
        "-qq install --yes --no-install-recommends"
        " poppler-utils libreoffice-writer-nogui libreoffice-calc-nogui",
    ]
