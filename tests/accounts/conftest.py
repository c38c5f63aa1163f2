"""Accounts of people who are not part of the demo, and browsers to sign in with."""

import pytest
from django.test import Client
from django.urls import reverse

from casework.organisations.models import User

PASSWORD = "bốn từ của riêng tôi 2026"


@pytest.fixture
def nga(db) -> User:
    return User.objects.create_user("nga", PASSWORD, full_name="Lò Thị Nga")


@pytest.fixture
def vinh(db) -> User:
    return User.objects.create_user("vinh", PASSWORD, full_name="Cà Văn Vinh")


class Browser(Client):
    """A client that knows the sign-in page."""

    def sign_in(self, username: str, password: str = PASSWORD, **more):
        return self.post(reverse("account_login"), {"login": username, "password": password, **more})

    @property
    def user_id(self) -> str | None:
        return self.session.get("_auth_user_id")

    @property
    def key(self) -> str:
        return self.cookies["session"].value


@pytest.fixture
def browser(db) -> Browser:
    return Browser()


@pytest.fixture
def other_browser(db) -> Browser:
    return Browser()
