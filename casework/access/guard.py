"""Rows that cannot be read until it was said for whom."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, NoReturn, Self, TypeVar

from django.db import models
from django.db.models.sql import Query
from django.utils.translation import gettext_lazy as _
from simple_history.manager import HistoricalQuerySet

from casework.access.principals import Principal, principal
from casework.access.visibility import Visibility
from casework.audit.acting import acting
from casework.audit.history import History
from casework.audit.noted import note
from casework.base import clock
from casework.base.prepared import insert
from casework.base.rules import Rule
from casework.organisations.models import User

Row = TypeVar("Row", bound=models.Model, covariant=True)


class Unguarded(Exception):
    """A query on protected rows ran before it said for whom it reads."""


def refuse(model: type[models.Model]) -> NoReturn:
    """Say to whoever wrote the query what to write instead."""
    name = model.__name__
    raise Unguarded(
        f"{name} rows are protected: write {name}.objects.visible_to(user) in a page or query, "
        f"or {name}.objects.everything(reason=...) in a verb whose right was already checked."
    )


class GuardedQuery(Query):
    """What a guarded queryset asks; inside another query (`__in`, Exists, Subquery) it reads rows all the same."""

    said = False

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        if not self.said:
            model: Any = self.model
            refuse(model)
        return super().resolve_expression(*args, **kwargs)


class GuardedQuerySet(models.QuerySet[Row]):
    """Refuses to run until `visible_to(user)` or `everything(reason=...)` was said.

    Holes that stay: `_base_manager`, `raw()`, joins from unguarded models. They are listed in SECURITY.md.
    """

    _said = False

    def __init__(self, model: Any = None, query: Any = None, using: Any = None, hints: Any = None) -> None:
        super().__init__(model, query or GuardedQuery(model), using, hints)

    def visible_to(self, user: Any, verb: str | None = None, *, at: datetime | None = None) -> Self:
        """The rows on which the user may do the verb (default: look at them); nothing for anybody else."""
        return self.visible_as(principal(user, at), verb)

    def visible_as(self, who: Principal, verb: str | None = None) -> Self:
        """The same for a viewer whose standing has been read."""
        model: Any = self.model
        narrowed: Self = model.visibility.narrow(self._saying(), who, verb or model.view_verb)
        return narrowed

    def everything(self, *, reason: str) -> Self:
        """All rows, for a verb that has already been allowed or a job that reads on nobody's behalf."""
        if not reason:
            raise Unguarded("Reading everything needs a reason.")
        return self._saying()

    def _saying(self) -> Self:
        rows: Self = self._chain()  # type: ignore[attr-defined]
        query: Any = rows.query
        rows._said = query.said = True
        return rows

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._said = self._said
        return clone

    def _check(self) -> None:
        if not self._said:
            refuse(self.model)

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._check()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Iterator[Row]:
        self._check()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._check()
        return super().count()

    def exists(self) -> bool:
        self._check()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._check()
        return super().aggregate(*args, **kwargs)

    def update(self, **values: Any) -> int:
        self._check()
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._check()
        return super().delete()

    def explain(self, *args: Any, **kwargs: Any) -> str:
        self._check()
        return super().explain(*args, **kwargs)

    def union(self, *others: Any, all: bool = False) -> Self:
        self._check()
        combined: Self = super().union(*others, all=all)
        combined._said = True
        return combined

    # A new row reads nothing.
    def create(self, **values: Any) -> Row:
        return super().create(**values)


class GuardedHistoryQuerySet(GuardedQuerySet[Row]):
    """History is as protected as the rows it remembers."""

    def visible_to(self, user: Any, verb: str | None = None, *, at: datetime | None = None) -> Self:
        model: Any = self.model
        now = model.instance_type.objects.visible_to(user, verb, at=at).values("pk")
        return self._saying().filter(id__in=now)


class GuardedHistoricalQuerySet(GuardedHistoryQuerySet[Row], HistoricalQuerySet):  # type: ignore[misc]
    """What `row.history` and `Model.history` return: the same guard."""


GuardedManager = models.Manager.from_queryset(GuardedQuerySet)
GuardedHistoryManager = models.Manager.from_queryset(GuardedHistoryQuerySet)


class HistoryRow(models.Model):
    """What every historical model inherits: the guard."""

    held_to = Rule.HISTORY

    objects: ClassVar[Any] = GuardedHistoryManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        # Nothing listens to a version that is added, and one is added with every change.
        if self._state.adding:
            insert([self])
        else:
            super().save(*args, **kwargs)


class VersionField(models.PositiveIntegerField):  # type: ignore[type-arg]
    """Counts the writes of a row, for `If-Match`; as `auto_now` does for time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(default=0, editable=False)
        super().__init__(*args, **kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        version = getattr(model_instance, self.attname) + 1
        setattr(model_instance, self.attname, version)
        return int(version)


class GuardedModel(models.Model):
    """The base of every row that is about a case: guarded, with history, with a version."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("entered at"), editable=False)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")
    version = VersionField()

    objects: ClassVar[Any] = GuardedManager()
    history = History(base=HistoryRow, historical_queryset=GuardedHistoricalQuerySet)

    # Who may see a row, and the verb that looking at it is.
    visibility: ClassVar[Visibility]
    view_verb: ClassVar[str] = "case.view"
    # The records this row is compared with its seal for when they are opened: their kind, the path to them.
    parts_of: ClassVar[Mapping[str, str]] = {"case": "case"}
    held_to = Rule.SEALED
    # What stays readable and is taken away when the case is destroyed, in the history too.
    loses: ClassVar[Sequence[str]] = ()
    # What was found not to match when the record was opened; see `seals.Damage`.
    damage: Sequence[Any] = ()
    shows_damage: ClassVar[bool] = True

    class Meta:
        abstract = True
        default_permissions = ("view",)
        base_manager_name = None  # type: ignore[assignment]

    @property
    def is_erased(self) -> bool:
        """Whether what the row held was destroyed: nothing is shown of it, and nothing is done to it any more."""
        case: GuardedModel | None = getattr(self, "case", None)
        return case is not None and case.is_erased

    @property
    def audit_case_id(self) -> uuid.UUID | None:
        """The case whose memory tells of this row."""
        return getattr(self, "case_id", None)

    @classmethod
    def kept_apart(cls, version: Any) -> frozenset[str]:
        """Names of fields that what was changed never tells of a version of this row: they open elsewhere, by a
        right or a reason of their own."""
        return frozenset()

    @property
    def _history_user(self) -> uuid.UUID | None:
        return acting().actor_id

    @property
    def _history_date(self) -> datetime:
        return acting().at or clock.now()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.created_at is None:
            self.created_at = acting().at or clock.now()
            self.created_by_id = acting().actor_id
        super().save(*args, **kwargs)
        note(self)
