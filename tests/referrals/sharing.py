"""Consents and referrals made through the real verbs; the facts of a case, each marked so that it is found."""

from datetime import date, datetime, timedelta
from typing import Any

from casework.accounts.actions import add_agency, add_user
from casework.base import clock
from casework.base.dates import PartialDate
from casework.cases import actions as cases
from casework.cases.models import Case, Participant
from casework.incidents.actions import record_incident
from casework.organisations.models import Agency, User
from casework.people.models import Person
from casework.referrals import actions, scopes
from casework.referrals.models import Consent, Referral
from tests.world import PASSWORD, SINCE, World


class Sharing:
    """One case and what is shared of it."""

    def __init__(self, world: World, case: Case) -> None:
        self.world, self.case = world, case

    # --- offices beside the cast ---

    def partner(self, username: str, kind: str, role: str, area: Any = None) -> tuple[User, Agency]:
        """One more partner office with one person in it."""
        world = self.world
        office = add_agency(
            by=world.son, at=world.now, kind=kind, name=f"Cơ quan {username}", area=area or world.province
        )
        user = add_user(
            by=world.son,
            at=world.now,
            username=username,
            full_name=f"Người {username}",
            agency=office,
            role=role,
            since=SINCE,
            password=PASSWORD,
            is_demo=True,
        )
        return user, office

    # --- verbs ---

    def answers(self, service: str = "health_care", **more: object) -> dict[str, object]:
        """What the worker writes down when she agrees."""
        given: dict[str, object] = {
            "recipient": self.world.agencies["hospital"],
            "purpose": "service",
            "service": service,
            "items": scopes.default_items(service),
            "told_consequences": True,
            "how_given": "signature",
            "document": "Bản giấy trong tủ hồ sơ",
            "language": "thai",
            "interpreter": "staff",
            "valid_until": None,
        }
        return {**given, **more}

    def consent(
        self, service: str = "health_care", *, at: datetime | None = None, by: User | None = None, **more: object
    ) -> Consent:
        return actions.give_consent(
            case=self.case, by=by or self.world.lan, at=at or self.world.at(hours=5), answers=self.answers(service, **more)
        )

    def request(
        self, consent: Consent, service: str = "health_care", *, at: datetime | None = None, **more: object
    ) -> Referral:
        needs: dict[str, object] = {"urgency": "within_day", "needs": "Khám và điều trị vết thương."}
        if scopes.is_anonymous(service):
            needs = {"urgency": "immediate", "shelter_needs": ["infant", "transport"]}
        return actions.send_referral(
            consent=consent,
            by=self.world.lan,
            at=at or self.world.at(hours=4),
            service=service,
            answers={**needs, **more},
        )

    def refer(self, service: str = "health_care", *, at: datetime | None = None, **more: object) -> Referral:
        """A consent and the request under it."""
        return self.request(self.consent(service, at=at, **more), service, at=at)

    def accepted(self, **more: object) -> Referral:
        referral = self.refer(**more)  # type: ignore[arg-type]
        return actions.accept_referral(
            referral=referral, by=self.world.hoa, at=self.world.at(hours=3), answers={"appointment_at": None}
        )
