"""How a message leaves: by e-mail, and by SMS through whatever gateway an office has."""

import json
import os
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string


class NotSent(Exception):
    """The message did not leave; it is tried again."""


class Gateway(Protocol):
    """What sends a text message. Its class is named by SMS_GATEWAY and is made without arguments."""

    def send(self, *, message_id: str, to: str, text: str) -> None:
        """Hand one message over, within 30 seconds.

        message_id: the same for every try of one message: a gateway that has had it before sends nothing and returns.
        to: a number in international form (+84…). text: neutral, one part. Raises NotSent when it was not taken.
        """


class FileGateway:
    """Writes each message into a file of its own in SMS_FOLDER: for the demo, tests, and a modem that reads a folder."""

    def __init__(self) -> None:
        self.folder = Path(settings.SMS_FOLDER)

    def send(self, *, message_id: str, to: str, text: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = json.dumps({"id": message_id, "to": to, "text": text}, ensure_ascii=False)
        unfinished = self.folder / f".{message_id}.{os.getpid()}"
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # A link is made whole or not at all, and never over a message that is there already.
            os.link(unfinished, self.folder / f"{message_id}.json")
        except FileExistsError:
            return
        except OSError as error:
            raise NotSent("the folder of text messages cannot be written") from error
        finally:
            unfinished.unlink(missing_ok=True)


def gateway() -> Gateway | None:
    """The gateway of this installation; None where there is none.

    Raises ImproperlyConfigured for a name that leads nowhere.
    """
    if not settings.SMS_GATEWAY:
        return None
    try:
        made: Gateway = import_string(settings.SMS_GATEWAY)()
    except ImportError as error:
        raise ImproperlyConfigured(f"SMS_GATEWAY names no class: {settings.SMS_GATEWAY}") from error
    return made


def send_email(*, message_id: str, to: str, subject: str, text: str) -> None:
    """Hand one letter to the mail server. Tried twice it has the same Message-ID, so mail servers keep one.

    Raises NotSent when the server did not take it.
    """
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    letter = EmailMessage(
        subject, text, settings.DEFAULT_FROM_EMAIL, [to], headers={"Message-ID": f"<{message_id}@{domain}>"}
    )
    try:
        letter.send()
    except OSError as error:
        # smtplib's own errors are OSErrors too. They repeat the address, so they are not passed on.
        raise NotSent(type(error).__name__) from None
