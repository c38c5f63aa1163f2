"""Vietnamese text: one stored form (NFC), and keys for searching and sorting that never replace it."""

import re
import unicodedata

# The five written tones in dictionary order after "no mark": huyền, hỏi, ngã, sắc, nặng.
_TONES = "\u0300\u0309\u0303\u0301\u0323"
# f, j, w and z are not in the Vietnamese alphabet but stand in foreign names; they keep their Latin place.
_ALPHABET = "0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: chr(0x20 + place) for place, letter in enumerate(_ALPHABET)}
# Begins the mark that stands for a text that does not open any more; no typed text may hold it.
DAMAGED_SIGN = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}"

_LETTER_RUN = re.compile(r"[^\W\d_]+")
_DIGIT_RUN = re.compile(r"\d+")
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "`": "'"})


def nfc(text: str) -> str:
    """The form in which all text is stored: composed characters, whatever the keyboard sent."""
    return unicodedata.normalize("NFC", text)


def clean_line(text: str) -> str:
    """One line as stored: NFC, no invisible characters, single spaces; letters, case and tones untouched.

    A name keeps the spelling on the person's papers (Hòa stays Hòa, Hoà stays Hoà).
    """
    visible = (char for char in text if char.isspace() or unicodedata.category(char) not in ("Cf", "Cc"))
    return " ".join(nfc("".join(visible)).split())


def accent_key(text: str) -> str:
    """Compares spelling with its tones: Hòa and Hoà are equal, Mùa and Mua are not.

    The mark is moved to the end of its syllable, because both places are in use. For equality only.
    """
    lowered = clean_line(text).lower().translate(_APOSTROPHES)
    return _LETTER_RUN.sub(lambda run: "".join(_split_tones(run.group())), lowered)


def search_key(text: str) -> str:
    """Compares letters only: lower case, no marks, đ as d, single spaces («Mường Ảng» -> «muong ang»)."""
    decomposed = unicodedata.normalize("NFD", accent_key(text))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).replace("đ", "d")


def phrase_sort_key(text: str) -> str:
    """Vietnamese dictionary order from the first word on; «Bản 2» comes before «Bản 10»."""
    return "".join(_word_rank(word) for word in accent_key(text).split())


def sort_key(full_name: str) -> str:
    """Order of a list of people: by given name (the last word), then by the words before it."""
    words = accent_key(full_name).split()
    return "".join(_word_rank(word) for word in words[-1:] + words[:-1])


def initials(full_name: str) -> str:
    """«Vàng Thị Mỷ» -> «V.T.M.»; letters of the alphabet stay (Đ, Ă), tones go (Ánh -> A.)."""
    if DAMAGED_SIGN in full_name:
        # Letters of this mark would pass for those of somebody's name.
        return full_name
    runs = (_LETTER_RUN.search(word) for word in clean_line(full_name).split())
    return "".join(f"{_split_tones(run.group())[0][0].upper()}." for run in runs if run)


def _split_tones(word: str) -> tuple[str, str]:
    """The letters without tone marks (ă, â, ê, ô, ơ, ư, đ stay whole), and the tone marks."""
    decomposed = unicodedata.normalize("NFD", word)
    letters = "".join(char for char in decomposed if char not in _TONES)
    return nfc(letters), "".join(char for char in decomposed if char in _TONES)


def _word_rank(word: str) -> str:
    """Letters first, tone second, so that hoa < hòa < hoan; each word ends in exactly one tone character."""
    letters, tones = _split_tones(word)
    padded = _DIGIT_RUN.sub(lambda digits: digits.group().zfill(9), letters)
    ranks = "".join(_RANK.get(char, "~" + char) for char in padded)
    tone = _TONES.index(tones[0]) + 1 if tones else 0
    return f"{ranks}\x01{chr(0x02 + tone)}"
