"""Once and once only: the effect of a request and the memory of its key are one transaction.

A key belongs to a user and a route for a day. The same body gets the same receipt again; another body is
refused (422). A refusal is not kept: nothing happened, so asking again may succeed once the reason has gone.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from casework.base import clock
from casework.base.refusals import Refused
from casework.http.models import IdempotencyKey
from casework.organisations.models import User

KEPT: Final = timedelta(hours=24)
KEY_PATTERN: Final = "[A-Za-z0-9_-]{8,64}"
_KEY = re.compile(KEY_PATTERN)


class KeyReused(Refused):
    """The same Idempotency-Key came with another body (422)."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            "idempotency_key_reused", _("This key was used for another request. Make a new key for each one.")
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a verb answers over REST: a status, ids and codes, and headers such as ETag and Location."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def is_key(text: str) -> bool:
    """8 to 64 letters, digits, `_` or `-`; a UUID fits."""
    return _KEY.fullmatch(text) is not None


def once(user: User, route: str, key: str, body: object, effect: Callable[[], Receipt]) -> Receipt:
    """Run the effect unless this key already did, and return its receipt either way.

    Without a key ("") it simply runs. Raises KeyReused, or what the effect refuses: what the memory was told
    of a refusal is committed, the key is not.
    """
    refusal: Refused | None = None
    receipt: Receipt | None = None
    with transaction.atomic():
        row = _claim(user, route, key, _digest(body)) if key else None
        if row is not None and row.status:
            return Receipt(row.status, row.body, row.headers)
        try:
            receipt = effect()
        except Refused as error:
            # Verbs roll their own work back; what remains here is the event that tells of the refusal.
            refusal = error
        if row is not None and receipt is not None:
            row.status, row.body, row.headers = receipt.status, receipt.body, receipt.headers
            row.save(update_fields=["status", "body", "headers"])
        elif row is not None:
            row.delete()
    if receipt is None:
        raise refusal or RuntimeError("an effect gives a receipt or refuses")
    return receipt


def forget_keys(at: datetime) -> int:
    """Remove keys older than a day; returns how many. For the minute job."""
    return IdempotencyKey.objects.filter(created_at__lt=at - KEPT).delete()[0]


def _claim(user: User, route: str, key: str, digest: str) -> IdempotencyKey:
    now = clock.now()
    IdempotencyKey.objects.filter(user=user, route=route, key=key, created_at__lt=now - KEPT).delete()
    # A second request with the same key waits here for the first one's transaction to end.
    row, _made = IdempotencyKey.objects.select_for_update().get_or_create(
        user=user, route=route, key=key, defaults={"digest": digest, "created_at": now}
    )
    if row.digest != digest:
        raise KeyReused
    return row


def _digest(body: object) -> str:
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return salted_hmac("http.idempotency", text, algorithm="sha256").hexdigest()
