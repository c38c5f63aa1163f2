"""Questions about papers: what can be made of a case, what one would say, what must not leave the office, the registers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, get_type_hints
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.access.opening import open_record, refuse
from casework.access.principals import principal
from casework.accounts.duty import units_of as duty_units_of
from casework.attachments.kinds import safe_name
from casework.attachments.queries import FileRemoved
from casework.base import clock, pdf
from casework.base.codes import codes
from casework.base.dates import PartialDate, display_date, display_datetime
from casework.base.models import RegisterEntry
from casework.base.numbering import normal_public_code
from casework.base.refusals import NotVisible, Refused
from casework.base.registers import entry_of, next_of, number_key
from casework.cases.models import Case, CaseReport, Participant
from casework.cases.queries import seat_for
from casework.children.models import ChildSeparation
from casework.encryption.files import SealedUpload
from casework.encryption.keyring import prefetch_keys
from casework.intake.models import Report, ReportPerson
from casework.official_forms import books, kinds, layout, scan, sources, word
from casework.official_forms.kinds import Kind, Words
from casework.official_forms.models import OfficialPaper, PaperTemplate
from casework.official_forms.reading import read
from casework.official_forms.scan import Guarded, parts_of
from casework.organisations.areas import current_area
from casework.organisations.models import Agency, Area, DutyShift, User
from casework.people.models import Address, Person, Phone, SafeContact
from casework.plans.models import SafetyPlan
from casework.referrals.models import Referral

LOOKS: Final = "what must not leave the office is looked for in a paper"
# Kept back unless a paper is there to tell it; the others only where the paper itself says so.
ONLY_ASKED: Final = frozenset({"name", "identity"})
OF_HELPERS: Final = ("witness", "supporter", "representative", "guardian")
UPLOADED: Final = "uploaded"
# The value that is the number of what a paper states -> the column of its line in the register.
NUMBERED: Final = {"decision_number": "entry", "cancel_number": "cancel_entry"}
PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


# --- what can be made ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offer:
    """A paper that can be made of a record now, with the labels of what nobody has recorded yet."""

    kind: Kind
    subject: sources.Subject
    missing: tuple[Words, ...]


def numbers_of(papers: Iterable[OfficialPaper]) -> dict[tuple[str, UUID], list[str]]:
    """The numbers a paper about a record has already got, those that were cancelled left out."""
    found: dict[tuple[str, UUID], list[str]] = {}
    for row in papers:
        if row.state != OfficialPaper.VOID:
            found.setdefault((row.kind, row.about), []).append(row.shown_number)
    return found


def standing_paper(papers: Iterable[OfficialPaper], kind: Kind, about: UUID) -> OfficialPaper | None:
    """Among the papers of a case the one a decision has: no second is issued until the number of that is cancelled."""
    if not kind.stands_alone:
        return None
    return next(
        (
            row
            for row in papers
            if (row.kind, row.about) == (kind.code, about) and row.state != OfficialPaper.VOID
        ),
        None,
    )


@dataclass(frozen=True)
class Preview:
    """A paper before it is one: what it would say, what is missing, what in it must not leave the office."""

    case: Case
    kind: Kind
    subject: sources.Subject
    values: dict[str, sources.Value]
    guarded: frozenset[Guarded]
    template: PaperTemplate | None

    @property
    def missing(self) -> tuple[kinds.Field, ...]:
        return layout.missing(self.kind, self.values)

    @cached_property
    def result(self) -> scan.Result:
        """What is found in the text alone; the file itself is looked through when it is made."""
        said = [value if isinstance(value, str) else "\n".join(value) for value in self.values.values()]
        return scan.check_text("\n".join(said), self.guarded)

    @property
    def rows(self) -> list[tuple[Words, list[tuple[Words, sources.Lines, bool]]]]:
        """The headed parts as a page shows them: label, lines, whether it is written by hand."""
        return [
            (
                block.title,
                [(field.label, self._lines(field.name), bool(field.lines)) for field in block.fields],
            )
            for block in self.kind.blocks
            if block.fields
        ]

    def _lines(self, name: str) -> sources.Lines:
        value = self.values.get(name, "")
        return value if isinstance(value, tuple) else (value,) if value else ()


def offers_of(user: User, case: Case, *, at: datetime) -> list[Offer]:
    """Every paper that can be made of the opened case and its records, as far as the viewer sees them."""
    subjects = sources.subjects_of(user, case, at=at)
    return [
        Offer(
            kind,
            subject,
            tuple(field.label for field in layout.missing(kind, sources.values_of(kind, subject.row, at=at))),
        )
        for subject in subjects
        for kind in kinds.kinds().values()
        if kind.blocks and kind.fits(subject.on, subject.marks)
    ]


def preview_of(user: User, case: Case, kind_code: str, about: UUID | None, *, at: datetime) -> Preview:
    """One paper about one record of the case; NotVisible for a paper or record that is not there for the viewer."""
    try:
        kind = kinds.kind_of(kind_code)
    except kinds.NoSuchPaper:
        raise NotVisible from None
    subject = next((one for one in sources.subjects_on(kind.on, user, case, at=at) if one.pk == about), None)
    if subject is None or not kind.blocks or not kind.fits(subject.on, subject.marks):
        raise NotVisible
    return Preview(
        case=case,
        kind=kind,
        subject=subject,
        values=sources.values_of(kind, subject.row, at=at),
        guarded=guarded_of(case, kind),
        template=template_for(kind.code, case.province_id),
    )


# --- the file itself ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was drawn: its bytes and what they are."""

    content: bytes
    media_type: str
    ending: str


