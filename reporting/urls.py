"""Addresses of reports, notified cases, outbreaks and data quality, each behind the portal's login."""

from django.contrib import admin
from django.urls import path

from reporting.pages import (
    cases,
    deeds,
    definitions_page,
    due,
    excel,
    opening_cases,
    outages_page,
    outbreaks_page,
    overview,
    places,
    quality,
    quality_places,
    report,
    typing_page,
)

app_name = "reporting"
view = admin.site.admin_view

urlpatterns = [
    path("bao-cao/", view(due.due_page), name="due"),
    path("bao-cao/lap/", view(deeds.begin), name="begin"),
    path("bao-cao/mau/", view(definitions_page.definitions_page), name="definitions"),
    path(
        "bao-cao/mau/<slug:form_code>/", view(definitions_page.definition_page), name="definition"
    ),
    path(
        "bao-cao/theo-doi/<slug:form_code>/<slug:period_name>/",
        view(overview.senders_page),
        name="senders",
    ),
    path(
        "bao-cao/tong-hop/<slug:form_code>/<slug:period_name>/",
        view(overview.summary_page),
        name="summary",
    ),
    path("bao-cao/<uuid:report_id>/", view(report.report_page), name="report"),
    path("bao-cao/<uuid:report_id>/nhap/", view(typing_page.typing_page), name="typing"),
    path("bao-cao/<uuid:report_id>/tinh-lai/", view(deeds.compute_again), name="compute_again"),
    path("bao-cao/<uuid:report_id>/ghi-chu/", view(deeds.write_note), name="note"),
    path("bao-cao/<uuid:report_id>/gui/", view(deeds.submit), name="submit"),
    path("bao-cao/<uuid:report_id>/duyet/", view(deeds.approve), name="approve"),
    path("bao-cao/<uuid:report_id>/tra-lai/", view(deeds.send_back), name="return"),
    path("bao-cao/<uuid:report_id>/dinh-chinh/", view(deeds.correct), name="correct"),
    path("bao-cao/<uuid:report_id>/giay/", view(deeds.on_paper), name="paper"),
    path("bao-cao/<uuid:report_id>.xlsx", view(excel.workbook), name="workbook"),
    path("ca-benh/", view(cases.cases_page), name="cases"),
    path("ca-benh/mo/", view(opening_cases.find_page), name="find_visit"),
    path("ca-benh/mo/<uuid:visit_id>/", view(opening_cases.open_page), name="open_case"),
    path("ca-benh/<uuid:notification_id>/", view(cases.case_page), name="case"),
    path("ca-benh/<uuid:notification_id>/khep/", view(cases.close_page), name="close_case"),
    path("bao-cao/su-co/", view(outages_page.outages_page), name="outages"),
    path(
        "bao-cao/su-co/<uuid:outage_id>/xac-nhan/",
        view(outages_page.confirm),
        name="confirm_outage",
    ),
    path("o-dich/", view(outbreaks_page.outbreaks_page), name="outbreaks"),
    path("o-dich/mo/", view(outbreaks_page.open_page), name="open_outbreak"),
    path("o-dich/<uuid:outbreak_id>/", view(outbreaks_page.outbreak_page), name="outbreak"),
    path("dia-ban/", view(places.places_page), name="places"),
    path("dia-ban/<uuid:organisation_id>/", view(places.place_page), name="place"),
    path("chat-luong/", view(quality.quality), name="quality"),
    path("chat-luong/do/", view(quality.measure_now), name="measure"),
    path("chat-luong/can-sua/", view(quality.mend), name="mend"),
    path("chat-luong/can-sua/lam/", view(quality.deed), name="mend-deed"),
    path("chat-luong/dia-ban/", view(quality_places.areas), name="quality-areas"),
    path(
        "chat-luong/ho-so/<str:label>/<uuid:record_id>/",
        view(quality_places.record),
        name="quality-record",
    ),
    path("chat-luong/xep-hang/", view(quality.league), name="league"),
]
