"""The report sheet: what is asked while the caller is still on the line, in the order a caller tells it.

Only the place, the way the report came and the caller's words are needed; who received it, through which
address of Art. 19(1) and when are known without asking. The rest may stay «unknown».
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

REPORT: Final = Sheet(
    "take_report",
    _("Take a report"),
    (
        Section(
            "danger",
            _("Is anyone in danger now?"),
            (
                Item("danger_now", "yes_no", label=_("Is anyone's life or health in danger right now?")),
                Item("still_going_on", "yes_no", label=_("Is it still going on?")),
                Item("weapon", "yes_no", label=_("Is there a weapon, or anything used as one?")),
                Item("injured", "yes_no", label=_("Is anyone injured?")),
                Item("children_present", "yes_no", label=_("Are children there?")),
            ),
        ),
        Section(
            "where_when",
            _("Where and when"),
            (
                Item("area", "area", label=_("Commune or ward where it happened"), required=True),
                Item("village", "text", label=_("Village or street group")),
                Item("place", "text", label=_("House, road, landmark, to find it tonight")),
                Item(
                    "happened_on",
                    "partial_date",
                    label=_("Day it happened"),
                    help=_("For example 22/11/2026 or 11/2026."),
                ),
                Item("happened_time", "text", label=_("Hour, if known"), help=_("For example 21:14 or 21h.")),
                Item("happened_part_of_day", "code", codes="part_of_day", label=_("Or part of the day")),
            ),
        ),
        Section(
            "who",
            _("Who, as far as known"),
            (
                Item(
                    "priority_groups",
                    "codes",
                    codes="priority_group",
                    label=_("Is the person subjected to violence in one of these groups?"),
                    why=_(
                        "These groups are protected first, and the commune police are assigned (Art. 4, 20)."
                    ),
                ),
            ),
        ),
        Section(
            "what",
            _("What happened"),
            (
                Item(
                    "account",
                    "long_text",
                    label=_("In the caller's own words"),
                    help=_("Write what is said, not what it means. A few sentences are enough."),
                    required=True,
                ),
                Item("language", "code", codes="language"),
            ),
        ),
        Section(
            "caller",
            _("Who is reporting"),
            (
                Item(
                    "channel", "code", codes="report_channel", label=_("How the report came"), required=True
                ),
                Item(
                    "reporter_kind",
                    "code",
                    codes="reporter_kind",
                    why=_(
                        "The name may be left out. Whoever reports is kept secret by law (Art. 12, Art. 20)."
                    ),
                ),
                Item("reporter_name", "text"),
                Item("reporter_phone", "phone"),
                Item("reporter_relation", "text"),
                Item("wants_secret", "flag"),
                Item(
                    "address_kind",
                    "code",
                    codes="report_address",
                    label=_("Which address received it first (Art. 19(1))"),
                    help=_("Leave empty when it came straight to your office."),
                ),
                Item(
                    "received_at",
                    "datetime",
                    label=_("When it was received"),
                    help=_("The minute the call came or the letter arrived, not the minute of typing."),
                ),
            ),
            hint=_("May be skipped: a report without a name is a report."),
        ),
        Section(
            "first_steps",
            _("First steps taken"),
            (
                Item(
                    "first_steps",
                    "long_text",
                    label=_("What has been done already"),
                    help=_("For example: told the commune police at 21:20, neighbours took the children in."),
                ),
            ),
        ),
    ),
)

PERSON: Final = Sheet(
    "report_person",
    _("A person in the report"),
    (
        Section(
            "person",
            _("A person in the report"),
            (
                Item("role", "code", codes="participant_role"),
                Item("full_name", "text", label=_("Name, as the caller says it")),
                Item("age", "text", label=_("Age or birth year, about")),
                Item("sex", "code", codes="sex"),
                Item("relation", "code", codes="kinship"),
                Item("phone", "phone"),
                Item("address", "text", label=_("Where they live, if elsewhere")),
                Item(
                    "official_kind",
                    "code",
                    codes="official_kind",
                    why=_("If somebody who uses violence is one, the report is kept from the commune."),
                ),
            ),
        ),
    ),
)

ASSIGN: Final = Sheet(
    "assign_report",
    _("Assign the report"),
    (
        Section(
            "to",
            _("To whom"),
            (
                Item("agency", "agency", label=_("Office")),
                Item("user", "user", label=_("Person")),
            ),
        ),
    ),
)

SCREEN_OUT: Final = Sheet(
    "screen_out_report",
    _("End the triage without a case"),
    (
        Section(
            "result",
            _("Result"),
            (
                Item("result", "code", codes="triage_result", label=_("Result of triage"), required=True),
                # Offered as «code, hour»; over REST the id of a report the user may see.
                Item("duplicate_of", "person", label=_("The report it repeats")),
                Item("area", "area", label=_("Commune or ward where it happened")),
                Item("reason", "long_text", label=_("Reason"), required=True),
            ),
        ),
    ),
)

TELL_CHAIR: Final = Sheet(
    "tell_chair",
    _("The chair was told"),
    (
        Section(
            "told",
            _("The chair was told"),
            (
                Item("means", "code", codes="notify_means", label=_("How the chair was told"), required=True),
                Item("told_at", "datetime", label=_("When the chair was told")),
            ),
        ),
    ),
)

ADDITION: Final = Sheet(
    "add_to_report",
    _("Add to the report"),
    (
        Section(
            "more",
            _("Add to the report"),
            (Item("text", "long_text", label=_("What is to be added"), required=True),),
        ),
    ),
)