def dress_of(
    *,
    unit: Agency,
    by: User,
    at: datetime,
    reaches_abuser: bool,
    marking: str = "",
    number: str = "",
    code: str = "",
    goes_to: Sequence[str] = (),
) -> layout.Dress:
    """What every paper carries besides its values: the office, the number, who drew it and when, how it is checked."""
    with translation.override(sources.LANGUAGE):
        verify_at = check_address(code) if code else ""
        return layout.Dress(
            number=_("Number: %(number)s") % {"number": number} if number else "",
            issuer=sources.issuer_of(unit.name),
            place_and_date=sources.place_and_date(unit.area, at),
            foot=pdf.printed_by(sources.drawn_by(by, in_short=reaches_abuser), at=at),
            marking=marking,
            check_code=code,
            verify_at=verify_at,
            told_check=_(
                "Check code: %(code)s\nWhoever holds this paper can check its number at\n%(address)s"
            )
            % {"code": code, "address": f"{settings.PUBLIC_URL}{reverse('check-paper')}"}
            if code
            else "",
            copies=tuple(codes("paper_reader").label(one) for one in goes_to),
        )


def drawn(kind: Kind, values: dict[str, sources.Value], dress: layout.Dress, *, at: datetime) -> Made:
    """The working layout as PDF/A-2b."""
    with translation.override(sources.LANGUAGE):
        return Made(pdf.draw(layout.laid_out(kind, values, dress), at=at), PDF, ".pdf")


def filled(
    kind: Kind,
    values: dict[str, sources.Value],
    template: PaperTemplate,
    dress: layout.Dress,
    *,
    at: datetime,
) -> Made:
    """The province's own Word file with the values in it."""
    content = word.filled(
        bytes(template.content),
        layout.in_template(kind, values, dress),
        at=at,
        title=kind.title,
        author=dress.issuer,
    )
    return Made(content, DOCX, ".docx")


def looked_through(
    content: bytes, name: str, guarded: Iterable[Guarded], *, known: frozenset[str] = frozenset()
) -> scan.Result:
    """The whole file looked through; known: digests of pictures somebody has already seen."""
    return scan.check(read(content, name, known=known), guarded)


def known_pictures(template: PaperTemplate | None, dress: layout.Dress) -> frozenset[str]:
    """The pictures of a template, and the square code of the paper itself."""
    if template is None:
        return frozenset()
    own = {sha256(word.qr_png(dress.verify_at)).hexdigest()} if dress.verify_at else set()
    return word.pictures_of(bytes(template.content)) | own


@dataclass(frozen=True)
class Work:
    """All that the file of a paper and what is found in it hang on; two that are equal give the same paper."""

    kind: Kind
    values: dict[str, sources.Value]
    dress: layout.Dress
    template: PaperTemplate | None
    guarded: frozenset[Guarded]
    stem: str


@dataclass(frozen=True, slots=True)
class Done:
    """A file that was made, with its name and what was found in it."""

    content: bytes
    media_type: str
    name: str
    result: scan.Result


