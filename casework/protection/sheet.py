"""The papers of protection as data."""

from django.utils.translation import gettext_lazy as _

from casework.base.registers import ON_PAPER
from casework.base.sheets import Item, Section, Sheet

TOLD_RIGHTS = _("The law wants her to know her rights and duties before the chair decides.")

BAN_REQUEST = Sheet(
    "ban_request",
    _("Request for a contact ban"),
    (
        Section(
            "who",
            _("Who asks, and does she agree"),
            (
                Item("requester", "code", codes="ban_requester", required=True),
                Item(
                    "requested_at",
                    "datetime",
                    required=True,
                    help=_("When the committee received the request; the chair's 12 hours run from here."),
                ),
                Item(
                    "told_rights_at",
                    "datetime",
                    required=True,
                    why=TOLD_RIGHTS,
                ),
                Item(
                    "consent",
                    "yes_no",
                    required=True,
                    help=_("She herself or, for a child or somebody under guardianship, the guardian."),
                ),
                Item(
                    "consent_document",
                    "text",
                    help=_("For example: her signature of today, or said before a witness."),
                ),
            ),
        ),
        Section(
            "grounds",
            _("Why she needs protection"),
            (
                Item("grounds", "codes", codes="ban_ground", required=True),
                Item("grounds_text", "long_text", required=True),
            ),
        ),
    ),
)

BAN_DECISION = Sheet(
    "ban_decision",
    _("Decision on a contact ban"),
    (
        Section(
            "term",
            "",
            (
                Item("starts_at", "datetime", help=_("Left empty, the ban holds from the moment you sign.")),
                Item(
                    "ends_at",
                    "datetime",
                    required=True,
                    help=_("At most 3 days after the start (Art. 25(1))."),
                ),
                Item(
                    "conditions",
                    "long_text",
                    help=_(
                        "Besides keeping 100 m away and using no telephone, e-mail or other means. The person "
                        "banned reads this: no address, no telephone number, no word of where she stays."
                    ),
                ),
                Item("signed_on_paper", "flag", help=ON_PAPER),
                Item("number", "text", label=_("Decision number")),
            ),
        ),
    ),
)

OWN_MOTION = Sheet(
    "own_motion",
    _("Contact ban on the chair's own motion"),
    (
        Section(
            "grounds",
            _("Why she needs protection"),
            (
                Item(
                    "grounds",
                    "codes",
                    codes="ban_ground",
                    required=True,
                    help=_("Without a request, only a threat to her life allows a ban (Art. 25(1)(b))."),
                ),
                Item("grounds_text", "long_text", required=True),
                Item("told_rights_at", "datetime", required=True, why=TOLD_RIGHTS),
            ),
        ),
        Section("term", _("Decision"), BAN_DECISION.items()),
    ),
)

REFUSAL = Sheet(
    "ban_refusal",
    _("Written refusal"),
    (Section("reasons", "", (Item("reasons", "long_text", required=True),)),),
)

SERVICE = Sheet(
    "service",
    _("Service of the decision"),
    (
        Section(
            "service",
            "",
            (
                Item("recipient", "code", codes="ban_recipient", required=True),
                Item("served_at", "datetime", required=True),
                Item("how", "code", codes="serve_how", required=True),
                Item("refused", "flag", help=_("A refusal is written down and counts as served.")),
            ),
        ),
    ),
)

MONITOR = Sheet(
    "monitor",
    _("Monitor and plan"),
    (
        Section(
            "monitor",
            "",
            (
                Item("monitor_kind", "code", codes="monitor_kind", required=True),
                Item("monitor_name", "text", required=True),
                Item(
                    "monitor_assigned_at",
                    "datetime",
                    help=_("Written down later? Then say when it was decided. Left empty, it is now."),
                ),
            ),
        ),
    ),
)

