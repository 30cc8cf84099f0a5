"""Which values of which rows are words of a profile, and how is such a value written?

A word's field is a field of the paper (practitioners.items) where the paper has one for the column,
else ``table.column``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from practitioners.items import FIELDS as PAPER_FIELDS

if TYPE_CHECKING:
    from django.db import models

Columns = Mapping[str, str]
# The word on the day from which a registration is complete.
COMPLETED = "registration.completed_on"


def _own(table: str, *columns: str) -> dict[str, str]:
    return {column: f"{table}.{column}" for column in columns}


# By table: each column a profile shows, and the field its words have.
COLUMNS: Mapping[str, Columns] = {
    "practitioner": {
        **{name: name for name in ("name", "birth_date", "sex", "nationality", "phone", "email")},
        **_own("practitioner", "other_names", "ethnic_group", "address", "died_on"),
    },
    "practitioneridentifier": {
        "kind": "identifier_kind",
        "value": "identifier",
        **_own("practitioneridentifier", "issued_by", "valid_from", "valid_until"),
    },
    "qualification": {
        "level": "qualification_level",
        "field": "qualification_field",
        "school": "school",
        "diploma_number": "diploma_number",
        "issued_on": "qualification_issued_on",
        **_own("qualification", "register_number", "country", "recognition_no", "recognised_on"),
    },
    "speciality": _own("speciality", "text", "code", "qualification", "valid_from", "valid_until"),
    "examinationresult": _own(
        "examinationresult",
        "title",
        "sat_on",
        "result",
        "result_no",
        "group",
        "council",
        "valid_until",
    ),
    "practicelanguage": _own(
        "practicelanguage",
        "language",
        "way",
        "interpreter",
        "certificate_no",
        "valid_from",
        "valid_until",
    ),
    "practicaltraining": _own(
        "practicaltraining",
        "title",
        "regime",
        "contract_no",
        "contracted_on",
        "valid_from",
        "valid_until",
        "completed_on",
        "certificate_no",
        "short_because",
    ),
    "trainingrotation": _own(
        "trainingrotation", "supervisor", "kind", "department", "valid_from", "valid_until"
    ),
    "trainingactivity": {
        "title": "training_title",
        "hours": "training_hours",
        "ended_on": "training_ended_on",
        "certificate_number": "training_certificate",
        **_own("trainingactivity", "form", "role", "organiser", "started_on"),
    },
    "practicelicense": {
        "number_raw": "license_number",
        "title": "title",
        "scope": "scope",
        "issued_on": "license_issued_on",
        "issued_by": "license_issued_by",
        "valid_until": "license_valid_until",
    },
    "registration": {
        "position": "position",
        "position_text": "position_text",
        "is_full_time": "full_time",
        "hours": "hours",
        "valid_from": "registered_from",
        "other_facilities": "other_facilities",
        **_own("registration", "department_code", "department", "valid_until", "ended_because"),
        "completed_on": COMPLETED,
    },
    # Duty beside the hours of a registration, over midnight as one.
    "workingslot": _own("workingslot", "duty"),
    "extratechnique": _own(
        "extratechnique",
        "code",
        "name",
        "decision_no",
        "decided_on",
        "trained_at",
        "certificate_no",
        "transferred_by",
        "transfer_no",
        "transferred_on",
        "valid_from",
        "valid_until",
    ),
    "practiceperiod": _own(
        "practiceperiod",
        "kind",
        "place_text",
        "position_text",
        "certificate_no",
        "valid_from",
        "valid_until",
    ),
    "practiceban": _own(
        "practiceban",
        "ground_code",
        "ground",
        "decision_no",
        "decided_on",
        "authority",
        "valid_from",
        "valid_until",
    ),
    "sanction": _own(
        "sanction",
        "kind",
        "decision_no",
        "decided_on",
        "authority",
        "ground",
        "amount",
        "valid_from",
        "valid_until",
        "published_text",
        "published_until",
    ),
}
# By table: what a profile shows of rows that say themselves who recorded them, and when.
SIGNED: Mapping[str, Columns] = {
    "licenseversion": _own(
        "licenseversion",
        "act",
        "number_raw",
        "holder",
        "title",
        "title_text",
        "scope",
        "scope_codes",
        "issued_on",
        "issued_by",
        "expires_on",
        "decision_no",
        "decided_on",
        "reissue_case",
        "valid_from",
        "valid_until",
    ),
    "licenseevent": _own(
        "licenseevent",
        "kind",
        "decision_no",
        "decided_on",
        "authority",
        "valid_from",
        "valid_until",
        "ground_code",
        "ground",
        "duty",
        "is_excused",
    ),
    # The decision by which a ban ended, by its proposal that was confirmed.
    "banproposal": _own(
        "banproposal",
        "decision_no",
        "decided_on",
        "authority",
        "ground",
        "valid_until",
    ),
}
# Fields of the paper whose words are kept under the column of their row.
KEPT_AS: Mapping[str, str] = {
    "registered_until": "registration.valid_until",
    "department": "registration.department",
    "department_code": "registration.department_code",
    "exam_title": "examinationresult.title",
    "exam_sat_on": "examinationresult.sat_on",
    "exam_result": "examinationresult.result",
    "exam_number": "examinationresult.result_no",
    "exam_group": "examinationresult.group",
    "exam_council": "examinationresult.council",
    "language": "practicelanguage.language",
    "language_way": "practicelanguage.way",
    "interpreter": "practicelanguage.interpreter",
    "language_certificate": "practicelanguage.certificate_no",
    "language_from": "practicelanguage.valid_from",
    "language_until": "practicelanguage.valid_until",
    "practice_kind": "practiceperiod.kind",
    "practice_place": "practiceperiod.place_text",
    "practice_work": "practiceperiod.position_text",
    "practice_from": "practiceperiod.valid_from",
    "practice_until": "practiceperiod.valid_until",
    "practice_certificate": "practiceperiod.certificate_no",
}
FIELDS: tuple[str, ...] = (
    *PAPER_FIELDS,
    *(
        field
        for columns in COLUMNS.values()
        for field in columns.values()
        if field not in PAPER_FIELDS
    ),
)


def columns_of(row: models.Model) -> Columns:
    """Return the columns of a row that are words of a profile, each with its field."""
    table = str(row._meta.model_name)
    return COLUMNS[table] if table in COLUMNS else SIGNED[table]


def word_of(row: Any, column: str) -> str:
    """Write a value as a word: days as YYYY-MM-DD, numbers without idle zeros, no as nothing.

    Codes stand apart by semicolons; another row is named by its key.
    """
    value = row.birth.iso() if column == "birth_date" else getattr(row, _attribute(row, column))
    if isinstance(value, list):
        return ";".join(value)
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _attribute(row: Any, column: str) -> str:
    keys = {f.name: f.attname for f in row._meta.concrete_fields if f.is_relation}
    return str(keys.get(column, column))
