"""Routes of destroying and of legal holds."""

from django.urls import path

from casework.disposal import api, views

urlpatterns = [
    path("disposals/", views.disposals, name="disposal-list"),
    path("cases/<uuid:case_id>/disposal/", views.case_disposal, name="case-disposal"),
    path("cases/<uuid:case_id>/disposal/certificate/", views.erasure_certificate, name="erasure-certificate"),
    path("cases/<uuid:case_id>/request-disposal/", views.request_disposal, name="request-disposal"),
    path("cases/<uuid:case_id>/place-hold/", views.place_hold, name="place-hold"),
    path("disposals/<uuid:disposal_id>/answer/", views.answer_disposal, name="answer-disposal"),
    path("disposals/<uuid:disposal_id>/stop/", views.stop_disposal, name="stop-disposal"),
    path("holds/<uuid:hold_id>/lift/", views.lift_hold, name="lift-hold"),
    path("report-disposals/", views.report_disposals, name="report-disposal-list"),
    path("reports/<uuid:report_id>/disposal/", views.report_disposal, name="report-disposal"),
    path(
        "reports/<uuid:report_id>/disposal/certificate/",
        views.report_erasure_certificate,
        name="report-erasure-certificate",
    ),
    path(
        "reports/<uuid:report_id>/request-disposal/",
        views.request_report_disposal,
        name="request-report-disposal",
    ),
    path("reports/<uuid:report_id>/place-hold/", views.place_report_hold, name="place-report-hold"),
    path(
        "report-disposals/<uuid:report_disposal_id>/answer/",
        views.answer_report_disposal,
        name="answer-report-disposal",
    ),
    path(
        "report-disposals/<uuid:report_disposal_id>/stop/",
        views.stop_report_disposal,
        name="stop-report-disposal",
    ),
    path("report-holds/<uuid:report_hold_id>/lift/", views.lift_report_hold, name="lift-report-hold"),
]
api_urlpatterns = [
    path("disposals/", api.DisposalRegister.as_view(), name="disposal-list"),
    path("disposals/over/", api.Over.as_view(), name="disposals-over"),
    path("cases/<uuid:case_id>/disposals/", api.DisposalList.as_view(), name="disposals"),
    path("cases/<uuid:case_id>/erasure/", api.Erasure.as_view(), name="erasure"),
    path(
        "cases/<uuid:case_id>/erasure/certificate/",
        api.ErasureCertificate.as_view(),
        name="erasure-certificate",
    ),
    path("cases/<uuid:case_id>/legal-holds/", api.HoldList.as_view(), name="legal-holds"),
    path("disposals/<uuid:disposal_id>/", api.DisposalRecord.as_view(), name="disposal"),
    path("disposals/<uuid:disposal_id>/approve/", api.ApproveDisposal.as_view(), name="approve-disposal"),
    path("disposals/<uuid:disposal_id>/refuse/", api.RefuseDisposal.as_view(), name="refuse-disposal"),
    path("disposals/<uuid:disposal_id>/stop/", api.StopDisposal.as_view(), name="stop-disposal"),
    path("legal-holds/<uuid:hold_id>/", api.HoldRecord.as_view(), name="legal-hold"),
    path("legal-holds/<uuid:hold_id>/lift/", api.LiftHold.as_view(), name="lift-hold"),
    path("report-disposals/", api.ReportDisposalRegister.as_view(), name="report-disposal-list"),
    path("reports/<uuid:report_id>/disposals/", api.ReportDisposalList.as_view(), name="report-disposals"),
    path("reports/<uuid:report_id>/erasure/", api.ReportErasure.as_view(), name="report-erasure"),
    path(
        "reports/<uuid:report_id>/erasure/certificate/",
        api.ReportErasureCertificate.as_view(),
        name="report-erasure-certificate",
    ),
    path("reports/<uuid:report_id>/legal-holds/", api.ReportHoldList.as_view(), name="report-holds"),
    path(
        "report-disposals/<uuid:report_disposal_id>/",
        api.ReportDisposalRecord.as_view(),
        name="report-disposal-record",
    ),
    path(
        "report-disposals/<uuid:report_disposal_id>/approve/",
        api.ApproveReportDisposal.as_view(),
        name="approve-report-disposal",
    ),
    path(
        "report-disposals/<uuid:report_disposal_id>/refuse/",
        api.RefuseReportDisposal.as_view(),
        name="refuse-report-disposal",
    ),
    path(
        "report-disposals/<uuid:report_disposal_id>/stop/",
        api.StopReportDisposal.as_view(),
        name="stop-report-disposal",
    ),
    path("report-holds/<uuid:report_hold_id>/", api.ReportHoldRecord.as_view(), name="report-hold"),
    path("report-holds/<uuid:report_hold_id>/lift/", api.LiftReportHold.as_view(), name="lift-report-hold"),
]
