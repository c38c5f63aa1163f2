"""REST of closing."""

from casework.cases.models import Case
from casework.closure import actions, sheet
from casework.closure.models import Closing
from casework.http.rest import ActionView, RecordListView, RecordView
from casework.http.serializers import record_serializer

ClosingOut = record_serializer(
    "ClosingOut",
    Closing,
    (
        "case_id",
        "state",
        "reason",
        "outcomes",
        "checklist",
        "her_wish",
        "findable",
        "requested_at",
        "requested_by_id",
        "reviewed_at",
        "reviewed_by_id",
        "remarks",
        "supervised_until",
        "extended_times",
        "extension_reason",
        "finished_at",
    ),
)


class ClosingList(RecordListView):
    """The attempts to close one case; POST asks for a new one."""

    model, parent, verb, output = Closing, Case, "case.view", ClosingOut
    action, sheet = actions.request_closing, sheet.CLOSING
    receipt = ("state",)
    location = "api:closing"


class ClosingRecord(RecordView):
    """One attempt to close a case."""

    model, verb, output = Closing, "case.view", ClosingOut


class ApproveClosing(ActionView):
    """The second person agrees: supervised closure."""

    model, action, sheet = Closing, actions.approve_closing, sheet.REVIEW
    receipt = ("state",)


class SendClosingBack(ActionView):
    """The second person sends the case back to work."""

    model, action, sheet = Closing, actions.send_closing_back, sheet.REVIEW
    receipt = ("state",)


class ExtendSupervision(ActionView):
    """Supervised closure goes on for three months more."""

    model, action, sheet = Closing, actions.extend_supervision, sheet.EXTENSION
    receipt = ("supervised_until", "extended_times")


class FinishClosing(ActionView):
    """End supervised closure: the case is closed."""

    model, action = Closing, actions.finish_closing
    receipt = ("state",)


class ReopenCase(ActionView):
    """Take a closed case up again."""

    model, action, sheet = Case, actions.reopen_case, sheet.REOPENING
    receipt = ("state", "level")
