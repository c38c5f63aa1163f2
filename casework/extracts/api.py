"""REST of requests to see a file: the same verbs as the pages, under the same last words of the address."""

from casework.base.sheets import Item
from casework.cases.models import Case
from casework.extracts import actions, sheet
from casework.extracts.models import AccessRequest
from casework.http.rest import ActionView, RecordListView, RecordView
from casework.http.serializers import record_serializer

PLAIN = (
    "case",
    "child",
    "state",
    "capacity",
    "scope",
    "received_at",
    "answer_by",
    "done_by",
    "decided_at",
    "refusals",
    "paper",
    "prepared_at",
    "released_at",
)
RequestRow = record_serializer("AccessRequestRow", AccessRequest, PLAIN)
RequestOut = record_serializer(
    "AccessRequestOut",
    AccessRequest,
    (*PLAIN, "who", "proof", "wants", "reasons", "checked", "remark"),
)
FILTERS = (Item("state", "code", codes="access_state"),)


class Queue(RecordListView):
    """GET the requests about all cases the viewer answers for."""

    model, verb, output = AccessRequest, "access.queue", RequestRow
    filters = FILTERS


class CaseRequests(RecordListView):
    """GET the requests about a case; POST to write one down."""

    model, parent, verb, output = AccessRequest, Case, "access.view", RequestRow
    parent_verb = "access.view"
    filters = FILTERS
    action, sheet = actions.record_request, sheet.RECORD
    receipt, location = ("state", "answer_by", "done_by"), "api:access-request"


class RequestRecord(RecordView):
    """GET one request."""

    model, verb, output = AccessRequest, "access.view", RequestOut


class Refuse(ActionView):
    """POST the reasons of the refusal."""

    model, action, sheet = AccessRequest, actions.refuse_request, sheet.REFUSE
    receipt = ("state", "decided_at")


class Allow(ActionView):
    """POST what the extract may hold."""

    model, action, sheet = AccessRequest, actions.allow_request, sheet.ALLOW
    receipt = ("state", "decided_at")


class Prepare(ActionView):
    """POST the id of the paper that is the extract."""

    model, action, sheet = AccessRequest, actions.prepare_extract, sheet.PREPARE
    receipt = ("state", "prepared_at")


class Release(ActionView):
    """POST that a second person hands the extract over."""

    model, action, sheet = AccessRequest, actions.release_extract, sheet.RELEASE
    receipt = ("state", "released_at")
