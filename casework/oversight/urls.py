"""Routes of who looked."""

from django.urls import path

from casework.oversight import api, views

urlpatterns = [
    path("cases/<uuid:case_id>/readers/", views.readers, name="case-readers"),
    path("desk/auditor/", views.desk, name="desk-auditor"),
    path("desk/auditor/open-case/", views.open_case, name="audit-open-case"),
    path("desk/auditor/open-term/", views.open_term, name="audit-open-term"),
]
api_urlpatterns = [
    path("audit-events/", api.AuditEventList.as_view(), name="audit-events"),
    path("audit-events/open-case/", api.OpenCaseForAudit.as_view(), name="audit-open-case"),
    path("audit-events/open-term/", api.OpenTerm.as_view(), name="audit-open-term"),
]
