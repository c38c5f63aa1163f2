"""Disclosure control: which figures of a release are hidden, so that nobody can be found in what is shown.

    people = People(dims, codes, rows)                 who is counted, at finest codes, with the household
    wish = Wish(people, figures, upper, public)        what is to be published, and all that ever was
    plan = protect(wish, PUBLIC, seed=7, auditor=...)  Plan.cells: shown or None, one for each figure wished for

`People` counts one row once wherever its codes lie in the figure's codes, so figures add up over every dimension; whoever
is to count once a year is one row a year. A question with several answers is one dimension an answer (see `tables`).
`figures` are pairs of release and coordinate; figures planned in one wish (years and their pool) are planned together.
`public` is everything published before, withdrawn or not: what was shown stays shown, what was hidden stays hidden.
`upper` are the places (province and above) whose figures are shown unless they are secret themselves.

`auditor` is called with all tables, old and new, and names what leaks; the plan is made again until it names nothing.
`statistics.repair` joins this room and the auditor, who share no code. `protect` raises `Refused`, with the reason and the
place, when a secret cannot be kept, a public figure has moved, or the auditor is never content; `Stopped` when
`is_cancelled` says so. `progress(stage, done, of)` is called all along. `mode="exact"` looks for the least loss by the
interval rule and proves it (`Plan.bound`, `is_proven`, `gap`); after `limit` seconds the best safe plan is returned.
The same wish, rules, seed and versions give the same plan (`Plan.sha256`), unless the limit cut it short.

The means: joint atoms (`lattice`), flows by linear programming (`flow`), a greedy plan that hides what each secret needs
and shows again what none does (`part`), Benders' decomposition (`exact`), rules and rounds (`needs`, `protect`).
"""

from casework.disclosure.people import People
from casework.disclosure.protect import Leak, Plan, Refused, Stopped, Wish, protect, true_figures
from casework.disclosure.rules import PUBLIC, RESEARCH, RuleSet

__all__ = [
    "PUBLIC",
    "RESEARCH",
    "Leak",
    "People",
    "Plan",
    "Refused",
    "RuleSet",
    "Stopped",
    "Wish",
    "protect",
    "true_figures",
]
