"""Questions about sharing: what a partner may read now, what waits on whose desk."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from casework.access.decisions import may
from casework.access.lists import Page, page_of
from casework.access.principals import principal
from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import PartialDate, age_range, display_happened, part_of_day
from casework.base.refusals import NotVisible
from casework.cases.models import Case, Participant, case_denials
from casework.cases.queries import age_of, moved_on
from casework.deadlines.models import Deadline
from casework.encryption.keyring import prefetch_keys
from casework.incidents.models import Incident
from casework.organisations.models import Agency, Membership, User
from casework.organisations.roles import PARTNERS
from casework.people.contacting import Contacting, Ways, contacting
from casework.people.models import Address, Person, SafeContact
from casework.referrals import scopes
from casework.referrals.models import Consent, Referral, running

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

AGREED: Final = "an item of her consent names it"
# More open requests than this are not read in one sitting; the nearest stand first.
MOST_OPEN: Final = 100


# --- the slice: what one consent lets one partner read, live ---


class Row(NamedTuple):
    """One line of the slice in words; `value` is "" when nothing is known. item: the code it was agreed under."""

    label: str
    value: str
    item: str


@dataclass(frozen=True, slots=True)
class SliceSection:
    """Lines that belong together."""

    code: str
    title: "StrOrPromise"
    rows: list[Row]


SECTIONS: Final[Mapping[str, "StrOrPromise"]] = {
    "person": _("Who she is"),
    "contact": _("Contact and place"),
    "referral": _("What is asked"),
    "risk": _("Safety"),
    "household": _("Children and household"),
    "incidents": _("What happened"),
    "health": _("Health"),
    "perpetrator": _("The person who commits violence"),
}


class Facts:
    """What is known in the case of a referral, each part read only when an agreed item asks for it."""

    def __init__(self, referral: Referral, at: datetime) -> None:
        self.referral = referral
        self.at = at
        self.today = clock.local_date(at)

    @property
    def case(self) -> Case:
        return self.referral.case

    @cached_property
    def victim(self) -> Person:
        return self._parts(role="victim", is_main=True)[0].person

    @cached_property
    def perpetrator(self) -> Participant:
        return self._parts(role="perpetrator", is_main=True)[0]

    @cached_property
    def children(self) -> list[Person]:
        return [part.person for part in self._parts(role="child")]

    @cached_property
    def contact(self) -> SafeContact | None:
        rows = SafeContact.objects.everything(reason=AGREED).filter(person=self.victim)
        return next(iter(prefetch_keys(rows)), None)

    @cached_property
    def contacting(self) -> Contacting:
        addresses = (
            Address.objects.everything(reason=AGREED).filter(person=self.victim).exclude(kind="former")
        )
        return contacting(Ways.of(self.contact), today=self.today, moved_on=moved_on(addresses))

    @cached_property
    def address(self) -> Address | None:
        """Where she may be written to; a safe address, a shelter and a former address are never read."""
        rows = (
            Address.objects.everything(reason=AGREED)
            .filter(person=self.victim, kind="contact")
            .select_related("area")
            .order_by("-created_at")
        )
        current = (row for row in prefetch_keys(rows) if row.valid_to is None or row.valid_to >= self.today)
        return next(current, None)

    @cached_property
    def incidents(self) -> list[Incident]:
        rows = (
            Incident.objects.everything(reason=AGREED).filter(case=self.case).order_by("-happened_at", "pk")
        )
        return prefetch_keys(rows)

    def _parts(self, **which: Any) -> list[Participant]:
        rows = Participant.objects.everything(reason=AGREED).filter(case=self.case, **which)
        return prefetch_keys(rows.select_related("person").order_by("created_at", "pk"))


Lines = list[tuple[str, str]]


def _words(list_name: str, code: str) -> str:
    rows = codes(list_name)
    return rows.label(code) if code in rows else ""


def _all_words(list_name: str, found: Sequence[str]) -> str:
    return ", ".join(word for code in found if (word := _words(list_name, code)))


def _name(model: Any, field: str) -> str:
    return str(model._meta.get_field(field).verbose_name)


def _one(item: str, value: str) -> Lines:
    return [(codes("share_item").label(item), value)]


def _birth_date(facts: Facts) -> Lines:
    born = facts.victim.birth_date
    return _one("birth_date", PartialDate.from_iso(born).display() if born else "")


def _language(facts: Facts) -> Lines:
    person = facts.victim
    return [
        (_name(Person, "languages"), _all_words("language", person.languages)),
        (_name(Person, "interpreter_needed"), _words("yes_no", person.interpreter_needed)),
    ]


def _access_needs(facts: Facts) -> Lines:
    person = facts.victim
    said = (_words("disability_kind", person.disability_kind), person.disability)
    return _one("access_needs", ", ".join(word for word in said if word))


def _identity(facts: Facts) -> Lines:
    person = facts.victim
    if not person.identity_number:
        return _one("identity_number", _words("identity_none_reason", person.identity_none_reason))
    kind = _words("identity_kind", person.identity_kind)
    return [(kind or codes("share_item").label("identity_number"), person.identity_number)]


def _education(facts: Facts) -> Lines:
    person = facts.victim
    return [
        (_name(Person, "education"), _words("education", person.education)),
        (_name(Person, "occupation"), _words("occupation", person.occupation)),
    ]


def _safe_contact(facts: Facts) -> Lines:
    """How she may be reached, read at this moment; without a clear and recent yes nothing but the no."""
    answer, contact = facts.contacting, facts.contact
    if not answer or contact is None:
        return _one("safe_contact", f"{gettext('Do not contact')}: {answer.line}")
    return [
        (codes("share_item").label("safe_contact"), answer.line),
        (_name(SafeContact, "number_or_person"), contact.number_or_person),
        (_name(SafeContact, "if_other_answers"), contact.if_other_answers),
        (_name(SafeContact, "may_say_office"), _words("yes_no", contact.may_say_office)),
        (_name(SafeContact, "may_text"), _words("yes_no", contact.may_text)),
        (_name(SafeContact, "language"), _words("language", contact.language)),
    ]


def _area(facts: Facts) -> Lines:
    address = facts.address
    return _one("area", str(address.area) if address and address.area else "")


def _contact_address(facts: Facts) -> Lines:
    address = facts.address
    parts = (address.detail, address.village, str(address.area or "")) if address else ()
    return _one("contact_address", ", ".join(part for part in parts if part))


def _risk_level(facts: Facts) -> Lines:
    level = facts.case.level
    return _one("risk_level", _words("risk_level", level) if level else gettext("NOT ASSESSED"))


def _staff_safety(facts: Facts) -> Lines:
    """A warning without its reasons: enough to take care, nothing of what she told."""
    careful = [gettext("Arrange every visit with the case worker first, and never go alone.")]
    if any(incident.weapon_kind in ARMS for incident in facts.incidents):
        careful.append(gettext("A weapon has been used: tell the commune police before you go."))
    return _one("staff_safety", " ".join(careful))


ARMS: Final = frozenset(codes("weapon_kind").codes) - {"none", "body", "unknown", "declined"}


def _household(facts: Facts) -> Lines:
    """How many come and how old, in bands: the person herself and the children."""
    people = [facts.victim, *facts.children]
    bands = [_band(person, facts) for person in people]
    said = [
        f"{label}: {bands.count(code)}"
        for code, label in (*codes("shelter_age_band").choices(), ("", gettext("Age not known")))
        if code in bands
    ]
    return [
        (gettext("The person and the children, together"), str(len(people))),
        (gettext("Ages"), "; ".join(said)),
    ]


def _band(person: Person, facts: Facts) -> str:
    ages = age_range(PartialDate.from_iso(person.birth_date), facts.today) if person.birth_date else None
    for row in codes("shelter_age_band"):
        least, most = row.integer("from") or 0, row.integer("to")
        if ages and least <= ages[0] and (most is None or ages[1] <= most):
            return row.code
    return ""


def _children(facts: Facts) -> Lines:
    """How many and how old; never a name, never a school."""
    label = codes("share_item").label("children")
    if not facts.children:
        return [(label, gettext("No children"))]
    return [(f"{label} {place}", _child(child, facts)) for place, child in enumerate(facts.children, 1)]


def _child(child: Person, facts: Facts) -> str:
    ages = age_of(child, facts.today)
    if ages is None:
        years = gettext("Age not known")
    else:
        years = gettext("%(age)s years old") % {"age": "-".join(str(age) for age in dict.fromkeys(ages))}
    sex = _words("sex", child.sex)
    return f"{years}, {sex.lower()}" if child.sex not in ("", "unknown", "declined") else years


def _acts(facts: Facts) -> Lines:
    return _each(facts, "acts", lambda incident: "; ".join(_act(code) for code in incident.acts))


def _act(code: str) -> str:
    """An act in the words of the law; of sexual violence only that there is more than is told."""
    known = codes("act")
    if code in known and "sexual" in known.row(code).strings("forms"):
        return gettext("another act of Art. 3(1), of which she has not agreed to speak here")
    return _words("act", code)


def _account(facts: Facts) -> Lines:
    """What the officer found. Her own words about the other side are never read here."""
    return _each(facts, "findings", lambda incident: incident.findings)


def _injuries(facts: Facts) -> Lines:
    return _each(facts, "injury_kinds", _injury)


def _injury(incident: Incident) -> str:
    kinds = [kind for kind in incident.injury_kinds if kind != "genital"]
    # «Not known» beside the injuries would not say what is not known.
    known = incident.injury_severity != "unknown"
    severity = _words("injury_severity", incident.injury_severity) if known else ""
    said = (_all_words("injury_kind", kinds), severity, incident.injuries)
    return "; ".join(word for word in said if word)


def _each(facts: Facts, field: str, tell: Callable[[Incident], str]) -> Lines:
    label = _name(Incident, field)
    if not facts.incidents:
        return [(label, "")]
    return [(f"{label}, {_when(incident)}", tell(incident)) for incident in facts.incidents]


def _when(incident: Incident) -> str:
    part = _words("part_of_day", incident.happened_part_of_day or part_of_day(incident.happened_at))
    return display_happened(incident.happened_at, incident.happened_precision, part)


# The only way from a case to a partner. What is not here cannot be told: no phone, no safe address or shelter,
# no plan, no reporter, no school, nothing she said about the other side, no answer about danger.
TELLS: Final[Mapping[str, Callable[[Facts], Lines]]] = {
    "full_name": lambda facts: _one("full_name", facts.victim.full_name),
    "birth_year": lambda facts: _one("birth_year", facts.victim.birth_date[:4]),
    "sex": lambda facts: _one("sex", _words("sex", facts.victim.sex)),
    "language": _language,
    "access_needs": _access_needs,
    "priority_groups": lambda facts: _one(
        "priority_groups", _all_words("priority_group", facts.victim.priority_groups)
    ),
    "safe_contact": _safe_contact,
    "area": _area,
    "service_needs": lambda facts: _one("service_needs", facts.referral.needs),
    "urgency": lambda facts: _one("urgency", _words("urgency", facts.referral.urgency)),
    "risk_level": _risk_level,
    "staff_safety": _staff_safety,
    "other_names": lambda facts: _one("other_names", facts.victim.other_names),
    "identity_number": _identity,
    "birth_date": _birth_date,
    "ethnicity": lambda facts: _one("ethnicity", _words("ethnicity", facts.victim.ethnicity)),
    "nationality": lambda facts: _one("nationality", _words("nationality", facts.victim.nationality)),
    "education_occupation": _education,
    "poverty": lambda facts: _one("poverty", _words("poverty", facts.victim.poverty)),
    "contact_address": _contact_address,
    "household": _household,
    "children": _children,
    "acts_and_dates": _acts,
    "incident_account": _account,
    "injuries": _injuries,
    "health_for_service": lambda facts: _one("health_for_service", facts.victim.health_notes),
    "perpetrator_name": lambda facts: _one("perpetrator_name", facts.perpetrator.person.full_name),
    "perpetrator_relation": lambda facts: _one(
        "perpetrator_relation", _words("kinship", facts.perpetrator.relation)
    ),
    "shelter_needs": lambda facts: _one(
        "shelter_needs", _all_words("shelter_need", facts.referral.shelter_needs)
    ),
}


@dataclass(frozen=True, slots=True)
class Slice:
    """What a partner reads at one moment. contacting: None when she did not agree to be reached by them."""

    sections: list[SliceSection]
    contacting: Contacting | None


def read_slice(referral: Referral, at: datetime) -> Slice:
    """What the consent of the referral lets the recipient read now; nothing once it was declined.

    Raises Gone when the consent or the referral is over.
    """
    if _ended_at(referral, at) is not None:
        raise scopes.Gone
    facts = Facts(referral, at)
    sections: dict[str, SliceSection] = {}
    wanted = referral.consent.items if scopes.tells(referral.state) else []
    told = [item for item in scopes.in_order(wanted) if item.code in TELLS]
    for item in told:
        code = item.string("section")
        section = sections.setdefault(code, SliceSection(code, SECTIONS[code], []))
        section.rows.extend(Row(label, value, item.code) for label, value in TELLS[item.code](facts))
    may_reach = any(item.code == "safe_contact" for item in told)
    return Slice(list(sections.values()), facts.contacting if may_reach else None)


def slice_of(referral: Referral, at: datetime) -> list[SliceSection]:
    """The sections of `read_slice`. Raises Gone."""
    return read_slice(referral, at).sections


# --- a share that is over ---


def _ended_at(referral: Referral, at: datetime) -> datetime | None:
    """When the share ended, None while it runs."""
    consent = referral.consent
    if referral.state == "cancelled":
        return referral.finished_at or at
    if scopes.runs(consent.valid_from, consent.valid_until, consent.withdrawn_at, at):
        return None
    return min(consent.withdrawn_at or consent.valid_until, consent.valid_until)


def had_share(user: User, referral_id: UUID, *, at: datetime) -> bool:
    """Whether the user worked for the recipient while a share ran that is over now."""
    who = principal(user, at)
    agencies = {seat.agency_id for seat in who.holding("referral.view", "share")}
    rows = Referral.objects.everything(reason="telling a former reader that the share is over")
    referral = (
        rows.filter(pk=referral_id, recipient_id__in=agencies)
        .exclude(case_id__in=case_denials(who))
        .select_related("consent")
        .first()
    )
    ended_at = _ended_at(referral, at) if referral is not None else None
    if referral is None or ended_at is None:
        return False
    worked_there = Membership.objects.filter(
        user=user,
        agency_id=referral.recipient_id,
        role__in=PARTNERS,
        valid_from__lte=clock.local_date(ended_at),
    )
    return worked_there.exists()


@contextmanager
def ending_aloud(user: User, referral_id: UUID, at: datetime) -> Iterator[None]:
    """Raise Gone instead of NotVisible to whoever had the share; to anybody else it stays hidden."""
    try:
        yield
    except NotVisible:
        if had_share(user, referral_id, at=at):
            raise scopes.Gone from None
        raise


# --- the partner's desk ---


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One request on the desk; due: when it must be answered or reported on, None when it is finished."""

    referral: Referral
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits for whom at a partner's; is_cut: more is open than is shown, the nearest first."""

    new: list[DeskLine]
    accepted: list[DeskLine]
    to_report: list[DeskLine]
    finished: Page[DeskLine]
    is_cut: bool

    def shown(self) -> list[UUID]:
        lines = (*self.new, *self.accepted, *self.to_report, *self.finished.rows)
        return [line.referral.pk for line in lines]