@dataclass(frozen=True, slots=True)
class Sent:
    """All that what is found in a file somebody sent hangs on."""

    sha256: str
    name: str
    guarded: frozenset[Guarded]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a register: of which office and year, and how its number is written. number: empty for one written in."""

    unit: Agency
    year: int
    number: int | None
    shown: str


def entry_for(preview: Preview) -> RegisterEntry | None:
    """The line of the register that what is decided has; nothing for what gets its number with its paper."""
    column = NUMBERED.get(preview.kind.number_from)
    return getattr(preview.subject.row, column, None) if column else None


def own_number(preview: Preview) -> str:
    """The number what the paper states has already."""
    own = preview.values.get(preview.kind.number_from, "") if preview.kind.number_from else ""
    return own if isinstance(own, str) else ""


def place_of(entry: RegisterEntry) -> Place:
    unit = Agency.objects.select_related("area").get(pk=entry.scope)
    return Place(unit, entry.year, entry.number, entry.shown)


def papers_at(place: Place, register: str) -> list[OfficialPaper]:
    """Every paper that has this place: one that stands, and those whose number was cancelled."""
    rows = OfficialPaper.objects.everything(reason=REGISTER).filter(
        unit=place.unit, register=register, year=place.year
    )
    if place.number is not None:
        return list(rows.filter(number=place.number))
    return [
        row for row in rows.filter(number=None) if number_key(row.shown_number) == number_key(place.shown)
    ]


def place_ahead(preview: Preview, unit: Agency, *, at: datetime) -> Place:
    """Where the paper will most likely stand, before it has taken the place."""
    entry = entry_for(preview)
    own = own_number(preview)
    if entry is None and own:
        entry = entry_of(preview.kind.register, str(unit.pk), own, at)
    if entry is not None:
        place = place_of(entry)
        if entry.by_hand or not papers_at(place, preview.kind.register):
            return place
    elif own:
        return Place(unit, clock.local(at).year, None, own)
    return Place(unit, clock.local(at).year, *next_of(preview.kind.register, str(unit.pk), at))


def unsaved(
    case: Case,
    kind: Kind,
    place: Place,
    *,
    check_code: str,
    by: User,
    at: datetime,
    goes_to: Iterable[str],
) -> OfficialPaper:
    """A paper at this place of its register, not yet drawn and not yet kept."""
    return OfficialPaper(
        case=case,
        unit=place.unit,
        kind=kind.code,
        register=kind.register,
        year=place.year,
        number=place.number,
        shown_number=place.shown,
        check_code=check_code,
        goes_to=list(goes_to),
        drawn_at=at,
        issued_by=by,
    )


def put_about(paper: OfficialPaper, preview: Preview, form: str) -> None:
    """Say what the paper is about, and on which file it is drawn."""
    paper.about, paper.about_kind = preview.subject.pk, preview.subject.on
    paper.template = preview.template if form == "docx" else None


def work_of(paper: OfficialPaper, preview: Preview, *, by: User, at: datetime) -> Work:
    """What has to be drawn for the paper as it stands."""
    return Work(
        kind=preview.kind,
        values=preview.values,
        dress=dress_of(
            unit=paper.unit,
            by=by,
            at=at,
            reaches_abuser=preview.kind.reaches_abuser,
            marking=kinds.frame().working,
            number=paper.shown_number,
            code=paper.check_code,
            goes_to=preview.kind.goes_to,
        ),
        template=paper.template,
        guarded=preview.guarded,
        stem=f"{preview.kind.code.replace('_', '-')}-{paper.year}-{paper.number or paper.check_code}",
    )


def done(work: Work, *, at: datetime) -> Done:
    """Draw it, and look the whole file through."""
    if work.template is None:
        made = drawn(work.kind, work.values, work.dress, at=at)
    else:
        made = filled(work.kind, work.values, work.template, work.dress, at=at)
    name = f"{work.stem}{made.ending}"
    known = known_pictures(work.template, work.dress)
    return Done(
        made.content, made.media_type, name, looked_through(made.content, name, work.guarded, known=known)
    )


def sent_of(case: Case, given: SealedUpload) -> Sent:
    """What has to be looked through for a file that was sent."""
    return Sent(given.sha256, safe_name(given.name or ""), guarded_of(case, kinds.kind_of(UPLOADED)))


def found_in(sent: Sent, given: SealedUpload) -> scan.Result:
    """Look the whole of it through."""
    given.seek(0)
    return looked_through(given.read(), sent.name, sent.guarded)


# --- what must not leave the office -------------------------------------------------------------------------


def guarded_of(case: Case, kind: Kind) -> frozenset[Guarded]:
    """Every text of the case that a paper of this kind may not say."""
    withheld = (frozenset(codes("paper_secret").codes) - ONLY_ASKED - kind.may_say) | kind.hides
    found = (one for one in _guarded(case) if one.category in withheld and one.text.strip())
    return frozenset(found)


def _guarded(case: Case) -> Iterator[Guarded]:
    parts = prefetch_keys(
        Participant.objects.everything(reason=LOOKS).filter(case=case).select_related("person").order_by("pk")
    )
    ids = [part.person_id for part in parts]
    addresses = prefetch_keys(
        Address.objects.everything(reason=LOOKS).filter(person__in=ids).select_related("area", "person")
    )
    phones = prefetch_keys(Phone.objects.everything(reason=LOOKS).filter(person__in=ids))
    his = {part.person_id for part in parts if part.role == "perpetrator"}
    yield from _of_people(parts, his)
    yield from _of_addresses(case, addresses, his)
    for phone in phones:
        if phone.person_id not in his:
            yield Guarded("phone", phone.number)
    for contact in prefetch_keys(
        SafeContact.objects.everything(reason=LOOKS).filter(person__in=set(ids) - his)
    ):
        yield from _all("safe_contact", contact.number_or_person, contact.code_word, contact.if_other_answers)
    for plan in prefetch_keys(SafetyPlan.objects.everything(reason=LOOKS).filter(case=case)):
        for text in (plan.safe_people, plan.safe_places, plan.code_words):
            yield from (Guarded("plan", part) for part in parts_of(text))
    yield from _of_reports(case)
    yield from _of_shelters(case)
    yield from _of_children(case)


def _of_people(parts: Sequence[Participant], his: set[UUID]) -> Iterator[Guarded]:
    known = {part.person_id: part.person.full_name for part in parts if part.person_id in his}
    for part in parts:
        person: Person = part.person
        yield Guarded("name", person.full_name)
        yield from _all("identity", person.identity_number, _born(person))
        if part.person_id in his:
            continue
        yield from (
            Guarded("other_name", one)
            for one in (person.other_names, *parts_of(person.other_names, shortest=2))
        )
        yield from (Guarded("work_school", one) for one in parts_of(person.workplace))
        if part.role in OF_HELPERS and person.full_name not in known.values():
            yield Guarded("other_person", person.full_name)


def _of_addresses(case: Case, addresses: Sequence[Address], his: set[UUID]) -> Iterator[Guarded]:
    """Where she hides is never said; where she lives is, when he lives there too: he knows it."""
    theirs = [address for address in addresses if address.person_id in his]
    known = {scan.key(text) for address in theirs for text in _place(address)}
    for address in addresses:
        if address.person_id in his:
            continue
        if address.is_protected:
            yield from (Guarded("safe_address", text) for text in _place(address))
            yield from (Guarded("safe_address", part) for part in parts_of(address.who_knows))
            name = _area_name(address.sealed_area)
            if name and name != case.commune.name:
                yield Guarded("safe_address", name)
        elif address.kind != "former":
            yield from (Guarded("address", text) for text in _place(address) if scan.key(text) not in known)


def _place(address: Address) -> list[str]:
    return [text for text in (address.village, *parts_of(address.detail)) if text]


def _area_name(code: str) -> str:
    area = current_area(code) if code else None
    return area.name if area is not None else ""


def _of_reports(case: Case) -> Iterator[Guarded]:
    links = CaseReport.objects.everything(reason=LOOKS).filter(case=case).select_related("report")
    reports = prefetch_keys([link.report for link in links])
    for report in reports:
        if report.reporter_kind != "victim":
            yield from _all("reporter", report.reporter_name, report.reporter_phone)
    people = ReportPerson.objects.everything(reason=LOOKS).filter(
        report__in=[report.pk for report in reports]
    )
    for person in prefetch_keys(people):
        if person.role != "perpetrator":
            yield Guarded("phone", person.phone)


def _of_shelters(case: Case) -> Iterator[Guarded]:
    """The names of shelters that were asked: where she may be now."""
    rows = Referral.objects.everything(reason=LOOKS).filter(case=case).select_related("recipient")
    for row in rows:
        if sources.hides_who(row.service):
            yield from _all("safe_address", row.recipient.name, row.recipient.phone)


def _of_children(case: Case) -> Iterator[Guarded]:
    """Where a child who is kept apart stays, and with whom."""
    rows = ChildSeparation.objects.everything(reason=LOOKS).filter(case=case)
    for row in prefetch_keys(rows):
        yield from (Guarded("safe_address", text) for text in parts_of(row.place))
        yield from (Guarded("safe_address", text) for text in parts_of(row.carer))


def _all(category: str, *texts: str) -> Iterator[Guarded]:
    yield from (Guarded(category, text) for text in texts if text)


def _born(person: Person) -> str:
    return PartialDate.from_iso(person.birth_date).display() if len(person.birth_date) > 4 else ""


# --- papers that have a number ------------------------------------------------------------------------------


def papers_of(user: User, case: Case) -> list[OfficialPaper]:
    """Every paper of the opened case that got a number, the latest first."""
    rows = OfficialPaper.objects.visible_to(user).filter(case=case)
    return prefetch_keys(
        rows.select_related("unit", "issued_by", "template").order_by("-drawn_at", "-created_at")
    )


def unit_for(user: User, case: Case, *, at: datetime) -> Agency:
    """The office that issues a paper of the case when the viewer does."""
    seat = seat_for(user, case, "paper.issue", at=at)
    return Agency.objects.select_related("area").get(pk=seat.agency_id)


def template_for(kind: str, province_id: int) -> PaperTemplate | None:
    """The newest template of the province for a paper, None while the working layout stands."""
    rows = PaperTemplate.objects.filter(kind=kind, province_id=province_id, withdrawn_at=None)
    return rows.order_by("-number").first()


def open_content(user: User, paper_id: UUID, *, at: datetime) -> OfficialPaper:
    """A paper whose file may be sent to the viewer: a blocked one only to whoever may let it go. Denied, FileRemoved."""
    row = open_record(user, OfficialPaper, paper_id, verb="paper.open", fields=("file_name",))
    if row.state == OfficialPaper.BLOCKED:
        row = open_record(user, OfficialPaper, paper_id, verb="paper.release", fields=("file_name",))
    if row.removed_at is not None:
        raise FileRemoved
    return row


# --- papers that are only printed ---------------------------------------------------------------------------


def report_sheet(row: Report, *, by: User, at: datetime) -> Made:
    """The intake sheet of an opened report."""
    kind = kinds.kind_of("report_sheet")
    unit = Agency.objects.select_related("area").get(pk=row.agency_id)
    dress = dress_of(unit=unit, by=by, at=at, reaches_abuser=False, marking=kinds.frame().working)
    return drawn(kind, sources.values_of(kind, row, at=at), dress, at=at)


def chosen_duty(user: User, asked: Mapping[str, str], *, at: datetime) -> tuple[Agency, date]:
    """The unit and the month of a duty sheet, by what the address asks; the viewer's own and this month when empty."""
    units = list(duty_units_of(user, at).select_related("area").order_by("name"))
    own = [seat.agency_id for seat in principal(user, at).seats]
    units.sort(key=lambda unit: unit.pk not in own)
    wanted = asked.get("unit", "")
    unit = next((one for one in units if not wanted or str(one.pk) == wanted), None)
    if unit is None:
        raise NotVisible
    try:
        month = (
            date.fromisoformat(f"{asked['month']}-01")
            if asked.get("month")
            else clock.local_date(at).replace(day=1)
        )
    except ValueError:
        raise NotVisible from None
    return unit, month


