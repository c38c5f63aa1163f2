"""What is sealed under the key of a scope: rows and their history, keys of files, secrets of second factors."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import connection, models

from casework.access import seals
from casework.access.guard import GuardedModel
from casework.accounts import factors
from casework.audit.models import AuditEvent
from casework.audit.noted import note
from casework.encryption import CannotOpen
from casework.encryption.envelope import CipherKey
from casework.encryption.files import rewrap_file_key
from casework.encryption.models import DataKey, FileKey
from casework.encryption.places import place_of
from casework.encryption.renewal import changes_under, exchange, is_under, sealed_fields, sealed_models
from casework.encryption.tokens import named_dek_ids
from casework.management.renewal.steps import AT_ONCE

_CHUNK: Final = 2000


class Page(NamedTuple):
    """Some rows that were looked at: those that are under an older key, the last of all, whether there are more."""

    waiting: Sequence[Any]
    last: str = ""
    goes_on: bool = False

    @classmethod
    def of(cls, looked: Sequence[Any], waiting: Sequence[Any]) -> "Page":
        return cls(waiting, str(looked[-1]) if looked else "", len(looked) == AT_ONCE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many values were exchanged, and how many rows were left as they are because they are damaged."""

    done: int = 0
    left: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.done + other.done, self.left + other.left)


class Table(Protocol):
    """One table with something under the key of a scope."""

    name: str

    def page(self, key: CipherKey, after: str) -> Page:
        """Look at the next rows of the scope, behind the one the page before ended with."""

    def renew(self, pks: Sequence[Any], key: CipherKey) -> Outcome:
        """Seal these rows anew, inside the transaction that tells of it."""


class Rows:
    """The rows of one model, live or history."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model, self.name = model, str(model._meta.db_table)
        self.kind = str(model._meta.model_name) if issubclass(model, GuardedModel) else None

    def has_older(self, key: CipherKey) -> tuple[str, list[Any]]:
        """SQL for the name of the table, where a row of the scope names another key in one of its values."""
        quote, meta = connection.ops.quote_name, self.model._meta
        fields = {field.attname: field for field in meta.concrete_fields}
        scope = fields[place_of(self.model).scope_attribute]
        columns = [quote(str(field.column)) for field in sealed_fields(self.model)]
        other = " OR ".join(f"length({column}) > 0 AND substr({column}, 3, 4) <> %s" for column in columns)
        return (
            f"SELECT '{self.name}' WHERE EXISTS (SELECT 1 FROM {quote(self.name)} "  # noqa: S608  (our own names)
            f"WHERE {quote(str(scope.column))} = %s AND ({other}))",
            [
                scope.get_db_prep_value(key.scope.id, connection, prepared=False),
                *([key.dek_id.to_bytes(4, "big")] * len(columns)),
            ],
        )

    def page(self, key: CipherKey, after: str) -> Page:
        scope = place_of(self.model).scope_attribute
        rows = self.model._base_manager.filter(**{scope: key.scope.id}).order_by("pk")
        found = list((rows.filter(pk__gt=after) if after else rows)[:AT_ONCE])
        return Page.of([row.pk for row in found], [row.pk for row in found if not is_under(row, key)])

    def renew(self, pks: Sequence[Any], key: CipherKey) -> Outcome:
        rows = self.model._base_manager.filter(pk__in=pks).order_by("pk")
        damaged: set[UUID] = set()
        if self.kind is not None:
            # Held first: what is compared with its seal must still be what is sealed again.
            rows = rows.select_for_update()
            damaged = {one.row for one in seals.damage_among(self.kind, [row.pk for row in rows])}
        done = left = 0
        for row in rows:
            try:
                changes = {} if row.pk in damaged else changes_under(row, key)
            except CannotOpen:
                changes = {}
            if not changes:
                # A new seal over a damaged row would make it look whole.
                left += not is_under(row, key)
            elif exchange(row, changes):
                done += len(changes)
                if self.kind is not None:
                    note(row)
        return Outcome(done, left)


class FileKeys:
    """The keys of the scope's files; the files themselves stay as they are."""

    name = FileKey._meta.db_table

    def page(self, key: CipherKey, after: str) -> Page:
        scope = DataKey.objects.filter(scope_type=key.scope.type, scope_id=key.scope.id)
        older = scope.exclude(pk=key.dek_id).values("pk")
        rows = FileKey.objects.filter(dek_id__in=older).exclude(wrapped=b"").order_by("pk")
        found = list((rows.filter(pk__gt=after) if after else rows).values_list("pk", flat=True)[:AT_ONCE])
        return Page.of(found, found)

    def renew(self, pks: Sequence[Any], key: CipherKey) -> Outcome:
        done = left = 0
        for row in FileKey.objects.filter(pk__in=pks).exclude(wrapped=b"").order_by("pk"):
            try:
                done += rewrap_file_key(row, key)
            except CannotOpen:
                left += 1
        return Outcome(done, left)


