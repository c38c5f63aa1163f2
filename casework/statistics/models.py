"""What figures are counted from: one narrow row for each case, in numbers that say nothing without their lists."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.cases.models import Case
from casework.organisations.models import Area
from casework.people.models import Person


class FactPerson(models.Model):
    """The number somebody has among the facts; once what is kept of them is destroyed it is nobody's any more."""

    person = models.OneToOneField(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("Number of a person in figures")

    def __str__(self) -> str:
        return str(self.pk)


class FactCode(models.Model):
    """Which number stands for a code; without a code, where the answers of a dimension begin. Never changed."""

    dimension = models.CharField(max_length=30)
    code = models.CharField(max_length=40, blank=True)
    number = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("Number of a code in figures")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dimension", "code"], name="fact_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.code} {self.number}"


class CaseFact(models.Model):
    """What figures count of one case, in the month in which it was opened: numbers only.

    When the case is destroyed the row loses its case and stays, so that the figures stay.
    """

    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="+")
    # Months since the year 0 on a Vietnamese clock, fixed when the row is first written.
    month = models.PositiveSmallIntegerField()
    # The unit as it was: when it is merged into another, what was counted in it stays there.
    commune = models.ForeignKey(Area, models.PROTECT, related_name="+")
    province = models.ForeignKey(Area, models.PROTECT, related_name="+")
    # Numbers among the facts, 0 for nobody; see FactPerson.
    victim = models.PositiveIntegerField()
    perpetrator = models.PositiveIntegerField()
    # Small integers side by side, one or a few for each dimension; see `dimensions`.
    codes = models.BinaryField(max_length=200)
    # Grows with every change, so that whoever holds the facts in memory reads only what is new.
    stamp = models.PositiveBigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("Fact of a case")
        indexes: ClassVar = [models.Index(fields=["province", "month"], name="fact_province_month")]

    def __str__(self) -> str:
        return str(self.pk)