def duty_paper(unit: Agency, month: date, *, by: User, at: datetime) -> pdf.Paper:
    """Every day of the month with who answers from when to when; names of staff, nothing of any case."""
    first = datetime.combine(month, time(), clock.VIETNAM)
    after = datetime.combine((month + timedelta(days=32)).replace(day=1), time(), clock.VIETNAM)
    shifts = list(
        DutyShift.objects.filter(agency=unit, starts_at__lt=after, ends_at__gt=first)
        .select_related("user")
        .order_by("starts_at")
    )
    with translation.override(sources.LANGUAGE):
        return pdf.Paper(
            title=_("Duty roster").upper(),
            subtitle=_("Month %(month)s") % {"month": f"{month:%m/%Y}"},
            issuer=(sources.issuer_of(unit.name),),
            motto=kinds.frame().motto,
            place_and_date=sources.place_and_date(unit.area, at),
            marking=kinds.frame().working,
            parts=(
                pdf.Table(
                    (_("Date"), _("On duty"), _("From, to")),
                    tuple(_duty_rows(shifts, first, after)),
                    (2, 5, 5),
                ),
            ),
            signatures=(pdf.Signature(_("Head of the office").upper()),),
            foot=pdf.printed_by(by.full_name, at=at),
            author=unit.name,
        )


