"""Web input about returns."""

from typing import Final

from casework.http.forms import sheet_form
from casework.returns import sheet
from casework.returns.models import OfficialReturn, ReturnRule

PrepareForm: Final = sheet_form(sheet.PREPARE, OfficialReturn)
FillInForm: Final = sheet_form(sheet.FILL_IN)
AnswerForm: Final = sheet_form(sheet.ANSWER)
ReceiveForm: Final = sheet_form(sheet.RECEIVE)
SendBackForm: Final = sheet_form(sheet.SEND_BACK)
CorrectForm: Final = sheet_form(sheet.CORRECT)
RuleForm: Final = sheet_form(sheet.RULE, ReturnRule)
