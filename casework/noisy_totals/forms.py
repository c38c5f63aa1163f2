"""Web input about totals with noise."""

from typing import Final

from casework.http.forms import sheet_form
from casework.noisy_totals import sheet
from casework.noisy_totals.models import PrivacyBudget, TotalQuestion

BudgetForm: Final = sheet_form(sheet.BUDGET, PrivacyBudget)
AskForm: Final = sheet_form(sheet.ASK, TotalQuestion)
RefuseForm: Final = sheet_form(sheet.REFUSE, TotalQuestion)