class Factors:
    """The secrets of a person's second factors, in allauth's table."""

    name = Authenticator._meta.db_table

    def page(self, key: CipherKey, after: str) -> Page:
        rows = Authenticator.objects.filter(user_id=key.scope.id, pk__gt=int(after or 0)).order_by("pk")
        found = list(rows[:AT_ONCE])
        waiting = [row.pk for row in found if not all(map(key.sealed, factors.tokens_in(row.data)))]
        return Page.of([row.pk for row in found], waiting)

    def renew(self, pks: Sequence[Any], key: CipherKey) -> Outcome:
        done = left = 0
        for row in Authenticator.objects.filter(pk__in=pks).select_for_update().order_by("pk"):
            try:
                row.data = factors.under_key(row.data, key.scope.id, key)
            except CannotOpen:
                left += 1
            else:
                row.save(update_fields=["data"])
                done += sum(1 for _token in factors.tokens_in(row.data))
        return Outcome(done, left)


def tables_of(scope_type: str) -> list[Table]:
    """Every table with something under keys of this type of scope, in an order that stays."""
    found: list[Table] = [
        Rows(model) for model in sealed_models() if place_of(model).scope_type == scope_type
    ]
    found.append(FileKeys())
    if scope_type == "user":
        found.append(Factors())
    return sorted(found, key=lambda table: table.name)


def tables_with_work(key: CipherKey) -> list[Table]:
    """Those of `tables_of` that may hold something of the scope under an older key; one query for all rows."""
    tables = tables_of(key.scope.type)
    arms = [table.has_older(key) for table in tables if isinstance(table, Rows)]
    found = set()
    if arms:
        with connection.cursor() as cursor:
            cursor.execute(
                " UNION ALL ".join(arm for arm, _values in arms),
                [one for _arm, values in arms for one in values],
            )
            found = {name for (name,) in cursor.fetchall()}
    return [table for table in tables if not isinstance(table, Rows) or table.name in found]


# --- what still names a key ---


def references() -> Counter[int]:
    """How many rows name each data key, anywhere; reads every table once."""
    found: Counter[int] = Counter()
    for model in sealed_models():
        for heads in _heads(model):
            found.update(named_dek_ids(heads))
    kept = FileKey.objects.exclude(wrapped=b"").values_list("dek_id", flat=True)
    found.update(kept.iterator(chunk_size=_CHUNK))
    reasons = AuditEvent.objects.exclude(reason=b"").values_list("reason", flat=True)
    for reason in reasons.iterator(chunk_size=_CHUNK):
        found.update(named_dek_ids([bytes(reason)]))
    for data in Authenticator.objects.values_list("data", flat=True).iterator(chunk_size=_CHUNK):
        found.update(named_dek_ids(factors.tokens_in(data)))
    return found


def _heads(model: type[models.Model]) -> Iterator[list[bytes]]:
    """The first bytes of the sealed values of each row: they name their keys."""
    quote = connection.ops.quote_name
    columns = ", ".join(f"substr({quote(str(field.column))}, 1, 6)" for field in sealed_fields(model))
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {quote(model._meta.db_table)}")  # noqa: S608  (our own names)
        while rows := cursor.fetchmany(_CHUNK):
            yield from ([bytes(head) for head in row if head] for row in rows)
