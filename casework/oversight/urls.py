"""Routes of who looked."""

from django.urls import path

from casework.oversight import api, views

urlpatterns = [
    path("cases/<uuid:case_id>/readers/", views.readers, name="case-readers"),
    path("cases/<uuid:case_id>/list-readers/", views.list_readers, name="list-readers"),
    path("desk/auditor/", views.desk, name="desk-auditor"),
    path("desk/auditor/export/", views.export, name="audit-export"),
    path("desk/auditor/checkpoint/", views.checkpoint, name="print-checkpoint"),
    path("desk/auditor/open-case/", views.open_case, name="audit-open-case"),
    path("desk/auditor/open-term/", views.open_term, name="audit-open-term"),
]
api_urlpatterns = [
    path("audit-checkpoint/", api.NewestCheckpoint.as_view(), name="print-checkpoint"),
    path("cases/<uuid:case_id>/list-readers/", api.ListReaders.as_view(), name="list-readers"),
    path("audit-events/", api.AuditEventList.as_view(), name="audit-events"),
    path("audit-events/export/", api.ExportEvents.as_view(), name="audit-export"),
    path("audit-events/open-case/", api.OpenCaseForAudit.as_view(), name="audit-open-case"),
    path("audit-events/open-term/", api.OpenTerm.as_view(), name="audit-open-term"),
]
