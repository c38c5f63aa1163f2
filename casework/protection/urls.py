"""Routes of protection."""

from django.urls import path

from casework.protection import api, views

_CASE = "cases/<uuid:case_id>/measures/"
_ONE = "measures/<uuid:measure_id>/"

urlpatterns = [
    path(_CASE, views.measures, name="case-measures"),
    path(f"{_CASE}request-ban/", views.request_ban, name="request-ban"),
    path(f"{_CASE}own-motion-ban/", views.own_motion_ban, name="own-motion-ban"),
    path(f"{_CASE}record/", views.record_measure, name="record-measure"),
    path(_ONE, views.measure_detail, name="measure-detail"),
    path(f"{_ONE}paper/", views.measure_paper, name="measure-paper"),
    path(f"{_ONE}decide-ban/", views.decide_ban, name="decide-ban"),
    path(f"{_ONE}refuse-ban/", views.refuse_ban, name="refuse-ban"),
    path(f"{_ONE}serve/", views.serve_decision, name="serve-decision"),
    path(f"{_ONE}assign-monitor/", views.assign_monitor, name="assign-monitor"),
    path(f"{_ONE}announce-monitoring/", views.announce_monitoring, name="announce-monitoring"),
    path(f"{_ONE}breaches/", views.record_breach, name="record-breach"),
    path(f"{_ONE}allow-contact/", views.allow_contact, name="allow-contact"),
    path(f"{_ONE}record-session/", views.record_session, name="record-session"),
    path(f"{_ONE}record-critique/", views.record_critique, name="record-critique"),
    path("allowed-contacts/<uuid:allowed_contact_id>/close/", views.close_contact, name="close-contact"),
    path("cases/<uuid:case_id>/mediations/", views.record_mediation, name="record-mediation"),
    path("meetings/<uuid:meeting_id>/correct/", views.correct_meeting, name="correct-meeting"),
    path("sessions/<uuid:session_id>/correct/", views.correct_session, name="correct-session"),
    path("cases/<uuid:case_id>/outcomes/", views.record_outcome, name="record-outcome"),
    path("outcomes/<uuid:outcome_id>/correct/", views.correct_outcome, name="correct-outcome"),
    path(f"{_ONE}request-cancellation/", views.request_cancellation, name="request-cancellation"),
    path(f"{_ONE}cancel/", views.cancel_measure, name="cancel-measure"),
    path(f"{_ONE}refuse-cancellation/", views.refuse_cancellation, name="refuse-cancellation"),
    path(f"{_ONE}end/", views.end_measure, name="end-measure"),
]
api_urlpatterns = [
    path(_CASE, api.CaseMeasures.as_view(), name="case-measures"),
    path(f"{_CASE}request-ban/", api.RequestBan.as_view(), name="request-ban"),
    path(f"{_CASE}own-motion-ban/", api.OwnMotionBan.as_view(), name="own-motion-ban"),
    path("measures/", api.MeasureList.as_view(), name="measures"),
    path(_ONE, api.MeasureRecord.as_view(), name="measure-detail"),
    path(f"{_ONE}decide-ban/", api.DecideBan.as_view(), name="decide-ban"),
    path(f"{_ONE}refuse-ban/", api.RefuseBan.as_view(), name="refuse-ban"),
    path(f"{_ONE}serve/", api.ServeDecision.as_view(), name="serve-decision"),
    path(f"{_ONE}assign-monitor/", api.AssignMonitor.as_view(), name="assign-monitor"),
    path(f"{_ONE}announce-monitoring/", api.AnnounceMonitoring.as_view(), name="announce-monitoring"),
    path(f"{_ONE}breaches/", api.Breaches.as_view(), name="record-breach"),
    path(f"{_ONE}allow-contact/", api.AllowedContacts.as_view(), name="allow-contact"),
    path(f"{_ONE}record-session/", api.Sessions.as_view(), name="record-session"),
    path(f"{_ONE}record-critique/", api.Critiques.as_view(), name="record-critique"),
    path(
        "allowed-contacts/<uuid:allowed_contact_id>/close/", api.CloseContact.as_view(), name="close-contact"
    ),
    path("cases/<uuid:case_id>/mediations/", api.Mediations.as_view(), name="record-mediation"),
    path("cases/<uuid:case_id>/elsewhere/", api.ElsewhereList.as_view(), name="elsewhere"),
    path("meetings/<uuid:meeting_id>/", api.MeetingRecord.as_view(), name="meeting"),
    path("meetings/<uuid:meeting_id>/correct/", api.CorrectMeeting.as_view(), name="correct-meeting"),
    path("sessions/<uuid:session_id>/", api.SessionRecord.as_view(), name="session"),
    path("sessions/<uuid:session_id>/correct/", api.CorrectSession.as_view(), name="correct-session"),
    path("cases/<uuid:case_id>/outcomes/", api.Outcomes.as_view(), name="record-outcome"),
    path("outcomes/<uuid:outcome_id>/", api.OutcomeRecord.as_view(), name="outcome"),
    path("outcomes/<uuid:outcome_id>/correct/", api.CorrectOutcome.as_view(), name="correct-outcome"),
    path(f"{_ONE}request-cancellation/", api.RequestCancellation.as_view(), name="request-cancellation"),
    path(f"{_ONE}cancel/", api.CancelMeasure.as_view(), name="cancel-measure"),
    path(f"{_ONE}refuse-cancellation/", api.RefuseCancellation.as_view(), name="refuse-cancellation"),
    path(f"{_ONE}end/", api.EndMeasure.as_view(), name="end-measure"),
]
