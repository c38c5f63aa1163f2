"""How a rule says no: one family of exceptions, a sentence beside the form and a stable code over REST."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Message: TypeAlias = str | Promise


class Refused(Exception):
    """A rule of the work is broken (409).

    code: stable slug for REST clients and tests; message: translatable sentence; field: the input meant.
    `reasons`: codes of the single conditions that are not met, where a rule has several.
    """

    status: ClassVar[int] = 409
    reasons: Sequence[str] = ()

    def __init__(self, code: str, message: Message, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class _Plain(Refused):
    """A refusal that is complete without saying more; code and message may still be given."""

    default_code: ClassVar[str]
    default_message: ClassVar[Message]

    def __init__(
        self, code: str | None = None, message: Message | None = None, field: str | None = None
    ) -> None:
        super().__init__(code or self.default_code, message or self.default_message, field)


class Denied(_Plain):
    """The user may see this but may not do that to it (403)."""

    status = 403
    default_code = "denied"
    default_message = _("You do not have the right to do this.")


class NotVisible(_Plain):
    """There is no such record for this user (404): hidden and missing look the same, so it names nothing."""

    status = 404
    default_code = "not_found"
    default_message = _("Not found.")


class Erased(_Plain):
    """What the record held was destroyed, with its keys; only that it was there is still known (410)."""

    status = 410
    default_code = "erased"
    default_message = _("This content was destroyed. It cannot be brought back, here or from any backup.")


class Stale(_Plain):
    """Somebody else changed the record since it was shown (412)."""

    status = 412
    default_code = "stale"
    default_message = _("Someone else has changed this record. Open it again and repeat the change.")


class InvalidInput(Refused):
    """The input has the wrong shape (400); errors: field name -> sentence, "" for the input as a whole."""

    status = 400

    def __init__(self, errors: Mapping[str, Message]) -> None:
        super().__init__("invalid_input", _("Please correct the marked fields."), next(iter(errors), None))
        self.errors: dict[str, Message] = dict(errors)


class Unreadable(InvalidInput):
    """Typed text that cannot be read as what was asked; code: stable slug, message: what to type instead."""

    def __init__(self, code: str, message: Message) -> None:
        super().__init__({"": message})
        self.code = code
        self.message = message
