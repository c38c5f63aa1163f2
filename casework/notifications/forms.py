"""The web form of how somebody is told."""

from casework.http.forms import sheet_form
from casework.notifications.models import Reach
from casework.notifications.sheet import REACH

ReachForm = sheet_form(REACH, Reach)
