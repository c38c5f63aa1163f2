"""The triggers of SQLite. It has no deferred trigger and no SHA-256, but deferred foreign keys.

A change owes a seal: a row that leads to no seal, with which no transaction commits; the seal of the change pays it.
"""

from collections.abc import Iterator
from typing import Final

from django.db import models

from casework.access.trigger import PREFIX, Trigger, digest, quoted, stays
from casework.audit.models import AuditChain, AuditEvent, RowSeal
from casework.base.rules import Rule

OWED: Final = "casework_owed"
_EVENTS, _CHAINS, _SEALS = (quoted(one._meta.db_table) for one in (AuditEvent, AuditChain, RowSeal))
MAKE_OWED: Final = (
    f"CREATE TABLE IF NOT EXISTS {OWED} (change text PRIMARY KEY, "
    f"seal integer NOT NULL REFERENCES {_SEALS} (id) DEFERRABLE INITIALLY DEFERRED)"
)

_NEXT_ON_ITS_CHAIN: Final = (
    f"NOT EXISTS (SELECT 1 FROM {_CHAINS} c WHERE c.kind = NEW.chain_kind AND c.key = NEW.chain_key "  # noqa: S608
    "AND c.length = NEW.chain_seq - 1 AND c.head = NEW.prev_hash)"
)
_ADVANCE: Final = (
    f"UPDATE {_CHAINS} SET length = NEW.chain_seq, head = NEW.hash "  # noqa: S608
    "WHERE kind = NEW.chain_kind AND key = NEW.chain_key"
)
_FROM_SOMETHING: Final = "NEW.length <> 0 OR NEW.head <> zeroblob(32)"
_NOT_FORWARD: Final = (
    "(NEW.id, NEW.kind, NEW.key, NEW.length) IS NOT (OLD.id, OLD.kind, OLD.key, OLD.length + 1) "  # noqa: S608
    f"OR NOT EXISTS (SELECT 1 FROM {_EVENTS} e WHERE e.chain_kind = NEW.kind AND e.chain_key = NEW.key "
    "AND e.chain_seq = NEW.length AND e.hash = NEW.head)"
)
# There is one writer: the newest event of all is the one this seal was written with.
_NOT_THE_NEWEST: Final = f"NEW.event_id <> (SELECT max(id) FROM {_EVENTS})"  # noqa: S608
_PAYS: Final = f"DELETE FROM {OWED} WHERE change = NEW.kind || ' ' || NEW.row"  # noqa: S608


def write(model: type[models.Model], rule: Rule) -> Iterator[Trigger]:
    """The triggers that hold a model to its rule."""
    table = str(model._meta.db_table)

    def trigger(what: str, when: str, does: str, only: str = "") -> Trigger:
        # Named by the table too: in SQLite all triggers share one room.
        name = f"{PREFIX}{model._meta.model_name}_{what}_{digest(when, does, only)}"
        condition = f" WHEN {only}" if only else ""
        sql = f"CREATE TRIGGER {name} {when} ON {quoted(table)} FOR EACH ROW{condition} BEGIN {does}; END"
        return Trigger(table, name, (sql,), sql)

    refuse = f"SELECT RAISE(ABORT, '{table}: {rule.value}')"
    yield trigger("delete", "BEFORE DELETE", refuse)
    if rule is Rule.HISTORY:
        yield trigger("update", f"BEFORE UPDATE OF {stays(model)}", refuse)
    elif rule not in (Rule.HEAD, Rule.SEALED):
        yield trigger("update", "BEFORE UPDATE", refuse)
    if rule is Rule.EVENT:
        yield trigger("next", "BEFORE INSERT", refuse, _NEXT_ON_ITS_CHAIN)
        yield trigger("advance", "AFTER INSERT", _ADVANCE)
    elif rule is Rule.HEAD:
        yield trigger("begin", "BEFORE INSERT", refuse, _FROM_SOMETHING)
        yield trigger("forward", "BEFORE UPDATE", refuse, _NOT_FORWARD)
    elif rule is Rule.ROW_SEAL:
        yield trigger("event", "BEFORE INSERT", refuse, _NOT_THE_NEWEST)
        yield trigger("pays", "AFTER INSERT", _PAYS)
    elif rule is Rule.SEALED:
        change = f"'{model._meta.model_name} ' || NEW.id"
        owes = (
            f"INSERT INTO {OWED} (change, seal) SELECT {change}, -1 "  # noqa: S608
            f"WHERE NOT EXISTS (SELECT 1 FROM {OWED} WHERE change = {change})"
        )
        yield trigger("owes_new", "AFTER INSERT", owes)
        yield trigger("owes", "AFTER UPDATE", owes)