def _duty_rows(shifts: Sequence[DutyShift], first: datetime, after: datetime) -> Iterator[tuple[str, ...]]:
    day = first
    while day < after:
        night = day + timedelta(days=1)
        here = [shift for shift in shifts if shift.starts_at < night and shift.ends_at > day]
        yield (
            display_date(day),
            "\n".join(shift.user.full_name for shift in here),
            "\n".join(
                f"{display_datetime(shift.starts_at)} – {display_datetime(shift.ends_at)}" for shift in here
            ),
        )
        day = night


# --- templates ----------------------------------------------------------------------------------------------


def provinces_of(user: User, verb: str, *, at: datetime) -> list[Area]:
    """The provinces for which the viewer keeps templates: those of their offices."""
    codes_ = {seat.province_code for seat in principal(user, at).holding(verb, "role")}
    return list(
        Area.objects.filter(code__in=codes_, parent__isnull=True, valid_to__isnull=True).order_by("code")
    )


def templates_of(user: User, verb: str, *, at: datetime) -> list[PaperTemplate]:
    """Every version of the viewer's provinces, the newest first; without their content."""
    rows = PaperTemplate.objects.filter(province__in=provinces_of(user, verb, at=at)).defer("content")
    return list(rows.select_related("published_by", "withdrawn_by", "province").order_by("kind", "-number"))


