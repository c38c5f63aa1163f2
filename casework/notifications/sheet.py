"""What a member of staff says of how they are told."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

REACH: Final = Sheet(
    "reach",
    _("How I am told"),
    (
        Section(
            "email",
            _("By e-mail"),
            (
                Item("by_email", "flag"),
                Item("email", "text", help=_("Your address at work. Nobody else sees it.")),
            ),
            hint=_(
                "Every message says only that there is something to look at: no name, no number, no kind of work."
            ),
        ),
        Section(
            "sms",
            _("By text message"),
            (
                Item("by_sms", "flag"),
                Item(
                    "phone",
                    "phone",
                    help=_("Your own telephone, which nobody else reads. Nobody else sees the number."),
                ),
            ),
        ),
        Section(
            "quiet",
            _("Quiet hours"),
            (
                Item("quiet_from", "code", codes="hour_of_day"),
                Item("quiet_to", "code", codes="hour_of_day"),
            ),
            hint=_(
                "Messages wait until the quiet hours are over. Not those on which a life may hang, and none while "
                "you are on duty."
            ),
        ),
    ),
)
