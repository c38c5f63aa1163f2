"""REST of notices: one's own, and how one is told."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.http.idempotency import Receipt
from casework.http.plain import PlainActionView
from casework.http.rest import RecordListView
from casework.http.serializers import RecordSerializer
from casework.notifications import queries
from casework.notifications.actions import read_all_notices, read_notice, set_reach
from casework.notifications.models import Notice, Reach
from casework.notifications.sheet import REACH
from casework.organisations.models import User


class NoticeOut(RecordSerializer):
    """What one was told. page: the name of the address that shows it; about: the id it is asked for."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    topic = serializers.CharField()
    is_urgent = serializers.BooleanField()
    due_at = serializers.DateTimeField(allow_null=True)
    count = serializers.IntegerField()
    page = serializers.CharField()
    about = serializers.UUIDField(allow_null=True)
    at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)

    getters: ClassVar = {
        "id": lambda notice: notice.pk,
        "kind": lambda notice: notice.kind,
        "topic": lambda notice: notice.topic,
        "is_urgent": lambda notice: notice.is_urgent,
        "due_at": lambda notice: notice.due_at,
        "count": lambda notice: notice.count,
        "page": lambda notice: notice.route,
        "about": lambda notice: notice.about,
        "at": lambda notice: notice.at,
        "read_at": lambda notice: notice.read_at,
    }
    relations: ClassVar = ()


class ReachOut(RecordSerializer):
    """How one is told; nobody else can read it."""

    email = serializers.CharField()
    phone = serializers.CharField()
    by_email = serializers.BooleanField()
    by_sms = serializers.BooleanField()
    quiet_from = serializers.CharField()
    quiet_to = serializers.CharField()

    getters: ClassVar = {
        "email": lambda reach: reach.email,
        "phone": lambda reach: reach.phone,
        "by_email": lambda reach: reach.by_email,
        "by_sms": lambda reach: reach.by_sms,
        "quiet_from": lambda reach: reach.quiet_from,
        "quiet_to": lambda reach: reach.quiet_to,
    }
    relations: ClassVar = ()


class NoticeList(RecordListView):
    """GET one's own notices, the newest first."""

    model: ClassVar[Any] = Notice
    verb, output = "notice.view", NoticeOut

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        after, size, _chosen = self.query(request)
        found = queries.inbox_of(self.user, after=after, size=size)
        rows = [line.notice for line in found.lines]
        return Response({"results": NoticeOut.render_all(rows), "next": found.next or None})


class ReadNotice(PlainActionView):
    """POST nothing: one has seen it."""

    model, action, subject = Notice, read_notice, "notice"
    receipt = ("read_at",)

    def opened(self) -> Notice:
        return queries.open_notice(self.user, self.record_id)


class ReadAll(PlainActionView):
    """POST nothing: one has seen everything up to now."""

    model, action = User, read_all_notices


class OwnReach(PlainActionView):
    """GET how one is told; POST what is to change of it."""

    model, action, sheet = Reach, set_reach, REACH
    partial = True
    keeps_receipt = False
    output = ReachOut
    http_method_names = ("get", "post")  # type: ignore[assignment]

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(ReachOut.render(queries.reach_of(self.user)))

    def receipt_of(self, row: Reach, http_status: int) -> Receipt:
        return Receipt(http_status, ReachOut.render(row))
