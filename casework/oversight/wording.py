"""What each action is called in the memory: one line a verb, in the words of the office. Pure."""

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Every verb of the table of rights, then what signing in and the accounts write.
ACTIONS: Final[dict[str, "StrOrPromise"]] = {
    "report.take": _("took a report"),
    "report.view": _("looked at a report"),
    "report.match": _("looked whether people of a report are already on file"),
    "report.assign": _("assigned a report"),
    "report.screen_out": _("ended triage without a case"),
    "report.see_reporter": _("saw who reported"),
    "report.add": _("added to a report"),
    "report.tell_chair": _("told the commune chair of a report"),
    "report.accept": _("took a report on"),
    "report.open_case": _("opened a case on a report"),
    "report.join_case": _("added a report to a case"),
    "case.view": _("looked at the case"),
    "case.search": _("searched for cases"),
    "case.edit": _("changed details of the case"),
    "case.assign": _("changed who works on the case"),
    "case.transfer": _("handed the case to another unit"),
    "case.seal": _("sealed the case"),
    "case.declare_conflict": _("declared a conflict of interest and withdrew"),
    "case.reopen": _("re-opened the case"),
    "person.view": _("looked at a person"),
    "person.add": _("added a person"),
    "person.edit": _("changed what is known of a person"),
    "person.match": _("looked whether a person is already on file"),
    "person.reveal_address": _("saw a safe address"),
    "incident.record": _("recorded an incident"),
    "incident.correct": _("corrected an incident"),
    "note.write": _("wrote a note"),
    "contact.record": _("recorded a contact"),
    "plan.add_step": _("added a step to the plan"),
    "plan.finish_step": _("recorded the result of a step"),
    "plan.view_safety": _("looked at the safety plan"),
    "plan.write_safety": _("wrote the safety plan"),
    "referral.receive": _("opened a referral for the first time"),
    "file.attach": _("attached a file"),
    "file.open": _("downloaded a file"),
    "file.remove": _("removed a file"),
    "risk.assess": _("signed a risk assessment"),
    "risk.confirm_lowering": _("answered a wish to lower the level"),
    "risk.record_event": _("noted what changes the danger"),
    "risk.emergency_step": _("recorded the emergency step for a child"),
    "measure.request_ban": _("asked for a contact ban"),
    "measure.decide_ban": _("issued a contact ban"),
    "measure.refuse_ban": _("refused a contact ban"),
    "measure.own_motion_ban": _("banned contact on own motion"),
    "measure.serve": _("recorded who received the decision"),
    "measure.assign_monitor": _("named the monitor"),
    "measure.announce_monitoring": _("announced the monitoring"),
    "measure.record_breach": _("recorded a breach"),
    "measure.request_cancellation": _("asked to cancel a ban"),
    "measure.cancel": _("cancelled a ban"),
    "measure.refuse_cancellation": _("refused to cancel a ban"),
    "measure.record": _("recorded a measure"),
    "measure.end": _("recorded the end of a measure"),
    "consent.give": _("recorded a consent to share"),
    "consent.withdraw": _("recorded the withdrawal of a consent"),
    "referral.view": _("looked at a referral"),
    "referral.send": _("sent a referral"),
    "referral.accept": _("accepted a referral"),
    "referral.decline": _("declined a referral"),
    "referral.report_back": _("reported back on a referral"),
    "referral.withdraw": _("took a referral back"),
    "closing.request": _("asked to close the case"),
    "closing.approve": _("approved the closing"),
    "closing.send_back": _("sent the closing back"),
    "closing.extend": _("extended the supervised closure"),
    "closing.finish": _("ended the supervised closure"),
    "desk.chair": _("opened the chair's desk"),
    "desk.supervisor": _("opened the supervisor's desk"),
    "desk.partner": _("opened the partner's desk"),
    "desk.measures": _("opened the measures board"),
    "audit.read": _("searched the access log"),
    "backup.restore": _("restored a backup"),
    "integrity.damaged": _("found a row that is not what was last written"),
    "audit.open_case": _("opened the case for 60 minutes with a reason"),
    "audit.open_term": _("opened the words somebody searched for"),
    "statistics.view_return": _("looked at a statistical return"),
    "deadline.view": _("looked at a list of deadlines"),
    "duty.set": _("set a duty shift"),
    "user.manage": _("managed accounts or offices"),
    "user.issue_password": _("issued a one-time password to a colleague"),
    "user.first_administrator": _("made the first administrator"),
    "area.view": _("looked at the list of areas"),
    "home.view": _("opened the first page"),
    "session.sign_in": _("signed in"),
    "session.sign_out": _("signed out"),
    "session.sign_in_refused": _("signed in"),
    "password.change": _("changed the password"),
    "factor.add": _("added a second factor"),
    "factor.remove": _("removed a second factor"),
    "factor.renew_codes": _("renewed the recovery codes"),
    "token.issue": _("issued an access token"),
}

# Looking for something instead of opening it: what was looked for stands sealed in the memory, or in the filters.
SEARCHES: Final = frozenset({"case.search", "person.match", "report.match", "audit.read"})
# What an address calls them, beside the outcomes an event itself has.
SEARCHED: Final = "searched"


def action(verb: str) -> str:
    """The words of a verb, beginning small; the verb itself when a later version has forgotten it."""
    return str(ACTIONS.get(verb, verb))
