"""How passwords are kept, and which are accepted."""

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from casework.accounts.demo import DEMO_PASSWORD
from casework.accounts.hashers import Argon2id


def test_a_hash_names_its_parameters_and_verifies():
    hasher = Argon2id()
    encoded = hasher.encode("bốn từ của riêng tôi", hasher.salt())
    assert encoded.startswith("argon2$argon2id$v=19$m=47104,t=2,p=1$")
    assert hasher.verify("bốn từ của riêng tôi", encoded)
    assert not hasher.verify("bốn từ của riêng tối", encoded)
    assert not hasher.must_update(encoded)


def test_a_hash_with_other_parameters_is_renewed():
    old = Argon2PasswordHasher()
    assert Argon2id().must_update(old.encode("bốn từ của riêng tôi", old.salt()))


@pytest.mark.parametrize("password", ["mười bốn chữ.", "password123456", "123456789987654321"])
def test_short_and_well_known_passwords_are_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize("password", [DEMO_PASSWORD, "con trâu đi trước cái cày"])
def test_a_long_password_needs_no_signs(password):
    validate_password(password)


def test_the_product_uses_this_hasher_outside_tests():
    assert settings.TESTING
    assert "casework.accounts.hashers.Argon2id" in (settings.BASE_DIR / "config/settings.py").read_text()
