"""Made-up names that fit the peoples of Điện Biên; nobody real is meant."""

from dataclasses import dataclass
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class People:
    """How one people forms names, and the code of its language."""

    ethnicity: str
    language: str
    surnames: tuple[str, ...]
    male_middle: tuple[str, ...]
    female_middle: tuple[str, ...]
    male: tuple[str, ...]
    female: tuple[str, ...]


THAI: Final = People(
    "03",
    "thai",
    ("Lò", "Cà", "Quàng", "Tòng", "Vì", "Lường", "Bạc", "Điêu", "Cầm"),
    ("Văn",),
    ("Thị",),
    ("Hặc", "Pâng", "Inh", "Ọi", "Thoạn", "Panh", "Chiến", "Hương", "Kiêm", "Muôn", "Dọn", "Tướng"),
    ("Ánh", "Hương", "Pỏm", "Xiên", "Ín", "Yêu", "Thoa", "Bun", "Ơi", "Phượng", "Lả", "Ngoan"),
)
MONG: Final = People(
    "08",
    "mong",
    ("Vàng", "Giàng", "Thào", "Sùng", "Mùa", "Hạng", "Ly", "Vừ", "Lầu", "Chá", "Hờ", "Tráng"),
    ("A",),
    ("Thị",),
    ("Chớ", "Dơ", "Sính", "Vảng", "Lử", "Tủa", "Dính", "Chứ", "Nhìa", "Sếnh", "Hồng", "Páo"),
    ("Mỷ", "Dở", "Sua", "Mái", "Pàng", "Chía", "Dua", "Xì", "Máy", "Ca", "Nhìa", "Chư"),
)
KINH: Final = People(
    "01",
    "vietnamese",
    ("Nguyễn", "Trần", "Phạm", "Đỗ", "Bùi", "Hoàng", "Vũ"),
    ("Văn", "Đức", "Quang", "Minh"),
    ("Thị", "Thu", "Ngọc"),
    ("Thành", "Hùng", "Toàn", "Sơn", "Hải", "Long", "Tuấn"),
    ("Hạnh", "Nga", "Hiền", "Thúy", "Loan", "Phương", "Mai"),
)
KHOMU: Final = People(
    "29",
    "khomu",
    ("Lường", "Quàng", "Vì", "Lò", "Cút"),
    ("Văn",),
    ("Thị",),
    ("Phanh", "Thoong", "Khăm", "Bun", "Xương"),
    ("Piêng", "Khăm", "Lún", "Ót", "Pành"),
)
HANHI: Final = People(
    "35",
    "hanhi",
    ("Pờ", "Lỳ", "Sừng", "Chang", "Khoàng", "Vù"),
    ("Xè", "Hừ", "Lò"),
    ("Mỳ", "Gió", "Xó"),
    ("Hừ", "Sinh", "Chừ", "Xá", "Go"),
    ("Lé", "Nu", "Pớ", "De", "Xó"),
)
# Roughly as the province is: more Mông and Thái than anyone else.
WEIGHTED: Final = ((MONG, 38), (THAI, 36), (KINH, 14), (KHOMU, 8), (HANHI, 4))


def a_people(random: Random) -> People:
    return random.choices([people for people, _weight in WEIGHTED], [weight for _people, weight in WEIGHTED])[
        0
    ]


def a_name(random: Random, people: People, sex: str) -> str:
    """One made-up full name in the order surname, middle, given."""
    woman = sex == "female"
    return " ".join(
        (
            random.choice(people.surnames),
            random.choice(people.female_middle if woman else people.male_middle),
            random.choice(people.female if woman else people.male),
        )
    )


def a_phone(random: Random) -> str:
    """A number of a shape that exists, in E.164; it belongs to nobody we know."""
    return f"+849{random.randrange(10_000_000, 99_999_999)}"
