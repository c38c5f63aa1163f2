"""The shortest test, for the tests of the test command."""

import os


def test_testing_is_said_before_the_settings_are_read() -> None:
    assert os.environ["TESTING"] == "1"
