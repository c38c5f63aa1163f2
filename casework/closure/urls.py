"""Routes of closing."""

from django.urls import path

from casework.closure import api, views

urlpatterns = [
    path("cases/<uuid:case_id>/closing/", views.closing_tab, name="case-closing"),
    path("cases/<uuid:case_id>/request-closing/", views.request_closing, name="request-closing"),
    path("cases/<uuid:case_id>/reopen/", views.reopen_case, name="reopen-case"),
    path("closings/<uuid:closing_id>/review/", views.review_closing, name="review-closing"),
    path("closings/<uuid:closing_id>/extend/", views.extend_supervision, name="extend-supervision"),
    path("closings/<uuid:closing_id>/finish/", views.finish_closing, name="finish-closing"),
]
api_urlpatterns = [
    path("cases/<uuid:case_id>/closings/", api.ClosingList.as_view(), name="closings"),
    path("cases/<uuid:case_id>/reopen/", api.ReopenCase.as_view(), name="reopen-case"),
    path("closings/<uuid:closing_id>/", api.ClosingRecord.as_view(), name="closing"),
    path("closings/<uuid:closing_id>/approve/", api.ApproveClosing.as_view(), name="approve-closing"),
    path("closings/<uuid:closing_id>/send-back/", api.SendClosingBack.as_view(), name="send-closing-back"),
    path("closings/<uuid:closing_id>/extend/", api.ExtendSupervision.as_view(), name="extend-supervision"),
    path("closings/<uuid:closing_id>/finish/", api.FinishClosing.as_view(), name="finish-closing"),
]
