"""The papers about a person as data: who they are, how they may be reached, how they are related."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

_NAMES: Final = Section(
    "name",
    _("Who this is"),
    (
        Item(
            "full_name",
            "text",
            help=_("As written on the card, tones included. Leave empty when nobody knows it yet."),
        ),
        Item(
            "other_names",
            "text",
            help=_("Daily name, adult name, name at home; separate them with commas."),
            why=_("Neighbours may know a person only by another name."),
        ),
        Item("sex", "code", codes="sex"),
        Item(
            "birth_date",
            "partial_date",
            help=_("The year alone is enough: 1987. Never fill in 01/01 for a day nobody knows."),
        ),
    ),
)

PERSON: Final = Sheet(
    "person",
    _("A person"),
    (
        _NAMES,
        Section(
            "identity",
            _("Identity document"),
            (
                Item("identity_kind", "code", codes="identity_kind"),
                Item("identity_number", "identity"),
                Item("identity_none_reason", "code", codes="identity_none_reason"),
                Item("identity_issued", "text"),
                Item("nationality", "code", codes="nationality"),
            ),
            hint=_("A number that does not fit is kept and marked; it stops nothing."),
        ),
        Section(
            "language",
            _("Language and people"),
            (
                Item("ethnicity", "code", codes="ethnicity"),
                Item("languages", "codes", codes="language"),
                Item(
                    "interpreter_needed",
                    "yes_no",
                    why=_("An interpreter must never be a member of the family."),
                ),
                Item("literacy", "code", codes="literacy"),
                Item("religion", "text"),
            ),
        ),
        Section(
            "work",
            _("Work and household"),
            (
                Item("occupation", "code", codes="occupation"),
                Item("workplace", "text"),
                Item(
                    "official_kind",
                    "code",
                    codes="official_kind",
                    why=_(
                        "When the person who commits violence is police, army or an official, "
                        "the case is kept from colleagues."
                    ),
                ),
                Item("official_unit", "agency"),
                Item("education", "code", codes="education"),
                Item(
                    "poverty",
                    "code",
                    codes="poverty",
                    why=_("The certificate gives a right to free legal aid."),
                ),
            ),
        ),
        Section(
            "care",
            _("Health and care"),
            (
                Item(
                    "priority_groups",
                    "codes",
                    codes="priority_group",
                    why=_("These groups are protected first (Art. 4)."),
                ),
                Item("nursing", "code", codes="nursing_state"),
                Item("disability_kind", "code", codes="disability_kind"),
                Item("disability", "text"),
                Item(
                    "health_notes",
                    "long_text",
                    help=_("Only what a service needs in order to help: allergies, medicines, treatment."),
                ),
                Item("deceased_on", "date"),
            ),
        ),
    ),
)

# The few questions asked while somebody is added to a case; the rest can wait for a quiet hour.
PERSON_SHORT: Final = _NAMES

PHONE: Final = Sheet(
    "phone",
    _("A telephone number"),
    (
        Section(
            "phone",
            "",
            (
                Item("number", "phone", required=True),
                Item("whose", "code", codes="phone_holder"),
                Item(
                    "safe_to_call",
                    "yes_no",
                    why=_("The person who commits violence often holds or checks the phone."),
                ),
                Item("who_may_answer", "text"),
                Item(
                    "last_confirmed_on", "date", help=_("The day somebody last made sure that this is right.")
                ),
            ),
        ),
    ),
)

ADDRESS: Final = Sheet(
    "address",
    _("An address"),
    (
        Section(
            "place",
            _("Where"),
            (
                Item(
                    "kind",
                    "code",
                    codes="address_kind",
                    required=True,
                    help=_(
                        "A safe address and a shelter are hidden from every list and paper, "
                        "and open one at a time for a written reason."
                    ),
                ),
                Item("area", "area"),
                Item("village", "text"),
                Item("detail", "text"),
            ),
        ),
        Section(
            "since",
            _("Since when, and who knows"),
            (
                Item("valid_from", "date"),
                Item("valid_to", "date"),
                Item("who_knows", "text", why=_("Whoever knows the address may be made to tell it.")),
            ),
        ),
    ),
)

SAFE_CONTACT: Final = Sheet(
    "safe_contact",
    _("Safe contact"),
    (
        Section(
            "may",
            _("What the person agreed to"),
            (
                Item("permission", "code", codes="contact_permission", required=True),
                Item(
                    "confirmed_on",
                    "date",
                    required=True,
                    label=_("Day this was agreed with the person"),
                    why=_("After 30 days, or after a move, it no longer counts and is asked again."),
                ),
            ),
        ),
        Section(
            "how",
            _("How"),
            (
                Item("channel", "code", codes="contact_channel"),
                Item("number_or_person", "text"),
                Item(
                    "safe_hours",
                    "text",
                    help=_("For example: working days 8:00-10:00, when he is in the fields."),
                ),
                Item("language", "code", codes="language"),
            ),
        ),
        Section(
            "care",
            _("With what care"),
            (
                Item(
                    "code_word",
                    "text",
                    help=_("A word only the two of you know; without it, end the call as a wrong number."),
                ),
                Item("if_other_answers", "text"),
                Item("may_leave_message", "yes_no"),
                Item("may_say_office", "yes_no"),
                Item("may_text", "yes_no"),
            ),
        ),
    ),
)

END_SAFE_CONTACT: Final = Sheet(
    "end_safe_contact",
    _("This way of contact is no longer safe"),
    (
        Section(
            "why",
            "",
            (
                Item(
                    "ended_by", "code", codes="contact_end_reason", required=True, label=_("What has changed")
                ),
            ),
        ),
    ),
)

KINSHIP: Final = Sheet(
    "kinship",
    _("How two people are related"),
    (
        Section(
            "relation",
            "",
            (
                Item("other", "person", required=True, label=_("The other person")),
                Item(
                    "relation",
                    "code",
                    codes="kinship",
                    required=True,
                    label=_("The other person is this person's"),
                    why=_("The law names other acts for spouses than for divorced or cohabiting people."),
                ),
                Item("registered_marriage", "yes_no"),
                Item("living_together", "yes_no"),
                Item("since_until", "text", help=_("For example: 2010 - 2019.")),
                Item("shared_children", "text", help=_("How many and how old; names are not needed.")),
                Item("dependence", "codes", codes="dependence"),
            ),
        ),
    ),
)

REVEAL_ADDRESS: Final = Sheet(
    "reveal_address",
    _("View a safe address"),
    (
        Section(
            "reason",
            "",
            (
                Item(
                    "reason",
                    "long_text",
                    required=True,
                    label=_("Why you need to see this address now"),
                    help=_("Your name, the time and this reason are kept; whoever audits access reads them."),
                ),
            ),
        ),
    ),
)
