"""A sealed column in SQL: it may be fetched, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from django.core.exceptions import FieldError
from django.db.models.expressions import Col
from django.db.models.sql.compiler import SQLInsertCompiler, SQLUpdateCompiler

if TYPE_CHECKING:
    from typing import Any

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field
    from django.db.models.sql.compiler import SQLCompiler, _AsSqlType


def refuse(field: Field[Any, Any], what: str) -> NoReturn:
    """FieldError that says what cannot be done with a sealed field, and what to do instead."""
    raise FieldError(
        f"{field} is sealed, so the database cannot {what}. Filter by a plain column, find exact matches "
        "with casework.encryption.blind.find(), or open the rows and compare them in Python."
    )


class SealedColumn(Col):
    """Refuses every position but the list of fetched columns: all SQL passes through `as_sql`."""

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> _AsSqlType:
        query = compiler.query
        if isinstance(compiler, SQLUpdateCompiler | SQLInsertCompiler):
            refuse(self.target, "copy it to another column or row")
        # The fetched columns are written first; whatever comes later filters, orders or groups.
        if compiler.select is not None:
            refuse(self.target, "compare, order or group by it")
        if query.distinct and not query.default_cols:
            refuse(self.target, "tell equal values apart (distinct)")
        for annotation in query.annotation_select.values():
            if any(isinstance(part, SealedColumn) for part in annotation.flatten()):
                refuse(self.target, "compute with it (F(), annotations, aggregates)")
        return super().as_sql(compiler, connection)

    def get_group_by_cols(self) -> list[Any]:
        # Rows are grouped by their key, which stands in the list already.
        return []
