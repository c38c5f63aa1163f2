"""Routes of requests to see a file."""

from django.urls import path

from casework.extracts import api, views

_CASE = "cases/<uuid:case_id>/access-requests/"
_ONE = "access-requests/<uuid:access_request_id>/"

urlpatterns = [
    path("access-requests/", views.queue, name="access-queue"),
    path(_CASE, views.requests, name="case-access"),
    path(f"{_CASE}record/", views.record, name="record-access"),
    path(_ONE, views.access_request, name="access-request"),
    path(f"{_ONE}refuse/", views.refuse, name="refuse-access"),
    path(f"{_ONE}allow/", views.allow, name="allow-access"),
    path(f"{_ONE}prepare/", views.prepare, name="prepare-extract"),
    path(f"{_ONE}release/", views.release, name="release-extract"),
]
api_urlpatterns = [
    path("access-requests/", api.Queue.as_view(), name="access-queue"),
    path(_CASE, api.CaseRequests.as_view(), name="case-access"),
    path(_ONE, api.RequestRecord.as_view(), name="access-request"),
    path(f"{_ONE}refuse/", api.Refuse.as_view(), name="refuse-access"),
    path(f"{_ONE}allow/", api.Allow.as_view(), name="allow-access"),
    path(f"{_ONE}prepare/", api.Prepare.as_view(), name="prepare-extract"),
    path(f"{_ONE}release/", api.Release.as_view(), name="release-extract"),
]
