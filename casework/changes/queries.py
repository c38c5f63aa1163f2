"""The versions of one record: who wrote them when, and field by field what each of them changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from casework.access.decisions import may
from casework.access.grants import FOREVER
from casework.access.guard import GuardedModel
from casework.access.lists import Page
from casework.access.opening import refuse
from casework.access.seals import kinds
from casework.base.codes import codes
from casework.base.cursors import read_cursor, write_cursor, wrong_cursor
from casework.base.dates import PartialDate, display_date, display_datetime
from casework.base.phones import display_phone
from casework.base.refusals import NotVisible
from casework.base.sheets import sheets_of
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.changes import meaning
from casework.encryption import CannotOpen
from casework.encryption.fields import SealedField
from casework.encryption.keyring import KeyDestroyed, prefetch_keys
from casework.organisations.models import Agency, Area, User

VERSIONS_SIZE: Final = 25
_BOOKKEEPING: Final = frozenset({"id", "version", "created_at", "created_by"})


# --- which record ---


def row_of_case(user: User, case: Case, kind: str, pk: str, *, at: datetime) -> GuardedModel:
    """A record of a case by its kind and id, not opened yet; NotVisible when it is none, or not the viewer's to see."""
    model, key = kinds().get(kind), _id_of(pk)
    path = "pk" if model is Case else model.parts_of.get("case") if model else None
    if model is None or path is None:
        raise NotVisible
    row: GuardedModel | None = (
        model.objects.visible_to(user, at=at).filter(pk=key).filter(**{path: case.pk}).first()
    )
    if row is None:
        refusal = NotVisible()
        refuse(user, model.view_verb, object_type=kind, object_id=key)
        refusal.verb = model.view_verb  # type: ignore[attr-defined]
        raise refusal
    return row


def case_through(user: User, model: type[GuardedModel], pk: object, *, at: datetime) -> Case | None:
    """The newest case through which the viewer sees a record that belongs to no single one; None for any other."""
    path = model.parts_of.get("case", "")
    if path in ("", "case") or model is Case:
        return None
    rows = model.objects.everything(reason="the case whose memory tells of the reading").filter(
        pk=_id_of(str(pk))
    )
    seen = Case.objects.visible_to(user, at=at).filter(pk__in=rows.values(path))
    found: Case | None = seen.order_by("-opened_at").first()
    return found


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotVisible from error


def label_of(row: GuardedModel) -> str:
    """What the kind of a record is called."""
    return str(row._meta.verbose_name)


