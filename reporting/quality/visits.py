"""What is asked of finished visits and of what was measured at them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.codelists.lookup import codes_on
from reporting.limits import limits_on
from reporting.quality.check import MADE_AT, Check, Source, listed, source, when
from reporting.quality.licensed import PAPERS

DAY = "(coalesce(o.ended_at, o.started_at) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
# When the record came: written by hand, or made from a file with its own key.
RECORDED = f"CASE WHEN o.origin = 'typed' THEN o.entered_at ELSE {MADE_AT.format(key='o.id')} END"
# Fields of the table and the codes of their limits, where these are called otherwise.
MEASURED = {
    "pulse": "pulse",
    "temperature": "temperature",
    "systolic": "systolic",
    "diastolic": "diastolic",
    "respiratory_rate": "respiratory_rate",
    "oxygen_saturation": "oxygen_saturation",
    "weight": "weight",
    "height": "height",
    "waist": "waist",
    "glucose": "capillary_glucose",
}
# The main diagnosis beside the code as its list had it on the day; one version holds on a day.
ICD = """
SELECT code.code, code.attributes ->> 'sex' AS sex,
  nullif(code.attributes ->> 'age_min_days', '')::int AS least_days,
  nullif(code.attributes ->> 'age_max_days', '')::int AS most_days,
  greatest(version.valid_from, code.valid_from) AS first_day,
  least(coalesce(version.valid_until, 'infinity'), coalesce(code.valid_until, 'infinity'))
    AS last_day
FROM codelists_code code
JOIN codelists_codelistversion version ON version.id = code.version_id
JOIN codelists_codelist list ON list.id = version.code_list_id
WHERE list.key = 'icd10'
"""
VISIT = """healthrecords_visit o
  JOIN healthrecords_citizen person ON person.id = o.citizen_id
  JOIN places_organisation place ON place.id = o.facility_id
  LEFT JOIN healthrecords_diagnosis main ON main.visit_id = o.id AND main.rank = 'main'"""

VISITS = source(
    Source(
        label="healthrecords.visit",
        rows=f"""{VISIT} LEFT JOIN icd ON icd.code = main.code
            AND {DAY} BETWEEN icd.first_day AND icd.last_day
          LEFT JOIN papers ON papers.facility_id = o.facility_id""",
        counted=VISIT,
        before=f"icd AS MATERIALIZED ({ICD}), papers AS MATERIALIZED ({PAPERS}),",
        where="o.status = 'finished'",
        facility="o.facility_id",
        sensitivity="o.sensitivity",
        words=lambda on: {"within": limits_on(on).hours("L01.within"), "today": on},
        changed="""SELECT id FROM healthrecords_visithistory WHERE @since
            UNION SELECT visit_id FROM healthrecords_diagnosishistory WHERE @since
            UNION SELECT v.id FROM healthrecords_visit v WHERE v.citizen_id IN (
              SELECT id FROM healthrecords_citizenhistory WHERE @since)
            UNION SELECT v.id FROM healthrecords_visit v WHERE v.facility_id IN (
              SELECT facility_id FROM facilities_operatinglicensehistory WHERE @since
              UNION SELECT paper.facility_id FROM facilities_operatinglicense paper
              WHERE paper.id IN (
                SELECT license_id FROM facilities_operatinglicenseeventhistory WHERE @since))""",
        checks=(
            Check(
                "D05",
                listed(
                    when("icd.code IS NULL", "diagnosis"),
                    when(
                        "NOT main.is_confirmed AND (icd.sex = 'M' AND person.sex = 'female'"
                        " OR icd.sex = 'F' AND person.sex = 'male')",
                        "sex",
                    ),
                    when(
                        "NOT main.is_confirmed AND person.birth_precision = 'day'"
                        f" AND ({DAY} - person.birth_date < icd.least_days"
                        f" OR {DAY} - person.birth_date > icd.most_days)",
                        "birth",
                    ),
                ),
                ["diagnosis", "sex", "birth"],
                judged="main.id IS NOT NULL",
            ),
            Check(
                "F06",
                listed(
                    when("person.ethnic_group = ''", "ethnic_group"),
                    when("person.occupation = ''", "occupation"),
                    when("person.area_id IS NULL AND person.address = ''", "address"),
                    when("main.id IS NULL", "diagnosis"),
                    when("o.outcome = ''", "outcome"),
                ),
                ["ethnic_group", "occupation", "address", "diagnosis", "outcome"],
            ),
            Check(
                "C06",
                listed(
                    when(
                        f"NOT ({DAY} BETWEEN place.valid_from"
                        " AND coalesce(place.valid_until, 'infinity'))",
                        "facility",
                    ),
                    when(f"NOT papers.days @> {DAY}", "unlicensed"),
                ),
                ["facility", "unlicensed"],
            ),
            Check(
                "L01",
                listed(
                    when(
                        f"{RECORDED} > coalesce(o.ended_at, o.started_at) + %(within)s::interval",
                        "entered",
                    )
                ),
                ["entered"],
                judged="(o.origin = 'file' AND o.batch_id IS NOT NULL)"
                " OR (o.origin = 'typed' AND o.entered_at IS NOT NULL)",
            ),
            Check(
                "U05",
                listed(
                    when(
                        """EXISTS (SELECT FROM healthrecords_naming naming
                          WHERE naming.batch_id = o.batch_id AND naming.resolved_at IS NULL
                            AND naming.register = 'practitioner' AND naming.number = ANY (
                              regexp_split_to_array(o.practitioner_numbers, '\\s*;\\s*')))""",
                        "practitioner",
                    )
                ),
                ["practitioner"],
                judged="o.practitioner_numbers <> '' AND o.batch_id IS NOT NULL",
                is_daily=True,
            ),
        ),
    )
)


def _limits(on: date) -> Mapping[str, Any]:
    known = {row.code: row.attributes for row in codes_on("vital_signs", on) if not row.parent}
    words: dict[str, Any] = {}
    for name, code in MEASURED.items():
        said = known.get(code, {})
        words[f"{name}_low"] = said.get("impossible_low") or None
        words[f"{name}_high"] = said.get("impossible_high") or None
    return words


VITALS = source(
    Source(
        label="healthrecords.visit",
        rows="""healthrecords_vitalsigns measured
            JOIN healthrecords_visit o ON o.id = measured.visit_id""",
        where="o.status = 'finished'",
        facility="o.facility_id",
        sensitivity="o.sensitivity",
        words=_limits,
        changed="""SELECT visit_id FROM healthrecords_vitalsignshistory WHERE @since
            UNION SELECT id FROM healthrecords_visithistory WHERE @since""",
        checks=(
            Check(
                "D06",
                listed(
                    *(
                        when(
                            f"measured.{name} < %({name}_low)s::numeric"
                            f" OR measured.{name} > %({name}_high)s::numeric",
                            name,
                        )
                        for name in MEASURED
                    )
                ),
                list(MEASURED),
            ),
        ),
    )
)
