"""Addresses of practitioners: desk, profiles, evidence, public register."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import path, register_converter

from practitioners.pages import correcting, open_data, own, staff
from practitioners.pages.away import away
from practitioners.pages.cases import case, case_paper, cases
from practitioners.pages.days import DayConverter
from practitioners.pages.defects import defects
from practitioners.pages.desk import desk, first_of_queue, give, take_next
from practitioners.pages.evidence import ban_paper, duty_paper, evidence, word_paper
from practitioners.pages.joining import joining
from practitioners.pages.lookup import lookup
from practitioners.pages.person import person
from practitioners.pages.profiles import profiles, send_profile
from practitioners.pages.register_pages import (
    lookup_number,
    lookup_person,
    lookup_place,
    person_code,
)
from practitioners.pages.right import right
from practitioners.pages.roster import departure, roster, rosters
from practitioners.pages.trainees import trainees
from practitioners.pages.work import desk_work

app_name = "practitioners"
register_converter(DayConverter, "day")
inside: Callable[[Any], Any] = admin.site.admin_view

urlpatterns = [
    path("duyet/", inside(first_of_queue), name="desk-queue"),
    path("duyet/nhan/", inside(take_next), name="desk-take"),
    path("duyet/so-viec/", inside(desk_work), name="desk-work"),
    path("duyet/<uuid:submission_id>/", inside(desk), name="desk"),
    path("duyet/<uuid:submission_id>/giao/", inside(give), name="desk-give"),
    path("vu-viec/", inside(cases), name="cases"),
    path("vu-viec/<uuid:case_id>/", inside(case), name="case"),
    path("vu-viec/<uuid:decided_id>/gop/", inside(joining), name="joining"),
    path("vu-viec/giay-to/<uuid:paper_id>/", inside(case_paper), name="case-paper"),
    path("bang-chung/<uuid:evidence_id>/", inside(evidence), name="evidence"),
    path("nguoi-hanh-nghe/<uuid:practitioner_id>/", inside(person), name="person"),
    path("nguoi-hanh-nghe/giay-to/<uuid:word_id>/", inside(word_paper), name="word-paper"),
    path("nguoi-hanh-nghe/lenh-cam/<uuid:proposal_id>/", inside(ban_paper), name="ban-paper"),
    path("nguoi-hanh-nghe/nghia-vu/<uuid:proof_id>/", inside(duty_paper), name="duty-paper"),
    path("khong-hanh-nghe/", inside(away), name="away"),
    path("mau-thuan/", inside(defects), name="defects"),
    path("quyen-hanh-nghe/", inside(right), name="right"),
    path("lich-hanh-nghe/", inside(rosters), name="rosters"),
    path("lich-hanh-nghe/<uuid:organisation_id>/", inside(roster), name="roster"),
    path(
        "lich-hanh-nghe/<uuid:organisation_id>/nguoi-thuc-hanh/", inside(trainees), name="trainees"
    ),
    path("dang-ky/<uuid:registration_id>/thoi/", inside(departure), name="departure"),
    path("ho-so-hanh-nghe/", inside(profiles), name="profiles"),
    path("ho-so-hanh-nghe/nop/", inside(send_profile), name="send-profile"),
    path("ho-so-hanh-nghe/nguoi/", inside(staff.staff), name="staff"),
    path(
        "ho-so-hanh-nghe/nguoi/gio-hoc/<uuid:training_id>/",
        inside(staff.decide_training),
        name="decide-training",
    ),
    path(
        "ho-so-hanh-nghe/nguoi/thay-doi/<uuid:submission_id>/",
        inside(staff.answer_change),
        name="answer-change",
    ),
    path(
        "ho-so-hanh-nghe/nguoi/dang-ky/<uuid:registration_id>/",
        inside(staff.move_registration),
        name="move-registration",
    ),
    path("chung-nhan/<uuid:training_id>/", inside(staff.certificate), name="certificate"),
    path("ho-so-cua-toi/", inside(own.my_profile), name="my-profile"),
    path("ho-so-cua-toi/dung/", inside(own.confirm_mine), name="confirm-mine"),
    path("ho-so-cua-toi/sua/", inside(correcting.correct_mine), name="correct-mine"),
    path("ho-so-cua-toi/gio-hoc/", inside(own.declare_mine), name="declare-mine"),
    path("ho-so-cua-toi/ai-da-xem/", inside(own.my_looks), name="my-looks"),
    path(
        "ho-so-cua-toi/thay-doi/<uuid:submission_id>/",
        inside(own.answer_mine),
        name="answer-mine",
    ),
    path("tra-cuu/", lookup, name="lookup"),
    path("tra-cuu/<uuid:practitioner_id>/", lookup_person, name="lookup-person"),
    path("tra-cuu/<uuid:practitioner_id>/ma-qr.svg", person_code, name="lookup-code"),
    path("tra-cuu/gp/<str:license_number>/", lookup_number, name="lookup-number"),
    path("tra-cuu/co-so/<uuid:organisation_id>/", lookup_place, name="lookup-place"),
    path("tra-cuu/du-lieu/", open_data.open_data, name="open-data"),
    path("tra-cuu/du-lieu/khoa.pem", open_data.verifying_key, name="open-data-key"),
    path("tra-cuu/du-lieu/thay-doi.atom", open_data.feed, name="open-data-feed"),
    path("tra-cuu/du-lieu/thay-doi/<day:day>.jsonl", open_data.changes, name="open-data-changes"),
    path("tra-cuu/du-lieu/so-<day:day>.jsonl.gz", open_data.snapshot, name="open-data-snapshot"),
    path(
        "tra-cuu/du-lieu/so-<day:day>.jsonl.gz.sig", open_data.signature, name="open-data-signature"
    ),
]
