"""What each clock asks for: the verb that answers it and the words on its button. Pure: pages are names."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from casework.base.codes import codes

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Step:
    """The verb that answers a clock, and its page; `by_subject`: the address names the clock's subject."""

    verb: str
    route: str
    label: "StrOrPromise"
    by_subject: bool = False


_ASSESS: Final = Step("risk.assess", "assess-risk", _("Assess the risk"))
_END: Final = Step("measure.end", "end-measure", _("Record the end"), by_subject=True)

STEPS: Final[dict[str, Step]] = {
    "ban_decide": Step("measure.decide_ban", "decide-ban", _("Issue the decision"), by_subject=True),
    "ban_serve": Step("measure.serve", "serve-decision", _("Record who received it"), by_subject=True),
    "ban_monitor_assign": Step(
        "measure.assign_monitor", "assign-monitor", _("Name the monitor"), by_subject=True
    ),
    "ban_monitor_announce": Step(
        "measure.announce_monitoring", "announce-monitoring", _("Announce the monitoring"), by_subject=True
    ),
    "ban_end": Step("measure.request_ban", "request-ban", _("Ask for another ban")),
    "ban_cancel_decide": Step("measure.cancel", "cancel-measure", _("Answer the request"), by_subject=True),
    "allowed_contact_end": Step(
        "measure.close_contact", "close-contact", _("Record the end of the contact"), by_subject=True
    ),
    "allowed_contact_tell_chair": Step(
        "measure.close_contact", "close-contact", _("Record that the chair was told"), by_subject=True
    ),
    "hospital_shelter_end": _END,
    "community_care_end": _END,
    "measure_end": _END,
    "risk_assess_first": _ASSESS,
    "risk_reassess": _ASSESS,
    "supervised_reassess": _ASSESS,
    "child_emergency": Step(
        "risk.emergency_step", "record-emergency-step", _("Record the emergency step"), by_subject=True
    ),
    "child_decide": Step("child.decide", "decide-child", _("Decide on the emergency step"), by_subject=True),
    "child_plan": Step("child.review", "child-procedure", _("Open the plan"), by_subject=True),
    "child_separation_end": Step(
        "child.end_separation", "end-separation", _("Record the end of the separation"), by_subject=True
    ),
    "child_review": Step("child.review", "child-procedure", _("Review the child"), by_subject=True),
    "subject_request_answer": Step("access.allow", "allow-access", _("Answer the request"), by_subject=True),
    "subject_request_done": Step("access.prepare", "access-request", _("Open the request"), by_subject=True),
    "contact_due": Step("contact.record", "record-contact", _("Record a contact")),
    "safe_contact_confirm": Step("person.edit", "case-people", _("Confirm the safe contact")),
    "plan_step_due": Step("plan.finish_step", "finish-step", _("Record the result"), by_subject=True),
    "referral_reply": Step("referral.withdraw", "case-referrals", _("Open the referral")),
    "referral_service": Step("referral.withdraw", "case-referrals", _("Open the referral")),
    "consent_end": Step("consent.give", "case-referrals", _("Ask her again")),
    "closing_review": Step("closing.approve", "review-closing", _("Review the closing"), by_subject=True),
    "supervised_end": Step("closing.finish", "finish-closing", _("End the supervision"), by_subject=True),
}
# A ban that has run out is written down as ended; until then the question is whether she needs another.
_WHEN_OVER: Final[dict[str, Step]] = {"ban_end": _END}


def step_for(kind: str, *, due_at: datetime, at: datetime) -> Step | None:
    """The step a clock of this kind asks for at this instant; None for clocks without a page of their own."""
    if due_at <= at and kind in _WHEN_OVER:
        return _WHEN_OVER[kind]
    return STEPS.get(kind)


def who(role: str) -> str:
    """Who answers for a clock, in words: a role, or a partner of whatever kind."""
    roles = codes("role")
    return roles.label(role) if role in roles else codes("step_owner").label(role)
