"""What is known of the danger in a case: signed assessments in their own wording, and what a new one rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from casework.base.codes import codes
from casework.cases.models import Case, Participant
from casework.cases.queries import CHILDREN
from casework.deadlines.clocks import policy_of
from casework.encryption.keyring import prefetch_keys
from casework.organisations.models import User
from casework.risk import instruments, scoring
from casework.risk.models import RiskAssessment, RiskEvent
from casework.risk.vocabulary import Answer, Band, Instrument, Words

BASELINE: Final = "vn-ipv-baseline"
WITHDRAWN: Final = "complaint_withdrawn"
CHILD_FORMS: Final = ("vn-child-02", "vn-child-06")
# The flag of a child form by which a row «Cao» reaches the level of the case.
CHILD_HIGH: Final = "child_row_high"


# --- what a new assessment rests on ---


@dataclass(frozen=True, slots=True)
class Ground:
    """What the file already says when an assessment is made.

    facts: what is known to be true or false of the questions that depend on it; child_row_high: the newest form
    of one of the children has a row «Cao»; is_first: nobody has assessed the case before; province: whose periods
    hold.
    """

    facts: Mapping[str, bool]
    child_row_high: bool
    is_first: bool
    province: int


def ground_of(case: Case) -> Ground:
    """Three queries; the caller has opened the case or holds the right to assess it."""
    earlier = RiskAssessment.objects.everything(reason="what a new assessment of the case rests on").filter(
        case=case
    )
    forms = prefetch_keys(earlier.filter(instrument__in=CHILD_FORMS).order_by("signed_at", "created_at"))
    newest = {form.child_id: form for form in forms}
    return Ground(
        facts=_facts(case),
        child_row_high=any(CHILD_HIGH in _read_again(form).flags for form in newest.values()),
        is_first=not earlier.filter(instrument=BASELINE).exists(),
        province=case.province_id,
    )


def _facts(case: Case) -> dict[str, bool]:
    """Only what is known to be false takes a question away: a file without children may just not name them."""
    victim = (
        Participant.objects.everything(reason="which questions can be asked of this person")
        .filter(case=case, role="victim", is_main=True)
        .values_list("person__sex", flat=True)
        .first()
    )
    return {"may_have_been_pregnant": False} if victim == "male" else {}


def children_of(case: Case) -> list[Participant]:
    """The children of an opened case, in the order they were added."""
    rows = Participant.objects.everything(reason="the case was opened").filter(CHILDREN, case=case)
    return prefetch_keys(rows.select_related("person").order_by("created_at"))


@dataclass(frozen=True, slots=True)
class ChildLine:
    """One child of the case with the newest form about them, if there is one; `name` may be empty."""

    name: str
    latest: "Shown | None"
    person_id: UUID | None = None


def child_lines(case: Case, history: Sequence["Shown"]) -> list[ChildLine]:
    """Every child of an opened case, and forms signed before a child was written into the file."""
    newest: dict[UUID | None, Shown] = {}
    for one in history:
        if one.row.instrument in CHILD_FORMS:
            newest.setdefault(one.row.child_id, one)
    lines = [
        ChildLine(part.person.full_name, newest.get(part.pk), part.person_id) for part in children_of(case)
    ]
    return [*lines, ChildLine("", newest[None])] if None in newest else lines


@dataclass(frozen=True, slots=True)
class Preview:
    """What signing now would do: the reading of the answers, and the levels a person may choose, lowest first."""

    version: Instrument
    result: scoring.Result
    times: scoring.Clocks
    levels: tuple[Band, ...]


def preview(
    version: Instrument,
    ground: Ground,
    answers: Mapping[str, Answer],
    *,
    imminent: bool,
    fear: int | None,
    at: datetime,
) -> Preview:
    """Read partial or whole answers without storing anything; InvalidInput for impossible ones."""
    result = scoring.assess(
        version,
        answers,
        imminent=imminent,
        fear=fear,
        child_row_high=ground.child_row_high,
        facts=ground.facts,
    )
    lowest = version.rank(result.lowest_final)
    return Preview(
        version=version,
        result=result,
        times=scoring.clocks(
            result.level, result, policy_of(ground.province, at=at), at=at, is_first=ground.is_first
        ),
        levels=tuple(band for band in version.bands if version.rank(band.code) >= lowest),
    )


# --- what was signed ---


@dataclass(frozen=True, slots=True)
class Shown:
    """A signed assessment in the wording of its own version."""

    row: RiskAssessment
    version: Instrument
    rules: tuple[Words, ...]
    factors: tuple["Said", ...]
    unknown: tuple["Said", ...]
    not_asked: tuple["Said", ...]
    undated: tuple["Said", ...]
    flags: tuple[Words, ...]

    @property
    def is_uncertain(self) -> bool:
        """Whether what was unknown could have lifted the level."""
        return self.row.computed_level != self.row.possible_level

    @property
    def is_as_printed(self) -> bool:
        """Whether the wording shown is the wording that was used, by its fingerprint."""
        return self.row.instrument_sha256 == self.version.content_hash

    @property
    def band(self) -> Band:
        """The level that stands."""
        return self.version.band(self.row.final_level)

    @property
    def highest(self) -> Band:
        """The level as it may still turn out; the one that stands where a person raised it that far."""
        rank = max(self.version.rank(self.row.final_level), self.version.rank(self.row.possible_level))
        return self.version.bands[rank]

    @property
    def answers(self) -> list[tuple[Words, list["Said"]]]:
        """Section by section: every question with what was answered, from whom, and when it happened."""
        given = scoring.answers_from_json(self.row.answers)
        return [
            (section.title, [said(self.version, item.key, given) for item in section.items])
            for section in self.version.sections
        ]


@dataclass(frozen=True, slots=True)
class Said:
    """A question and what was answered, in words; empty texts where nothing was said."""

    text: Words
    value: str = ""
    when: str = ""
    source: str = ""

    @property
    def answer(self) -> str:
        """Value and time in one line, as «Yes, in the last month»."""
        return ", ".join(part for part in (self.value, self.when[:1].lower() + self.when[1:]) if part)


def said(version: Instrument, key: str, answers: Mapping[str, Answer]) -> Said:
    """One question with its answer in words; LookupError for a question the version does not have."""
    item = version.item(key)
    answer = answers.get(key, Answer(""))
    if not answer.value:
        return Said(item.text)
    grades = {option.code: str(option.text) for option in item.options}
    return Said(
        item.text,
        grades.get(answer.value) or codes("yes_no_na").label(answer.value),
        codes("answer_window").label(answer.window),
        codes("answer_source").label(answer.source),
    )


def assessments_of(user: User, case: Case) -> list[RiskAssessment]:
    """Every assessment of the case the viewer may see, newest first."""
    rows = RiskAssessment.objects.visible_to(user).filter(case=case)
    return prefetch_keys(
        rows.select_related("signed_by", "confirmed_by", "child__person").order_by(
            "-signed_at", "-created_at"
        )
    )


def shown(row: RiskAssessment, facts: Mapping[str, bool]) -> Shown:
    """Put a signed assessment into words; LookupError when its version is no longer shipped."""
    version = instruments.instrument(row.instrument, row.instrument_version)
    again = _read_again(row, facts)
    given = scoring.answers_from_json(row.answers)
    rules = {rule.key for rule in (*version.rules, *version.floors)} | {step.key for step in version.raises}
    return Shown(
        row=row,
        version=version,
        rules=tuple(version.words(key) for key in row.reasons if key in rules),
        factors=tuple(said(version, key, given) for key in row.reasons if key not in rules),
        unknown=tuple(said(version, key, given) for key in again.unknown if key in given),
        not_asked=tuple(said(version, key, given) for key in again.unknown if key not in given),
        undated=tuple(said(version, key, given) for key in again.undated),
        flags=tuple(version.words(key) for key in again.flags),
    )


def _read_again(row: RiskAssessment, facts: Mapping[str, bool] | None = None) -> scoring.Result:
    version = instruments.instrument(row.instrument, row.instrument_version)
    return scoring.assess(
        version,
        scoring.answers_from_json(row.answers),
        imminent=row.imminent == "yes",
        fear=row.fear,
        facts=facts,
    )


def last_answers(
    rows: Sequence[RiskAssessment], version: Instrument, *, child: UUID | None = None
) -> tuple[RiskAssessment | None, dict[str, Answer]]:
    """The newest assessment with the same instrument, and what was answered to questions that still stand.

    child: the person a child form is about; what was said of one child says nothing of another.
    """
    same = (row for row in rows if row.instrument == version.code)
    if version.code in CHILD_FORMS:
        same = (row for row in same if row.child is not None and row.child.person_id == child)
    last = next(same, None)
    if last is None:
        return None, {}
    keys = {item.key for item in version.items}
    given = scoring.answers_from_json(last.answers)
    return last, {key: answer for key, answer in given.items() if key in keys}


def events_of(user: User, case: Case) -> list[RiskEvent]:
    """What changed the danger of the case between its assessments, newest first, as far as the viewer may see it."""
    return prefetch_keys(RiskEvent.objects.visible_to(user).filter(case=case).order_by("-at"))


def withdrawn_at(case: Case) -> datetime | None:
    """When a complaint was last withdrawn; None when none was."""
    found: datetime | None = (
        RiskEvent.objects.everything(reason="the case was opened")
        .filter(case=case, kind=WITHDRAWN)
        .order_by("-at")
        .values_list("at", flat=True)
        .first()
    )
    return found


def lowerings_asked(user: User, *, at: datetime | None = None) -> list[RiskAssessment]:
    """Assessments whose assessor asks for a lower level and whom this viewer may answer, the oldest first."""
    rows = RiskAssessment.objects.visible_to(user, "risk.confirm_lowering", at=at).filter(
        override=RiskAssessment.LOWERING_ASKED
    )
    return list(rows.exclude(signed_by_id=user.pk).select_related("case__commune").order_by("signed_at"))
