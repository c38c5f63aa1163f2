"""Routes of figures."""

from django.urls import path

from casework.statistics import api, views

urlpatterns = [
    path("statistics/return/", views.view_return, name="statistics-return"),
    path("statistics/return/cases/", views.cases_of_figure, name="statistics-cases"),
    path("statistics/indicators/", views.view_indicators, name="statistics-indicators"),
    path("statistics/charts/", views.view_charts, name="statistics-charts"),
    path("statistics/table/", views.view_table, name="statistics-table"),
]
api_urlpatterns = [
    path("statistics/returns/", api.YearlyReturn.as_view(), name="statistics-returns"),
    path("statistics/indicators/", api.IndicatorList.as_view(), name="statistics-indicators"),
    path("statistics/charts/", api.ChartSet.as_view(), name="statistics-charts"),
    path("statistics/table/", api.CrossedTable.as_view(), name="statistics-table"),
]
