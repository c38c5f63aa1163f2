"""Routes of notices."""

from django.urls import path

from casework.notifications import api, views

urlpatterns = [
    path("notices/", views.notice_list, name="notice-list"),
    path("notices/seen/", views.notice_read_all, name="notice-read-all"),
    path("notices/reach/", views.reach, name="notice-reach"),
    path("notices/<uuid:notice_id>/open/", views.notice_open, name="notice-open"),
]
api_urlpatterns = [
    path("notices/", api.NoticeList.as_view(), name="notice-list"),
    path("notices/seen/", api.ReadAll.as_view(), name="notice-read-all"),
    path("notices/reach/", api.OwnReach.as_view(), name="notice-reach"),
    path("notices/<uuid:notice_id>/open/", api.ReadNotice.as_view(), name="notice-open"),
]
