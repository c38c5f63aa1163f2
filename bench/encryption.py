"""What sealing costs: `python -m bench.encryption` prints ratios, measured side by side in one run.

Times of one machine mean nothing elsewhere; a ratio to plaintext, to raw AES-GCM and to Fernet, taken in turns, does.
Pages are measured three ways at once: plaintext, ours, and django-fernet-encrypted-fields, which is put into a folder
that only a child process of this one sees and that is thrown away. Without a package index it is left out.
"""

import csv
import importlib
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.apps.registry import Apps
from django.conf import settings
from django.db import connection, connections, models
from django.template import engines

from casework.encryption import keyring
from casework.encryption import models as stored
from casework.encryption.canary import verify_canary
from casework.encryption.envelope import LIVE, CipherKey, Scope, Suite, label
from casework.encryption.fields import SealedText

ROUNDS, REPEAT = 15, 400
SIZES = {
    "a name, 20 bytes": (20, 64),
    "an address, 90 bytes": (90, 128),
    "an account, 2,000 bytes": (2000, 256),
}


class Row(models.Model):
    """Ten sealed fields, and ten plain ones beside them."""

    KEY_SCOPE = ("case", "case_id")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case_id = models.UUIDField()
    for _number in range(10):
        locals()[f"sealed_{_number}"] = SealedText(field_id=61000 + _number, size="name")
        locals()[f"plain_{_number}"] = models.CharField(max_length=60)

    class Meta:
        app_label = "casework"
        apps = Apps()

    def __str__(self) -> str:
        return str(self.pk)


def in_turns(variants: dict[str, Callable[[], object]], repeat: int = REPEAT) -> dict[str, float]:
    """CPU microseconds a call, the median of rounds in which all variants run one after the other."""
    times: dict[str, list[float]] = {name: [] for name in variants}
    for _round in range(ROUNDS):
        for name, call in variants.items():
            start = time.thread_time()
            for _ in range(repeat):
                call()
            times[name].append((time.thread_time() - start) / repeat * 1e6)
    return {name: statistics.median(taken) for name, taken in times.items()}


def show(title: str, taken: dict[str, float], base: str) -> None:
    print(f"\n{title}")
    for name, microseconds in taken.items():
        print(f"  {name:34} {microseconds / taken[base]:7.2f} x   ({microseconds:9.2f} us)")


def envelope() -> None:
    """One value, without Django."""
    row, about = uuid.uuid4().bytes, label(1, LIVE)
    raw, fernet = AESGCM(bytes(range(32))), Fernet(Fernet.generate_key())
    ours = CipherKey(1, Scope("case", uuid.uuid4()), bytes(range(32)))
    for title, (length, bucket) in SIZES.items():
        text, nonce, aad = os.urandom(length), os.urandom(12), b"CV" + row
        sealed = {
            "raw AES-GCM": raw.encrypt(nonce, text, aad),
            "Fernet": fernet.encrypt(text),
            **{suite.name: ours.seal(about, row, text, bucket, suite) for suite in Suite},
        }
        seal: dict[str, Callable[[], object]] = {
            "raw AES-GCM": partial(raw.encrypt, nonce, text, aad),
            "Fernet": partial(fernet.encrypt, text),
            **{suite.name: partial(ours.seal, about, row, text, bucket, suite) for suite in Suite},
        }
        opened: dict[str, Callable[[], object]] = {
            "raw AES-GCM": partial(raw.decrypt, nonce, sealed["raw AES-GCM"], aad),
            "Fernet": partial(fernet.decrypt, sealed["Fernet"]),
            **{suite.name: partial(ours.open, about, row, sealed[suite.name]) for suite in Suite},
        }
        show(f"seal {title}", in_turns(seal), "raw AES-GCM")
        show(f"open {title}", in_turns(opened), "raw AES-GCM")
        print(
            f"  bytes on disk: sealed {len(sealed['AES_256_GCM'])}, Fernet {len(sealed['Fernet'])}, text {length}"
        )


