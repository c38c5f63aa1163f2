"""Data keys at hand: made on first use, loaded once for a page, forgotten when one was rotated or destroyed.

A process keeps the keys it opened: 4,096 at most, 300 seconds at most, and never beyond the next request
after `announce_key_change`. They are nowhere else: no Redis, no session, no file.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from django.db import connection, models, transaction

from casework.base import clock
from casework.base.prepared import run, sql_of
from casework.encryption import keys
from casework.encryption.canary import hold_master_key, prove_current
from casework.encryption.envelope import CannotOpen, CipherKey, Scope, dek_id_of
from casework.encryption.models import DataKey, KeyGeneration
from casework.encryption.tokens import sealed_dek_ids

CACHE_ENTRIES: Final = 4096
CACHE_SECONDS: Final = 300.0
# A request reads the generation once and is short. A job or a shell has no next request to wait for: it
# looks again after a second, which costs no query per value and leaves a destroyed key in use for one second
# at most.
REQUEST_SECONDS: Final = 60.0
ELSEWHERE_SECONDS: Final = 1.0
# One query for a page however long it is, within the parameters PostgreSQL and SQLite take.
_IDS_PER_QUERY: Final = 30_000
_RESERVED: Final = bytes(keys.WRAPPED_SIZE)

Row = TypeVar("Row", bound=models.Model)


class KeyDestroyed(CannotOpen):
    """The key was destroyed on purpose: what it sealed is gone for ever."""


class KeyUnknown(CannotOpen):
    """No such key is stored: a damaged value, or a database restored without its keys."""


def begin_request() -> None:
    """To be called at the start of every request: keys changed by then are no longer used."""
    _trust.set(_Trust(span=REQUEST_SECONDS))


def key_for_writing(scope_type: str, scope_id: UUID) -> CipherKey:
    """The active key of a scope, made if it is the first; KeyDestroyed when the scope was erased.

    Costs one query the first time in this process, five when the key is made, none afterwards.
    """
    last = _last_writing
    if last is not None:
        scope, trust, key = last
        # The fields of a row are sealed one after the other under one key.
        if (
            scope.id == scope_id
            and scope.type == scope_type
            and trust is _trust.get(None)
            and time.monotonic() < trust.until
        ):
            return key
    scope = Scope(scope_type, scope_id)
    found = _find(_by_scope, scope)
    return found or prepare_keys([scope])[scope]


def prepare_keys(scopes: Collection[Scope]) -> dict[Scope, CipherKey]:
    """The active keys of many scopes, the missing ones made, in a handful of queries; for imports."""
    found = _load_active(scopes)
    missing = [scope for scope in scopes if scope not in found]
    for start in range(0, len(missing), _IDS_PER_QUERY):
        found |= _make(missing[start : start + _IDS_PER_QUERY])
    return found


def key_of(token: bytes) -> CipherKey:
    """The key a sealed value names, for opening it; CannotOpen, KeyUnknown, KeyDestroyed."""
    last = _last
    if last is not None:
        dek_id, trust, key = last
        # The fields of a row are read one after the other and have one key.
        if token[2:6] == dek_id and trust is _trust.get(None) and time.monotonic() < trust.until:
            return key
    return key_by_id(dek_id_of(token))


def key_by_id(dek_id: int) -> CipherKey:
    """The key with this id; KeyUnknown, KeyDestroyed."""
    found = _find(_by_id, dek_id) or _load([dek_id]).get(dek_id)
    if found is not None:
        return found
    if DataKey.objects.filter(pk=dek_id).exists():
        raise KeyDestroyed(f"data key {dek_id} was destroyed")
    raise KeyUnknown(f"data key {dek_id} is not stored")


def prefetch_keys(rows: Iterable[Row]) -> list[Row]:
    """Load the keys of a page's sealed fields, and of what was joined to it, in one query; returns the rows.

    rows: a queryset (it is evaluated) or instances. 4,096 scopes at a time stay loaded: scan more in parts.
    """
    listed = list(rows)
    prefetch_ids(sealed_dek_ids(listed))
    return listed


def prefetch_ids(dek_ids: Collection[int]) -> None:
    """Load these keys in one query; for notes, whose tokens stand outside the fields of a row."""
    missing = {dek_id for dek_id in dek_ids if _find(_by_id, dek_id) is None}
    if missing:
        _load(missing)


def renew_key(scope: Scope) -> CipherKey:
    """Retire the active key of a scope, which goes on opening what it sealed, and make that of the next epoch.

    For the transaction that tells of it. KeyDestroyed when the scope has no active key.
    """
    mine = DataKey.objects.filter(scope_type=scope.type, scope_id=scope.id)
    # Held: whoever erases the scope at this moment comes before, or destroys the new key too.
    last = mine.select_for_update().filter(state=DataKey.State.ACTIVE).first()
    if last is None:
        raise KeyDestroyed(f"{scope.type} {scope.id} has no key that could be renewed")
    mine.filter(pk=last.pk).update(state=DataKey.State.RETIRED, retired_at=clock.now())
    kek_id = keys.encryption_keys().current
    hold_master_key(kek_id)
    row = DataKey.objects.create(
        scope_type=scope.type, scope_id=scope.id, epoch=last.epoch + 1, kek_id=kek_id, wrapped=_RESERVED
    )
    row.wrapped = keys.wrap(secrets.token_bytes(32), kek_id, context_of(row))
    row.save(update_fields=["wrapped"])
    announce_key_change()
    return _open_all([row], _generation())[0]


def destroy(scopes: Collection[Scope]) -> int:
    """Destroy the keys of these scopes, of every epoch; how many there were. No key is ever made for them again.

    For the transaction that tells of it. What they sealed, wherever a copy of it lies, opens no more.
    """
    destroyed = 0
    for scope in scopes:
        mine = DataKey.objects.filter(scope_type=scope.type, scope_id=scope.id)
        # Locked, so that no new epoch is begun meanwhile.
        states = list(mine.select_for_update().values_list("state", flat=True))
        # Under no master key any more: that one can be dropped.
        empty = {"wrapped": b"", "state": DataKey.State.DESTROYED, "kek_id": 0}
        if not states:
            DataKey.objects.create(scope_type=scope.type, scope_id=scope.id, **empty)
        destroyed += mine.exclude(state=DataKey.State.DESTROYED).update(**empty)
    announce_key_change()
    return destroyed


def announce_key_change() -> None:
    """Make every process forget its keys at its next request; for the transaction that changes keys."""
    # Random, not counted: a number that was rolled back can never be met again.
    KeyGeneration.objects.update_or_create(pk=1, defaults={"number": secrets.randbits(63)})
    _trust.set(_Trust(span=ELSEWHERE_SECONDS))
    transaction.on_commit(forget_keys)


def forget_keys() -> None:
    """Forget all keys of this process."""
    global _last, _last_writing
    _last = _last_writing = None
    _by_id.clear()
    _by_scope.clear()
    _unproven.layers.clear()
    _proven.generation = 0
    _trust.set(_Trust(span=ELSEWHERE_SECONDS))


# --- how long a key is believed ---


@dataclass(slots=True)
class _Trust:
    """Until when this request or thread takes the generation it read as current."""

    span: float
    until: float = 0.0
    generation: int = 0


_trust: ContextVar[_Trust] = ContextVar("key_generation")


class _Proven:
    """The generation in which the master keys of this process were last found to be in use."""

    generation = 0


_proven = _Proven()


def _generation() -> int:
    trust = _trust.get(None)
    now = time.monotonic()
    if trust is not None and now < trust.until:
        return trust.generation
    # A request that outlives its span is treated as a job from then on.
    span = trust.span if trust is not None and not trust.until else ELSEWHERE_SECONDS
    newest = run("generation", {}, lambda _values: sql_of(KeyGeneration.objects.values_list("number")))
    number = newest[0][0] if newest else 0
    if number != _proven.generation:
        # The change may have been that a master key was dropped with which this process still seals.
        prove_current()
        _proven.generation = number
    _trust.set(_Trust(span, now + span, number))
    return number


class _Cache:
    """The keys used last, each believed for 300 s and only under the generation it was loaded in.

    Tagging instead of clearing: a request that began before a change may still be storing the old key when
    the next request has already looked.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[CipherKey, int, float]] = OrderedDict()

    def get(self, name: Hashable, generation: int) -> CipherKey | None:
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                return None
            key, loaded_in, until = entry
            if loaded_in != generation or time.monotonic() >= until:
                del self._entries[name]
                return None
            self._entries.move_to_end(name)
            return key

    def put(self, name: Hashable, key: CipherKey, generation: int) -> None:
        with self._lock:
            self._entries[name] = key, generation, time.monotonic() + CACHE_SECONDS
            self._entries.move_to_end(name)
            while len(self._entries) > CACHE_ENTRIES:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)


