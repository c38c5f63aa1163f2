"""Which files are taken, how long they may be, and how we know that one is what its name says. Pure."""

import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, Final

import puremagic
from django.utils.translation import gettext_lazy as _

from casework.base.refusals import InvalidInput, Message

LONGEST_NAME: Final = 120
# Where nothing is left of a name but its end.
NAMELESS: Final = "_"
# Enough of the beginning for every signature of the list.
HEAD: Final = 4096
# An office document of a hundred pages with pictures has some hundred parts and unpacks to a tenth of this.
MOST_PARTS: Final = 2_000
LARGEST_UNPACKED: Final = 200_000_000
LARGEST_DIRECTORY: Final = 1_000_000
_PACKED_AS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_END: Final = struct.Struct("<4s4H2LH")
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its media type, the endings of its names, what its signature is told as.

    part: what an office document of this kind must hold; picture: its format where it is drawn anew.
    """

    media_type: str
    endings: tuple[str, ...]
    told_as: frozenset[str]
    part: str = ""
    picture: str = ""


_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
KINDS: Final = (
    Kind("application/pdf", (".pdf",), frozenset({".pdf"})),
    Kind("image/jpeg", (".jpg", ".jpeg"), frozenset({".jpg", ".jpeg"}), picture="JPEG"),
    Kind("image/png", (".png",), frozenset({".png"}), picture="PNG"),
    Kind(f"{_OFFICE}wordprocessingml.document", (".docx",), frozenset({".docx"}), part="word/document.xml"),
    Kind(f"{_OFFICE}spreadsheetml.sheet", (".xlsx",), frozenset({".xlsx"}), part="xl/workbook.xml"),
    Kind("audio/mpeg", (".mp3",), frozenset({".mp3", ".mpga"})),
    # Telephones write a recording of sound under the brand of any MPEG-4 file.
    Kind("audio/mp4", (".m4a",), frozenset({".m4a", ".mp4"})),
)
ENDINGS: Final = tuple(ending for kind in KINDS for ending in kind.endings)

NOT_TAKEN = _("Only PDF, JPEG and PNG pictures, Word (docx), Excel (xlsx), MP3 and M4A are taken.")
NOT_AS_NAMED = _("The content of this file is not what the end of its name says.")
DAMAGED = _("This file is damaged, or protected by a password.")
TOO_MUCH = _("This file unpacks to more than is taken.")
HAS_MACROS = _("This document holds a program (macros). Save it without and send it again.")


def kind_of(name: str, file: BinaryIO) -> Kind:
    """The kind of a file by its name, proved by its content; InvalidInput on `file`.

    file: the plaintext, read from its beginning and left anywhere.
    """
    ending = PurePosixPath(name).suffix.lower()
    kind = next((kind for kind in KINDS if ending in kind.endings), None)
    if kind is None:
        raise unfit(NOT_TAKEN)
    file.seek(0)
    if not _signatures(file.read(HEAD)) & kind.told_as:
        raise unfit(NOT_AS_NAMED)
    if kind.part:
        _check_package(file, kind.part)
    return kind


def safe_name(name: str) -> str:
    """The name as it is kept: NFC, one line, no invisible signs that turn letters around, its ending whole."""
    seen = "".join(
        letter for letter in unicodedata.normalize("NFC", name) if unicodedata.category(letter)[0] != "C"
    )
    path = PurePosixPath(seen)
    stem = path.stem.strip()[: LONGEST_NAME - len(path.suffix)] or NAMELESS
    return f"{stem}{path.suffix.lower()}"


def unfit(message: Message) -> InvalidInput:
    """The refusal of a file, beside the question it was the answer to."""
    return InvalidInput({"file": message})


def _signatures(head: bytes) -> set[str]:
    try:
        return {found.extension for found in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return set()


def _check_package(file: BinaryIO, part: str) -> None:
    """An office document: a ZIP with that part in it, bounded, whole, without a password and without programs."""
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
            names = {one.filename for one in parts}
            if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > LARGEST_UNPACKED:
                raise unfit(TOO_MUCH)
            if not {"[Content_Types].xml", part} <= names:
                raise unfit(NOT_AS_NAMED)
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise unfit(HAS_MACROS)
            # The format knows no other ways to pack, and each of them is a reader more that can be broken.
            if any(one.compress_type not in _PACKED_AS for one in parts):
                raise unfit(DAMAGED)
            for one in parts:
                _unpack(package, one)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
        LookupError,
        struct.error,
    ) as error:
        raise unfit(DAMAGED) from error


def _check_directory(file: BinaryIO) -> None:
    """The list of parts is read whole, so it is bounded by what the end of the file says of it before."""
    length = file.seek(0, 2)
    locator = 20
    file.seek(max(0, length - _END.size - locator))
    tail = file.read()
    end = tail[-_END.size :]
    if len(end) < _END.size or end[:4] != b"PK\x05\x06" or end[-2:] != b"\0\0":
        raise unfit(DAMAGED)
    # A second, longer list stands behind this mark (ZIP64); a document as short as we take has none.
    if tail.startswith(b"PK\x06\x07") or _END.unpack(end)[5] > LARGEST_DIRECTORY:
        raise unfit(TOO_MUCH)


def _unpack(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a part to its end: what it says of its own length is believed only because its checksum fits."""
    with package.open(part) as content:
        while content.read(_PIECE):
            pass
