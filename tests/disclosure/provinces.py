"""Made-up provinces, shaped like the demo's: communes with about thirteen cases a year, some with none, a few with many."""

from collections.abc import Iterator, Sequence

import numpy as np

from casework.disclosure import People
from casework.tables import GIVEN, NOT_GIVEN, Codes, Coordinate

FORMS = ("physical", "psychological", "economic", "sexual")
FORM_SHARES = (0.48, 0.34, 0.1, 0.08)
SEXES = ("female", "male")
AGES = ("under_16", "16_35", "36_59", "60_over")
AGE_SHARES = (0.1, 0.38, 0.4, 0.12)
MEASURES = ("critique", "contact_ban", "education", "fine", "criminal", "none")
MEASURE_SHARES = (0.3, 0.12, 0.25, 0.15, 0.05)
ONE_WAY = ("form", "sex", "age")

CodeRow = tuple[str, str, str, bool]


def listed(dim: str, codes: Sequence[str]) -> Iterator[CodeRow]:
    for code in codes:
        yield dim, code, "", True


def areas(provinces: int, communes: int) -> Iterator[CodeRow]:
    yield "area", "VN", "", False
    for province in range(provinces):
        yield "area", f"P{province:02}", "VN", False
        for commune in range(communes):
            yield "area", f"P{province:02}-{commune:03}", f"P{province:02}", True


def one_way_nation(
    *, provinces: int, communes: int, seed: int, years: Sequence[str] = ("2025",), mean: float = 13.0
) -> People:
    """One answer to each question, so that a commune's year has a total and ten kinds."""
    random = np.random.default_rng(seed)
    pools = [(year, "pool") for year in years] if len(years) > 1 else [(year, "") for year in years]
    codes = Codes.of(
        [
            *areas(provinces, communes),
            *([("period", "pool", "", False)] if len(years) > 1 else []),
            *(("period", year, pool, True) for year, pool in pools),
            *listed("form", FORMS),
            *listed("sex", SEXES),
            *listed("age", AGES),
        ]
    )
    rows: list[tuple[Coordinate, str]] = []
    for province in range(provinces):
        for commune in range(communes):
            size = random.gamma(1.6, mean / 1.6)
            for year in years:
                for number in range(random.poisson(size)):
                    at = (
                        f"P{province:02}-{commune:03}",
                        year,
                        str(random.choice(FORMS, p=FORM_SHARES)),
                        str(random.choice(SEXES, p=(0.88, 0.12))),
                        str(random.choice(AGES, p=AGE_SHARES)),
                    )
                    shared = number and random.random() < 0.08
                    rows.append((at, f"{at[:2]}-{number - 1 if shared else number}"))
    return People(("area", "period", *ONE_WAY), codes, rows)


def one_way_figures(
    people: People, release: str = "r", *, periods: Sequence[str] | None = None, with_nation: bool = False
) -> list[tuple[str, Coordinate]]:
    """For every place and period a total and each kind of each question."""
    where = [area for area in sorted(people.codes.parents["area"]) if with_nation or area != "VN"]
    when = periods if periods is not None else sorted(people.codes.parents["period"])
    kinds: list[dict[str, str]] = [{}]
    for dim in people.dims[2:]:
        codes = [GIVEN] if people.codes.leaf[dim] == {GIVEN, NOT_GIVEN} else sorted(people.codes.parents[dim])
        kinds += [{dim: code} for code in codes]
    return [
        (release, tuple({"area": area, "period": period, **kind}.get(dim, "") for dim in people.dims))
        for area in where
        for period in when
        for kind in kinds
    ]


def several_answers(
    *, communes: int, seed: int, years: Sequence[str] = ("2025",), mean: float = 13.0
) -> People:
    """Forms and measures with several answers each, as the return asks for them."""
    random = np.random.default_rng(seed)
    forms, measures = ([f"{q}:{a}" for a in names] for q, names in (("form", FORMS), ("measure", MEASURES)))
    codes = Codes.of(
        [
            *areas(1, communes),
            *([("period", "pool", "", False)] if len(years) > 1 else []),
            *(("period", year, "pool" if len(years) > 1 else "", True) for year in years),
            *listed("form", forms),
            *listed("measure", measures),
            *(row for dim in (*forms, *measures) for row in listed(dim, (GIVEN, NOT_GIVEN))),
            *listed("sex", SEXES),
            *listed("age", AGES),
        ]
    )
    dims = ("area", "period", *forms, "sex", "age", *measures)
    rows: list[tuple[Coordinate, str]] = []
    for commune in range(communes):
        size = random.gamma(1.6, mean / 1.6)
        for year in years:
            for number in range(random.poisson(size)):
                given = {str(random.choice(forms, p=FORM_SHARES))}
                given |= {form for form in forms if random.random() < 0.15}
                taken = {
                    m for m, share in zip(measures, MEASURE_SHARES, strict=False) if random.random() < share
                }
                given |= taken or {measures[-1]}
                at = {
                    "area": f"P00-{commune:03}",
                    "period": year,
                    "sex": str(random.choice(SEXES, p=(0.88, 0.12))),
                    "age": str(random.choice(AGES, p=AGE_SHARES)),
                    **{dim: GIVEN if dim in given else NOT_GIVEN for dim in (*forms, *measures)},
                }
                shared = number and random.random() < 0.08
                home = f"{commune}-{year}-{number - 1 if shared else number}"
                rows.append((tuple(at[dim] for dim in dims), home))
    return People(dims, codes, rows)
