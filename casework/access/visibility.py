"""Who may see a row: one predicate, used for the list, for the single record and for every verb.

A model with its own grants names its *arms*: one narrow, indexed query per access path. The list page reads
each arm in order and stops; the single record asks the same arms about one id. Nothing joins two paths by OR:
that is what makes a database read the whole table.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet, Value

from casework.access.principals import Principal, principal
from casework.base.prepared import Built, instances, run, sql_of

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Arm:
    """One access path: rows of a grant table or of the model, with the names of its id and order columns."""

    basis: str
    rows: Rows
    id: str = "id"
    order: str = "opened_at"


class Visibility(ABC):
    """Narrows a queryset to what a viewer may do a verb on."""

    @abstractmethod
    def narrow(self, rows: Any, who: Principal, verb: str) -> Any: ...

    @abstractmethod
    def basis(self, record: Any, user: Any, verb: str, at: datetime | None = None) -> str | None:
        """On which basis the user may do the verb on this record, or None."""

    def row(self, model: Any, pk: UUID, user: Any, verb: str, at: datetime | None = None) -> Any:
        """The row with this id if the user may do the verb on it, or None: one probe, kept for viewers of one form."""
        who = principal(user, at)

        def narrowed(given: Mapping[str, Any]) -> Any:
            return model.objects.visible_as(who.with_values(given), verb).filter(pk=given["row"])

        if who.user_id is None:
            return None
        found = instances((model, verb, who.shape), {**who.values(), "row": pk}, narrowed)
        return found[0] if found else None


class ByArms(Visibility):
    """Rows found through their arms; `denied`: a query of the ids kept from this user whatever they hold."""

    def __init__(
        self,
        arms: Callable[[Principal, str], Iterable[Arm]],
        denied: Callable[[Principal], Rows] | None = None,
    ) -> None:
        self._arms = arms
        self._denied = denied

    def arms(self, who: Principal, verb: str) -> list[Arm]:
        arms = list(self._arms(who, verb)) if who.user_id else []
        if self._denied is None or not arms:
            return arms
        locked = self._denied(who)
        return [
            Arm(arm.basis, arm.rows.exclude(**{f"{arm.id}__in": locked}), arm.id, arm.order) for arm in arms
        ]

    def narrow(self, rows: Any, who: Principal, verb: str) -> Any:
        arms = self.arms(who, verb)
        if not arms:
            return rows.none()
        return rows.filter(pk__in=union_of([arm.rows.values(arm.id) for arm in arms]))

    def basis(self, record: Any, user: Any, verb: str, at: datetime | None = None) -> str | None:
        def probes(arms: Sequence[Arm], values: Mapping[str, Any]) -> Built:
            return union_sql(
                [
                    arm.rows.filter(**{arm.id: values["record"]})
                    .order_by()
                    .annotate(basis_=Value(arm.basis))
                    .values_list("basis_")
                    for arm in arms
                ]
            )

        found = self.read(principal(user, at), verb, "basis", {"record": record.pk}, probes)
        return str(found[0][0]) if found else None

    def read(
        self,
        who: Principal,
        verb: str,
        purpose: Hashable,
        values: Mapping[str, Any],
        build: Callable[[Sequence[Arm], Mapping[str, Any]], Built],
    ) -> list[tuple[Any, ...]]:
        """The rows of a statement made of the viewer's arms; its text is kept for all viewers of one form.

        purpose: what else the text depends on; values: what it is given beside the viewer.
        """
        if who.user_id is None:
            return []

        def built(given: Mapping[str, Any]) -> Built:
            arms = self.arms(who.with_values(given), verb)
            return build(arms, given) if arms else ("", ())

        return run((self, verb, who.shape, purpose), {**who.values(), **values}, built)


class Through(Visibility):
    """As visible as the record it belongs to (a path of relations); the verb is asked of that record."""

    def __init__(self, path: str = "case") -> None:
        self.path = path

    def _owner(self, model: Any) -> Any:
        for step in self.path.split("__"):
            model = model._meta.get_field(step).related_model
        return model

    def narrow(self, rows: Any, who: Principal, verb: str) -> Any:
        owner = self._owner(rows.model)
        return rows.filter(**{f"{self.path}__in": owner.objects.visible_as(who, verb).values("pk")})

    def basis(self, record: Any, user: Any, verb: str, at: datetime | None = None) -> str | None:
        if "__" in self.path:
            model = type(record)
            return (
                "case" if model.objects.visible_to(user, verb, at=at).filter(pk=record.pk).exists() else None
            )
        owner = getattr(record, self.path)
        return None if owner is None else type(owner).visibility.basis(owner, user, verb, at)


def union_of(parts: Sequence[Any]) -> Any:
    """One query of many, duplicates left in: `IN` does not mind them and removing them costs a sort."""
    first, *others = parts
    return (
        first.order_by().union(*(part.order_by() for part in others), all=True)
        if others
        else first.order_by()
    )


def union_sql(parts: Sequence[Any]) -> Built:
    """`UNION ALL` of queries, each with its own limit: the inner SELECT * is what lets SQLite take one there."""
    pieces: list[str] = []
    params: list[Any] = []
    for part in parts:
        try:
            sql, values = sql_of(part)
        except EmptyResultSet:
            continue  # this path leads nowhere, as a filter on no value at all
        pieces.append(f"SELECT * FROM ({sql}) a{len(pieces)}")  # noqa: S608
        params.extend(values)
    return " UNION ALL ".join(pieces), params
