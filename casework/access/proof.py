"""The start-up proof: the memory can be written, and neither be skipped nor changed by whoever this process is."""

from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from casework.access import database_roles, triggers, triggers_sqlite
from casework.access.seals import kinds
from casework.access.trigger import quoted
from casework.audit.log import MemoryUnavailable, record
from casework.audit.models import AuditEvent

PROOF: Final = "memory.proof"
_PRAGMAS: Final = ("recursive_triggers", "foreign_keys")
_FORBIDDEN: Final = "42501"
_NAMED: Final = 3


class Unproven(ImproperlyConfigured):
    """The memory could be switched off, skipped or changed: nothing may be served."""


def prove_memory() -> None:
    """Raise Unproven unless the database refuses what would go past the memory.

    To be called in each process that serves, before it does. What is tried is rolled back. A database without
    tables (before the first migrate) holds nothing yet.
    """
    if AuditEvent._meta.db_table not in connection.introspection.table_names():
        return
    why = why_unproven()
    if why:
        raise Unproven(why)
    with transaction.atomic():
        try:
            event = record(action=PROOF, outcome=AuditEvent.DONE, actor_id=None)
        except MemoryUnavailable as error:
            raise Unproven("An audit event cannot be written.") from error
        events = quoted(AuditEvent._meta.db_table)
        for what, statement in (
            ("changed", f"UPDATE {events} SET outcome = outcome WHERE id = %s"),  # noqa: S608
            ("removed", f"DELETE FROM {events} WHERE id = %s"),  # noqa: S608
        ):
            if not _is_refused(statement, [event.pk]):
                raise Unproven(f"The database lets an audit event be {what}.")
        for kind, model in kinds().items():
            if not _needs_a_seal(model):
                raise Unproven(f"The database lets a row ({kind}) be changed without an event.")
        transaction.set_rollback(True)


def why_unproven() -> str:
    """What is wrong with triggers, settings and role, in words for the log; reads only."""
    gone = triggers.missing()
    if gone:
        return (
            f"{len(gone)} triggers of the database are not there or switched off, the first is {gone[0]}: "
            "run `manage.py migrate` as the owner of the tables."
        )
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for pragma in _PRAGMAS:
                cursor.execute(f"PRAGMA {pragma}")
                if cursor.fetchone() != (1,):
                    return f"SQLite runs without {pragma}."
        return ""
    wrong = database_roles.not_the_application() if settings.PRODUCTION else []
    if wrong:
        return (
            f"This database role is not that of the application ({', '.join(wrong[:_NAMED])}): "
            "run `manage.py setup_database_roles` and sign in as the application."
        )
    return ""


def _needs_a_seal(model: type[models.Model]) -> bool:
    """Whether a change without an event is refused, tried where there is a row to try it on."""
    rows = model._base_manager.values_list("pk", flat=True)
    if connection.features.has_select_for_update_skip_locked:
        # A row somebody is working on is left alone.
        rows = rows.select_for_update(skip_locked=True)
    row = rows.first()
    if row is None:
        return True
    table = quoted(str(model._meta.db_table))
    value = row if connection.features.has_native_uuid_field else row.hex
    return _is_refused(f"UPDATE {table} SET version = version + 1 WHERE id = %s", [value])  # noqa: S608


def _is_refused(statement: str, values: list[Any]) -> bool:
    """Whether the database, or the rights of this role in it, would let nobody commit this."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
            connection.check_constraints([triggers_sqlite.OWED])
    except IntegrityError:
        return True
    except ProgrammingError as error:
        if getattr(error.__cause__, "sqlstate", "") == _FORBIDDEN:
            return True
        raise
    return False
