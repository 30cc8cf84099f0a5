"""The eleven roles of the house: each a named set of capabilities."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise


class Role(models.TextChoices):
    """What a person is at an organisation."""

    STATION_CLERK = "station_clerk", _("Station clerk")
    STATION_CLINICIAN = "station_clinician", _("Station clinician")
    STATION_HEAD = "station_head", _("Station head")
    HOSPITAL_DATA_OFFICER = "hospital_data_officer", _("Hospital data officer")
    HOSPITAL_DOCTOR = "hospital_doctor", _("Hospital doctor")
    LICENSING_OFFICER = "licensing_officer", _("Department licensing officer")
    STATISTICIAN = "statistician", _("Department statistician")
    EPIDEMIOLOGIST = "epidemiologist", _("Department epidemiologist")
    OVERSEER = "overseer", _("Ministry overseer")
    AUDITOR = "auditor", _("Auditor")
    SYSTEM_ADMINISTRATOR = "system_administrator", _("System administrator")


# One line for the person who gives the role.
EXPLAINED: Mapping[str, StrOrPromise] = {
    Role.STATION_CLERK: _("Enters citizens and visits of the station; signs nothing."),
    Role.STATION_CLINICIAN: _("Enters and signs visits; sees sensitive diagnoses."),
    Role.STATION_HEAD: _("All of the station: visits, files, reports, staff, opened records."),
    Role.HOSPITAL_DATA_OFFICER: _("Uploads and confirms the hospital's files and reports."),
    Role.HOSPITAL_DOCTOR: _("Enters and signs visits of the hospital; sees sensitive diagnoses."),
    Role.LICENSING_OFFICER: _("Reviews practitioners and facilities; decides on licences."),
    Role.STATISTICIAN: _("Sees figures and reports without names; approves reports."),
    Role.EPIDEMIOLOGIST: _("Follows notifiable diseases; sees the patients they concern."),
    Role.OVERSEER: _("Sees figures, reports, facilities and practitioners; changes nothing."),
    Role.AUDITOR: _("Reads history and the read log; reviews opened records."),
    Role.SYSTEM_ADMINISTRATOR: _("Gives and ends roles; replaces code lists; sees no patient."),
}

SUPPLIES = frozenset({"view_supplies", "keep_supplies"})
CARE = frozenset({"view_records", "enter_records"})
CLINICAL = CARE | {"sign_records", "see_sensitive"}
FIGURES = frozenset({"view_figures", "view_reports", "view_facilities", "view_supplies"})

CAPABILITIES_OF: Mapping[str, frozenset[str]] = {
    Role.STATION_CLERK: CARE | SUPPLIES,
    Role.STATION_CLINICIAN: CLINICAL | SUPPLIES,
    Role.STATION_HEAD: CLINICAL
    | FIGURES
    | SUPPLIES
    | {
        "export_records",
        "upload_files",
        "confirm_files",
        "view_practitioners",
        "submit_practitioners",
        "edit_facilities",
        "submit_reports",
        "review_access",
    },
    Role.HOSPITAL_DATA_OFFICER: FIGURES
    | SUPPLIES
    | {
        "view_records",
        "upload_files",
        "confirm_files",
        "view_practitioners",
        "submit_practitioners",
        "submit_reports",
    },
    Role.HOSPITAL_DOCTOR: CLINICAL,
    Role.LICENSING_OFFICER: frozenset(
        {
            "view_practitioners",
            "review_practitioners",
            "decide_licenses",
            "view_facilities",
            "edit_facilities",
            "view_supplies",
            "upload_files",
            "confirm_files",
        }
    ),
    Role.STATISTICIAN: FIGURES | {"approve_reports"},
    Role.EPIDEMIOLOGIST: FIGURES | {"watch_epidemics", "view_records", "see_sensitive"},
    Role.OVERSEER: FIGURES | {"view_practitioners"},
    Role.AUDITOR: frozenset({"read_audit", "review_access"}),
    Role.SYSTEM_ADMINISTRATOR: frozenset(
        {"manage_accounts", "manage_lists", "view_facilities", "upload_files", "confirm_files"}
    ),
}
