"""A register: every number once, in order, and those a paper brought beside them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from casework.base.models import RegisterEntry
from casework.base.registers import NumberTaken, entry_of, next_of, take_number, write_in

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
AT: Any = ("decisions", "office", NOW)


def taken(shown: str) -> RegisterEntry:
    return write_in("decisions", "office", shown, NOW, field="number")


@pytest.mark.django_db
def test_numbers_go_on_in_each_register_office_and_year():
    assert [take_number(*AT).shown for _time in range(3)] == ["1/2026", "2/2026", "3/2026"]
    assert take_number("letters", "office", NOW).number == 1
    assert take_number("decisions", "other", NOW).number == 1
    # The year is that of Viet Nam.
    assert take_number("decisions", "office", datetime(2026, 12, 31, 17, 0, tzinfo=UTC)).shown == "1/2027"


@pytest.mark.django_db
@pytest.mark.parametrize("again", ["15/QĐ-UBND", " 15/qđ-ubnd ", "15 / QĐ - UBND"])
def test_what_is_written_in_is_written_in_once(again):
    entry = taken("15/QĐ-UBND")
    assert (entry.number, entry.by_hand) == (None, True)
    with pytest.raises(NumberTaken) as refused:
        taken(again)
    assert (refused.value.code, refused.value.field) == ("number_taken", "number")
    assert write_in("decisions", "other", again, NOW).shown == again.strip()
    found = entry_of("decisions", "office", again, NOW)
    assert found == entry


@pytest.mark.django_db
def test_a_number_of_the_register_that_was_written_in_before_its_turn_has_its_line():
    assert taken("2/2026").number == 2
    assert [next_of(*AT), take_number(*AT).number] == [(1, "1/2026"), 1]
    assert [next_of(*AT), take_number(*AT).number] == [(3, "3/2026"), 3]
    with pytest.raises(NumberTaken):
        taken("3/2026")


@pytest.mark.django_db
def test_the_database_itself_keeps_a_number_from_standing_twice():
    entry = take_number(*AT)
    for change in ({"key": "X"}, {"number": 9}):
        entry.pk = None
        for name, value in {"number": 1, "key": "1/2026", **change}.items():
            setattr(entry, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            entry.save(force_insert=True)
