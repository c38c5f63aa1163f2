"""Identity numbers: shape is checked, content only doubted: issued cards carry wrong years and sexes."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from casework.base.dates import LATEST_YEAR, PartialDate
from casework.base.refusals import Unreadable
from casework.base.text import clean_line

# Province of birth registration, the first three digits (Thông tư 07/2016/TT-BCA). The 63 codes stay on
# issued cards after the mergers of 2025. Births abroad carry the code of a country: another code is no error.
PROVINCES = {
    "001": "Hà Nội", "002": "Hà Giang", "004": "Cao Bằng", "006": "Bắc Kạn", "008": "Tuyên Quang",
    "010": "Lào Cai", "011": "Điện Biên", "012": "Lai Châu", "014": "Sơn La", "015": "Yên Bái",
    "017": "Hòa Bình", "019": "Thái Nguyên", "020": "Lạng Sơn", "022": "Quảng Ninh", "024": "Bắc Giang",
    "025": "Phú Thọ", "026": "Vĩnh Phúc", "027": "Bắc Ninh", "030": "Hải Dương", "031": "Hải Phòng",
    "033": "Hưng Yên", "034": "Thái Bình", "035": "Hà Nam", "036": "Nam Định", "037": "Ninh Bình",
    "038": "Thanh Hóa", "040": "Nghệ An", "042": "Hà Tĩnh", "044": "Quảng Bình", "045": "Quảng Trị",
    "046": "Thừa Thiên Huế", "048": "Đà Nẵng", "049": "Quảng Nam", "051": "Quảng Ngãi", "052": "Bình Định",
    "054": "Phú Yên", "056": "Khánh Hòa", "058": "Ninh Thuận", "060": "Bình Thuận", "062": "Kon Tum",
    "064": "Gia Lai", "066": "Đắk Lắk", "067": "Đắk Nông", "068": "Lâm Đồng", "070": "Bình Phước",
    "072": "Tây Ninh", "074": "Bình Dương", "075": "Đồng Nai", "077": "Bà Rịa - Vũng Tàu",
    "079": "Hồ Chí Minh", "080": "Long An", "082": "Tiền Giang", "083": "Bến Tre", "084": "Trà Vinh",
    "086": "Vĩnh Long", "087": "Đồng Tháp", "089": "An Giang", "091": "Kiên Giang", "092": "Cần Thơ",
    "093": "Hậu Giang", "094": "Sóc Trăng", "095": "Bạc Liêu", "096": "Cà Mau",
}  # fmt: skip

CITIZEN_12, CITIZEN_9, PASSPORT = "citizen_12", "citizen_9", "passport"
NUMBERED_KINDS = (CITIZEN_12, CITIZEN_9, PASSPORT)

_SIGNS = re.compile(r"[\s.\-]")
_DIGITS = re.compile(r"[0-9]+")
_PASSPORT = re.compile(r"[A-Z0-9]{6,15}")
_SEX_OF_DIGIT = ("male", "female")


@dataclass(frozen=True, slots=True)
class IdentityWarning:
    """Something to look at again, never a reason to refuse; code: stable slug."""

    code: str
    message: str | Promise


def parse_identity(kind: str, typed: str) -> str:
    """The stored and compared form of a number of that kind (a row of the code list identity_kind).

    Errors: Unreadable identity_digits, identity_length_12, identity_length_9, identity_passport;
    ValueError for a kind that has no number.
    """
    number = _SIGNS.sub("", clean_line(typed)).upper()
    if kind == PASSPORT:
        if not _PASSPORT.fullmatch(number):
            raise Unreadable(
                "identity_passport", _("A passport number has 6 to 15 letters and digits, without marks.")
            )
        return number
    if kind not in (CITIZEN_12, CITIZEN_9):
        raise ValueError(f"an identity of kind {kind!r} has no number")
    if not _DIGITS.fullmatch(number):
        raise Unreadable("identity_digits", _("This number has digits only."))
    if kind == CITIZEN_12 and len(number) != 12:
        raise Unreadable("identity_length_12", _("The personal identification number has exactly 12 digits."))
    if kind == CITIZEN_9 and len(number) != 9:
        raise Unreadable("identity_length_9", _("The old identity card number has exactly 9 digits."))
    return number


def identity_warnings(
    kind: str, number: str, *, sex: str = "", born: PartialDate | None = None
) -> list[IdentityWarning]:
    """What does not fit together, for a number already read by parse_identity.

    sex: a row of the code list sex; only male and female can disagree (Nghị định 137/2015/NĐ-CP Art. 13).
    """
    if kind == CITIZEN_9:
        return [
            IdentityWarning(
                "identity_old",
                _("9-digit cards are old papers. Ask whether the person has a 12-digit number."),
            )
        ]
    if kind != CITIZEN_12:
        return []
    warnings: list[IdentityWarning] = []
    if number[:3] not in PROVINCES:
        warnings.append(
            IdentityWarning(
                "identity_place",
                _("The first three digits are not the code of a province; births abroad have other codes."),
            )
        )
    written_sex, written_year = sex_and_year(number)
    if written_year > LATEST_YEAR:
        warnings.append(
            IdentityWarning(
                "identity_century", _("The fourth digit stands for a century that has not come yet.")
            )
        )
    if sex in _SEX_OF_DIGIT and sex != written_sex:
        warnings.append(
            IdentityWarning("identity_sex", _("The number belongs to a person of the other sex. Check both."))
        )
    if born is not None and born.year != written_year:
        warnings.append(
            IdentityWarning("identity_year", _("The number belongs to another birth year. Check both."))
        )
    return warnings


def sex_and_year(number: str) -> tuple[str, int]:
    """What a 12-digit number says: the fourth digit is century and sex (0, 1: 1900-1999), then the year."""
    century, is_female = divmod(int(number[3]), 2)
    return _SEX_OF_DIGIT[is_female], 1900 + 100 * century + int(number[4:6])
