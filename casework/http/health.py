"""Is it alive, is it ready: two words for a load balancer, and the reason only in our own log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db import Error, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from casework.access.proof import why_unproven
from casework.encryption import KeysUnavailable
from casework.encryption.canary import WrongKey, verify_canary
from casework.http.pages import public

if TYPE_CHECKING:
    from django.http import HttpRequest

_log = logging.getLogger("casework.health")


@public
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@public
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """The process may be sent people: database, migrations, keys, memory and cache are in order; 503 otherwise."""
    missing = why_not_ready()
    if missing:
        _log.error("not ready", extra={"code": missing})
        return HttpResponse("not ready", status=503, content_type="text/plain", headers={"Retry-After": "10"})
    return HttpResponse("ready", content_type="text/plain")


def why_not_ready() -> str:
    """What is missing, as a code: database, migrations, keys, memory, cache; empty when nothing is."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "database"
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return "migrations"
    try:
        verify_canary()
    except (WrongKey, KeysUnavailable):
        return "keys"
    unproven = why_unproven()
    if unproven:
        _log.error("memory unproven", extra={"code": "memory"})
        return "memory"
    try:
        # A table that is not there must not break the transaction somebody else asks this in.
        with transaction.atomic():
            cache.get("health")
    except Error:
        return "cache"
    return ""
