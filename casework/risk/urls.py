"""Routes of risk."""

from django.urls import path

from casework.risk import api, views

urlpatterns = [
    path("cases/<uuid:case_id>/risk/", views.risk, name="case-risk"),
    path("cases/<uuid:case_id>/assess-risk/", views.assess, name="assess-risk"),
    path("cases/<uuid:case_id>/record-event/", views.event, name="record-risk-event"),
    path("risk-assessments/<uuid:assessment_id>/", views.assessment, name="risk-assessment"),
    path("risk-assessments/<uuid:assessment_id>/confirm-lowering/", views.confirm, name="confirm-lowering"),
    path(
        "risk-assessments/<uuid:assessment_id>/emergency-step/", views.emergency, name="record-emergency-step"
    ),
]
api_urlpatterns = [
    path("cases/<uuid:case_id>/risk-assessments/", api.AssessmentList.as_view(), name="risk-assessments"),
    path("cases/<uuid:case_id>/risk-events/", api.EventList.as_view(), name="risk-events"),
    path("risk-assessments/", api.AssessmentList.as_view(), name="risk-assessments-of"),
    path("risk-assessments/<uuid:assessment_id>/", api.AssessmentRecord.as_view(), name="risk-assessment"),
    path(
        "risk-assessments/<uuid:assessment_id>/confirm-lowering/",
        api.ConfirmLowering.as_view(),
        name="confirm-lowering",
    ),
    path(
        "risk-assessments/<uuid:assessment_id>/emergency-step/",
        api.EmergencyStep.as_view(),
        name="record-emergency-step",
    ),
    path("risk-instruments/", api.InstrumentList.as_view(), name="risk-instruments"),
]