def template_of(user: User, template_id: UUID, *, at: datetime) -> PaperTemplate:
    """One version of the viewer's province; NotVisible for any other."""
    row = (
        PaperTemplate.objects.filter(pk=template_id, province__in=provinces_of(user, "template.view", at=at))
        .select_related("province")
        .first()
    )
    if row is None:
        refuse(user, "template.view", object_type="papertemplate", object_id=template_id)
        refusal = NotVisible()
        # Already written: whoever shows this refusal must not write it again.
        refusal.verb = "template.view"  # type: ignore[attr-defined]
        raise refusal
    return row


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """One paper with the versions that were put up for it; `holds` is the one that is used now."""

    kind: Kind
    holds: PaperTemplate | None
    versions: tuple[PaperTemplate, ...]


def template_lines(user: User, verb: str, *, at: datetime) -> list[TemplateLine]:
    """Every paper that can have a template, with the versions there are."""
    found = templates_of(user, verb, at=at)
    return [
        _template_line(kind, [row for row in found if row.kind == kind.code])
        for kind in kinds.kinds().values()
        if kind.blocks and kind.is_issued
    ]


def _template_line(kind: Kind, versions: list[PaperTemplate]) -> TemplateLine:
    holds = next((row for row in versions if row.withdrawn_at is None), None)
    return TemplateLine(kind, holds, tuple(versions))


@dataclass(frozen=True, slots=True)
class Nameable:
    """One value a template may name, in the words of the paper."""

    name: str
    label: Words
    must: bool
    is_list: bool


def nameable(kind: Kind) -> list[Nameable]:
    """What a template of this paper may name; what it has to comes first."""
    names = names_for(kind)
    signed = {sign.name: Words("Người ký", "Who signs") for sign in kind.signs}
    labels = {**STANDARD_LABELS, **signed, **{field.name: field.full for field in kind.fields}}
    found = [
        Nameable(name, labels.get(name, Words()), name in names.must, name in names.lists)
        for name in names.all
    ]
    return sorted(found, key=lambda one: (not one.must, one.name))


def kind_for_template(code: str) -> Kind:
    """A paper that can have a template; NotVisible for any other code."""
    kind = kinds.kinds().get(code)
    if kind is None or not kind.blocks or not kind.is_issued:
        raise NotVisible
    return kind


STANDARD_LABELS: Final = {
    "number": Words("Số của giấy", "Number of the paper"),
    "issuer": Words("Cơ quan ban hành", "Issuing office"),
    "place_and_date": Words("Địa danh, ngày tháng năm", "Place and date"),
    "foot": Words("Người in và giờ in", "Who printed it and when"),
    "check_code": Words("Mã kiểm tra", "Check code"),
    "verify_at": Words("Địa chỉ kiểm tra", "Address where it is checked"),
    "qr": Words("Mã QR", "Square code"),
}


def names_for(kind: Kind) -> word.Names:
    """What a template of this paper may and must name."""
    hints = get_type_hints(sources.SOURCES[kind.source].facts)
    said = kind.names - ({kind.number_from} - {field.name for field in kind.fields})
    lists = frozenset(name for name in said if hints[name] is not str)
    single = (said - lists) | (set(kinds.STANDARD) - {word.QR})
    must = {field.name for field in kind.fields if field.must} | set(kinds.ALWAYS)
    return word.Names(frozenset(single), lists, frozenset(must))


