"""Routes of cases."""

from django.urls import path

from casework.cases import api, views

urlpatterns = [
    path("reports/<uuid:report_id>/open-case/", views.open_case_page, name="report-open-case"),
    path("reports/<uuid:report_id>/join-case/", views.join_case_page, name="report-join-case"),
    path("reports/<uuid:report_id>/case/", views.case_of_report, name="report-case"),
]
api_urlpatterns = [
    path("reports/<uuid:report_id>/open-case/", api.OpenCase.as_view(), name="report-open-case"),
    path("reports/<uuid:report_id>/join-case/", api.JoinCase.as_view(), name="report-join-case"),
]
