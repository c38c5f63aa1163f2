"""Web input about returns."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import QueryDict

from casework.base.codes import codes
from casework.http.forms import SheetForm, sheet_form
from casework.returns import sheet
from casework.returns.catalogue import FORMS, Form
from casework.returns.models import OfficialReturn, ReturnRule

_PrepareForm: Final = sheet_form(sheet.PREPARE, OfficialReturn)
FillInForm: Final = sheet_form(sheet.FILL_IN)
AnswerForm: Final = sheet_form(sheet.ANSWER)
ReceiveForm: Final = sheet_form(sheet.RECEIVE)
SendBackForm: Final = sheet_form(sheet.SEND_BACK)
CorrectForm: Final = sheet_form(sheet.CORRECT)
RuleForm: Final = sheet_form(sheet.RULE, ReturnRule)


def prepare_form(data: QueryDict | None, offered: Sequence[Form], *, initial: Mapping[str, Any]) -> SheetForm:
    """Which return of which period; offered are the forms the viewer's offices file, and the periods of those."""
    form = _PrepareForm(data, initial=initial)
    windows = {window for one in offered for window in one.windows}
    some = (
        ("form", codes(FORMS), {one.code for one in offered}),
        ("window", codes("return_window"), windows),
    )
    for name, list_, kept in some:
        field: Any = form.fields[name]
        field.choices = [(row.code, row.label) for row in list_.rows if row.code in kept]
    return form
