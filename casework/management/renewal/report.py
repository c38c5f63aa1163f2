"""What there is of keys, in lines for whoever looks after them: numbers, counts and check values, never a key."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

from django.db.models import Count, Max, Min, Model, QuerySet

from casework.encryption import keys
from casework.encryption.blind import written_versions
from casework.encryption.files import opens
from casework.encryption.keys import MasterKeys
from casework.encryption.models import BlindIndexEntry, Canary, DataKey, FileKey, KeyRotation
from casework.management.renewal.index import lacking
from casework.management.renewal.master import opened

_CHUNK: Final = 1000

Row = TypeVar("Row", bound=Model)


def status() -> Iterator[str]:
    """Which keys there are, what each is used for, and which exchanges have not ended."""
    living = DataKey.objects.exclude(state=DataKey.State.DESTROYED).order_by()
    wraps = dict(living.values_list("kek_id").annotate(count=Count("pk")))
    yield "Master keys"
    yield from _loaded(keys.encryption_keys(), Canary.Purpose.ENCRYPTION, wraps, "data keys")
    entries = dict(BlindIndexEntry.objects.order_by().values_list("version").annotate(count=Count("pk")))
    yield "Index keys"
    yield from _loaded(keys.index_keys(), Canary.Purpose.INDEX, entries, "entries")
    yield "Data keys"
    counted = DataKey.objects.order_by().values_list("scope_type", "state").annotate(count=Count("pk"))
    for scope_type, state, count in counted.order_by("scope_type", "state"):
        yield f"  {scope_type}: {count} {state}"
    told = DataKey.objects.filter(state=DataKey.State.ACTIVE).aggregate(
        oldest=Min("made_at"), newest=Max("made_at"), epoch=Max("epoch")
    )
    if told["oldest"]:
        yield f"  made from {_day(told['oldest'])} to {_day(told['newest'])}; the highest epoch is {told['epoch']}"
    unended = list(KeyRotation.objects.filter(ended_at=None).order_by("pk"))
    yield f"{len(unended)} exchanges not ended"
    for one in unended[:20]:
        yield f"  {one.of} {one.number}: begun {_day(one.begun_at)}, {one.done} done"


def check() -> Iterator[tuple[str, int]]:
    """Try every key there is: yields what was tried, and how much of it is wrong. The canaries were heard before."""
    looked = broken = 0
    for rows in _batches(DataKey.objects.exclude(state=DataKey.State.DESTROYED)):
        looked, broken = looked + len(rows), broken + len(rows) - len(opened(rows))
    yield f"{looked} data keys tried, {broken} do not open", broken
    looked = broken = 0
    for files in _batches(FileKey.objects.exclude(wrapped=b"")):
        looked, broken = looked + len(files), broken + sum(not opens(row) for row in files)
    yield f"{looked} keys of files tried, {broken} do not open", broken
    newest = written_versions()[-1]
    yield f"{lacking(newest).count()} entries have none under index key {newest} yet", 0
    lost = BlindIndexEntry.objects.exclude(version__in=keys.index_keys().keys).count()
    yield f"{lost} entries are under an index key that is not loaded", lost


def _batches(rows: QuerySet[Row]) -> Iterator[list[Row]]:
    after = None
    while batch := list((rows.filter(pk__gt=after) if after else rows).order_by("pk")[:_CHUNK]):
        yield batch
        after = batch[-1].pk


def _day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _loaded(loaded: MasterKeys, purpose: str, uses: Mapping[int, int], what: str) -> Iterator[str]:
    shown = loaded.check_values()
    known = {canary.key_id: canary for canary in Canary.objects.filter(purpose=purpose)}
    for number in sorted(shown.keys() | known.keys() | {one for one in uses if one}):
        canary = known.get(number)
        said = [f"check value {shown.get(number) or (canary.check_value if canary else 'not known')}"]
        said.append(f"{uses.get(number, 0)} {what}")
        if number == loaded.current:
            said.append("current")
        elif number not in shown:
            said.append("not loaded")
        if number in loaded.served:
            said.append(f"at the key service as {loaded.served[number]}")
        if canary is not None and canary.dropped_at is not None:
            said.append(f"dropped {_day(canary.dropped_at)}")
        yield f"  {number}: {', '.join(said)}"