# --- its versions ---


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record: when, by whom, and the names of the fields that changed; never a value."""

    key: UUID
    at: datetime
    by: UUID | None
    change: str
    fields: Sequence[str]
    labels: Sequence[str] = ()
    who: str = ""


def history_of(
    row: GuardedModel, user: User, *, after: str = "", size: int = VERSIONS_SIZE, at: datetime
) -> Page[Version]:
    """The versions of an opened record, newest first. Values are compared in memory and never returned.

    A value that does not open any more is passed over where neither version has one that does.
    """
    rows = _versions(row, user, at=at)
    start = read_cursor(after)
    if start is not None:
        _moment, number = start
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise wrong_cursor()
        rows = rows.filter(version__lt=int(number))
    found = prefetch_keys(rows[: size + 1])
    shown = found[:size]
    names = [one.name for one in type(row)._meta.concrete_fields if one.name not in _BOOKKEEPING]
    told = {one.name: str(one.verbose_name) for one in _told_fields(type(row))}
    who = _names(User, "full_name", {one.history_user_id for one in shown})
    olders: list[Any] = [*found[1:], None][: len(shown)]
    return Page(
        [_version(newer, older, names, told, who) for newer, older in zip(shown, olders, strict=True)],
        write_cursor(shown[-1].history_date, shown[-1].version) if len(found) > size else "",
    )


def _versions(row: GuardedModel, user: User, *, at: datetime) -> Any:
    versions: Any = type(row).history.model
    rows = versions.objects.visible_to(user, type(row).view_verb, at=at).filter(id=row.pk)
    # A verb may write a record twice at one instant: only its own count says which came first.
    return rows.order_by("-version", "-history_date", "-history_id")


def _version(
    newer: Any, older: Any, names: Sequence[str], told: Mapping[str, str], who: Mapping[Any, str]
) -> Version:
    by = newer.history_user_id
    changed = names if older is None else [name for name in names if _differs(newer, older, name)]
    return Version(
        newer.history_id,
        newer.history_date,
        by,
        "created" if older is None else "changed",
        changed,
        [told[name] for name in changed if name in told],
        who.get(by, ""),
    )


# --- field by field ---


@dataclass(frozen=True, slots=True)
class Change:
    """One field as it was and as it became, in words; both empty where it is kept apart.

    before: None in a first version. takes_up: whether the value before can be taken up again in the form.
    """

    name: str
    label: str
    before: str | None
    after: str
    is_kept_apart: bool = False
    is_long: bool = False
    takes_up: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """One version beside the one before it.

    opened: names of the sealed fields whose values stand in it. destroyed: whether values are gone for ever.
    """

    version: Version
    changes: Sequence[Change]
    opened: Sequence[str]
    is_destroyed: bool
    older: UUID | None
    newer: UUID | None


def compare(
    row: GuardedModel, user: User, version: str, *, case: Case | None = None, at: datetime
) -> Comparison:
    """What one version of a record changed; the newest when none is named. NotVisible when there is no such version.

    case: the case in which an earlier value could be taken up again. The caller opens the record with the names in
    `opened` before it shows anything.
    """
    rows = _versions(row, user, at=at)
    newer_than: Any = None
    if version:
        newest: Any = rows.filter(history_id=_id_of(version)).first()
        if newest is None:
            raise NotVisible
        newer_than = rows.filter(version__gt=newest.version).order_by("version").first()
        pair = [newest, *rows.filter(version__lt=newest.version)[:1]]
    else:
        pair = list(rows[:2])
    if not pair:
        raise NotVisible
    new, old = pair[0], pair[1] if len(pair) > 1 else None
    prefetch_keys(pair)
    takes_up = _may_take_up(row, case, user, at=at) if case else ()
    return _comparison(type(row), new, old, newer_than, takes_up)


def _comparison(
    model: type[GuardedModel], new: Any, old: Any, newer: Any, takes_up: Collection[str]
) -> Comparison:
    told = _told_fields(model)
    apart = model.kept_apart(new) | (model.kept_apart(old) if old else frozenset())
    words = _Words(model, [one for one in (new, old) if one is not None], told)
    changes: list[Change] = []
    opened: list[str] = []
    gone = False
    for one in told:
        gone = gone or any(_value(version, one) is DESTROYED for version in (new, old) if version)
        if old is not None and not _differs(new, old, one.name):
            continue
        is_apart = one.name in apart
        before = None if old is None else "" if is_apart else words.of(old, one)
        after = "" if is_apart else words.of(new, one)
        if old is None and not after and not is_apart:
            continue
        if isinstance(one, SealedField) and not is_apart:
            opened.append(one.name)
        takes = before is not None and not is_apart and one.name in takes_up
        is_long = max(len(before or ""), len(after)) > LONG
        takes = takes and _value(old, one) not in (DESTROYED, DAMAGED)
        changes.append(Change(one.name, str(one.verbose_name), before, after, is_apart, is_long, takes))
    who = _names(User, "full_name", {new.history_user_id})
    version = _version(new, old, [one.name for one in changes], {}, who)
    return Comparison(
        version,
        changes,
        opened,
        gone,
        old.history_id if old else None,
        newer.history_id if newer else None,
    )


LONG: Final = 120


def _told_fields(model: type[GuardedModel]) -> list[Any]:
    """The fields a person knows by name, in the order of the record; what has no label is the program's own."""
    kind = str(model._meta.model_name)
    return [
        one
        for one in model._meta.concrete_fields
        if one.name not in _BOOKKEEPING
        and isinstance(one._verbose_name, Promise)  # type: ignore[attr-defined]
        and (kind, one.name) not in meaning.UNTOLD
        and not (isinstance(one, models.ForeignKey) and one.related_model not in (User, Agency, Area))
    ]


