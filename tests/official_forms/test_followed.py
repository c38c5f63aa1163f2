"""Papers made of what followed a measure: minutes as they were signed, proofs of legal aid with how he was dealt with."""

from typing import Any

import pytest

from casework.cases.actions import add_address
from casework.official_forms import actions, kinds, queries, sources
from casework.official_forms.models import OfficialPaper
from casework.protection.actions import record_critique, record_mediation
from casework.protection.models import Meeting
from tests.ground import copy_of, ground
from tests.official_forms.laying import content, words
from tests.protection.doing import Doing
from tests.world import World

doing_ = ground(Doing)
ALONE, FOR_THE_FILE = "Muốn về nhà bố mẹ đẻ.", "Chị run khi anh ta lên tiếng."


@pytest.fixture
def doing(doing_: Doing, db: None) -> Doing:
    return copy_of(doing_)


def mediation(doing: Doing, **more: str) -> Meeting:
    answers = {
        "at": doing.world.at(hours=1),
        "place": "Nhà văn hóa bản Mẫu",
        "led_by": "team",
        "her_wish": ALONE,
        "account": FOR_THE_FILE,
        "minutes": "Anh Mẫu cam kết không uống rượu.",
        "result": "settled",
        **more,
    }
    return record_mediation(case=doing.case, by=doing.world.lan, at=doing.world.now, answers=answers)


def critique(doing: Doing) -> Meeting:
    answers = {
        "at": doing.world.at(minutes=5),
        "place": "Nhà văn hóa bản Mẫu",
        "participants": ["perpetrator", "front_head"],
        "account": FOR_THE_FILE,
        "minutes": "Đã giải thích Điều 3 của Luật.",
        "commitment": "signed",
    }
    measure = doing.critique(at=doing.world.at(hours=1))
    return record_critique(measure=measure, by=doing.world.lan, at=doing.world.now, answers=answers)


def issue(doing: Doing, kind: str, about: Any) -> OfficialPaper:
    answers = {"kind": kind, "about": about.pk, "form": "pdf"}
    return actions.issue_paper(case=doing.case, by=doing.world.lan, at=doing.world.now, answers=answers)


def test_minutes_of_a_mediation_say_what_both_sides_signed(doing: Doing) -> None:
    paper = issue(doing, "minutes_mediation", mediation(doing))
    told = words(content(paper))

    assert (paper.register, paper.number, paper.state) == ("minutes", 1, "issued")
    for said in (
        "Nhà văn hóa bản Mẫu",
        "Tổ hòa giải ở cơ sở",
        "Anh Mẫu cam kết không uống rượu.",
        "Hòa giải thành",
        "Lò Thị Mẫu",
        "Lường Văn Mẫu",
    ):
        assert said in told
    assert ALONE not in told
    assert FOR_THE_FILE not in told


def test_minutes_of_a_critique_say_who_was_there_and_what_he_promised(doing: Doing) -> None:
    told = words(content(issue(doing, "minutes_critique", critique(doing))))

    for said in ("Trưởng Ban công tác Mặt trận", "Đã giải thích Điều 3 của Luật.", "Đã ký cam kết"):
        assert said in told
    assert FOR_THE_FILE not in told


def test_minutes_without_a_text_have_room_to_write_it(doing: Doing) -> None:
    told = words(content(issue(doing, "minutes_mediation", mediation(doing, minutes=""))))

    assert told.count("." * 60) >= 8


def test_minutes_that_tell_where_she_hides_are_blocked(doing: Doing, world: World) -> None:
    place = {"kind": "safe", "village": "Bản Giấu Kín", "detail": "", "area": world.commune}
    add_address(case=doing.case, person=world.victim(doing.case), by=world.lan, at=world.now, answers=place)
    paper = issue(doing, "minutes_mediation", mediation(doing, minutes="Chị về ở Bản Giấu Kín."))

    assert (paper.state, paper.findings["found"]) == ("blocked", [["safe_address", "text", 1]])


def test_each_is_made_of_its_own_meeting_and_the_empty_one_gets_no_number(doing: Doing) -> None:
    held = {critique(doing).pk: "minutes_critique", mediation(doing).pk: "minutes_mediation"}
    offers = queries.offers_of(doing.world.lan, doing.case, at=doing.world.now)
    made = {one.subject.pk: one.kind.code for one in offers if one.subject.on == "meeting"}

    assert made == held
    empty = [one.kind for one in offers if one.kind.code.startswith("blank_")]
    assert [(kind.code, kind.is_issued) for kind in empty] == [
        ("blank_critique", False),
        ("blank_mediation", False),
    ]


def proofs(doing: Doing) -> dict[str, Any]:
    return sources.values_of(kinds.kind_of("legal_aid_proofs"), doing.case, at=doing.world.now)


def test_the_proofs_of_legal_aid_name_a_penalty_that_is_on_file(doing: Doing) -> None:
    assert proofs(doing)["penalty"] == "chưa có trong hồ sơ"
    doing.fine(doing.world.at(hours=3), number="07/QĐ-XPHC", authority="Công an xã")
    doing.fine(penalty_articles=["art_37"])
    told = proofs(doing)

    assert told["penalty"].startswith("Số 07/QĐ-XPHC")
    assert "Công an xã" in told["penalty"]
    assert told["penalty"].index("Điều 39") < told["penalty"].index("Điều 37")
    assert told["criminal"] == ()


@pytest.mark.parametrize(("poverty", "complete"), [("near_poor", True), ("unknown", False)])
def test_a_penalty_and_the_certificate_are_enough(doing: Doing, poverty: str, complete: bool) -> None:
    victim = doing.world.victim(doing.case)
    victim.poverty = poverty
    victim.save()
    assert not proofs(doing)["complete"].startswith("Có")
    doing.fine()
    assert proofs(doing)["complete"].startswith("Có") is complete


def test_criminal_steps_stand_beside_the_proofs_and_are_none(doing: Doing) -> None:
    victim = doing.world.victim(doing.case)
    victim.poverty = "near_poor"
    victim.save()
    doing.fine(kind="prosecuted", penalty_articles=[], number="05/KT")
    told = proofs(doing)

    assert told["penalty"] == "chưa có trong hồ sơ"
    assert [said.startswith("Khởi tố: Số 05/KT") for said in told["criminal"]] == [True]
    assert not told["complete"].startswith("Có")
