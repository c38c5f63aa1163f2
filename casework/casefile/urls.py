"""Routes of the pages that look across the rooms."""

from django.urls import path

from casework.casefile import views

urlpatterns = [
    path("cases/<uuid:case_id>/", views.overview, name="case-overview"),
    # Where a verb sends its doer back to.
    path("cases/<uuid:case_id>/", views.overview, name="case"),
]
