"""Every address of the house."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("", admin.site.urls)]

handler403 = "portal.site.errors.permission_denied"
handler404 = "portal.site.errors.not_found"
handler500 = "portal.site.errors.server_error"
