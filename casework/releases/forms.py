"""Web input about releases."""

from typing import Final

from casework.http.forms import sheet_form
from casework.releases import sheet
from casework.releases.models import Release

PrepareForm: Final = sheet_form(sheet.PREPARE, Release)
WithdrawForm: Final = sheet_form(sheet.WITHDRAW, Release)
