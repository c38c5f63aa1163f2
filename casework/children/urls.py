"""Routes of the child procedure."""

from django.urls import path

from casework.children import api, views

_CASE = "cases/<uuid:case_id>/children/"
_ONE = "child-procedures/<uuid:child_procedure_id>/"
_APART = "child-separations/<uuid:separation_id>/"
_PLAN = "child-plans/<uuid:child_plan_id>/"

urlpatterns = [
    path(_CASE, views.children, name="case-children"),
    path(f"{_CASE}start/", views.start, name="start-child-procedure"),
    path(_ONE, views.procedure, name="child-procedure"),
    path(f"{_ONE}decide/", views.decide, name="decide-child"),
    path(f"{_ONE}separate/", views.separate, name="separate-child"),
    path(f"{_ONE}assess/", views.assess, name="assess-child"),
    path(f"{_ONE}plan/", views.plan, name="plan-for-child"),
    path(f"{_ONE}review/", views.review, name="review-child"),
    path(f"{_APART}extend/", views.extend_separation, name="extend-separation"),
    path(f"{_APART}end/", views.end_separation, name="end-separation"),
    path(f"{_APART}reveal/", views.reveal_place, name="reveal-child-place"),
    path(f"{_PLAN}approve/", views.approve_plan, name="approve-child-plan"),
    path(f"{_PLAN}return/", views.return_plan, name="return-child-plan"),
]
api_urlpatterns = [
    path(_CASE, api.CaseProcedures.as_view(), name="case-children"),
    path(_ONE, api.ProcedureRecord.as_view(), name="child-procedure"),
    path(f"{_ONE}decide/", api.Decide.as_view(), name="decide-child"),
    path(f"{_ONE}separate/", api.Separations.as_view(), name="separate-child"),
    path(f"{_ONE}assess/", api.Assessments.as_view(), name="assess-child"),
    path(f"{_ONE}plan/", api.Plans.as_view(), name="plan-for-child"),
    path(f"{_ONE}review/", api.Review.as_view(), name="review-child"),
    path(f"{_APART}extend/", api.ExtendSeparation.as_view(), name="extend-separation"),
    path(f"{_APART}end/", api.EndSeparation.as_view(), name="end-separation"),
    path(f"{_APART}reveal/", api.RevealPlace.as_view(), name="reveal-child-place"),
    path(f"{_PLAN}approve/", api.ApprovePlan.as_view(), name="approve-child-plan"),
    path(f"{_PLAN}return/", api.ReturnPlan.as_view(), name="return-child-plan"),
]
