"""Telephone numbers: any usual way of writing them in, one stored form (E.164) out."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

import phonenumbers
from django.utils.translation import gettext_lazy as _

from casework.base.refusals import Unreadable
from casework.base.text import clean_line

PhoneKind: TypeAlias = Literal["mobile", "landline", "other"]

REGION = "VN"

# Old 11-digit mobile prefixes and what the Ministry of Information and Communications made of them in 2018.
OLD_MOBILE_PREFIXES = {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0162": "032", "0163": "033", "0164": "034", "0165": "035",
    "0166": "036", "0167": "037", "0168": "038", "0169": "039",
    "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip

_MOBILE_STARTS = ("03", "05", "07", "08", "09")
_SEVERAL = re.compile(r"[/;,\n]|\s(?:hoặc|hay|và|or|and)\s", re.IGNORECASE)
_SIGNS = re.compile(r"[\s().\-–]")
_DIGITS = re.compile(r"\+?\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Phone:
    """e164: stored and compared; old_number: the 11-digit number of before 2018 it was read from, or ""."""

    e164: str
    kind: PhoneKind
    old_number: str = ""

    def display(self) -> str:
        """As a Vietnamese would write it, foreign numbers with their country code."""
        return display_phone(self.e164)


def parse_phone(typed: str) -> Phone:
    """Reads «0912 345 678», «0912.345.678», «+84…», «0084…», «84…» and the 11-digit mobiles of before 2018.

    Errors: Unreadable phone_several, phone_characters, phone_too_short, phone_too_long, phone_unknown.
    """
    text = clean_line(typed)
    if _SEVERAL.search(text.strip(" /;,")):
        raise Unreadable("phone_several", _("Write one telephone number in each field."))
    digits = _SIGNS.sub("", text)
    if not _DIGITS.fullmatch(digits):
        raise Unreadable("phone_characters", _("Write only digits, spaces, dots and a leading +."))
    national, old_number = _without_old_prefix(_national(digits))
    try:
        number = phonenumbers.parse(national, REGION)
    except phonenumbers.NumberParseException as error:
        raise _length_error(digits) from error
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.TOO_LONG:
        raise Unreadable("phone_too_long", _("This telephone number has too many digits."))
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise _length_error(digits)
    if not phonenumbers.is_valid_number(number):
        if national.startswith("0") and len(national) < 10:
            raise _length_error(digits)
        if national.startswith(_MOBILE_STARTS) and len(national) > 10:
            raise Unreadable("phone_too_long", _("This telephone number has too many digits."))
        raise Unreadable("phone_unknown", _("No such telephone number exists; check the first digits."))
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(e164=e164, kind=_kind(number), old_number=old_number)


def display_phone(e164: str) -> str:
    """«+84912345678» -> «0912 345 678»; a number of another country keeps its code; "" stays ""."""
    if not e164:
        return ""
    number = phonenumbers.parse(e164, None)
    home = phonenumbers.country_code_for_region(REGION)
    formats = phonenumbers.PhoneNumberFormat
    style = formats.NATIONAL if number.country_code == home else formats.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def _national(digits: str) -> str:
    """Undoes the ways of writing the country code; other countries keep theirs."""
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("84") and len(digits) >= 11:
        digits = "+" + digits
    if digits.startswith("+84"):
        return "0" + digits[3:].removeprefix("0")
    return digits


def _without_old_prefix(national: str) -> tuple[str, str]:
    renewed = OLD_MOBILE_PREFIXES.get(national[:4])
    if renewed is None or len(national) != 11:
        return national, ""
    return renewed + national[4:], national


def _length_error(digits: str) -> Unreadable:
    if len(digits.lstrip("+")) > 15:
        return Unreadable("phone_too_long", _("This telephone number has too many digits."))
    return Unreadable("phone_too_short", _("This telephone number has too few digits."))


def _kind(number: phonenumbers.PhoneNumber) -> PhoneKind:
    kind = phonenumbers.number_type(number)
    if kind == phonenumbers.PhoneNumberType.MOBILE:
        return "mobile"
    return "landline" if kind == phonenumbers.PhoneNumberType.FIXED_LINE else "other"
