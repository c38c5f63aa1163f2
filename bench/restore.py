"""How long a backup and its restore take: `--cases` whole cases, brought back and proven.

    python3 -m config.cluster --durable -- .venv/bin/python -m bench.restore [--cases 50000] [--files 20000]

A few cases are lived through the real verbs and copied in bulk: every copy has keys, sealed values, history, index entries,
events, chains, row seals and files of its own, and the restore proves them as it proves what people wrote. Everything
runs in a test database and a folder that are thrown away. `--files`: bytes of the file of each case.
"""

import argparse
import os
import random
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import starmap
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.test.utils import get_runner, setup_test_environment, teardown_test_environment

from casework.access import seals
from casework.access.opening import REASON_FIELD_ID, open_record
from casework.access.triggers import lifted
from casework.attachments.actions import attach_file
from casework.attachments.queries import store
from casework.audit.hashing import COLUMNS, GENESIS, event_hash
from casework.audit.models import AuditChain, AuditCheckpoint, AuditEvent, AuditLeaf, RowSeal
from casework.audit.sequencer import sequence
from casework.base.models import Counter
from casework.base.numbering import new_public_code
from casework.cases.actions import open_case
from casework.cases.models import Case
from casework.encryption import envelope, keyring
from casework.encryption.envelope import Scope
from casework.encryption.fields import SealedField
from casework.encryption.files import Sealing, file_key, keep_file_key
from casework.encryption.models import BlindIndexEntry, DataKey, FileKey
from casework.encryption.offline import make_pair
from casework.encryption.places import place_of
from casework.management.backups import archive, files, restoring, tables
from casework.management.backups.making import make
from casework.management.backups.restoring import restore
from tests.matrix import file as lived
from tests.world import World, build_world

NOW = datetime(2026, 11, 1, tzinfo=UTC)
BATCH = 100
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What happened in the cases that are copied: most are short, one in five went through everything.
WHOLE = (lived._people, lived._facts, lived._closing, lived._protection, lived._referral)
LIVES = (WHOLE, WHOLE[:2], WHOLE[:2], WHOLE[:1], WHOLE[:1])
MP3 = b"ID3\x03\x00\x00\x00\x00\x00\x21" + b"\x00" * 33 + b"\xff\xfb\x90\x64"
# Written by what is made for each copy itself.
MADE = (
    DataKey,
    FileKey,
    BlindIndexEntry,
    AuditChain,
    AuditEvent,
    RowSeal,
    AuditLeaf,
    AuditCheckpoint,
    Counter,
)


# --- one case lived, and all the rows it left ---


@dataclass
class Template:
    """What one case left in the database: plain rows, sealed values opened, events, and the ids that are its own."""

    case: UUID
    rows: dict[type[models.Model], list[dict[str, Any]]] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    # event -> its seals: (kind, row, case_id); and which event sealed a row last.
    sealed: dict[int, list[tuple[str, UUID, UUID | None]]] = field(default_factory=dict)
    last: dict[tuple[str, UUID], int] = field(default_factory=dict)
    files: dict[UUID, bytes] = field(default_factory=dict)
    ids: set[UUID] = field(default_factory=set)
    scopes: set[Scope] = field(default_factory=set)


@dataclass(frozen=True)
class Opened:
    """A sealed value without its seal: whose key, which field, which row, what."""

    scope: Scope
    about: bytes
    row: UUID
    payload: bytes
    bucket: int


def live(world: World, parts: Sequence[Callable[[lived.File], None]], length: int) -> Template:
    """One case through the real verbs, read some times, with a file; then everything it left is collected."""
    known = {model: keys_of(model) for model in stored()}
    case = open_case(report=world.assigned_report(at=world.at(hours=47)), by=world.lan, at=world.at(hours=46))
    file = lived.File(world, case)
    for part in parts:
        part(file)
    for user in (world.lan, world.lan, world.pao, world.mai) * len(parts):
        with transaction.atomic():
            open_record(user, Case, case.pk, page="overview")
    sealing = Sealing()
    sealing.write((MP3 + os.urandom(length))[:length])
    with closing(sealing.complete("ghi-am.mp3")) as upload:
        attach_file(case=case, by=world.lan, at=world.now, answers={"file": upload, "description": "Ghi âm."})
    return collect(case.pk, {model: keys_of(model) - known[model] for model in known})


