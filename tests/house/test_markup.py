"""The check of the templates sees what it is there for."""

from pathlib import Path

from config.markup import main, problems


def test_a_fault_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "good.html").write_text('<p class="a">{{ name }}</p>\n')
    (tmp_path / "part" / "bad.html").write_text('<p>\n<img src="/static/a.png">\n{{name}}</p>\n')

    found = problems(tmp_path)

    assert {line.split(" ")[0] for line in found} >= {"part/bad.html:2:", "part/bad.html:3:"}
    assert not any("good.html" in line for line in found)
    assert main([str(tmp_path)]) == 1


def test_the_rules_of_the_framework_are_read(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{% block content %}a{% endblock %}{% load static%}\n")

    assert [line.split(": ")[1].split(" ")[0][0] for line in problems(tmp_path)] == ["T"]
