"""Every address of the product with the ids of a destroyed case, as everybody, by every method that tells something."""

import pytest

from tests.disposal.gone import ask_all, gone
from tests.matrix.asking import ACTORS, TELLING
from tests.matrix.file import File

pytestmark = [pytest.mark.django_db, pytest.mark.role("keeper")]
# A fixture of this module.
__all__ = ["gone"]


@pytest.mark.parametrize("actor", ACTORS)
def test_no_address_breaks_and_none_tells_what_it_held(gone: File, actor: str) -> None:
    heard = ask_all(gone, actor, TELLING)
    assert heard.asked > 400
    assert heard.broken == []
    assert heard.told == []
