"""The case: the hub every answer to violence points to. It knows none of them."""

from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.access.grants import FOREVER, GroupGrant, TemporaryGrant, UserGrant, view_permission
from casework.access.guard import GuardedModel
from casework.access.principals import Principal
from casework.access.visibility import Arm, ByArms, Through
from casework.base.codes import codes
from casework.cases import lifecycle
from casework.encryption.fields import SealedText
from casework.intake.models import Report
from casework.organisations.models import Agency, Area, User
from casework.people.models import Person

CODE = "a code of a list, needed for rules, clocks and figures; it names nobody"
WHEN = "needed to order, to run clocks and to measure; it names nobody"


def case_arms(who: Principal, verb: str) -> Iterator[Arm]:
    """The access paths to cases, narrowest first."""
    rows = Case.objects.everything(reason="narrowed by the arm")
    permission = view_permission(Case)
    if any(who.holding(verb, "assigned")):
        grants = CaseUserGrant.objects.filter(user_id=str(who.user_id), permission_id=permission)
        yield Arm("assigned", grants, id="content_object_id")
    for seat in who.holding(verb, "unit"):
        grants = CaseGroupGrant.objects.filter(
            group_id=seat.group_id, permission_id=permission, not_after__gt=who.at
        )
        yield Arm("unit", grants, id="content_object_id")
    if any(who.holding(verb, "temporary")):
        running = CaseTemporaryGrant.objects.filter(
            user_id=str(who.user_id), not_before__lte=who.at, not_after__gt=who.at
        )
        yield Arm("temporary", running, id="content_object_id")
    for seat in who.holding(verb, "duty"):
        if seat.on_duty:
            yield Arm("duty", rows.filter(unit_id=seat.agency_id, is_sealed=False))
    for seat in who.holding(verb, "area"):
        if seat.area_is_province:
            yield Arm("area", rows.filter(province_id=seat.area_id))
        else:
            # A sealed case is kept from the whole commune; only those named on it and the province see it.
            yield Arm("area", rows.filter(commune_id=seat.area_id, is_sealed=False))


def case_denials(who: Principal) -> Any:
    return locked_against(who.user_id)


def locked_against(user_id: object) -> Any:
    """The ids of the cases a member of staff is locked out of."""
    return ConflictLock.objects.filter(user_id=str(user_id)).values_list("case_id", flat=True)


