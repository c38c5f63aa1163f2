"""A table of a release as files: the same figures, hidden ones marked alike, in the same order, to the byte. Pure.

Nothing is written that is not public: no formula, no hidden sheet, no cache of a chart, no size that tells a figure.
"""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any, Final

import xlsxwriter
from django.utils import translation
from django.utils.translation import gettext as _

from casework.releases.catalogue import PLACE, TIME, VINTAGE, Product, Question, Words, catalogue, said
from casework.releases.planning import FRAME, Table, at_of, kind_of
from casework.statistics.numbers import shown
from casework.tables import HIDDEN

LEGEND: Final[Words] = {
    "vi": "• Số được ẩn để bảo vệ người bị bạo lực: số từ 1 đến 4, hoặc số khác phải ẩn kèm để không ai tính ngược ra được.",
    "en": "• Hidden to protect those subjected to violence: a number from 1 to 4, or another one that has to be hidden with "
    "it so that nobody can work it out.",
}
MEANT: Final[Words] = {
    "vi": "Số liệu về những lần được tiếp nhận, hỗ trợ; không phải mức độ phổ biến của bạo lực. Mỗi người được đếm một lần "
    "trong một năm, vào tháng của vụ đầu tiên. Một người chịu nhiều hình thức bạo lực được đếm ở từng hình thức.",
    "en": "Contacts with services, not how common violence is. Everybody is counted once a year, in the month of their "
    "first case. Somebody subjected to several forms of violence is counted under each of them.",
}
TOTAL: Final[Words] = {"vi": "Tổng số", "en": "Total"}
PLACE_WORDS: Final[Words] = {"vi": "Đơn vị", "en": "Place"}
TIME_WORDS: Final[Words] = {"vi": "Kỳ", "en": "Period"}
VALUE_WORDS: Final[Words] = {"vi": "Số người", "en": "People"}
# SDMX: total over a dimension, observation missing because it is suppressed, confidential, free.
_ALL, _SUPPRESSED, _NORMAL, _CONFIDENTIAL, _FREE = "_T", "Q", "A", "C", "F"
_FREQUENCY: Final = {"year": "A", "pool": "A3", "half": "S", "quarter": "Q", "month": "M"}


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: place, period, the answers by question (none: total), and what is shown."""

    place: str
    time: str
    vintage: str
    answers: Mapping[str, str]
    value: int | None


@dataclass(frozen=True, slots=True)
class Published:
    """One table of a release, with what every file says of it."""

    release: str
    table: Table
    lines: Sequence[Line]
    about: Mapping[str, str]
    places: Mapping[str, str]
    published_at: datetime

    @property
    def product(self) -> Product:
        return catalogue().product(self.table.product)

    @property
    def questions(self) -> list[Question]:
        asked = {name for names in self.product.tables for name in names}
        return [question for name, question in catalogue().questions.items() if name in asked]


def line_of(key: str, value: int | None) -> Line:
    """A public figure read back."""
    at = at_of(key)
    answers: dict[str, str] = {}
    for dim, code in at.items():
        if dim not in FRAME:
            question, colon, answer = dim.partition(":")
            answers[question] = answer if colon else code
    return Line(at[PLACE], at[TIME], at[VINTAGE], answers, value)


def in_order(lines: Sequence[Line], places: Sequence[str]) -> list[Line]:
    """By place, period, and the order of the catalogue's answers; a figure that is hidden stands where it would stand."""
    rank = {code: number for number, code in enumerate(places)}
    names = list(catalogue().questions)

    def place_of(line: Line) -> tuple[Any, ...]:
        inner = [
            (number, catalogue().questions[name].shown.index(line.answers[name]))
            for number, name in enumerate(names)
            if name in line.answers
        ]
        return (rank.get(line.place, len(rank)), line.place, line.time, line.vintage, len(inner), inner)

    return sorted(lines, key=place_of)


