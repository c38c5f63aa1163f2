"""Web input of files."""

from typing import Any

from django.utils.text import format_lazy

from casework.attachments.kinds import ENDINGS
from casework.attachments.models import Attachment
from casework.attachments.queries import subjects_of
from casework.attachments.sheet import ATTACHMENT, REMOVAL
from casework.cases.models import Case
from casework.http.fields import too_large
from casework.http.forms import SheetForm, sheet_form
from casework.organisations.models import User

AttachmentForm = sheet_form(ATTACHMENT, Attachment)
RemovalForm = sheet_form(REMOVAL, Attachment)


def attachment_form(user: User, case: Case, *sent: Any) -> SheetForm:
    """A file with what it shows; what it may belong to is asked where there is something."""
    form = AttachmentForm(*sent)
    file = form.fields["file"]
    file.widget.attrs["accept"] = ",".join(ENDINGS)
    file.help_text = format_lazy("{} {}", file.help_text, too_large())
    form.fields["description"].widget.attrs["rows"] = 3
    subjects = subjects_of(user, case)
    if subjects:
        form.offer("about", subjects)
    else:
        form.leave_out("about")
    return form
