"""Consents and referrals made through the real verbs; the facts of a case, each marked so that it is found."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from casework.accounts.actions import add_agency, add_user
from casework.cases.models import Case
from casework.organisations.models import Agency, User
from casework.referrals import actions, scopes
from casework.referrals.models import Consent, Referral
from tests.world import SINCE, World, with_password

FORGOTTEN: Final = "Referral rows of a test"


class Sharing:
    """One case and what is shared of it."""

    def __init__(self, world: World, case: Case) -> None:
        self.world, self.case = world, case

    def member(self, username: str, office: Agency, role: str) -> User:
        """One more person in an office."""
        world = self.world
        return with_password(
            add_user(
                by=world.son,
                at=world.now,
                username=username,
                full_name=f"Người {username}",
                agency=office,
                role=role,
                since=SINCE,
                is_demo=True,
            )
        )

    def partner(self, username: str, kind: str, role: str) -> tuple[User, Agency]:
        """One more partner office with one person in it."""
        world = self.world
        office = add_agency(
            by=world.son, at=world.now, kind=kind, name=f"Cơ quan {username}", area=world.province
        )
        return self.member(username, office, role), office

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

    def consent(self, service: str = "health_care", *, at: datetime | None = None, **more: object) -> Consent:
        at = at or self.world.at(hours=5)
        return actions.give_consent(
            case=self.case, by=self.world.lan, at=at, answers=self.answers(service, **more)
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

    def receive(self, referral: Referral, **how: Any) -> Referral:
        return actions.receive_referral(referral=referral, **self._how(how))

    def accept(self, referral: Referral, appointment_at: datetime | None = None, **how: Any) -> Referral:
        answers = {"appointment_at": appointment_at}
        return actions.accept_referral(referral=referral, answers=answers, **self._how(how))

    def decline(self, referral: Referral, **how: Any) -> Referral:
        answers = {"declined_reason": "no_capacity", "feedback": "Đã kín lịch."}
        return actions.decline_referral(referral=referral, answers=answers, **self._how(how))

    def report(self, referral: Referral, result: str = "provided_by_us", **how: Any) -> Referral:
        answers = {"result": result, "feedback": "Đã khám xong."}
        return actions.report_back(referral=referral, answers=answers, **self._how(how))

    def take_back(self, referral: Referral, **how: Any) -> Referral:
        return actions.withdraw_referral(referral=referral, **self._how(how, by=self.world.lan))

    def withdraw(self, consent: Consent, **how: Any) -> Consent:
        answers = {"withdrawn_reason": "Chị đổi ý."}
        return actions.withdraw_consent(consent=consent, answers=answers, **self._how(how, by=self.world.lan))

    def _how(self, how: dict[str, Any], by: User | None = None) -> dict[str, Any]:
        return {"by": by or self.world.hoa, "at": self.world.at(hours=1), **how}

    def over(self, referral: Referral) -> Referral:
        """The same share with its end in the past, as time would have made it."""
        consent = referral.consent
        Consent.objects.everything(reason=FORGOTTEN).filter(pk=consent.pk).update(
            valid_from=self.world.at(days=40), valid_until=self.world.at(minutes=1)
        )
        return fresh(referral)

    def calls(self) -> dict[str, tuple[Callable[[], Any], Callable[..., Any]]]:
        """Name of the verb -> what it is done to, and a call that needs that and `by`."""
        now = self.world.now

        def ready() -> Referral:
            return self.accept(self.refer())

        return {
            "give_consent": (
                lambda: self.case,
                lambda case, by: actions.give_consent(case=case, by=by, at=now, answers=self.answers()),
            ),
            "withdraw_consent": (self.consent, lambda consent, by: self.withdraw(consent, by=by, at=now)),
            "send_referral": (
                self.consent,
                lambda consent, by: actions.send_referral(
                    consent=consent,
                    by=by,
                    at=now,
                    service="health_care",
                    answers={"urgency": "normal", "needs": "Khám."},
                ),
            ),
            "withdraw_referral": (self.refer, lambda referral, by: self.take_back(referral, by=by, at=now)),
            "receive_referral": (self.refer, lambda referral, by: self.receive(referral, by=by, at=now)),
            "accept_referral": (self.refer, lambda referral, by: self.accept(referral, by=by, at=now)),
            "decline_referral": (self.refer, lambda referral, by: self.decline(referral, by=by, at=now)),
            "report_back": (ready, lambda referral, by: self.report(referral, by=by, at=now)),
        }


def fresh(referral: Referral) -> Referral:
    return Referral.objects.everything(reason=FORGOTTEN).select_related("consent").get(pk=referral.pk)
