"""Every paper of the catalogue made through the real verbs, drawn and in a province's Word file; and every workbook."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse

from casework.audit import sequencer
from casework.base import clock
from casework.cases.models import Case
from casework.official_forms import actions as papers
from casework.official_forms import kinds, queries, sources
from casework.official_forms.kinds import Kind
from casework.official_forms.models import OfficialPaper
from casework.official_forms.scan import Guarded
from casework.protection import actions
from casework.returns import queries as returns
from tests.children.doing import Doing as Children
from tests.matrix.file import File, build_file
from tests.official_forms.hiding import plain_png
from tests.official_forms.laying import content, put_up, send_file, signed_in, word_file
from tests.protection.doing import Doing
from tests.referrals.sharing import Sharing
from tests.releases.making import published
from tests.returns.making import in_period, signed
from tests.world import World

HIDDEN: Final = "Bản Giấu Kín"
LETTER: Final = (
    "Kính gửi Hội Liên hiệp Phụ nữ xã: đề nghị cử người đến họp tổ hòa giải ở Nhà văn hóa bản Mẫu."
)


@dataclass
class Sent:
    """One file as it left the office, and what it must and must not say."""

    kind: Kind
    content: bytes
    number: str
    day: str
    values: dict[str, sources.Value]
    guarded: frozenset[Guarded]

    @property
    def said(self) -> list[str]:
        """Every value as its reader finds it: whole, line by line."""
        texts: list[str] = []
        for value in self.values.values():
            texts += [value] if isinstance(value, str) else value
        return [" ".join(line.split()) for text in texts for line in text.split("\n") if line.strip()]


@dataclass
class All:
    """Every file of the case. drawn, filled: by the code of the paper; books: name -> workbook."""

    drawn: dict[str, Sent] = field(default_factory=dict)
    filled: dict[str, Sent] = field(default_factory=dict)
    books: dict[str, bytes] = field(default_factory=dict)
    # The signed return as a Word file; as a workbook it is among the books.
    signed: bytes = b""
    leak: bytes = b""
    figures: dict[str, Any] = field(default_factory=dict)


def sent(world: World) -> All:
    """Build the case, send each paper as soon as it can be made, and go on until every one was sent."""
    file, found = build_file(world), All()
    for kind in kinds.kinds().values():
        if kind.blocks and kind.is_issued:
            put_up(file, _template(kind), kind=kind.code)
    _letter(file, found)
    for live in (_shelter, _answer, _end):
        live(file)
        _send(world, file.case, found)
    _send(world, _mediated(world), found)
    _leak(file, found)
    _books(file, found)
    _signed(world, found)
    return found


# --- what happens in the case -------------------------------------------------------------------------------


def _mediated(world: World) -> Case:
    """Another case: where a penalty or danger stands in the way, as in the first, nobody mediates."""
    case = Doing(world).case
    answers = {
        "at": world.at(hours=2),
        "place": "Nhà văn hóa bản Mẫu",
        "led_by": "team",
        "her_wish": "Muốn về nhà bố mẹ đẻ.",
        "account": "Chị run khi anh ta lên tiếng.",
        "minutes": "Anh Mẫu cam kết không uống rượu nữa.",
        "result": "settled",
    }
    actions.record_mediation(case=case, by=world.lan, at=world.now, answers=answers)
    return case


def _shelter(file: File) -> None:
    world, sharing = file.world, Sharing(file.world, file.case)
    _thao, shelter = sharing.partner("thao", "shelter", "shelter_partner")
    sharing.refer("shelter", at=world.at(hours=1), recipient=shelter, items=["household", "shelter_needs"])


def _answer(file: File) -> None:
    world, doing = file.world, Doing(file.world, file.case)
    ban, waiting = (_measure(file, state) for state in ("in_force", "requested"))
    answers = {"reasons": "Chưa đủ căn cứ theo Điều 25."}
    actions.refuse_ban(measure=waiting, by=world.pao, at=world.now, answers=answers)
    doing.ask_to_cancel(ban)
    answers = {"cancel_answer": "Vẫn cần bảo vệ."}
    actions.refuse_cancellation(measure=ban, by=world.pao, at=world.now, answers=answers)
    Children(world, file.case).in_state("closed")


def _end(file: File) -> None:
    world, ban = file.world, _measure(file, "in_force")
    answers = {"cancel_answer": "Gia đình có đám tang."}
    actions.cancel_measure(measure=ban, by=world.pao, at=world.now, answers=answers)


def _measure(file: File, state: str) -> Any:
    return file.case.measures.everything(reason="test").filter(kind="M03").get(state=state)


# --- what leaves the office ---------------------------------------------------------------------------------


def _template(kind: Kind) -> bytes:
    """What an office would write for this paper: every value it can name, the square code, a crest."""
    names = queries.names_for(kind)
    single = names.single - set(kinds.STANDARD)
    lines = [
        "{{ issuer }}",
        "{{ number }}",
        "{{ place_and_date }}",
        kind.title,
        *(f"{one.label}: {{{{ {one.name} }}}}" for one in queries.nameable(kind) if one.name in single),
    ]
    for name in sorted(names.lists):
        lines += [f"{{%p for one in {name} %}}", "- {{ one }}", "{%p endfor %}"]
    return word_file(*lines, "Mã {{ check_code }} {{ qr }}", picture=plain_png())


def _letter(file: File, found: All) -> None:
    """A letter that was written elsewhere."""
    paper = send_file(file, "moi-hop.docx", word_file(LETTER))
    kind = kinds.kind_of(queries.UPLOADED)
    guarded = queries.guarded_of(file.case, kind)
    found.filled[kind.code] = Sent(kind, content(paper), "", "", {"text": LETTER}, guarded)


def _send(world: World, case: Case, found: All) -> None:
    """Every paper that can be made now and was not sent yet."""
    offers = queries.offers_of(world.lan, case, at=world.now)
    for offer in offers:
        kind = offer.kind
        if kind.code in found.drawn or offer.missing:
            continue
        if not kind.is_issued:
            found.drawn[kind.code] = _printed(world, case, kind, offer.subject)
            continue
        first = _issued(world, case, kind, offer.subject, "pdf")
        assert first.state == OfficialPaper.ISSUED, (kind.code, first.findings)
        found.drawn[kind.code] = _of(world, case, kind, offer.subject, first)
        # A decision has one paper that stands.
        cancel = {"void_reason": "Làm lại trên mẫu của tỉnh."}
        papers.void_paper(paper=first, by=world.lan, at=world.now, answers=cancel)
        offer.subject.row.refresh_from_db()
        second = _issued(world, case, kind, offer.subject, "docx")
        assert second.state == OfficialPaper.ISSUED, (kind.code, second.findings)
        offer.subject.row.refresh_from_db()
        found.filled[kind.code] = _of(world, case, kind, offer.subject, second)


def _issued(world: World, case: Case, kind: Kind, subject: sources.Subject, form: str) -> OfficialPaper:
    answers = {"kind": kind.code, "about": subject.pk, "form": form}
    return papers.issue_paper(case=case, by=world.lan, at=world.now, answers=answers)


def _of(world: World, case: Case, kind: Kind, subject: sources.Subject, paper: OfficialPaper) -> Sent:
    return Sent(
        kind=kind,
        content=content(paper),
        number=f"Số: {paper.shown_number}",
        day=sources.place_and_date(paper.unit.area, world.now),
        values=sources.values_of(kind, subject.row, at=world.now),
        guarded=queries.guarded_of(case, kind),
    )


def _printed(world: World, case: Case, kind: Kind, subject: sources.Subject) -> Sent:
    """A paper without a number, as its page prints it."""
    client, asked = signed_in(world.lan), {"kind": kind.code, "about": subject.pk}
    address = (
        reverse("report-sheet", args=[subject.pk])
        if subject.on == "report"
        else f"{reverse('paper-draft', args=[case.pk])}?{urlencode(asked)}"
    )
    return Sent(
        kind=kind,
        content=_saved(client, address),
        number="",
        day=sources.place_and_date(world.commune, world.now),
        values=sources.values_of(kind, subject.row, at=world.now),
        guarded=queries.guarded_of(case, kind),
    )


def _leak(file: File, found: All) -> None:
    """A paper that does say where she hides: it is kept, blocked."""
    measure = _measure(file, "cancelled")
    measure.conditions = f"Không đến {HIDDEN}."
    measure.save()
    offers: Iterable[queries.Offer] = queries.offers_of(file.world.lan, file.case, at=file.world.now)
    offer = next(one for one in offers if one.kind.code == "ban_decision")
    paper = next(
        one
        for one in queries.papers_of(file.world.lan, file.case)
        if one.kind == "ban_decision" and one.state == OfficialPaper.ISSUED
    )
    answers = {"void_reason": "Viết nhầm."}
    papers.void_paper(paper=paper, by=file.world.lan, at=file.world.now, answers=answers)
    blocked = _issued(file.world, file.case, offer.kind, offer.subject, "pdf")
    assert blocked.state == OfficialPaper.BLOCKED
    found.leak = content(blocked)


# --- workbooks ----------------------------------------------------------------------------------------------


def _books(file: File, found: All) -> None:
    """Every workbook the product writes, with what its page shows."""
    world = file.world
    sequencer.sequence(clock.now() + sequencer.HEARTBEAT)
    lan, kien = signed_in(world.lan), signed_in(world.users["kien"])
    asked: dict[str, Any] = {"register": "decisions"}
    found.figures["register"] = lan.get(reverse("paper-register"), asked).context["lines"]
    asked["form"] = "xlsx"
    found.books["register.xlsx"] = _saved(lan, f"{reverse('paper-register-file')}?{urlencode(asked)}")
    asked = {"case": file.case.pk, "actor": world.pao.pk}
    found.books["audit.xlsx"] = _saved(
        kien, f"{reverse('audit-export')}?{urlencode({**asked, 'as': 'xlsx'})}"
    )
    found.figures["audit"] = _saved(kien, f"{reverse('audit-export')}?{urlencode({**asked, 'as': 'jsonl'})}")
    anybody, release = Client(), published(world, "commune_year:2023").pk
    table = anybody.get(reverse("public-release", args=[release])).context["table"].name
    public = reverse("public-file", args=[release])
    for form, place in (("xlsx", found.books), ("csv", found.figures)):
        place[f"release.{form}"] = _saved(anybody, f"{public}?{urlencode({'table': table, 'form': form})}")


def _signed(world: World, found: All) -> None:
    """A return of a period in which something happened, signed, as whoever signed it takes it."""
    world.case(at=in_period(world))
    record = signed(world, "province_year")
    asked = {"purpose": "check", "form": "xlsx"}
    mai, address = signed_in(world.mai), reverse("return-file", args=[record.pk])
    found.books["signed.xlsx"] = _saved(mai, f"{address}?{urlencode(asked)}")
    found.signed = _saved(mai, f"{address}?{urlencode({**asked, 'form': 'docx'})}")
    sheet = returns.sheet_of(record)
    found.figures["signed"] = returns.paper_of(sheet, by=world.mai.full_name, at=world.now, purpose="check")


def _saved(client: Client, address: str) -> bytes:
    answer: Any = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)
