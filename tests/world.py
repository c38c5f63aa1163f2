"""The cast: a small world made through the real verbs, with everyone the rules speak of."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from casework.accounts.actions import add_agency, add_user
from casework.accounts.first import first_administrator
from casework.base import clock
from casework.cases.actions import open_case
from casework.cases.models import Case
from casework.intake.actions import assign_report, take_report
from casework.intake.models import Report
from casework.organisations.areas import current_area, load_areas
from casework.organisations.models import Agency, Area, Membership, User
from casework.people.models import Person

SINCE = date(2020, 1, 1)
PASSWORD = "only-for-the-tests-2026"


@dataclass
class World:
    """People, offices and one case of Mường Phăng, as of `now`."""

    now: datetime
    province: Area
    commune: Area
    elsewhere: Area
    users: dict[str, User] = field(default_factory=dict)
    agencies: dict[str, Agency] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            user: User = self.__dict__["users"][name]
        except KeyError as error:
            raise AttributeError(name) from error
        return user

    def at(self, **ago: float) -> datetime:
        """An instant before now: `world.at(hours=3)`."""
        return self.now - timedelta(**ago)

    def report(self, *, at: datetime | None = None, by: User | None = None, **answers: Any) -> Report:
        """A report taken by Lan's office about a beating in Mường Phăng, assigned to Lan unless told otherwise."""
        at = at or self.at(days=2)
        people = answers.pop(
            "people",
            [
                {
                    "role": "victim",
                    "full_name": "Lò Thị Mẫu",
                    "age": "1990",
                    "sex": "female",
                    "phone": "+84912345678",
                },
                {
                    "role": "perpetrator",
                    "full_name": "Lường Văn Mẫu",
                    "age": "1986",
                    "sex": "male",
                    "relation": "spouse",
                },
            ],
        )
        values: dict[str, Any] = {
            "received_at": at,
            "address_kind": "a",
            "channel": "call",
            "reporter_kind": "neighbour",
            "reporter_name": "Người Báo Tin",
            "area": self.commune,
            "village": "Bản Mẫu",
            "account": "Chồng đánh vợ, có tiếng kêu cứu.",
            "danger_now": "no",
            "injured": "yes",
            **answers,
        }
        return take_report(
            by=by or self.users["lan"],
            at=at,
            agency=self.agencies["committee"],
            answers=values,
            people=people,
        )

    def assigned_report(self, *, at: datetime | None = None, **answers: Any) -> Report:
        at = at or self.at(days=2)
        report = self.report(at=at, **answers)
        return assign_report(
            report=report,
            by=self.users["pao"],
            at=at,
            agency=self.agencies["committee"],
            user=self.users["lan"],
        )

    def case(self, *, at: datetime | None = None, **answers: Any) -> Case:
        """A case that Lan has, opened on an assigned report."""
        at = at or self.at(days=2)
        return open_case(report=self.assigned_report(at=at, **answers), by=self.users["lan"], at=at)

    def victim(self, case: Case) -> Person:
        return self._main(case, "victim")

    def perpetrator(self, case: Case) -> Person:
        return self._main(case, "perpetrator")

    def _main(self, case: Case, role: str) -> Person:
        return Person.objects.everything(reason="test").get(
            participations__case=case, participations__role=role, participations__is_main=True
        )


# name -> (full name, role, office)
CAST: dict[str, tuple[str, str, str]] = {
    "lan": ("Lò Thị Lan", "social_worker", "committee"),
    "minh": ("Quàng Văn Minh", "social_worker", "committee"),
    "dung": ("Cà Văn Dũng", "police_head", "police"),
    "pao": ("Vàng A Páo", "commune_chair", "committee"),
    "hoa": ("Tòng Thị Hoa", "health_partner", "hospital"),
    "yen": ("Nguyễn Thị Yến", "legal_partner", "legal"),
    "tuan": ("Trần Anh Tuấn", "social_worker", "elsewhere"),
    "mai": ("Lường Thị Mai", "province_supervisor", "department"),
    "kien": ("Đỗ Trung Kiên", "auditor", "inspectorate"),
}


def build_world(now: datetime | None = None) -> World:
    """Everyone of the cast in their offices: Mường Phăng commune, Điện Biên province, and Tuấn in Sơn La."""
    now = now or clock.now().astimezone(UTC)
    load_areas(("11", "14"))
    commune = current_area("03325")
    assert commune is not None
    assert commune.parent is not None
    elsewhere = Area.objects.filter(province_code="14", parent__isnull=False, valid_to__isnull=True).order_by(
        "code"
    )[0]
    world = World(now=now, province=commune.parent, commune=commune, elsewhere=elsewhere)
    son = first_administrator(
        username="son",
        full_name="Nguyễn Văn Sơn",
        office="Sở Nội vụ tỉnh Điện Biên",
        area=commune.parent,
        since=SINCE,
        password=PASSWORD,
        is_demo=True,
    )
    world.users["son"] = son
    offices = {
        "committee": ("commune_committee", OFFICES["committee"], commune),
        "police": ("commune_police", OFFICES["police"], commune),
        "hospital": ("hospital", OFFICES["hospital"], commune.parent),
        "legal": ("legal_aid", OFFICES["legal"], commune.parent),
        "department": ("province_department", OFFICES["department"], commune.parent),
        "inspectorate": ("province_department", OFFICES["inspectorate"], commune.parent),
        "elsewhere": ("commune_committee", f"UBND {elsewhere}", elsewhere),
    }
    for key, (kind, name, area) in offices.items():
        world.agencies[key] = add_agency(by=son, at=now, kind=kind, name=name, area=area)
    for username, (full_name, role, office) in CAST.items():
        world.users[username] = with_password(
            add_user(
                by=son,
                at=now,
                username=username,
                full_name=full_name,
                agency=world.agencies[office],
                role=role,
                since=SINCE,
                is_demo=True,
            )
        )
    return world


def with_password(user: User) -> User:
    """The account as it is once its owner has chosen the password of all tests."""
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


OFFICES = {
    "committee": "UBND xã Mường Phăng",
    "police": "Công an xã Mường Phăng",
    "hospital": "Bệnh viện Đa khoa tỉnh Điện Biên",
    "legal": "Trung tâm Trợ giúp pháp lý tỉnh Điện Biên",
    "department": "Sở Văn hóa, Thể thao và Du lịch tỉnh Điện Biên",
    "inspectorate": "Thanh tra tỉnh Điện Biên",
}


def load_world(now: datetime | None = None) -> World:
    """The world as it stands in the database, with fresh objects, built first when it is not there."""
    users = {user.username: user for user in User.objects.filter(username__in=[*CAST, "son"])}
    if not users:
        build_world()
        return load_world(now)
    by_id = {user.pk: name for name, user in users.items() if name in CAST}
    held = Membership.objects.select_related("agency__area__parent").filter(user__in=by_id)
    agencies = {CAST[by_id[membership.user_id]][2]: membership.agency for membership in held}
    commune = agencies["committee"].area
    assert commune.parent is not None
    return World(
        now=now or clock.now(),
        province=commune.parent,
        commune=commune,
        elsewhere=agencies["elsewhere"].area,
        users=users,
        agencies=agencies,
    )
