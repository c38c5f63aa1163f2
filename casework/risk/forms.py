"""Web input of an assessment: the questions of an instrument, and what is asked beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from casework.base.codes import codes
from casework.cases.models import Participant
from casework.http.fields import ANSWER_THIS, CHOOSE, NOT_OFFERED, arm, make_field
from casework.http.forms import SheetForm, sheet_form
from casework.risk.models import RiskAssessment, RiskEvent
from casework.risk.queries import CHILD_FORMS, Said, said
from casework.risk.sheet import ASSESSMENT, CONFIRM, EMERGENCY, EVENT
from casework.risk.vocabulary import UNKNOWN, YES, Answer, Instrument, Item

WHEN: Final = "when"
SOURCE: Final = "source"
# Whoever is not said to have answered a question is the one named at the top of the form.
EVERYWHERE: Final = "source"
# Asked on the second page, once the answers have been read.
LEVEL: Final = ("final", "reason")

ConfirmForm = sheet_form(CONFIRM, RiskAssessment, only=("confirm_reason",))
EmergencyForm = sheet_form(EMERGENCY, RiskAssessment)
EventForm = sheet_form(EVENT, RiskEvent)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Choices = Sequence[tuple[str, StrOrPromise]]


@dataclass(frozen=True, slots=True)
class Question:
    """One question as the page draws it; `before`: what was answered last time, in words."""

    item: Item
    answer: BoundField
    when: BoundField | None
    source: BoundField
    before: Said
    place: str

    @property
    def is_graded(self) -> bool:
        """Long answers stand under one another, short ones side by side."""
        return self.item.kind == "grade"

    @property
    def asks_elsewhere(self) -> bool:
        """Whether another source was named, so that the page keeps it in sight."""
        return bool(self.source.value())


class AssessmentForm(SheetForm):
    """The form of one version; every question may stay open, and then counts as not known.

    facts: what the file knows to be false takes a question away. children: who a child form may be about.
    """

    sheet = ASSESSMENT
    model = RiskAssessment

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        version: Instrument,
        facts: Mapping[str, bool],
        children: Sequence[Participant] = (),
        before: Mapping[str, Answer] | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.version = version
        self.before = before or {}
        self.asked = [item for item in version.items if item.is_asked(facts)]
        for item in ASSESSMENT.items():
            self.fields[item.name] = make_field(item, RiskAssessment)
            arm(self.fields[item.name])
        interpreter: Any = self.fields["interpreter"]
        # One line instead of seven: it is answered once, and mostly stays as it is.
        interpreter.widget = forms.Select(attrs={"autocomplete": "off"})
        interpreter.widget.choices = interpreter.choices
        self._fit(children)
        for question in self.asked:
            self._add(question)

    def _fit(self, children: Sequence[Participant]) -> None:
        """Leave out what this instrument does not ask, and give the rest its words."""
        self.fields[EVERYWHERE] = _choice(
            _("Who answers"), codes("answer_source").choices(), widget=forms.Select(), initial="victim"
        )
        if self.version.code in CHILD_FORMS and children:
            self.offer(
                "child", [(part.person_id, part.person.full_name or _("Name not known")) for part in children]
            )
        else:
            self.leave_out("child")
        if self.version.fear:
            self.fields["fear"].label = str(self.version.fear)
        else:
            self.leave_out("fear")
        ticks = [tick for tick in self.version.ticks if tick.is_asked]
        if ticks:
            self.fields["imminent"].label = str(ticks[0].text)
            self.fields["imminent"].help_text = str(ticks[0].help)
        else:
            self.leave_out("imminent")

    def _add(self, item: Item) -> None:
        labels: dict[str, Any] = {option.code: str(option.text) for option in item.options}
        yes_no = codes("yes_no_na")
        choices: Choices = [(code, labels.get(code) or yes_no.row(code).label) for code in item.answers]
        self.fields[item.key] = _choice(str(item.text), choices, widget=forms.RadioSelect())
        if item.windows:
            windows = codes("answer_window")
            when: Choices = [(code, windows.row(code).label) for code in (*item.windows, UNKNOWN)]
            field = _choice(_("The last time"), [("", CHOOSE), *when], widget=forms.Select())
            field.show_when = f"{item.key}={YES}"  # type: ignore[attr-defined]
            self.fields[f"{item.key}-{WHEN}"] = field
        sources: Choices = [("", _("The same as at the top")), *codes("answer_source").choices()]
        self.fields[f"{item.key}-{SOURCE}"] = _choice(
            _("Who answered this one"), sources, widget=forms.Select()
        )

    def parts(self) -> Iterator[dict[str, Any]]:
        """The sections of the instrument with their questions, in the order of the form."""
        for section in self.version.sections:
            asked = [item for item in section.items if item in self.asked]
            questions = [self._question(item, at, len(asked)) for at, item in enumerate(asked, start=1)]
            if questions:
                yield {"title": section.title, "intro": section.intro, "questions": questions}

    def _question(self, item: Item, at: int, of: int) -> Question:
        when = f"{item.key}-{WHEN}"
        return Question(
            item,
            self[item.key],
            self[when] if when in self.fields else None,
            self[f"{item.key}-{SOURCE}"],
            said(self.version, item.key, self.before),
            str(_("Question %(at)d of %(of)d") % {"at": at, "of": of}),
        )

    def hidden(self) -> list[str]:
        """Every answer of the first page once more, unseen, so that the second page loses none."""
        return [
            self[name].as_hidden()
            for name in self.fields
            if name not in LEVEL and self[name].value() not in ("", None, False)
        ]

    @property
    def child_name(self) -> str:
        """Whom a child form is about, as chosen; empty where nobody was."""
        choices: Any = self.fields["child"].choices if "child" in self.fields else []  # type: ignore[attr-defined]
        chosen = str(self["child"].value() or "") if choices else ""
        return next((str(label) for value, label in choices if value and str(value) == chosen), "")

    def typed(self) -> dict[str, Any]:
        """Everything typed so far, unchecked, as the start of a fresh form."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
            for name, field in self.fields.items()
        }

    def given(self) -> dict[str, Answer]:
        """The answers to the instrument's questions; call it on a valid form."""
        everywhere = self.cleaned_data[EVERYWHERE]
        found: dict[str, Answer] = {}
        for item in self.asked:
            value = self.cleaned_data[item.key]
            if not value:
                continue
            # When it happened belongs to a yes; a time left over from a corrected answer means nothing.
            when = self.cleaned_data.get(f"{item.key}-{WHEN}", "") if value == YES else ""
            found[item.key] = Answer(value, self.cleaned_data[f"{item.key}-{SOURCE}"] or everywhere, when)
        return found

    def beside(self) -> dict[str, Any]:
        """What the verb takes beside the answers; call it on a valid form."""
        told = SheetForm.answers(self)
        fear = str(told.get("fear") or "")
        return {
            "instrument": self.version.code,
            "imminent": bool(told.get("imminent")),
            "fear": int(fear) if fear.isdigit() else None,
            "present": told["present"],
            "interpreter": told["interpreter"],
            "child": told.get("child"),
        }

    def answers(self) -> dict[str, Any]:
        """The questions of the instrument, as the verb takes them."""
        return self.given()

    def ask_level(self, levels: Choices, computed: str) -> None:
        """Offer the levels a person may set, the computed one first chosen; anything else asks for a sentence."""
        final: Any = self.fields["final"]
        final.choices = levels
        final.initial = computed
        others = "|".join(code for code, _label in levels if code != computed)
        self.fields["reason"].show_when = f"final={others}"  # type: ignore[attr-defined]


def _choice(
    label: StrOrPromise, choices: Choices, *, widget: forms.RadioSelect | forms.Select, initial: str = ""
) -> forms.ChoiceField:
    widget.attrs["autocomplete"] = "off"
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=widget,
        initial=initial,
        required=False,
        error_messages={"required": ANSWER_THIS, "invalid_choice": NOT_OFFERED},
    )
