"""Web input about papers."""

from casework.http.forms import sheet_form
from casework.official_forms import sheet
from casework.official_forms.models import OfficialPaper, PaperTemplate

IssueForm = sheet_form(sheet.ISSUE, only=("form",))
SendFileForm = sheet_form(sheet.SEND_FILE, OfficialPaper)
RedactForm = sheet_form(sheet.REDACTION, OfficialPaper)
AskReleaseForm = sheet_form(sheet.ASK_RELEASE, OfficialPaper)
ReleaseForm = sheet_form(sheet.RELEASE, OfficialPaper)
VoidForm = sheet_form(sheet.VOID, OfficialPaper)
TemplateForm = sheet_form(sheet.TEMPLATE, PaperTemplate, only=("file", "remark"))
CheckForm = sheet_form(sheet.CHECK)
