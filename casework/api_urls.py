"""All of REST, room by room; each room's `urls.py` holds its own routes in `api_urlpatterns`."""

from django.urls import URLPattern, URLResolver

from casework.cases import urls as cases
from casework.intake import urls as intake

urlpatterns: list[URLPattern | URLResolver] = [
    *intake.api_urlpatterns,
    *cases.api_urlpatterns,
]
