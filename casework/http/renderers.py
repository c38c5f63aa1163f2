"""How every form of the product is drawn: one renderer, our own templates in `templates/forms/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    DateInput,
    DateTimeInput,
    RadioSelect,
)
from django.forms.renderers import TemplatesSetting
from django.template.loader import select_template
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.forms import Widget
    from django.template.base import Template

# Django names one template per input type although they differ in nothing but the type attribute.
_PLAIN_INPUTS = (
    "text",
    "number",
    "email",
    "url",
    "password",
    "search",
    "tel",
    "color",
    "date",
    "datetime",
    "time",
)
_ONE_TEMPLATE = {
    **{f"forms/widgets/{name}.html": "forms/widgets/input.html" for name in _PLAIN_INPUTS},
    "forms/widgets/radio_option.html": "forms/widgets/option.html",
    "forms/widgets/checkbox_option.html": "forms/widgets/option.html",
    "forms/widgets/checkbox_select.html": "forms/widgets/checkboxes.html",
    "forms/widgets/radio.html": "forms/widgets/radios.html",
    "forms/widgets/splitdatetime.html": "forms/widgets/multiwidget.html",
    "forms/widgets/select_date.html": "forms/widgets/multiwidget.html",
}
# Beyond this many letters a row of choices no longer fits one line of a small laptop.
_LETTERS_OF_ONE_LINE = 48


def template_choices(template_name: str) -> list[str]:
    """Where to look for a form template that Django calls `template_name`: ours first."""
    own = template_name.replace("django/forms/", "forms/", 1)
    return [_ONE_TEMPLATE.get(own, own), template_name]


class PageField(BoundField):
    """A field as a page shows it; the form author sets `why` and `show_when` on the form field itself.

    `why`: one sentence that answers «why we ask». `show_when`: "other_field=value|value", read by a script;
    without scripts the field is simply always shown.
    """

    def __init__(self, form: object, field: object, name: str) -> None:
        super().__init__(form, field, name)  # type: ignore[arg-type]
        if not self.help_text and isinstance(self.field.widget, DateTimeInput):
            self.help_text = _("Day/month/year and time, for example 27/3/2026 21:14")
        elif not self.help_text and isinstance(self.field.widget, DateInput):
            self.help_text = _("Day/month/year, for example 27/3/2026")

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        """Marks dates, so that a script can offer the number keys and put in the strokes."""
        built = super().build_widget_attrs(attrs, widget)
        if isinstance(self.field.widget, (DateInput, DateTimeInput)):
            built["data-date"] = "time" if isinstance(self.field.widget, DateTimeInput) else "day"
        return built

    @property
    def why(self) -> str:
        """Why the question is asked, or an empty string."""
        return str(getattr(self.field, "why", ""))

    @property
    def show_when(self) -> str:
        """The condition under which a script shows the field, or an empty string."""
        return str(getattr(self.field, "show_when", ""))

    @property
    def is_flag(self) -> bool:
        """True for one tick box, whose label stands after the box."""
        return isinstance(self.field.widget, CheckboxInput)

    @property
    def is_short_choice(self) -> bool:
        """True when all choices fit one line (yes, no, unknown, declined)."""
        widget = self.field.widget
        if not isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
            return False
        labels = [str(label) for _value, label in widget.choices]
        return len(labels) <= 4 and sum(map(len, labels)) <= _LETTERS_OF_ONE_LINE

    @property
    def anchor(self) -> str:
        """The id an error message links to: the input itself, or the first of several."""
        return self.id_for_label or (f"{self.auto_id}_0" if self.auto_id else "")

    @property
    def mark(self) -> str:
        """Empty, "required" or "optional": only the rarer kind is marked, so a long form stays quiet."""
        visible = [bound.field for bound in self.form.visible_fields()]
        mostly_optional = 2 * sum(field.required for field in visible) < len(visible)
        if mostly_optional:
            return "required" if self.field.required else ""
        return "" if self.field.required else "optional"


class FormRenderer(TemplatesSetting):
    """Draws forms from `templates/forms/`, and what we do not draw ourselves from Django's own templates."""

    form_template_name = "forms/form.html"
    formset_template_name = "forms/formset.html"
    field_template_name = "forms/field.html"
    bound_field_class = PageField

    def get_template(self, template_name: str) -> Template:
        """Our template of that name if there is one, else Django's."""
        return cast("Template", select_template(template_choices(template_name)))
