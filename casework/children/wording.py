"""A procedure in words: one headed part for each step of the decree, with what was written in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from casework.base.codes import codes
from casework.base.dates import display_date, display_datetime
from casework.children.models import ChildAssessment, ChildPlan, ChildProcedure, ChildSeparation
from casework.children.queries import Shown

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Row = dict[str, "StrOrPromise"]


@dataclass(frozen=True, slots=True)
class Part:
    """One step: its title, its rows, whether anything was written yet, and the separation it is about."""

    code: str
    title: str
    rows: Sequence[Row] = ()
    missing: str = ""
    separation: ChildSeparation | None = field(default=None)
    tone: str = ""


def parts(one: Shown) -> list[Part]:
    """Every step in the order of the decree; the newest first where a step was done more than once."""
    row = one.procedure
    found = [
        Part("information", _("Information received"), _information(row)),
        Part(
            "first",
            _("First assessment (form 02)"),
            _first(one),
            missing=_("Form 02 has not been filled in for this child yet."),
        ),
        Part(
            "decision",
            _("Decision within 12 hours"),
            _decision(one),
            missing=_("The chair has not decided yet."),
            tone="" if row.decided_at else "danger",
        ),
    ]
    found += [
        Part(
            "separation",
            _("Temporary separation (form 07)"),
            _separation(apart),
            separation=apart,
            tone="" if apart.ended_at else "warning",
        )
        for apart in one.separations
    ]
    found += [
        Part("assessment", _("Specific assessment (form 03)"), _assessment(each)) for each in one.assessments
    ] or [
        Part("assessment", _("Specific assessment (form 03)"), missing=_("Form 03 has not been written yet."))
    ]
    found += [
        Part("plan", _("Support and intervention plan (forms 04, 05)"), _plan(plan)) for plan in one.plans
    ] or [Part("plan", _("Support and intervention plan (forms 04, 05)"), missing=_("There is no plan yet."))]
    reviewed = [plan for plan in one.plans if plan.reviewed_at]
    found += [Part("review", _("Review after the plan (form 06)"), _review(plan)) for plan in reviewed]
    return found


def _information(row: ChildProcedure) -> list[Row]:
    return [
        {
            "label": _("Received"),
            "value": display_datetime(row.received_at),
            "note": codes("child_source").label(row.source),
        },
        {"label": _("What is known of the child"), "value": row.information},
    ]


def _first(one: Shown) -> list[Row]:
    form = one.first_form
    if form is None:
        return []
    return [
        {
            "label": _("Signed"),
            "value": display_datetime(form.signed_at),
            "note": form.signed_by.full_name,
        },
        {"label": _("Level of danger to the child"), "value": codes("risk_level").label(form.final_level)},
    ]


def _decision(one: Shown) -> list[Row]:
    row = one.procedure
    if row.decided_at is None:
        return []
    late = one.late
    minutes = int(late.total_seconds() // 60) if late else 0
    return [
        {
            "label": _("Decision"),
            "value": codes("child_decision").label(row.decision),
            "note": "; ".join(codes("child_danger").label(code) for code in row.dangers),
        },
        {
            "label": _("Decided"),
            "value": display_datetime(row.decided_at),
            "note": ", ".join(
                part
                for part in (
                    row.decided_by.full_name if row.decided_by else "",
                    _("%(minutes)s minutes late") % {"minutes": minutes} if minutes else "",
                    _("No. %(number)s") % {"number": row.number} if row.number else "",
                )
                if part
            ),
        },
        {"label": _("Reasons given"), "value": row.reasons},
        *([{"label": _("What is done at once"), "value": row.steps}] if row.steps else ()),
    ]


def _separation(row: ChildSeparation) -> list[Row]:
    term = _("from %(start)s to %(end)s") % {
        "start": display_datetime(row.starts_at),
        "end": display_datetime(row.ends_at),
    }
    rows: list[Row] = [
        {
            "label": _("Term"),
            "value": term,
            "note": ", ".join(
                part
                for part in (
                    row.decided_by.full_name,
                    _("No. %(number)s") % {"number": row.number} if row.number else "",
                )
                if part
            ),
        },
        {"label": _("Kind of care"), "value": codes("child_care_kind").label(row.care)},
        {"label": _("Reasons given"), "value": row.reasons},
    ]
    if row.extended_at:
        rows.append(
            {
                "label": _("Extended"),
                "value": display_datetime(row.extended_at),
                "note": f"{row.demanded_by}, {row.demand}",
            }
        )
    if row.ended_at:
        rows.append(
            {
                "label": _("Ended"),
                "value": f"{display_datetime(row.ended_at)}, {codes('child_separation_end').label(row.end_kind)}",
                "note": row.account,
            }
        )
    return rows


def _assessment(row: ChildAssessment) -> list[Row]:
    state, capacity = codes("child_state"), codes("child_capacity")
    return [
        {
            "label": _("Assessed"),
            "value": display_datetime(row.assessed_at),
            "note": row.assessed_by.full_name,
        },
        {"label": _("Physical state"), "value": state.label(row.body), "note": row.body_text},
        {"label": _("Psychological state"), "value": state.label(row.mind), "note": row.mind_text},
        {"label": _("Emotional state"), "value": state.label(row.feelings), "note": row.feelings_text},
        {"label": _("Situation of the family"), "value": row.family_text},
        {
            "label": _("How far the family can protect the child"),
            "value": capacity.label(row.capacity),
            "note": row.capacity_text,
        },
        *([{"label": _("What the child wants"), "value": row.wish}] if row.wish else ()),
        {"label": _("Conclusion"), "value": row.conclusion},
    ]


def _plan(row: ChildPlan) -> list[Row]:
    rows: list[Row] = [
        {
            "label": _("State"),
            "value": codes("child_plan_state").label(row.state),
            "note": _("put before the chair %(when)s, %(who)s")
            % {"when": display_datetime(row.submitted_at), "who": row.submitted_by.full_name},
        },
        {"label": _("Goal"), "value": row.goal},
        {
            "label": _("Support"),
            "value": "; ".join(codes("child_service").label(code) for code in row.services),
        },
        {"label": _("What is done, by whom, until when"), "value": row.activities},
        {"label": _("Who answers for the plan"), "value": row.responsible},
        {
            "label": _("Time of the plan"),
            "value": f"{display_date(row.starts_on)} – {display_date(row.ends_on)}",
        },
    ]
    if row.decided_at:
        number = _("No. %(number)s") % {"number": row.number} if row.number else ""
        rows.append(
            {
                "label": _("Sent back") if row.state == ChildPlan.RETURNED else _("Approved"),
                "value": ", ".join(part for part in (display_datetime(row.decided_at), number) if part),
                "note": ". ".join(
                    part for part in (row.decided_by.full_name if row.decided_by else "", row.remarks) if part
                ),
            }
        )
    return rows


def _review(row: ChildPlan) -> list[Row]:
    return [
        {
            "label": _("Result of the review"),
            "value": codes("child_review").label(row.review),
            "note": display_datetime(row.reviewed_at) if row.reviewed_at else "",
        },
        {"label": _("What the plan changed"), "value": row.review_text},
    ]
