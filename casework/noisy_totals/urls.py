"""Routes of totals with noise: what everybody may read, and the desk of the province."""

from django.urls import path

from casework.noisy_totals import api, views

_ONE = "noisy-totals/<uuid:total_question_id>/"
_BUDGET = "privacy-budgets/<uuid:privacy_budget_id>/withdraw/"

urlpatterns = [
    path("figures/totals/", views.public_totals, name="public-totals"),
    path("noisy-totals/", views.listing, name="noisy-totals"),
    path("noisy-totals/ask/", views.ask, name="noisy-total-ask"),
    path(_ONE, views.detail, name="noisy-total"),
    path(f"{_ONE}approve/", views.approve, name="noisy-total-approve"),
    path(f"{_ONE}refuse/", views.refuse, name="noisy-total-refuse"),
    path("privacy-budgets/", views.budget_list, name="privacy-budgets"),
    path("privacy-budgets/set/", views.budget_set, name="privacy-budget-set"),
    path(_BUDGET, views.budget_withdraw, name="privacy-budget-withdraw"),
]
api_urlpatterns = [
    path("noisy-totals/", api.NoisyTotals.as_view(), name="noisy-totals"),
    path(_ONE, api.NoisyTotalRecord.as_view(), name="noisy-total"),
    path(f"{_ONE}approve/", api.ApproveTotal.as_view(), name="noisy-total-approve"),
    path(f"{_ONE}refuse/", api.RefuseTotal.as_view(), name="noisy-total-refuse"),
    path("privacy-budgets/", api.PrivacyBudgets.as_view(), name="privacy-budgets"),
    path(_BUDGET, api.WithdrawPrivacyBudget.as_view(), name="privacy-budget-withdraw"),
]
