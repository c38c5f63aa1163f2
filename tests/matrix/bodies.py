"""A body a REST address can read, made from the sheet it asks, so that a request gets as far as the record."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from casework.base import clock
from casework.http.rest import VerbView
from casework.http.serializers import AnswerField
from casework.risk import instruments
from casework.risk.actions import BASELINE
from tests.matrix.file import File

# What an answer is made of where its kind does not say it.
SAID: dict[str, Any] = {
    "origin": "report",
    "legal_basis": "19_1_c",
    "language": "vietnamese",
    "username": "canbo.moi",
}


def body_for(view: VerbView, file: File) -> dict[str, Any]:
    """The answers a body must have, each of the right shape; the rules of the work may still refuse them."""
    asked = view.input_class()
    if asked is None:
        return {}
    fields = {name: field for name, field in asked().fields.items() if field.required}
    body = {name: _answer(field, file) for name, field in fields.items() if isinstance(field, AnswerField)}
    if "instrument" in fields:
        body["instrument"] = BASELINE
        body["answers"] = {
            item.key: {"answer": "no", "source": "victim"} for item in instruments.instrument(BASELINE).items
        }
    return body


def _answer(field: AnswerField, file: File) -> Any:
    item, now = field.item, clock.local(clock.now() - timedelta(minutes=1))
    if item.codes is not None:
        code = SAID.get(item.name, item.code_list.codes[0])
        return [code] if item.is_many else code
    if item.name in SAID:
        return SAID[item.name]
    if item.name == "kind" and item.kind == "text":
        return "case_summary"
    if item.name == "about":
        return str(file.case.pk)
    if item.name == "number" and item.kind == "text":
        return file.case.number
    by_kind: dict[str, Any] = {
        "date": now.date().isoformat(),
        "datetime": (now + timedelta(hours=1) if item.name == "ends_at" else now).isoformat(),
        "partial_date": "1990",
        "flag": True,
        "integer": 1,
        "phone": "0912345670",
        "identity": "011090000001",
        "area": file.world.commune.code,
        "agency": str(file.world.agencies["hospital"].pk),
        "user": str(file.world.lan.pk),
        "person": str(uuid4()),
        "yes_no": "yes",
    }
    value = by_kind.get(item.kind, "Đúng như đã ghi ở trên.")
    return [value] if item.is_many else value
