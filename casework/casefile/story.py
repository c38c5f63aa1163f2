"""A case in five lines: who, what, how bad and why, what runs, what is missing. Pure: from plain values to words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from casework.base.codes import codes
from casework.base.dates import PartialDate, age_range, display_datetime, display_happened
from casework.casefile.alerts import Facts, Protection

SHOWN_REASONS: Final = 3
# Answers that make an incident grave, in the order they are told.
SIGNS: Final = ("strangled", "threat_to_kill", "children_hurt", "children_saw")


@dataclass(frozen=True, slots=True)
class Someone:
    """A participant without a name: initials, and what a rule or a visitor needs to know."""

    role: str
    initials: str
    sex: str = "unknown"
    born: PartialDate | None = None
    ethnicity: str = "unknown"
    relation: str = "unknown"
    groups: Sequence[str] = ()
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Happened:
    """One incident as the story tells it; signs: names of SIGNS answered yes."""

    at: datetime
    precision: str
    part_of_day: str
    forms: Sequence[str]
    injury: str
    weapon: str
    signs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What else has been recorded, for the line that says what is missing."""

    incidents: int
    has_identity: bool
    plan_steps: int
    contacts: int


def who(people: Sequence[Someone], on: date) -> str:
    """«L.T.M., nữ, 36 tuổi, dân tộc Thái. Người có hành vi: L.V.M., nam, 40 tuổi (vợ, chồng). 2 trẻ em.»"""
    victim = next((one for one in people if one.role == "victim" and one.is_main), None)
    other = next((one for one in people if one.role == "perpetrator" and one.is_main), None)
    children = sum(one.role == "child" for one in people)
    lines = []
    if victim:
        lines.append(_person(victim, on))
    if other:
        relation = _label("kinship", other.relation)
        words = _person(other, on) + (f" ({relation.lower()})" if relation else "")
        lines.append(_("The other side: %(person)s") % {"person": words})
    if children:
        lines.append(ngettext("%(count)d child", "%(count)d children", children) % {"count": children})
    return ". ".join(lines) + "." if lines else ""


def what(incidents: Sequence[Happened]) -> str:
    """How often, when last, in which forms, and the grave signs of the last; newest first. Empty for none."""
    if not incidents:
        return ""
    last = incidents[0]
    times = ngettext("%(count)d incident", "%(count)d incidents", len(incidents)) % {"count": len(incidents)}
    moment = display_happened(last.at, last.precision, _label("part_of_day", last.part_of_day))
    details = [
        ", ".join(_label("violence_form", form).lower() for form in last.forms if form != "unknown"),
        _label("injury_severity", last.injury).lower(),
        _weapon(last.weapon),
        *(_sign(sign) for sign in SIGNS if sign in last.signs),
    ]
    return f"{times}, {_('the latest %(when)s') % {'when': moment}}: " + "; ".join(
        part for part in details if part
    )


def level(code: str, since: datetime | None, reasons: Iterable[str], asked_level: str = "") -> str:
    """Since when, and the first reasons in words; the level itself stands beside it as a badge."""
    if code and since is None:
        return _("Violence again within 12 months of closing: at least this, until it is assessed.")
    if since is None:
        return _("Not assessed yet: nobody knows how great the danger is.")
    shown = list(reasons)[:SHOWN_REASONS]
    words = _("Since %(day)s.") % {"day": display_datetime(since)}
    if shown:
        words += " " + " ".join(shown)
    if asked_level:
        words += " " + _("Asked to lower it to %(level)s: waiting for a second person.") % {
            "level": codes("risk_level").label(asked_level)
        }
    return words


def runs(measures: Sequence[Protection], referrals: int, at: datetime) -> str:
    """Measures in force and asked for, open referrals; empty when nothing runs."""
    parts = []
    for measure in measures:
        name = codes("measure").label(measure.kind)
        if measure.in_force(at):
            until = (
                _("until %(when)s") % {"when": display_datetime(measure.ends_at)} if measure.ends_at else ""
            )
            parts.append(f"{name} {until}".strip())
        elif measure.is_asked_for():
            parts.append(_("%(measure)s (asked for, not decided)") % {"measure": name})
    if referrals:
        parts.append(
            ngettext("%(count)d open referral", "%(count)d open referrals", referrals) % {"count": referrals}
        )
    return "; ".join(parts)


def missing(facts: Facts, known: Known) -> list[str]:
    """What nobody has written down yet, in the order in which it is usually done."""
    gaps = [
        (not facts.contact_known, _("a safe way to reach her")),
        (not facts.level or not facts.is_assessed, _("the first risk assessment")),
        (not known.incidents, _("what happened (no incident recorded)")),
        (facts.last_met_at is None, _("a meeting in person")),
        (not known.contacts, _("any contact with her")),
        (not known.has_identity, _("her birth year or identity number")),
        (not known.plan_steps, _("a plan made with her")),
    ]
    return [words for is_missing, words in gaps if is_missing]


def _person(one: Someone, on: date) -> str:
    age = age_range(one.born, on) if one.born else None
    parts = [
        one.initials or _("name not known"),
        _label("sex", one.sex).lower(),
        _age(age) if age else "",
        _("%(group)s ethnic group") % {"group": ethnic}
        if (ethnic := _label("ethnicity", one.ethnicity))
        else "",
        *(_label("priority_group", group).lower() for group in one.groups),
    ]
    return ", ".join(part for part in parts if part)


def _age(ages: tuple[int, int]) -> str:
    lowest, highest = ages
    if lowest == highest:
        return ngettext("%(years)d year old", "%(years)d years old", lowest) % {"years": lowest}
    return _("%(first)d or %(last)d years old") % {"first": lowest, "last": highest}


def _label(name: str, code: str) -> str:
    """The label of a known answer; nothing for what is unknown, so that the story holds only facts."""
    return "" if code in ("", "unknown", "none") else codes(name).label(code)


def _weapon(code: str) -> str:
    label = _label("weapon_kind", code)
    return _("weapon: %(weapon)s") % {"weapon": label.lower()} if label else ""


def _sign(sign: str) -> str:
    return {
        "strangled": _("strangled or choked"),
        "threat_to_kill": _("threatened to kill"),
        "children_hurt": _("children were hurt"),
        "children_saw": _("children saw it"),
    }[sign]
