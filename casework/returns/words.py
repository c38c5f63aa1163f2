"""Returns in words: which return, of which days, what it is asked about. Pure."""

from collections.abc import Mapping

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from casework.base.codes import codes
from casework.base.dates import display_date
from casework.returns.catalogue import FORMS, Form, Row
from casework.returns.checking import DIFFERS, GAP, NOT_ADDED, NOT_RECEIVED, OUTLIER, UNKNOWN, Flag
from casework.statistics.figures import Window


def title(form: str, window: str, year: int, edition: int = 1) -> str:
    """The form, the period where it has several, the year, and which edition where there was another."""
    row = codes(FORMS).row(form)
    of = f"{codes('return_window').label(window)} {year}" if len(row.strings("windows")) > 1 else str(year)
    said = f"{row.text()} · {of}"
    return f"{said} · {_('edition %(number)s') % {'number': edition}}" if edition > 1 else said


def recipient(to: str, office: str) -> str:
    """Who a return goes to: the name of the office where it has one of its own."""
    return office or str(codes("return_recipient").label(to))


def days(of: Window) -> str:
    return _("from %(start)s to before %(end)s") % {
        "start": display_date(of.start),
        "end": display_date(of.end),
    }


def label(row: Row) -> str:
    return row.label(get_language() or "vi")


def whole_label(form: Form, row: Row) -> str:
    """The label with the heading it stands under: «Male» is of somebody."""
    above = form.rows[: form.rows.index(row)]
    head = next((one for one in reversed(above) if not one.source), None)
    if head is None or (row.no and not row.no.startswith(f"{head.no}.")):
        return label(row)
    return f"{label(head)} – {label(row)}"


def point(form: Form, flag: Flag) -> str:
    """What is asked, with its row and its numbers."""
    words: Mapping[str, str] = {
        OUTLIER: _("%(now)s; the mean of %(years)s earlier periods is %(mean)s"),
        UNKNOWN: _("%(now)s of %(of)s"),
        NOT_ADDED: _("the whole is %(whole)s, the parts are %(parts)s"),
        NOT_RECEIVED: _("%(received)s of %(expected)s were received"),
        DIFFERS: _("reported %(reported)s, counted here %(counted)s"),
    }
    said = str(codes("return_flag").label(flag.kind))
    row = whole_label(form, form.row(flag.row)) if flag.row else ""
    detail = words[flag.kind] % flag.numbers if flag.kind in words else ""
    if flag.kind == GAP:
        missing = [form.row(code) for code in flag.numbers]
        named = ", ".join(one.no or whole_label(form, one) for one in missing)
        detail = _("%(count)s rows (%(named)s)") % {"count": len(missing), "named": named}
    return ": ".join(part for part in (said, row, detail) if part)
