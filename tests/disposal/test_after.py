"""Pages and REST of a case that was destroyed: no error, nothing of what it held, and what became of it."""

import json

import pytest

from tests.disposal.gone import ask_all, gone
from tests.matrix.asking import asking
from tests.matrix.file import File
from tests.matrix.routes import routes

pytestmark = [pytest.mark.django_db, pytest.mark.role("keeper")]
# A fixture of this module. That everybody may ask every address by every method is tried in tests/soak.
__all__ = ["gone"]


def test_no_page_breaks_and_none_tells_what_it_held(gone: File) -> None:
    heard = ask_all(gone, "lan", ["GET"])
    assert heard.asked > 200
    assert heard.broken == []
    assert heard.told == []


def test_who_had_a_basis_finds_what_became_of_it(gone: File) -> None:
    case = gone.case
    names = {route.name: route for route in routes()}
    for actor in ("lan", "pao", "mai", "kien"):
        with asking(gone, actor) as asker:
            page = asker.ask("GET", names["case-disposal"], gone.ids)
            assert page.status_code == 200, actor
            text = page.content.decode()
            for said in (case.number, "Lường Thị Mai", "Đỗ Trung Kiên", "Chủ thể dữ liệu yêu cầu xóa"):
                assert said in text
            paper = asker.ask("GET", names["erasure-certificate"], gone.ids)
            assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
            rest = asker.ask("GET", names["api:erasure"], gone.ids)
            assert json.loads(rest.content)["about"]["people"] == 5
    with asking(gone, "lan") as asker:
        for name in ("case-overview", "case-people", "case-timeline", "case-readers", "case-edit"):
            answer = asker.ask("GET", names[name], gone.ids)
            assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.pk}/disposal/")
        answer = asker.ask("GET", names["api:case-record"], gone.ids)
        assert (answer.status_code, json.loads(answer.content)["code"]) == (410, "erased")
    for actor in ("minh", "hoa", "tuan", "son"):
        with asking(gone, actor) as asker:
            assert asker.ask("GET", names["case-disposal"], gone.ids).status_code == 404
            assert asker.ask("GET", names["case-overview"], gone.ids).status_code == 404


def test_the_partner_sees_no_more_of_it(gone: File) -> None:
    names = {route.name: route for route in routes()}
    with asking(gone, "hoa") as asker:
        assert asker.ask("GET", names["referral-detail"], gone.ids).status_code in (404, 410)
