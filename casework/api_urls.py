"""All of REST, room by room; each room's `urls.py` holds its own routes in `api_urlpatterns`."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