ANNOUNCEMENT = Sheet(
    "announcement",
    _("Announcement of the monitoring"),
    (
        Section(
            "announcement",
            "",
            (
                Item(
                    "monitor_announced_at",
                    "datetime",
                    help=_("Written down later? Then say when it was announced. Left empty, it is now."),
                ),
                Item(
                    "commitment_signed",
                    "flag",
                    label=_("The monitored person signed the commitment"),
                    help=_("Left open, the refusal to sign is what is written down."),
                ),
            ),
        ),
    ),
)

BREACH = Sheet(
    "breach",
    _("Breach"),
    (
        Section(
            "breach",
            "",
            (
                Item("at", "datetime", required=True),
                Item("kind", "code", codes="breach_kind", required=True, label=_("Kind of breach")),
                Item("account", "long_text", required=True),
                Item("followed", "long_text", help=_("Who was told, what was done.")),
            ),
        ),
    ),
)

CANCELLATION_REQUEST = Sheet(
    "cancellation_request",
    _("Request to cancel the ban"),
    (Section("why", "", (Item("cancel_reason", "long_text", required=True),)),),
)

CANCELLATION_ANSWER = Sheet(
    "cancellation_answer",
    _("Answer to the request to cancel"),
    (
        Section(
            "answer",
            "",
            (
                Item(
                    "cancel_answer",
                    "long_text",
                    required=True,
                    label=_("Reasons given"),
                    help=_("Whoever asked gets them in writing."),
                ),
            ),
        ),
    ),
)

CANCELLATION = Sheet(
    "cancellation",
    _("Cancellation"),
    (
        *CANCELLATION_ANSWER.sections,
        Section(
            "number",
            "",
            (
                Item("cancel_on_paper", "flag", help=ON_PAPER),
                Item("cancel_number", "text", label=_("Number of the cancelling decision")),
            ),
        ),
    ),
)

OTHER_MEASURE = Sheet(
    "other_measure",
    _("Another measure of Art. 22"),
    (
        Section(
            "measure",
            "",
            (
                Item("kind", "code", codes="measure", required=True),
                Item("decider", "code", codes="decision_maker", required=True),
                Item("authority", "text", help=_("The office by its name, for example the court.")),
                Item("number", "text", label=_("Decision number")),
                Item("starts_at", "datetime", required=True),
                Item(
                    "ends_at", "datetime", help=_("A contact ban by a court: at most 4 months (Art. 26(1)).")
                ),
                Item(
                    "grounds",
                    "codes",
                    codes="ban_ground",
                    label=_("Why he is called to the police office"),
                    help=_("Needed unless she belongs to a group the law puts first (Art. 24)."),
                ),
                Item("condition", "code", codes="community_condition"),
                Item(
                    "volunteered",
                    "flag",
                    help=_(
                        "Community work is done instead of critique only by somebody who chooses it (Art. 33)."
                    ),
                ),
                Item("consent", "yes_no"),
                Item(
                    "conditions",
                    "long_text",
                    help=_("Never where she stays: no address of a shelter, no name of the place."),
                ),
            ),
        ),
    ),
)

END = Sheet(
    "measure_end",
    _("End of the measure"),
    (Section("end", "", (Item("result", "long_text", label=_("What came of it")),)),),
)

ALLOWED_CONTACT = Sheet(
    "allowed_contact",
    _("Allowed contact during the ban"),
    (
        Section(
            "contact",
            "",
            (
                Item("ground", "code", codes="allowed_contact_ground", required=True),
                Item("notified_at", "datetime", required=True),
                Item(
                    "signed_at",
                    "datetime",
                    required=True,
                    help=_("Contact is allowed only after the monitor has signed the notice."),
                ),
                Item("starts_at", "datetime", required=True),
                Item("ends_at", "datetime", required=True, help=_("At most 4 hours after the start.")),
                Item(
                    "told_chair_at",
                    "datetime",
                    help=_("The monitor tells the chair at once. Left empty, a clock runs until it is done."),
                ),
            ),
        ),
    ),
)

