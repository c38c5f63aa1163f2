"""Routes of everyday work."""

from django.urls import path

from casework.plans import api, views

urlpatterns = [
    path("cases/<uuid:case_id>/plan/", views.plan, name="case-plan"),
    path("cases/<uuid:case_id>/write-note/", views.note, name="write-note"),
    path("cases/<uuid:case_id>/record-contact/", views.contact, name="record-contact"),
    path("cases/<uuid:case_id>/add-step/", views.new_step, name="add-step"),
    path("plan-steps/<uuid:step_id>/finish/", views.end_step, name="finish-step"),
    path("cases/<uuid:case_id>/safety-plan/", views.safety_plan, name="safety-plan"),
    path("cases/<uuid:case_id>/write-safety-plan/", views.edit_safety_plan, name="write-safety-plan"),
]
api_urlpatterns = [
    path("cases/<uuid:case_id>/notes/", api.NoteList.as_view(), name="notes"),
    path("notes/", api.NoteList.as_view(), name="notes-of"),
    path("cases/<uuid:case_id>/contacts/", api.ContactList.as_view(), name="contacts"),
    path("cases/<uuid:case_id>/plan-steps/", api.StepList.as_view(), name="plan-steps"),
    path("plan-steps/<uuid:step_id>/", api.StepRecord.as_view(), name="plan-step"),
    path("plan-steps/<uuid:step_id>/finish/", api.FinishStep.as_view(), name="finish-step"),
    path("cases/<uuid:case_id>/safety-plan/", api.SafetyPlanOfCase.as_view(), name="safety-plan"),
    path("cases/<uuid:case_id>/write-safety-plan/", api.WriteSafetyPlan.as_view(), name="write-safety-plan"),
]