_by_id = _Cache()
_by_scope = _Cache()
# The key used last: its id as a sealed value writes it, whose trust it was found under, and the key.
_last: tuple[bytes, _Trust, CipherKey] | None = None
# The key sealed with last: whose it is, and the same.
_last_writing: tuple[Scope, _Trust, CipherKey] | None = None


class _Layer:
    """Keys learnt inside a transaction, shared with the process when it commits.

    A key made in a transaction that is rolled back never existed: a value sealed with it afterwards would be
    lost, and SQLite gives its id to the next key. So it is believed only while Django keeps this commit hook.
    """

    def __init__(self, savepoints: set[str]) -> None:
        self.savepoints = savepoints
        self.known: dict[_Cache, dict[Hashable, tuple[CipherKey, int]]] = {_by_id: {}, _by_scope: {}}

    def take_over(self, other: "_Layer") -> None:
        """Move everything the other knows here."""
        for cache, entries in other.known.items():
            self.known[cache].update(entries)
            entries.clear()

    def __call__(self) -> None:
        if connection.in_atomic_block:
            return  # hooks run by a test inside its own transaction: nothing is committed
        for cache, entries in self.known.items():
            for name, (key, generation) in entries.items():
                cache.put(name, key, generation)


class _Unproven(threading.local):
    """The layers of this thread's running transaction."""

    def __init__(self) -> None:
        self.layers: list[_Layer] = []
        self.hooks: object = None

    def living(self) -> list[_Layer]:
        hooks = connection.run_on_commit
        # Django replaces the list when a transaction or savepoint ends in any way that drops hooks.
        if hooks is not self.hooks:
            kept = {id(hook[1]) for hook in hooks}
            self.layers = [layer for layer in self.layers if id(layer) in kept]
            self.hooks = hooks
        return self.layers

    def top(self) -> _Layer:
        layers = self.living()
        savepoints = set(connection.savepoint_ids)
        if layers and layers[-1].savepoints == savepoints:
            return layers[-1]
        layer = _Layer(savepoints)
        transaction.on_commit(layer)
        # Released savepoints that stand or fall with the same running ones become one layer: else a long
        # transaction asks thousands of them for every key.
        kept: dict[frozenset[str], _Layer] = {}
        for old in layers:
            first = kept.setdefault(frozenset(old.savepoints & savepoints), old)
            if first is not old:
                first.take_over(old)
        self.layers = [*kept.values(), layer]
        return layer


