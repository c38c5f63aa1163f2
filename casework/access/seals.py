"""Seals over rows: what each protected row was when a verb last wrote it, and whether it still is.

A seal is SHA-256 over all columns of a row as they are stored, ciphertext included. It stands in the memory beside
the event of the change, whose hash covers it. A row edited by SQL, put back to its own older ciphertext, added or
taken away past the verbs no longer matches its newest seal.
"""

import functools
import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db import connection, models

from casework.access.guard import GuardedModel
from casework.audit.models import AuditEvent, RowSeal
from casework.audit.noted import Rows, noted
from casework.base.prepared import execute, run, sql_of

CHANGED, MISSING, UNSEALED = "changed", "missing", "unsealed"
NO_CASE: Final = UUID(int=0)

# Rows read and compared at once by the nightly sweep.
SWEPT_AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True)
class Damage:
    """A row that is not what a verb last wrote: its kind as addresses write it, its id, what is wrong with it.

    found: the seal of what stands there now, in hex; empty for a row that is gone.
    case_id: the case whose memory tells of it.
    """

    kind: str
    row: UUID
    why: str
    found: str = ""
    case_id: UUID | None = None

    @property
    def label(self) -> str:
        """What the kind of row is called."""
        return str(kinds()[self.kind]._meta.verbose_name)


@functools.cache
def kinds() -> Mapping[str, type[GuardedModel]]:
    """The sealed models by the name addresses give them."""
    return {
        str(model._meta.model_name): model
        for model in apps.get_app_config("casework").get_models()
        if issubclass(model, GuardedModel)
    }


# --- writing ---

Follower = Callable[[Rows], None]
_followers: list[Follower] = []


def follow(follower: Follower) -> Follower:
    """What is derived from protected rows is brought up to date with the event that seals them, in its transaction.

    The database commits no change of a protected row without its seal, so nothing that changes one can forget this.
    The follower is given the rows that were written, by kind and id; it writes no protected row itself.
    """
    _followers.append(follower)
    return follower


@dataclass(frozen=True, slots=True)
class Sealed:
    """A row and the seal of what it is now."""

    kind: str
    row: UUID
    case_id: UUID | None
    seal: bytes


def take() -> list[Sealed]:
    """The seals of the rows written since the last asking, as the database holds them now."""
    rows = noted()
    if not rows:
        return []
    for follower in _followers:
        follower(rows)
    ids: dict[str, list[UUID]] = {}
    for kind, pk in rows:
        ids.setdefault(kind, []).append(pk)
    found = _read(sorted(ids.items()))
    return [
        Sealed(kind, pk, getattr(rows[kind, pk], "audit_case_id", None), seal)
        for (kind, pk), seal in sorted(found.items())
    ]


def digest_of(sealed: Iterable[Sealed]) -> bytes:
    """What an event's hash covers of the rows it changed: SHA-256 over their seals and whose they are, empty for none."""
    parts = sorted((one.kind, one.row, one.case_id or NO_CASE, one.seal) for one in sealed)
    if not parts:
        return b""
    digest = hashlib.sha256()
    for kind, pk, case_id, seal in parts:
        digest.update(struct.pack(">B", len(kind)) + kind.encode() + pk.bytes + case_id.bytes + seal)
    return digest.digest()


def keep(event: AuditEvent, sealed: Sequence[Sealed]) -> None:
    """Write the seals that belong to an event."""
    RowSeal.objects.add(
        RowSeal(event_id=event.pk, kind=one.kind, row=one.row, case_id=one.case_id, seal=one.seal)
        for one in sealed
    )


# --- comparing ---


