"""Web input of closing."""

from casework.closure import sheet
from casework.closure.models import Closing
from casework.http.forms import sheet_form

ClosingForm = sheet_form(sheet.CLOSING, Closing)
ExtensionForm = sheet_form(sheet.EXTENSION, Closing)
ReviewForm = sheet_form(sheet.REVIEW, Closing)
ReopeningForm = sheet_form(sheet.REOPENING)