def said_of(faults: Iterable[word.Fault]) -> str:
    """What stands against a template, in words that name what is meant."""
    sentences = {
        "too_large": _("The file is longer than 1 MB."),
        "damaged": _("The file is damaged, or a {{ or {% in it is not closed."),
        "holds_object": _("It holds something that is not text (a program, another file): %(names)s."),
        "outside_link": _("It leads to something outside of the file: %(names)s."),
        "word_field": _("It holds a field of Word that fetches or computes something: %(names)s."),
        "tag_elsewhere": _("A {{ name }} stands where nothing is filled in: %(names)s."),
        "computes": _("It may only name values and repeat a part for each of a list: %(names)s."),
        "unknown": _("This paper has no such value: %(names)s."),
        "missing": _("It does not name what this paper has to say: %(names)s."),
        "not_a_list": _("Only a list can be repeated: %(names)s."),
    }
    # No markup sign of a template may look like one of a translation, so the names are put in at the end.
    return " ".join(sentences[one.code].replace("%(names)s", ", ".join(one.names)) for one in faults)


def said_missing(names: str) -> str:
    """That a paper cannot be issued yet, and why."""
    return _("Not recorded yet, and this paper has to say it: %(names)s.") % {"names": names}


# --- registers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a register. Of a case the viewer may not read it tells the number and the day, and no more.

    number: empty for one that was written in; state: empty while no paper was made of what was decided.
    """

    number: int | None
    shown_number: str
    drawn_at: datetime
    state: str
    kind: str
    goes_to: tuple[str, ...]
    paper_id: UUID | None


def units_of(user: User, *, at: datetime) -> list[Agency]:
    """The offices whose registers the viewer may read: their own, and those of the area they answer for."""
    theirs = Q(pk__in=[])
    for seat in principal(user, at).holding("paper.register", "role"):
        theirs |= Q(pk=seat.agency_id)
        if seat.role in SCOPED_READERS:
            theirs |= Q(area_id=seat.area_id)
            if seat.area_is_province:
                theirs |= Q(area__parent_id=seat.area_id)
    with_papers = list(RegisterEntry.objects.values_list("scope", flat=True).distinct())
    own = [seat.agency_id for seat in principal(user, at).seats]
    return list(Agency.objects.filter(theirs).filter(Q(pk__in=with_papers) | Q(pk__in=own)).order_by("name"))


REGISTERS: Final = codes("paper_register").codes
# Its numbers are given to returns, which are no papers of a case.
RETURNS: Final = "returns"
NO_FILTER = gettext_lazy("There is no such filter.")
SCOPED_READERS: Final = frozenset({"commune_chair", "commune_supervisor", "province_supervisor"})
REGISTER: Final = "a register has every number; what a case is about stays with those who may read it"


def years_of(unit: Agency, *, at: datetime) -> list[int]:
    """The years with papers of the unit, and this one; the latest first."""
    rows = RegisterEntry.objects.filter(scope=str(unit.pk))
    return sorted({clock.local(at).year, *rows.values_list("year", flat=True)}, reverse=True)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which register is shown, and what else could be."""

    unit: Agency
    register: str
    year: int
    units: tuple[Agency, ...]
    years: tuple[int, ...]

    @property
    def asked(self) -> dict[str, str]:
        """As an address says it."""
        return {"unit": str(self.unit.pk), "register": self.register, "year": str(self.year)}

    @property
    def registers(self) -> list[tuple[str, Any]]:
        return codes("paper_register").choices()

    @property
    def title(self) -> str:
        return codes("paper_register").label(self.register)


def chosen_register(user: User, asked: Mapping[str, str], *, at: datetime) -> Chosen:
    """The register an address asks for: the viewer's own unit, this year and the letters when it says nothing.

    NotVisible for one that is not the viewer's.
    """
    units = units_of(user, at=at)
    own = [seat.agency_id for seat in principal(user, at).seats]
    units.sort(key=lambda unit: unit.pk not in own)
    wanted = asked.get("unit", "")
    unit = next((one for one in units if not wanted or str(one.pk) == wanted.lower()), None)
    register = asked.get("register", "") or REGISTERS[0]
    if unit is None or register not in REGISTERS:
        raise NotVisible
    years = years_of(unit, at=at)
    year = asked.get("year", "") or str(clock.local(at).year)
    if year not in {str(one) for one in years}:
        raise NotVisible
    return Chosen(unit, register, int(year), tuple(units), tuple(years))


