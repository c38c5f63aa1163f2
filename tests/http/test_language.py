"""Vietnamese for everybody, English for whoever asks for it here, and REST as its caller prefers."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


def language_of(client: Client, **headers: str) -> str:
    return str(client.get(reverse("account_login"), headers=headers)["Content-Language"])


def test_a_browser_that_was_never_set_up_reads_vietnamese():
    assert language_of(Client(), **{"accept-language": "en-US,en;q=0.9"}) == "vi"


def test_english_is_one_press_away_and_stays():
    client = Client()
    client.post(reverse("set_language"), {"language": "en", "next": "/"})

    assert language_of(client) == "en"
    assert language_of(client, **{"accept-language": "vi"}) == "en"


@pytest.mark.parametrize("wrong", ["fr", "../etc", "", "vi\x00"])
def test_a_cookie_that_is_no_language_of_ours_is_vietnamese(wrong: str):
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = wrong

    assert language_of(client) == "vi"


@pytest.mark.parametrize(("wanted", "spoken"), [("en", "en"), ("vi", "vi"), ("fr", "vi")])
def test_rest_answers_as_its_caller_prefers(wanted: str, spoken: str):
    answer = Client().get("/api/v1/cases/", headers={"accept-language": wanted})

    assert answer["Content-Language"] == spoken
