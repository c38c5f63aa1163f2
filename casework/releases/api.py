"""REST of releases: the same verbs as the pages. What is public needs no account and has its files."""

from casework.base.sheets import Item
from casework.http.rest import ActionView, RecordListView, RecordView
from casework.http.serializers import record_serializer
from casework.releases import actions, sheet
from casework.releases.models import Release

PLAIN = (
    "number",
    "state",
    "tables",
    "mode",
    "rules",
    "prepared_at",
    "cells",
    "hidden",
    "gap",
    "is_proven",
    "is_safe",
    "failure",
    "shown_sha256",
    "published_at",
    "previous",
    "sha256",
)
ReleaseOut = record_serializer("ReleaseOut", Release, PLAIN)


class Releases(RecordListView):
    """GET the releases of the province; POST to prepare one."""

    model, verb, output = Release, "release.view", ReleaseOut
    filters = (Item("state", "code", codes="release_state"),)
    action, sheet = actions.prepare_release, sheet.PREPARE
    receipt, location = ("state", "tables"), "api:release"


class ReleaseRecord(RecordView):
    """GET one release."""

    model, verb, output = Release, "release.view", ReleaseOut


class Protect(ActionView):
    """POST to have it planned and audited by the job."""

    model, action = Release, actions.start_protection
    receipt = ("state",)


class Cancel(ActionView):
    """POST to stop that job."""

    model, action = Release, actions.cancel_protection
    receipt = ("state",)


class Approve(ActionView):
    """POST the fingerprint of what was looked at."""

    model, action, sheet = Release, actions.approve_release, sheet.APPROVE
    receipt = ("state",)


class Publish(ActionView):
    """POST to publish what two people approved."""

    model, action = Release, actions.publish_release
    receipt = ("state", "number", "sha256")


class Withdraw(ActionView):
    """POST why it no longer stands."""

    model, action, sheet = Release, actions.withdraw_release, sheet.WITHDRAW
    receipt = ("state",)


class Drop(ActionView):
    """POST to give it up."""

    model, action = Release, actions.drop_release
    receipt = ("state",)
