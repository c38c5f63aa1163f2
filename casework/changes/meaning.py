"""What a stored value means to a person: which code list it is of, what no page of changes tells. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from casework.base.sheets import Sheet
from casework.cases import sheet as cases
from casework.incidents import sheet as incidents
from casework.people import sheet as people
from casework.plans import sheet as plans
from casework.protection import sheet as protection
from casework.referrals import sheet as referrals
from casework.risk import sheet as risk

# Answers that verbs put into a record other than the one their form is made for.
ALSO: Final[Mapping[str, tuple[Sheet, ...]]] = {
    "referral": (referrals.REFER, referrals.REFER_TO_SHELTER),
    "riskassessment": (risk.ASSESSMENT,),
    "transfer": (cases.TRANSFER,),
}

# Coded columns that verbs fill and no paper asks for.
FILLED: Final[Mapping[tuple[str, str], str]] = {
    ("report", "chair_told_by"): "notify_means",
    ("report", "happened_precision"): "time_precision",
    ("report", "priority"): "report_priority",
    ("report", "triage_result"): "triage_result",
    ("person", "disability_kind"): "disability_kind",
    ("case", "state"): "case_state",
    ("case", "level"): "risk_level",
    ("participant", "age_band"): "age_band",
    ("caselink", "kind"): "case_link_kind",
    ("closing", "state"): "closing_state",
    ("deadline", "kind"): "deadline_kind",
    ("deadline", "state"): "deadline_state",
    ("officedeadline", "kind"): "deadline_kind",
    ("officedeadline", "state"): "deadline_state",
    ("reportdeadline", "kind"): "deadline_kind",
    ("reportdeadline", "state"): "deadline_state",
    ("disposal", "state"): "disposal_state",
    ("disposal", "retention_class"): "retention_class",
    ("reportdisposal", "ground"): "disposal_ground",
    ("reportdisposal", "state"): "disposal_state",
    ("reportdisposal", "retention_class"): "retention_class",
    ("reporthold", "ground"): "legal_hold_reason",
    ("incident", "happened_precision"): "time_precision",
    ("accessrequest", "state"): "access_state",
    ("measure", "state"): "measure_state",
    ("childprocedure", "state"): "child_procedure_state",
    ("childplan", "state"): "child_plan_state",
    ("referral", "state"): "referral_state",
    ("referral", "service"): "service_kind",
    ("release", "state"): "release_state",
    ("consignment", "state"): "consignment_state",
    ("totalquestion", "state"): "noisy_total_state",
    ("totalquestion", "counted"): "noisy_total_counted",
    ("totalquestion", "epsilon"): "privacy_loss",
    ("totalquestion", "purpose"): "noisy_total_purpose",
    ("totalquestion", "refusal"): "noisy_total_refusal",
    ("officialreturn", "form"): "return_form",
    ("officialreturn", "window"): "return_window",
    ("officialreturn", "state"): "return_state",
    ("officialpaper", "register"): "paper_register",
    ("officialpaper", "state"): "paper_state",
    ("officialpaper", "origin"): "paper_origin",
    ("officialpaper", "goes_to"): "paper_reader",
    ("riskassessment", "computed_level"): "risk_level",
    ("riskassessment", "possible_level"): "risk_level",
    ("riskassessment", "final_level"): "risk_level",
    ("riskassessment", "asked_level"): "risk_level",
    ("riskassessment", "override"): "risk_override",
    ("riskassessment", "imminent"): "yes_no",
}

# Columns that mean something to the program only, or that another page tells better.
UNTOLD: Final = frozenset(
    {
        ("attachment", "media_type"),
        ("attachment", "sha256"),
        ("attachment", "about"),
        ("case", "province"),
        ("case", "next_due_kind"),
        ("deadline", "role"),
        ("officedeadline", "role"),
        ("reportdeadline", "role"),
        ("officialpaper", "kind"),
        ("officialpaper", "about"),
        ("officialpaper", "media_type"),
        ("officialpaper", "sha256"),
        ("riskassessment", "instrument"),
        ("riskassessment", "instrument_version"),
        ("riskassessment", "reasons"),
    }
)
# Filled-in forms: how many answers there are is told, each answer stands on the page of the record.
COUNTED: Final = frozenset({("riskassessment", "answers"), ("officialpaper", "findings")})
# Kept as the text of a partial date: 1987, 1987-03.
PARTIAL: Final = frozenset({("person", "birth_date")})


@dataclass(frozen=True, slots=True)
class Edit:
    """The form in which an earlier value can be taken up again: its route, the verb, the questions it may fill.

    through: the names of what the address holds, in order.
    """

    route: str
    verb: str
    questions: tuple[str, ...]
    through: tuple[str, ...] = ("case", "row")


def _all_but(sheet: Sheet, *names: str) -> tuple[str, ...]:
    return tuple(name for name in sheet.names() if name not in names)


def _correction(route: str, verb: str, sheet: Sheet) -> Edit:
    """Every question but why: another correction had another reason."""
    return Edit(route, verb, _all_but(sheet, "corrected_why"), ("row",))


# What was agreed about safe contact is never taken up again without asking her, so it is not here.
EDITS: Final[Mapping[str, Edit]] = {
    "case": Edit("case-edit", "case.edit", cases.CASE_DETAILS.names(), ("case",)),
    "person": Edit("person-edit", "person.edit", people.PERSON.names()),
    "participant": Edit("participant-edit", "person.edit", cases.PARTICIPANT.names()),
    "phone": Edit("phone-edit", "person.edit", _all_but(people.PHONE, "number")),
    "address": Edit("address-edit", "person.edit", people.ADDRESS.names()),
    # Said from the side of one of the two: which, the earlier version does not tell.
    "kinship": Edit("kinship-edit", "person.edit", _all_but(people.KINSHIP, "other", "relation")),
    "incident": Edit("correct-incident", "incident.correct", incidents.INCIDENT.names(), ("row",)),
    "meeting": _correction("correct-meeting", "meeting.correct", protection.MEETING),
    "supportsession": _correction("correct-session", "session.correct", protection.SESSION_CORRECTION),
    "outcome": _correction("correct-outcome", "outcome.correct", protection.OUTCOME_CORRECTION),
    "safetyplan": Edit("write-safety-plan", "plan.write_safety", plans.SAFETY_PLAN.names(), ("case",)),
}


def code_list(kind: str, name: str, sheets: Iterable[Sheet]) -> str:
    """The name of the code list a column holds codes of; empty for one that holds none. sheets: those of its kind."""
    asked = (sheet.item(name).codes or "" for sheet in (*sheets, *ALSO.get(kind, ())) if name in sheet)
    return FILLED.get((kind, name)) or next((codes for codes in asked if codes), "")
