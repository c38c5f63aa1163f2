"""Running numbers without gaps or doubles, and when the jobs of the day were last done."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models


class Counter(models.Model):
    """The last number given in one series: a kind, a scope (a unit's id) and a year."""

    kind = models.CharField(max_length=30)
    scope = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "scope", "year"], name="counter_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope} {self.year}"


def next_number(kind: str, scope: str, year: int) -> int:
    """The next number of the series; call it inside the transaction that uses it, and it leaves no gap."""
    counter, _made = Counter.objects.select_for_update().get_or_create(kind=kind, scope=scope, year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


class RegisterEntry(models.Model):
    """One number of a register of an office: given here in order, or written in because a paper was signed elsewhere.

    It stays whatever becomes of what it was given for; it names nobody.
    """

    register = models.CharField(max_length=20)
    # The id of the office.
    scope = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    # Empty for a number written in that is not of the form of this register.
    number = models.PositiveIntegerField(null=True)
    shown = models.CharField(max_length=40)
    # As two numbers are compared: without spaces, in capitals.
    key = models.CharField(max_length=40)
    by_hand = models.BooleanField(default=False)
    taken_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["register", "scope", "year", "number"], name="entry_number_once"),
            models.UniqueConstraint(fields=["register", "scope", "year", "key"], name="entry_shown_once"),
        ]

    def __str__(self) -> str:
        return self.shown


class Job(models.Model):
    """When a job that is not done every minute was last begun."""

    name = models.CharField(max_length=40, primary_key=True)
    begun_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


def is_turn(name: str, every: timedelta, at: datetime) -> bool:
    """Whether the job's turn has come; true for one of all who ask at the same time, and then not before the next."""
    _row, made = Job.objects.get_or_create(name=name, defaults={"begun_at": at})
    return made or bool(Job.objects.filter(name=name, begun_at__lte=at - every).update(begun_at=at))


def give_back_turn(name: str) -> None:
    """Let the job's turn come again at once: what it was taken for could not be done."""
    Job.objects.filter(name=name).delete()
