"""Small real files of every kind that is taken, and somebody who sends them."""

import io
import zipfile
from contextlib import closing
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from casework.attachments.actions import attach_file
from casework.attachments.models import Attachment
from casework.cases.models import Case
from casework.encryption.files import SealedUpload, Sealing
from tests.world import World

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
MP3 = b"ID3\x03\x00\x00\x00\x00\x00\x21" + b"\x00" * 33 + b"\xff\xfb\x90\x64" + b"\x00" * 413
M4A = b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom\x00\x00\x00\x00" + b"\x00" * 100
PLACE = "Bản Giấu Kín"


def office(part: str, **more: bytes) -> bytes:
    """An office document with that part in it; `more`: other parts by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr(part, "<document/>")
        for name, content in more.items():
            package.writestr(name, content)
    return out.getvalue()


DOCX, XLSX = office("word/document.xml"), office("xl/workbook.xml")


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: Any) -> bytes:
    """A picture whose left half is dark, with a camera and a place in its metadata."""
    dots = Image.new("RGB", size, "white")
    dots.paste(Image.new("RGB", (size[0] // 2, size[1]), "black"), (0, 0))
    dots = dots.convert(mode)
    exif = Image.Exif()
    exif[0x010F], exif[0x010E] = "Máy ảnh", PLACE
    exif.get_ifd(0x8825)[1] = "N"
    for tag, value in more.items():
        exif[int(tag.removeprefix("tag_"))] = value
    out, words = io.BytesIO(), PngInfo()
    words.add_itxt("Comment", PLACE)
    said: dict[str, Any] = {"comment": PLACE.encode()} if kind == "JPEG" else {"pnginfo": words}
    dots.save(out, kind, exif=exif, **said)
    return out.getvalue()


FILES = {
    "to-trinh.pdf": PDF,
    "anh.jpg": picture(),
    "anh.png": picture("PNG"),
    "don.docx": DOCX,
    "bang.xlsx": XLSX,
    "ghi-am.mp3": MP3,
    "ghi-am.m4a": M4A,
}


def upload(name: str = "to-trinh.pdf", content: bytes | None = None) -> SealedUpload:
    """The file as the upload handler leaves it."""
    sealing = Sealing()
    sealing.write(FILES[name] if content is None else content)
    return sealing.complete(name)


def attach(
    world: World, case: Case, name: str = "to-trinh.pdf", content: bytes | None = None, **how: Any
) -> Attachment:
    how = {"by": world.lan, "at": world.now, **how}
    with closing(upload(name, content)) as file:
        return attach_file(case=case, answers={"file": file, **how.pop("answers", {})}, **how)