def stored() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in tables.LEFT_OUT
    ]


def keys_of(model: type[models.Model]) -> set[Any]:
    return set(model._base_manager.values_list("pk", flat=True))


def collect(case: UUID, new: dict[type[models.Model], set[Any]]) -> Template:
    made = Template(case)
    for model, keys in new.items():
        made.ids |= {key for key in keys if isinstance(key, UUID)}
        if keys and model not in MADE:
            made.rows[model] = [opened(made, row) for row in model._base_manager.filter(pk__in=keys)]
    made.entries = list(
        BlindIndexEntry.objects.filter(pk__in=new[BlindIndexEntry]).values("index", "version", "row")
    )
    for row in FileKey.objects.filter(pk__in=new[FileKey]):
        made.files[row.file] = file_key("case", case, row.file)
    for event in AuditEvent.objects.filter(pk__in=new[AuditEvent]).order_by("pk"):
        columns: dict[str, Any] = {name: getattr(event, name) for name in COLUMNS}
        reason = bytes(event.reason)
        if reason and event.case_id:
            key = keyring.key_of(reason)
            about = envelope.label(REASON_FIELD_ID, envelope.LIVE)
            payload = key.open(about, event.case_id.bytes, reason)
            columns["reason"] = Opened(key.scope, about, event.case_id, payload, envelope.FREE_TEXT)
        made.events.append({**columns, "pk": event.pk})
    for kind, row, case_id, number in (
        RowSeal.objects.filter(pk__in=new[RowSeal])
        .order_by("pk")
        .values_list("kind", "row", "case_id", "event_id")
    ):
        made.sealed.setdefault(number, []).append((kind, row, case_id))
        made.last[kind, row] = number
    return made


def opened(made: Template, row: models.Model) -> dict[str, Any]:
    """The columns of a row; what is sealed without its seal, so that a copy can be sealed anew for itself."""
    values: dict[str, Any] = {}
    for one in row._meta.concrete_fields:
        if isinstance(one, SealedField):
            token = bytes(row.__dict__[one.attname].token)
            place, key = place_of(type(row)), keyring.key_of(token)
            about, where = envelope.label(one.field_id, place.kind), UUID(bytes=place.row(row))
            values[one.column] = Opened(
                key.scope, about, where, key.open(about, where.bytes, token), one.bucket
            )
            made.scopes.add(key.scope)
        else:
            values[one.column] = getattr(row, one.attname)
            if one.attname in ("history_id", "stored_as"):
                made.ids.add(values[one.column])
    return values


# --- copies of it ---


