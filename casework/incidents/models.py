"""What happened: when, where, which acts of Art. 3, with what harm."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.visibility import Through
from casework.encryption.fields import SealedText
from casework.intake.models import Report
from casework.organisations.models import Area

CODE = "a code of a list, needed for rules and figures; it names nobody"
WHEN = "needed to order, to count repeats and for figures; it names nobody"


class Incident(GuardedModel):
    """One act or several on one occasion, between people of the case."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "happened_precision": CODE,
        "happened_part_of_day": CODE,
        "place_kind": CODE,
        "acts": CODE,
        "forms": CODE,
        "weapon_kind": CODE,
        "alcohol": CODE,
        "drugs": CODE,
        "injury_kinds": CODE,
        "injury_severity": CODE,
        "medical_care": CODE,
        "strangled": CODE,
        "threat_to_kill": CODE,
        "children_saw": CODE,
        "children_hurt": CODE,
        "property_damage": CODE,
        "reported_before": CODE,
        "police_came": CODE,
        "penalty_level": CODE,
        "happened_at": WHEN,
        "created_at": WHEN,
    }
    loses: ClassVar = ("happened_at", "happened_precision", "happened_part_of_day")
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="incidents")
    report = models.ForeignKey(Report, models.PROTECT, null=True, blank=True, related_name="+")
    happened_at = models.DateTimeField(_("When it happened"))
    happened_precision = models.CharField(_("How exactly the time is known"), max_length=12, default="day")
    happened_part_of_day = models.CharField(_("Part of the day"), max_length=12, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("Commune or ward"))
    place_kind = models.CharField(_("Kind of place"), max_length=20, default="unknown")
    place = SealedText(field_id=401, size="address", blank=True, verbose_name=_("Place"))
    acts = models.JSONField(_("Acts (Art. 3)"), default=list)
    forms = models.JSONField(_("Forms of violence"), default=list)
    her_words = SealedText(
        field_id=402, size="text", blank=True, verbose_name=_("What happened, in her words")
    )
    findings = SealedText(field_id=403, size="text", blank=True, verbose_name=_("What the officer found"))
    weapon_kind = models.CharField(_("Weapon"), max_length=20, default="unknown")
    alcohol = models.CharField(_("Alcohol"), max_length=10, default="unknown")
    drugs = models.CharField(_("Drugs"), max_length=10, default="unknown")
    injury_kinds = models.JSONField(_("Injuries"), default=list, blank=True)
    injury_severity = models.CharField(_("How severe"), max_length=20, default="unknown")
    injuries = SealedText(field_id=404, size="text", blank=True, verbose_name=_("Injuries, in words"))
    medical_care = models.CharField(_("Medical care"), max_length=20, default="unknown")
    strangled = models.CharField(_("Strangled or choked"), max_length=10, default="unknown")
    threat_to_kill = models.CharField(_("Threatened to kill"), max_length=10, default="unknown")
    pregnant = SealedText(field_id=405, size="id", blank=True, verbose_name=_("Pregnant at the time"))
    children_saw = models.CharField(_("Children saw it"), max_length=10, default="unknown")
    children_hurt = models.CharField(_("Children were hurt"), max_length=10, default="unknown")
    property_damage = models.CharField(_("Property damaged"), max_length=10, default="unknown")
    reported_before = models.CharField(_("Reported before"), max_length=10, default="unknown")
    police_came = models.CharField(_("Police came"), max_length=10, default="unknown")
    evidence = SealedText(field_id=406, size="text", blank=True, verbose_name=_("Evidence"))
    penalty_level = models.CharField(_("Administrative or criminal level"), max_length=20, default="unknown")
    is_first = models.BooleanField(_("First incident written down"), default=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Incident")
        indexes: ClassVar = [models.Index(fields=["case", "-happened_at"], name="incident_case")]

    def __str__(self) -> str:
        return str(self.pk)
