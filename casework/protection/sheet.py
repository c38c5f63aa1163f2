"""The papers of protection as data."""

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

BAN_REQUEST = Sheet(
    "ban_request",
    _("Request for a contact ban"),
    (
        Section(
            "who",
            _("Who asks, and does she agree"),
            (
                Item("requester", "code", codes="ban_requester", required=True),
                Item("requested_at", "datetime", required=True),
                Item(
                    "told_rights_at",
                    "datetime",
                    required=True,
                    why=_("The law wants her to know her rights and duties before the chair decides."),
                ),
                Item("consent", "yes_no", required=True),
                Item("consent_document", "text"),
            ),
        ),
        Section(
            "grounds",
            _("Why"),
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
            _("Term"),
            (
                Item("number", "text", required=True, label=_("Decision number")),
                Item("starts_at", "datetime", required=True),
                Item(
                    "ends_at",
                    "datetime",
                    required=True,
                    help=_("At most 3 days after the start (Art. 25(1))."),
                ),
                Item("conditions", "long_text"),
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
            _("Why"),
            (
                Item("grounds", "codes", codes="ban_ground", required=True),
                Item("grounds_text", "long_text", required=True),
                Item("told_rights_at", "datetime", required=True),
            ),
        ),
        *BAN_DECISION.sections,
    ),
)

REFUSAL = Sheet(
    "ban_refusal",
    _("Written refusal"),
    (Section("reasons", _("Reasons"), (Item("reasons", "long_text", required=True),)),),
)

SERVICE = Sheet(
    "service",
    _("Service of the decision"),
    (
        Section(
            "service",
            _("Who received a copy"),
            (
                Item("recipient", "code", codes="ban_recipient", required=True),
                Item("served_at", "datetime", required=True),
                Item("how", "code", codes="serve_how", required=True),
                Item("refused", "flag"),
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
            _("Monitor and plan"),
            (
                Item("monitor_kind", "code", codes="monitor_kind", required=True),
                Item("monitor_name", "text", required=True),
            ),
        ),
    ),
)

ANNOUNCEMENT = Sheet(
    "announcement",
    _("Announcement of the monitoring"),
    (Section("announcement", _("Announcement"), (Item("commitment_signed", "flag"),)),),
)

BREACH = Sheet(
    "breach",
    _("Breach"),
    (
        Section(
            "breach",
            _("Breach"),
            (
                Item("at", "datetime", required=True),
                Item("kind", "code", codes="breach_kind", required=True),
                Item("account", "long_text", required=True),
                Item("followed", "long_text"),
            ),
        ),
    ),
)

CANCELLATION_REQUEST = Sheet(
    "cancellation_request",
    _("Request to cancel the ban"),
    (Section("why", _("Why"), (Item("cancel_reason", "long_text", required=True),)),),
)

CANCELLATION_ANSWER = Sheet(
    "cancellation_answer",
    _("Answer to the request to cancel"),
    (Section("answer", _("Answer"), (Item("cancel_answer", "long_text", required=True),)),),
)

OTHER_MEASURE = Sheet(
    "other_measure",
    _("Another measure of Art. 22"),
    (
        Section(
            "measure",
            _("Measure"),
            (
                Item("kind", "code", codes="measure", required=True),
                Item("decider", "code", codes="decision_maker", required=True),
                Item("authority", "text"),
                Item("number", "text", label=_("Decision number")),
                Item("starts_at", "datetime", required=True),
                Item("ends_at", "datetime"),
                Item("consent", "yes_no"),
                Item("conditions", "long_text"),
            ),
        ),
    ),
)

END = Sheet(
    "measure_end",
    _("End of the measure"),
    (Section("end", _("End"), (Item("result", "long_text", label=_("What came of it")),)),),
)
