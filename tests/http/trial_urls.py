"""The addresses of the trial room, before the real ones."""

from django.urls import include, path

from casework import api_urls
from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as real
from tests.http import trial

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

rest = [pattern for pattern in real if getattr(pattern, "namespace", "") == "api"]
urlpatterns = [
    path("api/v1/", include(([*trial.api, *api_urls.urlpatterns], "api"))),
    path("trial/<uuid:case_id>/edit/", trial.edit_page, name="trial_edit"),
    path("trial/auditors/", trial.auditors_only, name="trial_auditors"),
    path("trial/all/", trial.for_all, name="trial_all"),
    path("trial/open/", trial.open_to_all, name="trial_open"),
    path("trial/raises/<str:what>/", trial.raises, name="trial_raises"),
    *(pattern for pattern in real if pattern not in rest),
]