def damage_of(record: GuardedModel, case_id: UUID | None) -> list[Damage]:
    """What no longer matches of a record and, for a case or a report, of every row beneath it. One query.

    case_id: the case through which it is opened. Rows sealed under the record and gone since are MISSING.
    """
    whole = record._meta.model_name

    def built(values: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
        pk = values["record"]
        arms: list[tuple[str, str, Sequence[Any]]] = []
        for kind, model in kinds().items():
            path = model.parts_of.get(str(whole))
            if kind == whole:
                arms.append((kind, *_among([pk])))
            elif path:
                rows = model._base_manager.filter(**{path: pk}).order_by().values("pk")
                arms.append((kind, *sql_of(rows)))
        return _statement(arms, sealed_under=pk if whole == "case" else None)

    rows = run(("seals", whole), {"record": record.pk}, built)
    found = [_damage(kind, pk, stored, seal) for kind, pk, stored, seal in rows if kind in kinds()]
    here = {_uuid(pk) for kind, pk, _stored, _seal in rows if kind in kinds()}
    gone = {
        (stored, _uuid(pk)) for kind, pk, stored, _seal in rows if kind == _UNDER and _uuid(pk) not in here
    }
    damaged = [one for one in found if one] + [Damage(kind, pk, MISSING) for kind, pk in sorted(gone)]
    return [replace(one, case_id=case_id) for one in damaged]


def damage_among(kind: str, ids: Sequence[UUID]) -> list[Damage]:
    """Which of these rows of one kind do not match their newest seal. One query."""
    if not ids:
        return []
    rows = _fetch(_statement([(kind, *_among(ids))]))
    return [damage for _kind, pk, stored, seal in rows if (damage := _damage(kind, pk, stored, seal))]


def sweep(say: Callable[[str, int], None] | None = None) -> Iterator[Damage]:
    """Compare every protected row with its newest seal, every seal with its event; memory does not grow.

    say: told each kind of row and how many were looked at.
    """
    for kind, model in kinds().items():
        looked, last = 0, None
        while True:
            rows = model._base_manager.order_by("pk")
            ids = list(
                (rows if last is None else rows.filter(pk__gt=last)).values_list("pk", flat=True)[
                    :SWEPT_AT_ONCE
                ]
            )
            if not ids:
                break
            yield from map(_of_its_case, damage_among(kind, ids))
            looked, last = looked + len(ids), ids[-1]
        # Not `NOT IN`, which PostgreSQL compares row by row once the rows are more than its memory for one query.
        there = model._base_manager.filter(pk=models.OuterRef("row"))
        gone = RowSeal.objects.filter(~models.Exists(there), kind=kind)
        for pk in gone.order_by("row").values_list("row", flat=True).distinct().iterator():
            yield _of_its_case(Damage(kind, pk, MISSING))
        if say is not None:
            say(kind, looked)


def forged_events() -> Iterator[int]:
    """The ids of events whose seals are not those their hash covers; nothing when all is well."""
    event, covers, seals = 0, b"", list[Sealed]()
    rows = RowSeal.objects.order_by("event_id").values_list(
        "event_id", "event__row_seal", "kind", "row", "case_id", "seal"
    )
    for number, row_seal, kind, pk, case_id, seal in rows.iterator(chunk_size=2000):
        if number != event:
            if event and digest_of(seals) != covers:
                yield event
            event, covers, seals = number, bytes(row_seal), []
        seals.append(Sealed(kind, pk, case_id, bytes(seal)))
    if event and digest_of(seals) != covers:
        yield event
    bare = AuditEvent.objects.exclude(row_seal=b"").filter(seals__isnull=True)
    yield from bare.order_by("pk").values_list("pk", flat=True).iterator()


def _of_its_case(damage: Damage) -> Damage:
    seals = RowSeal.objects.filter(row=damage.row).order_by("-id")
    return replace(damage, case_id=seals.values_list("case_id", flat=True).first())


def _damage(kind: str, pk: Any, stored: str, seal: Any) -> Damage | None:
    now = _seal(kind, stored)
    if seal is not None and bytes(seal) == now:
        return None
    return Damage(kind, _uuid(pk), UNSEALED if seal is None else CHANGED, now.hex())


def _seal(kind: str, stored: str) -> bytes:
    return hashlib.sha256(f"{kind}\x00{stored}".encode()).digest()


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


# --- the statement: a row as one text, the same whatever the session's settings are ---

_UNDER: Final = "sealed under the record"


def _read(ids: Sequence[tuple[str, Sequence[UUID]]]) -> dict[tuple[str, UUID], bytes]:
    """What is stored now of rows of some kinds, each as the seal of it."""
    sql = _reading(tuple((kind, len(pks)) for kind, pks in ids))
    rows = execute(sql, [value for _kind, pks in ids for value in _among(pks)[1]])
    return {(kind, _uuid(pk)): _seal(kind, stored) for kind, pk, stored in rows}


@functools.lru_cache(maxsize=1000)
def _reading(counts: tuple[tuple[str, int], ...]) -> str:
    pieces = []
    for kind, count in counts:
        table = connection.ops.quote_name(kinds()[kind]._meta.db_table)
        places = ", ".join(["%s"] * count)
        # Names of our own tables and columns; values are parameters.
        pieces.append(
            f"SELECT '{kind}', {table}.id, {stored(kind)} FROM {table} WHERE {table}.id IN ({places})"  # noqa: S608
        )
    return " UNION ALL ".join(pieces)


def _fetch(statement: tuple[str, Sequence[Any]]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _among(ids: Sequence[UUID]) -> tuple[str, list[Any]]:
    native = connection.features.has_native_uuid_field
    return ", ".join(["%s"] * len(ids)), [pk if native else pk.hex for pk in ids]


def _statement(
    arms: Sequence[tuple[str, str, Sequence[Any]]], *, sealed_under: UUID | None = None
) -> tuple[str, list[Any]]:
    """Kind, id, stored columns and newest seal of the rows each arm names (a list of ids or a query of them)."""
    quote = connection.ops.quote_name
    seals = quote(RowSeal._meta.db_table)
    pieces: list[str] = []
    params: list[Any] = []
    for kind, among, values in arms:
        table = quote(kinds()[kind]._meta.db_table)
        # Names of our own tables and columns, and queries the ORM wrote; values are parameters.
        pieces.append(
            f"SELECT '{kind}', {table}.id, {stored(kind)}, "  # noqa: S608
            f"(SELECT s.seal FROM {seals} s WHERE s.row = {table}.id ORDER BY s.id DESC LIMIT 1) "
            f"FROM {table} WHERE {table}.id IN ({among})"
        )
        params += values
    if sealed_under is not None:
        under = f"SELECT '{_UNDER}', s.row, s.kind, s.seal FROM {seals} s WHERE s.case_id = %s"  # noqa: S608
        pieces.append(under)
        params += _among([sealed_under])[1]
    return " UNION ALL ".join(pieces), params


@functools.cache
def stored(kind: str) -> str:
    """SQL for all columns of a row as one text."""
    model = kinds()[kind]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    fields = sorted(model._meta.concrete_fields, key=lambda field: str(field.column))
    columns = [(field, f"{table}.{quote(str(field.column))}") for field in fields]
    if connection.vendor == "postgresql":
        return f"ROW({', '.join(_as_text(field, column) for field, column in columns)})::text"
    return " || ',' || ".join(f"quote({column})" for _field, column in columns)


def _as_text(field: "models.Field[Any, Any]", column: str) -> str:
    kind = field.get_internal_type()
    if kind == "BinaryField":
        return f"encode({column}, 'hex')"
    if kind == "DateTimeField":
        return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    if kind == "DateField":
        return f"to_char({column}, 'YYYY-MM-DD')"
    return column
