"""Routes of consignments to the national database."""

from django.urls import path

from casework.national_database import api, views

_ONE = "consignments/<uuid:consignment_id>/"
_RULE = "<uuid:consignment_rule_id>/withdraw/"

urlpatterns = [
    path("consignments/", views.listing, name="consignment-list"),
    path("consignments/prepare/", views.prepare, name="consignment-prepare"),
    path("consignments/rules/", views.rule_list, name="consignment-rules"),
    path("consignments/rules/set/", views.rule_set, name="consignment-rule-set"),
    path(f"consignments/rules/{_RULE}", views.rule_withdraw, name="consignment-rule-withdraw"),
    path(_ONE, views.detail, name="consignment"),
    path(f"{_ONE}group/", views.group, name="consignment-group"),
    path(f"{_ONE}file/", views.download, name="consignment-file"),
    path(f"{_ONE}check/", views.check, name="consignment-check"),
    path(f"{_ONE}sign/", views.sign, name="consignment-sign"),
    path(f"{_ONE}receive/", views.receive, name="consignment-receive"),
    path(f"{_ONE}drop/", views.drop, name="consignment-drop"),
]
api_urlpatterns = [
    path("consignment-rules/", api.ConsignmentRules.as_view(), name="consignment-rules"),
    path(
        f"consignment-rules/{_RULE}", api.WithdrawConsignmentRule.as_view(), name="consignment-rule-withdraw"
    ),
    path("consignments/", api.Consignments.as_view(), name="consignments"),
    path(_ONE, api.ConsignmentRecord.as_view(), name="consignment"),
    path(f"{_ONE}file/", api.ConsignmentFile.as_view(), name="consignment-file"),
    path(f"{_ONE}check/", api.CheckConsignment.as_view(), name="consignment-check"),
    path(f"{_ONE}sign/", api.SignConsignment.as_view(), name="consignment-sign"),
    path(f"{_ONE}receive/", api.ReceiveConsignment.as_view(), name="consignment-receive"),
    path(f"{_ONE}drop/", api.DropConsignment.as_view(), name="consignment-drop"),
]