class Filler:
    """Copies of the templates, a batch in one transaction; chains of people go on from where they are."""

    def __init__(self, templates: Sequence[Template]) -> None:
        self.templates = templates
        self.made = 0
        self.heads = {(row.kind, row.key): [row.length, bytes(row.head)] for row in AuditChain.objects.all()}
        self.event = next_of(AuditEvent)
        self.models = {model: None for template in templates for model in template.rows}
        self.numbers = {model: next_of(model) for model in stored() if _is_counted(model)}

    def fill(self, count: int) -> None:
        batch = [self.templates[(self.made + step) % len(self.templates)] for step in range(count)]
        copies = [Copy(template, self.made + step) for step, template in enumerate(batch)]
        with transaction.atomic():
            keys = keyring.prepare_keys([scope for copy in copies for scope in copy.scopes()])
            for model in self.models:
                self._put(model, copies, keys)
            put(
                BlindIndexEntry,
                [self._counted(BlindIndexEntry, entry) for copy in copies for entry in copy.entries()],
            )
            for copy in copies:
                copy.keep_files()
                for name, other in copy.stored():
                    shutil.copyfile(store().path(name), store().path(other))
            found = read_seals(copies)
            self._tell(copies, keys, found)
        self.made += count

    def _put(self, model: type[models.Model], copies: "Sequence[Copy]", keys: dict[Scope, Any]) -> None:
        rows = [
            {column: copy.value(model, column, value, keys) for column, value in row.items()}
            for copy in copies
            for row in copy.template.rows.get(model, ())
        ]
        put(model, [self._counted(model, row) for row in rows] if model in self.numbers else rows)

    def _counted(self, model: type[models.Model], row: dict[str, Any]) -> dict[str, Any]:
        number = self.numbers[model]
        self.numbers[model] = number + 1
        return {**row, str(model._meta.pk.column): number}

    def _tell(
        self, copies: "Sequence[Copy]", keys: dict[Scope, Any], found: dict[tuple[str, UUID], bytes]
    ) -> None:
        events, sealed, touched = [], [], set()
        for copy in copies:
            for columns, seals_of_event in copy.events(keys):
                kept = [
                    (kind, row, case_id, found[kind, row] if is_last else os.urandom(32))
                    for kind, row, case_id, is_last in seals_of_event
                ]
                chain = columns["chain_kind"], columns["chain_key"]
                head = self.heads.setdefault(chain, [0, GENESIS])
                columns |= {
                    "chain_seq": head[0] + 1,
                    "prev_hash": head[1],
                    "row_seal": seals.digest_of(starmap(seals.Sealed, kept)),
                }
                digest = event_hash(columns)
                self.heads[chain] = [head[0] + 1, digest]
                touched.add(chain)
                events.append({**columns, "id": self.event, "hash": digest})
                sealed += [
                    {"event_id": self.event, "kind": kind, "row": row, "case_id": case_id, "seal": seal}
                    for kind, row, case_id, seal in kept
                ]
                self.event += 1
        put(AuditEvent, events)
        put(RowSeal, [self._counted(RowSeal, row) for row in sealed])
        AuditChain.objects.filter(key__in=[key for _kind, key in touched]).delete()
        put(
            AuditChain,
            [
                self._counted(AuditChain, {"kind": kind, "key": key, "length": length, "head": head})
                for kind, key in touched
                for length, head in [self.heads[kind, key]]
            ],
        )


