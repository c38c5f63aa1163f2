"""REST of files."""

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from casework.access.opening import open_record
from casework.attachments import kinds, queries
from casework.attachments.actions import attach_file, remove_file
from casework.attachments.models import Attachment
from casework.attachments.sheet import ATTACHMENT, REMOVAL
from casework.cases.models import Case
from casework.http.downloads import download
from casework.http.rest import ActionView, RecordListView, RecordView, VerbView
from casework.http.serializers import record_serializer

PLAIN = ("case", "about", "about_kind", "media_type", "size", "removed_at", "created_at", "created_by")

# A list opens nothing that is sealed.
AttachmentRow = record_serializer("AttachmentRow", Attachment, PLAIN)
AttachmentOut = record_serializer(
    "AttachmentOut", Attachment, (*PLAIN, "file_name", "description", "sha256", "removal_reason")
)


class AttachmentList(RecordListView):
    """GET the files of a case, without their names; POST one as multipart/form-data."""

    model, parent, verb, output = Attachment, Case, "case.view", AttachmentRow
    action, sheet = attach_file, ATTACHMENT
    receipt = ("media_type", "size")
    location = "api:attachment"
    parser_classes = (MultiPartParser,)
    takes_files = True


class AttachmentRecord(RecordView):
    """GET what is known of one file."""

    model, verb, output = Attachment, "case.view", AttachmentOut
    reveals = ("file_name",)


class AttachmentContent(VerbView):
    """GET the content of a file, or one range of it; the reading is written before its first byte goes."""

    model, verb = Attachment, "file.open"
    sends = tuple(kind.media_type for kind in kinds.KINDS)
    also = (409, 410, 416)
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        row = open_record(self.user, Attachment, self.record_id, verb=self.verb, fields=("file_name",))
        content = queries.content_of(row)
        return download(
            request._request, content, name=row.file_name, media_type=row.media_type, tag=str(row.pk)
        )


class RemoveAttachment(ActionView):
    """POST that a file is removed, and why."""

    model, action, sheet = Attachment, remove_file, REMOVAL
    receipt = ("removed_at",)
