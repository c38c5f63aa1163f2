"""Routes of incidents."""

from django.urls import path

from casework.incidents import api, views

urlpatterns = [
    path("cases/<uuid:case_id>/incidents/", views.incidents, name="case-incidents"),
    path("cases/<uuid:case_id>/record-incident/", views.record, name="record-incident"),
    path("incidents/<uuid:incident_id>/correct/", views.correct, name="correct-incident"),
]
api_urlpatterns = [
    path("cases/<uuid:case_id>/incidents/", api.IncidentList.as_view(), name="incidents"),
    path("incidents/", api.IncidentList.as_view(), name="incidents-of"),
    path("incidents/<uuid:incident_id>/", api.IncidentRecord.as_view(), name="incident"),
    path("incidents/<uuid:incident_id>/correct/", api.CorrectIncident.as_view(), name="correct-incident"),
]
