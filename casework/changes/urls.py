"""Routes of what was changed."""

from django.urls import path

from casework.changes import api, views

urlpatterns = [
    path("cases/<uuid:case_id>/changes/", views.changes, name="case-changes"),
    path("cases/<uuid:case_id>/changes/one/", views.change, name="case-change"),
]
api_urlpatterns = [
    path("history/", api.HistoryList.as_view(), name="history"),
    path("history/change/", api.ChangeOfRecord.as_view(), name="history-change"),
]