def about_rows(about: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a release says of itself, in the language of the moment."""
    gap = about["gap"].replace("-", _("not asked for"))
    rules, _space, fingerprint = about["rules"].partition(" ")
    return [
        (_("Release"), about["release"]),
        (_("Published on"), about["published"]),
        (_("Figures frozen on"), about["snapshot"]),
        (_("Smallest figure shown"), about["k"]),
        (_("Rules"), f"{said(catalogue().held_to[rules])} · {fingerprint}"),
        (_("Figures"), about["figures"]),
        (_("Hidden figures"), about["hidden"]),
        (_("Distance from the least that could be hidden"), gap),
        (_("Planned by"), f"{about['code']} · {about['solver']}"),
        (_("Release before it"), about["previous"]),
        (_("Fingerprint (SHA-256)"), about["sha256"]),
    ]


# --- CSV ---


def as_csv(table: Published) -> bytes:
    """UTF-8 with a byte order mark; what it is about stands in front, each line behind a #."""
    out = StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    for name, value in table.about.items():
        lines.writerow([f"# {name}: {value}"])
    lines.writerow([f"# {LEGEND['vi']}"])
    lines.writerow([f"# {LEGEND['en']}"])
    head = ["release", "table", "place", "place_name", "time", "vintage"]
    for question in table.questions:
        head += [question.code, f"{question.code}_vi"]
    lines.writerow([*head, "value"])
    for line in table.lines:
        row = [table.release, table.table.name, line.place, table.places[line.place], line.time, line.vintage]
        for question in table.questions:
            row += _said(question, line.answers.get(question.code))
        lines.writerow([*row, shown(line.value)])
    return out.getvalue().encode("utf-8-sig")


def _said(question: Question, code: str | None) -> list[str]:
    return ["", TOTAL["vi"]] if code is None else [code, question.label(code)["vi"]]


# --- XLSX ---


def as_xlsx(table: Published) -> bytes:
    """Two sheets, values only."""
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties(
        {"created": table.published_at.replace(tzinfo=None), "title": table.product.words["vi"]}
    )
    bold = book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"})
    text = book.add_format({"border": 1, "valign": "top"})
    # Numbers and marks alike: nothing but the value tells them apart.
    figure = book.add_format({"border": 1, "align": "right"})
    small = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("Số liệu")
    sheet.freeze_panes(1, 1)
    heads = [
        PLACE_WORDS["vi"],
        TIME_WORDS["vi"],
        *(q.words["vi"] for q in table.questions),
        VALUE_WORDS["vi"],
    ]
    sheet.write_row(0, 0, heads, bold)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, len(heads) - 1, 18)
    for row, line in enumerate(table.lines, start=1):
        cells = [table.places[line.place], line.time]
        cells += [_said(question, line.answers.get(question.code))[1] for question in table.questions]
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell, text)
        if line.value is None:
            sheet.write_string(row, len(cells), HIDDEN, figure)
        else:
            sheet.write_number(row, len(cells), line.value, figure)
    notes = book.add_worksheet("Thuyết minh")
    notes.set_column(0, 0, 28)
    notes.set_column(1, 1, 90)
    row = 0
    with translation.override("vi"):
        about = about_rows(table.about)
    for name, value in about:
        notes.write_string(row, 0, name, small)
        notes.write_string(row, 1, value, small)
        row += 1
    for words in (LEGEND, MEANT):
        for language in ("vi", "en"):
            notes.write_string(row, 1, words[language], small)
            row += 1
    book.close()
    return out.getvalue()


# --- JSON-stat 2.0 ---


def as_json_stat(table: Published) -> bytes:
    """A collection with one dataset for the totals and one for each crossing of questions."""
    items = [_dataset(table, names) for names in table.product.tables]
    found = {
        "version": "2.0",
        "class": "collection",
        "label": f"{table.product.words['vi']} · {table.table.period}",
        "updated": table.published_at.isoformat(),
        "note": [LEGEND["vi"], LEGEND["en"], MEANT["vi"], MEANT["en"]],
        "extension": {"release": table.release, "table": table.table.name, **table.about},
        "link": {"item": [item for item in items if item is not None]},
    }
    return (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def _dataset(table: Published, names: Sequence[str]) -> dict[str, Any] | None:
    lines = [line for line in table.lines if sorted(line.answers) == sorted(names)]
    if not lines:
        return None
    places = list(dict.fromkeys(line.place for line in lines))
    questions = [catalogue().questions[name] for name in names]
    ids = [PLACE, TIME, *names]
    categories: list[tuple[list[str], Callable[[str], str], str]] = [
        (places, lambda code: table.places[code], PLACE_WORDS["vi"]),
        ([table.table.period], str, TIME_WORDS["vi"]),
        *((list(q.shown), _labels(q), q.words["vi"]) for q in questions),
    ]
    values: dict[tuple[str, ...], int | None] = {
        (line.place, line.time, *(line.answers[name] for name in names)): line.value for line in lines
    }
    order = [()]
    for codes, _label, _title in categories:
        order = [(*before, code) for before in order for code in codes]  # type: ignore[misc]
    return {
        "version": "2.0",
        "class": "dataset",
        "label": " × ".join(q.words["vi"] for q in questions) or TOTAL["vi"],
        "id": ids,
        "size": [len(codes) for codes, _label, _title in categories],
        "role": {"geo": [PLACE], "time": [TIME]},
        "dimension": {
            name: {
                "label": title,
                "category": {"index": codes, "label": {code: label(code) for code in codes}},
            }
            for name, (codes, label, title) in zip(ids, categories, strict=True)
        },
        "value": [values[at] for at in order],
        "status": {str(number): _CONFIDENTIAL for number, at in enumerate(order) if values[at] is None},
    }


def _labels(question: Question) -> Callable[[str], str]:
    return lambda code: question.label(code)["vi"]


# --- SDMX-CSV 2.0 ---


def as_sdmx(table: Published) -> bytes:
    out = StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    names = [question.code for question in table.questions]
    attributes = ["OBS_VALUE", "OBS_STATUS", "CONF_STATUS", "RELEASE", "RELEASE_SHA256"]
    lines.writerow(
        ["STRUCTURE", "STRUCTURE_ID", "ACTION", "FREQ", "REF_AREA", "TIME_PERIOD", "VINTAGE"]
        + [name.upper() for name in names]
        + attributes
    )
    structure = f"CASEWORK:{table.table.product.upper().replace('-', '_')}(1.0)"
    for line in table.lines:
        is_hidden = line.value is None
        lines.writerow(
            [
                "datastructure",
                structure,
                "I",
                _FREQUENCY[kind_of(line.time)],
                line.place,
                line.time,
                line.vintage,
                *(line.answers.get(name, _ALL) for name in names),
                "" if is_hidden else line.value,
                _SUPPRESSED if is_hidden else _NORMAL,
                _CONFIDENTIAL if is_hidden else _FREE,
                table.release,
                table.about.get("sha256", ""),
            ]
        )
    return out.getvalue().encode()