def rows(count: int) -> None:
    """Rows through the ORM: the same text sealed and plain."""
    Row._base_manager.all().delete()
    text = "Nguyễn Thị Mai"
    names = [f"{kind}_{number}" for kind in ("sealed", "plain") for number in range(10)]
    made = [Row(case_id=uuid.uuid4(), **dict.fromkeys(names, text)) for _ in range(count)]
    keyring.prepare_keys([Scope("case", row.case_id) for row in made])
    Row._base_manager.bulk_create(made)

    def read(kind: str, *, cold: bool = False, prefetch: bool = True) -> None:
        if cold:
            keyring.forget_keys()
        keyring.begin_request()
        fields = [f"{kind}_{number}" for number in range(10)]
        page = list(Row._base_manager.only("case_id", *fields))
        if kind == "sealed" and prefetch:
            keyring.prefetch_keys(page)
        for row in page:
            for field in fields:
                getattr(row, field)

    def write(kind: str) -> None:
        fields = dict.fromkeys((f"{kind}_{number}" for number in range(10)), text)
        row = made[0]
        for field, value in fields.items():
            setattr(row, field, value)
        row.save(update_fields=fields)

    show(
        f"read 10 fields of {count} rows, each row with its own key",
        in_turns(
            {
                "plain": lambda: read("plain"),
                "sealed, keys in memory": lambda: read("sealed"),
                "sealed, keys in one query": lambda: read("sealed", cold=True),
                "sealed, keys one by one": lambda: read("sealed", cold=True, prefetch=False),
            },
            repeat=1,
        ),
        "plain",
    )
    show(
        "save 10 changed fields of a row",
        in_turns({"plain": lambda: write("plain"), "sealed": lambda: write("sealed")}, repeat=50),
        "plain",
    )


# --- pages: plaintext, ours, Fernet -----------------------------------------------------------------------

PACKAGE = "django-fernet-encrypted-fields==0.4.0"
LINES, EXPORTED = 25, 10_000
ACCOUNT = "Chồng uống rượu về, chửi mắng rồi dùng tay đánh vào mặt và vai; hàng xóm nghe tiếng kêu sang can. "
# What is known of somebody, as it is written in the commune; the size is that of the product's own field.
KNOWN = {
    "full_name": ("Nguyễn Thị Hoa Mai", "name"),
    "other_names": ("", "name"),
    "identity_number": ("011190000123", "id"),
    "phone": ("+84912345678", "id"),
    "birth_date": ("1990-04", "id"),
    "village": ("Bản Mường Phăng 2", "name"),
    "detail": ("Nhà sàn cạnh nhà văn hóa bản, hỏi chị Dung", "address"),
    "workplace": ("Trường mầm non xã", "address"),
    "health_notes": (ACCOUNT * 2, "text"),
    "account": (ACCOUNT * 6, "text"),
}
PLAIN_PART = {
    "number": "03325-2026-0001",
    "state": "in_progress",
    "level": "MEDIUM",
    "commune": "Xã Mường Phăng",
}
LIST = """<table>{% for row in rows %}<tr><td><a href="{% url 'case-overview' row.id %}">{{ row.number }}</a></td>
<td>{{ row.full_name }}</td><td>{{ row.village }}</td><td>{{ row.commune }}</td>
<td>{{ row.state }}</td><td>{{ row.level }}</td><td>{{ row.opened_at|date:"d/m/Y" }}</td>
<td>{{ row.due_at|date:"H:i d/m/Y" }}</td></tr>{% endfor %}</table>"""
DETAIL = "<dl>{% for name, value in told %}<dt>{{ name }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>"


def record(name: str, text: Callable[[str, int], Any]) -> Any:
    """A model of one shape, whatever its texts are kept in; and its history, which keeps them once more."""
    fields: dict[str, Any] = {
        "__module__": __name__,
        "KEY_SCOPE": ("case", "case_id"),
        "Meta": type("Meta", (), {"app_label": "casework", "apps": Apps(), "indexes": []}),
        "id": models.UUIDField(primary_key=True, default=uuid.uuid4),
        "case_id": models.UUIDField(db_index=True),
        "opened_at": models.DateTimeField(db_index=True),
        "due_at": models.DateTimeField(db_index=True),
        **{one: models.CharField(max_length=40) for one in PLAIN_PART},
        **{one: text(size, number) for number, (one, (_said, size)) in enumerate(KNOWN.items())},
    }
    return type(name, (models.Model,), fields)


