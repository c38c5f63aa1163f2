"""Papers that were given a number, and the Word files a province puts in the place of the working layouts."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.principals import Principal
from casework.access.visibility import Through
from casework.cases.models import Case
from casework.encryption.fields import SealedJSON, SealedText
from casework.organisations.models import Agency, Area, User

CODE = "a code of a list, needed for registers and lists; it names nobody"
WHEN = "a register is kept by days; it names nobody"
# Papers of the child procedure, and the verb whoever sees them has to be allowed.
CHILD_FORM = "child_form_"
OF_A_CHILD = "child.view"
NUMBER = "written on the paper and in the register; it names nobody"


class PaperTemplate(models.Model):
    """A province's own Word file for one paper; a further one is a further version, and none is ever changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    province = models.ForeignKey(Area, models.PROTECT, related_name="+")
    kind = models.CharField(_("Paper"), max_length=30)
    number = models.PositiveIntegerField(_("Version"))
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    remark = models.CharField(_("What it follows"), max_length=200, blank=True)
    published_at = models.DateTimeField(_("Published at"))
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(_("Withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("Template of a paper")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["province", "kind", "number"], name="paper_template_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class PaperVisibility(Through):
    """As visible as the case; a paper of the child procedure only for whoever may see that procedure."""

    def narrow(self, rows: Any, who: Principal, verb: str) -> Any:
        children = Case.objects.visible_as(who, OF_A_CHILD).values("pk")
        seen = ~Q(kind__startswith=CHILD_FORM) | Q(case__in=children)
        return super().narrow(rows, who, verb).filter(seen)

    def basis(self, record: Any, user: Any, verb: str, at: datetime | None = None) -> str | None:
        if record.kind.startswith(CHILD_FORM) and super().basis(record, user, OF_A_CHILD, at) is None:
            return None
        return super().basis(record, user, verb, at)


class OfficialPaper(GuardedModel):
    """A paper with its number: drawn here or sent as a file, looked through, kept as it went out.

    One that says what must not leave the office is blocked, with its number, until it is drawn anew without it or two
    people let it go. A number is never given twice and never taken back: a paper that is not used stays in the register.
    """

    ISSUED, BLOCKED, VOID = "issued", "blocked", "void"

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "kind": CODE,
        "about_kind": CODE,
        "register": CODE,
        "state": CODE,
        "origin": CODE,
        "goes_to": CODE,
        "media_type": CODE,
        "year": NUMBER,
        "number": NUMBER,
        "shown_number": NUMBER,
        "check_code": "printed on the paper; random, it tells nothing without the number",
        "drawn_at": WHEN,
        "issued_at": WHEN,
        "release_asked_at": WHEN,
        "released_at": WHEN,
        "voided_at": WHEN,
        "removed_at": WHEN,
        "created_at": WHEN,
    }
    loses: ClassVar = ("size", "chunks", "shown_number", "goes_to")
    visibility = PaperVisibility("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="papers")
    unit = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("Issued by"))
    kind = models.CharField(_("Paper"), max_length=30)
    about = models.UUIDField(_("Is about"))
    about_kind = models.CharField(max_length=10)
    register = models.CharField(_("Register"), max_length=20)
    year = models.PositiveSmallIntegerField()
    # Empty where the paper brought a number of its own.
    number = models.PositiveIntegerField(_("Number"), null=True, blank=True)
    # The number on the paper: of the register, or what was written in.
    shown_number = models.CharField(_("Number on the paper"), max_length=40)
    check_code = models.CharField(_("Check code"), max_length=9, unique=True)
    state = models.CharField(_("State"), max_length=10)
    origin = models.CharField(_("How it was made"), max_length=10)
    template = models.ForeignKey(PaperTemplate, models.PROTECT, null=True, blank=True, related_name="papers")
    goes_to = models.JSONField(_("Copies to"), default=list, blank=True)
    media_type = models.CharField(_("Kind of file"), max_length=80)
    file_name = SealedText(field_id=1901, size="address", verbose_name=_("File name"))
    sha256 = SealedText(field_id=1902, size="address", verbose_name=_("SHA-256"))
    size = models.PositiveIntegerField(_("Size in bytes"))
    chunks = models.PositiveIntegerField(editable=False)
    stored_as = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # What the look through it found; only how much of it is plain, for the constraint below.
    findings = SealedJSON(field_id=1903, verbose_name=_("What was found in it"))
    found = models.PositiveIntegerField(_("Places found"), default=0)
    drawn_at = models.DateTimeField(_("Drawn at"))
    issued_at = models.DateTimeField(_("Issued at"), null=True, blank=True)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    release_asked_at = models.DateTimeField(_("Release asked at"), null=True, blank=True)
    release_asked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    release_reason = SealedText(field_id=1904, size="text", blank=True, verbose_name=_("Why it may go out"))
    # The digest of the file the first person spoke of: a changed file has to be spoken of anew.
    release_sha256 = SealedText(field_id=1905, size="address", blank=True)
    released_at = models.DateTimeField(_("Released at"), null=True, blank=True)
    released_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    release_remark = SealedText(
        field_id=1906, size="text", blank=True, verbose_name=_("Second person's remark")
    )
    voided_at = models.DateTimeField(_("Number cancelled at"), null=True, blank=True)
    void_reason = SealedText(field_id=1907, size="text", blank=True, verbose_name=_("Why it is not used"))
    # Set when the file itself was destroyed; the row stays in the register.
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Paper")
        indexes: ClassVar = [
            models.Index(fields=["case", "-drawn_at"], name="paper_case"),
            models.Index(fields=["unit", "year", "register", "number"], name="paper_register"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "register", "year", "number"], name="paper_number_once"),
            # Nobody lets out what they asked to let out, whatever the code above says.
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("release_asked_by")),
                name="paper_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="issued")
                | Q(found=0)
                | Q(released_by__isnull=False, release_asked_by__isnull=False),
                name="paper_clean_or_released",
            ),
            models.CheckConstraint(
                condition=~Q(state="issued") | Q(issued_at__isnull=False), name="paper_issued_when"
            ),
        ]

    def __str__(self) -> str:
        return self.shown_number

    @property
    def file_id(self) -> uuid.UUID:
        """Under what the key of its file is kept: a file drawn anew has a key of its own."""
        return self.stored_as