_unproven = _Unproven()


def _find(cache: _Cache, name: Hashable) -> CipherKey | None:
    global _last, _last_writing
    generation = _generation()
    found = cache.get(name, generation)
    if found is not None:
        trust = _trust.get()
        _last = found.dek_id.to_bytes(4, "big"), trust, found
        if cache is _by_scope:
            _last_writing = found.scope, trust, found
        return found
    if not connection.in_atomic_block:
        return None
    for layer in _unproven.living():
        entry = layer.known[cache].get(name)
        if entry is not None and entry[1] == generation:
            return entry[0]
    return None


def _remember(key: CipherKey, generation: int, *, for_writing: bool) -> None:
    names: list[tuple[_Cache, Hashable]] = [(_by_id, key.dek_id)]
    if for_writing:
        names.append((_by_scope, key.scope))
    if connection.in_atomic_block:
        layer = _unproven.top()
        for cache, name in names:
            layer.known[cache][name] = key, generation
    else:
        for cache, name in names:
            cache.put(name, key, generation)


# --- the stored keys ---


def _load(dek_ids: Collection[int]) -> dict[int, CipherKey]:
    """The keys of these ids that are stored and not destroyed."""
    generation = _generation()
    wanted = list(dek_ids)
    found: dict[int, CipherKey] = {}
    for start in range(0, len(wanted), _IDS_PER_QUERY):
        stored = DataKey.objects.filter(pk__in=wanted[start : start + _IDS_PER_QUERY])
        there = stored.exclude(state=DataKey.State.DESTROYED).values_list(*_Stored._fields)
        for key in _open_all([_Stored(*row) for row in there], generation):
            found[key.dek_id] = key
    return found


