"""The addresses of uploads, each behind the portal's login."""

from django.contrib import admin
from django.urls import path

from portal.intake import answering_views, views

app_name = "intake"
view = admin.site.admin_view

urlpatterns = [
    path("nop-tep/", view(views.uploads), name="uploads"),
    path("nop-tep/loai/<slug:kind_id>/", view(views.columns), name="columns"),
    path("nop-tep/loai/<slug:kind_id>/mau.xlsx", view(views.template), name="template"),
    path("nop-tep/<uuid:batch_id>/", view(views.batch), name="batch"),
    path("nop-tep/<uuid:batch_id>/dong/<slug:decision>/", view(views.rows), name="rows"),
    path("nop-tep/<uuid:batch_id>/loi/", view(views.cause), name="cause"),
    path("nop-tep/<uuid:batch_id>/tien-do/", view(views.progress), name="progress"),
    path("nop-tep/<uuid:batch_id>/tep/", view(views.original), name="original"),
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
    path("nop-tep/<uuid:batch_id>/ghi/", view(views.confirm), name="confirm"),
    path("nop-tep/<uuid:batch_id>/huy/", view(views.cancel), name="cancel"),
    path("nop-tep/<uuid:batch_id>/doc-lai/", view(views.again), name="again"),
    path("nop-tep/<uuid:batch_id>/quyet/", view(views.rule), name="rule"),
]
