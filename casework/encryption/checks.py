"""What Django's system checks say of sealed fields, keys and indexes before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks
from django.core.exceptions import FieldDoesNotExist, FieldError, ImproperlyConfigured
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import (
    AddField,
    AlterField,
    CreateModel,
    RenameField,
    RenameModel,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation

from casework.base.tables import CreateTables
from casework.encryption import blind, keys
from casework.encryption.fields import SealedField
from casework.encryption.places import place_of

# Where a person's words, dates or files may stand. Codes are text: that a code stays plain is a decision too.
TELLING = (
    models.CharField,
    models.TextField,
    models.DateField,
    models.TimeField,
    models.FileField,
    models.JSONField,
    models.BinaryField,
    models.GenericIPAddressField,
)


@checks.register(checks.Tags.models)
def check_models(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """All models of the product: unique ids, usable scopes, and a decision about each telling field."""
    originals = [model for model in apps.get_models() if not _is_history(model)]
    return [
        *unique_ids(originals),
        *(message for model in originals for message in check_model(model)),
    ]


@checks.register(checks.Tags.models)
def check_migrations(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """No field id that was ever migrated is given to another field, even when the first is long gone."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    nodes = [node for node in loader.graph.leaf_nodes() if node[0] == "casework"]
    plan = [key for node in nodes for key in loader.graph.forwards_plan(node) if key[0] == "casework"]
    operations = (
        operation for key in dict.fromkeys(plan) for operation in loader.graph.nodes[key].operations
    )
    return list(reused_ids(operations))


