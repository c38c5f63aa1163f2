"""The doors: pages at the root, REST under /api/v1/, two words for a load balancer."""

from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from casework.http import draft_pages, errors, health, pages
from casework.http.schema import DrawnOnce

urlpatterns = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("still-here/", pages.still_here, name="still_here"),
    path("drafts/", draft_pages.keep, name="draft"),
    path("drafts/drop/", draft_pages.drop, name="drop_draft"),
    path(
        "api/schema/",
        SpectacularJSONAPIView.as_view(api_version="v1", generator_class=DrawnOnce),
        name="schema",
    ),
    path("api/v1/", include(("casework.api_urls", "api"))),
    path("", include("casework.urls")),
]

handler400 = errors.bad_request
handler403 = errors.denied
handler404 = errors.not_found
handler500 = errors.server_error
