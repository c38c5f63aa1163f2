"""From a kind and its values to the printed working layout, and to what a Word template is filled with. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from casework.base import pdf
from casework.official_forms.kinds import Block, Field, Kind, frame

Value = str | tuple[str, ...]
Values = Mapping[str, Value]
LINE = "." * 60


@dataclass(frozen=True, slots=True)
class Dress:
    """What every paper carries besides its own values: plain words.

    marking: in a frame on top; check_code: empty for a draft; verify_at: where it is checked; told_check: the same in
    words.
    """

    number: str
    issuer: str
    place_and_date: str
    foot: str
    marking: str = ""
    check_code: str = ""
    verify_at: str = ""
    told_check: str = ""
    copies: tuple[str, ...] = ()


def laid_out(kind: Kind, values: Values, dress: Dress) -> pdf.Paper:
    """The paper on the working layout: what is known, and dotted lines only where something is written by hand.

    A decision with an empty line could say more after it was signed than before.
    """
    return pdf.Paper(
        title=kind.title,
        subtitle=kind.subtitle,
        issuer=(dress.issuer,),
        motto=frame().motto,
        number=dress.number,
        place_and_date=dress.place_and_date,
        marking=dress.marking,
        parts=tuple(part for block in kind.blocks for part in _parts(block, values)),
        copies=dress.copies,
        signatures=tuple(
            pdf.Signature(sign.office, sign.how, _text(values.get(sign.name, ""))) for sign in kind.signs
        ),
        foot=dress.foot,
        qr=dress.verify_at if dress.check_code else "",
        check=dress.told_check,
        author=dress.issuer,
    )


def missing(kind: Kind, values: Values) -> tuple[Field, ...]:
    """The fields without which the paper is not issued and that nobody has recorded yet."""
    return tuple(field for field in kind.fields if field.must and not values.get(field.name))


def in_template(kind: Kind, values: Values, dress: Dress) -> dict[str, Value]:
    """Every value a template may name."""
    standard = {
        "number": dress.number,
        "issuer": dress.issuer,
        "place_and_date": dress.place_and_date,
        "foot": dress.foot,
        "check_code": dress.check_code,
        "verify_at": dress.verify_at,
    }
    return {name: _printable(value) for name, value in {**values, **standard}.items()}


def _parts(block: Block, values: Values) -> Sequence[pdf.Part]:
    parts: list[pdf.Part] = []
    said = ((field, _said(field, values.get(field.name, ""))) for field in block.fields)
    rows = tuple((f"{field.label.vi}:", text) for field, text in said if text)
    if block.title and (rows or block.text):
        parts.append(pdf.Heading(block.title.vi))
    if block.text:
        parts.append(pdf.Text(block.text))
    if rows:
        parts.append(pdf.Rows(rows))
    return parts


def _said(field: Field, value: Value) -> str:
    if field.lines:
        return "\n".join([LINE] * field.lines)
    return _text(value) or "\n".join([LINE] * (field.room or int(field.must)))


def _text(value: Value) -> str:
    return value if isinstance(value, str) else "\n".join(f"- {one}" for one in value)


def _printable(value: Value) -> Value:
    return pdf.printable(value) if isinstance(value, str) else tuple(pdf.printable(one) for one in value)