class Kept:
    """One way of keeping texts: its table, its history, and what is done before rows are read or written."""

    def __init__(self, name: str, text: Callable[[str, int], Any], *, sealed: bool = False) -> None:
        self.name, self.sealed = name, sealed
        self.model, self.history = record(name, text), record(f"{name}History", text)
        with connection.schema_editor() as editor:
            for model in (self.model, self.history):
                editor.create_model(model)

    def rows(self, count: int) -> Iterator[Any]:
        now = datetime(2026, 11, 1, tzinfo=UTC)
        for number in range(count):
            when = now - timedelta(minutes=number)
            yield self.model(
                case_id=uuid.UUID(int=number % 3000), opened_at=when, due_at=when, **PLAIN_PART, **TOLD
            )

    def fill(self, count: int) -> int:
        """Write that many rows; returns the bytes they take."""
        before = pages()
        made = self.rows(count)
        while batch := list(islice(made, 500)):
            if self.sealed:
                keyring.prepare_keys([Scope("case", row.case_id) for row in batch])
            self.model._base_manager.bulk_create(batch)
        return pages() - before

    def page(self) -> str:
        """A page of a list: every row has its own key, and none is in memory."""
        found = self._read(self.model._base_manager.order_by("-opened_at")[:LINES], cold=True)
        return str(TEMPLATES["list"].render({"rows": found}))

    def detail(self) -> str:
        """One record with everything it says; whoever reads it has just come from its case."""
        (row,) = self._read(self.model._base_manager.order_by("-opened_at")[:1])
        return str(TEMPLATES["detail"].render({"told": [(name, getattr(row, name)) for name in KNOWN]}))

    def create(self) -> None:
        """A record and its history, in a case that has its key."""
        (row,) = self.rows(1)
        values = {one.attname: getattr(row, one.attname) for one in self.model._meta.concrete_fields}
        row.save(force_insert=True)
        self.history(**values | {"id": uuid.uuid4()}).save(force_insert=True)

    def export(self) -> int:
        """All rows with most of what they say, as lines of a table; keys 2,000 rows at a time."""
        out = io.StringIO()
        writer = csv.writer(out)
        rows = self.model._base_manager.order_by("-opened_at").iterator(chunk_size=2000)
        while batch := self._read(islice(rows, 2000)):
            for row in batch:
                writer.writerow(
                    [row.number, row.state, row.level, row.opened_at, *(getattr(row, one) for one in KNOWN)]
                )
        return out.tell()

    def _read(self, rows: Any, *, cold: bool = False) -> list[Any]:
        if not self.sealed:
            return list(rows)
        if cold:
            keyring.forget_keys()
        keyring.begin_request()
        return keyring.prefetch_keys(rows)


TOLD = {name: said for name, (said, _size) in KNOWN.items()}
TEMPLATES = {"list": engines["django"].from_string(LIST), "detail": engines["django"].from_string(DETAIL)}
METHODS = {"detail": "detail", "list": "page", "create": "create", "export of 10,000": "export"}
TARGETS = {"detail": 1.2, "list": 1.4, "create": 1.25, "export of 10,000": 2.0}


def pages() -> int:
    """Bytes the database takes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(cursor.fetchone()[0])


def kept_ways() -> list[Kept]:
    found = [
        Kept("Plaintext", lambda size, number: models.TextField(blank=True)),
        Kept("Ours", lambda size, number: SealedText(field_id=61100 + number, size=size), sealed=True),
    ]
    if "encrypted_fields" in sys.modules:
        fernet: Any = sys.modules["encrypted_fields.fields"]
        found.append(Kept("Fernet", lambda size, number: fernet.EncryptedTextField(null=True)))
    return found


def compare() -> None:
    """Pages of the three ways, in turns; the targets are those of plaintext, in CPU time of this process."""
    ways = kept_ways()
    sizes = {way.name: way.fill(EXPORTED) for way in ways}
    for what, repeat in (("detail", 40), ("list", 8), ("create", 40), ("export of 10,000", 1)):
        taken = in_turns({way.name: getattr(way, METHODS[what]) for way in ways}, repeat)
        show(f"{what} (target: at most {TARGETS[what]} of plaintext)", taken, "Plaintext")
        if what == "list" and "Fernet" in taken:
            print(f"  Fernet / ours {taken['Fernet'] / taken['Ours']:.2f} (target: at least 2.5)")
    print(f"\ndisk of {EXPORTED:,} rows (target: at most 1.5 of plaintext)")
    for name, size in sizes.items():
        print(f"  {name:34} {size / sizes['Plaintext']:7.2f} x   ({size / 1e6:9.2f} MB)")


def beside_fernet() -> None:
    """Run `compare` in a child that finds the package in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="casework-fernet-") as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = subprocess.run([*pip, "--no-deps", "--target", folder, PACKAGE], check=False)
        if done.returncode:
            print(f"{PACKAGE} cannot be had: compared with plaintext alone")
        path = os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])
        child = [sys.executable, "-m", "bench.encryption", "--pages"]
        subprocess.run(child, env=os.environ | {"PYTHONPATH": path}, check=True)


def in_memory(*tables: type[models.Model]) -> None:
    connections["default"].settings_dict["NAME"] = ":memory:"
    with connection.schema_editor() as editor:
        kept = [model for model in apps.get_models() if model.__module__ == stored.__name__]
        for model in (*kept, *tables):
            editor.create_model(model)
    # As a server does when it starts: keys are made only under a proven master key.
    verify_canary()


def main() -> None:
    if "--pages" in sys.argv:
        settings.SALT_KEY = "bench"
        try:
            importlib.import_module("encrypted_fields.fields")
        except ModuleNotFoundError:
            print("without the Fernet package")
        in_memory()
        compare()
        return
    envelope()
    in_memory(Row)
    rows(25)
    rows(1000)
    sys.stdout.flush()
    beside_fernet()


if __name__ == "__main__":
    main()