class Case(GuardedModel):
    """One file: a person subjected to violence, those around her, and what is done."""

    KEY_SCOPE: ClassVar = ("case", "id")
    PLAIN: ClassVar = {
        "number": "written on papers; unit, year and a running number",
        "code": "said on the phone instead of a name; random",
        "state": CODE,
        "level": CODE,
        "origin": CODE,
        "legal_basis": CODE,
        "language": CODE,
        "next_due_kind": CODE,
        "opened_at": WHEN,
        "closed_at": WHEN,
        "next_due_at": WHEN,
        "next_decision_at": WHEN,
        "next_end_at": WHEN,
        "level_at": WHEN,
        "created_at": WHEN,
    }
    visibility = ByArms(case_arms, case_denials)

    number = models.CharField(_("Case number"), max_length=30, unique=True)
    code = models.CharField(_("Case code"), max_length=9, unique=True)
    commune = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("Commune or ward"))
    # Copied from the commune so that a province's list reads one index.
    province = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("Province"))
    unit = models.ForeignKey(Agency, models.PROTECT, related_name="cases", verbose_name=_("Unit in charge"))
    lead = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("Lead"))
    opened_at = models.DateTimeField(_("Opened at"))
    state = models.CharField(_("State"), max_length=20, default="open")
    level = models.CharField(_("Risk level"), max_length=10, blank=True)
    level_at = models.DateTimeField(_("Level since"), null=True, blank=True)
    next_due_at = models.DateTimeField(_("Next clock"), default=FOREVER)
    next_due_kind = models.CharField(_("What is due next"), max_length=30, blank=True)
    # The nearest clock that waits for somebody's decision, and the nearest end of something that runs.
    next_decision_at = models.DateTimeField(_("Next decision"), null=True, blank=True)
    next_end_at = models.DateTimeField(_("Next end"), null=True, blank=True)
    is_sealed = models.BooleanField(_("Sealed"), default=False)
    is_repeat = models.BooleanField(_("Repeat between the same people"), default=False)
    origin = models.CharField(_("Where the case came from"), max_length=20, default="report")
    legal_basis = models.CharField(_("Legal basis of processing"), max_length=12, default="19_1_c")
    language = models.CharField(_("Language of work"), max_length=20, default="vietnamese")
    closed_at = models.DateTimeField(_("Closed at"), null=True, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Case")
        indexes: ClassVar = [
            # Whether a case is sealed stands last: the paths of a commune are read from the index alone.
            models.Index(fields=["commune", "-opened_at", "-id", "is_sealed"], name="case_commune"),
            models.Index(fields=["province", "-opened_at", "-id"], name="case_province"),
            models.Index(fields=["unit", "-opened_at", "-id", "is_sealed"], name="case_unit"),
            models.Index(
                fields=["commune", "state", "-opened_at", "-id", "is_sealed"], name="case_commune_state"
            ),
            models.Index(fields=["province", "state", "-opened_at", "-id"], name="case_province_state"),
            models.Index(fields=["province", "level", "-opened_at", "-id"], name="case_province_level"),
            models.Index(fields=["commune", "next_due_at", "id"], name="case_commune_due"),
            models.Index(fields=["province", "next_due_at", "id"], name="case_province_due"),
            models.Index(fields=["unit", "next_due_at", "id"], name="case_unit_due"),
            *(
                models.Index(
                    fields=[whose, f"next_{what}_at", "id"],
                    condition=models.Q(**{f"next_{what}_at__isnull": False}),
                    name=f"case_{whose}_{what}",
                )
                for what in ("decision", "end")
                for whose in ("commune", "province", "unit")
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def audit_case_id(self) -> UUID:
        return self.id

    @property
    def is_erased(self) -> bool:
        return self.state == lifecycle.DISPOSED

    @property
    def next_due_told(self) -> str:
        """The kind of the nearest clock as everybody who reads the case may know it; empty where its name tells more."""
        kind = self.next_due_kind
        return kind if kind and not codes("deadline_kind").row(kind).string("sees") else ""


class CaseUserGrant(UserGrant):
    """A case opened to one person: the lead and those who work on it."""

    content_object = models.ForeignKey(Case, models.PROTECT, related_name="user_grants")


class CaseGroupGrant(GroupGrant):
    """A case opened to an agency: the police unit that monitors a ban."""

    content_object = models.ForeignKey(Case, models.PROTECT, related_name="group_grants")


class CaseTemporaryGrant(TemporaryGrant):
    """A case opened to one person for a time: an auditor's reading with a reason."""

    content_object = models.ForeignKey(Case, models.PROTECT, related_name="temporary_grants")


class ConflictLock(models.Model):
    """A case that does not exist for this user whatever they hold: they are close to one of the parties."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, related_name="conflict_locks")
    at = models.DateTimeField()
    source = models.CharField(max_length=20)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "case"], name="conflict_lock_once")]

    def __str__(self) -> str:
        return str(self.pk)


class CaseReport(GuardedModel):
    """A report that became, or joined, a case."""

    visibility = Through("case")

    case = models.ForeignKey(Case, models.PROTECT, related_name="report_links")
    report = models.OneToOneField(Report, models.PROTECT, related_name="case_link")

    class Meta(GuardedModel.Meta):
        verbose_name = _("Report of a case")

    def __str__(self) -> str:
        return str(self.pk)


class Participant(GuardedModel):
    """A person's part in one case."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {"role": CODE, "relation": CODE, "age_band": CODE, "created_at": WHEN}
    visibility = Through("case")

    case = models.ForeignKey(Case, models.PROTECT, related_name="participants")
    person = models.ForeignKey(Person, models.PROTECT, related_name="participations")
    role = models.CharField(_("Role"), max_length=20)
    relation = models.CharField(_("Relation to her"), max_length=40, default="unknown")
    age_band = models.CharField(_("Age when the case was opened"), max_length=10, default="unknown")
    conflict_of_interest = models.BooleanField(_("Represents her, but against her interest"), default=False)
    is_main = models.BooleanField(_("Main person"), default=False)
    remark = SealedText(field_id=301, size="address", blank=True, verbose_name=_("Remark"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Participant")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "person", "role"], name="participant_once"),
            models.UniqueConstraint(
                fields=["case", "role"], condition=models.Q(is_main=True), name="participant_one_main"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Assignment(GuardedModel):
    """Who worked on the case from when to when."""

    PLAIN: ClassVar = {"started_at": WHEN, "ended_at": WHEN}
    visibility = Through("case")

    case = models.ForeignKey(Case, models.PROTECT, related_name="assignments")
    user = models.ForeignKey(
        User, models.PROTECT, related_name="assignments", verbose_name=_("Member of staff")
    )
    is_lead = models.BooleanField(_("Lead"), default=False)
    started_at = models.DateTimeField(_("Since"))
    ended_at = models.DateTimeField(_("Until"), null=True, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Assignment")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "user"],
                condition=models.Q(ended_at__isnull=True),
                name="assignment_once_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Transfer(GuardedModel):
    """The case handed from one unit to another."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {"at": WHEN, "kind": CODE, "created_at": WHEN}
    visibility = Through("case")

    case = models.ForeignKey(Case, models.PROTECT, related_name="transfers")
    from_unit = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("From the unit"))
    to_unit = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("To the unit"))
    kind = models.CharField(_("Why"), max_length=30)
    reason = SealedText(field_id=311, size="text", verbose_name=_("Reason"))
    at = models.DateTimeField(_("When"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Transfer")

    def __str__(self) -> str:
        return str(self.pk)


class CaseLink(GuardedModel):
    """Two cases of the same two people: an earlier one, or a cross-complaint."""

    visibility = Through("case")
    PLAIN: ClassVar = {"kind": CODE}

    case = models.ForeignKey(Case, models.PROTECT, related_name="links")
    other = models.ForeignKey(Case, models.PROTECT, related_name="+")
    kind = models.CharField(_("Kind of link"), max_length=20)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Linked case")
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "other"], name="case_link_once")]

    def __str__(self) -> str:
        return str(self.pk)
