"""Whatever breaks, wherever, by whatever method: nobody is shown what it broke on, and the log holds no value."""

import pytest

from tests.matrix.conftest import file as file
from tests.matrix.failing import METHODS, WAYS
from tests.matrix.file import File
from tests.matrix.test_failing import broken

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_shown(file: File, way: str):
    ran, found = broken(file, way, METHODS)

    assert "\n".join(found) == ""
    assert ran > 120
