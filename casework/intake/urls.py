"""Routes of reports; opening a case on one, or joining it to one, are routes of the cases."""

from django.urls import path

from casework.intake import api, views

urlpatterns = [
    path("reports/", views.listing, name="report-list"),
    path("reports/new/", views.new, name="report-new"),
    path("reports/<uuid:report_id>/", views.detail, name="report-detail"),
    path("reports/<uuid:report_id>/assign/", views.assign, name="report-assign"),
    path("reports/<uuid:report_id>/accept/", views.accept, name="report-accept"),
    path("reports/<uuid:report_id>/screen-out/", views.screen_out_page, name="report-screen-out"),
    path("reports/<uuid:report_id>/tell-chair/", views.tell_chair_page, name="report-tell-chair"),
    path("reports/<uuid:report_id>/add/", views.add, name="report-add"),
]
api_urlpatterns = [
    path("reports/", api.ReportList.as_view(), name="report-list"),
    path("reports/<uuid:report_id>/", api.ReportRecord.as_view(), name="report-detail"),
    path("reports/<uuid:report_id>/assign/", api.AssignReport.as_view(), name="report-assign"),
    path("reports/<uuid:report_id>/accept/", api.AcceptReport.as_view(), name="report-accept"),
    path("reports/<uuid:report_id>/screen-out/", api.ScreenOut.as_view(), name="report-screen-out"),
    path("reports/<uuid:report_id>/tell-chair/", api.TellChair.as_view(), name="report-tell-chair"),
    path("reports/<uuid:report_id>/add/", api.AddToReport.as_view(), name="report-add"),
]
