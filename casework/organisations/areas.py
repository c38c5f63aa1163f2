"""Provinces and communes with their official codes, loaded from `casework/data/areas`, found by code and day.

A code outlives a unit: 03127 was the ward Him Lam until 30 June 2025 and has been Điện Biên Phủ since, so a
code alone never says where something happened; ask with the day.
"""

import csv
from collections.abc import Collection, Iterable
from datetime import date

from django.db import transaction
from django.db.models import Q

from casework.base.codes import DATA
from casework.organisations.models import Area

DIEN_BIEN = "11"
_CORRECTABLE = [
    "name",
    "parent",
    "province_code",
    "latitude",
    "longitude",
    "area_km2",
    "valid_to",
    "successor",
]


@transaction.atomic
def load_areas(communes_of: Collection[str] | None = (DIEN_BIEN,)) -> None:
    """Bring the table of areas to what the files say; running it again changes nothing.

    Every province is loaded, and the communes, present and former, of the provinces whose codes are in
    `communes_of`; None loads the whole country (3,321 communes). Nothing is ever deleted.
    Source: the unit list of Quyết định 19/2025/QĐ-TTg; the former units are those that ended on 1 July 2025.
    """
    _save(
        Area(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            province_code=row["code"],
            latitude=_number(row["latitude"]),
            longitude=_number(row["longitude"]),
            valid_from=date.fromisoformat(row["valid_from"]),
        )
        for row in _rows("provinces")
    )
    provinces = {area.code: area for area in Area.objects.filter(parent=None, valid_to=None)}
    _save(
        Area(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            parent=provinces[row["province_code"]],
            province_code=row["province_code"],
            latitude=_number(row["latitude"]),
            longitude=_number(row["longitude"]),
            area_km2=_number(row["area_km2"]),
            valid_from=date.fromisoformat(row["valid_from"]),
        )
        for row in _rows("communes")
        if communes_of is None or row["province_code"] in communes_of
    )
    communes = {area.code: area for area in Area.objects.filter(parent__isnull=False, valid_to=None)}
    _save(
        Area(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            parent=provinces[row["province_code"]],
            province_code=row["province_code"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]),
            successor=communes[row["successor_code"]],
        )
        for row in _rows("former-communes")
        if communes_of is None or row["province_code"] in communes_of
    )


def area_at(code: str, on: date) -> Area | None:
    """The unit that had this code on that day (a calendar day in Viet Nam), None when there was none."""
    lasting = Q(valid_to=None) | Q(valid_to__gt=on)
    return Area.objects.filter(lasting, code=code, valid_from__lte=on).order_by("-valid_from").first()


def current_area(code: str) -> Area | None:
    """The unit that answers today for this code; a former code leads to the unit it was merged into.

    The database is asked for all of them: what it may log, or show to whoever watches it, does not say which one.
    """
    areas = {area.pk: area for area in Area.objects.all()}
    named = [area for area in areas.values() if area.code == code]
    area = max(named, key=lambda one: one.valid_from, default=None)
    while area is not None and area.successor_id is not None:
        area = areas[area.successor_id]
    return area


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / "areas" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _number(text: str) -> float | None:
    return float(text) if text else None


def _save(areas: Iterable[Area]) -> None:
    Area.objects.bulk_create(
        areas,
        update_conflicts=True,
        unique_fields=["code", "valid_from", "kind"],
        update_fields=_CORRECTABLE,
        batch_size=500,
    )
