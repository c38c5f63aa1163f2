"""Routes of clocks."""

from django.urls import path

from casework.deadlines import api, views

urlpatterns = [path("deadlines/", views.listing, name="deadline-list")]
api_urlpatterns = [
    path("deadlines/", api.DeadlineList.as_view(), name="deadline-list"),
    path("cases/<uuid:case_id>/deadlines/", api.CaseDeadlines.as_view(), name="case-deadlines"),
]
