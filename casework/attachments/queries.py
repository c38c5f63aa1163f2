"""Files of a case as its pages and REST show them, and their content."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final, Protocol, cast
from uuid import UUID

from django.apps import apps
from django.core.files.storage import storages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.access.guard import GuardedModel
from casework.access.lists import Page, page_of
from casework.attachments.models import Attachment
from casework.base.codes import codes
from casework.base.dates import display_happened
from casework.base.refusals import Refused
from casework.cases.models import Case
from casework.encryption.envelope import CannotOpen
from casework.encryption.files import OpenedFile, file_key
from casework.encryption.keyring import KeyDestroyed, prefetch_keys
from casework.organisations.models import User

SHOWN: Final = 30
STRAY: Final = timedelta(days=1)
# By name: these rooms stand beside and above this one.
ABOUT: Final = {"incident": "Incident", "measure": "Measure"}


class FileRemoved(Refused):
    """The file was removed and its key destroyed (410)."""

    status = 410

    def __init__(self) -> None:
        super().__init__(
            "file_removed", gettext_lazy("This file was removed. Its content cannot be brought back.")
        )


class FileDamaged(Refused):
    """What lies in the store is not what was sealed (409)."""

    def __init__(self) -> None:
        super().__init__(
            "file_damaged",
            gettext_lazy("This file is missing or was changed in the store. Tell whoever runs the system."),
        )


class StoreAway(Refused):
    """The store of files does not answer, or has no room (503)."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "store_away",
            gettext_lazy(
                "Files cannot be stored or fetched at the moment. Nothing was changed; try again in a few minutes."
            ),
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One file of the list; `about`: what it belongs to, in words."""

    row: Attachment
    about: str

    @property
    def ending(self) -> str:
        return self.row.file_name.rpartition(".")[2].upper()


def store() -> Any:
    """Where sealed files lie: a folder (`attachments.storage`) or an S3 store (`attachments.s3`), as STORAGES says."""
    return storages["attachments"]


def files_of(user: User, case: Case, *, after: str = "") -> Page[Attachment]:
    """A page of the files of a case, the latest first, removed ones among them."""
    rows = Attachment.objects.visible_to(user).filter(case=case).select_related("created_by")
    found = page_of(rows, after=after, size=SHOWN)
    prefetch_keys(found.rows)
    return found


def lines_of(user: User, case: Case, rows: list[Attachment]) -> list[Line]:
    """The files with what each belongs to."""
    named = dict(subjects_of(user, case)) if any(row.about for row in rows) else {}
    return [Line(row, named.get(row.about, "") if row.about else "") for row in rows]


def subjects_of(user: User, case: Case) -> list[tuple[UUID, str]]:
    """The incidents and measures of the case a file may belong to, the latest first, in words without names."""
    return [
        (row.pk, _said(kind, row))
        for kind in ABOUT
        for row in _subjects(user, kind).filter(case=case).order_by("-created_at")
    ]


def kind_of_subject(user: User, case: Case, pk: UUID) -> str:
    """Whether it is an incident or a measure of this very case; empty when it is neither."""
    return next((kind for kind in ABOUT if _subjects(user, kind).filter(case=case, pk=pk).exists()), "")


class Kept(Protocol):
    """A row of a case that keeps a file in the store."""

    case_id: Any
    stored_as: Any
    size: int

    @property
    def file_id(self) -> UUID: ...


def content_of(attachment: Kept) -> OpenedFile:
    """The plaintext of a file that was opened by `open_record`; its first piece is proved to be whole.

    Raises FileRemoved, FileDamaged, StoreAway.
    """
    with ExitStack() as opened:
        try:
            key = file_key("case", attachment.case_id, attachment.file_id)
            sealed = opened.enter_context(cast("BinaryIO", store().open(str(attachment.stored_as))))
            content = OpenedFile(key, sealed, attachment.size)
            next(content.span(0, 1))
        except KeyDestroyed:
            raise FileRemoved from None
        except (CannotOpen, FileNotFoundError) as error:
            raise FileDamaged from error
        except OSError as error:
            raise StoreAway from error
        opened.pop_all()
    return content


def forget_strays(at: datetime) -> int:
    """Delete what lies in the store for no file: removed, or of a transaction that was taken back. For the daily job.

    Returns how many. What came within the last day may be of a transaction that still runs.
    """
    old = {name for name, since in store().lying().items() if since < at - STRAY}
    strays = old - {str(name) for model in keepers() for name in _kept_by(model)}
    for name in strays:
        store().delete(name)
    return len(strays)


def keepers() -> list[Any]:
    """The models whose rows keep a file in the store, of this room and of those above."""
    return [
        model
        for model in apps.get_app_config("casework").get_models()
        if issubclass(model, GuardedModel) and any(one.name == "stored_as" for one in model._meta.fields)
    ]


def _kept_by(model: Any) -> Any:
    there = model.objects.everything(reason="the daily sweep of the store").filter(removed_at=None)
    return there.values_list("stored_as", flat=True)


def _subjects(user: User, kind: str) -> Any:
    model: Any = apps.get_model("casework", ABOUT[kind])
    return model.objects.visible_to(user)


def _said(kind: str, row: Any) -> str:
    if kind == "measure":
        return codes("measure").label(row.kind)
    part = codes("part_of_day").label(row.happened_part_of_day) if row.happened_part_of_day else ""
    return _("Incident: %(when)s") % {"when": display_happened(row.happened_at, row.happened_precision, part)}
