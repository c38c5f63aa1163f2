"""What happened in a case, as a page tells it, and where the law does not know an act between the two people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from casework.access.lists import Page, page_of
from casework.base.codes import CodeRow, codes
from casework.base.dates import display_happened
from casework.cases.models import Case, Participant
from casework.encryption.keyring import prefetch_keys
from casework.incidents.acts import acts_outside_scope, basis_of
from casework.incidents.models import Incident
from casework.intake.models import Report
from casework.organisations.models import User

NOT_SAID: Final = ("", "unknown")
# What a card tells in one line each, with the list of its codes, the gravest first.
TOLD: Final = (
    ("strangled", "yes_no"),
    ("threat_to_kill", "yes_no"),
    ("weapon_kind", "weapon_kind"),
    ("injury_kinds", "injury_kind"),
    ("injury_severity", "injury_severity"),
    ("medical_care", "medical_care"),
    ("pregnant", "yes_no"),
    ("children_saw", "yes_no"),
    ("children_hurt", "yes_no"),
    ("alcohol", "yes_no"),
    ("drugs", "yes_no"),
    ("property_damage", "yes_no"),
    ("police_came", "yes_no"),
    ("reported_before", "yes_no"),
    ("penalty_level", "penalty_level"),
)


@dataclass(frozen=True, slots=True)
class Act:
    """One act of Art. 3: the letter of the point of law, empty for an act nobody could name, and its words."""

    letter: str
    label: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Acts the law does not know between people so related; it warns and never blocks.

    relation: in words; basis: the articles.
    """

    acts: tuple[Act, ...]
    relation: str
    basis: str


@dataclass(frozen=True, slots=True)
class Card:
    """One incident as a page shows it; `doubt` is None when every act fits the relation."""

    row: Incident
    happened: str
    acts: tuple[Act, ...]
    doubt: Doubt | None

    @property
    def forms(self) -> str:
        """The forms of violence, in words."""
        return ", ".join(codes("violence_form").label(code) for code in self.row.forms)

    @property
    def place(self) -> str:
        kind = codes("place_kind").label(self.row.place_kind) if self.row.place_kind not in NOT_SAID else ""
        return ", ".join(part for part in (kind, self.row.place, str(self.row.area)) if part)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What is known of means, harm, children and help: (label, words); what was not asked is left out."""
        found = []
        for name, rows in TOLD:
            value = getattr(self.row, name)
            said = [code for code in (value if isinstance(value, list) else [value]) if code not in NOT_SAID]
            if said:
                words = ", ".join(codes(rows).label(code) for code in said)
                found.append((_label(name), words))
            if name == "injury_severity" and self.row.injuries:
                found.append((_label("injuries"), self.row.injuries))
        return found


def incidents_of(user: User, case: Case, *, after: str = "") -> Page[Incident]:
    """The incidents of a case the viewer may see, the latest first."""
    rows = Incident.objects.visible_to(user).filter(case=case).select_related("area", "created_by")
    found = page_of(rows, after=after, order="happened_at")
    prefetch_keys(found.rows)
    return found


def cards(rows: Sequence[Incident], relation: str) -> list[Card]:
    """The incidents of one case, told against the relation of its two main people."""
    return [
        Card(
            row=row,
            happened=_happened(row),
            acts=tuple(_act(codes("act").row(code)) for code in row.acts),
            doubt=doubt_about(row, relation),
        )
        for row in rows
    ]


def relation_of(case: Case) -> str:
    """What the main perpetrator is to the main victim (list kinship); "unknown" when nobody has said."""
    found: str | None = (
        Participant.objects.everything(reason="which acts the law knows between the two")
        .filter(case=case, role="perpetrator", is_main=True)
        .values_list("relation", flat=True)
        .first()
    )
    return found or "unknown"


def doubt_about(incident: Incident, relation: str) -> Doubt | None:
    """The acts of an incident the law does not know between two people so related."""
    row = codes("kinship").row(relation)
    scope = row.string("scope") or "unknown"
    outside = acts_outside_scope(scope, incident.acts)
    if not outside:
        return None
    return Doubt(tuple(_act(codes("act").row(code)) for code in outside), row.text(), basis_of(scope))


def first_report(user: User, case: Case) -> Report | None:
    """The report the case was opened on, if the viewer may see it and nothing was recorded of it yet."""
    if Incident.objects.visible_to(user).filter(case=case).exists():
        return None
    rows = Report.objects.visible_to(user).filter(case_link__case=case).select_related("area")
    found: Report | None = rows.order_by("received_at").first()
    return found


def _happened(row: Incident) -> str:
    part = codes("part_of_day").label(row.happened_part_of_day)
    if row.happened_precision == "unknown" and row.happened_part_of_day not in NOT_SAID:
        return part
    return display_happened(row.happened_at, row.happened_precision, part)


def _label(name: str) -> str:
    return str(getattr(Incident._meta.get_field(name), "verbose_name", name))


def _act(row: CodeRow) -> Act:
    return Act(row.string("letter"), row.text())
