"""What every long proof that runs as processes of its own stands on."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings


@pytest.fixture
def surroundings(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A database of its own, on whatever these tests run on."""
    environment = {
        **os.environ,
        "TESTING": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path),
        "FILES_DIR": str(tmp_path / "files"),
        "SMS_FOLDER": str(tmp_path / "sms"),
        "EMAIL_URL": f"filemail:///{tmp_path}/mail",
    }
    address = os.environ.get("DATABASE_URL", "")
    if not address:
        yield environment
        return
    name = f"soak_{uuid4().hex[:12]}"
    own = f"{address.rsplit('/', 1)[0]}/{name}"
    server = settings.DATABASES["default"]
    with psycopg.connect(
        host=server["HOST"],
        port=server["PORT"] or None,
        user=server["USER"],
        password=server["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield {**environment, "DATABASE_URL": own}
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