def book_of(chosen: Chosen, entries: Sequence[Entry]) -> books.Book:
    """The register in words."""
    return books.Book(
        unit=chosen.unit.name,
        register=chosen.title,
        year=chosen.year,
        lines=[
            books.Line(
                number=str(entry.number or ""),
                shown_number=entry.shown_number,
                day=display_datetime(entry.drawn_at),
                kind=_kind_in_register(entry, chosen.register),
                goes_to="; ".join(codes("paper_reader").label(code) for code in entry.goes_to),
                state=codes("paper_state").label(entry.state) if entry.state else "",
            )
            for entry in entries
        ],
    )


def _kind_in_register(entry: Entry, register: str) -> str:
    if register == RETURNS:
        return _("Return of figures")
    if not entry.state:
        return _("Signed; no paper was made here yet")
    return str(kinds.kind_of(entry.kind).label) if entry.kind else _("Of a case you do not work on")


def register_content(chosen: Chosen, entries: Sequence[Entry], *, form: str, by: User, at: datetime) -> bytes:
    """The register to print or as a workbook, with who made it and when."""
    with translation.override(sources.LANGUAGE):
        book, foot = book_of(chosen, entries), pdf.printed_by(by.full_name, at=at)
        if form == "xlsx":
            return books.workbook(book, foot=foot)
        return pdf.draw(books.printed(book, motto=kinds.frame().motto, foot=foot), at=at)


def register_of(user: User, unit: Agency, register: str, year: int, *, at: datetime) -> list[Entry]:
    """One register of one unit and year, by number; what was written in without one of its own stands last.

    A number that was given and has no paper yet has its line too.
    """
    lines = RegisterEntry.objects.filter(register=register, scope=str(unit.pk), year=year)
    papers = OfficialPaper.objects.everything(reason=REGISTER).filter(unit=unit, register=register, year=year)
    by_place: dict[object, list[OfficialPaper]] = {}
    for row in papers.order_by("drawn_at", "created_at"):
        by_place.setdefault(row.number or number_key(row.shown_number), []).append(row)
    seen = set(papers.visible_to(user, at=at).values_list("pk", flat=True))
    found: list[Entry] = []
    for line in lines.order_by(F("number").asc(nulls_last=True), "taken_at"):
        rows = by_place.get(line.number or line.key, [])
        found += [_entry(line, row, is_seen=row.pk in seen) for row in rows] or [_entry(line, None)]
    return found


def _entry(line: RegisterEntry, row: OfficialPaper | None, *, is_seen: bool = False) -> Entry:
    return Entry(
        number=line.number,
        shown_number=line.shown,
        drawn_at=row.drawn_at if row is not None else line.taken_at,
        state=row.state if row is not None else "",
        kind=row.kind if row is not None and is_seen else "",
        goes_to=tuple(row.goes_to) if row is not None and is_seen else (),
        paper_id=row.pk if row is not None and is_seen else None,
    )


# --- checking a paper without seeing the case ---------------------------------------------------------------


def check_address(code: str) -> str:
    """Where the square code of a paper leads: a page that asks for its number and answers yes or no."""
    return f"{settings.PUBLIC_URL}{reverse('check-paper')}?{urlencode({'check_code': code})}"


@dataclass(frozen=True, slots=True)
class Genuine:
    """What anybody who holds a genuine paper is told of it."""

    number: str
    unit: str
    issued_on: datetime


def genuine(number: str, code: str) -> Genuine | None:
    """The paper of this number and code, when it was issued and stands; one answer for everything else.

    One probe by the code whether there is one or not, and a comparison that takes as long either way.
    """
    row = (
        OfficialPaper.objects.everything(reason="a paper is checked by whoever holds it")
        .filter(check_code=normal_public_code(code)[:9])
        .select_related("unit")
        .first()
    )
    stored = number_key(row.shown_number if row is not None else "-")
    fits = constant_time_compare(stored, number_key(number))
    if row is None or not fits or row.state != OfficialPaper.ISSUED or row.issued_at is None:
        return None
    return Genuine(row.shown_number, row.unit.name, row.issued_at)


class TooManyChecks(Refused):
    """Checking is limited: a code is not to be found by trying (429)."""

    status = 429

    def __init__(self) -> None:
        super().__init__("too_many_checks", _("Too many tries. Wait a little and try again."))