def desk_of(user: User, *, at: datetime, after: str = "") -> Desk:
    """The referrals to the user's offices whose consent runs; what is to be done first stands first."""
    rows = shared_with(user, at=at).select_related("consent")
    new = _waiting(rows.filter(state__in=scopes.ANSWERS["accept"]).order_by("due_at", "pk"))
    taken = _waiting(rows.filter(state__in=scopes.ANSWERS["report_back"]).order_by("answered_at", "pk"))
    finished = page_of(rows.exclude(state__in=scopes.open_states()), after=after, order="finished_at")
    return Desk(
        new=new[:MOST_OPEN],
        accepted=[line for line in taken[:MOST_OPEN] if not _is_to_report(line.referral, at)],
        to_report=[line for line in taken[:MOST_OPEN] if _is_to_report(line.referral, at)],
        finished=Page([DeskLine(row) for row in finished.rows], finished.next),
        is_cut=max(len(new), len(taken)) > MOST_OPEN,
    )


def _waiting(rows: Any) -> list[DeskLine]:
    found = list(rows[: MOST_OPEN + 1])
    due = next_due(found)
    return [DeskLine(row, due.get(row.pk)) for row in found]


def next_due(referrals: Sequence[Referral]) -> dict[UUID, datetime]:
    """When the partner must answer or report back on each of these, as far as such a clock runs; one query."""
    rows = Deadline.objects.everything(reason="the referrals were the viewer's to see").filter(
        subject_id__in=[row.pk for row in referrals],
        kind__in=("referral_reply", "referral_service"),
        state=Deadline.OPEN,
    )
    return {key: due for key, due in rows.values_list("subject_id", "due_at") if key is not None}


