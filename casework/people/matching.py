"""The same person, perhaps: blind indexes kept beside a person, and the candidates they find."""

from uuid import UUID

from casework.encryption import blind
from casework.people.models import Person


def index_person(person: Person) -> None:
    """Write the blind index entries of a person anew: identity number, phones, and name with birth year."""
    blind.put("person.identity", person.pk, person.identity_number)
    phones = list(person.phones.everything(reason="indexing a person inside a verb").order_by("created_at"))
    blind.put("person.phone", person.pk, [phone.number for phone in phones])
    blind.put("person.name_year", person.pk, name_year(person.full_name, person.birth_date))


def name_year(full_name: str, birth_date: str) -> str:
    """The key of the name index, empty unless both the name and a birth year are known."""
    year = birth_date[:4]
    return f"{full_name}|{year}" if full_name and len(year) == 4 else ""


def candidates(*, full_name: str = "", birth_date: str = "", phone: str = "", identity: str = "") -> list[UUID]:
    """Ids of people who may be this person, best evidence first; each must be opened and compared before it counts."""
    found: dict[UUID, None] = {}
    for index, value in (
        ("person.identity", identity),
        ("person.phone", phone),
        ("person.name_year", name_year(full_name, birth_date)),
    ):
        if value:
            found.update(dict.fromkeys(blind.find(index, value)))
    return list(found)
