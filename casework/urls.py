"""All pages, room by room; each room's `urls.py` holds its own routes in `urlpatterns`."""

from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("language/", set_language, name="set_language"),
    path("account/", include("casework.accounts.urls")),
    path("", include("casework.notifications.urls")),
    path("", include("casework.staff.urls")),
    path("", include("casework.intake.urls")),
    path("", include("casework.cases.urls")),
    path("", include("casework.incidents.urls")),
    path("", include("casework.attachments.urls")),
    path("", include("casework.risk.urls")),
    path("", include("casework.plans.urls")),
    path("", include("casework.referrals.urls")),
    path("", include("casework.protection.urls")),
    path("", include("casework.children.urls")),
    path("", include("casework.extracts.urls")),
    path("", include("casework.casefile.urls")),
    path("", include("casework.changes.urls")),
    path("", include("casework.oversight.urls")),
    path("", include("casework.deadlines.urls")),
    path("", include("casework.desks.urls")),
    path("", include("casework.closure.urls")),
    path("", include("casework.disposal.urls")),
    path("", include("casework.statistics.urls")),
    path("", include("casework.returns.urls")),
    path("", include("casework.national_database.urls")),
    path("", include("casework.noisy_totals.urls")),
    path("", include("casework.releases.urls")),
    path("", include("casework.official_forms.urls")),
]