def shared_with(user: User, *, at: datetime) -> Any:
    """Referrals the user reads for their office, not those they read because they work on the case."""
    who = principal(user, at)
    agencies = {seat.agency_id for seat in who.holding("referral.view", "share")}
    rows = Referral.objects.everything(reason="narrowed to the share of the viewer's office")
    return running(rows, who).filter(recipient_id__in=agencies)


def reads_by_share(user: User, referral: Referral) -> bool:
    """Whether the user has the referral only because it was sent to their office."""
    return may(user, "referral.view", referral).basis == "share"


def _is_to_report(referral: Referral, at: datetime) -> bool:
    """No appointment lies ahead."""
    return referral.appointment_at is None or referral.appointment_at <= at


# --- the worker's side ---


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """A consent as the worker sees it; state: a code of consent_state."""

    consent: Consent
    state: str

    @property
    def items(self) -> list[str]:
        return [row.text() for row in scopes.in_order(self.consent.items)]

    @property
    def is_running(self) -> bool:
        return self.state == "active"


@dataclass(frozen=True, slots=True)
class ReferralLine:
    """A referral as the worker sees it; due: what the partner owes next, None when it owes nothing."""

    referral: Referral
    due: datetime | None
    is_shared: bool

    @property
    def is_open(self) -> bool:
        return scopes.is_open(self.referral.state)


