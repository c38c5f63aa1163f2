"""The verbs of files: attach one, remove one."""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, cast

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.attachments import kinds, pictures
from casework.attachments.keeping import keep_content
from casework.attachments.models import Attachment
from casework.attachments.queries import FileRemoved, kind_of_subject, store
from casework.attachments.sheet import ATTACHMENT, REMOVAL
from casework.base.refusals import InvalidInput
from casework.base.sheets import fill
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.encryption.files import SealedUpload, Sealing, destroy_file_key
from casework.organisations.models import User


@command("file.attach", target="case")
def attach_file(*, case: Case, by: User, at: datetime, answers: Mapping[str, Any]) -> Attachment:
    """Attach a file to the case; a picture is drawn anew without its metadata.

    answers: `file` is a SealedUpload, `about` the uuid of an incident or measure of the same case. Raises
    CaseNotLive, StoreAway, or InvalidInput for a file that is not taken and for something of another case.
    """
    lifecycle.require_live(case.state)
    given: SealedUpload = answers["file"]
    kind = kinds.kind_of(given.name or "", cast("BinaryIO", given))
    attachment = Attachment(
        case=case, media_type=kind.media_type, file_name=kinds.safe_name(given.name or "")
    )
    changed = fill(attachment, ATTACHMENT, answers)
    if attachment.about is not None:
        attachment.about_kind = kind_of_subject(by, case, attachment.about)
        if not attachment.about_kind:
            raise InvalidInput({"about": _("Choose an incident or a measure of this case.")})
    with closing(_redrawn(given, kind.picture) if kind.picture else given) as sealed:
        keep_content(attachment, sealed)
    tell(fields={*changed, "file_name"}, media_type=kind.media_type, size=attachment.size)
    return attachment


@command("file.remove", target="attachment")
def remove_file(*, attachment: Attachment, by: User, at: datetime, answers: Mapping[str, Any]) -> Attachment:
    """Remove a file for good: its key is destroyed, the row and the reason stay. Raises CaseNotLive, FileRemoved."""
    lifecycle.require_live(attachment.case.state)
    if attachment.removed_at is not None:
        raise FileRemoved
    changed = fill(attachment, REMOVAL, answers)
    attachment.removed_at = at
    attachment.save()
    destroy_file_key(attachment.pk)
    # Without its key the sealed file says nothing; that it goes too must not undo the removal.
    transaction.on_commit(partial(store().delete, str(attachment.stored_as)), robust=True)
    tell(fields={*changed, "removed_at"})
    return attachment


def _redrawn(given: SealedUpload, picture: str) -> SealedUpload:
    """The picture without its metadata, sealed anew under a key of its own as it is drawn."""
    sealing = Sealing()
    sealing.write(pictures.redrawn(cast("BinaryIO", given), picture))
    return sealing.complete(given.name or "")
