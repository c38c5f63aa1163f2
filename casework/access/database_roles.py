"""Who may do what in PostgreSQL: the roles of the database and their rights on every table.

owner        owns the tables; nobody signs in as it
migrator     signs in to migrate and to restore, and is the owner while it does
application  the web servers: read and work, and only add to the memory
keeper       the jobs of one machine: what the application may, and the tree, its checkpoints, sealing anew, destroying
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from casework.access.trigger import may_change, quoted
from casework.access.triggers_postgresql import FUNCTIONS
from casework.base.rules import Rule

# Power -> the columns it is given for; None for the table as a whole.
Rights = Mapping[str, Sequence[str] | None]

# Written by migrate alone.
_GIVEN: Final = frozenset({"django_content_type", "auth_permission", "django_migrations"})
_EVERYTHING: Final = tuple(
    f"ALL {kind} IN SCHEMA {{schema}}" for kind in ("TABLES", "SEQUENCES", "FUNCTIONS")
)


@dataclass(frozen=True, slots=True)
class Roles:
    """What the roles are called in this cluster."""

    owner: str = "casework_owner"
    migrator: str = "casework_migrator"
    application: str = "casework_application"
    keeper: str = "casework_keeper"


# --- rights ---


def tables() -> dict[str, type[models.Model] | None]:
    """Every table of the product with its model; two have none."""
    found: dict[str, type[models.Model] | None] = {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    found[MigrationRecorder.Migration._meta.db_table] = None
    found[str(settings.CACHES["default"]["LOCATION"])] = None
    return found


def rights_of_application(table: str, model: type[models.Model] | None) -> Rights:
    """What a web server may do with a table."""
    rule: Rule | None = getattr(model, "held_to", None)
    if table in _GIVEN or rule is Rule.ADDED:
        return {"SELECT": None}
    if model is None or rule is None:
        return {"SELECT": None, "INSERT": None, "UPDATE": None, "DELETE": None}
    if rule is Rule.SEALED:
        return {"SELECT": None, "INSERT": None, "UPDATE": None}
    if not isinstance(model._meta.pk, models.AutoField):
        return {"SELECT": None, "INSERT": None}
    # By column, without the number of the row: whoever may insert into the whole table chooses that too.
    columns = [str(one.column) for one in model._meta.concrete_fields if one is not model._meta.pk]
    added: Rights = {"SELECT": None, "INSERT": columns}
    return {**added, "UPDATE": ["length", "head"]} if rule is Rule.HEAD else added


def rights_of_keeper(model: type[models.Model] | None) -> Rights:
    """What the keeper may do beyond the application."""
    rule: Rule | None = getattr(model, "held_to", None)
    if model is not None and rule is Rule.ADDED:
        return {"INSERT": [str(one.column) for one in model._meta.concrete_fields]}
    if model is not None and rule is Rule.HISTORY:
        changing = may_change(model)
        return {"UPDATE": changing} if changing else {}
    return {}


# --- setting up ---


def set_up(roles: Roles) -> list[str]:
    """Make the roles that are missing and give each its rights, in one transaction; returns the statements run.

    For a superuser; once the roles are there and everything is the owner's, for the migrator too. Safe to run again.
    Raises LookupError for a table that is not there yet.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        absent = sorted(tables().keys() - set(connection.introspection.table_names(cursor)))
        if absent:
            raise LookupError(absent[0])
        done: list[str] = []
        for part in (_making, _owning, _granting):
            for statement in part(cursor, roles):
                cursor.execute(statement)
                done.append(statement)
    return done


def _making(cursor: Any, roles: Roles) -> Iterator[str]:
    for name in astuple(roles):
        if not _asked(cursor, "SELECT count(*) FROM pg_roles WHERE rolname = %s", name):
            login = "NOLOGIN" if name == roles.owner else "LOGIN"
            yield f"CREATE ROLE {quoted(name)} {login} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    for member, group in ((roles.migrator, roles.owner), (roles.keeper, roles.application)):
        if not _asked(cursor, "SELECT pg_has_role(%s, %s, 'MEMBER')", member, group):
            yield f"GRANT {quoted(group)} TO {quoted(member)}"
            if group == roles.owner:
                # What a migrate makes belongs to the owner, whoever ran it.
                yield f"ALTER ROLE {quoted(member)} SET role = {quoted(group)}"


