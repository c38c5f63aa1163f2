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
]
api_urlpatterns = [
    path("disposals/", api.DisposalRegister.as_view(), name="disposal-list"),
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
]
