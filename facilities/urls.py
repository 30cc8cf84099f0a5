"""Addresses of the pages that everybody may read of facilities."""

from django.urls import path

from facilities.pages import public

app_name = "facilities"

urlpatterns = [
    path("co-so/", public.places, name="places"),
    path("co-so/<uuid:organisation_id>/", public.place, name="place"),
]
