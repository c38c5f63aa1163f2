"""The papers of the case itself as data: who takes part, who works on it, to whom it is handed."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet
from casework.people.sheet import PERSON_SHORT

_PART: Final = Section(
    "part",
    _("Part in this case"),
    (
        Item("role", "code", codes="participant_role", label=_("Role"), required=True),
        Item(
            "relation",
            "code",
            codes="kinship",
            label=_("Relation to her"),
            help=_("What this person is to the person subjected to violence."),
        ),
        Item(
            "conflict_of_interest",
            "flag",
            label=_("Represents her, but against her interest"),
            why=_("A representative who is on the other side may not speak for the person in this case."),
        ),
        Item("remark", "text", label=_("Remark")),
    ),
)

PARTICIPANT: Final = Sheet("participant", _("Part in this case"), (_PART,))

ADD_PERSON: Final = Sheet(
    "add_person",
    _("Add a person"),
    (
        Section(
            "known",
            _("Already known"),
            (
                Item(
                    "person",
                    "person",
                    label=_("This is the same person as"),
                    help=_(
                        "The same name is not the same person: compare birth year, village and relatives."
                    ),
                ),
            ),
        ),
        _PART,
        PERSON_SHORT,
        Section(
            "papers",
            _("If known"),
            (
                Item("identity_kind", "code", codes="identity_kind"),
                Item("identity_number", "identity"),
                Item(
                    "official_kind",
                    "code",
                    codes="official_kind",
                    why=_(
                        "When the person who commits violence is police, army or an official, "
                        "the case is kept from colleagues."
                    ),
                ),
            ),
        ),
    ),
)

MAIN_PARTICIPANT: Final = Sheet(
    "main_participant",
    _("Main person of the case"),
    (Section("main", "", (Item("participant", "person", required=True),)),),
)

ASSIGN: Final = Sheet(
    "assign",
    _("Put somebody on the case"),
    (
        Section(
            "assign",
            "",
            (
                Item("user", "user", label=_("Who"), required=True),
                Item(
                    "lead",
                    "flag",
                    label=_("Answers for the case from now on"),
                    help=_("The present lead stays on the case."),
                ),
            ),
        ),
    ),
)

RELEASE: Final = Sheet(
    "release",
    _("Take somebody off the case"),
    (
        Section(
            "release", _("Take somebody off the case"), (Item("user", "user", label=_("Who"), required=True),)
        ),
    ),
)

TRANSFER: Final = Sheet(
    "transfer",
    _("Hand the case to another unit"),
    (
        Section(
            "where",
            _("To whom"),
            (
                Item("to_unit", "agency", label=_("Unit"), required=True),
                Item("lead", "user", label=_("New lead"), required=True),
            ),
            hint=_("Everyone of the present unit stops seeing the case at once."),
        ),
        Section(
            "why",
            _("Why"),
            (
                Item("kind", "code", codes="transfer_reason", label=_("Ground"), required=True),
                Item("reason", "long_text", label=_("Reason in words"), required=True),
            ),
        ),
    ),
)

SEAL: Final = Sheet(
    "seal",
    _("Seal the case"),
    (
        Section(
            "why",
            "",
            (Item("reason", "long_text", label=_("Reason in words"), required=True),),
            hint=_("Only the people named on the case and the province see it from then on."),
        ),
    ),
)

CASE_DETAILS: Final = Sheet(
    "case_details",
    _("Details of the case"),
    (
        Section(
            "details",
            "",
            (
                Item("origin", "code", codes="case_origin", required=True),
                Item("legal_basis", "code", codes="legal_basis", required=True),
                Item("language", "code", codes="language", required=True),
            ),
        ),
    ),
)

SEARCH: Final = Sheet(
    "search",
    _("Search"),
    (
        Section(
            "search",
            "",
            (
                Item(
                    "q",
                    "text",
                    required=True,
                    label=_("What to look for"),
                    help=_("Case number or code, telephone, identity number, or a name; a birth year helps."),
                ),
            ),
        ),
    ),
)

JOIN_CASE: Final = Sheet(
    "join_case",
    _("Join the report to a case"),
    # Offered as «number, initials»; over REST the id of a case the user may see.
    (Section("case", _("Case"), (Item("case", "person", label=_("Case"), required=True),)),),
)
