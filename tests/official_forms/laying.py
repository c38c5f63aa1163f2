"""A case with everything in it, and the papers that are made of it."""

import io
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pypdf
from django.test import Client

from casework.attachments.queries import content_of
from casework.official_forms import actions, kinds, queries
from casework.official_forms.models import OfficialPaper, PaperTemplate
from casework.organisations.models import User
from tests.attachments.making import upload
from tests.matrix.file import File, build_file
from tests.official_forms.hiding import blank

# The ban of the file: in force, served, monitored.
BAN = "ban_decision"


def laid(world: Any) -> File:
    return build_file(world)


def about(file: File, kind: str) -> Any:
    """The record of Lan's case that a paper of this kind is about."""
    found = queries.offers_of(file.world.lan, file.case, at=file.world.now)
    return next(one.subject.pk for one in found if one.kind.code == kind and not one.missing)


def issue(
    file: File, kind: str = BAN, *, by: User | None = None, at: datetime | None = None, form: str = "pdf"
) -> OfficialPaper:
    answers = {"kind": kind, "about": about(file, kind), "form": form}
    return actions.issue_paper(
        case=file.case, by=by or file.world.lan, at=at or file.world.now, answers=answers
    )


def send_file(file: File, name: str, content: bytes, *, by: User | None = None) -> OfficialPaper:
    with closing(upload(name, content)) as sent:
        answers = {"file": sent, "goes_to": ["perpetrator"]}
        return actions.issue_file(case=file.case, by=by or file.world.lan, at=file.world.now, answers=answers)


def content(paper: OfficialPaper) -> bytes:
    with closing(content_of(paper)) as opened:
        return opened.read()


def words(content: bytes) -> str:
    """All that the pages of a PDF say, in one line."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def word_file(*paragraphs: str, footer: str = "{{ foot }}", picture: bytes = b"") -> bytes:
    """A Word file as an office would make one."""
    document = blank()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if picture:
        document.add_picture(io.BytesIO(picture))
    document.sections[0].footer.paragraphs[0].text = footer
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


BAN_TEMPLATE = (
    "{{ issuer }}",
    "{{ number }}",
    "Ông {{ binds }}, sinh {{ binds_born }}, không được tiếp xúc với bà {{ protects }}",
    "từ {{ starts_at }} đến {{ ends_at }}.",
    "{%p for one in grounds %}",
    "Căn cứ: {{ one }}",
    "{%p endfor %}",
    "{%p for one in forbidden %}",
    "Không: {{ one }}",
    "{%p endfor %}",
    "{% if conditions %}Khác: {{ conditions }}{% endif %}",
    "Mã {{ check_code }} {{ qr }}",
)


def put_up(
    file: File, content: bytes, *, kind: str = BAN, by: User | None = None, name: str = "mau.docx"
) -> PaperTemplate:
    with closing(upload(name, content)) as sent:
        return actions.publish_template(
            by=by or file.world.mai,
            at=file.world.now,
            answers={"kind": kind, "file": sent, "remark": "Mẫu của tỉnh"},
        )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def later(file: File, **span: float) -> datetime:
    return file.world.now + timedelta(**span)


def open_kinds() -> Mapping[str, kinds.Kind]:
    return {code: kind for code, kind in kinds.kinds().items() if kind.reaches_abuser}
