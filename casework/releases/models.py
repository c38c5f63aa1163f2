"""What is published: frozen figures, releases, what each showed, and everything the world knows."""

from collections.abc import Iterator
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.principals import Principal
from casework.access.visibility import Arm, ByArms
from casework.base.rules import Rule
from casework.organisations.models import Area, User

CODE = "a code of a list, needed for rules and lists; it names nobody"
WHEN = "a release is dated; it names nobody"
DIGEST = "a digest of what is or will be public; it names nobody"
FIGURE = "how a plan came out, in numbers of cells; it names nobody"


class Snapshot(models.Model):
    """Who is counted in one year of one province, as it was when it was frozen: codes and numbers of households.

    Exact, so never shown; a further one of the same year is a revision. Kept so that a release can be worked out again.
    """

    FACTS, REGISTER = "facts", "register"

    held_to = Rule.KEPT

    province = models.ForeignKey(Area, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    vintage = models.PositiveSmallIntegerField()
    # Counted from the cases here, or taken over from the registers kept before.
    source = models.CharField(max_length=10)
    people = models.PositiveIntegerField()
    # The rows as text, packed; `sha256` is of the text.
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("Frozen figures of a year")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["province", "year", "vintage"], name="snapshot_once")
        ]

    def __str__(self) -> str:
        return f"{self.province_id} {self.year} {self.vintage}"


def release_arms(who: Principal, verb: str) -> Iterator[Arm]:
    rows = Release.objects.everything(reason="narrowed by the arm")
    for seat in who.holding(verb, "area"):
        yield Arm("area", rows.filter(province_id=seat.area_id), order="prepared_at")


class Release(GuardedModel):
    """Tables planned, judged, approved and published together, in one province; an entry of its ledger once published."""

    DRAFT, PROTECTED, AUDITED, APPROVED = "draft", "protected", "audited", "approved"
    PUBLISHED, WITHDRAWN, DROPPED = "published", "withdrawn", "dropped"
    OUT: ClassVar = (PUBLISHED, WITHDRAWN)

    PLAIN: ClassVar = {
        "state": CODE,
        "mode": CODE,
        "tables": "which tables of the catalogue for which periods; they name nobody",
        "rules": CODE,
        "rules_sha256": DIGEST,
        "inputs_sha256": DIGEST,
        "shown_sha256": DIGEST,
        "judged_sha256": DIGEST,
        "sha256": DIGEST,
        "previous": DIGEST,
        "code_version": CODE,
        "solver_version": CODE,
        "failure": "why nothing may be published, as a code and a coordinate of a table; it names nobody",
        "withdrawal": CODE,
        "prepared_at": WHEN,
        "protected_at": WHEN,
        "audited_at": WHEN,
        "approved_at": WHEN,
        "second_approved_at": WHEN,
        "published_at": WHEN,
        "withdrawn_at": WHEN,
        "created_at": WHEN,
    }
    visibility = ByArms(release_arms)
    view_verb: ClassVar = "release.view"
    parts_of: ClassVar = {}

    province = models.ForeignKey(Area, models.PROTECT, related_name="+")
    # Given when it is published: its place in the ledger.
    number = models.PositiveIntegerField(_("Number"), null=True, blank=True)
    state = models.CharField(_("State"), max_length=10, default=DRAFT)
    # product, period, vintage
    tables = models.JSONField(_("Tables"), default=list)
    # All frozen years the plan counts over, those of earlier releases among them.
    rules = models.CharField(max_length=20)
    rules_sha256 = models.CharField(max_length=64)
    mode = models.CharField(max_length=10, default="quick")
    seed = models.PositiveIntegerField()
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(_("Prepared at"))
    # What the plan was made from: the ledger so far, the frozen years, the tables and the rules.
    inputs_sha256 = models.CharField(max_length=64, blank=True)
    protected_at = models.DateTimeField(null=True, blank=True)
    code_version = models.CharField(max_length=40, blank=True)
    solver_version = models.CharField(max_length=40, blank=True)
    shown_sha256 = models.CharField(max_length=64, blank=True)
    cells = models.PositiveIntegerField(_("Figures"), default=0)
    hidden = models.PositiveIntegerField(_("Hidden figures"), default=0)
    secret = models.PositiveIntegerField(default=0)
    objective = models.FloatField(null=True, blank=True)
    bound = models.FloatField(null=True, blank=True)
    gap = models.FloatField(null=True, blank=True)
    is_proven = models.BooleanField(default=False)
    rounds = models.PositiveSmallIntegerField(default=0)
    failure = models.JSONField(default=dict, blank=True)
    # The head of the ledger the auditor judged it beside, and what it judged.
    judged_sha256 = models.CharField(max_length=64, blank=True)
    audited_at = models.DateTimeField(null=True, blank=True)
    is_safe = models.BooleanField(null=True, blank=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    second_approved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    second_approved_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(_("Published at"), null=True, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal = models.CharField(max_length=20, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Release")
        indexes: ClassVar = [
            models.Index(fields=["province", "-prepared_at"], name="release_province"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["province", "number"], name="release_number_once"),
            # Each follows one other: a ledger does not branch.
            models.UniqueConstraint(
                fields=["province", "previous"], condition=~Q(previous=""), name="release_chain"
            ),
            # Whatever the code above says: two different people, neither of whom prepared it.
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("prepared_by")),
                name="release_first_not_preparer",
            ),
            models.CheckConstraint(
                condition=Q(second_approved_by__isnull=True)
                | (~Q(second_approved_by=F("prepared_by")) & ~Q(second_approved_by=F("approved_by"))),
                name="release_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "published", "withdrawn"])
                | Q(
                    approved_by__isnull=False,
                    second_approved_by__isnull=False,
                    is_safe=True,
                ),
                name="release_approved_and_safe",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "withdrawn"])
                | (Q(number__isnull=False, published_at__isnull=False) & ~Q(sha256="") & ~Q(previous="")),
                name="release_published_in_ledger",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number or self.pk)

    @property
    def opened_at(self) -> object:
        """What lists are ordered by."""
        return self.prepared_at


