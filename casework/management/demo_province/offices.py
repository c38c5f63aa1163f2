"""The province's offices and accounts: every commune has its three, and every role has somebody to sign in as."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from django.db.models import QuerySet

from casework.accounts.actions import add_agency, add_role, add_user, set_duty
from casework.accounts.demo import DEMO_PASSWORD
from casework.accounts.first import first_administrator
from casework.audit.acting import acting_as
from casework.base import text
from casework.management.demo_province.names import a_name, a_people
from casework.organisations.areas import load_areas
from casework.organisations.models import Agency, Area, User

SINCE: Final = date(2023, 7, 1)
HOME: Final = "03325"  # Mường Phăng, where the cast works

# Communes with accounts; in the others the offices exist and a report reaches them by telephone.
STAFFED: Final = (
    HOME, "03127", "03334", "03160", "03217", "03253", "03256", "03203", "03172", "03166", "03349", "03316", "03158",
)  # fmt: skip

# user name -> (full name, role, office); the cast of the story told in the README
CAST: Final[dict[str, tuple[str, str, str]]] = {
    "lan": ("Lò Thị Lan", "social_worker", "committee"),
    "minh": ("Quàng Văn Minh", "social_worker", "committee"),
    "dung": ("Cà Văn Dũng", "police_head", "police"),
    "pao": ("Vàng A Páo", "commune_chair", "committee"),
}
PROVINCE_CAST: Final[dict[str, tuple[str, str, str]]] = {
    "hoa": ("Tòng Thị Hoa", "health_partner", "hospital"),
    "yen": ("Nguyễn Thị Yến", "legal_partner", "legal_aid"),
    "thao": ("Phạm Thu Thảo", "shelter_partner", "shelter"),
    "ngan": ("Bùi Thị Ngân", "counselling_partner", "counselling"),
    "lien": ("Lường Thị Liên", "counselling_partner", "womens_union"),
    "mai": ("Lường Thị Mai", "province_supervisor", "department"),
    "hanh": ("Trần Ngọc Hạnh", "province_supervisor", "department"),
    "kien": ("Đỗ Trung Kiên", "auditor", "inspectorate"),
    "thuy": ("Hoàng Thu Thủy", "statistician", "department"),
    "tong": ("Cầm Thị Pỏm", "receiver", "hotline"),
    "bien": ("Vũ Minh Biên", "receiver", "border"),
    "giao": ("Quàng Thị Ánh", "receiver", "school"),
}
OFFICES: Final = {
    "hospital": ("hospital", "Bệnh viện Đa khoa tỉnh Điện Biên"),
    "legal_aid": ("legal_aid", "Trung tâm Trợ giúp pháp lý nhà nước tỉnh Điện Biên"),
    "shelter": ("shelter", "Nhà tạm lánh tỉnh Điện Biên"),
    "counselling": ("counselling", "Trung tâm Công tác xã hội tỉnh Điện Biên"),
    "womens_union": ("womens_union", "Hội Liên hiệp Phụ nữ tỉnh Điện Biên"),
    "department": ("province_department", "Sở Văn hóa, Thể thao và Du lịch tỉnh Điện Biên"),
    "inspectorate": ("province_department", "Thanh tra tỉnh Điện Biên"),
    "police_province": ("province_police", "Công an tỉnh Điện Biên"),
    "court": ("court", "Tòa án nhân dân khu vực 1, tỉnh Điện Biên"),
    "hotline": ("hotline", "Tổng đài phòng, chống bạo lực gia đình"),
}


@dataclass(slots=True)
class Commune:
    """One commune with those who work there; `staff` maps a role to its account."""

    area: Area
    committee: Agency
    police: Agency
    health: Agency
    staff: dict[str, User] = field(default_factory=dict)


@dataclass(slots=True)
class Province:
    """Everything the stories need."""

    area: Area
    administrator: User
    communes: dict[str, Commune] = field(default_factory=dict)
    offices: dict[str, Agency] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)

    def staffed(self) -> list[Commune]:
        return [self.communes[code] for code in STAFFED]


def build_offices(random: Random, now: datetime) -> Province:
    """Make the offices and accounts, through the verbs of the administrator."""
    load_areas(("11", "14"))
    area = Area.objects.get(code="11", parent__isnull=True, valid_to__isnull=True)
    at = now - timedelta(days=900)
    with acting_as(at=at):
        son = first_administrator(
            username="son",
            full_name="Nguyễn Văn Sơn",
            office="Sở Nội vụ tỉnh Điện Biên",
            area=area,
            since=SINCE,
            password=DEMO_PASSWORD,
            is_demo=True,
        )
    province = Province(area, son)
    province.users["son"] = son
    for key, (kind, name) in OFFICES.items():
        province.offices[key] = add_agency(by=son, at=at, kind=kind, name=name, area=area)
    for commune in _communes():
        province.communes[commune.code] = _add_commune(son, at, commune)
    border = province.communes["03158"].area
    province.offices["border"] = add_agency(
        by=son, at=at, kind="border_post", name="Đồn Biên phòng Sín Thầu", area=border
    )
    province.offices["school"] = add_agency(
        by=son, at=at, kind="school", name="Trường PTDTBT THCS Mường Phăng", area=province.communes[HOME].area
    )
    for username, (full_name, role, office) in PROVINCE_CAST.items():
        province.users[username] = account(son, at, username, full_name, province.offices[office], role)
    _add_staff(random, province, at)
    _add_neighbour(province, at)
    home = province.communes[HOME]
    night = now.replace(minute=0, second=0, microsecond=0)
    set_duty(
        by=home.staff["commune_chair"],
        at=now,
        user=home.staff["police_head"],
        agency=home.police,
        starts_at=night,
        ends_at=night + timedelta(hours=24),
    )
    return province


def _communes() -> QuerySet[Area]:
    return Area.objects.filter(
        province_code="11", parent__isnull=False, valid_to__isnull=True, kind__in=["commune", "ward"]
    ).order_by("code")


def _add_commune(son: User, at: datetime, area: Area) -> Commune:
    return Commune(
        area,
        add_agency(
            by=son,
            at=at,
            kind="commune_committee",
            name=f"UBND {_lower(area)}",
            area=area,
            phone="+842153000000",
        ),
        add_agency(by=son, at=at, kind="commune_police", name=f"Công an {_lower(area)}", area=area),
        add_agency(by=son, at=at, kind="health_station", name=f"Trạm Y tế {_lower(area)}", area=area),
    )


def _lower(area: Area) -> str:
    """«Xã Mường Phăng» inside a name is «xã Mường Phăng»."""
    name = str(area)
    return name[:1].lower() + name[1:]


def _add_staff(random: Random, province: Province, at: datetime) -> None:
    taken = {name for name, _role, _office in (*CAST.values(), *PROVINCE_CAST.values())}
    for commune in province.staffed():
        if commune.area.code == HOME:
            for username, (full_name, role, office) in CAST.items():
                agency = commune.committee if office == "committee" else commune.police
                user = account(province.administrator, at, username, full_name, agency, role)
                province.users[username] = user
                commune.staff.setdefault(role, user)
            commune.staff["commune_supervisor"] = province.users["quy"] = account(
                province.administrator, at, "quy", "Bạc Thị Quý", commune.committee, "commune_supervisor"
            )
            continue
        for role, agency, sex in (
            ("social_worker", commune.committee, "female"),
            ("commune_chair", commune.committee, "male"),
            ("police_head", commune.police, "male"),
        ):
            name = a_name(random, a_people(random), sex)
            while name in taken:
                name = a_name(random, a_people(random), sex)
            taken.add(name)
            username = _free_username(name, province)
            user = account(province.administrator, at, username, name, agency, role)
            province.users[username] = commune.staff[role] = user
    add_role(
        by=province.administrator,
        at=at,
        user=province.users["hanh"],
        agency=province.offices["department"],
        role="statistician",
        since=SINCE,
    )


def _free_username(name: str, province: Province) -> str:
    words = text.search_key(name).split()
    base = words[-1] + "".join(word[0] for word in words[:-1])
    username, number = base, 2
    while username in province.users:
        username, number = f"{base}{number}", number + 1
    return username


def _add_neighbour(province: Province, at: datetime) -> None:
    """Tuấn works in Sơn La: for him nothing of Điện Biên exists."""
    area = Area.objects.filter(province_code="14", parent__isnull=False, valid_to__isnull=True).order_by(
        "code"
    )[0]
    office = add_agency(
        by=province.administrator,
        at=at,
        kind="commune_committee",
        name=f"UBND {_lower(area)} (Sơn La)",
        area=area,
    )
    province.users["tuan"] = account(
        province.administrator, at, "tuan", "Trần Anh Tuấn", office, "social_worker"
    )


def account(son: User, at: datetime, username: str, full_name: str, agency: Agency, role: str) -> User:
    user = add_user(
        by=son,
        at=at,
        username=username,
        full_name=full_name,
        agency=agency,
        role=role,
        since=SINCE,
        is_demo=True,
    )
    # Everybody knows this password, so it is hashed once: on purpose that takes long.
    user.password = son.password
    user.save(update_fields=["password"])
    return user
