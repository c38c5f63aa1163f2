"""Routes of files."""

from django.urls import path

from casework.attachments import api, views

urlpatterns = [
    path("cases/<uuid:case_id>/files/", views.files, name="case-files"),
    path("cases/<uuid:case_id>/attach-file/", views.attach, name="attach-file"),
    path("files/<uuid:attachment_id>/download/", views.send, name="download-file"),
    path("files/<uuid:attachment_id>/remove/", views.remove, name="remove-file"),
]
api_urlpatterns = [
    path("cases/<uuid:case_id>/attachments/", api.AttachmentList.as_view(), name="attachments"),
    path("attachments/<uuid:attachment_id>/", api.AttachmentRecord.as_view(), name="attachment"),
    path("attachments/<uuid:attachment_id>/content/", api.AttachmentContent.as_view(), name="download-file"),
    path("attachments/<uuid:attachment_id>/remove/", api.RemoveAttachment.as_view(), name="remove-file"),
]
