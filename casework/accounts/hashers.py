"""How passwords are kept: argon2id with the parameters OWASP names for 46 MiB."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Two passes over 46 MiB (47,104 KiB) in one lane; an older, weaker hash is renewed at sign-in."""

    time_cost = 2
    memory_cost = 47_104
    parallelism = 1
