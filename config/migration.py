"""Draw the one first migration anew: python -m config.migration.

Django writes every index and constraint as an operation of its own and draws all tables again after each, which
costs more than making the tables; here a table is one operation.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "casework" / "migrations"
NAME = "0001_initial"


def folded(operations: list[Any]) -> list[Any]:
    """The same operations, with indexes and constraints inside the tables whose columns are all there."""
    from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel

    late = {operation.model_name_lower for operation in operations if isinstance(operation, AddField)}
    tables: dict[str, CreateModel] = {}
    kept: list[Any] = []
    for operation in operations:
        if isinstance(operation, CreateModel):
            tables[operation.name_lower] = operation
        elif isinstance(operation, AddIndex | AddConstraint) and operation.model_name_lower not in late:
            index = isinstance(operation, AddIndex)
            part = operation.index if index else operation.constraint
            options = tables[operation.model_name_lower].options
            options.setdefault("indexes" if index else "constraints", []).append(part)
            continue
        kept.append(operation)
    return kept


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("TESTING", "1")
    import django
    from django.core.management import call_command
    from django.db.migrations.writer import MigrationWriter

    for old in FOLDER.glob("0*.py"):
        old.unlink()
    django.setup()
    call_command("makemigrations", "casework", name=NAME.split("_", 1)[1], verbosity=0, skip_checks=True)
    migration = import_module(f"casework.migrations.{NAME}").Migration(NAME, "casework")
    migration.operations = folded(migration.operations)
    (FOLDER / f"{NAME}.py").write_text(
        MigrationWriter(migration, include_header=False).as_string(), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
