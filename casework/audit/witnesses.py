"""Handing checkpoints to witnesses: places that whoever can change the database cannot change."""

import logging
import os
import smtplib
import socket
from collections.abc import Callable, Sequence
from logging.handlers import SysLogHandler
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from casework.audit.models import AuditCheckpoint, AuditWitness

logger = logging.getLogger(__name__)


def tell_witnesses(erasures_after: Callable[[int], Sequence[str]]) -> list[str]:
    """Hand every witness the erasures and checkpoints it has not had, oldest first; returns the addresses that failed.

    erasures_after: the lines of all erasures after that number, one each.
    `settings.AUDIT_WITNESSES`: `file:///mnt/other/lines.txt`, `syslog:///dev/log`, `syslog://host:514`,
    `mailto:office@example.org`. A witness may get a line twice, never none: what failed is tried again.
    """
    return [address for address in settings.AUDIT_WITNESSES if not _told(address, erasures_after)]


def _told(address: str, erasures_after: Callable[[int], Sequence[str]]) -> bool:
    witness, _made = AuditWitness.objects.get_or_create(address=address)
    news = list(AuditCheckpoint.objects.filter(number__gt=witness.told).order_by("number"))
    # Asked for after the checkpoints and written before them: whoever has a checkpoint knows all that was destroyed by then.
    gone = erasures_after(witness.erasures)
    if not news and not gone:
        return True
    try:
        _hand_over(address, [*gone, *(row.checkpoint().line() for row in news)])
    except (OSError, smtplib.SMTPException) as error:
        logger.error("witness %s was not told: %s", urlsplit(address).scheme, type(error).__name__)
        return False
    mine, known = AuditWitness.objects.filter(address=address), witness.erasures + len(gone)
    if news:
        mine.filter(told__lt=news[-1].number).update(told=news[-1].number)
    mine.filter(erasures__lt=known).update(erasures=known)
    return True


def _hand_over(address: str, lines: list[str]) -> None:
    place = urlsplit(address)
    if place.scheme == "file":
        _append(Path(place.path), lines)
    elif place.scheme == "syslog":
        _log(place.hostname, place.port, place.path, lines)
    else:
        message = EmailMessage(
            subject=f"{settings.PRODUCT_NAME}: checkpoint", body="\n".join(lines) + "\n", to=[place.path]
        )
        message.send()


def _append(path: Path, lines: list[str]) -> None:
    """Add to a file and wait for the disk; a file that is not there yet is begun, a folder is not."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640), "w") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())


class _Strict(SysLogHandler):
    """Says when a line could not be sent, instead of printing a traceback and going on."""

    def handleError(self, record: logging.LogRecord) -> None:
        raise


def _log(host: str | None, port: int | None, path: str, lines: list[str]) -> None:
    where = (host, port or 514) if host else path
    handler = _Strict(address=where, socktype=socket.SOCK_DGRAM)
    try:
        for line in lines:
            handler.emit(logging.LogRecord("audit", logging.INFO, "", 0, line, (), None))
    finally:
        handler.close()
