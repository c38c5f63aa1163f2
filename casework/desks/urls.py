"""Routes of the first page and of the desks."""

from django.urls import path

from casework.desks import views

urlpatterns = [
    path("", views.home, name="home"),
    path("desk/chair/", views.chair, name="desk-chair"),
    path("desk/measures/", views.measures, name="desk-measures"),
    path("desk/pace/", views.pace, name="desk-pace"),
    path("desk/supervisor/", views.supervisor, name="desk-supervisor"),
]
