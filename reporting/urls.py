"""Addresses of reports and of data quality."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import path

from reporting.pages import quality

app_name = "reporting"
inside: Callable[[Any], Any] = admin.site.admin_view

urlpatterns = [
    path("chat-luong/", inside(quality.quality), name="quality"),
    path("chat-luong/can-sua/", inside(quality.mend), name="mend"),
    path("chat-luong/can-sua/lam/", inside(quality.deed), name="mend-deed"),
    path("chat-luong/xep-hang/", inside(quality.league), name="league"),
]
