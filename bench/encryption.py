"""What sealing costs: `python -m bench.encryption` prints ratios, measured side by side in one run.

Times of one machine mean nothing elsewhere; a ratio to raw AES-GCM and to Fernet, taken in turns, does.
"""

import os
import statistics
import time
import uuid
from collections.abc import Callable
from functools import partial

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps.registry import Apps
from django.db import connections, models

from casework.encryption import keyring
from casework.encryption.envelope import LIVE, CipherKey, Scope, Suite, label
from casework.encryption.fields import SealedText
from casework.encryption.models import DataKey, KeyGeneration

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


def main() -> None:
    envelope()
    connection = connections["default"]
    connection.settings_dict["NAME"] = ":memory:"
    with connection.schema_editor() as editor:
        for model in (DataKey, KeyGeneration, Row):
            editor.create_model(model)
    rows(25)
    rows(1000)


if __name__ == "__main__":
    main()
