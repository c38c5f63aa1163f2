"""The incident sheet as data."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

INCIDENT: Final = Sheet(
    "incident",
    _("Incident"),
    (
        Section(
            "when_where",
            _("When and where"),
            (
                Item(
                    "happened_on",
                    "partial_date",
                    label=_("Day it happened"),
                    help=_(
                        "For example 22/11/2026; only the month is fine: 11/2026. Empty when nobody knows."
                    ),
                ),
                Item("happened_time", "text", label=_("Hour, if known"), help=_("For example 21:14 or 21h.")),
                Item("happened_part_of_day", "code", codes="part_of_day", label=_("Or part of the day")),
                Item("in_that_week", "flag", label=_("Only the week is certain")),
                Item("area", "area", required=True),
                Item("place_kind", "code", codes="place_kind"),
                Item("place", "text", help=_("House, road, landmark. Never a safe address or a shelter.")),
            ),
        ),
        Section(
            "acts",
            _("What was done"),
            (
                Item(
                    "acts", "codes", codes="act", required=True, help=_("Tick every act of Art. 3 that fits.")
                ),
                Item(
                    "forms",
                    "codes",
                    codes="violence_form",
                    help=_("Left empty, the forms follow from the acts."),
                ),
                Item("her_words", "long_text", why=_("Told once, so that she need not tell it again.")),
                Item("findings", "long_text"),
                Item("weapon_kind", "code", codes="weapon_kind"),
                Item("alcohol", "yes_no"),
                Item("drugs", "yes_no"),
            ),
        ),
        Section(
            "harm",
            _("Harm"),
            (
                Item("injury_kinds", "codes", codes="injury_kind"),
                Item("injury_severity", "code", codes="injury_severity"),
                Item("injuries", "long_text", help=_("Where on the body, how large, how old they look.")),
                Item("medical_care", "code", codes="medical_care"),
                Item(
                    "strangled",
                    "yes_no",
                    why=_("Strangling leaves few marks and is among the strongest signs of danger to life."),
                ),
                Item("threat_to_kill", "yes_no"),
                Item("pregnant", "yes_no"),
            ),
        ),
        Section(
            "around",
            _("Children, property, earlier help"),
            (
                Item("children_saw", "yes_no"),
                Item("children_hurt", "yes_no"),
                Item("property_damage", "yes_no"),
                Item("reported_before", "yes_no"),
                Item("police_came", "yes_no"),
                Item("penalty_level", "code", codes="penalty_level"),
                Item(
                    "evidence",
                    "long_text",
                    help=_(
                        "Photos, medical papers, messages, witnesses: what there is and where it is kept."
                    ),
                ),
            ),
        ),
    ),
)
