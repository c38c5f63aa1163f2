"""Signing in and out, and one's own password and second factor: allauth's pages, each act remembered."""

from typing import Any

from allauth.account.views import LoginView, LogoutView, PasswordChangeView, reauthenticate
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from casework.accounts.demo import DEMO_PASSWORD, offered
from casework.accounts.memory import remember, remember_refusal
from casework.accounts.sessions import WAS_ENDED


class SignIn(LoginView):  # type: ignore[misc]
    """The sign-in page; in the demo it offers the demo accounts."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.session.pop(WAS_ENDED, False):
            messages.warning(
                request,
                _(
                    "Somebody has signed in with your account elsewhere, so you were signed out here. "
                    "If it was not you, tell your administrator at once."
                ),
            )
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        demo = offered()
        return {
            **super().get_context_data(**kwargs),
            "offered": demo,
            "demo_password": DEMO_PASSWORD if demo["first"] or demo["others"] else "",
        }


class SignOut(LogoutView):  # type: ignore[misc]
    """Ends the session and has the browser drop its copies of pages; a sealed outbox of unsent work stays."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(*args, **kwargs)
        response["Clear-Site-Data"] = '"cache"'
        return response


class SecondFactor(AuthenticateView):  # type: ignore[misc]
    """The second step of signing in."""

    def form_invalid(self, form: Form) -> HttpResponse:
        remember_refusal(self.stage.login.user.username, "second_factor")
        response: HttpResponse = super().form_invalid(form)
        return response


class ConfirmByCode(ReauthenticateView):  # type: ignore[misc]
    """Proving again who one is, before something that matters, with the second factor."""

    def form_invalid(self, form: Form) -> HttpResponse:
        remember_refusal(self.request.user.username, "second_factor")
        response: HttpResponse = super().form_invalid(form)
        return response


class ChangePassword(PasswordChangeView):  # type: ignore[misc]
    """A new password ends the tokens made under the old one, and is the end of a one-time password."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        first = self.request.user.must_change_password
        return {**super().get_context_data(**kwargs), "first": first}

    def get_default_success_url(self) -> str:
        return reverse("home")

    @transaction.atomic
    def form_valid(self, form: Form) -> HttpResponse:
        if form.cleaned_data["password1"] == form.cleaned_data["oldpassword"]:
            form.add_error("password1", gettext("Choose another password than the present one."))
            refused: HttpResponse = self.form_invalid(form)
            return refused
        # allauth saves the whole account with the password.
        self.request.user.one_time_until = None
        AuthToken.objects.filter(user=self.request.user).delete()
        remember("password.change", self.request, self.request.user)
        response: HttpResponse = super().form_valid(form)
        return response


class AddFactor(ActivateTOTPView):  # type: ignore[misc]
    @transaction.atomic
    def form_valid(self, form: Form) -> HttpResponse:
        remember("factor.add", self.request, self.request.user)
        response: HttpResponse = super().form_valid(form)
        return response


class RemoveFactor(DeactivateTOTPView):  # type: ignore[misc]
    @transaction.atomic
    def form_valid(self, form: Form) -> HttpResponse:
        remember("factor.remove", self.request, self.request.user)
        response: HttpResponse = super().form_valid(form)
        return response


class RenewRecoveryCodes(GenerateRecoveryCodesView):  # type: ignore[misc]
    @transaction.atomic
    def form_valid(self, form: Form) -> HttpResponse:
        remember("factor.renew_codes", self.request, self.request.user)
        response: HttpResponse = super().form_valid(form)
        return response


# Not inside a request-wide transaction: a refusal stays written whatever happens after it.
sign_in = transaction.non_atomic_requests(SignIn.as_view())
confirm = transaction.non_atomic_requests(reauthenticate)
sign_out = SignOut.as_view()
second_factor = transaction.non_atomic_requests(SecondFactor.as_view())
confirm_by_code = transaction.non_atomic_requests(ConfirmByCode.as_view())
change_password = ChangePassword.as_view()
add_factor = AddFactor.as_view()
remove_factor = RemoveFactor.as_view()
renew_recovery_codes = RenewRecoveryCodes.as_view()
