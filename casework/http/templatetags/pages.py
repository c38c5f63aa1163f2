"""The parts every page is made of; each tag draws one template of `templates/components/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import uuid4

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm
from django.forms.formsets import BaseFormSet
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from casework.base import clock as clocks
from casework.base.codes import codes
from casework.http.idempotency import DRAFT_FOR, FORM_KEY
from casework.http.renderers import template_choices

register = template.Library()

# A level is read by its word and by its shape; the colour only repeats them.
_SHAPES = {"LOW": "circle", "MEDIUM": "diamond", "HIGH": "triangle", "EXTREME": "octagon"}
TONES = ("neutral", "accent", "success", "warning", "danger")
# What is due within half a day belongs to «right now» on the home page.
_SOON = timedelta(hours=12)


# --- time ------------------------------------------------------------------------------------------------


@register.filter
def vi_date(value: date | datetime | None) -> str:
    """27/03/2026 on a Vietnamese clock; empty for nothing."""
    if value is None:
        return ""
    day = clocks.local(value) if isinstance(value, datetime) else value
    return f"{day:%d/%m/%Y}"


@register.filter
def vi_time(value: datetime | None) -> str:
    """21:14 on a Vietnamese clock; empty for nothing."""
    return "" if value is None else f"{clocks.local(value):%H:%M}"


@register.filter
def vi_datetime(value: datetime | None) -> str:
    """21:14 27/03/2026 on a Vietnamese clock; empty for nothing."""
    return "" if value is None else f"{clocks.local(value):%H:%M %d/%m/%Y}"


@register.filter
def vi_duration(value: timedelta | int | float | None) -> str:
    """A length of time (timedelta, or seconds) in its two largest units: «3 hours 12 minutes»."""
    if value is None:
        return ""
    minutes = abs(int(value.total_seconds() if isinstance(value, timedelta) else value)) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = []
    if days:
        parts.append(ngettext("%(count)d day", "%(count)d days", days) % {"count": days})
    if hours:
        parts.append(ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours})
    if minutes and not days:
        parts.append(ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes})
    return " ".join(parts) or gettext("under a minute")


@register.inclusion_tag("components/clock.html")
def clock(due: datetime | None, now: datetime | None = None) -> dict[str, object]:
    """How long is left until `due`, or how long ago it passed; a script keeps the words current."""
    if due is None:
        return {"due": None}
    left = due - (now or clocks.now())
    overdue = left < timedelta(0)
    words = gettext("%(time)s overdue") if overdue else gettext("%(time)s left")
    tone = "danger" if overdue else "warning" if left <= _SOON else "neutral"
    return {"due": due, "text": words % {"time": vi_duration(left)}, "tone": tone}


@register.simple_tag
def clock_words() -> dict[str, str]:
    """The words the countdown script needs, in the active language, with their places left open."""
    return {
        "left": gettext("%(time)s left"),
        "overdue": gettext("%(time)s overdue"),
        "now": gettext("under a minute"),
        "day": ngettext("%(count)d day", "%(count)d days", 1),
        "days": ngettext("%(count)d day", "%(count)d days", 2),
        "hour": ngettext("%(count)d hour", "%(count)d hours", 1),
        "hours": ngettext("%(count)d hour", "%(count)d hours", 2),
        "minute": ngettext("%(count)d minute", "%(count)d minutes", 1),
        "minutes": ngettext("%(count)d minute", "%(count)d minutes", 2),
    }


# --- words with a shape or a colour ----------------------------------------------------------------------


@register.inclusion_tag("components/level_badge.html")
def level_badge(code: str | None, prefix: str = "") -> dict[str, object]:
    """The level of risk as a word and a shape; an unknown or missing code is «not assessed», never LOW."""
    key = (code or "").upper()
    if key not in _SHAPES:
        return {"label": gettext("NOT ASSESSED"), "shape": "dash", "level": "none", "prefix": prefix}
    return {
        "label": codes("risk_level").label(key),
        "shape": _SHAPES[key],
        "level": key.lower(),
        "prefix": prefix,
    }


@register.inclusion_tag("components/state_badge.html")
def state_badge(label: str, tone: str = "neutral") -> dict[str, object]:
    """A state in one or two words; tone is one of TONES."""
    return {"label": label, "tone": tone if tone in TONES else "neutral"}


@register.simple_tag
def code_label(list_name: str, code: str | None) -> str:
    """The label of a code in the active language; empty for an empty code, and the code itself if unknown."""
    if not code:
        return ""
    rows = codes(list_name)
    return rows.label(code) if code in rows else code


# --- blocks of a page ------------------------------------------------------------------------------------


@register.inclusion_tag("components/summary_list.html")
def summary_list(rows: Iterable[Mapping[str, object] | Sequence[object]]) -> dict[str, object]:
    """Labels and values; a row is (label, value) or {label, value, note, action_url, action_label}."""
    return {"rows": [row if isinstance(row, Mapping) else {"label": row[0], "value": row[1]} for row in rows]}


@register.simple_block_tag
def card(content: str, title: str = "", url: str = "", tone: str = "neutral", level: int = 2) -> SafeString:
    """A white block with a heading (a link when `url` is given); `level` is the level of the heading."""
    return render_to_string(
        "components/card.html",
        {"content": content, "title": title, "url": url, "tone": tone, "heading": f"h{level}"},
    )


@register.simple_block_tag
def notice(content: str, tone: str = "accent", title: str = "") -> SafeString:
    """A message that stands out: accent (good to know), success, warning, danger."""
    return render_to_string("components/notice.html", {"content": content, "tone": tone, "title": title})


_TONE_OF_MESSAGE = {"error": "danger", "warning": "warning", "success": "success"}


@register.simple_tag
def message_notice(message: Message) -> SafeString:
    """A message of django.contrib.messages, drawn as a notice."""
    tone = _TONE_OF_MESSAGE.get(message.level_tag, "accent")
    content = format_html("<p>{}</p>", message.message)
    return render_to_string("components/notice.html", {"content": content, "tone": tone, "live": True})


@register.inclusion_tag("components/empty_state.html")
def empty_state(
    title: str, text: str = "", action_url: str = "", action_label: str = ""
) -> dict[str, object]:
    """What stands where a list would: what will appear here, and what to do first."""
    return {"title": title, "text": text, "action_url": action_url, "action_label": action_label}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Iterable[Mapping[str, object]], label: str = "") -> dict[str, object]:
    """Tabs that are plain links; an item is {title, url, current, count}."""
    return {"items": list(items), "label": label}


@register.inclusion_tag("components/timeline.html")
def timeline(items: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """What happened, newest first; an item is {title, at, by, text, url, tone, changes_url}."""
    return {"items": list(items)}


@register.inclusion_tag("components/pagination.html")
def pagination(next_url: str = "", prev_url: str = "") -> dict[str, object]:
    """Links to the next and previous page of a list; nothing when there is one page."""
    return {"next_url": next_url, "prev_url": prev_url}


@register.inclusion_tag("components/protected_field.html")
def protected_field(label: str, reveal_url: str) -> dict[str, object]:
    """A value that opens only with a reason: dots and a link; the value itself is never on the page."""
    return {"label": label, "reveal_url": reveal_url}


@register.inclusion_tag("components/safe_contact.html")
def safe_contact(allowed: bool, text: str = "", confirmed_at: datetime | None = None) -> dict[str, object]:
    """How she may be reached, in one line, before any number; not allowed reads «do not contact» and why."""
    return {"allowed": allowed, "text": text, "confirmed_at": confirmed_at}


@register.inclusion_tag("components/breadcrumbs.html")
def breadcrumbs(trail: Iterable[tuple[str, str]]) -> dict[str, object]:
    """The way back: (title, url) from the outermost page to this one, whose url is empty."""
    return {"trail": list(trail)}


@register.inclusion_tag("components/figure.html")
def figure(value: object, label: str, url: str = "", tone: str = "neutral") -> dict[str, object]:
    """One number with its meaning, a link when it can be opened."""
    return {"value": value, "label": label, "url": url, "tone": tone}


@register.inclusion_tag("components/case_header.html")
def case_header(header: Mapping[str, object]) -> dict[str, object]:
    """The header of a case page, which stays in sight on a desktop.

    Keys: number, who (initials and commune), level, state, state_tone, due, due_label, action_url,
    action_label, contact_allowed, contact_text, contact_confirmed_at, lead. A missing key leaves its part
    out; without `contact_allowed` the line reads «do not contact».
    """
    return {"header": header}


@register.inclusion_tag("components/post_button.html", takes_context=True)
def post_button(context: Context, url: str, label: str, tone: str = "secondary") -> dict[str, object]:
    """A button that changes something by itself: a form without fields; tone: primary, secondary, danger."""
    return {"url": url, "label": label, "tone": tone, "csrf_token": context.get("csrf_token")}


@register.simple_tag
def form_key(form: object = None) -> SafeString:
    """For every form that changes something: a key, so that it does so once, and the name of its draft."""
    # Without autocomplete a browser that goes back would put an old key into a new page.
    hidden = '<input type="hidden" name="{}" value="{}" autocomplete="off">'
    key = format_html(hidden, FORM_KEY, uuid4().hex)
    draft = getattr(form, "draft_for", "")
    return key + format_html(hidden, DRAFT_FOR, draft) if draft else key


@register.simple_tag
def draft_to(form: object = None) -> SafeString:
    """The attribute that makes a form save itself while somebody types; nothing where it keeps no draft."""
    url = reverse("draft") if getattr(form, "draft_for", "") else ""
    return format_html(' data-draft-url="{}"', url) if url else SafeString("")


@register.inclusion_tag("components/draft.html", takes_context=True)
def draft_notice(context: Context, draft: object) -> dict[str, object]:
    """Says that a draft fills the form below, and offers an empty one."""
    return {"draft": draft, "csrf_token": context.get("csrf_token")}


@register.filter
def own_widget(template_name: str) -> list[str]:
    """Lets a template include the parts of a compound input from our own widget templates."""
    return template_choices(template_name)


@register.inclusion_tag("forms/error_summary.html")
def error_summary(*forms: BaseForm | BaseFormSet[BaseForm]) -> dict[str, object]:
    """All errors of one or several forms in one box; pair it with {{ form.as_div }}, which shows none."""
    flat: list[BaseForm] = []
    for form in forms:
        flat.extend(form.forms if isinstance(form, BaseFormSet) else [form])
    sets = [form for form in forms if isinstance(form, BaseFormSet)]
    return {
        "summary_forms": flat,
        "summary_sets": sets,
        "has_errors": any(form.errors for form in flat)
        or any(formset.total_error_count() for formset in sets),
    }
