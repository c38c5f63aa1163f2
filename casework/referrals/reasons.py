"""Why a partner may need to be told something: said to her before she agrees, item by item. Pure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# share_item -> what the partner does with it
WHY: Final[Mapping[str, "StrOrPromise"]] = {
    "full_name": _("to receive her by her name and keep its own file"),
    "birth_year": _("an adult and a child are helped differently"),
    "sex": _("so that she can choose whom she speaks with"),
    "language": _("to have an interpreter ready who is not of the family"),
    "access_needs": _("so that the place and the way there fit"),
    "priority_groups": _("these groups are served first (Art. 4)"),
    "safe_contact": _("without it the partner calls nobody and asks the worker"),
    "area": _("to plan the way and who is responsible"),
    "service_needs": _("to prepare before she comes"),
    "urgency": _("to know how fast"),
    "risk_level": _("to take care of safety from the first minute"),
    "staff_safety": _("so that nobody is sent into danger"),
    "other_names": _("when papers carry another name"),
    "identity_number": _("for papers that must name her: an application, a certificate"),
    "birth_date": _("for papers that ask for the day"),
    "ethnicity": _("for customs that matter to the service"),
    "nationality": _("when the service depends on it"),
    "education_occupation": _("to find training or work that fits"),
    "poverty": _("the certificate gives a right to free help"),
    "contact_address": _("only when the service comes to her"),
    "household": _("to prepare room and food"),
    "children": _("how many and how old, without names"),
    "acts_and_dates": _("the grounds of an application"),
    "incident_account": _("what the officer found, so that she need not tell it again"),
    "injuries": _("to examine and to certify"),
    "health_for_service": _("allergies, medicines, treatment that matter here"),
    "perpetrator_name": _("to be sure of serving no two sides"),
    "perpetrator_relation": _("other law holds between spouses than between others"),
    "shelter_needs": _("to prepare before she comes"),
}
