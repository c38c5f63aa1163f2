"""What is asked with a file, and when one is removed."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

ATTACHMENT: Final = Sheet(
    "attachment",
    _("File"),
    (
        Section(
            "file",
            _("What is attached"),
            (
                Item(
                    "file",
                    "file",
                    label=_("File"),
                    required=True,
                    help=_(
                        "PDF, Word (docx), Excel (xlsx), MP3, M4A, or a JPEG or PNG picture: "
                        "it is stored without the place, time and camera it was taken with."
                    ),
                ),
                Item("description", "long_text", help=_("What can be seen or heard, and who gave it.")),
                Item("about", "person", label=_("Belongs to")),
            ),
        ),
    ),
)

REMOVAL: Final = Sheet(
    "attachment_removal",
    _("Remove the file"),
    (
        Section(
            "removal",
            _("Removal"),
            (
                Item(
                    "removal_reason",
                    "long_text",
                    required=True,
                    help=_("The reason stays on file. The content cannot be brought back."),
                ),
            ),
        ),
    ),
)