def _may_take_up(row: GuardedModel, case: Case, user: User, *, at: datetime) -> Collection[str]:
    """The questions of the form in which the viewer may write the record anew."""
    edit = meaning.EDITS.get(str(row._meta.model_name))
    if edit is None or case.state not in lifecycle.LIVE or not may(user, edit.verb, case, at=at):
        return ()
    return edit.questions


# --- values, and what they mean to a person ---


class _Closed:
    """Stands for a value that does not open."""


DESTROYED: Final = _Closed()
DAMAGED: Final = _Closed()


def _value(version: Any, one: Any) -> object:
    try:
        return getattr(version, version._meta.get_field(one.name).attname)
    except KeyDestroyed:
        return DESTROYED
    except CannotOpen:
        return DAMAGED


def _differs(newer: Any, older: Any, name: str) -> bool:
    """Whether a field changed; of two values that do not open nobody can say, so nobody does."""
    one = newer._meta.get_field(name)
    now, before = _value(newer, one), _value(older, one)
    if isinstance(now, _Closed) and isinstance(before, _Closed):
        return False
    return now != before


class _Words:
    """The values of some versions in words; names of people and places are read once for all of them."""

    def __init__(self, model: type[GuardedModel], versions: Sequence[Any], told: Sequence[Any]) -> None:
        self.kind, self.sheets = str(model._meta.model_name), sheets_of(model)
        wanted: dict[type[models.Model], set[Any]] = {User: set(), Agency: set(), Area: set()}
        for one in told:
            if isinstance(one, models.ForeignKey):
                wanted[one.related_model].update(_value(version, one) for version in versions)
        self.names = {
            User: _names(User, "full_name", wanted[User]),
            Agency: _names(Agency, "name", wanted[Agency]),
            Area: _names(Area, "name", wanted[Area]),
        }

    def of(self, version: Any, one: Any) -> str:
        """The value of a field of one version; empty for one that was not given."""
        value = _value(version, one)
        if isinstance(value, _Closed):
            return _("destroyed for ever") if value is DESTROYED else _("⟦damaged, reported⟧")
        if value is None or value in ("", [], {}, FOREVER):
            return ""
        if isinstance(one, models.ForeignKey):
            return str(self.names[one.related_model].get(value, ""))
        listed = meaning.code_list(self.kind, one.name, self.sheets)
        if listed:
            return "; ".join(codes(listed).label(str(code)) for code in _each(value))
        if (self.kind, one.name) in meaning.COUNTED:
            return _("%(count)d entries") % {"count": len(_each(value))}
        return self._plain(one.name, value)

    def _plain(self, name: str, value: object) -> str:
        if isinstance(value, bool):
            return codes("yes_no").label("yes" if value else "no")
        if isinstance(value, datetime):
            return display_datetime(value)
        if isinstance(value, date):
            return display_date(value)
        if isinstance(value, str) and (self.kind, name) in meaning.PARTIAL:
            return PartialDate.from_iso(value).display()
        if isinstance(value, str) and value.startswith("+"):
            return display_phone(value)
        return ", ".join(str(part) for part in _each(value))


def _each(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple | dict) else [value]


def _names(model: type[models.Model], name: str, keys: Collection[Any]) -> dict[Any, str]:
    wanted = [key for key in keys if key is not None]
    if not wanted:
        return {}
    return dict(model._default_manager.filter(pk__in=wanted).values_list("pk", name))
