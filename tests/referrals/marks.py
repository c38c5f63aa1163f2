"""A mark of its own in every sealed field of a case, so that a page shows at once which of them it has told."""

import re
from datetime import timedelta
from typing import Any, Final

from django.apps import apps
from django.db import models

from casework.access.guard import GuardedModel
from casework.base import clock
from casework.cases.models import Case, Participant
from casework.children.models import ChildSeparation
from casework.encryption.fields import SealedJSON, SealedPhone, SealedText
from casework.intake.models import Report, ReportPerson
from casework.organisations.models import Agency, Area, User
from casework.people.models import Address, Kinship, Person, Phone, SafeContact
from casework.protection.models import AllowedContact, Meeting
from casework.referrals.models import Consent, Referral
from casework.returns.actions import prepare_return
from casework.returns.models import OfficialReturn
from casework.statistics.figures import current_window
from tests.world import World

BORN: Final = {"v": "1987-03-05", "p": "1961-02-03", "c": "2018-11-02", "w": "1955-01-01"}
_MARK: Final = re.compile(r"Zq\d+[a-z]Z")
_NUMBER: Final = re.compile(r"9120\d{5}")


def mark(field_id: int, tag: str) -> str:
    """The mark of a field; tag: v victim, p perpetrator, c child, w witness, a-d their addresses, o anything else."""
    return f"Zq{field_id}{tag}Z"


def number(field_id: int, tag: str) -> str:
    return f"+849120{field_id}{'vpcwo'.index(tag)}0"[:12]


def found(text: str) -> set[str]:
    """The marks a text tells, telephone numbers however they are written."""
    return set(_MARK.findall(text)) | set(_NUMBER.findall(re.sub(r"[\s.+]", "", text)))


def sealed_fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if hasattr(field, "field_id")]


class Marks:
    """Marks planted in a case: every model of the product that seals words about a case has a row here."""

    def __init__(self, world: World, case: Case) -> None:
        self.world, self.case = world, case
        self.planted: set[tuple[str, int]] = set()
        self.people = {
            "v": world.victim(case),
            "p": world.perpetrator(case),
            "c": self._join("child"),
            "w": self._join("witness"),
        }
        for tag, person in self.people.items():
            self._person(tag, person)
        self._save(Kinship(person=self.people["v"], other=self.people["p"], relation="spouse"), "o")
        report = case.report_links.everything(reason="test").get().report
        self._save(report, "o")
        for told in ReportPerson.objects.everything(reason="test").filter(report=report):
            self._save(told, "o")
        self._rest(report)

    @property
    def missing(self) -> set[str]:
        """Sealed words no row of this case carries a mark in; dates, numbers and flags have no words."""
        return {
            f"{model.__name__}.{field.name}"
            for model in self._models()
            for field in sealed_fields(model)
            if isinstance(field, (SealedText, SealedPhone, SealedJSON))
            and field.name != "birth_date"
            and not any(field_id == field.field_id for _tag, field_id in self.planted)
        }

    def _models(self) -> list[type[models.Model]]:
        return [
            model
            for model in apps.get_app_config("casework").get_models()
            if issubclass(model, GuardedModel) and sealed_fields(model)
        ]

    def _join(self, role: str) -> Person:
        person = Person()
        person.save()
        Participant(case=self.case, person=person, role=role).save()
        return person

    def _person(self, tag: str, person: Person) -> None:
        person.birth_date = BORN[tag]
        person.sex = "female"
        self._save(person, tag)
        self._save(Phone(person=person), tag)
        self._save(SafeContact(person=person, permission="yes", channel="call"), tag)
        for kind, own in zip(("contact", "safe", "shelter", "former"), "abcd", strict=True):
            address = Address(person=person, kind=kind)
            if kind == "contact":
                address.area = self.world.commune
            self._save(address, own if tag == "v" else tag)

    def _rest(self, report: Report) -> None:
        days = current_window("report_year", clock.local_date(self.world.now))
        asked = {"form": "commune_year", "window": days.code, "year": days.year}
        figures = prepare_return(by=self.world.pao, at=self.world.now, answers=asked)
        made: dict[type[models.Model], models.Model] = {
            Case: self.case,
            Report: report,
            OfficialReturn: figures,
        }
        known = {Report, ReportPerson, Person, Phone, Address, SafeContact, Kinship}
        for model in self._models():
            if model not in known:
                made[model] = self._save(self._blank(model, made), "o")

    def _blank(self, model: type[models.Model], made: dict[type[models.Model], models.Model]) -> models.Model:
        """A row with what its table needs and nothing else."""
        world, row = self.world, model()
        rows: dict[Any, Any] = {
            User: world.lan,
            Agency: world.agencies["legal"],
            Area: world.commune,
            Person: self._join("supporter") if model is Participant else self.people["v"],
            **made,
        }
        for field in model._meta.concrete_fields:
            if field.has_default() or field.null or field.primary_key or hasattr(field, "field_id"):
                continue
            if isinstance(field, models.ForeignKey):
                setattr(row, field.name, rows[field.related_model])
            elif isinstance(field, models.DateTimeField):
                setattr(row, field.name, world.at(hours=20))
            elif isinstance(field, models.DateField):
                setattr(row, field.name, clock.local_date(world.now))
            elif isinstance(field, models.IntegerField):
                setattr(row, field.name, 1)
            elif isinstance(field, models.UUIDField):
                setattr(row, field.name, self.case.pk)
        if isinstance(row, AllowedContact):
            row.ends_at = row.starts_at + timedelta(hours=1)
        if isinstance(row, ChildSeparation):
            row.ends_at = row.starts_at + timedelta(days=1)
        if isinstance(row, Meeting):
            row.kind = Meeting.MEDIATION
        if isinstance(row, Consent):
            row.valid_until = row.valid_from + timedelta(days=1)
        if isinstance(row, Referral):
            row.code = "AAAA22222"
        return row

    def _save(self, row: models.Model, tag: str) -> models.Model:
        for field in sealed_fields(type(row)):
            if field.name == "birth_date":
                continue
            if isinstance(field, SealedPhone):
                setattr(row, field.name, number(field.field_id, tag))
            elif isinstance(field, SealedJSON):
                setattr(row, field.name, {"said": mark(field.field_id, tag)})
            elif isinstance(field, SealedText):
                setattr(row, field.name, mark(field.field_id, tag))
            else:
                continue
            self.planted.add((tag, field.field_id))
        if isinstance(row, SafeContact):
            row.confirmed_on = clock.local_date(self.world.now)
        row.save()
        return row
