"""Web input of destroying and of legal holds: the same of a report as of a case."""

from casework.disposal import sheet
from casework.disposal.models import Disposal, LegalHold
from casework.http.forms import sheet_form

RequestForm = sheet_form(sheet.REQUEST, Disposal)
AnswerForm = sheet_form(sheet.ANSWER, Disposal)
StopForm = sheet_form(sheet.STOP, Disposal)
HoldForm = sheet_form(sheet.HOLD, LegalHold)
LiftingForm = sheet_form(sheet.LIFTING, LegalHold)
