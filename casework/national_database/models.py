"""Consignments to the national database: which rows, who signed, what receipt came; what was sent is never changed."""

from collections.abc import Iterator
from typing import ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.principals import Principal
from casework.access.visibility import Arm, ByArms
from casework.base.rules import Rule
from casework.cases.models import locked_against
from casework.national_database import lifecycle
from casework.organisations.models import Agency, Area, SetByProvince, User
from casework.statistics.models import CaseFact

REASON = "narrowed by the arm"


class ConsignmentRule(SetByProvince):
    """How often a province brings the national database up to date from a day on, and within how many days."""

    rhythm = models.CharField(_("How often"), max_length=10)
    due_days = models.PositiveSmallIntegerField(_("Days after the end of the period"), null=True, blank=True)

    class Meta(SetByProvince.Meta):
        verbose_name = _("Rhythm of consignments")
        indexes: ClassVar = [models.Index(fields=["province"], name="consignment_rule_province")]

    def __str__(self) -> str:
        return self.rhythm


class CaseReference(models.Model):
    """What a case is called in the national database: random, so that it leads nowhere but through this table.

    It is of the fact, not of the case: once a case is destroyed its fact leads to no case, and the reference is removed
    with the next consignment. No key is in it, so it outlives every change of keys.
    """

    code = models.CharField(max_length=20, primary_key=True)
    fact = models.OneToOneField(CaseFact, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("Reference of a case in the national database")
        default_permissions = ()

    def __str__(self) -> str:
        return self.code


class FrozenRows(models.Model):
    """The rows of a consignment as they were read at an instant, with their fingerprint."""

    held_to = Rule.KEPT

    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # Group -> the fields in the order of the values; code of a commune -> its name.
    heads = models.JSONField()
    places = models.JSONField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("Rows for the national database")
        default_permissions = ()

    def __str__(self) -> str:
        return self.sha256


class FrozenPart(models.Model):
    """Some rows of one group, so that nobody needs all of them at once."""

    held_to = Rule.KEPT

    rows = models.ForeignKey(FrozenRows, models.PROTECT, related_name="parts")
    group = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    # One row a line, as text, packed.
    content = models.BinaryField()

    class Meta:
        verbose_name = _("Part of the rows for the national database")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rows", "group", "number"], name="frozen_part_once")
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.number}"


def consignment_arms(who: Principal, verb: str) -> Iterator[Arm]:
    rows = Consignment.objects.everything(reason=REASON)
    for seat in who.holding(verb, "area"):
        if seat.area_is_province:
            yield Arm("area", rows.filter(province_id=seat.area_id), order="prepared_at")


def consignment_denials(who: Principal) -> "models.QuerySet[Consignment]":
    """Every consignment of months in which a case lies that somebody is locked out of: it holds a row of that case.

    Sealed and locked cases are sent like any other, for what is owed is owed of all of them. But one row of a commune
    and a month tells whoever knows the people that there is a case, so somebody locked out of it sees, signs and takes
    away no consignment it may stand in; another supervisor does. In whichever province the case is now: it may have
    been sent by the one before.
    """
    counted = CaseFact.objects.filter(
        case__in=locked_against(who.user_id),
        month__gte=OuterRef("first_month"),
        month__lt=OuterRef("end_month"),
    )
    rows: models.QuerySet[Consignment] = Consignment.objects.everything(reason=REASON)
    return rows.filter(Exists(counted)).values("pk")  # type: ignore[return-value]


class Consignment(GuardedModel):
    """What a province sends of one period: all rows the first time, later what differs from what was received."""

    DRAFT, CHECKED, SIGNED = lifecycle.DRAFT, lifecycle.CHECKED, lifecycle.SIGNED
    RECEIVED, DROPPED = lifecycle.RECEIVED, lifecycle.DROPPED

    visibility = ByArms(consignment_arms, consignment_denials)
    view_verb: ClassVar = "consignment.view"
    parts_of: ClassVar = {}

    province = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("Province"))
    unit = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("Unit"))
    # 2026-09 or 2026-Q3, and its months counted from the year 0.
    period = models.CharField(_("Period"), max_length=10)
    first_month = models.PositiveSmallIntegerField()
    end_month = models.PositiveSmallIntegerField()
    edition = models.PositiveSmallIntegerField(_("Edition"), default=1)
    # The one whose rows stand in the database and are amended by this; none the first time.
    amends = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("State"), max_length=10, default=DRAFT)
    frozen = models.OneToOneField(FrozenRows, models.PROTECT, related_name="+")
    # Group -> mark -> number of rows.
    counts = models.JSONField(default=dict)
    # What whoever checks it must look at, in codes and numbers.
    flags = models.JSONField(_("Points to look at"), default=list, blank=True)
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(_("Prepared at"))
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    # Given when it is signed, by the register of the unit.
    number = models.CharField(_("Number"), max_length=40, blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(_("Signed at"), null=True, blank=True)
    # Of the receipt: its number and day as the national database gave them, who wrote them down and when.
    receipt_number = models.CharField(_("Number of the receipt"), max_length=60, blank=True)
    receipt_on = models.DateField(_("Day of the receipt"), null=True, blank=True)
    received_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    received_at = models.DateTimeField(null=True, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Consignment to the national database")
        indexes: ClassVar = [models.Index(fields=["province", "-prepared_at"], name="consignment_province")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["province", "period", "edition"], name="consignment_edition_once"
            ),
            models.UniqueConstraint(
                fields=["province", "period"],
                condition=Q(state__in=lifecycle.OPEN),
                name="consignment_one_open",
            ),
            # Whatever the code above says: a second person signs what somebody has prepared.
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("prepared_by")),
                name="consignment_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=lifecycle.OUT)
                | (Q(signed_by__isnull=False, signed_at__isnull=False) & ~Q(number="")),
                name="consignment_signed_before_out",
            ),
            models.CheckConstraint(
                condition=~Q(state=lifecycle.RECEIVED)
                | (Q(received_by__isnull=False, receipt_on__isnull=False) & ~Q(receipt_number="")),
                name="consignment_received_with_receipt",
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)

    @property
    def opened_at(self) -> object:
        """What lists are ordered by."""
        return self.prepared_at
