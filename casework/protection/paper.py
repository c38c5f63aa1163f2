"""The working paper of a decision: plain words and times, and no way from here to anything else.

A decision legally reaches the person it binds. What is printed is built from this and nothing more: no address, no
telephone, no safe contact, no account of what was said, no record that would lead there. Pure.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

DRAFT: Final = "draft"
DECISION: Final = "decision"
REFUSAL: Final = "refusal"


@dataclass(frozen=True, slots=True)
class Paper:
    """A contact ban, its draft, or the written refusal of one; texts are ready to print.

    requester, requested_at and reasons stand only on a refusal, which goes to whoever asked: a ban does not tell the
    person it binds that it was she who did.
    """

    kind: str
    committee: str
    number: str
    decided_at: datetime | None
    signed_by: str
    requester: str
    requested_at: datetime | None
    protects: str
    binds: str
    binds_born: str
    grounds: tuple[str, ...]
    starts_at: datetime | None
    ends_at: datetime | None
    forbidden: tuple[str, ...]
    conditions: str
    allowed: tuple[str, ...]
    allowed_hours: int
    monitor: str
    copies: tuple[str, ...]
    reasons: str
