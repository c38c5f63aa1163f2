"""What each role may do: one table an auditor can read.

`RIGHTS[verb][role]` is the set of bases on which somebody holding that role may do the verb:

- `role`      the role alone is enough (the verb has no record yet, or a list of its own)
- `own`       they made the record themselves
- `assigned`  the record is assigned to them by name
- `unit`      it is assigned to their agency
- `duty`      they are on duty now in the unit that holds it
- `area`      it lies in the commune or province they answer for
- `share`     it is shared with their agency by a consent that runs now
- `temporary` they hold a grant that runs out (a reading with a reason)

A verb that is not here may be done by nobody.
"""

from typing import Final

SOCIAL_WORKER: Final = "social_worker"
POLICE_OFFICER: Final = "police_officer"
POLICE_HEAD: Final = "police_head"
COMMUNE_CHAIR: Final = "commune_chair"
RECEIVER: Final = "receiver"
HEALTH_PARTNER: Final = "health_partner"
LEGAL_PARTNER: Final = "legal_partner"
SHELTER_PARTNER: Final = "shelter_partner"
COUNSELLING_PARTNER: Final = "counselling_partner"
COMMUNE_SUPERVISOR: Final = "commune_supervisor"
PROVINCE_SUPERVISOR: Final = "province_supervisor"
AUDITOR: Final = "auditor"
STATISTICIAN: Final = "statistician"
ADMINISTRATOR: Final = "administrator"

ROLES: Final = (
    SOCIAL_WORKER,
    POLICE_OFFICER,
    POLICE_HEAD,
    COMMUNE_CHAIR,
    RECEIVER,
    HEALTH_PARTNER,
    LEGAL_PARTNER,
    SHELTER_PARTNER,
    COUNSELLING_PARTNER,
    COMMUNE_SUPERVISOR,
    PROVINCE_SUPERVISOR,
    AUDITOR,
    STATISTICIAN,
    ADMINISTRATOR,
)
POLICE: Final = (POLICE_OFFICER, POLICE_HEAD)
WORKERS: Final = (SOCIAL_WORKER, *POLICE)
PARTNERS: Final = (HEALTH_PARTNER, LEGAL_PARTNER, SHELTER_PARTNER, COUNSELLING_PARTNER)
SUPERVISORS: Final = (COMMUNE_SUPERVISOR, PROVINCE_SUPERVISOR)
# Roles that answer for an area: their `area` basis reaches the area of their agency and all below it.
SCOPED: Final = (COMMUNE_CHAIR, *SUPERVISORS, AUDITOR, STATISTICIAN)

type_of_bases = frozenset[str]
Right = dict[str, type_of_bases]


def _right(*grants: tuple[tuple[str, ...] | str, str]) -> Right:
    """Build one row from pairs (roles, "basis basis ...")."""
    row: dict[str, type_of_bases] = {}
    for roles, bases in grants:
        for role in (roles,) if isinstance(roles, str) else roles:
            row[role] = row.get(role, frozenset()) | frozenset(bases.split())
    return row


_READ_CASE = _right(
    (WORKERS, "assigned unit duty"),
    (COMMUNE_CHAIR, "area"),
    (SUPERVISORS, "area"),
    (AUDITOR, "temporary"),
)
_WORK_CASE = _right((WORKERS, "assigned duty"))
_WORK_CASE_AS_UNIT = _right((WORKERS, "assigned unit duty"))
_SIGNED_IN = _right((ROLES, "role"))

