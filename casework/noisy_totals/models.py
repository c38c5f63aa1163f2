"""Noisy totals: what a province allows, what was asked, and the ledger of what was answered and what that cost."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.principals import Principal
from casework.access.visibility import Arm, ByArms
from casework.base.codes import codes
from casework.base.rules import Rule
from casework.noisy_totals.asking import HOUSEHOLDS, PEOPLE, Asked
from casework.organisations.models import Area, SetByProvince, User

CODE = "a code of a list, needed for rules and lists; it names nobody"
WHEN = "a question is dated; it names nobody"


def epsilon_of(code: str) -> Decimal:
    """The ε a code of `privacy_loss` stands for."""
    return Decimal(codes("privacy_loss").row(code).integer("hundredths") or 0) / 100


class PrivacyBudget(SetByProvince):
    """How much may be learnt from noisy totals of one counted year, and at most from one of them; none: they are off."""

    yearly = models.CharField(_("Budget of each counted year"), max_length=10)
    single = models.CharField(_("At most for one answer"), max_length=10)

    class Meta(SetByProvince.Meta):
        verbose_name = _("Privacy budget")
        indexes: ClassVar = [models.Index(fields=["province"], name="privacy_budget_province")]

    def __str__(self) -> str:
        return f"{self.yearly} {self.single}"


def question_arms(who: Principal, verb: str) -> Iterator[Arm]:
    rows = TotalQuestion.objects.everything(reason="narrowed by the arm")
    for seat in who.holding(verb, "area"):
        yield Arm("area", rows.filter(province_id=seat.area_id), order="asked_at")


class TotalQuestion(GuardedModel):
    """A total that somebody asked for: who, what for, over which frozen years, with which ε, and who decided."""

    ASKED, ANSWERED, REFUSED = "asked", "answered", "refused"

    PLAIN: ClassVar = {
        "state": CODE,
        "counted": CODE,
        "purpose": CODE,
        "refusal": CODE,
        "epsilon": CODE,
        "key": "a digest of which total is asked for; it names nobody",
        "years": "frozen years and their vintages; they name nobody",
        "filters": "codes of the catalogue of published figures; they name nobody",
        "asked_at": WHEN,
        "decided_at": WHEN,
        "created_at": WHEN,
    }
    visibility = ByArms(question_arms)
    view_verb: ClassVar = "noisy_total.view"
    parts_of: ClassVar = {}

    province = models.ForeignKey(Area, models.PROTECT, related_name="+")
    state = models.CharField(_("State"), max_length=10, default=ASKED)
    counted = models.CharField(_("What is counted"), max_length=10)
    # Pairs of year and vintage; question -> codes.
    years = models.JSONField(default=list)
    filters = models.JSONField(default=dict)
    key = models.CharField(max_length=64)
    # A code of `privacy_loss`.
    epsilon = models.CharField(_("Privacy loss (ε)"), max_length=10)
    purpose = models.CharField(_("What it is asked for"), max_length=10)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("Asked at"))
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True)
    refusal = models.CharField(_("Why it is refused"), max_length=10, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Question for a noisy total")
        indexes: ClassVar = [models.Index(fields=["province", "-asked_at"], name="total_question_province")]
        constraints: ClassVar = [
            # Asked again it is the same question: a second draw would be one more to average over.
            models.UniqueConstraint(
                fields=["province", "key"],
                condition=Q(state__in=["asked", "answered"]),
                name="total_question_once",
            ),
            # Whatever the code above says: a second person, before noise is drawn.
            models.CheckConstraint(
                condition=~Q(state="answered")
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="total_question_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="refused", decided_by__isnull=False)
                | (~Q(state="refused") & Q(refusal="")),
                name="total_question_refused_by",
            ),
            models.CheckConstraint(
                condition=Q(counted__in=[PEOPLE, HOUSEHOLDS]), name="total_question_counted"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def opened_at(self) -> object:
        """What lists are ordered by."""
        return self.asked_at

    @property
    def asked(self) -> Asked:
        """The question itself."""
        return Asked.read(self.counted, self.years, self.filters)


class NoisyTotal(models.Model):
    """One answer, drawn once and public for ever, with how far it may be off; nothing exact stands beside it.

    All the public page reads. It says nothing of who asked or what for.
    """

    held_to = Rule.KEPT

    question = models.OneToOneField(TotalQuestion, models.PROTECT, primary_key=True, related_name="total")
    province = models.ForeignKey(Area, models.PROTECT, related_name="+")
    counted = models.CharField(max_length=10)
    years = models.JSONField(default=list)
    filters = models.JSONField(default=dict)
    key = models.CharField(max_length=64)
    epsilon = models.DecimalField(max_digits=4, decimal_places=2)
    # With the noise in it; never below nought.
    value = models.PositiveIntegerField()
    # In 95 of 100 answers the noise is at most so much.
    accuracy = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("Noisy total")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["province", "key"], name="noisy_total_once"),
            models.CheckConstraint(condition=Q(epsilon__gt=0), name="noisy_total_epsilon"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def asked(self) -> Asked:
        """The question it answers."""
        return Asked.read(self.counted, self.years, self.filters)


class PrivacyLoss(models.Model):
    """What an answer took from the budget of one counted year; the rows of a year sum up to what may be learnt of it."""

    held_to = Rule.KEPT

    total = models.ForeignKey(NoisyTotal, models.PROTECT, related_name="losses")
    province = models.ForeignKey(Area, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    epsilon = models.DecimalField(max_digits=4, decimal_places=2)

    class Meta:
        verbose_name = _("Entry of the privacy budget")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["total", "year"], name="privacy_loss_once"),
            models.CheckConstraint(condition=Q(epsilon__gt=0), name="privacy_loss_epsilon"),
        ]
        indexes: ClassVar = [models.Index(fields=["province", "year"], name="privacy_loss_year")]

    def __str__(self) -> str:
        return f"{self.year} {self.epsilon}"
