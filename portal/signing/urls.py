"""The addresses of one's own signature, each behind the portal's login."""

from django.contrib import admin
from django.urls import path

from portal.signing import views

app_name = "signing"
view = admin.site.admin_view

urlpatterns = [
    path("chu-ky/", view(views.certificates), name="certificates"),
    path("chu-ky/dich-vu/", view(views.enrol), name="enrol"),
    path("chu-ky/<uuid:certificate_id>/thoi-dung/", view(views.withdraw), name="withdraw"),
    path("chu-ky/yeu-cau/<uuid:task_id>/", view(views.task_page), name="task"),
    path("chu-ky/yeu-cau/<uuid:task_id>/huy/", view(views.cancel), name="cancel"),
]
