"""Routes of the tabs that look across the wings."""

from django.urls import path

from casework.casefile import views

urlpatterns = [
    path("cases/<uuid:case_id>/", views.overview, name="case-overview"),
    # Where a verb sends its doer back to.
    path("cases/<uuid:case_id>/", views.overview, name="case"),
    path("cases/<uuid:case_id>/timeline/", views.timeline, name="case-timeline"),
]