def consents_of(user: User, case: Case, *, at: datetime) -> list[ConsentLine]:
    """The consents of an opened case, newest first."""
    rows = Consent.objects.visible_to(user, at=at).filter(case=case).select_related("recipient")
    return [
        ConsentLine(row, consent_state(row, at)) for row in prefetch_keys(rows.order_by("-valid_from", "pk"))
    ]


def consent_state(consent: Consent, at: datetime) -> str:
    """active, expired or withdrawn."""
    if consent.withdrawn_at is not None:
        return "withdrawn"
    return "active" if consent.valid_from <= at < consent.valid_until else "expired"


def referrals_of(user: User, case: Case, *, at: datetime) -> list[ReferralLine]:
    """The referrals of an opened case: those that wait first, then the newest."""
    rows = (
        Referral.objects.visible_to(user, at=at)
        .filter(case=case)
        .select_related("consent", "recipient", "sent_by", "answered_by")
        .order_by("-sent_at", "pk")
    )
    found = prefetch_keys(rows)
    due = next_due(found)
    lines = [ReferralLine(row, due.get(row.pk), _ended_at(row, at) is None) for row in found]
    return sorted(lines, key=lambda line: not line.is_open)


def offices_for(service: str, case: Case, *, at: datetime) -> list[Agency]:
    """Offices of the case's province that give the service and have somebody to open the request."""
    kinds = codes("service_kind").row(service).strings("agency_kinds")
    offices = reachable(at).filter(area__province_code=case.province.province_code)
    if kinds:
        offices = offices.filter(kind__in=kinds)
    return [office for office in offices if not office.services or service in office.services]


def reachable(at: datetime) -> Any:
    """Offices in which somebody can open a referral today."""
    seats = Membership.objects.held(clock.local_date(at)).filter(role__in=PARTNERS, user__is_active=True)
    return Agency.objects.filter(is_active=True, pk__in=seats.values("agency")).order_by("name")


def starts(case: Case, service: str, offices: Sequence[Agency], *, at: datetime) -> dict[str, Any]:
    """What the form proposes; the worker reads it to her and changes what she does not want."""
    return {
        "recipient": str(offices[0].pk) if len(offices) == 1 else "",
        "purpose": "service",
        "items": scopes.default_items(service),
        "urgency": "within_day" if case.level in ("HIGH", "EXTREME") else "normal",
        "language": case.language,
        "interpreter": "none",
        "valid_until": at + scopes.DEFAULT_TERM,
    }


def cases_behind(user: User, referrals: Collection[str]) -> list[tuple[UUID, UUID]]:
    """Ids of referrals with the ids of their cases, for the cases the user may see."""
    rows = Referral.objects.visible_to(user).filter(pk__in=list(referrals))
    return list(rows.filter(case__in=Case.objects.visible_to(user)).values_list("pk", "case_id"))
