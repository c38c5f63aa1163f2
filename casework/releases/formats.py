"""The kinds of file a table is published as: what each is called, how it is sent and how it is written. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from casework.base import clock
from casework.base.dates import display_date
from casework.base.pdf import Heading, Paper, Rows, Table, Text, draw
from casework.releases import grids
from casework.releases.catalogue import said
from casework.releases.files import (
    LEGEND,
    MEANT,
    PLACE_WORDS,
    Published,
    about_rows,
    as_csv,
    as_json_stat,
    as_sdmx,
    as_xlsx,
)
from casework.statistics import numbers


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file; write: the same table gives the same bytes."""

    label: str
    media_type: str
    write: Callable[[Published], bytes]


def as_pdf(table: Published) -> bytes:
    """PDF/A: a table for each question, places downwards, in Vietnamese whoever publishes."""
    with translation.override("vi"):
        # What the marks mean stands before the first of them.
        parts: list[Heading | Rows | Table | Text] = [Text(LEGEND["vi"], "note")]
        for names, words in grids.choices(table.product):
            found = grids.grid(table.lines, [name for name in names.split("+") if name], table.places)
            rows = tuple((row.name, *row.cells) for row in found.rows)
            parts += [
                Heading(words),
                Table((PLACE_WORDS["vi"], *found.heads), rows, (3, *(1 for _one in found.heads))),
            ]
        parts += [Heading(_("About this release")), Rows(tuple(about_rows(table.about)))]
        parts += [Text(words, "note") for words in (LEGEND["en"], MEANT["vi"], MEANT["en"])]
        day = display_date(clock.local_date(table.published_at))
        paper = Paper(
            title=table.product.words["vi"],
            subtitle=table.table.period,
            parts=tuple(parts),
            number=table.release,
            foot=f"{table.release} · {day} · SHA-256 {table.about['sha256']}",
            landscape=True,
        )
        return draw(paper, at=table.published_at)


def public_csv(
    first: str, heads: Sequence[str], rows: Sequence[numbers.Named], about: Sequence[str]
) -> bytes:
    """A table of a page as it is drawn there: what it is about and what the marks mean, then its heads and rows."""
    return numbers.as_csv(first, heads, rows, (*about, said(LEGEND), said(MEANT)))


FORMATS: Final[Mapping[str, Format]] = {
    "csv": Format("CSV", "text/csv; charset=utf-8", as_csv),
    "xlsx": Format(
        "Excel (XLSX)", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx
    ),
    "pdf": Format("PDF", "application/pdf", as_pdf),
    "json": Format("JSON-stat 2.0", "application/json; charset=utf-8", as_json_stat),
    "sdmx.csv": Format(
        "SDMX-CSV 2.0", "application/vnd.sdmx.data+csv; charset=utf-8; version=2.0.0", as_sdmx
    ),
}
