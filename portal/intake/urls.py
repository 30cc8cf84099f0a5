"""The addresses of uploads, each behind the portal's login."""

from django.contrib import admin
from django.urls import path

from portal.intake import answering_views, column_views, deed_views, kind_views, views

app_name = "intake"
view = admin.site.admin_view

urlpatterns = [
    path("nop-tep/", view(views.uploads), name="uploads"),
    path("nop-tep/loai/", view(kind_views.all_kinds), name="kinds"),
    path("nop-tep/loai/<slug:kind_id>/", view(kind_views.columns), name="columns"),
    path("nop-tep/loai/<slug:kind_id>/mau.xlsx", view(kind_views.template), name="template"),
    path("nop-tep/danh-muc/<slug:key>/", view(kind_views.codes), name="codes"),
    path("nop-tep/<uuid:batch_id>/", view(views.batch), name="batch"),
    path("nop-tep/<uuid:batch_id>/dong/<slug:decision>/", view(views.rows), name="rows"),
    path("nop-tep/<uuid:batch_id>/loi/", view(views.cause), name="cause"),
    path("nop-tep/<uuid:batch_id>/tien-do/", view(views.progress), name="progress"),
    path("nop-tep/<uuid:batch_id>/tep/", view(views.original), name="original"),
    path("nop-tep/<uuid:batch_id>/cot/", view(column_views.mapping), name="mapping"),
    path(
        "nop-tep/<uuid:batch_id>/cot/<uuid:mapping_id>/quen/",
        view(column_views.forget),
        name="forget_columns",
    ),
    path("nop-tep/<uuid:batch_id>/tra-loi/", view(answering_views.ask), name="answer_ask"),
    path("nop-tep/<uuid:batch_id>/tra-loi.xlsx", view(answering_views.workbook), name="answer"),
    path(
        "nop-tep/<uuid:batch_id>/tra-loi/tien-do/",
        view(answering_views.progress),
        name="answer_progress",
    ),
    path(
        "nop-tep/<uuid:batch_id>/danh-sach-loi.<slug:form>",
        view(answering_views.findings),
        name="findings",
    ),
    path("nop-tep/<uuid:batch_id>/bao-cao/", view(answering_views.report), name="report"),
    path(
        "nop-tep/<uuid:batch_id>/bao-cao.pdf", view(answering_views.report_pdf), name="report_pdf"
    ),
    path("nop-tep/<uuid:batch_id>/ghi/", view(deed_views.confirm), name="confirm"),
    path("nop-tep/<uuid:batch_id>/huy/", view(deed_views.cancel), name="cancel"),
    path("nop-tep/<uuid:batch_id>/doc-lai/", view(deed_views.again), name="again"),
    path("nop-tep/<uuid:batch_id>/quyet/", view(deed_views.rule), name="rule"),
    path("nop-tep/<uuid:batch_id>/chuyen-ma/", view(deed_views.convert), name="convert"),
    path("nop-tep/<uuid:batch_id>/hoan-tac/", view(deed_views.undo), name="undo"),
]
