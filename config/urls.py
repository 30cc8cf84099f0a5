"""Every address of the house."""

from django.contrib import admin
from django.db import transaction
from django.urls import include, path

from config.health import health

urlpatterns = [
    # Outside any transaction: it must be able to say that the database is away.
    path("healthz", transaction.non_atomic_requests(health), name="healthz"),
    path("", include("practitioners.urls")),
    path("", include("facilities.urls")),
    path("", include("portal.intake.urls")),
    path("", include("portal.dossiers.urls")),
    path("", include("portal.signing.urls")),
    path("", include("healthrecords.urls")),
    path("", include("reporting.urls")),
    path("api/v1/", include("healthrecords.api.urls")),
    path("api/v1/", include("practitioners.api.urls")),
    path("api/v1/", include("facilities.api.urls")),
    path("api/v1/", include("portal.intake.api.urls")),
    path("api/v1/", include("portal.verification.urls")),
    path("", admin.site.urls),
]

handler400 = "portal.site.errors.bad_request"
handler403 = "portal.site.errors.permission_denied"
handler404 = "portal.site.errors.not_found"
handler500 = "portal.site.errors.server_error"
