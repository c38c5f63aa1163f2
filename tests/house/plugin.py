"""Loaded by pytest with `-p` (see pyproject.toml) before it reads Django's settings; a conftest is too late."""

import os

os.environ.setdefault("TESTING", "1")
