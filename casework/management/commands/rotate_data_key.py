"""`manage.py rotate_data_key --case NUMBER`: give a case a new key and seal all of it anew."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from casework.base import clock
from casework.cases.models import Case, CaseReport, Participant
from casework.encryption.canary import WrongKey, verify_canary
from casework.encryption.envelope import Scope
from casework.encryption.models import DataKey
from casework.management.renewal.data import YOUNG, renew
from casework.management.renewal.steps import NotDone
from casework.organisations.models import User


class Command(BaseCommand):
    help = (
        "Give a case, a person, a report or a user a new key, and seal rows, history and keys of files anew, while "
        "people work. Killed, it goes on where it was when it is run again; run once more, it does nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--case", help="number, code or id of a case")
        whose.add_argument("--person", type=UUID, help="id of a person")
        whose.add_argument("--report", type=UUID, help="id of a report")
        whose.add_argument("--user", help="name of a user: drafts and second factors")
        whose.add_argument("--all", action="store_true", help="every key there is")
        parser.add_argument(
            "--people",
            action="store_true",
            help="with --case: also its people and reports, who have keys of their own",
        )
        parser.add_argument(
            "--again", action="store_true", help="also a key that was made within the last day"
        )

    def handle(self, *args: object, again: bool, **options: Any) -> None:
        made_before = None if again else clock.now() - YOUNG
        try:
            verify_canary()
            done = renew(
                _scopes(options),
                made_before,
                self.stdout.write,
                skips_keyless=options["all"] or options["people"],
            )
        except (NotDone, WrongKey) as error:
            raise CommandError(str(error)) from error
        if not done:
            self.stdout.write("Nothing to do: made within the last day, and everything is sealed under it.")
            return
        self.stdout.write(f"{len(done)} keys renewed, {sum(one.done for one in done)} values sealed anew")
        if left := sum(one.left for one in done):
            raise CommandError(
                f"{left} rows are damaged: they stay under the old key, which goes on opening them."
            )


def _scopes(options: dict[str, Any]) -> Iterator[Scope]:
    if options["all"]:
        # Those that are made from now on are new anyway.
        active = DataKey.objects.filter(state=DataKey.State.ACTIVE).order_by("pk")
        yield from (Scope(*one) for one in list(active.values_list("scope_type", "scope_id")))
    elif options["case"]:
        case = _case(options["case"])
        yield Scope("case", case.pk)
        if options["people"]:
            people = Participant.objects.everything(reason="the people of a case whose key is renewed")
            reports = CaseReport.objects.everything(reason="the reports of a case whose key is renewed")
            for kind, rows in (("person", people), ("report", reports)):
                mine = rows.filter(case=case).order_by(f"{kind}_id").values_list(f"{kind}_id", flat=True)
                yield from (Scope(kind, pk) for pk in list(mine.distinct()))
    elif options["user"]:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise NotDone(f"There is no user named {options['user']}.")
        yield Scope("user", user.pk)
    else:
        kind = "person" if options["person"] else "report"
        yield Scope(kind, options[kind])


def _case(said: str) -> Case:
    named = Q(number=said) | Q(code=said)
    with suppress(ValueError):
        named |= Q(pk=UUID(said))
    case: Case | None = Case.objects.everything(reason="whose key is renewed").filter(named).first()
    if case is None:
        raise NotDone(f"There is no case {said}.")
    return case
