"""Reports («tin báo, tố giác») as received, before there is a case."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.principals import Principal
from casework.access.visibility import Arm, ByArms, Through
from casework.base.phones import display_phone
from casework.encryption.fields import SealedPhone, SealedText
from casework.organisations.models import Agency, Area, User

CODE = "a code of a list, needed for rules and figures; it names nobody"
WHEN = "needed to measure the minutes the law counts; it names nobody"

# Whoever took a report may read it again for a day, to add what was forgotten; afterwards it is not theirs.
OWN_FOR = timedelta(hours=24)


def report_arms(who: Principal, verb: str) -> Iterator[Arm]:
    rows = Report.objects.everything(reason="narrowed by the arm")
    if any(who.holding(verb, "own")):
        yield Arm(
            "own",
            rows.filter(created_by_id=who.user_id, created_at__gt=who.at - OWN_FOR),
            order="received_at",
        )
    if any(who.holding(verb, "assigned")):
        yield Arm("assigned", rows.filter(assigned_to_id=who.user_id), order="received_at")
    for seat in who.holding(verb, "unit"):
        # Once it is somebody's by name it is theirs alone, as the case it becomes will be.
        mine = rows.filter(assigned_agency_id=seat.agency_id, assigned_to__isnull=True)
        yield Arm("unit", mine, order="received_at")
    for seat in who.holding(verb, "duty"):
        if seat.on_duty:
            yield Arm("duty", rows.filter(area_id=seat.area_id, is_sealed=False), order="received_at")
    for seat in who.holding(verb, "area"):
        if seat.area_is_province:
            yield Arm("area", rows.filter(area__parent_id=seat.area_id), order="received_at")
        else:
            yield Arm("area", rows.filter(area_id=seat.area_id, is_sealed=False), order="received_at")


class Report(GuardedModel):
    """What one caller told one office. The first duty is that the commune chair is told at once (Art. 20)."""

    KEY_SCOPE: ClassVar = ("report", "id")
    PLAIN: ClassVar = {
        "code": "said on the phone and written on paper; random",
        "address_kind": CODE,
        "channel": CODE,
        "reporter_kind": CODE,
        "happened_precision": CODE,
        "happened_part_of_day": CODE,
        "language": CODE,
        "danger_now": CODE,
        "still_going_on": CODE,
        "weapon": CODE,
        "injured": CODE,
        "children_present": CODE,
        "wants_secret": CODE,
        "priority_groups": CODE,
        "chair_told_by": CODE,
        "triage_result": CODE,
        "priority": CODE,
        "received_at": WHEN,
        "happened_at": WHEN,
        "chair_told_at": WHEN,
        "assigned_at": WHEN,
        "first_assigned_at": WHEN,
        "passed_at": WHEN,
        "decided_at": WHEN,
        "erased_at": WHEN,
        "created_at": WHEN,
    }
    loses: ClassVar = ("reporter_kind", "happened_at", "happened_precision", "happened_part_of_day")
    visibility = ByArms(report_arms)
    view_verb = "report.view"
    parts_of: ClassVar = {"case": "case_link__case"}

    code = models.CharField(_("Report code"), max_length=9, unique=True)
    received_at = models.DateTimeField(_("Received at"))
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="reports", verbose_name=_("Receiving office")
    )
    address_kind = models.CharField(_("Reporting address (Art. 19(1))"), max_length=2)
    channel = models.CharField(_("How it came"), max_length=20)
    reporter_kind = models.CharField(_("Who is reporting"), max_length=20, default="unknown")
    reporter_name = SealedText(field_id=201, size="name", blank=True, verbose_name=_("Reporter's name"))
    reporter_phone = SealedPhone(field_id=202, blank=True, verbose_name=_("Reporter's phone"))
    reporter_relation = SealedText(
        field_id=203, size="name", blank=True, verbose_name=_("Reporter's relation to her")
    )
    wants_secret = models.BooleanField(_("Asks to stay secret"), default=True)
    happened_at = models.DateTimeField(_("When it happened"), null=True, blank=True)
    happened_precision = models.CharField(
        _("How exactly the time is known"), max_length=12, default="unknown"
    )
    happened_part_of_day = models.CharField(_("Part of the day"), max_length=12, blank=True)
    still_going_on = models.CharField(_("Still going on"), max_length=10, default="unknown")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("Commune or ward"))
    village = SealedText(field_id=204, size="name", blank=True, verbose_name=_("Village"))
    place = SealedText(field_id=205, size="address", blank=True, verbose_name=_("Place"))
    account = SealedText(field_id=206, size="text", verbose_name=_("What happened, in the reporter's words"))
    language = models.CharField(_("Language of the account"), max_length=20, default="vietnamese")
    danger_now = models.CharField(_("Is anyone's life in danger now"), max_length=10, default="unknown")
    weapon = models.CharField(_("Weapon"), max_length=10, default="unknown")
    injured = models.CharField(_("Injured"), max_length=10, default="unknown")
    children_present = models.CharField(_("Children present"), max_length=10, default="unknown")
    priority_groups = models.JSONField(_("Priority groups seen"), default=list, blank=True)
    first_steps = SealedText(field_id=207, size="text", blank=True, verbose_name=_("First steps taken"))
    added_later = SealedText(field_id=209, size="text", blank=True, verbose_name=_("Added later"))
    # What triage made of the told values, kept so that a list need not open anybody's age.
    priority = models.CharField(_("Priority"), max_length=12, default="ordinary")
    child_procedure = models.BooleanField(_("Child-protection procedure"), default=False)
    is_sealed = models.BooleanField(_("Kept from the commune"), default=False)
    # Somebody in it may stand in a file its taker cannot see; supervisors look.
    is_possibly_known = models.BooleanField(_("Possibly known"), default=False)
    chair_told_at = models.DateTimeField(_("Chair told at"), null=True, blank=True)
    chair_told_by = models.CharField(_("How the chair was told"), max_length=20, blank=True)
    assigned_agency = models.ForeignKey(
        Agency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Assigned to the office"),
    )
    assigned_to = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Assigned to")
    )
    assigned_at = models.DateTimeField(_("Assigned at"), null=True, blank=True)
    # The law counts to the first assignment; a later one does not make the chair slow.
    first_assigned_at = models.DateTimeField(_("First assigned at"), null=True, blank=True)
    assigned_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Assigned by")
    )
    triage_result = models.CharField(_("Result of triage"), max_length=30, blank=True)
    triage_reason = SealedText(field_id=208, size="text", blank=True, verbose_name=_("Reason"))
    passed_from = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Passed on by")
    )
    passed_at = models.DateTimeField(_("Passed on at"), null=True, blank=True)
    duplicate_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("Triage ended at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Triage ended by")
    )
    # Its key went with that of the case it belonged to, or by itself where there was none.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Report")
        indexes: ClassVar = [
            models.Index(fields=["area", "-received_at", "-id"], name="report_area"),
            models.Index(fields=["assigned_to", "-received_at", "-id"], name="report_assigned_to"),
            models.Index(fields=["assigned_agency", "-received_at", "-id"], name="report_assigned_agency"),
            models.Index(fields=["created_by", "-created_at"], name="report_taken_by"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def opened_at(self) -> object:
        return self.received_at

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    @classmethod
    def kept_apart(cls, version: Any) -> frozenset[str]:
        # Who reported is secret by law (Art. 34): the page of the report asks a right of its own.
        return frozenset({"reporter_kind", "reporter_name", "reporter_phone", "reporter_relation"})


class ReportPerson(GuardedModel):
    """Somebody named in a report, as far as the caller knew; becomes a Person when a case is opened."""

    KEY_SCOPE: ClassVar = ("report", "report_id")
    PLAIN: ClassVar = {"role": CODE, "sex": CODE, "relation": CODE, "official_kind": CODE, "created_at": WHEN}
    loses: ClassVar = ("official_kind",)
    visibility = Through("report")
    parts_of: ClassVar = {"report": "report", "case": "report__case_link__case"}
    view_verb = "report.view"

    report = models.ForeignKey(Report, models.PROTECT, related_name="people")
    # The order in which the caller named them.
    position = models.PositiveSmallIntegerField(default=0)
    role = models.CharField(_("Role"), max_length=20)
    full_name = SealedText(field_id=221, size="name", blank=True, verbose_name=_("Full name"))
    age = SealedText(field_id=222, size="id", blank=True, verbose_name=_("Age or birth year, about"))
    sex = models.CharField(_("Sex"), max_length=20, default="unknown")
    relation = models.CharField(_("Relation to her"), max_length=40, default="unknown")
    official_kind = models.CharField(_("Police, army or official"), max_length=20, default="unknown")
    phone = SealedPhone(field_id=223, blank=True, verbose_name=_("Phone number"))
    address = SealedText(field_id=224, size="address", blank=True, verbose_name=_("Where they live"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Person in a report")

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_erased(self) -> bool:
        return self.report.is_erased

    @property
    def phone_shown(self) -> str:
        return display_phone(self.phone)
