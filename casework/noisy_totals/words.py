"""Totals with noise in words that an official understands. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.base.codes import codes
from casework.noisy_totals import noise
from casework.noisy_totals.asking import BOUND, HOUSEHOLDS, PEOPLE, Asked
from casework.releases.catalogue import catalogue, said

TITLE: Final = gettext_lazy("Totals with noise")
WHY: Final = gettext_lazy(
    "Some questions are answered with a total that is not exact: before it is published a random number is added or taken "
    "away, so that nobody can tell from it whether one particular family is counted in it or not."
)


def title(asked: Asked) -> str:
    """What is counted, and when."""
    years = [year for year, _vintage in asked.years]
    when = str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"
    words = f"{codes('noisy_total_counted').label(asked.counted)}, {when}"
    revised = [str(year) for year, vintage in asked.years if vintage > 1]
    if revised:
        words += " · " + _("revised: %(years)s") % {"years": ", ".join(revised)}
    return words


def which(asked: Asked) -> str:
    """Whom of them: each question with the answers of which one is enough."""
    chosen = dict(asked.filters)
    told = []
    for name, question in catalogue().questions.items():
        if name in chosen:
            labels = [codes(question.codelist).label(code) for code in chosen[name]]
            told.append(f"{said(question.words)}: {_(' or ').join(labels)}")
    return "; ".join(told) or _("all of them")


def number(value: Decimal) -> str:
    """An ε as people write it, without noughts at its end."""
    return str(number_format(value.normalize() + 0, use_l10n=True)) if value else "0"


def amounts(losses: Iterable[Decimal]) -> list[tuple[str, int, int]]:
    """Each ε, and how far answers are off at most in 95 of 100 draws: for people, for households."""
    return [
        (number(one), noise.accuracy(BOUND[PEOPLE], one), noise.accuracy(BOUND[HOUSEHOLDS], one))
        for one in losses
    ]