@checks.register(checks.Tags.security)
def check_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Keys and index length have the right form, and the two master keys are different secrets."""
    messages: list[checks.CheckMessage] = []
    secrets: list[set[bytes]] = []
    for read in (keys.encryption_keys, keys.index_keys):
        try:
            secrets.append(set(read().keys.values()))
        except ImproperlyConfigured as error:
            messages.append(checks.Error(str(error), id="encryption.E010"))
    if len(secrets) == 2 and secrets[0] & secrets[1]:
        messages.append(
            checks.Error("INDEX_KEYS must not repeat a key of ENCRYPTION_KEYS.", id="encryption.E010")
        )
    try:
        blind.tag_bits()
    except ImproperlyConfigured as error:
        messages.append(checks.Error(str(error), id="encryption.E010"))
    return messages + list(weak_indexes(blind.INDEXES))


def weak_indexes(indexes: Mapping[str, blind.Index]) -> Iterator[checks.CheckMessage]:
    """Indexes whose values can be told by how often they occur, or that share a number."""
    seen: dict[int, str] = {}
    for name, index in indexes.items():
        if index.entropy_bits < blind.MIN_ENTROPY_BITS:
            yield checks.Error(
                f"The blind index {name} has {index.entropy_bits} bits: its values can be told by frequency.",
                hint=f"Index what has at least {blind.MIN_ENTROPY_BITS} bits, such as name and birth year.",
                id="encryption.E011",
            )
        if index.number in seen:
            yield checks.Error(
                f"The blind indexes {seen[index.number]} and {name} have the same number.",
                id="encryption.E011",
            )
        seen[index.number] = name


def unique_ids(originals: Iterable[type[models.Model]]) -> Iterator[checks.CheckMessage]:
    """field_id binds a value to its field: values of two fields with one id could be swapped."""
    owners: dict[int, SealedField[Any, Any]] = {}
    for model in originals:
        for field in _sealed_fields(model):
            other = owners.setdefault(field.field_id, field)
            if other is not field:
                yield checks.Error(
                    f"field_id {field.field_id} is used by {other} and by {field}.",
                    obj=model,
                    id="encryption.E001",
                )


def check_model(model: type[models.Model]) -> Iterator[checks.CheckMessage]:
    """One model: its scope, its rules on sealed fields, and its telling fields."""
    sealed = {field.name for field in _sealed_fields(model)}
    if sealed:
        yield from _scope(model)
        yield from _rules_on_sealed(model, sealed)
    if hasattr(model, "KEY_SCOPE"):
        yield from _plain_fields(model, sealed)


def reused_ids(operations: Iterable[Operation]) -> Iterator[checks.CheckMessage]:
    """Field ids that went from one field to another in these migrations; renaming is no such thing."""
    owners: dict[int, tuple[str, str]] = {}
    histories: set[str] = set()
    for operation in _each(operations):
        if isinstance(operation, CreateModel) and any(
            name == "history_id" for name, _field in operation.fields
        ):
            histories.add(operation.name_lower)
        elif isinstance(operation, RenameModel):
            old, new = operation.old_name_lower, operation.new_name_lower
            owners = {
                field_id: (new if model == old else model, name) for field_id, (model, name) in owners.items()
            }
        elif isinstance(operation, RenameField):
            was = operation.model_name_lower, operation.old_name
            becomes = operation.model_name_lower, operation.new_name
            owners = {field_id: becomes if owner == was else owner for field_id, owner in owners.items()}
        for owner, field in _declared(operation):
            if not isinstance(field, SealedField) or owner[0] in histories:
                continue
            first = owners.setdefault(field.field_id, owner)
            others = [
                field_id
                for field_id, known in owners.items()
                if known == owner and field_id != field.field_id
            ]
            if first != owner or others:
                yield checks.Error(
                    f"{'.'.join(owner)} has field_id {field.field_id}; the migrations say "
                    + (f"it belonged to {'.'.join(first)}." if first != owner else f"it had {others[0]}."),
                    hint="Give a new field a number that was never used, and leave an old field its own.",
                    id="encryption.E002",
                )


def _each(operations: Iterable[Operation]) -> Iterator[Operation]:
    """The operations one by one, also those inside another."""
    for operation in operations:
        if isinstance(operation, CreateTables):
            yield from operation.operations
        elif isinstance(operation, SeparateDatabaseAndState):
            yield from _each(operation.state_operations)
        else:
            yield operation


def _declared(operation: Operation) -> Iterator[tuple[tuple[str, str], object]]:
    if isinstance(operation, CreateModel):
        for name, field in operation.fields:
            yield (operation.name_lower, name), field
    elif isinstance(operation, AddField | AlterField):
        yield (operation.model_name_lower, operation.name), operation.field


def _scope(model: type[models.Model]) -> Iterator[checks.CheckMessage]:
    try:
        place = place_of(model)
        scope = model._meta.pk if place.scope_attribute == "pk" else _column(model, place.scope_attribute)
    except (FieldError, FieldDoesNotExist) as error:
        yield checks.Error(str(error), obj=model, id="encryption.E003")
        return
    for field, what in ((model._meta.pk, "primary key"), (scope, "scope")):
        # A relation has the type of the key it points to.
        if not isinstance(getattr(field, "target_field", field), models.UUIDField):
            yield checks.Error(
                f"Sealed fields are bound to uuids: the {what} of {model.__name__} must be one.",
                obj=model,
                id="encryption.E003",
            )


def _column(model: type[models.Model], attribute: str) -> models.Field[Any, Any]:
    """A history row has the columns of its original and nothing else: a property would be missing there."""
    for field in model._meta.concrete_fields:
        if field.attname == attribute:
            return field
    raise FieldDoesNotExist(f"KEY_SCOPE of {model.__name__} must name a column; {attribute!r} is none.")


def _rules_on_sealed(model: type[models.Model], sealed: set[str]) -> Iterator[checks.CheckMessage]:
    named: dict[str, Iterable[object]] = {
        "ordering": (str(name).lstrip("-") for name in model._meta.ordering or ()),
        "unique_together": (name for names in model._meta.unique_together for name in names),
    }
    for index in model._meta.indexes:
        named[f"index {index.name}"] = (name.lstrip("-") for name in index.fields)
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            named[f"constraint {constraint.name}"] = constraint.fields
    for where, names in named.items():
        for name in sealed.intersection(names):
            yield checks.Error(
                f"{where} of {model.__name__} names {name}, which is sealed: the database cannot compare it.",
                obj=model,
                id="encryption.E004",
            )


def _plain_fields(model: type[models.Model], sealed: set[str]) -> Iterator[checks.CheckMessage]:
    reasons = _reasons(model)
    own = {field.name: field for field in model._meta.concrete_fields}
    for name, field in own.items():
        if (
            name not in sealed
            and isinstance(field, TELLING)
            and not field.primary_key
            and name not in reasons
        ):
            yield checks.Error(
                f"{model.__name__}.{name} is about a person and neither sealed nor plain on purpose.",
                hint=f"Seal it, or say why the database must read it: PLAIN = {{'{name}': 'the reason'}}.",
                obj=model,
                id="encryption.E005",
            )
    for name, reason in reasons.items():
        if name not in own or name in sealed:
            state = "sealed" if name in sealed else "no field of it"
            yield checks.Error(
                f"PLAIN of {model.__name__} names {name}, which is {state}.", obj=model, id="encryption.E006"
            )
        elif not str(reason).strip():
            yield checks.Error(
                f"PLAIN of {model.__name__} gives no reason for {name}.", obj=model, id="encryption.E006"
            )


def _reasons(model: type[models.Model]) -> dict[str, object]:
    """PLAIN of the model and of its bases, so that an abstract base answers for its own fields."""
    reasons: dict[str, object] = {}
    for base in reversed(model.__mro__):
        reasons |= vars(base).get("PLAIN", {})
    return reasons


def _sealed_fields(model: type[models.Model]) -> list[SealedField[Any, Any]]:
    return [field for field in model._meta.local_concrete_fields if isinstance(field, SealedField)]


def _is_history(model: type[models.Model]) -> bool:
    return hasattr(model, "instance_type")
