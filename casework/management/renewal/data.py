"""Renewing the key of a case, a person, a report or a user: everything under it is sealed anew, history and files too.

The old key is retired, not destroyed: it opens what it sealed, so every value opens at every moment. What it sealed is
walked through twice. The second walk comes when no request is left that began before the first ended: one that had read
a row, or kept the old key, may have written under it meanwhile.

Reasons in the memory stay under the key they were sealed with. Events are hashed and never changed.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import transaction

from casework.audit.log import hold_chain
from casework.audit.noted import noting
from casework.base import clock
from casework.encryption import keyring
from casework.encryption.envelope import CipherKey, Scope
from casework.encryption.models import DataKey, KeyRotation
from casework.management.renewal.steps import AT_ONCE, NotDone, case_of, patiently, tell
from casework.management.renewal.tables import Outcome, Page, Table, tables_with_work

# A key as young as this was made by a run before, perhaps one that was killed: it is not renewed again by itself.
YOUNG: Final = timedelta(days=1)
_MARGIN: Final = timedelta(seconds=5)


def settled() -> timedelta:
    """How long after the first walk no request can be left that began before it ended."""
    return timedelta(seconds=keyring.REQUEST_SECONDS) + _MARGIN


def renew(
    scopes: Iterable[Scope],
    made_before: datetime | None,
    say: Callable[[str], object],
    *,
    skips_keyless: bool = False,
) -> list[KeyRotation]:
    """Renew the keys of these scopes that are older, to the end; returns what was done, nothing for nothing to do.

    made_before: None renews a key of any age. say: told when and how long there is to wait. skips_keyless: a scope
    without a key is passed over, else NotDone.
    """
    begun = []
    _end_erased()
    for scope in scopes:
        try:
            rotation = patiently(partial(begin, scope, made_before))
        except NotDone:
            if not skips_keyless:
                raise
            continue
        if rotation is not None:
            begun.append(rotation.pk)
            if rotation.walked_at is None:
                walk(rotation)
    return [_finished(KeyRotation.objects.get(pk=pk), say) for pk in begun]


def _end_erased() -> None:
    """A renewal whose scope was erased before its end is over."""
    unended = KeyRotation.objects.filter(of=KeyRotation.Of.DATA, ended_at=None)
    active = DataKey.objects.filter(state=DataKey.State.ACTIVE).values("pk")
    for rotation in unended.exclude(number__in=active):
        walk(rotation)


def _finished(rotation: KeyRotation, say: Callable[[str], object]) -> KeyRotation:
    if rotation.ended_at is not None or rotation.walked_at is None:
        return rotation
    wait = rotation.walked_at + settled() - clock.now()
    if wait > timedelta(0):
        say(f"Waiting {wait.seconds + 1} seconds for requests that began before.")
        time.sleep(wait.total_seconds())
    return walk(rotation)


def begin(scope: Scope, made_before: datetime | None) -> KeyRotation | None:
    """Renew the key of a scope, or find the renewal that was begun and not ended; None when there is nothing to do.

    There is nothing to do when the key is younger and everything is sealed under it. NotDone when there is no key.
    """
    with transaction.atomic(), noting():
        hold_chain(case_of(scope), None)
        mine = DataKey.objects.filter(scope_type=scope.type, scope_id=scope.id)
        active = mine.filter(state=DataKey.State.ACTIVE).first()
        if active is None:
            raise NotDone(f"{scope.type} {scope.id} has no key: nothing was sealed for it, or it was erased.")
        before = KeyRotation.objects.filter(of=KeyRotation.Of.DATA, number=active.pk).first()
        if before is not None and before.ended_at is None:
            return before
        if made_before is None or active.made_at < made_before:
            key = keyring.renew_key(scope)
            tell("key.renew", scope, retired=active.pk, number=key.dek_id)
            return KeyRotation.objects.create(of=KeyRotation.Of.DATA, number=key.dek_id, begun_at=clock.now())
        if before is None or _waiting(keyring.key_by_id(active.pk)) <= before.left:
            return None
        # Somebody wrote under an older key after all.
        before.ended_at, before.left = None, 0
        before.save(update_fields=["ended_at", "left"])
        return before


def walk(rotation: KeyRotation) -> KeyRotation:
    """Seal anew whatever is not under the new key, from where the last run came to; returns where it stands now.

    The first walk leaves it `walked_at`, the second `ended_at`. One whose scope was erased or renewed once more is over.
    """
    key = _active_key(rotation.number)
    if key is not None:
        for part in _parts(rotation, key):
            if not patiently(partial(_renew, rotation.pk, key, part)):
                break
    return patiently(partial(_turn, rotation.pk, key))


def _active_key(number: int) -> CipherKey | None:
    is_active = DataKey.objects.filter(pk=number, state=DataKey.State.ACTIVE).exists()
    return keyring.key_by_id(number) if is_active else None


def _waiting(key: CipherKey) -> int:
    """How many rows are not under this key."""
    count = 0
    for table in tables_with_work(key):
        page = Page((), "", goes_on=True)
        while page.goes_on:
            page = table.page(key, page.last)
            count += len(page.waiting)
    return count


@dataclass(slots=True)
class _Part:
    """What one transaction does: rows of one or more tables, and where the walk stands afterwards."""

    table: str = ""
    after: str = ""
    size: int = 0
    rows: list[tuple[Table, Sequence[Any]]] = field(default_factory=list)


def _parts(rotation: KeyRotation, key: CipherKey) -> Iterator[_Part]:
    part = _Part()
    for table in tables_with_work(key):
        if table.name < rotation.table:
            continue
        page = Page((), rotation.after if table.name == rotation.table else "", goes_on=True)
        while page.goes_on:
            page = table.page(key, page.last)
            if page.waiting:
                part.rows.append((table, page.waiting))
                part.size += len(page.waiting)
            part.table, part.after = table.name, page.last
            if part.size >= AT_ONCE:
                yield part
                part = _Part()
    if part.rows:
        yield part


def _renew(number: int, key: CipherKey, part: _Part) -> bool:
    """Do one part; False when the key is no longer the active one of its scope."""
    with _step(number, key) as rotation:
        if _active_key(key.dek_id) is None:
            return False
        outcome = sum((table.renew(pks, key) for table, pks in part.rows), Outcome())
        rotation.table, rotation.after = part.table, part.after
        rotation.done += outcome.done
        rotation.left += outcome.left
        rotation.save(update_fields=["table", "after", "done", "left"])
        if outcome.done:
            tell("key.reseal", key.scope, number=key.dek_id, values=outcome.done)
        return True


def _turn(number: int, key: CipherKey | None) -> KeyRotation:
    """From the first walk to the second, or from the second to the end."""
    with _step(number, key) as rotation:
        rotation.table, rotation.after = "", ""
        if key is None or _active_key(key.dek_id) is None:
            rotation.ended_at = clock.now()
        elif rotation.walked_at is None:
            rotation.walked_at, rotation.left = clock.now(), 0
        else:
            rotation.ended_at = clock.now()
            tell("key.renewed", key.scope, number=key.dek_id, values=rotation.done, left=rotation.left)
        rotation.save()
        return rotation


@contextmanager
def _step(number: int, key: CipherKey | None) -> Iterator[KeyRotation]:
    """One transaction of a renewal; two runs at once take turns."""
    with transaction.atomic(), noting():
        if key is not None and case_of(key.scope):
            # As in every verb: the chain of the case before any of its rows.
            hold_chain(case_of(key.scope), None)
        yield KeyRotation.objects.select_for_update().get(pk=number)
