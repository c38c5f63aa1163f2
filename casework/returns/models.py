"""Returns as they are filed: what was counted, what was filled in, who signed, where it went; nothing is overwritten."""

from collections.abc import Iterator
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.principals import Principal
from casework.access.visibility import Arm, ByArms, Through
from casework.base.rules import Rule
from casework.encryption.fields import SealedText
from casework.organisations.models import Agency, Area, SetByProvince, User
from casework.returns import lifecycle

CODE = "a code of a list, needed for rules and lists; it names nobody"
WHEN = "a return is dated; it names nobody"
# What whoever receives a return does, and nobody of the office that filed it.
FROM_ABOVE = frozenset({"return.receive", "return.send_back"})
# What the office above may do with a return that was sent to it, as the office itself may.
ALSO_FROM_ABOVE = frozenset({"return.view", "return.download"})


class ReturnRule(SetByProvince):
    """Where a form goes in a province from a day on, or that it is not filed there."""

    form = models.CharField(_("Form"), max_length=30)
    is_filed = models.BooleanField(_("It is filed"), default=True)
    to = models.CharField(_("Goes to"), max_length=30)
    # The name of the office, where the list has none.
    office = models.CharField(_("Name of the office"), max_length=200, blank=True)

    class Meta(SetByProvince.Meta):
        verbose_name = _("Rule of a return")
        indexes: ClassVar = [models.Index(fields=["province", "form"], name="return_rule_province_form")]

    def __str__(self) -> str:
        return self.form


class ReturnSnapshot(models.Model):
    """What was counted for a return at an instant: the figures, and which facts each of them counts. Never changed.

    A fact is a number that leads to its case only while there is one, and only for whoever may see it.
    """

    held_to = Rule.KEPT

    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # The rows as text, packed; `sha256` is of the text.
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("Counted figures of a return")
        default_permissions = ()

    def __str__(self) -> str:
        return self.sha256


def return_arms(who: Principal, verb: str) -> Iterator[Arm]:
    """A commune has its own; a province its own and, of its communes, what they have sent."""
    rows = OfficialReturn.objects.everything(reason="narrowed by the arm")
    for seat in who.holding(verb, "area"):
        own = rows.filter(area_id=seat.area_id)
        if not seat.area_is_province:
            yield Arm("area", own, order="prepared_at")
            continue
        yield Arm("area", own, order="prepared_at")
        if verb in FROM_ABOVE | ALSO_FROM_ABOVE:
            below = rows.filter(province_id=seat.area_id, area__parent_id=seat.area_id)
            yield Arm("area", below.filter(sent_at__isnull=False), order="prepared_at")


class OfficialReturn(GuardedModel):
    """One edition of one return of one office for one period; a correction is the next edition, and this one stays."""

    DRAFT, CHECKED, SIGNED, SENT = lifecycle.DRAFT, lifecycle.CHECKED, lifecycle.SIGNED, lifecycle.SENT
    RECEIVED, RETURNED = lifecycle.RECEIVED, lifecycle.RETURNED
    REPLACED, DROPPED = lifecycle.REPLACED, lifecycle.DROPPED

    visibility = ByArms(return_arms)
    view_verb: ClassVar = "return.view"
    parts_of: ClassVar = {}

    form = models.CharField(_("Form"), max_length=30)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("Area"))
    province = models.ForeignKey(Area, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("Unit"))
    window = models.CharField(_("Period"), max_length=20)
    year = models.PositiveSmallIntegerField(_("Year"))
    edition = models.PositiveSmallIntegerField(_("Edition"), default=1)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("State"), max_length=10, default=DRAFT)
    counted = models.OneToOneField(ReturnSnapshot, models.PROTECT, related_name="+")
    # row -> value, who filled it in and when.
    by_hand = models.JSONField(_("Filled in by hand"), default=dict, blank=True)
    # kind, row and numbers of each question, and the remark that answers it.
    flags = models.JSONField(_("Points to look at"), default=list, blank=True)
    # Who it goes to, as it was when the return was prepared: a code of `return_recipient`, and a name of its own.
    to = models.CharField(_("Goes to"), max_length=30)
    office = models.CharField(_("Name of the office"), max_length=200, blank=True)
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(_("Prepared at"))
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    # Given when it is signed, by the register of returns of the unit.
    number = models.CharField(_("Number"), max_length=40, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(_("Signed at"), null=True, blank=True)
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(_("Sent at"), null=True, blank=True)
    received_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    received_at = models.DateTimeField(_("Received at"), null=True, blank=True)
    returned_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    returned_at = models.DateTimeField(_("Returned at"), null=True, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Return")
        indexes: ClassVar = [
            models.Index(fields=["area", "-prepared_at"], name="return_area"),
            models.Index(fields=["province", "form", "window", "year"], name="return_province"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["area", "form", "window", "year", "edition"], name="return_edition_once"
            ),
            # Whatever the code above says: a leader signs what somebody else has prepared.
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("prepared_by")),
                name="return_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "checked", "dropped"])
                | (Q(signed_by__isnull=False, signed_at__isnull=False) & ~Q(sha256="") & ~Q(number="")),
                name="return_signed_before_out",
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)

    @property
    def opened_at(self) -> object:
        """What lists are ordered by."""
        return self.prepared_at


class ReturnRemark(GuardedModel):
    """Words about a return: an answer to a flag, where a figure comes from, why it was sent back. Never changed."""

    KEY_SCOPE: ClassVar = ("user", "by_id")
    PLAIN: ClassVar = {
        "about": "a code: which flag or row it is about; it names nobody",
        "created_at": WHEN,
    }
    visibility = Through("record")
    view_verb: ClassVar = "return.view"
    parts_of: ClassVar = {"officialreturn": "record"}

    record = models.ForeignKey(OfficialReturn, models.PROTECT, related_name="remarks")
    about = models.CharField(max_length=80)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = SealedText(field_id=2170, size="text", verbose_name=_("In words"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Remark on a return")

    def __str__(self) -> str:
        return self.about
