"""Routes of sharing."""

from django.urls import path

from casework.referrals import api, views

urlpatterns = [
    path("cases/<uuid:case_id>/referrals/", views.case_referrals, name="case-referrals"),
    path("cases/<uuid:case_id>/refer/", views.refer, name="refer"),
    path("consents/<uuid:consent_id>/withdraw/", views.withdraw_consent_page, name="withdraw-consent"),
    path("referrals/", views.partner_desk, name="desk-partner"),
    path("referrals/<uuid:referral_id>/", views.referral_detail, name="referral-detail"),
    path("referrals/<uuid:referral_id>/accept/", views.accept, name="accept-referral"),
    path("referrals/<uuid:referral_id>/decline/", views.decline, name="decline-referral"),
    path("referrals/<uuid:referral_id>/report-back/", views.report, name="report-back"),
    path("referrals/<uuid:referral_id>/withdraw/", views.withdraw_referral_page, name="withdraw-referral"),
]
api_urlpatterns = [
    path("cases/<uuid:case_id>/consents/", api.ConsentList.as_view(), name="case-consents"),
    path("consents/", api.ConsentList.as_view(), name="consents-of"),
    path("cases/<uuid:case_id>/referrals/", api.CaseReferralList.as_view(), name="case-referrals"),
    path("consents/<uuid:consent_id>/", api.ConsentRecord.as_view(), name="consent-detail"),
    path("consents/<uuid:consent_id>/withdraw/", api.WithdrawConsent.as_view(), name="withdraw-consent"),
    path("consents/<uuid:consent_id>/referrals/", api.SendReferral.as_view(), name="send-referral"),
    path("referrals/", api.ReferralList.as_view(), name="referral-list"),
    path("referrals/<uuid:referral_id>/", api.ReferralRecord.as_view(), name="referral-detail"),
    path("referrals/<uuid:referral_id>/accept/", api.AcceptReferral.as_view(), name="accept-referral"),
    path("referrals/<uuid:referral_id>/decline/", api.DeclineReferral.as_view(), name="decline-referral"),
    path("referrals/<uuid:referral_id>/report-back/", api.ReportBack.as_view(), name="report-back"),
    path("referrals/<uuid:referral_id>/withdraw/", api.WithdrawReferral.as_view(), name="withdraw-referral"),
]
