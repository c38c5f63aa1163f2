"""The certificate that the content of a case or a report was destroyed, as a paper. Pure: from plain values to texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from casework.base import clock, pdf
from casework.base.codes import codes
from casework.base.dates import display_date, display_datetime

MEDIA_TYPE: Final = "application/pdf"
# Letters of a digest between two spaces: a line cannot be broken where there is none.
_GROUP: Final = 16


def file_name(name: str) -> str:
    """The name it is saved under: number or code, and no word of what it is about."""
    return f"{name}.pdf"


@dataclass(frozen=True, slots=True)
class Certified:
    """What the certificate tells. name: number of the case, or code of the report; since: opened, or received.

    about, counts: of the tombstone; signed: number and size of the checkpoint, its root. None, and an empty root,
    before one was signed.
    """

    is_report: bool
    name: str
    commune: str
    unit: str
    since: datetime
    number: int
    at: datetime
    digest: str
    about: Mapping[str, Any]
    counts: Mapping[str, int]
    asked_by: str
    approved_by: str
    event_hash: str
    signed: tuple[int, int] | None
    root: str
    final_on: datetime


def paper_of(told: Certified, *, printed_by: str, at: datetime) -> pdf.Paper:
    """The certificate; it names staff and the number of the case or report, and nobody else."""
    said = (
        _("The content of report %(code)s was destroyed") % {"code": told.name}
        if told.is_report
        else _("The content of case %(number)s was destroyed") % {"number": told.name}
    )
    return pdf.Paper(
        title=_("CERTIFICATE OF ERASURE"),
        subtitle=said,
        parts=(
            pdf.Heading(_("What was destroyed")),
            pdf.Rows(tuple(_what(told))),
            pdf.Heading(_("How much")),
            pdf.Rows(tuple(_how_much(told))),
            pdf.Heading(_("Who decided it")),
            pdf.Rows(tuple(_who(told))),
            pdf.Heading(_("From when it is final")),
            pdf.Text(
                _(
                    "What these keys sealed cannot be read any more in the system, in its history, in its indexes and "
                    "in its files. The backups of data hold no keys; dumps of keys are kept for 30 days, so from "
                    "%(day)s on nothing can be read from any backup either."
                )
                % {"day": display_date(clock.local_date(told.final_on))}
            ),
            *_kept(told),
            pdf.Heading(_("How it can be checked")),
            pdf.Rows(tuple(_proof(told))),
            pdf.Text(
                _("The hash is that of the event in the audit log; the witness holds the checkpoint."),
                kind="note",
            ),
        ),
        foot=pdf.printed_by(printed_by, at=at),
        author=told.unit,
    )


def _what(told: Certified) -> list[tuple[str, str]]:
    return [
        (_("Report"), told.name) if told.is_report else (_("Case"), told.name),
        (_("Receiving office"), told.unit) if told.is_report else (_("Unit in charge"), told.unit),
        (_("Commune or ward"), told.commune),
        (_("Received at") if told.is_report else _("Opened on"), display_datetime(told.since)),
        (_("Destroyed at"), display_datetime(told.at)),
        (_("Ground"), codes("disposal_ground").label(told.about.get("ground", ""))),
        (_("Retention class"), retention_words(told.about)),
    ]


def retention_words(about: Mapping[str, Any]) -> str:
    """The class, its years, until when, and whether anybody answered for the period."""
    code = str(about.get("retention_class", ""))
    if code not in codes("retention_class"):
        return ""
    row = codes("retention_class").row(code)
    words = _("%(label)s: %(years)d years, until %(day)s") % {
        "label": row.text(),
        "years": row.integer("years") or 0,
        "day": display_date(date.fromisoformat(about["kept_until"])),
    }
    return words if row.verified else _("%(words)s (period not yet confirmed)") % {"words": words}


def counted(counts: Mapping[str, int], about: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Labels and numbers of what there was."""
    return [
        (_("Data keys"), str(counts.get("data_keys", 0))),
        (_("Keys of files"), str(counts.get("file_keys", 0))),
        (_("Sealed files"), str(counts.get("files", 0))),
        (_("Index entries"), str(counts.get("index_entries", 0))),
        (_("Reports"), str(about.get("reports", 0))),
        (_("People"), str(about.get("people", 0))),
        *(
            [(_("People kept with another case"), str(about["people_kept"]))]
            if "people_kept" in about
            else []
        ),
    ]


def _how_much(told: Certified) -> list[tuple[str, str]]:
    return counted(told.counts, told.about)


def _who(told: Certified) -> list[tuple[str, str]]:
    asked, decided = _moment(told.about.get("requested_at")), _moment(told.about.get("decided_at"))
    return [
        (_("Asked by"), ", ".join(part for part in (told.asked_by, asked) if part)),
        (_("Agreed to by"), ", ".join(part for part in (told.approved_by, decided) if part)),
        (_("Waited until"), _moment(told.about.get("due_at"))),
    ]


def _moment(text: Any) -> str:
    return display_datetime(datetime.fromisoformat(text)) if text else ""


def _kept(told: Certified) -> list[pdf.Part]:
    kept = int(told.about.get("people_kept", 0))
    if not kept:
        return []
    return [
        pdf.Text(
            _(
                "Of %(count)d people of this case, what is known of themselves stays with the other case in which they "
                "stand; what was written about them in this case is destroyed."
            )
            % {"count": kept}
        )
    ]


def _proof(told: Certified) -> list[tuple[str, str]]:
    return [
        (_("Event"), _broken(told.event_hash)),
        (_("Entry in the list of erasures"), f"{told.number}: {_broken(told.digest)}"),
        (_("Checkpoint"), _checkpoint(told)),
    ]


def _checkpoint(told: Certified) -> str:
    if told.signed is None:
        return _("not yet signed")
    number, size = told.signed
    words = _("No. %(number)d over %(size)d events, root %(root)s")
    return words % {"number": number, "size": size, "root": _broken(told.root)}


def _broken(digest: str) -> str:
    return " ".join(digest[at : at + _GROUP] for at in range(0, len(digest), _GROUP))
