"""The verbs of papers: a number in the transaction that keeps the paper, blocked until it is clean or two people agree."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdf
import pytest
from django.db import IntegrityError, transaction

from casework.access.commands import expecting
from casework.audit.models import AuditEvent
from casework.base import pdf
from casework.base.models import Counter
from casework.base.refusals import Denied, InvalidInput, NotVisible, Refused, Stale
from casework.base.registers import next_of
from casework.encryption.files import file_key
from casework.encryption.keyring import KeyDestroyed
from casework.official_forms import actions, queries
from casework.official_forms.models import OfficialPaper
from casework.official_forms.reading import read
from casework.protection.actions import cancel_measure
from tests.attachments.making import upload
from tests.ground import copy_of, ground
from tests.matrix.file import File
from tests.official_forms import hiding
from tests.official_forms.laying import (
    BAN_TEMPLATE,
    content,
    issue,
    laid,
    later,
    put_up,
    send_file,
    word_file,
    words,
)
from tests.protection.doing import Doing

laid_out = ground(laid)
HIDDEN = "Bản Giấu Kín"
# The chair has signed a ban, and that one child is kept apart and another helped at once.
SIGNED = 3


@pytest.fixture
def file(laid_out: File, db: None) -> File:
    return copy_of(laid_out)


def ban(file: File) -> Any:
    return file.case.measures.everything(reason="test").get(pk=file.ids["measure_id"])


def blocked(file: File) -> OfficialPaper:
    """A photograph with a number, which no program can read."""
    return OfficialPaper.objects.everything(reason="test").get(pk=file.ids["paper_id"])


def leak(file: File) -> OfficialPaper:
    """A decision whose conditions say where she hides."""
    measure = ban(file)
    measure.conditions = f"Không đến {HIDDEN}."
    measure.save()
    return issue(file)


# --- issuing ---


def test_a_clean_paper_is_issued_numbered_sealed_and_remembered(file):
    paper = issue(file)
    assert (paper.state, paper.number, paper.year, paper.register) == ("issued", 1, 2026, "decisions")
    # The register gave the chair this number when he signed: that is the number of the paper.
    assert paper.shown_number == ban(file).number == "1/2026"
    assert paper.unit == file.world.agencies["committee"]
    page = words(content(paper))
    for said in (
        "Số: 1/2026",
        "Lường Văn Mẫu",
        "Lò Thị Mẫu",
        "BẢN LÀM VIỆC",
        f"Mã kiểm tra: {paper.check_code}",
    ):
        assert said in page
    assert "In bởi L.T.L. lúc" in page
    for secret in (HIDDEN, "0912345678", "Người Báo Tin", "thư viện", "Gây thương tích, tiếp tục đe dọa"):
        assert secret not in page
    event = AuditEvent.objects.get(action="paper.issue")
    assert event.detail["kind"] == "ban_decision"
    assert event.object_id == paper.pk
    assert event.case_id == file.case.pk


def test_every_paper_is_pdf_a_2b(file):
    reader = pypdf.PdfReader(io.BytesIO(content(issue(file, "commitment"))))
    root: Any = reader.trailer["/Root"]
    assert b"<pdfaid:part>2</pdfaid:part>" in root["/Metadata"].get_data()
    assert reader.metadata is not None
    assert reader.metadata.author == "UBND XÃ MƯỜNG PHĂNG"


def test_numbers_go_on_in_each_register_unit_and_year(file):
    numbers = [
        issue(file, kind) for kind in ("minutes_critique", "case_summary", "commitment", "legal_aid_proofs")
    ]
    assert [(one.register, one.number) for one in numbers] == [
        ("minutes", 1),
        ("letters", 2),
        ("minutes", 2),
        ("letters", 3),
    ]
    by_police = issue(file, "monitor_assignment", by=file.world.dung)
    assert (by_police.unit, by_police.number) == (file.world.agencies["police"], 1)
    # The year is that of Viet Nam: on the last evening of December in UTC it is next year already.
    new_year = issue(file, "case_summary", at=datetime(2027, 12, 31, 17, 0, tzinfo=UTC))
    assert (new_year.year, new_year.number, new_year.shown_number) == (2028, 1, "1/2028")


def signed_on_paper(file: File) -> Any:
    """A ban that brought a number of its own."""
    asked = file.case.measures.everything(reason="test").get(state="requested")
    ends: datetime = ban(file).ends_at
    term = {"starts_at": ends, "ends_at": ends + timedelta(days=1)}
    return Doing(file.world, file.case).decide(asked, number="07/QĐ-UBND", **term)


def test_a_decision_signed_on_paper_keeps_its_number_and_takes_no_other(file):
    own = signed_on_paper(file)
    answers = {"kind": "ban_decision", "about": own.pk, "form": "pdf"}
    how: dict[str, Any] = {"case": file.case, "by": file.world.lan, "at": file.world.now}
    paper = actions.issue_paper(answers=answers, **how)
    assert (paper.shown_number, paper.number) == ("07/QĐ-UBND", None)
    assert "Số: 07/QĐ-UBND" in words(content(paper))
    assert next_of("decisions", str(paper.unit_id), file.world.now)[0] == SIGNED + 1
    # Cancelled with its paper, the number on the signed one is still its number.
    actions.void_paper(
        paper=paper, by=file.world.lan, at=file.world.now, answers={"void_reason": "Sai lỗi chính tả."}
    )
    assert actions.issue_paper(answers=answers, **how).shown_number == "07/QĐ-UBND"


def test_a_decision_has_one_paper_that_stands(file):
    first = issue(file)
    with pytest.raises(Refused) as refused:
        issue(file)
    assert refused.value.code == "already_issued"
    actions.void_paper(paper=first, by=file.world.lan, at=file.world.now, answers={"void_reason": "In hỏng."})
    second = issue(file)
    assert (first.number, second.number, ban(file).number) == (1, SIGNED + 1, "4/2026")
    assert ban(file).entry.number == SIGNED + 1


def test_cancelling_is_a_decision_with_a_number_of_its_own(file):
    world, measure = file.world, ban(file)
    cancel_measure(measure=measure, by=world.pao, at=world.now, answers={"cancel_answer": "Không còn cần."})
    assert (measure.number, measure.cancel_number) == ("1/2026", "4/2026")
    page = words(content(issue(file, "ban_cancellation")))
    assert "Số: 4/2026" in page
    assert "Hủy bỏ quyết định số: 1/2026" in page
    register = queries.register_of(world.lan, world.agencies["committee"], "decisions", 2026, at=world.now)
    assert [(one.number, one.state, one.kind) for one in register] == [
        *((number, "", "") for number in range(1, SIGNED + 1)),
        (SIGNED + 1, "issued", "ban_cancellation"),
    ]


def test_a_refused_issue_takes_no_number(file):
    measure = ban(file)
    measure.grounds = []
    measure.save()
    with pytest.raises(Refused) as refused:
        actions.issue_paper(
            case=file.case,
            by=file.world.lan,
            at=file.world.now,
            answers={"kind": "ban_decision", "about": measure.pk, "form": "pdf"},
        )
    assert refused.value.code == "values_missing"
    assert "Căn cứ" in str(refused.value.message) or "Grounds" in str(refused.value.message)
    assert Counter.objects.get(kind="paper.decisions").last == SIGNED
    measure.grounds = ["harm_health"]
    measure.save()
    assert issue(file).number == 1


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("nothing", "measure_id"),
        ("ban_decision", "referral_id"),
        ("ban_refusal", "measure_id"),
        ("uploaded", "measure_id"),
    ],
)
def test_a_paper_that_cannot_be_made_of_this_is_not_there(file, kind, subject):
    with pytest.raises(NotVisible):
        actions.issue_paper(
            case=file.case,
            by=file.world.lan,
            at=file.world.now,
            answers={"kind": kind, "about": file.ids[subject], "form": "pdf"},
        )


def test_what_is_only_printed_gets_no_number(file):
    with pytest.raises(Refused) as refused:
        issue(file, "report_sheet")
    assert refused.value.code == "nothing_to_issue"


@pytest.mark.parametrize("name", ["tuan", "minh", "son", "hoa", "kien", "mai"])
def test_others_issue_nothing(file, name):
    with pytest.raises((Denied, NotVisible)):
        issue(file, by=file.world.users[name])


# --- blocked ---


def test_a_paper_that_tells_where_she_hides_is_blocked_with_its_number(file):
    paper = leak(file)
    assert (paper.state, paper.number, paper.issued_at) == ("blocked", 1, None)
    assert paper.findings["found"] == [["safe_address", "text", 1]]
    assert HIDDEN not in repr(paper.findings)


def test_put_anew_it_keeps_its_number_and_the_blocked_file_is_destroyed(file):
    paper = leak(file)
    before = paper.stored_as
    measure = ban(file)
    measure.conditions = "Không đến trường học."
    measure.save()
    paper = actions.redact_paper(paper=paper, by=file.world.lan, at=file.world.now, answers={"file": None})
    assert (paper.state, paper.number, paper.found) == ("issued", 1, 0)
    assert HIDDEN not in words(content(paper))
    with pytest.raises(KeyDestroyed):
        file_key("case", file.case.pk, before)
    assert [row.state for row in paper.history.everything(reason="test").order_by("version")] == [
        "blocked",
        "issued",
    ]


def test_put_anew_with_the_same_secret_it_stays_blocked(file):
    paper = leak(file)
    paper = actions.redact_paper(paper=paper, by=file.world.lan, at=file.world.now, answers={"file": None})
    assert paper.state == "blocked"


def test_two_people_let_it_go_and_nobody_alone(file):
    paper = blocked(file)
    world = file.world
    how: dict[str, Any] = {"at": world.now, "answers": {"release_remark": "Đã đọc, địa chỉ cũ."}}
    with pytest.raises(Refused) as refused:
        actions.release_paper(paper=paper, by=world.pao, **how)
    assert refused.value.code == "release_not_asked"
    paper = actions.ask_release(
        paper=paper, by=world.lan, at=world.now, answers={"release_reason": "Đã chuyển chỗ."}
    )
    with pytest.raises(Denied):
        actions.release_paper(paper=paper, by=world.lan, **how)
    paper = actions.release_paper(paper=paper, by=world.pao, **how)
    assert (paper.state, paper.released_by, paper.release_asked_by) == ("issued", world.pao, world.lan)
    event = AuditEvent.objects.get(action="paper.release", outcome=AuditEvent.DONE)
    assert event.detail["state"] == "issued"


def test_a_release_is_for_one_file_and_one_day(file):
    paper = blocked(file)
    world = file.world
    ask = {"by": world.lan, "at": world.now, "answers": {"release_reason": "Lý do."}}
    how: dict[str, Any] = {"by": world.pao, "answers": {"release_remark": "Đồng ý."}}
    paper = actions.ask_release(paper=paper, **ask)
    with pytest.raises(Refused) as late:
        actions.release_paper(paper=paper, at=later(file, hours=24, seconds=1), **how)
    assert late.value.code == "release_not_asked"
    with upload("anh.png") as sent:
        paper = actions.redact_paper(paper=paper, by=world.lan, at=world.now, answers={"file": sent})
    assert (paper.state, paper.release_asked_by) == ("blocked", None)
    with pytest.raises(Refused) as changed:
        actions.release_paper(paper=paper, at=world.now, **how)
    assert changed.value.code == "release_not_asked"


def test_who_drew_it_is_not_the_second_person_either(file):
    paper = blocked(file)
    world = file.world
    paper = actions.ask_release(
        paper=paper, by=world.dung, at=world.now, answers={"release_reason": "Lý do."}
    )
    with pytest.raises(Denied):
        actions.release_paper(paper=paper, by=world.lan, at=world.now, answers={"release_remark": "Đồng ý."})


@pytest.mark.parametrize(
    "change",
    [
        {"state": "issued", "issued_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {
            "state": "issued",
            "issued_at": datetime(2026, 1, 1, tzinfo=UTC),
            "released_by": "lan",
            "release_asked_by": "lan",
        },
        {"release_asked_by": "pao", "released_by": "pao"},
        {"state": "issued", "found": 0},
    ],
)
def test_the_database_itself_refuses_one_person_and_an_unclean_paper(file, change):
    paper = blocked(file)
    values = {name: file.world.users.get(str(value), value) for name, value in change.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        OfficialPaper.objects.everything(reason="test").filter(pk=paper.pk).update(**values)


def test_a_number_is_given_once_even_where_the_count_was_lost(file):
    paper = issue(file, "case_summary")
    Counter.objects.filter(kind="paper.letters").update(last=0)
    assert (paper.number, issue(file, "legal_aid_proofs").number) == (2, 3)


def test_a_cancelled_number_stays_in_the_register(file):
    paper = issue(file, "case_summary")
    paper = actions.void_paper(
        paper=paper, by=file.world.lan, at=file.world.now, answers={"void_reason": "Lập nhầm."}
    )
    assert paper.state == "void"
    assert issue(file, "case_summary").number == 3
    with pytest.raises(actions.PaperState):
        actions.void_paper(paper=paper, by=file.world.lan, at=file.world.now, answers={"void_reason": "x"})
    with pytest.raises(actions.PaperState):
        actions.redact_paper(paper=paper, by=file.world.lan, at=file.world.now, answers={"file": None})


def test_a_stale_page_changes_nothing(file):
    paper = blocked(file)
    with pytest.raises(Stale), expecting(paper.version - 1):
        actions.ask_release(
            paper=paper, by=file.world.lan, at=file.world.now, answers={"release_reason": "x"}
        )


# --- papers written elsewhere ---


def test_a_file_is_looked_through_as_one_he_reads(file):
    given = hiding.word()
    clean = send_file(file, "don.docx", given)
    assert (clean.state, clean.origin, clean.number, clean.goes_to) == (
        "issued",
        "upload",
        2,
        ["perpetrator"],
    )
    assert content(clean) == given
    hidden = send_file(file, "don.docx", hiding.word(hiding._hidden))
    assert (hidden.state, hidden.number) == ("blocked", 3)
    assert ["safe_address", "hidden", 1] in hidden.findings["found"]
    named = send_file(file, "ban giau kin.docx", hiding.word())
    assert named.findings["found"] == [["safe_address", "name", 1]]


def test_a_photograph_of_a_paper_waits_for_two_people_because_no_program_reads_it(file):
    paper = blocked(file)
    assert (paper.state, paper.findings["unread"]) == ("blocked", ["picture"])


def test_a_blocked_file_is_replaced_by_one_without(file):
    paper = send_file(file, "don.docx", hiding.word(hiding._text))
    with pytest.raises(Refused) as refused:
        actions.redact_paper(paper=paper, by=file.world.lan, at=file.world.now, answers={"file": None})
    assert refused.value.code == "file_missing"
    given = hiding.word()
    with upload("don.docx", given) as sent:
        paper = actions.redact_paper(
            paper=paper, by=file.world.lan, at=file.world.now, answers={"file": sent}
        )
    assert (paper.state, paper.number, content(paper)) == ("issued", 2, given)


@pytest.mark.parametrize("name", ["ghi-am.mp3", "chay.exe", "don.pdf"])
def test_what_is_no_paper_is_not_taken(file, name):
    given = hiding.word() if name == "don.pdf" else b"ID3\x03\x00\x00\x00\x00\x00\x21" + b"\x00" * 500
    with pytest.raises(InvalidInput):
        send_file(file, name, given)
    assert Counter.objects.get(kind="paper.letters").last == 1


# --- templates of the province ---


def test_the_provinces_own_word_file_takes_the_place_of_the_working_layout(file):
    template = put_up(file, word_file(*BAN_TEMPLATE, picture=hiding.plain_png()))
    assert (template.number, template.province) == (1, file.world.province)
    paper = issue(file, form="docx")
    assert (paper.state, paper.origin, paper.template) == ("issued", "template", template)
    found = read(content(paper), "x")
    text = next(piece.text for piece in found.pieces if piece.where == "text" and "Mẫu" in piece.text)
    assert "Ông Lường Văn Mẫu, sinh 1986, không được tiếp xúc với bà Lò Thị Mẫu" in text
    assert f"Mã {paper.check_code}" in text
    code = next(piece.text for piece in found.pieces if piece.where == "code")
    assert code == queries.check_address(paper.check_code)
    assert any("In bởi L.T.L." in piece.text for piece in found.pieces if piece.where == "header")
    # The working layout can still be chosen.
    actions.void_paper(paper=paper, by=file.world.lan, at=file.world.now, answers={"void_reason": "In hỏng."})
    assert issue(file).origin == "drawn"


def test_a_filled_template_is_looked_through_too(file):
    put_up(file, word_file(*BAN_TEMPLATE))
    measure = ban(file)
    measure.conditions = f"Không đến {HIDDEN}."
    measure.save()
    paper = issue(file, form="docx")
    assert (paper.state, paper.findings["found"]) == ("blocked", [["safe_address", "text", 1]])


def test_versions_follow_one_another_and_can_be_withdrawn(file):
    first = put_up(file, word_file(*BAN_TEMPLATE))
    second = put_up(file, word_file(*BAN_TEMPLATE, "Bản hai"), by=file.world.son)
    assert (first.number, second.number) == (1, 2)
    assert queries.template_for("ban_decision", file.world.province.pk) == second
    actions.withdraw_template(template=second, by=file.world.mai, at=file.world.now)
    assert queries.template_for("ban_decision", file.world.province.pk) == first
    with pytest.raises(Refused) as refused:
        actions.withdraw_template(template=second, by=file.world.mai, at=file.world.now)
    assert refused.value.code == "template_withdrawn"
    assert queries.template_for("ban_decision", file.world.elsewhere.pk) is None


def test_a_template_is_refused_with_every_fault_by_name(file):
    with pytest.raises(InvalidInput) as refused:
        put_up(file, word_file("{{ binds }} {{ address }}"))
    said = str(refused.value.errors["file"])
    assert "address" in said
    assert "protects" in said
    with pytest.raises(InvalidInput):
        put_up(file, hiding.saved(hiding.pdf_of()), name="mau.pdf")
    with pytest.raises(InvalidInput):
        put_up(file, word_file(*BAN_TEMPLATE), kind="uploaded")
    with pytest.raises(Refused) as missing:
        issue(file, "case_summary", form="docx")
    assert missing.value.code == "no_template"


@pytest.mark.parametrize("name", ["lan", "pao", "kien", "hoa", "dung"])
def test_others_put_up_no_template(file, name):
    with pytest.raises(Denied):
        put_up(file, word_file(*BAN_TEMPLATE), by=file.world.users[name])


# --- registers and checks ---


def test_a_register_tells_the_kind_to_those_who_may_read_the_case_and_only_the_number_to_others(file):
    paper, world = issue(file, "case_summary"), file.world
    mine = queries.register_of(world.lan, paper.unit, "letters", 2026, at=world.now)
    others = queries.register_of(world.minh, paper.unit, "letters", 2026, at=world.now)
    assert [(one.number, one.kind, one.paper_id) for one in mine] == [
        (1, "uploaded", blocked(file).pk),
        (2, "case_summary", paper.pk),
    ]
    assert [(one.number, one.kind, one.goes_to, one.paper_id) for one in others] == [
        (1, "", (), None),
        (2, "", (), None),
    ]
    assert world.agencies["committee"] in queries.units_of(world.mai, at=world.now)
    assert world.agencies["committee"] not in queries.units_of(world.tuan, at=world.now)


def test_whoever_holds_a_paper_is_told_that_it_is_genuine_and_nothing_else(file):
    paper = issue(file, "case_summary")
    found = queries.genuine(
        f" {paper.shown_number} ", f"{paper.check_code[:4]}-{paper.check_code[4:]}".lower()
    )
    assert found == queries.Genuine(paper.shown_number, paper.unit.name, file.world.now)
    assert queries.genuine("1/2026", paper.check_code) is None
    assert queries.genuine(paper.shown_number, "AAAA22222") is None
    assert queries.genuine("", "") is None
    actions.void_paper(
        paper=paper, by=file.world.lan, at=file.world.now, answers={"void_reason": "Lập nhầm."}
    )
    assert queries.genuine(paper.shown_number, paper.check_code) is None
    waiting = blocked(file)
    assert queries.genuine(waiting.shown_number, waiting.check_code) is None


def test_the_code_on_the_paper_leads_to_the_check(file):
    paper = issue(file, "case_summary")
    codes = {piece.text for piece in read(content(paper), "x").pieces if piece.where == "code"}
    assert codes == {queries.check_address(paper.check_code)}
    assert paper.shown_number not in next(iter(codes))


def test_a_duty_sheet_has_every_day_of_the_month(file):
    world = file.world
    unit, month = queries.chosen_duty(world.pao, {"month": f"{later(file, days=3):%Y-%m}"}, at=world.now)
    assert unit == world.agencies["committee"]
    page = words(pdf.draw(queries.duty_paper(unit, month, by=world.pao, at=world.now), at=world.now))
    assert "Lò Thị Nga" in page
    assert f"28/{month:%m/%Y}" in page
    assert f"In bởi {world.pao.full_name}" in page
    with pytest.raises(NotVisible):
        queries.chosen_duty(world.pao, {"unit": str(world.agencies["elsewhere"].pk)}, at=world.now)
    with pytest.raises(NotVisible):
        queries.chosen_duty(world.pao, {"month": "2026-13"}, at=world.now)


def test_a_closed_case_issues_nothing_more(file):
    case = file.case
    case.state = "closed"
    case.save()
    with pytest.raises(Refused):
        issue(file, "case_summary")
