"""Web input about consignments."""

from typing import Final

from casework.http.forms import sheet_form
from casework.national_database import sheet
from casework.national_database.models import Consignment, ConsignmentRule

ReceiveForm: Final = sheet_form(sheet.RECEIVE, Consignment)
RuleForm: Final = sheet_form(sheet.RULE, ConsignmentRule)