def _load_active(scopes: Collection[Scope]) -> dict[Scope, CipherKey]:
    generation = _generation()
    found: dict[Scope, CipherKey] = {}
    erased: set[Scope] = set()
    wanted = list(scopes)
    for start in range(0, len(wanted), _IDS_PER_QUERY):
        part = wanted[start : start + _IDS_PER_QUERY]
        rows = DataKey.objects.filter(scope_type__in={scope.type for scope in part})
        stored = list(rows.filter(scope_id__in=[scope.id for scope in part]))
        active = [row for row in stored if row.state == DataKey.State.ACTIVE]
        found |= {key.scope: key for key in _open_all(active, generation)}
        erased |= {Scope(row.scope_type, row.scope_id) for row in stored}
    if gone := (erased - found.keys()) & set(wanted):
        raise KeyDestroyed(
            f"the key of {min(gone).type} {min(gone).id} was destroyed; nothing new is sealed for it"
        )
    return found


def _make(scopes: Collection[Scope]) -> dict[Scope, CipherKey]:
    """New keys. Two processes may come here with one scope: the database keeps one row, both take its key."""
    for scope in scopes:
        if scope.type not in keys.SCOPE_CODES:
            raise ValueError(f"{scope.type!r} is no type of key scope; known: {', '.join(keys.SCOPE_CODES)}")
    kek_id = keys.encryption_keys().current
    generation = _generation()
    with transaction.atomic(savepoint=False):
        hold_master_key(kek_id)
        DataKey.objects.bulk_create(
            [
                DataKey(scope_type=scope.type, scope_id=scope.id, kek_id=kek_id, wrapped=_RESERVED)
                for scope in scopes
            ],
            ignore_conflicts=True,
        )
        # The id is part of what a wrapped key is bound to, so it is wrapped once the row is there.
        reserved = DataKey.objects.filter(scope_id__in=[scope.id for scope in scopes], wrapped=_RESERVED)
        mine = list(reserved)
        made = keys.wrap_all(kek_id, [(secrets.token_bytes(32), context_of(row)) for row in mine])
        for row, wrapped in zip(mine, made, strict=True):
            row.wrapped = wrapped
        DataKey.objects.bulk_update(mine, ["wrapped"], batch_size=500)
        made_here = {key.scope: key for key in _open_all(mine, generation)}
        return made_here | _load_active([scope for scope in scopes if scope not in made_here])


class _Stored(NamedTuple):
    """What of a stored key it takes to open it; a page reads many, and whole rows take twice as long."""

    pk: int
    scope_type: str
    scope_id: UUID
    epoch: int
    kek_id: int
    wrapped: bytes
    state: str


def context_of(row: DataKey | _Stored) -> bytes:
    """What the stored key of this row is bound to."""
    return keys.data_key_context(row.pk, row.scope_type, row.scope_id, row.epoch)


def unwrap_rows(rows: Sequence[DataKey | _Stored]) -> list[bytes]:
    """The data keys of these rows, unwrapped; CannotOpen, KeysUnavailable."""
    for row in rows:
        if keys.kek_id_of(bytes(row.wrapped)) != row.kek_id:
            raise CannotOpen(f"data key {row.pk} is not wrapped by the master key its row names")
    return keys.unwrap_all([(bytes(row.wrapped), context_of(row)) for row in rows])


def _open_all(rows: Sequence[DataKey | _Stored], generation: int) -> list[CipherKey]:
    """generation: read before the rows were, so that a key changed in between counts as old."""
    found = []
    for row, data_key in zip(rows, unwrap_rows(rows), strict=True):
        key = CipherKey(row.pk, Scope(row.scope_type, row.scope_id), data_key)
        _remember(key, generation, for_writing=row.state == DataKey.State.ACTIVE)
        found.append(key)
    return found
