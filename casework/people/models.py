"""People, how they are related, and how the person subjected to violence may be reached."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.visibility import Through
from casework.encryption.fields import SealedDate, SealedJSON, SealedPhone, SealedText
from casework.organisations.models import Agency, Area

CODE = "a code of a list, needed for rules and figures; it names nobody"
WHEN = "needed to order and to measure; it names nobody"


class Person(GuardedModel):
    """Someone in a case. One person may be subjected to violence in one case and commit it in another."""

    KEY_SCOPE: ClassVar = ("person", "id")
    PLAIN: ClassVar = {
        "sex": CODE,
        "birth_precision": CODE,
        "identity_kind": CODE,
        "identity_none_reason": CODE,
        "nationality": CODE,
        "ethnicity": CODE,
        "languages": CODE,
        "interpreter_needed": CODE,
        "occupation": CODE,
        "official_kind": CODE,
        "education": CODE,
        "disability_kind": CODE,
        "poverty": CODE,
        "priority_groups": CODE,
        "created_at": WHEN,
    }
    loses: ClassVar = (
        "birth_precision",
        "identity_kind",
        "identity_none_reason",
        "languages",
        "interpreter_needed",
        "occupation",
        "official_kind",
        "official_unit",
        "education",
        "disability_kind",
        "poverty",
    )
    visibility = Through("participations__case")
    parts_of: ClassVar = {"case": "participations__case"}
    view_verb = "person.view"

    full_name = SealedText(field_id=101, size="name", verbose_name=_("Full name, as on the card"))
    other_names = SealedText(field_id=102, size="address", blank=True, verbose_name=_("Other names"))
    sex = models.CharField(_("Sex"), max_length=20, default="unknown")
    # A partial date as text: "1987", "1987-03" or "1987-03-05"; the precision beside it stays plain.
    birth_date = SealedText(field_id=103, size="id", blank=True, verbose_name=_("Birth date or year"))
    birth_precision = models.CharField(max_length=10, default="unknown")
    identity_kind = models.CharField(_("Identity document"), max_length=20, default="unknown")
    identity_number = SealedText(field_id=104, size="id", blank=True, verbose_name=_("Identity number"))
    identity_none_reason = models.CharField(_("Why there is no number"), max_length=30, blank=True)
    identity_issued = SealedText(field_id=105, size="address", blank=True, verbose_name=_("Issued on, by"))
    nationality = models.CharField(_("Nationality"), max_length=20, default="vietnamese")
    ethnicity = models.CharField(_("Ethnic group"), max_length=20, default="unknown")
    religion = SealedText(field_id=106, size="name", blank=True, verbose_name=_("Religion"))
    languages = models.JSONField(_("Languages spoken"), default=list, blank=True)
    interpreter_needed = models.CharField(_("Interpreter needed"), max_length=10, default="unknown")
    literacy = SealedText(field_id=107, size="id", blank=True, verbose_name=_("Reading and writing"))
    occupation = models.CharField(_("Occupation"), max_length=30, default="unknown")
    workplace = SealedText(field_id=108, size="address", blank=True, verbose_name=_("Workplace"))
    official_kind = models.CharField(_("Police, army or official"), max_length=20, default="unknown")
    official_unit = models.ForeignKey(
        Agency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Unit of the official"),
    )
    education = models.CharField(_("Education"), max_length=30, default="unknown")
    disability_kind = models.CharField(_("Disability"), max_length=30, default="unknown")
    disability = SealedText(field_id=109, size="address", blank=True, verbose_name=_("Disability, in words"))
    health_notes = SealedText(
        field_id=110, size="text", blank=True, verbose_name=_("Health notes a service needs")
    )
    poverty = models.CharField(_("Poor or near-poor household certificate"), max_length=20, default="unknown")
    priority_groups = models.JSONField(_("Priority groups"), default=list, blank=True)
    nursing = SealedText(
        field_id=111, size="id", blank=True, verbose_name=_("Pregnant, or nursing a child under 36 months")
    )
    deceased_on = SealedDate(field_id=112, null=True, verbose_name=_("Date of death"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Person")
        verbose_name_plural = _("People")

    def __str__(self) -> str:
        return str(self.pk)


class Phone(GuardedModel):
    """A number, whose it is and whether calling it is safe."""

    KEY_SCOPE: ClassVar = ("person", "person_id")
    PLAIN: ClassVar = {"safe_to_call": CODE, "last_confirmed_on": WHEN, "created_at": WHEN}
    visibility = Through("person")
    parts_of: ClassVar = {"person": "person", "case": "person__participations__case"}
    view_verb = "person.view"

    person = models.ForeignKey(Person, models.PROTECT, related_name="phones")
    number = SealedPhone(field_id=121, verbose_name=_("Phone number"))
    whose = SealedText(field_id=122, size="name", blank=True, verbose_name=_("Whose phone it is"))
    safe_to_call = models.CharField(_("Safe to call"), max_length=10, default="unknown")
    who_may_answer = SealedText(field_id=123, size="address", blank=True, verbose_name=_("Who may answer"))
    last_confirmed_on = models.DateField(_("Last confirmed"), null=True, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Phone")

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def kept_apart(cls, version: Any) -> frozenset[str]:
        # A number is shown only while contact with its owner is safe.
        return frozenset({"number"})


class Address(GuardedModel):
    """Where somebody can be found. A safe or shelter address is sealed whole and opens for a reason."""

    KEY_SCOPE: ClassVar = ("person", "person_id")
    PLAIN: ClassVar = {"kind": CODE, "created_at": WHEN}
    loses: ClassVar = ("area",)
    visibility = Through("person")
    parts_of: ClassVar = {"person": "person", "case": "person__participations__case"}
    view_verb = "person.view"
    PROTECTED_KINDS: ClassVar = frozenset({"safe", "shelter"})

    person = models.ForeignKey(Person, models.PROTECT, related_name="addresses")
    kind = models.CharField(_("Kind of address"), max_length=10)
    # Empty for safe and shelter addresses: even the commune would narrow a search for her.
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, verbose_name=_("Commune or ward"))
    sealed_area = SealedText(
        field_id=131, size="id", blank=True, verbose_name=_("Commune of a protected address")
    )
    village = SealedText(field_id=132, size="name", blank=True, verbose_name=_("Village"))
    detail = SealedText(field_id=133, size="address", blank=True, verbose_name=_("House, road, landmark"))
    valid_from = SealedDate(field_id=134, null=True, verbose_name=_("Since"))
    valid_to = SealedDate(field_id=135, null=True, verbose_name=_("Until"))
    who_knows = SealedText(field_id=136, size="address", blank=True, verbose_name=_("Who knows this address"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Address")
        verbose_name_plural = _("Addresses")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(kind__in=["safe", "shelter"]) | models.Q(area__isnull=True),
                name="address_protected_area_sealed",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_protected(self) -> bool:
        return self.kind in self.PROTECTED_KINDS

    @classmethod
    def kept_apart(cls, version: Any) -> frozenset[str]:
        if version.kind not in cls.PROTECTED_KINDS:
            return frozenset()
        return frozenset({"area", "sealed_area", "village", "detail", "valid_from", "valid_to", "who_knows"})


class SafeContact(GuardedModel):
    """How she may be reached. Absent, older than 30 days or ended by a change means: do not contact."""

    KEY_SCOPE: ClassVar = ("person", "person_id")
    PLAIN: ClassVar = {
        "permission": CODE,
        "channel": CODE,
        "may_leave_message": CODE,
        "may_say_office": CODE,
        "may_text": CODE,
        "language": CODE,
        "ended_by": CODE,
        "confirmed_on": WHEN,
        "created_at": WHEN,
    }
    visibility = Through("person")
    parts_of: ClassVar = {"person": "person", "case": "person__participations__case"}
    view_verb = "person.view"

    person = models.OneToOneField(Person, models.PROTECT, related_name="safe_contact")
    permission = models.CharField(_("May she be contacted"), max_length=10, default="unknown")
    channel = models.CharField(_("Preferred channel"), max_length=20, default="unknown")
    number_or_person = SealedText(
        field_id=141, size="address", blank=True, verbose_name=_("Number, or through whom")
    )
    safe_hours = SealedText(field_id=142, size="address", blank=True, verbose_name=_("Safe days and hours"))
    code_word = SealedText(field_id=143, size="name", blank=True, verbose_name=_("Code word"))
    if_other_answers = SealedText(
        field_id=144, size="address", blank=True, verbose_name=_("What to say when someone else answers")
    )
    may_leave_message = models.CharField(_("May leave a message"), max_length=10, default="unknown")
    may_say_office = models.CharField(_("May say which office is calling"), max_length=10, default="unknown")
    may_text = models.CharField(_("May send a text message"), max_length=10, default="unknown")
    language = models.CharField(_("Language to speak"), max_length=20, default="unknown")
    confirmed_on = models.DateField(_("Last confirmed"), null=True, blank=True)
    ended_by = models.CharField(_("Ended by"), max_length=30, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Safe contact")

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def kept_apart(cls, version: Any) -> frozenset[str]:
        # How she is reached is shown only while it is safe; how she once was may be what gives her away.
        return frozenset({"number_or_person", "safe_hours", "code_word", "if_other_answers"})


class Kinship(GuardedModel):
    """How two people are related; it decides which acts the law knows between them (Art. 3(2))."""

    KEY_SCOPE: ClassVar = ("person", "person_id")
    PLAIN: ClassVar = {
        "relation": CODE,
        "registered_marriage": CODE,
        "living_together": CODE,
        "created_at": WHEN,
    }
    visibility = Through("person")
    parts_of: ClassVar = {"person": "person", "case": "person__participations__case"}
    view_verb = "person.view"

    person = models.ForeignKey(Person, models.PROTECT, related_name="kinships")
    other = models.ForeignKey(Person, models.PROTECT, related_name="kinships_to")
    relation = models.CharField(_("Relation"), max_length=40)
    registered_marriage = models.CharField(_("Registered marriage"), max_length=10, default="unknown")
    living_together = models.CharField(_("Living together"), max_length=10, default="unknown")
    since_until = SealedText(field_id=151, size="id", blank=True, verbose_name=_("Since, until"))
    shared_children = SealedText(
        field_id=152, size="address", blank=True, verbose_name=_("Children they share")
    )
    dependence = SealedJSON(field_id=153, null=True, verbose_name=_("Depends on the other for"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Kinship")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "other"], name="kinship_once"),
            models.CheckConstraint(condition=~models.Q(person=models.F("other")), name="kinship_two_people"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
