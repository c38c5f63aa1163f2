"""Routes of releases: the desk of the province, and what everybody may read."""

from django.urls import path

from casework.releases import api, views

urlpatterns = [
    path("figures/", views.public_list, name="public-figures"),
    path("figures/years/", views.public_years, name="public-years"),
    path("figures/months/", views.public_months, name="public-months"),
    path("figures/sum/", views.public_sum, name="public-sum"),
    path("figures/method/", views.public_method, name="public-method"),
    path("figures/verify/", views.public_verify, name="public-verify"),
    path("figures/<uuid:public_release_id>/", views.public_release, name="public-release"),
    path("figures/<uuid:public_release_id>/file/", views.public_file, name="public-file"),
    path("releases/", views.listing, name="release-list"),
    path("releases/prepare/", views.prepare, name="release-prepare"),
    path("releases/<uuid:release_id>/", views.detail, name="release"),
    path("releases/<uuid:release_id>/protect/", views.protect, name="release-protect"),
    path("releases/<uuid:release_id>/cancel/", views.cancel, name="release-cancel"),
    path("releases/<uuid:release_id>/approve/", views.approve, name="release-approve"),
    path("releases/<uuid:release_id>/publish/", views.publish, name="release-publish"),
    path("releases/<uuid:release_id>/withdraw/", views.withdraw, name="release-withdraw"),
    path("releases/<uuid:release_id>/drop/", views.drop, name="release-drop"),
]
api_urlpatterns = [
    path("releases/", api.Releases.as_view(), name="releases"),
    path("releases/<uuid:release_id>/", api.ReleaseRecord.as_view(), name="release"),
    path("releases/<uuid:release_id>/protect/", api.Protect.as_view(), name="release-protect"),
    path("releases/<uuid:release_id>/cancel/", api.Cancel.as_view(), name="release-cancel"),
    path("releases/<uuid:release_id>/approve/", api.Approve.as_view(), name="release-approve"),
    path("releases/<uuid:release_id>/publish/", api.Publish.as_view(), name="release-publish"),
    path("releases/<uuid:release_id>/withdraw/", api.Withdraw.as_view(), name="release-withdraw"),
    path("releases/<uuid:release_id>/drop/", api.Drop.as_view(), name="release-drop"),
]
