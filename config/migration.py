"""Draw the one first migration anew: python -m config.migration.

Django writes every index and constraint as an operation of its own and draws all tables again after each, which
costs more than making the tables; here a table is a part of one operation that makes them all.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.writer import MigrationWriter

from casework.base.tables import CreateTables

FOLDER = Path(__file__).resolve().parent.parent / "casework" / "migrations"
NAME = "0001_initial"


def folded(operations: list[Any]) -> list[Any]:
    """The same operations, with indexes and constraints inside the tables whose columns are all there."""
    late = {operation.model_name_lower for operation in operations if isinstance(operation, AddField)}
    tables: dict[str, CreateModel] = {}
    kept: list[Any] = []
    for operation in operations:
        if isinstance(operation, CreateModel):
            tables[operation.name_lower] = operation
        if isinstance(operation, AddIndex) and operation.model_name_lower not in late:
            tables[operation.model_name_lower].options.setdefault("indexes", []).append(operation.index)
        elif isinstance(operation, AddConstraint) and operation.model_name_lower not in late:
            options = tables[operation.model_name_lower].options
            options.setdefault("constraints", []).append(operation.constraint)
        elif not isinstance(operation, CreateModel):
            kept.append(operation)
    # What is left adds to tables; the order among the tables is Django's, each after those it points to.
    return [CreateTables(list(tables.values())), *kept]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("TESTING", "1")
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