_OWNED: Final = {
    "DATABASE": "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()",
    "SCHEMA": "SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = current_schema()",
    "TABLE": (
        "SELECT relname, pg_get_userbyid(relowner) FROM pg_class "
        "WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
    ),
    "FUNCTION": (
        "SELECT proname, pg_get_userbyid(proowner) FROM pg_proc "
        "WHERE pronamespace = current_schema()::regnamespace AND starts_with(proname, %s)"
    ),
}


def _owning(cursor: Any, roles: Roles) -> Iterator[str]:
    for kind, question in _OWNED.items():
        cursor.execute(question, [FUNCTIONS] if kind == "FUNCTION" else [])
        for name, owner in cursor.fetchall():
            if owner != roles.owner:
                yield f"ALTER {kind} {quoted(name)} OWNER TO {quoted(roles.owner)}"


def _granting(cursor: Any, roles: Roles) -> Iterator[str]:
    database, schema = (quoted(_asked(cursor, f"SELECT current_{what}()")) for what in ("database", "schema"))
    migrator, application, keeper = map(quoted, (roles.migrator, roles.application, roles.keeper))
    # From nothing, so that what somebody gave besides is gone.
    for what in (f"DATABASE {database}", f"SCHEMA {schema}", *_EVERYTHING):
        of = what.format(schema=schema)
        yield f"REVOKE ALL ON {of} FROM PUBLIC, {migrator}, {application}, {keeper}"
    yield f"GRANT CONNECT ON DATABASE {database} TO {migrator}, {application}"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {application}"
    for table, model in tables().items():
        for role, rights in (
            (application, rights_of_application(table, model)),
            (keeper, rights_of_keeper(model)),
        ):
            if rights:
                yield f"GRANT {', '.join(map(_written, rights.items()))} ON {quoted(table)} TO {role}"


def _written(right: tuple[str, Sequence[str] | None]) -> str:
    power, columns = right
    return power if columns is None else f"{power} ({', '.join(map(quoted, columns))})"


def _asked(cursor: Any, question: str, *values: Any) -> Any:
    cursor.execute(question, values)
    return cursor.fetchone()[0]


# --- proving ---

_BY_COLUMN: Final = ("SELECT", "INSERT", "UPDATE")
_WHOLE: Final = ("DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
_POWERS: Final = """
SELECT c.relname, pg_has_role(c.relowner, 'MEMBER'),
  ARRAY(SELECT p FROM unnest(%s::text[]) p WHERE has_table_privilege(c.oid, p)),
  ARRAY(SELECT p || ' ' || a.attname FROM unnest(%s::text[]) p, pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum, p)),
  ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
"""
_ROLE: Final = """
SELECT rolsuper, rolcreaterole, rolreplication, rolbypassrls, has_schema_privilege(current_schema(), 'CREATE')
FROM pg_roles WHERE rolname = current_user
"""


def not_the_application() -> list[str]:
    """What the role of this connection may do and the application must not, or needs and may not; reads only."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLE)
        words = ("SUPERUSER", "CREATEROLE", "REPLICATION", "BYPASSRLS", "CREATE in the schema")
        found = [word for word, has in zip(words, cursor.fetchone(), strict=True) if has]
        cursor.execute(_POWERS, [list(_WHOLE), list(_BY_COLUMN)])
        rows = {table: rest for table, *rest in cursor.fetchall()}
    for table, model in tables().items():
        is_owner, whole, by_column, columns = rows.get(table, (False, [], [], ["?"]))
        must, has = set[str](), {*whole, *by_column}
        for power, chosen in rights_of_application(table, model).items():
            must |= {f"{power} {one}" for one in chosen or columns} if power in _BY_COLUMN else {power}
        if is_owner:
            found.append(f"owner of {table}")
        elif getattr(model, "held_to", None) is not None:
            found += [f"{power} on {table}" for power in sorted(has - must)]
        found += [f"no {power} on {table}" for power in sorted(must - has)]
    return found
