"""What a facility must tell of itself (Circular 38/2024/TT-BYT, article 10): the page asks the same."""

from collections.abc import Mapping

from reporting.quality.check import when

HOLDS = "{row}.valid_from <= %(today)s AND ({row}.valid_until IS NULL OR {row}.valid_until >= %(today)s)"


def _none(table: str, row: str, condition: str) -> str:
    """Return the condition that no row of a table about the place holds today."""
    return f"""NOT EXISTS (SELECT FROM {table} {row}
      WHERE {condition} AND {HOLDS.format(row=row)})"""


def _no_beds(kind: str) -> str:
    return _none(
        "facilities_bedcount",
        "bed",
        f"bed.facility_id = o.organisation_id AND bed.kind = '{kind}' AND bed.department_id IS NULL",
    )


LICENSE = """EXISTS (SELECT FROM facilities_operatinglicense paper
  WHERE paper.facility_id = o.organisation_id AND paper.superseded_on IS NULL)"""
SCOPE = f"""EXISTS (SELECT FROM facilities_operatinglicense paper
  JOIN facilities_operatinglicenseversion said ON said.license_id = paper.id
  WHERE paper.facility_id = o.organisation_id AND paper.superseded_on IS NULL
    AND {HOLDS.format(row="said")}
    AND (said.scope <> '' OR EXISTS (
      SELECT FROM facilities_licensedactivity act WHERE act.version_id = said.id)))"""
OWN = "{row}.facility_id = o.organisation_id"
# What is missing → the condition that it is; in the order of the article.
MISSING: Mapping[str, str] = {
    "code": "code.value IS NULL",
    "form": "o.form = ''",
    "ownership": "o.ownership = ''",
    "governing_body": _none("places_governingbody", "body", "body.organisation_id = place.id"),
    "level": "o.level = ''",
    "operating_license": f"NOT {LICENSE}",
    "activities": f"{LICENSE} AND NOT {SCOPE}",
    # The positions that make a person responsible for the profession (list staff_positions).
    "responsible": _none(
        "practitioners_registration",
        "head",
        "head.facility_id = o.organisation_id AND head.position IN ('1', '3')",
    ),
    "opening_hours": _none("facilities_openingschedule", "shift", OWN.format(row="shift")),
    "area": "place.area_id IS NULL",
    "address": "o.address = ''",
    "phone": "o.phone = ''",
    "founded_in": "o.founded_in IS NULL",
    "insurance_contract": "o.has_insurance_contract IS NULL",
    "training": "o.trains_practitioners IS NULL",
    "planned_beds": _no_beds("planned"),
    "registered_beds": _no_beds("registered"),
    "actual_beds": _no_beds("actual"),
    "departments": _none("facilities_department", "unit", OWN.format(row="unit")),
}
CASES = [when(condition, name) for name, condition in MISSING.items()]