RIGHTS: Final[dict[str, Right]] = {
    # --- reports
    "report.take": _right(((*WORKERS, RECEIVER, COMMUNE_CHAIR, *SUPERVISORS, *PARTNERS), "role")),
    "report.view": _right(
        (WORKERS, "own assigned unit duty"),
        ((RECEIVER, *PARTNERS), "own"),
        (COMMUNE_CHAIR, "own area"),
        (SUPERVISORS, "own area"),
    ),
    "report.assign": _right((COMMUNE_CHAIR, "area"), (SUPERVISORS, "area")),
    "report.screen_out": _right((WORKERS, "assigned unit duty"), (COMMUNE_CHAIR, "area")),
    # Who reported is secret by law: a colleague who may read the report need not know.
    "report.see_reporter": _right(
        (WORKERS, "own assigned"),
        ((RECEIVER, *PARTNERS), "own"),
        (COMMUNE_CHAIR, "own area"),
        (SUPERVISORS, "own area"),
    ),
    "report.add": _right(
        (WORKERS, "own assigned unit duty"), ((RECEIVER, *PARTNERS), "own"), (COMMUNE_CHAIR, "own area")
    ),
    "report.tell_chair": _right(
        (WORKERS, "own assigned unit duty"),
        ((RECEIVER, *PARTNERS), "own"),
        (SUPERVISORS, "own area"),
    ),
    "report.accept": _right((WORKERS, "unit")),
    "report.open_case": _right((WORKERS, "assigned unit duty")),
    "report.join_case": _right((WORKERS, "assigned unit duty")),
    # --- people and the case
    "case.view": _READ_CASE,
    "case.search": _right(((*WORKERS, COMMUNE_CHAIR, *SUPERVISORS), "role")),
    "case.edit": _WORK_CASE,
    "case.assign": _right((WORKERS, "assigned"), (COMMUNE_CHAIR, "area"), (SUPERVISORS, "area")),
    "case.transfer": _right((WORKERS, "assigned"), (SUPERVISORS, "area")),
    "case.seal": _right((SUPERVISORS, "area"), (COMMUNE_CHAIR, "area")),
    "case.declare_conflict": _right((WORKERS, "assigned unit duty"), ((COMMUNE_CHAIR, *SUPERVISORS), "area")),
    "person.view": _READ_CASE,
    "person.add": _WORK_CASE,
    "person.edit": _WORK_CASE,
    "person.reveal_address": _right((WORKERS, "assigned duty"), (SUPERVISORS, "area")),
    # --- facts
    "incident.record": _WORK_CASE_AS_UNIT,
    "incident.correct": _WORK_CASE,
    "note.write": _right((WORKERS, "assigned unit duty"), ((COMMUNE_CHAIR, *SUPERVISORS), "area")),
    "contact.record": _WORK_CASE_AS_UNIT,
    "plan.add_step": _WORK_CASE,
    "plan.finish_step": _WORK_CASE,
    # It says where and how she will flee: for those who plan it with her and those who answer for them.
    "plan.view_safety": _right((WORKERS, "assigned duty"), (SUPERVISORS, "area")),
    "plan.write_safety": _WORK_CASE,
    "file.attach": _WORK_CASE_AS_UNIT,
    # Not for an auditor with a reason: who looked can be told without looking at the pictures.
    "file.open": _right((WORKERS, "assigned unit duty"), ((COMMUNE_CHAIR, *SUPERVISORS), "area")),
    "file.remove": _WORK_CASE,
    # --- risk
    "risk.assess": _WORK_CASE,
    "risk.confirm_lowering": _right((WORKERS, "assigned"), (SUPERVISORS, "area")),
    "risk.record_event": _WORK_CASE_AS_UNIT,
    # Whoever gets a child out of danger first writes it down; the duty is the chair's (Decree 56/2017 Art. 31).
    "risk.emergency_step": _right((WORKERS, "assigned unit duty"), (COMMUNE_CHAIR, "area")),
    # --- protection
    "measure.request_ban": _WORK_CASE,
    "measure.decide_ban": _right((COMMUNE_CHAIR, "area")),
    "measure.refuse_ban": _right((COMMUNE_CHAIR, "area")),
    "measure.own_motion_ban": _right((COMMUNE_CHAIR, "area")),
    # The law puts the sending on who signed (Art. 25(3)): he may write down himself whom he handed it to.
    "measure.serve": _right((WORKERS, "assigned unit duty"), (COMMUNE_CHAIR, "area")),
    "measure.assign_monitor": _right(((POLICE_HEAD, POLICE_OFFICER), "assigned unit duty")),
    "measure.announce_monitoring": _right(((POLICE_HEAD, POLICE_OFFICER), "assigned unit duty")),
    "measure.record_breach": _WORK_CASE_AS_UNIT,
    # The monitor signs on paper and tells the police, who write it down.
    "measure.allow_contact": _right(((POLICE_HEAD, POLICE_OFFICER), "assigned unit duty")),
    "measure.close_contact": _right(((POLICE_HEAD, POLICE_OFFICER), "assigned unit duty")),
    "measure.record_session": _WORK_CASE_AS_UNIT,
    "measure.record_critique": _right((WORKERS, "assigned unit duty"), (COMMUNE_CHAIR, "area")),
    "mediation.record": _WORK_CASE_AS_UNIT,
    "meeting.correct": _WORK_CASE,
    "session.correct": _WORK_CASE,
    "outcome.correct": _WORK_CASE,
    "outcome.record": _right((WORKERS, "assigned unit duty"), (COMMUNE_CHAIR, "area")),
    "measure.request_cancellation": _WORK_CASE,
    "measure.cancel": _right((COMMUNE_CHAIR, "area")),
    "measure.refuse_cancellation": _right((COMMUNE_CHAIR, "area")),
    "measure.record": _right((WORKERS, "assigned unit duty"), (COMMUNE_CHAIR, "area")),
    "measure.end": _right((WORKERS, "assigned unit duty"), (COMMUNE_CHAIR, "area")),
    # --- the child procedure, beside the case
    # A police unit that watches over a ban reads the case, not this; an officer named on the case does the work.
    "child.view": _right(
        (SOCIAL_WORKER, "assigned unit duty"),
        (POLICE, "assigned"),
        ((COMMUNE_CHAIR, *SUPERVISORS), "area"),
        (AUDITOR, "temporary"),
    ),
    "child.start": _right((WORKERS, "assigned duty"), (COMMUNE_CHAIR, "area")),
    "child.decide": _right((COMMUNE_CHAIR, "area")),
    "child.separate": _right((COMMUNE_CHAIR, "area")),
    "child.extend_separation": _right((COMMUNE_CHAIR, "area")),
    "child.end_separation": _right((WORKERS, "assigned duty"), (COMMUNE_CHAIR, "area")),
    # Where the child is: for those who visit and those who decided it.
    "child.reveal_place": _right((WORKERS, "assigned duty"), ((COMMUNE_CHAIR, *SUPERVISORS), "area")),
    "child.assess": _WORK_CASE,
    "child.submit_plan": _WORK_CASE,
    "child.approve_plan": _right((COMMUNE_CHAIR, "area")),
    "child.return_plan": _right((COMMUNE_CHAIR, "area")),
    "child.review": _right((WORKERS, "assigned duty"), (COMMUNE_CHAIR, "area")),
    # --- requests to see a file
    "access.view": _right((WORKERS, "assigned duty"), ((COMMUNE_CHAIR, *SUPERVISORS), "area")),
    "access.queue": _right((SUPERVISORS, "role area")),
    "access.record": _right((WORKERS, "assigned duty"), ((COMMUNE_CHAIR, *SUPERVISORS), "area")),
    # Never by whoever wrote it down: the verb sees to that.
    "access.refuse": _right((SUPERVISORS, "area")),
    "access.allow": _right((SUPERVISORS, "area")),
    "access.prepare": _right((WORKERS, "assigned duty"), (COMMUNE_CHAIR, "area")),
    # The second person, never whoever prepared the extract or drew its paper.
    "access.release": _right((SUPERVISORS, "area")),
    # --- papers
    # A draft has no number and says so; it shows no more than the case does.
    "paper.draw": _right((WORKERS, "assigned unit duty"), ((COMMUNE_CHAIR, *SUPERVISORS), "area")),
    "paper.issue": _right((WORKERS, "assigned unit duty"), (COMMUNE_CHAIR, "area")),
    "paper.issue_file": _right((WORKERS, "assigned unit duty"), (COMMUNE_CHAIR, "area")),
    "paper.redact": _right((WORKERS, "assigned unit duty"), (COMMUNE_CHAIR, "area")),
    "paper.open": _right((WORKERS, "assigned unit duty"), ((COMMUNE_CHAIR, *SUPERVISORS), "area")),
    "paper.ask_release": _right((WORKERS, "assigned unit duty"), (COMMUNE_CHAIR, "area")),
    # The second person; never whoever asked or drew it.
    "paper.release": _right((WORKERS, "assigned"), ((COMMUNE_CHAIR, *SUPERVISORS), "area")),
    "paper.void": _right((WORKERS, "assigned unit duty"), ((COMMUNE_CHAIR, *SUPERVISORS), "area")),
    "paper.register": _right(((*WORKERS, COMMUNE_CHAIR, *SUPERVISORS), "role")),
    "template.view": _right(((ADMINISTRATOR, PROVINCE_SUPERVISOR), "role")),
    "template.publish": _right(((ADMINISTRATOR, PROVINCE_SUPERVISOR), "role")),
    "template.withdraw": _right(((ADMINISTRATOR, PROVINCE_SUPERVISOR), "role")),
    # --- referral
    "consent.give": _WORK_CASE,
    "consent.withdraw": _WORK_CASE,
    "referral.view": _right(
        (WORKERS, "assigned unit duty"),
        ((COMMUNE_CHAIR, *SUPERVISORS), "area"),
        (AUDITOR, "temporary"),
        (PARTNERS, "share"),
    ),
    "referral.send": _WORK_CASE,
    "referral.receive": _right((PARTNERS, "share")),
    "referral.accept": _right((PARTNERS, "share")),
    "referral.decline": _right((PARTNERS, "share")),
    "referral.report_back": _right((PARTNERS, "share")),
    "referral.withdraw": _WORK_CASE,
    # --- closing
    "closing.request": _WORK_CASE,
    "closing.approve": _right((SUPERVISORS, "area")),
    "closing.send_back": _right((SUPERVISORS, "area")),
    "closing.extend": _right((SUPERVISORS, "area")),
    "closing.finish": _right((SUPERVISORS, "area")),
    "case.reopen": _right((WORKERS, "assigned unit duty"), (SUPERVISORS, "area")),
    # --- keeping and destroying
    "disposal.view": _right(
        (WORKERS, "assigned unit duty"),
        ((COMMUNE_CHAIR, *SUPERVISORS), "area"),
        # Codes, days and names of staff: to watch over destroying, nobody need read what is destroyed.
        (AUDITOR, "area temporary"),
    ),
    "disposal.list": _right(((*SUPERVISORS, AUDITOR), "role area")),
    "disposal.request": _right((SUPERVISORS, "area")),
    # Never by whoever asked: the verb and the database both see to that.
    "disposal.approve": _right(((*SUPERVISORS, AUDITOR), "area")),
    "disposal.refuse": _right(((*SUPERVISORS, AUDITOR), "area")),
    # Keeping is the safe side: whoever answers for the case may stop it.
    "disposal.stop": _right((WORKERS, "assigned"), ((COMMUNE_CHAIR, *SUPERVISORS, AUDITOR), "area")),
    "hold.place": _right((WORKERS, "assigned"), ((COMMUNE_CHAIR, *SUPERVISORS, AUDITOR), "area")),
    "hold.lift": _right((PROVINCE_SUPERVISOR, "area")),
    # The same for a report that never became a case.
    "report_disposal.view": _right(
        (WORKERS, "assigned unit duty"), ((COMMUNE_CHAIR, *SUPERVISORS, AUDITOR), "area")
    ),
    "report_disposal.request": _right((SUPERVISORS, "area")),
    "report_disposal.approve": _right(((*SUPERVISORS, AUDITOR), "area")),
    "report_disposal.refuse": _right(((*SUPERVISORS, AUDITOR), "area")),
    "report_disposal.stop": _right((WORKERS, "assigned"), ((COMMUNE_CHAIR, *SUPERVISORS, AUDITOR), "area")),
    "report_hold.place": _right((WORKERS, "assigned"), ((COMMUNE_CHAIR, *SUPERVISORS, AUDITOR), "area")),
    "report_hold.lift": _right((PROVINCE_SUPERVISOR, "area")),
    # By nobody: the daily job does what two people have decided.
    "disposal.carry_out": _right(),
    "disposal.lapse": _right(),
    "disposal.forget_again": _right(),
    "report_disposal.carry_out": _right(),
    "report_disposal.lapse": _right(),
    # --- supervision, memory, figures
    "desk.chair": _right((COMMUNE_CHAIR, "role")),
    "desk.supervisor": _right((SUPERVISORS, "role")),
    "desk.partner": _right((PARTNERS, "role")),
    "desk.pace": _right(((COMMUNE_CHAIR, *SUPERVISORS), "role")),
    "desk.measures": _right(((*WORKERS, COMMUNE_CHAIR, *SUPERVISORS), "role")),
    # For her, on request: of those named on the case the verb asks for the lead.
    "case.list_readers": _right((WORKERS, "assigned"), (SUPERVISORS, "area")),
    "audit.read": _right((AUDITOR, "role")),
    "audit.open_case": _right((AUDITOR, "role")),
    "audit.print_checkpoint": _right((AUDITOR, "role")),
    # What a search found, up to a bound; the whole log goes out on the command line only.
    "audit.export": _right((AUDITOR, "role")),
    # What somebody searched for may be a name: it opens one at a time, with a reason.
    "audit.open_term": _right((AUDITOR, "role")),
    "statistics.view_return": _right(((COMMUNE_CHAIR, *SUPERVISORS, STATISTICIAN), "role")),
    # Indicators and own tables cross so much that, in one commune, they would tell of the case that is sealed from it.
    "statistics.explore": _right(((PROVINCE_SUPERVISOR, STATISTICIAN), "role")),
    # Exact figures as files, on the command line only.
    "statistics.export_cube": _right(((*SUPERVISORS, STATISTICIAN), "role")),
    # --- returns: exact figures, signed; a province has of its communes what they have sent
    "return.view": _right(((COMMUNE_CHAIR, *SUPERVISORS, STATISTICIAN), "role area")),
    "return.prepare": _right(((COMMUNE_CHAIR, *SUPERVISORS, STATISTICIAN), "role area")),
    # The leader of the office, never whoever prepared it: the verb and the database both see to that.
    "return.sign": _right(((COMMUNE_CHAIR, PROVINCE_SUPERVISOR), "area")),
    "return.send": _right(((COMMUNE_CHAIR, *SUPERVISORS), "area")),
    "return.receive": _right(((PROVINCE_SUPERVISOR, STATISTICIAN), "area")),
    "return.send_back": _right((PROVINCE_SUPERVISOR, "area")),
    "return.download": _right(((COMMUNE_CHAIR, *SUPERVISORS, STATISTICIAN), "area")),
    # Where returns go and which are filed: rules and offices, no figure.
    "return_rule.view": _right(((COMMUNE_CHAIR, *SUPERVISORS, STATISTICIAN, ADMINISTRATOR), "role")),
    "return_rule.set": _right(((PROVINCE_SUPERVISOR, ADMINISTRATOR), "role")),
    # --- consignments to the national database: a row for each case, so nobody but who answers for the province
    "consignment.view": _right((PROVINCE_SUPERVISOR, "role area")),
    "consignment.prepare": _right((PROVINCE_SUPERVISOR, "role area")),
    # A second person, never whoever prepared it: the verb and the database both see to that.
    "consignment.sign": _right((PROVINCE_SUPERVISOR, "area")),
    "consignment.download": _right((PROVINCE_SUPERVISOR, "area")),
    "consignment.receive": _right((PROVINCE_SUPERVISOR, "area")),
    "consignment_rule.view": _right((PROVINCE_SUPERVISOR, "role")),
    "consignment_rule.set": _right((PROVINCE_SUPERVISOR, "role")),
    # --- releases: what leaves the wall of exact figures
    "release.view": _right(((PROVINCE_SUPERVISOR, STATISTICIAN, AUDITOR), "role area")),
    "release.take_over": _right(((PROVINCE_SUPERVISOR, STATISTICIAN), "role")),
    "release.prepare": _right(((PROVINCE_SUPERVISOR, STATISTICIAN), "role area")),
    "release.protect": _right(((PROVINCE_SUPERVISOR, STATISTICIAN), "area")),
    "release.audit": _right(((PROVINCE_SUPERVISOR, STATISTICIAN), "area")),
    # Two different people, never whoever prepared it: the verb and the database both see to that.
    "release.approve": _right((PROVINCE_SUPERVISOR, "area")),
    "release.publish": _right(((PROVINCE_SUPERVISOR, STATISTICIAN), "area")),
    "release.withdraw": _right((PROVINCE_SUPERVISOR, "area")),
    # --- totals with noise: never exact, from the province up, off until the province sets a budget
    "noisy_total.view": _right(((PROVINCE_SUPERVISOR, STATISTICIAN, AUDITOR), "role area")),
    "noisy_total.ask": _right(((PROVINCE_SUPERVISOR, STATISTICIAN), "role")),
    # A second person, never whoever asked: the verb and the database both see to that.
    "noisy_total.approve": _right((PROVINCE_SUPERVISOR, "area")),
    "privacy_budget.view": _right(((PROVINCE_SUPERVISOR, STATISTICIAN, AUDITOR), "role")),
    "privacy_budget.set": _right((PROVINCE_SUPERVISOR, "role")),
    "deadline.view": _right(((*WORKERS, COMMUNE_CHAIR, *SUPERVISORS), "role")),
    "deadline.acknowledge": _right((WORKERS, "assigned unit duty"), ((COMMUNE_CHAIR, *SUPERVISORS), "area")),
    # How long clocks run in a province, and the days off: laws and calendars, no case.
    "period.view": _right(((*WORKERS, COMMUNE_CHAIR, *SUPERVISORS, ADMINISTRATOR), "role")),
    "period.set": _right(((PROVINCE_SUPERVISOR, ADMINISTRATOR), "role")),
    "holiday.set": _right(((PROVINCE_SUPERVISOR, ADMINISTRATOR), "role")),
    # Returns, incidents with data, requests of data subjects: what an office owes in time, about no case.
    "office_clock.view": _right(((COMMUNE_CHAIR, *SUPERVISORS, ADMINISTRATOR), "area")),
    "office_clock.start": _right(((*SUPERVISORS, ADMINISTRATOR), "role")),
    "office_clock.finish": _right(((COMMUNE_CHAIR, *SUPERVISORS, ADMINISTRATOR), "area")),
    "duty.take_over": _right((WORKERS, "role")),
    "calendar.set": _right(((*WORKERS, COMMUNE_CHAIR, *SUPERVISORS), "role")),
    "notice.view": _SIGNED_IN,
    "notice.set_reach": _SIGNED_IN,
    "duty.set": _right(((COMMUNE_CHAIR, POLICE_HEAD, *SUPERVISORS), "role")),
    # --- people who keep the system running
    "user.manage": _right((ADMINISTRATOR, "role")),
    # Apart from the rest, so that the memory says by name who could have signed in as whom.
    "user.issue_password": _right((ADMINISTRATOR, "role")),
    "area.view": _SIGNED_IN,
    "home.view": _SIGNED_IN,
}


def bases(verb: str, role: str) -> type_of_bases:
    """On which bases the role may do the verb; an unknown verb is a programming error (KeyError)."""
    return RIGHTS[verb].get(role, frozenset())
