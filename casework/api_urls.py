"""All of REST, room by room; each room's `urls.py` holds its own routes in `api_urlpatterns`."""

from django.urls import URLPattern, URLResolver

from casework.attachments import urls as attachments
from casework.cases import urls as cases
from casework.changes import urls as changes
from casework.children import urls as children
from casework.closure import urls as closure
from casework.deadlines import urls as deadlines
from casework.disposal import urls as disposal
from casework.extracts import urls as extracts
from casework.incidents import urls as incidents
from casework.intake import urls as intake
from casework.national_database import urls as national_database
from casework.noisy_totals import urls as noisy_totals
from casework.notifications import urls as notifications
from casework.official_forms import urls as official_forms
from casework.oversight import urls as oversight
from casework.plans import urls as plans
from casework.protection import urls as protection
from casework.referrals import urls as referrals
from casework.releases import urls as releases
from casework.returns import urls as returns
from casework.risk import urls as risk
from casework.staff import urls as staff
from casework.statistics import urls as statistics

urlpatterns: list[URLPattern | URLResolver] = [
    *intake.api_urlpatterns,
    *cases.api_urlpatterns,
    *incidents.api_urlpatterns,
    *attachments.api_urlpatterns,
    *risk.api_urlpatterns,
    *plans.api_urlpatterns,
    *referrals.api_urlpatterns,
    *protection.api_urlpatterns,
    *children.api_urlpatterns,
    *extracts.api_urlpatterns,
    *closure.api_urlpatterns,
    *disposal.api_urlpatterns,
    *statistics.api_urlpatterns,
    *returns.api_urlpatterns,
    *national_database.api_urlpatterns,
    *releases.api_urlpatterns,
    *noisy_totals.api_urlpatterns,
    *official_forms.api_urlpatterns,
    *changes.api_urlpatterns,
    *oversight.api_urlpatterns,
    *deadlines.api_urlpatterns,
    *notifications.api_urlpatterns,
    *staff.api_urlpatterns,
]
