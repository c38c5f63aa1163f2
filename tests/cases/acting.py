"""Every verb of the case as one call, so that rights and states are tested for all of them alike."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from casework.base.clock import local_date
from casework.base.dates import PartialDate
from casework.cases import actions
from casework.cases.models import Case, Participant
from casework.organisations.models import DutyShift, User
from casework.people.models import Address, Kinship, Person, Phone, SafeContact
from tests.world import World

REASON = "Cần biết để đưa đi khám tối nay"
NEW_PERSON: dict[str, object] = {
    "role": "witness",
    "relation": "sibling",
    "full_name": "Lò Văn Chứng",
    "sex": "male",
    "birth_date": PartialDate(1970),
}


def on_duty(world: World, user: User, agency: str = "committee") -> None:
    DutyShift.objects.create(
        user=user,
        agency=world.agencies[agency],
        starts_at=world.now - timedelta(hours=1),
        ends_at=world.now + timedelta(hours=8),
    )


def part_of(case: Case, person: Person) -> Participant:
    return Participant.objects.everything(reason="test").get(case=case, person=person)


def row(model: type[Any], **values: object) -> Any:
    return model.objects.everything(reason="test").get(**values)


class Doing:
    """The verbs on one case by one person, with everything they need made ready by Lan."""

    def __init__(self, world: World, case: Case) -> None:
        self.world, self.case = world, case
        self.victim, self.perpetrator = world.victim(case), world.perpetrator(case)
        lan: dict[str, Any] = {"case": case, "by": world.lan, "at": world.now}
        self.phone: Phone = row(Phone, person=self.victim)
        self.witness = actions.add_person(answers=NEW_PERSON, **lan)
        self.safe: Address = actions.add_address(
            person=self.victim,
            answers={"kind": "safe", "area": world.commune, "village": "Bản Kín", "detail": "Nhà bà Hặc"},
            **lan,
        )
        self.contact: SafeContact = actions.set_safe_contact(person=self.victim, answers=self.agreed(), **lan)
        self.kinship: Kinship = actions.set_kinship(
            person=self.victim, answers={"other": self.perpetrator.pk, "relation": "spouse"}, **lan
        )
        case.refresh_from_db(from_queryset=Case.objects.everything(reason="test"))

    def agreed(self, **changes: object) -> dict[str, object]:
        return {
            "permission": "yes",
            "channel": "call",
            "safe_hours": "8:00-10:00",
            "code_word": "thư viện",
            "confirmed_on": local_date(self.world.now),
            **changes,
        }

    def calls(self) -> dict[str, Callable[..., object]]:
        """Name of the verb -> a call that needs only `by` and `at`."""
        case, world = self.case, self.world
        return {
            "edit_case": lambda **how: actions.edit_case(
                case=case, answers={"origin": "transfer", "legal_basis": "19_1_a", "language": "thai"}, **how
            ),
            "add_person": lambda **how: actions.add_person(
                case=case, answers={**NEW_PERSON, "full_name": "Lò Thị Thêm"}, **how
            ),
            "edit_participant": lambda **how: actions.edit_participant(
                case=case, participant=self.witness, answers={"role": "supporter"}, **how
            ),
            "set_main_participant": lambda **how: actions.set_main_participant(
                case=case, participant=part_of(case, self.victim), **how
            ),
            "edit_person": lambda **how: actions.edit_person(
                case=case, person=self.victim, answers={"full_name": "Lò Thị Đổi"}, **how
            ),
            "add_phone": lambda **how: actions.add_phone(
                case=case, person=self.victim, answers={"number": "+84912000999"}, **how
            ),
            "edit_phone": lambda **how: actions.edit_phone(
                case=case, phone=self.phone, answers={"safe_to_call": "no"}, **how
            ),
            "add_address": lambda **how: actions.add_address(
                case=case, person=self.victim, answers={"kind": "contact", "village": "Bản Mới"}, **how
            ),
            "edit_address": lambda **how: actions.edit_address(
                case=case, address=self.safe, answers={"who_knows": "Chỉ Lan"}, **how
            ),
            "set_safe_contact": lambda **how: actions.set_safe_contact(
                case=case, person=self.victim, answers=self.agreed(safe_hours="14:00"), **how
            ),
            "end_safe_contact": lambda **how: actions.end_safe_contact(
                case=case, contact=self.contact, ended_by="phone_taken", **how
            ),
            "set_kinship": lambda **how: actions.set_kinship(
                case=case,
                person=self.victim,
                answers={"other": self.perpetrator.pk, "relation": "former_spouse"},
                **how,
            ),
            "assign_case": lambda **how: actions.assign_case(case=case, user=world.dung, **how),
            "release_case": lambda **how: actions.release_case(case=case, user=world.minh, **how),
            "transfer_case": lambda **how: actions.transfer_case(
                case=case,
                to_unit=world.agencies["elsewhere"],
                lead=world.tuan,
                kind="moved",
                reason="Đã chuyển nơi ở",
                **how,
            ),
            "seal_case": lambda **how: actions.seal_case(case=case, reason="Có người quen trong xã", **how),
            "declare_conflict": lambda **how: actions.declare_conflict(case=case, **how),
        }
