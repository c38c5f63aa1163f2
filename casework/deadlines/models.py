"""What is due, when, and who answers for it; how long clocks run here, and the days offices do not work."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.principals import Principal
from casework.access.visibility import Arm, ByArms, Through
from casework.base.codes import codes
from casework.cases.models import Case
from casework.intake.models import Report
from casework.organisations.models import Agency, Area, DutyShift, SetByProvince, User

CODE = "a code of a list, needed for rules and boards; it names nobody"
WHEN = "a clock must be ordered and compared; it names nobody"


# --- clocks ---


class Clock(GuardedModel):
    """One clock that runs: a duty of the law or of the risk level, through nights and holidays.

    Basis, hour and steps are copied when it starts: what a province changes later holds for later clocks.
    """

    OPEN, DONE, CANCELLED = "open", "done", "cancelled"

    PLAIN: ClassVar = {
        "kind": CODE,
        "basis": "the article of law the clock rests on",
        "role": CODE,
        "state": CODE,
        "subject_type": CODE,
        "steps": "who is told how many minutes before and after the hour, as codes",
        "starts_at": WHEN,
        "due_at": WHEN,
        "ended_at": WHEN,
        "acknowledged_at": WHEN,
        "created_at": WHEN,
    }

    kind = models.CharField(_("What is due"), max_length=30)
    basis = models.CharField(_("Legal basis"), max_length=200, blank=True)
    # False while the period was not read in the text of the law itself.
    is_verified = models.BooleanField(_("Read in the text of the law"), default=True)
    role = models.CharField(_("Who answers for it"), max_length=30)
    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Member of staff")
    )
    # The office that answers, where that is not told by the role and the place: a partner.
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Unit")
    )
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.UUIDField(null=True, blank=True)
    starts_at = models.DateTimeField(_("Starts"))
    due_at = models.DateTimeField(_("Due at"))
    steps = models.JSONField(default=list, blank=True)
    state = models.CharField(_("State"), max_length=10, default=OPEN)
    ended_at = models.DateTimeField(_("Ended at"), null=True, blank=True)
    # Whoever answers knows: they are not reminded again; the clock runs on.
    acknowledged_at = models.DateTimeField(_("Somebody is at it since"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Who is at it")
    )

    class Meta(GuardedModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.kind


@cache
def kept_kinds() -> Mapping[str, tuple[str, ...]]:
    """Kinds whose very name tells something kept from part of those who read the case: the verb it takes -> the kinds."""
    kept: dict[str, tuple[str, ...]] = {}
    for row in codes("deadline_kind").rows:
        if verb := row.string("sees"):
            kept[verb] = (*kept.get(verb, ()), row.code)
    return kept


def verb_to_see(kind: str) -> str:
    """The verb somebody must hold on the case to know that a clock of this kind runs; empty: to read the case is enough."""
    return next((verb for verb, kinds in kept_kinds().items() if kind in kinds), "")


class _AsItsKind(Through):
    """As visible as the case, and for the kinds that tell more, only to whoever may see what they tell of."""

    def narrow(self, rows: Any, who: Principal, verb: str) -> Any:
        rows = super().narrow(rows, who, verb)
        for needed, kinds in kept_kinds().items():
            able = Case.objects.visible_as(who, needed).values("pk")
            rows = rows.filter(~Q(kind__in=kinds) | Q(case__in=able))
        return rows

    def basis(self, record: Any, user: Any, verb: str, at: datetime | None = None) -> str | None:
        needed = verb_to_see(record.kind)
        if needed and super().basis(record, user, needed, at) is None:
            return None
        return super().basis(record, user, verb, at)


class Deadline(Clock):
    """A clock of a case."""

    visibility = _AsItsKind("case")

    case = models.ForeignKey(Case, models.PROTECT, related_name="deadlines")

    class Meta(Clock.Meta):
        verbose_name = _("Deadline")
        indexes: ClassVar = [
            models.Index(fields=["case", "state", "due_at"], name="deadline_case"),
            models.Index(fields=["due_at"], condition=Q(state="open"), name="deadline_open"),
            models.Index(fields=["subject_id"], name="deadline_subject"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "kind", "subject_id"],
                condition=Q(state="open"),
                name="deadline_one_open",
                nulls_distinct=False,
            )
        ]


class ReportDeadline(Clock):
    """A clock of a report: that the chair is told of it, that he assigns it."""

    visibility = Through("report")
    view_verb = "report.view"
    parts_of: ClassVar = {"report": "report", "case": "report__case_link__case"}

    report = models.ForeignKey(Report, models.PROTECT, related_name="deadlines")

    class Meta(Clock.Meta):
        verbose_name = _("Deadline of a report")
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="open"), name="report_deadline_open"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["report", "kind"], condition=Q(state="open"), name="report_deadline_one_open"
            )
        ]


def office_arms(who: Principal, verb: str) -> Iterator[Arm]:
    rows = OfficeDeadline.objects.everything(reason="narrowed by the arm")
    for seat in who.holding(verb, "area"):
        if seat.area_is_province:
            yield Arm("area", rows.filter(province_id=seat.area_id), order="starts_at")
        else:
            yield Arm("area", rows.filter(area_id=seat.area_id), order="starts_at")


class OfficeDeadline(Clock):
    """A clock of a commune or a province that is about no case: a return, an incident with data."""

    visibility = ByArms(office_arms)
    view_verb = "office_clock.view"
    parts_of: ClassVar = {}

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("Commune or ward"))
    province = models.ForeignKey(Area, models.PROTECT, related_name="+")

    class Meta(Clock.Meta):
        verbose_name = _("Deadline of an office")
        indexes: ClassVar = [
            models.Index(fields=["area", "-starts_at", "-id"], name="office_deadline_area"),
            models.Index(fields=["province", "-starts_at", "-id"], name="office_deadline_province"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["area", "kind", "starts_at"], name="office_deadline_once")
        ]

    @property
    def opened_at(self) -> object:
        return self.starts_at


# --- what the machine keeps: ids and instants, no content ---


class Alarm(models.Model):
    """When the machine looks at a running clock again; there is none when nobody is left to be told."""

    clock = models.UUIDField(primary_key=True)
    # Name of the model of the clock.
    model = models.CharField(max_length=20)
    # Whose memory tells of it: its chain is held before the clock is touched.
    case = models.UUIDField(null=True)
    next_at = models.DateTimeField(db_index=True)
    # When the clock was set to its present hour.
    set_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.clock)


class Reminder(models.Model):
    """One step of one clock that was taken: written with the notices it led to, so that it is taken once."""

    clock = models.UUIDField()
    due_at = models.DateTimeField()
    step = models.CharField(max_length=40)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12)
    # How many people were told.
    told = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clock", "due_at", "step"], name="reminder_once")
        ]

    def __str__(self) -> str:
        return f"{self.clock} {self.step}"


# --- how long clocks run here ---


class Period(SetByProvince):
    """How long a kind of clock runs in a province from a day on."""

    kind = models.CharField(max_length=30)
    variant = models.CharField(max_length=30, blank=True)
    unit = models.CharField(_("Unit"), max_length=15)
    amount = models.PositiveSmallIntegerField(_("How many"), default=0)
    month = models.PositiveSmallIntegerField(_("Month"), default=0)
    day = models.PositiveSmallIntegerField(_("Day of the month"), default=0)

    class Meta(SetByProvince.Meta):
        verbose_name = _("Period")
        indexes: ClassVar = [models.Index(fields=["province", "kind"], name="period_province_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.variant}"


class Holiday(models.Model):
    """A day that is not as the week says: offices are closed, or work on a Saturday instead of another day."""

    day = models.DateField(_("Day"), unique=True)
    name = models.CharField(_("What for"), max_length=120)
    is_working = models.BooleanField(_("Offices work that day"), default=False)
    # Nobody for a day that came with the calendar; that calendar never writes over what somebody has said.
    set_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("Day off")
        default_permissions = ()
        ordering = ("day",)

    def __str__(self) -> str:
        return self.day.isoformat()


# --- duty handed over ---


class Handover(models.Model):
    """What lay open in a unit when somebody came on duty; they say that they have taken it over."""

    shift = models.OneToOneField(DutyShift, models.CASCADE, primary_key=True, related_name="handover")
    # Who was on duty until then; nobody after a gap.
    taken_from = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    open_clocks = models.PositiveIntegerField(_("Open clocks"), default=0)
    overdue_clocks = models.PositiveIntegerField(_("Overdue clocks"), default=0)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("Hand-over")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


# --- a calendar ---


class CalendarFeed(models.Model):
    """The secret address of somebody's calendar, as a digest: whoever has the database cannot read it."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    # How often it was read since an instant, so that nobody keeps the server busy with it.
    counted_from = models.DateTimeField(null=True)
    reads = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("Calendar")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
