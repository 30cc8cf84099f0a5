"""Addresses of records outside the portal's login."""

from django.urls import path

from healthrecords.verification import verification

app_name = "records"

urlpatterns = [path("giay/<str:token>", verification, name="paper-check")]
