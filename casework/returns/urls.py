"""Routes of returns."""

from django.urls import path

from casework.returns import api, views

urlpatterns = [
    path("returns/", views.listing, name="return-list"),
    path("returns/rules/", views.rule_list, name="return-rules"),
    path("returns/rules/set/", views.rule_set, name="return-rule-set"),
    path("returns/rules/<uuid:return_rule_id>/withdraw/", views.rule_withdraw, name="return-rule-withdraw"),
    path("returns/prepare/", views.prepare, name="return-prepare"),
    path("returns/<uuid:return_id>/", views.detail, name="return"),
    path("returns/<uuid:return_id>/cases/", views.cases, name="return-cases"),
    path("returns/<uuid:return_id>/file/", views.download, name="return-file"),
    path("returns/<uuid:return_id>/fill-in/", views.fill_in, name="return-fill-in"),
    path("returns/<uuid:return_id>/answer/", views.answer, name="return-answer"),
    path("returns/<uuid:return_id>/refresh/", views.refresh, name="return-refresh"),
    path("returns/<uuid:return_id>/check/", views.check, name="return-check"),
    path("returns/<uuid:return_id>/sign/", views.sign, name="return-sign"),
    path("returns/<uuid:return_id>/send/", views.send, name="return-send"),
    path("returns/<uuid:return_id>/receive/", views.receive, name="return-receive"),
    path("returns/<uuid:return_id>/send-back/", views.send_back, name="return-send-back"),
    path("returns/<uuid:return_id>/correct/", views.correct, name="return-correct"),
    path("returns/<uuid:return_id>/drop/", views.drop, name="return-drop"),
]
api_urlpatterns = [
    path("return-rules/", api.ReturnRules.as_view(), name="return-rules"),
    path(
        "return-rules/<uuid:return_rule_id>/withdraw/",
        api.WithdrawReturnRule.as_view(),
        name="return-rule-withdraw",
    ),
    path("returns/", api.Returns.as_view(), name="returns"),
    path("returns/<uuid:return_id>/", api.ReturnRecord.as_view(), name="return"),
    path("returns/<uuid:return_id>/fill-in/", api.FillInReturn.as_view(), name="return-fill-in"),
    path("returns/<uuid:return_id>/answer/", api.AnswerFlag.as_view(), name="return-answer"),
    path("returns/<uuid:return_id>/refresh/", api.RefreshReturn.as_view(), name="return-refresh"),
    path("returns/<uuid:return_id>/check/", api.CheckReturn.as_view(), name="return-check"),
    path("returns/<uuid:return_id>/sign/", api.SignReturn.as_view(), name="return-sign"),
    path("returns/<uuid:return_id>/send/", api.SendReturn.as_view(), name="return-send"),
    path("returns/<uuid:return_id>/receive/", api.ReceiveReturn.as_view(), name="return-receive"),
    path("returns/<uuid:return_id>/send-back/", api.SendReturnBack.as_view(), name="return-send-back"),
    path("returns/<uuid:return_id>/correct/", api.CorrectReturn.as_view(), name="return-correct"),
    path("returns/<uuid:return_id>/drop/", api.DropReturn.as_view(), name="return-drop"),
]
