"""The triggers of PostgreSQL. A changed row is compared with its newest seal when the transaction commits."""

from collections.abc import Iterator
from typing import Final

from django.db import models

from casework.access.seals import stored
from casework.access.trigger import PREFIX, Trigger, digest, quoted, stays
from casework.audit.models import AuditChain, AuditEvent, RowSeal
from casework.base.rules import Rule

FUNCTIONS: Final = "casework_rule_"

# Tables are named with their schema: a temporary table of the same name would be asked otherwise.
_NEXT_ON_ITS_CHAIN: Final = """
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM {schema}.{chains} c WHERE c.kind = NEW.chain_kind AND c.key = NEW.chain_key
    AND c.length = NEW.chain_seq - 1 AND c.head = NEW.prev_hash
  ) THEN
    RAISE EXCEPTION '{kind}: {rule}' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END"""

# With an event its chain goes forward; the head's own trigger looks whether it may.
_ADVANCE: Final = """
BEGIN
  UPDATE {schema}.{chains} SET length = NEW.chain_seq, head = NEW.hash
  WHERE kind = NEW.chain_kind AND key = NEW.chain_key;
  RETURN NULL;
END"""

_FROM_NOTHING: Final = """
BEGIN
  IF NEW.length <> 0 OR NEW.head <> pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex') THEN
    RAISE EXCEPTION '{kind}: {rule}' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END"""

_FORWARD: Final = """
BEGIN
  IF (NEW.id, NEW.kind, NEW.key, NEW.length) IS DISTINCT FROM (OLD.id, OLD.kind, OLD.key, OLD.length + 1)
  OR NOT EXISTS (
    SELECT 1 FROM {schema}.{events} e WHERE e.chain_kind = NEW.kind AND e.chain_key = NEW.key
    AND e.chain_seq = NEW.length AND e.hash = NEW.head
  ) THEN
    RAISE EXCEPTION '{kind}: {rule}' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END"""

# xmin is the writer of a row, or a savepoint of it, without the upper half of its number. A row we can see whose
# writer is still at work is our own.
_WITH_ITS_EVENT: Final = """
DECLARE
  own bigint := pg_catalog.pg_current_xact_id()::text::bigint;
  writer bigint;
BEGIN
  SELECT e.xmin::text::bigint INTO writer FROM {schema}.{events} e WHERE e.id = NEW.event_id;
  writer := (own & ~4294967295::bigint) | writer;
  IF writer - own > 2147483648 THEN
    writer := writer - 4294967296;
  ELSIF own - writer > 2147483648 THEN
    writer := writer + 4294967296;
  END IF;
  IF pg_catalog.pg_xact_status(writer::text::xid8) IS DISTINCT FROM 'in progress' THEN
    RAISE EXCEPTION '{kind}: {rule}' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END"""

# What casework.access.seals computes, of the row as it stands when the transaction commits.
_SEALED: Final = """
DECLARE
  matches boolean;
BEGIN
  SELECT pg_catalog.sha256(
    pg_catalog.convert_to('{kind}', 'UTF8') || '\\x00'::bytea || pg_catalog.convert_to({stored}, 'UTF8')
  ) = (SELECT s.seal FROM {schema}.{seals} s WHERE s.row = NEW.id ORDER BY s.id DESC LIMIT 1)
  INTO matches FROM {schema}.{table} WHERE {table}.id = NEW.id;
  IF matches IS NOT TRUE THEN
    RAISE EXCEPTION '{kind} %: {rule}', NEW.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END"""

_REFUSED: Final = """
BEGIN
  RAISE EXCEPTION '%: {rule}', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END"""


def write(schema: str, model: type[models.Model], rule: Rule) -> Iterator[Trigger]:
    """The triggers that hold a model to its rule."""
    names = {
        "schema": quoted(schema),
        "table": quoted(str(model._meta.db_table)),
        "chains": quoted(AuditChain._meta.db_table),
        "events": quoted(AuditEvent._meta.db_table),
        "seals": quoted(RowSeal._meta.db_table),
        "kind": str(model._meta.model_name),
        "rule": rule.value,
    }

    def trigger(what: str, when: str, body: str, each: str = "ROW", timing: str = "") -> Trigger:
        table, shared = str(model._meta.db_table), each == "STATEMENT"
        body = body.format(**names)
        whose = rule.name.lower() if shared else names["kind"]
        function = f"{FUNCTIONS}{whose}_{what}_{digest(body)}"
        name = f"{PREFIX}{what}_{digest(when, each, timing, body)}"
        return Trigger(
            table,
            name,
            (
                f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $rule${body}$rule$",
                f"CREATE {'CONSTRAINT ' if timing else ''}TRIGGER {name} {when} ON {names['table']} {timing} "
                f"FOR EACH {each} EXECUTE FUNCTION {function}()",
            ),
            body,
            function,
        )

    refused = "DELETE OR TRUNCATE"
    if rule is Rule.HISTORY:
        refused = f"UPDATE OF {stays(model)} OR {refused}"
    elif rule not in (Rule.HEAD, Rule.SEALED):
        refused = f"UPDATE OR {refused}"
    yield trigger("refuse", f"BEFORE {refused}", _REFUSED, each="STATEMENT")
    if rule is Rule.EVENT:
        yield trigger("next", "BEFORE INSERT", _NEXT_ON_ITS_CHAIN)
        yield trigger("advance", "AFTER INSERT", _ADVANCE)
    elif rule is Rule.HEAD:
        yield trigger("begin", "BEFORE INSERT", _FROM_NOTHING)
        yield trigger("forward", "BEFORE UPDATE", _FORWARD)
    elif rule is Rule.ROW_SEAL:
        yield trigger("event", "BEFORE INSERT", _WITH_ITS_EVENT)
    elif rule is Rule.SEALED:
        names["stored"] = stored(names["kind"])
        yield trigger("seal", "AFTER INSERT OR UPDATE", _SEALED, timing="DEFERRABLE INITIALLY DEFERRED")
