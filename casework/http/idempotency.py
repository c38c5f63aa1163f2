"""Once and once only: the effect of a request and the memory of its key are one transaction.

A key belongs to a user and a route for a day. The same body gets the same receipt again; another body is
refused (422). A refusal is not kept: nothing happened, so asking again may succeed once the reason has gone.

Pages have the same memory. Their key is drawn with the form, and what was typed is part of it: pressed twice,
a form leads twice to the one thing it did; changed after going back, it is a new form and nothing is refused.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from casework.base import clock
from casework.base.refusals import Refused
from casework.encryption.files import SealedUpload
from casework.http.models import IdempotencyKey
from casework.organisations.models import User

KEPT: Final = timedelta(hours=24)
KEY_PATTERN: Final = "[A-Za-z0-9_-]{8,64}"
_KEY = re.compile(KEY_PATTERN)
# The hidden field of a page's form, and its shape: `uuid4().hex`, half of what a key may be long.
FORM_KEY: Final = "form_key"
# The hidden field that says which draft the form is; see `http.drafts`.
DRAFT_FOR: Final = "draft_for"
# What every form carries and nobody types.
CARRIED: Final = frozenset({FORM_KEY, DRAFT_FOR, "csrfmiddlewaretoken"})
_FORM_KEY = re.compile("[0-9a-f]{32}")


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


def form_key_of(request: HttpRequest) -> str:
    """The key a form was drawn with; empty for a form without one, or with one that is none of ours."""
    key = str(request.POST.get(FORM_KEY, "")) if request.method == "POST" else ""
    return key if _FORM_KEY.fullmatch(key) else ""


def pressed_once(
    user: User,
    request: HttpRequest,
    view: Callable[[], HttpResponseBase],
    *,
    done: Callable[[], object],
) -> HttpResponseBase:
    """Run the view of a form unless this form, with these words in it, has already led on to another page.

    The second press waits for the first and is led to the same place. A page that is drawn again has done
    nothing, so it is not remembered. done: called in the same transaction once the form has led on.
    """
    refusal: Refused | None = None
    answer: HttpResponseBase | None = None
    body = _digest(_typed(request))
    with transaction.atomic():
        row = _claim(user, f"{request.method} {request.path}", form_key_of(request) + body[:32], body)
        if row.status:
            return HttpResponseRedirect(row.headers["Location"])
        try:
            answer = view()
        except Refused as error:
            # As over REST: the event that tells of the refusal is kept, the verb has rolled its work back.
            refusal = error
        if isinstance(answer, HttpResponseRedirect):
            row.status, row.headers = answer.status_code, {"Location": answer.url}
            row.save(update_fields=["status", "headers"])
            done()
        else:
            row.delete()
    if answer is None:
        raise refusal or RuntimeError("a view answers or refuses")
    return answer


def was_pressed(user: User, form_key: str) -> bool:
    """Whether the form drawn with this key has led on: what it still sends is late."""
    return bool(_FORM_KEY.fullmatch(form_key)) and (
        IdempotencyKey.objects.filter(user=user, key__startswith=form_key, status__gt=0).exists()
    )


def _typed(request: HttpRequest) -> dict[str, Any]:
    files = {
        name: [(one.name, one.size, cast("SealedUpload", one).sha256) for one in sent]
        for name, sent in request.FILES.lists()
    }
    return {
        "fields": {name: sent for name, sent in request.POST.lists() if name not in CARRIED},
        "files": files,
    }


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
