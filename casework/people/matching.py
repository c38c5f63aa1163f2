"""The same person, perhaps: blind indexes kept beside a person, and the candidates they find."""

from collections.abc import Collection
from contextlib import suppress
from typing import Final
from uuid import UUID

from casework.encryption import CannotOpen, blind
from casework.encryption.keyring import prefetch_keys
from casework.people.models import Person, Phone

NOBODY: Final = UUID(int=0)


def index_person(person: Person) -> None:
    """Write the blind index entries of a person anew: identity number, phones, and name with birth year."""
    blind.put("person.identity", person.pk, person.identity_number)
    blind.put("person.name_year", person.pk, name_year(person.full_name, person.birth_date))
    # Somebody may have several numbers, so each is found under its own row.
    for phone in person.phones.everything(reason="indexing a person inside a verb"):
        blind.put("person.phone", phone.pk, phone.number)


def index_rows(rows: Collection[UUID]) -> int:
    """`index_person` for the people that entries of these rows are about; how many there were. For the exchange of keys.

    Holds them and their phones until the transaction ends: what is read must not be changed before it is indexed.
    Somebody whose values are damaged or erased is passed over.
    """
    phones = Phone.objects.everything(reason="written under the next index key")
    owners = set(phones.filter(pk__in=rows).values_list("person_id", flat=True))
    people = Person.objects.everything(reason="written under the next index key").filter(
        pk__in=owners | set(rows)
    )
    held = prefetch_keys(people.select_for_update().order_by("pk"))
    prefetch_keys(phones.filter(person__in=held).select_for_update().order_by("pk"))
    count = 0
    for person in held:
        with suppress(CannotOpen):
            index_person(person)
            count += 1
    return count


def name_year(full_name: str, birth_date: str) -> str:
    """The key of the name index, empty unless both the name and a birth year are known."""
    year = birth_date[:4]
    return blind.name_year(full_name, int(year) if len(year) == 4 else None)


def candidates(
    *, full_name: str = "", birth_date: str = "", phone: str = "", identity: str = ""
) -> list[UUID]:
    """Ids of people who may be this person, best evidence first; each must be opened and compared.

    birth_date: as stored, only its year is used. Costs the same number of queries whether anybody is
    found or not.
    """
    found = dict.fromkeys(blind.find("person.identity", identity))
    # Asked for even when no number was found: a miss must not be faster than a hit.
    numbers = blind.find("person.phone", phone) or [NOBODY]
    owners = Phone.objects.everything(reason="the people behind candidate numbers, still to be compared")
    found.update(dict.fromkeys(owners.filter(pk__in=numbers).values_list("person_id", flat=True)))
    found.update(dict.fromkeys(blind.find("person.name_year", name_year(full_name, birth_date))))
    return list(found)
