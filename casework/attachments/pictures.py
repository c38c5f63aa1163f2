"""Pictures drawn anew: the same dots and nothing else, so that no place, time or camera goes with them. Pure."""

import io
import struct
import threading
from typing import BinaryIO, Final

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from casework.attachments.kinds import DAMAGED, unfit

MOST_DOTS: Final = 40_000_000
QUALITY: Final = 90
TOO_MANY_DOTS = _("This picture has more than 40 million dots. Make it smaller and send it again.")

# Our own bound is asked before any dot is read; the library's would only warn.
Image.MAX_IMAGE_PIXELS = None
# A picture of the largest size takes a few hundred megabytes for a second: one at a time in a process.
_one_at_a_time = threading.Lock()
# What a picture that was made to break its reader can raise in there.
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    AttributeError,
    struct.error,
)
# One JPEG after another in a file is what telephones write with the background out of focus.
_READ_AS: Final = {"JPEG": ("JPEG", "MPO"), "PNG": ("PNG",)}


def redrawn(file: BinaryIO, picture: str) -> bytes:
    """The picture as a new file: turned as it was to be seen, without its metadata, its first frame only.

    picture: JPEG or PNG, the format read and written. InvalidInput on `file` for one that is damaged or too large.
    """
    file.seek(0)
    with _one_at_a_time:
        try:
            with Image.open(file, formats=_READ_AS[picture]) as seen:
                width, height = seen.size
                if width * height > MOST_DOTS:
                    raise unfit(TOO_MANY_DOTS)
                dots = _eight_bits(ImageOps.exif_transpose(seen))
                dots = dots.convert(_mode(dots))
        except _BROKEN as error:
            raise unfit(DAMAGED) from error
        bare = Image.new(dots.mode, dots.size)
        bare.paste(dots)
        out = io.BytesIO()
        bare.save(out, picture, quality=QUALITY)
    return out.getvalue()


def _eight_bits(dots: Image.Image) -> Image.Image:
    """What a scanner of fine grey wrote: turned into red, green and blue as it is, it would be white."""
    return dots.point(lambda level: level * (1 / 256)).convert("L") if dots.mode == "I;16" else dots


def _mode(dots: Image.Image) -> str:
    """Grey stays grey and what can be seen through stays so; everything else is red, green and blue."""
    if dots.mode == "L":
        return "L"
    return "RGBA" if dots.has_transparency_data else "RGB"