class ReleaseCell(models.Model):
    """One figure of a release as planned: shown, or hidden without a word why."""

    held_to = Rule.KEPT

    release = models.ForeignKey(Release, models.PROTECT, related_name="+")
    table = models.CharField(max_length=60)
    key = models.CharField(max_length=300)
    value = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("Figure of a release")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "table", "key"], name="release_cell_once")
        ]

    def __str__(self) -> str:
        return self.key


class Verdict(models.Model):
    """What the auditor said of a release beside everything published before: how much it looked at and what it found."""

    held_to = Rule.KEPT

    release = models.ForeignKey(Release, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    # The head of the ledger and the digest of the cells that were judged.
    beside = models.CharField(max_length=64)
    shown_sha256 = models.CharField(max_length=64)
    tables = models.PositiveIntegerField()
    cells = models.PositiveIntegerField()
    hidden = models.PositiveIntegerField()
    atoms = models.PositiveIntegerField()
    # Kind of finding -> how many; where the first of them stand, without what was found there.
    counts = models.JSONField(default=dict)
    places = models.JSONField(default=list)
    is_safe = models.BooleanField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("Verdict of the auditor")
        default_permissions = ()

    def __str__(self) -> str:
        return self.sha256


class PublicCell(models.Model):
    """What the world knows at one coordinate, for ever: withdrawn is not forgotten. Public pages read nothing else."""

    held_to = Rule.KEPT

    province = models.ForeignKey(Area, models.PROTECT, related_name="+")
    key = models.CharField(max_length=300)
    # The same again, for lists.
    place = models.CharField(max_length=20)
    time = models.CharField(max_length=12)
    vintage = models.PositiveSmallIntegerField()
    value = models.PositiveIntegerField(null=True)
    release = models.ForeignKey(Release, models.PROTECT, related_name="+")
    table = models.CharField(max_length=60)

    class Meta:
        verbose_name = _("Public figure")
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["province", "key"], name="public_cell_once")]
        indexes: ClassVar = [
            models.Index(fields=["release", "table"], name="public_cell_table"),
            models.Index(fields=["province", "place", "time"], name="public_cell_place"),
        ]

    def __str__(self) -> str:
        return self.key


class PublicRelease(models.Model):
    """What the world knows of a release: its number, its tables, how it was made. What the public pages list."""

    held_to = Rule.KEPT

    release = models.OneToOneField(Release, models.PROTECT, primary_key=True, related_name="+")
    province = models.ForeignKey(Area, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    published_at = models.DateTimeField()
    tables = models.JSONField(default=list)
    # k, rules, hidden figures, gap, day of the snapshots: what every file says of its release.
    about = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("Public entry of a release")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["province", "number"], name="public_release_once")
        ]

    def __str__(self) -> str:
        return str(self.number)


class PublicWithdrawal(models.Model):
    """A release that no longer stands; what it showed stays known."""

    held_to = Rule.KEPT

    release = models.OneToOneField(PublicRelease, models.PROTECT, primary_key=True, related_name="withdrawal")
    at = models.DateTimeField()
    reason = models.CharField(max_length=20)

    class Meta:
        verbose_name = _("Withdrawal of a release")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class PublicFile(models.Model):
    """A file of a release as it was published, to the byte."""

    held_to = Rule.KEPT

    release = models.ForeignKey(PublicRelease, models.PROTECT, related_name="files")
    table = models.CharField(max_length=60)
    form = models.CharField(max_length=10)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64, db_index=True)

    class Meta:
        verbose_name = _("Published file")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "table", "form"], name="public_file_once")
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.form}"


class Protection(models.Model):
    """A protection that was asked for: who asked, how far it is, whether it was told to stop."""

    release = models.OneToOneField(Release, models.PROTECT, primary_key=True, related_name="protection")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    # Taken by one worker until then; another may take it over later.
    taken_until = models.DateTimeField(null=True)
    limit = models.PositiveIntegerField()
    stage = models.CharField(max_length=20, blank=True)
    done = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)
    is_cancelled = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
