"""The canary: before anything is served, the loaded keys must be those the database was written with."""

import hmac
from typing import Final

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from casework.encryption import blind, keys
from casework.encryption.envelope import CannotOpen, expand
from casework.encryption.models import BlindIndexEntry, Canary, DataKey
from casework.encryption.service import KeysUnavailable

_ENCRYPTION, _INDEX = Canary.Purpose.ENCRYPTION.value, Canary.Purpose.INDEX.value
_SONG: Final = b"thirty-two bytes that must open."
_PLACE: Final = b"cv1/canary"


class WrongKey(ImproperlyConfigured):
    """The loaded keys are not those of this database: nothing may be served, since nothing may be written."""


def verify_canary() -> None:
    """Raise WrongKey unless every key this database was written with is loaded, and is the same key.

    To be called in each process that serves, before it does; four queries. A database without tables (before
    the first migrate) holds nothing that a wrong key could harm; a key used for the first time leaves its own
    canary. Raises KeysUnavailable while a key service does not answer.
    """
    if Canary._meta.db_table not in connection.introspection.table_names():
        return
    stored = {(canary.purpose, canary.key_id): canary for canary in Canary.objects.all()}
    encryption, index = keys.encryption_keys(), keys.index_keys()
    loaded = {(_ENCRYPTION, key_id): shown for key_id, shown in encryption.check_values().items()}
    loaded |= {(_INDEX, key_id): shown for key_id, shown in index.check_values().items()}
    for name, canary in stored.items():
        if name in loaded:
            _hear(canary, loaded[name])
        elif canary.dropped_at is None:
            raise WrongKey(f"This database needs {name[0]} key {name[1]}, which is not loaded.")
    _refuse_dropped({name for name, canary in stored.items() if canary.dropped_at})
    unheard = loaded.keys() - stored.keys()
    if unheard:
        _hear_data_keys({key_id for purpose, key_id in loaded if purpose == _ENCRYPTION})
    for purpose, key_id in sorted(unheard):
        _leave(purpose, key_id, loaded[purpose, key_id])


def prove_current() -> None:
    """Raise KeysUnavailable when a key that this process seals with was dropped: it has to start anew. One query."""
    try:
        _refuse_dropped(set(Canary.objects.exclude(dropped_at=None).values_list("purpose", "key_id")))
    except WrongKey as error:
        raise KeysUnavailable(str(error)) from error


def hold_master_key(kek_id: int) -> None:
    """Keep a master key from being dropped until the transaction ends; KeysUnavailable when it was. One query."""
    with connection.cursor() as cursor:
        share = " FOR SHARE" if connection.features.has_select_for_update else ""
        cursor.execute(
            f"SELECT dropped_at FROM {Canary._meta.db_table} WHERE purpose = %s AND key_id = %s{share}",  # noqa: S608
            [_ENCRYPTION, kek_id],
        )
        if any(dropped_at is not None for (dropped_at,) in cursor.fetchall()):
            raise KeysUnavailable(f"encryption key {kek_id} was dropped: nothing new is sealed under it")


def _refuse_dropped(dropped: set[tuple[str, int]]) -> None:
    for name in ((_ENCRYPTION, keys.encryption_keys().current), (_INDEX, keys.index_keys().current)):
        if name in dropped:
            raise WrongKey(f"The {name[0]} key {name[1]} was dropped: it must not be the current one.")


def _hear(canary: Canary, shown: str) -> None:
    if shown != canary.check_value:
        raise WrongKey(
            f"The {canary.purpose} key {canary.key_id} is another key: its check value is {shown}, "
            f"the one of this database is {canary.check_value}."
        )
    if canary.purpose == _INDEX:
        if not hmac.compare_digest(bytes(canary.proof), _index_proof(canary.key_id)):
            raise WrongKey("BLIND_INDEX_BITS was changed: searches would miss what is stored. Put it back.")
        return
    try:
        song = keys.unwrap(bytes(canary.proof), _PLACE)
    except CannotOpen as error:
        raise WrongKey(f"The canary of encryption key {canary.key_id} does not open: {error}.") from None
    if song != _SONG:
        raise WrongKey(f"The canary of encryption key {canary.key_id} is not the one that was left.")


def _hear_data_keys(loaded: set[int]) -> None:
    """Where a canary is missing, the data keys speak for themselves: one of each master key must open."""
    living = DataKey.objects.exclude(state=DataKey.State.DESTROYED)
    lost = living.exclude(kek_id__in=loaded).first()
    if lost is not None:
        raise WrongKey(f"This database needs encryption key {lost.kek_id}, which is not loaded.")
    for key_id in loaded:
        sample = living.filter(kek_id=key_id).order_by("-pk").first()
        if sample is not None:
            context = keys.data_key_context(sample.pk, sample.scope_type, sample.scope_id, sample.epoch)
            try:
                keys.unwrap(bytes(sample.wrapped), context)
            except CannotOpen as error:
                raise WrongKey(f"Encryption key {key_id} is not the key of this database: {error}.") from None


def _leave(purpose: str, key_id: int, shown: str) -> None:
    if purpose == _INDEX:
        if BlindIndexEntry.objects.filter(version=key_id).exists():
            raise WrongKey(
                f"Index key {key_id} has entries and no canary: nothing proves that it is the same key."
            )
        proof = _index_proof(key_id)
    else:
        proof = keys.wrap(_SONG, key_id, _PLACE)
        _prove_binding(key_id, proof)
    # Two workers may start at the same moment; the second finds the first one's canary.
    Canary.objects.get_or_create(
        purpose=purpose, key_id=key_id, defaults={"check_value": shown, "proof": proof}
    )


def _prove_binding(key_id: int, proof: bytes) -> None:
    """A key service that opens a wrapped key wherever it is put would let keys be moved from row to row."""
    try:
        keys.unwrap(proof, _PLACE + b"/moved")
    except CannotOpen:
        return
    raise WrongKey(f"What wraps with encryption key {key_id} does not bind a key to its place.")


def _index_proof(key_id: int) -> bytes:
    """Also depends on how many bits are kept: tags of another length would never be found."""
    return expand(keys.index_keys().keys[key_id], b"cv1/idx-canary" + bytes((blind.tag_bits(),)))
