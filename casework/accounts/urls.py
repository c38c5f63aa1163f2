"""Routes of signing in, under allauth's names. Sign-up, e-mail and password reset are left out on purpose."""

from allauth.mfa.base.views import index
from allauth.mfa.recovery_codes.views import view_recovery_codes
from django.urls import path

from casework.accounts import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-in/second-factor/", views.second_factor, name="mfa_authenticate"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("confirm/", views.confirm, name="account_reauthenticate"),
    path("confirm/second-factor/", views.confirm_by_code, name="mfa_reauthenticate"),
    path("password/", views.change_password, name="account_change_password"),
    path("second-factor/", index, name="mfa_index"),
    path("second-factor/add/", views.add_factor, name="mfa_activate_totp"),
    path("second-factor/remove/", views.remove_factor, name="mfa_deactivate_totp"),
    path("second-factor/recovery-codes/", view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "second-factor/recovery-codes/renew/", views.renew_recovery_codes, name="mfa_generate_recovery_codes"
    ),
]