class Copy:
    """One copy of a template: what is the template's own gets ids of its own."""

    def __init__(self, template: Template, number: int) -> None:
        self.template, self.number = template, number
        self.ids = {pk: uuid4() for pk in template.ids}
        self.shift = timedelta(seconds=random.randrange(600 * 86_400))
        self.codes: dict[str, str] = {}

    def scopes(self) -> list[Scope]:
        return [self._scope(scope) for scope in self.template.scopes if scope.id in self.ids]

    def value(self, model: type[models.Model], column: str, value: Any, keys: dict[Scope, Any]) -> Any:
        if isinstance(value, Opened):
            return self._sealed(value, keys)
        if isinstance(value, UUID):
            return self.ids.get(value, value)
        if isinstance(value, datetime) and value.year < 9000:
            return value - self.shift
        if isinstance(value, str) and value:
            return self._text(column, value)
        if isinstance(value, dict | list):
            return self._json(value)
        return value

    def entries(self) -> Iterator[dict[str, Any]]:
        for entry in self.template.entries:
            yield {**entry, "row": self.ids[entry["row"]], "tag": random.getrandbits(20)}

    def keep_files(self) -> None:
        for file, key in self.template.files.items():
            keep_file_key("case", self.ids[self.template.case], self.ids.get(file, file), key)

    def events(
        self, keys: dict[Scope, Any]
    ) -> Iterator[tuple[dict[str, Any], list[tuple[str, UUID, UUID | None, bool]]]]:
        for told in self.template.events:
            number = told["pk"]
            columns = {
                name: self.value(AuditEvent, name, told[name], keys)
                for name in COLUMNS
                if name not in ("chain_seq", "prev_hash", "row_seal")
            }
            sealed = [
                (
                    kind,
                    self.ids[row],
                    self.ids.get(case_id, case_id) if case_id else None,
                    self.template.last[kind, row] == number,
                )
                for kind, row, case_id in self.template.sealed.get(number, ())
            ]
            yield columns, sealed

    def rows(self) -> Iterator[tuple[str, UUID]]:
        for kind, row in self.template.last:
            yield kind, self.ids[row]

    def stored(self) -> list[tuple[str, str]]:
        """Names in the store: of the template, of the copy."""
        return [
            (str(row["stored_as"]), str(self.ids[row["stored_as"]]))
            for model, rows in self.template.rows.items()
            if model in files.keepers()
            for row in rows
        ]

    def _scope(self, scope: Scope) -> Scope:
        return Scope(scope.type, self.ids.get(scope.id, scope.id))

    def _sealed(self, value: Opened, keys: dict[Scope, Any]) -> bytes:
        scope = self._scope(value.scope)
        key = keys.get(scope) or keyring.key_for_writing(*scope)
        row = self.ids.get(value.row, value.row)
        return bytes(key.seal(value.about, row.bytes, value.payload, value.bucket))

    def _text(self, column: str, value: str) -> str:
        if column in ("code", "number") and (column == "code" or re.fullmatch(r"\d{5}-\d{4}-\d+", value)):
            # One code for the row and its history alike.
            if value not in self.codes:
                self.codes[value] = (
                    new_public_code() if column == "code" else f"{value[:11]}{self.number + 1000:06}"
                )
            return self.codes[value]
        return _ID.sub(lambda found: str(self.ids.get(UUID(found[0]), found[0])), value)

    def _json(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._json(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._json(one) for one in value]
        return self._text("", value) if isinstance(value, str) else value


def read_seals(copies: Sequence[Copy]) -> dict[tuple[str, UUID], bytes]:
    """The seals of the rows as the database holds them: what no verb could have told otherwise."""
    wanted: dict[str, list[UUID]] = {}
    for copy in copies:
        for kind, row in copy.rows():
            wanted.setdefault(kind, []).append(row)
    found: dict[tuple[str, UUID], bytes] = {}
    for kind, rows in wanted.items():
        found |= seals._read([(kind, rows)])
    return found


def put(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Copy rows into a table past the ORM."""
    if not rows:
        return
    columns = list(rows[0])
    by_column = {one.column: one for one in model._meta.concrete_fields}
    prepared = [by_column[column] for column in columns]
    chosen = ", ".join(connection.ops.quote_name(column) for column in columns)
    statement = f"COPY {connection.ops.quote_name(model._meta.db_table)} ({chosen}) FROM STDIN"
    with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([_ready(one, row[column]) for one, column in zip(prepared, columns, strict=True)])


def _ready(one: Any, value: Any) -> Any:
    if isinstance(one, models.JSONField) and value is not None:
        return one.get_db_prep_value(value, connection)
    return value


def next_of(model: type[models.Model]) -> int:
    newest = model._base_manager.aggregate(newest=models.Max("pk"))["newest"]
    return int(newest or 0) + 1


def _is_counted(model: type[models.Model]) -> bool:
    return isinstance(model._meta.pk, models.AutoField | models.BigAutoField)


# --- measuring ---


class Watch:
    """How long parts take that are called from within."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}

    def of(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                self.taken[name] = self.taken.get(name, 0) + time.perf_counter() - start

        return timed


def state() -> tuple[dict[str, int], bytes, str]:
    """Row counts, all seals in one digest, the newest root: equal before and after."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sha256(string_agg(seal, ''::bytea ORDER BY id)) FROM casework_rowseal")
        digest = bytes(cursor.fetchone()[0])
    newest = AuditCheckpoint.objects.order_by("-number")[0]
    return {name: tables.count_of(name) for name in tables.tables()}, digest, bytes(newest.root).hex()


def size_of(*paths: Path) -> float:
    found = [path for one in paths for path in (one.rglob("*") if one.is_dir() else [one])]
    return sum(path.stat().st_size for path in found if path.is_file()) / 1e6


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} load {os.getloadavg()[0]:.1f}  {words}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--files", type=int, default=20_000)
    options = parser.parse_args()
    if connection.vendor != "postgresql":
        print("A province runs PostgreSQL: python3 -m config.cluster --durable -- python -m bench.restore")
        return
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    folder = Path(tempfile.mkdtemp(prefix="casework-restore-"))
    settings.STORAGES["attachments"]["OPTIONS"]["location"] = str(folder / "store")
    old = runner.setup_databases(serialized_aliases=set())
    try:
        measure(options.cases, options.files, folder, runner, old)
    finally:
        runner.teardown_databases(old)
        teardown_test_environment()
        shutil.rmtree(folder)


def measure(cases: int, length: int, folder: Path, runner: Any, old: Any) -> None:
    world = build_world(NOW)
    templates = [live(world, parts, length) for parts in LIVES]
    filler = Filler(templates)
    start = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    while filler.made < cases:
        with transaction.atomic(), lifted():
            for _batch in range(50):
                if filler.made < cases:
                    filler.fill(min(BATCH, cases - filler.made))
        say(f"{filler.made} cases")
    tables.go_on_counting()
    say(f"filled in {time.perf_counter() - start:.0f} s")
    sequence(NOW)
    before = state()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size = cursor.fetchone()[0] / 1e6
    rows, events = sum(before[0].values()), before[0]["casework_auditevent"]
    say(
        f"{cases} cases: {rows} rows, {events} events, {before[0]['casework_rowseal']} row seals, {size:.0f} MB"
    )

    private, public = make_pair()
    (folder / "backup").mkdir()
    start = time.perf_counter()
    path = make(folder / "backup", public, NOW + timedelta(minutes=1))
    taken = time.perf_counter() - start
    whole, sealed = size_of(folder / "backup"), size_of(folder / "backup" / "files")
    say(f"backup in {taken:.0f} s, {whole:.0f} MB with {sealed:.0f} MB of files")
    start = time.perf_counter()
    make(folder / "backup", public, NOW + timedelta(minutes=2))
    say(f"the next backup in {time.perf_counter() - start:.0f} s")

    before = state()
    path = max((folder / "backup").glob("backup-*.json"))
    runner.teardown_databases(old)
    shutil.rmtree(folder / "store")
    old[:] = runner.setup_databases(serialized_aliases=set())
    keyring.forget_keys()
    watch = Watch()
    parts = {
        "rows": (archive, "load"),
        "seals and memory": (restoring, "_prove"),
        "files": (restoring, "_bring_files"),
    }
    start = time.perf_counter()
    patches = [
        patch.object(where, name, watch.of(part, getattr(where, name)))
        for part, (where, name) in parts.items()
    ]
    for one in patches:
        one.start()
    try:
        restore(path, private)
    finally:
        for one in patches:
            one.stop()
    whole = time.perf_counter() - start
    told = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in watch.taken.items())
    say(
        f"restore in {whole:.0f} s ({whole / 60:.1f} min): {told}, the rest {whole - sum(watch.taken.values()):.0f} s"
    )
    after = state()
    grown = {name for name in before[0] if before[0][name] != after[0][name]}
    print(
        f"  row counts equal, but for the event that tells of it: {grown <= {'casework_auditevent', 'casework_auditchain'}}"
    )
    print(f"  row seals equal: {before[1] == after[1]}; root of the memory equal: {before[2] == after[2]}")


if __name__ == "__main__":
    main()