CONTACT_END = Sheet(
    "allowed_contact_end",
    _("End of the allowed contact"),
    (
        Section(
            "end",
            "",
            (
                Item("ended_at", "datetime", required=True),
                Item("told_chair_at", "datetime", required=True),
                Item("account", "long_text"),
            ),
        ),
    ),
)

SESSION = Sheet(
    "session",
    _("Support session"),
    (
        Section(
            "session",
            "",
            (
                Item("kind", "code", codes="session_kind", required=True),
                Item("at", "datetime", required=True),
                Item("attendance", "code", codes="attendance", required=True),
                Item("minutes", "integer"),
                Item("topics", "codes", codes="counselling_topic"),
                Item("account", "long_text"),
            ),
        ),
    ),
)

WHY_CORRECTED = Section("why", "", (Item("corrected_why", "long_text", required=True),))

SESSION_CORRECTION = Sheet("session_correction", _("Correct the session"), (*SESSION.sections, WHY_CORRECTED))

FOR_THE_FILE = _("For the file alone; it is on no paper that leaves the office.")
MINUTES = Item(
    "minutes",
    "long_text",
    help=_(
        "All who took part read and sign this, the person who committed violence too: no address, no telephone number, "
        "nothing she said alone. Left empty, the paper has room to write it by hand."
    ),
)

CRITIQUE = Sheet(
    "critique",
    _("Minutes of the critique"),
    (
        Section(
            "critique",
            "",
            (
                Item("at", "datetime", required=True),
                Item("place", "text"),
                Item("participants", "codes", codes="critique_participant", required=True),
                Item("account", "long_text", required=True, help=FOR_THE_FILE),
                MINUTES,
                Item("commitment", "code", codes="commitment_result", required=True),
            ),
        ),
    ),
)

MEDIATION = Sheet(
    "mediation",
    _("Minutes of the mediation"),
    (
        Section(
            "mediation",
            "",
            (
                Item("at", "datetime", required=True),
                Item("place", "text"),
                Item("led_by", "code", codes="mediation_by", required=True),
                Item(
                    "her_wish",
                    "long_text",
                    required=True,
                    why=_("Nobody is talked into peace: what she wants is asked when she is alone."),
                ),
                Item("account", "long_text", required=True, help=FOR_THE_FILE),
                MINUTES,
                Item("result", "code", codes="mediation_result", required=True),
            ),
        ),
    ),
)

# Either of the two: what only the other is asked is refused.
MEETING = Sheet(
    "meeting",
    _("Correct the minutes"),
    (
        Section(
            "meeting",
            "",
            tuple({item.name: item for one in (CRITIQUE, MEDIATION) for item in one.items()}.values()),
        ),
        WHY_CORRECTED,
    ),
)
CRITIQUE_CORRECTION = Sheet(
    "critique_correction", _("Correct the minutes"), (*CRITIQUE.sections, WHY_CORRECTED)
)
MEDIATION_CORRECTION = Sheet(
    "mediation_correction", _("Correct the minutes"), (*MEDIATION.sections, WHY_CORRECTED)
)

OUTCOME = Sheet(
    "outcome",
    _("How he was dealt with"),
    (
        Section(
            "outcome",
            "",
            (
                Item("kind", "code", codes="outcome_kind", required=True),
                Item("penalty_articles", "code", codes="penalty_article", many=True),
                Item("criminal_articles", "code", codes="criminal_article", many=True),
                Item("decided_at", "datetime", required=True),
                Item("authority", "text", help=_("The office by its name, for example the court.")),
                Item("number", "text", label=_("Decision number")),
                Item("account", "long_text"),
            ),
        ),
    ),
)

OUTCOME_CORRECTION = Sheet("outcome_correction", _("Correct the outcome"), (*OUTCOME.sections, WHY_CORRECTED))
