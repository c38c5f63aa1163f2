"""Routes of papers."""

from django.urls import path

from casework.official_forms import api, views

_CASE = "cases/<uuid:case_id>/"
_ONE = "papers/<uuid:paper_id>/"
_TEMPLATE = "paper-templates/<uuid:template_id>/"

urlpatterns = [
    path(f"{_CASE}papers/", views.papers, name="case-papers"),
    path(f"{_CASE}papers/preview/", views.preview, name="paper-preview"),
    path(f"{_CASE}papers/draft/", views.draft, name="paper-draft"),
    path(f"{_CASE}issue-paper/", views.issue, name="issue-paper"),
    path(f"{_CASE}issue-file/", views.issue_file, name="issue-file"),
    path("papers/verify/", views.check_paper, name="check-paper"),
    path(_ONE, views.paper, name="paper"),
    path(f"{_ONE}download/", views.send, name="download-paper"),
    path(f"{_ONE}redact/", views.redact, name="redact-paper"),
    path(f"{_ONE}ask-release/", views.ask_release, name="ask-release"),
    path(f"{_ONE}release/", views.release, name="release-paper"),
    path(f"{_ONE}void/", views.void, name="void-paper"),
    path("reports/<uuid:report_id>/sheet/", views.report_sheet, name="report-sheet"),
    path("paper-register/", views.registers, name="paper-register"),
    path("paper-register/file/", views.register_file, name="paper-register-file"),
    path("duty/sheet/", views.duty_sheet, name="duty-sheet"),
    path("paper-templates/", views.templates, name="paper-templates"),
    path("paper-templates/publish/", views.publish_template, name="publish-template"),
    path(f"{_TEMPLATE}download/", views.template_file, name="download-template"),
    path(f"{_TEMPLATE}withdraw/", views.withdraw_template, name="withdraw-template"),
]
api_urlpatterns = [
    path(f"{_CASE}papers/", api.PaperList.as_view(), name="case-papers"),
    path(f"{_CASE}issue-file/", api.IssueFile.as_view(), name="issue-file"),
    path(f"{_CASE}offers/", api.Offers.as_view(), name="paper-offers"),
    path(_ONE, api.PaperRecord.as_view(), name="paper"),
    path(f"{_ONE}content/", api.PaperContent.as_view(), name="download-paper"),
    path(f"{_ONE}redact/", api.RedactPaper.as_view(), name="redact-paper"),
    path(f"{_ONE}ask-release/", api.AskRelease.as_view(), name="ask-release"),
    path(f"{_ONE}release/", api.ReleasePaper.as_view(), name="release-paper"),
    path(f"{_ONE}void/", api.VoidPaper.as_view(), name="void-paper"),
    path("paper-register/", api.Register.as_view(), name="paper-register"),
    path("paper-templates/", api.TemplateList.as_view(), name="paper-templates"),
    path(f"{_TEMPLATE}content/", api.TemplateContent.as_view(), name="download-template"),
    path(f"{_TEMPLATE}withdraw/", api.WithdrawTemplate.as_view(), name="withdraw-template"),
]
