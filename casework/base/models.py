"""Running numbers without gaps or doubles."""

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
