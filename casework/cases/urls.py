"""Routes of cases."""

from django.urls import path

from casework.cases import api, views

urlpatterns = [
    path("reports/<uuid:report_id>/open-case/", views.open_case_page, name="report-open-case"),
    path("reports/<uuid:report_id>/join-case/", views.join_case_page, name="report-join-case"),
    path("reports/<uuid:report_id>/case/", views.case_of_report, name="report-case"),
    path("cases/", views.case_list, name="case-list"),
    path("search/", views.search, name="search"),
    *(
        path(f"cases/<uuid:case_id>/{address}/", view, name=name)
        for address, view, name in (
            ("people", views.case_people, "case-people"),
            ("people/add", views.person_add, "person-add"),
            ("people/<uuid:person_id>/edit", views.person_edit, "person-edit"),
            ("people/<uuid:person_id>/phones/add", views.phone_add, "phone-add"),
            ("people/<uuid:person_id>/addresses/add", views.address_add, "address-add"),
            ("people/<uuid:person_id>/safe-contact", views.safe_contact_set, "safe-contact-set"),
            ("people/<uuid:person_id>/safe-contact/end", views.safe_contact_end, "safe-contact-end"),
            ("people/<uuid:person_id>/kinship/add", views.kinship_add, "kinship-add"),
            ("participants/<uuid:participant_id>/edit", views.participant_edit, "participant-edit"),
            ("participants/<uuid:participant_id>/main", views.participant_main, "participant-main"),
            ("phones/<uuid:phone_id>/edit", views.phone_edit, "phone-edit"),
            ("addresses/<uuid:address_id>/edit", views.address_edit, "address-edit"),
            ("addresses/<uuid:address_id>/reveal", views.address_reveal, "address-reveal"),
            ("kinship/<uuid:kinship_id>/edit", views.kinship_edit, "kinship-edit"),
            ("team", views.case_team, "case-team"),
            ("assign", views.case_assign, "case-assign"),
            ("release", views.case_release, "case-release"),
            ("transfer", views.case_transfer, "case-transfer"),
            ("seal", views.case_seal, "case-seal"),
            ("declare-conflict", views.case_declare_conflict, "case-declare-conflict"),
            ("edit", views.case_edit, "case-edit"),
        )
    ),
]
api_urlpatterns = [
    path("reports/<uuid:report_id>/open-case/", api.OpenCase.as_view(), name="report-open-case"),
    path("reports/<uuid:report_id>/join-case/", api.JoinCase.as_view(), name="report-join-case"),
    path("search/", api.Search.as_view(), name="search"),
    path("cases/", api.CaseList.as_view(), name="case-list"),
    path("cases/<uuid:case_id>/", api.CaseRecord.as_view(), name="case-record"),
    path("cases/<uuid:case_id>/edit/", api.EditCase.as_view(), name="case-edit"),
    path("cases/<uuid:case_id>/assign/", api.AssignCase.as_view(), name="case-assign"),
    path("cases/<uuid:case_id>/release/", api.ReleaseCase.as_view(), name="case-release"),
    path("cases/<uuid:case_id>/transfer/", api.TransferCase.as_view(), name="case-transfer"),
    path("cases/<uuid:case_id>/seal/", api.SealCase.as_view(), name="case-seal"),
    path(
        "cases/<uuid:case_id>/declare-conflict/",
        api.DeclareConflict.as_view(),
        name="case-declare-conflict",
    ),
    path("cases/<uuid:case_id>/people/", api.CasePeople.as_view(), name="case-people"),
    path("people/", api.CasePeople.as_view(), name="people-of"),
    path("participants/<uuid:participant_id>/edit/", api.EditParticipant.as_view(), name="participant-edit"),
    path(
        "participants/<uuid:participant_id>/main/", api.SetMainParticipant.as_view(), name="participant-main"
    ),
    path("people/<uuid:person_id>/", api.PersonRecord.as_view(), name="person-record"),
    path("people/<uuid:person_id>/edit/", api.EditPerson.as_view(), name="person-edit"),
    path("people/<uuid:person_id>/phones/", api.AddPhone.as_view(), name="phone-add"),
    path("people/<uuid:person_id>/addresses/", api.AddAddress.as_view(), name="address-add"),
    path("people/<uuid:person_id>/safe-contact/", api.SetSafeContact.as_view(), name="safe-contact-set"),
    path("people/<uuid:person_id>/kinship/", api.SetKinship.as_view(), name="kinship-add"),
    path("phones/<uuid:phone_id>/edit/", api.EditPhone.as_view(), name="phone-edit"),
    path("addresses/<uuid:address_id>/edit/", api.EditAddress.as_view(), name="address-edit"),
    path("addresses/<uuid:address_id>/reveal/", api.RevealAddress.as_view(), name="address-reveal"),
    path("safe-contacts/<uuid:contact_id>/end/", api.EndSafeContact.as_view(), name="safe-contact-end"),
]
