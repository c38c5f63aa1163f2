"""Routes of the administrator's pages and of duty."""

from django.urls import path

from casework.staff import api, views

urlpatterns = [
    path("staff/", views.user_list, name="user-list"),
    path("staff/add/", views.user_add, name="user-add"),
    path("staff/<uuid:user_id>/", views.user_detail, name="user-detail"),
    path("staff/<uuid:user_id>/add-role/", views.add_role_page, name="add-role"),
    path("staff/<uuid:user_id>/deactivate/", views.deactivate_page, name="deactivate-user"),
    path("staff/<uuid:user_id>/activate/", views.activate_page, name="activate-user"),
    path("staff/<uuid:user_id>/issue-password/", views.issue_password_page, name="issue-password"),
    path("staff/roles/<uuid:membership_id>/end/", views.end_role_page, name="end-role"),
    path("offices/", views.agency_list, name="agency-list"),
    path("offices/add/", views.agency_add, name="agency-add"),
    path("duty/", views.duty, name="duty"),
    path("duty/<uuid:shift_id>/end/", views.end_duty_page, name="end-duty"),
]
api_urlpatterns = [
    path("users/", api.UserList.as_view(), name="user-list"),
    path("users/<uuid:user_id>/", api.UserRecord.as_view(), name="user-detail"),
    path("users/<uuid:user_id>/add-role/", api.AddRole.as_view(), name="add-role"),
    path("users/<uuid:user_id>/deactivate/", api.DeactivateUser.as_view(), name="deactivate-user"),
    path("users/<uuid:user_id>/activate/", api.ActivateUser.as_view(), name="activate-user"),
    path("users/<uuid:user_id>/issue-password/", api.IssuePassword.as_view(), name="issue-password"),
    path("roles/<uuid:membership_id>/end/", api.EndRole.as_view(), name="end-role"),
    path("agencies/", api.AgencyList.as_view(), name="agency-list"),
    path("areas/", api.AreaList.as_view(), name="area-list"),
    path("duty-shifts/", api.DutyList.as_view(), name="duty"),
    path("duty-shifts/<uuid:shift_id>/end/", api.EndDuty.as_view(), name="end-duty"),
]
