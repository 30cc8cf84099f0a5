"""Where is a record mended at the field that is wrong, and what is the field called?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

FIELDS: Mapping[str, StrOrPromise] = {
    "address": _("address"),
    "allergy": _("allergies not asked"),
    "announced": _("joined, not announced in time"),
    "answer": _("waits for an answer"),
    "area": _("commune"),
    "birth": _("date of birth"),
    "code": _("facility code"),
    "coverage": _("fewer records than residents"),
    "surplus": _("more records than residents"),
    "death": _("day of death"),
    "diagnosis": _("main diagnosis"),
    "difference": _("differs from the population database"),
    "email": _("e-mail"),
    "entered": _("written down late"),
    "ethnic_group": _("ethnic group"),
    "facility": _("facility did not exist that day"),
    "form": _("form of organisation"),
    "freshness": _("not confirmed for six months"),
    "hours": _("registered hours"),
    "identifier": _("identifier"),
    "immunization": _("vaccinations not asked"),
    "issued_by": _("issued by"),
    "issued_on": _("day of issue"),
    "leaving": _("left, not announced in time"),
    "level": _("level of expertise"),
    "license": _("licence"),
    "license_case": _("two licences, not yet decided"),
    "license_in_force": _("no operating licence in force today"),
    "license_state": _("registered by a revoked or suspended licence"),
    "name": _("name"),
    "nationality": _("nationality"),
    "occupation": _("occupation"),
    "outcome": _("result of treatment"),
    "ownership": _("ownership"),
    "personal_number": _("personal number"),
    "phone": _("phone"),
    "practitioner": _("licence number of the practitioner"),
    "problem": _("long-term illnesses not asked"),
    "qualification": _("diploma"),
    "report": _("not sent"),
    "scope": _("scope of practice"),
    "scope_title": _("scope of another professional title"),
    "sent": _("sent after the day it was due"),
    "sex": _("sex"),
    "visit": _("nothing happened for a year"),
    "pulse": _("pulse"),
    "temperature": _("temperature"),
    "systolic": _("upper blood pressure"),
    "diastolic": _("lower blood pressure"),
    "respiratory_rate": _("breaths"),
    "oxygen_saturation": _("oxygen saturation"),
    "weight": _("body weight"),
    "height": _("body height"),
    "waist": _("waist"),
    "glucose": _("glucose"),
    "unlicensed": _("facility without a licence in force that day"),
    "vaccine": _("no vaccine of the list"),
    "full_time": _("full time at two facilities"),
    "given": _("day of the dose"),
    "lot": _("lot not in stock that day"),
    "activities": _("scope of activity"),
    "actual_beds": _("actual beds"),
    "departments": _("departments"),
    "founded_in": _("year of founding"),
    "governing_body": _("governing body"),
    "insurance_contract": _("contract with health insurance"),
    "opening_hours": _("opening hours"),
    "operating_license": _("operating licence"),
    "planned_beds": _("planned beds"),
    "registered_beds": _("registered beds"),
    "responsible": _("person in charge"),
    "training": _("place of practical training"),
    "publication": _("change not made public in time"),
    "week": _("the same hours at another facility"),
    "sync": _("nothing arrived from its software in time"),
}
MEND = "admin:healthrecords_citizen_mend"
ASK = "admin:healthrecords_citizen_background"
# Whose field is it: of the citizen of a visit, or of the visit itself?
OF_CITIZEN = frozenset({"ethnic_group", "occupation", "address", "sex", "birth"})
TOPICS = frozenset({"allergy", "problem", "immunization"})


@dataclass(frozen=True, slots=True)
class Opening:
    """An address that opens a record, by which of its keys, at which field."""

    address: str
    of_citizen: bool = False
    query: str = ""
    field: str = ""

    def url(self, record: UUID, citizen: UUID | None) -> str:
        key = citizen if self.of_citizen and citizen else record
        anchor = f"#id_{self.field}" if self.field else ""
        return f"{reverse(self.address, args=[key])}{self.query}{anchor}"


def _of_citizen(rule: str, name: str) -> Opening:
    if rule == "C01":
        return Opening("admin:healthrecords_citizen_change")
    if rule == "L07":
        return Opening("admin:healthrecords_citizen_identity")
    if name in TOPICS:
        return Opening(ASK, query=f"?phan={name}")
    if name == "visit":
        return Opening("admin:healthrecords_citizen_change")
    return Opening(MEND, field={"area": "commune"}.get(name, name))


def _of_visit(_rule: str, name: str) -> Opening:
    if name in OF_CITIZEN:
        return Opening(MEND, of_citizen=True, field=name)
    return Opening("admin:healthrecords_visit_change")


def _of_dose(_rule: str, _name: str) -> Opening:
    return Opening(ASK, of_citizen=True, query="?phan=immunization")


def _of_pair(_rule: str, _name: str) -> Opening:
    return Opening("admin:healthrecords_twincase_change")


def _of_post(_rule: str, name: str) -> Opening:
    fields = {"full_time": "is_full_time", "week": "hours"}
    field = fields.get(name, "leaving_announced_on")
    return Opening("admin:practitioners_registration_change", field=field)


def opening_of(label: str, rule: str, name: str) -> Opening:
    """Return where a record of a kind is mended."""
    ways: dict[str, Any] = {
        "healthrecords.citizen": _of_citizen,
        "healthrecords.visit": _of_visit,
        "healthrecords.immunization": _of_dose,
        "healthrecords.twincase": _of_pair,
        "practitioners.registration": _of_post,
    }
    if label in ways:
        found: Opening = ways[label](rule, name)
        return found
    if name in {"sync", "freshness", "publication", "license_in_force"}:
        return Opening("admin:facilities_facility_change")
    return Opening(f"admin:{label.replace('.', '_')}_change", field=name)
