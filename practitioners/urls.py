"""Addresses of practitioners: desk, profiles, evidence, public register."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import path

from practitioners.pages.cases import case, case_paper, cases
from practitioners.pages.desk import desk, first_of_queue, give, take_next
from practitioners.pages.evidence import evidence
from practitioners.pages.lookup import lookup, lookup_person
from practitioners.pages.person import person
from practitioners.pages.profiles import profiles, send_profile
from practitioners.pages.right import right
from practitioners.pages.roster import departure, roster, rosters
from practitioners.pages.work import desk_work

app_name = "practitioners"
inside: Callable[[Any], Any] = admin.site.admin_view

urlpatterns = [
    path("duyet/", inside(first_of_queue), name="desk-queue"),
    path("duyet/nhan/", inside(take_next), name="desk-take"),
    path("duyet/so-viec/", inside(desk_work), name="desk-work"),
    path("duyet/<uuid:submission_id>/", inside(desk), name="desk"),
    path("duyet/<uuid:submission_id>/giao/", inside(give), name="desk-give"),
    path("vu-viec/", inside(cases), name="cases"),
    path("vu-viec/<uuid:case_id>/", inside(case), name="case"),
    path("vu-viec/giay-to/<uuid:paper_id>/", inside(case_paper), name="case-paper"),
    path("bang-chung/<uuid:evidence_id>/", inside(evidence), name="evidence"),
    path("nguoi-hanh-nghe/<uuid:practitioner_id>/", inside(person), name="person"),
    path("quyen-hanh-nghe/", inside(right), name="right"),
    path("lich-hanh-nghe/", inside(rosters), name="rosters"),
    path("lich-hanh-nghe/<uuid:organisation_id>/", inside(roster), name="roster"),
    path("dang-ky/<uuid:registration_id>/thoi/", inside(departure), name="departure"),
    path("ho-so-hanh-nghe/", inside(profiles), name="profiles"),
    path("ho-so-hanh-nghe/nop/", inside(send_profile), name="send-profile"),
    path("tra-cuu/", lookup, name="lookup"),
    path("tra-cuu/<uuid:practitioner_id>/", lookup_person, name="lookup-person"),
]
