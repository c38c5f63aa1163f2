"""Routes of clocks."""

from django.urls import path

from casework.deadlines import api, views

urlpatterns = [
    path("deadlines/", views.listing, name="deadline-list"),
    path("deadlines/<uuid:deadline_id>/", views.detail, name="deadline-detail"),
    path("deadlines/<uuid:deadline_id>/acknowledge/", views.acknowledge, name="deadline-acknowledge"),
    path("periods/", views.period_list, name="period-list"),
    path("periods/set/", views.period_set, name="period-set"),
    path("periods/<uuid:period_id>/withdraw/", views.period_withdraw, name="period-withdraw"),
    path("holidays/", views.holidays, name="holidays"),
    path("office-clocks/", views.office_clocks, name="office-clocks"),
    path("office-clocks/start/", views.office_clock_start, name="office-clock-start"),
    path(
        "office-clocks/<uuid:office_clock_id>/finish/", views.office_clock_finish, name="office-clock-finish"
    ),
    path("duty/handover/", views.handover, name="handover"),
    path("duty/handover/<uuid:handover_id>/", views.handover_take, name="handover-take"),
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/make/", views.calendar_make, name="calendar-make"),
    path("calendar/end/", views.calendar_end, name="calendar-end"),
    path("calendar/feed/<uuid:token>/", views.calendar_feed, name="calendar-feed"),
]
api_urlpatterns = [
    path("deadlines/", api.DeadlineList.as_view(), name="deadline-list"),
    path("deadlines/<uuid:deadline_id>/", api.DeadlineRecord.as_view(), name="deadline-detail"),
    path(
        "deadlines/<uuid:deadline_id>/acknowledge/",
        api.AcknowledgeDeadline.as_view(),
        name="deadline-acknowledge",
    ),
    path("cases/<uuid:case_id>/deadlines/", api.CaseDeadlines.as_view(), name="case-deadlines"),
    path("periods/", api.PeriodList.as_view(), name="period-list"),
    path("periods/<uuid:period_id>/withdraw/", api.WithdrawPeriod.as_view(), name="period-withdraw"),
    path("holidays/", api.HolidayList.as_view(), name="holidays"),
    path("office-clocks/", api.OfficeClockList.as_view(), name="office-clocks"),
    path(
        "office-clocks/<uuid:office_clock_id>/finish/",
        api.FinishOfficeClock.as_view(),
        name="office-clock-finish",
    ),
    path("duty-handovers/", api.HandoverList.as_view(), name="handover"),
    path("duty-handovers/<uuid:handover_id>/", api.TakeOver.as_view(), name="handover-take"),
    path("calendar/", api.OwnFeed.as_view(), name="calendar"),
    path("calendar/make/", api.MakeFeed.as_view(), name="calendar-make"),
    path("calendar/end/", api.EndFeed.as_view(), name="calendar-end"),
]
