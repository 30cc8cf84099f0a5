"""Addresses of administrative procedures: for applicants, and behind the portal's login."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import path

from portal.dossiers.pages import checking, desk, filing, following, opening, signing

app_name = "dossiers"
inside: Callable[[Any], Any] = admin.site.admin_view

urlpatterns = [
    path("thu-tuc/", filing.procedures, name="procedures"),
    path("thu-tuc/theo-doi/", following.follow, name="follow"),
    path("thu-tuc/ho-so/<uuid:dossier_id>/", following.own_page, name="own"),
    path("thu-tuc/ho-so/<uuid:dossier_id>/rut/", following.withdraw_page, name="own-withdraw"),
    path("thu-tuc/ho-so/<uuid:dossier_id>/dong/", following.leave, name="own-leave"),
    path(
        "thu-tuc/ho-so/<uuid:dossier_id>/giay/<slug:sheet>/", following.own_paper, name="own-paper"
    ),
    path(
        "thu-tuc/ho-so/<uuid:dossier_id>/tep/<uuid:file_id>/", following.own_file, name="own-file"
    ),
    path("thu-tuc/<str:procedure>/", filing.procedure_page, name="procedure"),
    path("thu-tuc/<str:procedure>/nop/", filing.apply_page, name="apply"),
    path("ho-so-thu-tuc/", inside(desk.queue), name="queue"),
    path("ho-so-thu-tuc/so-lieu/", inside(desk.figures_page), name="figures"),
    path("ho-so-thu-tuc/mo/", inside(opening.choose), name="open-choose"),
    path("ho-so-thu-tuc/mo/<str:procedure>/", inside(opening.open_page), name="open"),
    path("ho-so-thu-tuc/<uuid:dossier_id>/", inside(desk.dossier_page), name="dossier"),
    path("ho-so-thu-tuc/<uuid:dossier_id>/ky/", inside(signing.sign_page), name="sign"),
    path("ho-so-thu-tuc/<uuid:dossier_id>/du-thao/", inside(signing.draft), name="draft"),
    path("ho-so-thu-tuc/<uuid:dossier_id>/giay/<slug:sheet>/", inside(desk.paper), name="paper"),
    path("ho-so-thu-tuc/<uuid:dossier_id>/tep/<uuid:file_id>/", inside(desk.file), name="file"),
    path("ho-so-thu-tuc/<uuid:dossier_id>/viec/<slug:work>/", inside(desk.deed_page), name="deed"),
    path("quyet-dinh/<str:token>/", checking.check, name="check"),
]
