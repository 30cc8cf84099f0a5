"""What is asked of facilities."""

from datetime import timedelta

from reporting.quality.check import (
    PHONE,
    PLACEHOLDERS,
    Check,
    Source,
    ended_area,
    listed,
    misshapen,
    source,
    when,
)

FRESH_FOR = timedelta(days=183)  # six months

FACILITIES = source(
    Source(
        label="facilities.facility",
        rows="""facilities_facility o
            JOIN places_organisation place ON place.id = o.organisation_id
            LEFT JOIN places_organisationidentifier code ON code.organisation_id = place.id
              AND code.scheme = 'insurance' AND code.valid_until IS NULL""",
        where="place.valid_until IS NULL",
        facility="o.organisation_id",
        words=lambda on: {"fresh_since": on - FRESH_FOR, "placeholders": PLACEHOLDERS},
        changed="""SELECT id FROM facilities_facilityhistory WHERE @since
            UNION SELECT f.id FROM facilities_facility f WHERE f.organisation_id IN (
              SELECT id FROM places_organisationhistory WHERE @since
              UNION SELECT organisation_id FROM places_organisationidentifierhistory
              WHERE @since)""",
        checks=(
            Check(
                "D04",
                listed(
                    when("code.value IS NULL OR code.value !~ '^[0-9]{5}$'", "code"),
                ),
                ["code"],
                is_daily=True,
            ),
            Check(
                "F02",
                listed(
                    when("o.form = ''", "form"),
                    when("o.ownership = ''", "ownership"),
                    when("o.level = ''", "level"),
                    when("o.address = ''", "address"),
                    when("o.phone = ''", "phone"),
                    when("place.area_id IS NULL", "area"),
                ),
                ["form", "ownership", "level", "address", "phone", "area"],
            ),
            Check(
                "C02",
                listed(
                    when(
                        """EXISTS (SELECT FROM places_organisation other
                          JOIN facilities_facility f ON f.organisation_id = other.id
                          WHERE other.id <> place.id AND other.valid_until IS NULL
                            AND other.name_norm = place.name_norm
                            AND other.area_id = place.area_id)""",
                        "name",
                    ),
                ),
                ["name"],
                is_daily=True,
            ),
            Check("C03", listed(when(misshapen("place.name"), "name")), ["name"]),
            Check(
                "C05",
                listed(
                    when(
                        "o.phone <> '' AND regexp_replace(o.phone, '[;,/].*$|[ .()-]', '', 'g')"
                        f" !~ '{PHONE}|^1[89]00[0-9]{{4,6}}$'",
                        "phone",
                    )
                ),
                ["phone"],
            ),
            Check(
                "D09",
                listed(when(ended_area("place.area_id"), "area")),
                ["area"],
                judged="place.area_id IS NOT NULL AND place.kind IN ('station', 'point', 'clinic')",
            ),
            Check(
                "L03",
                listed(
                    when(
                        """coalesce((SELECT max(h.pgh_created_at)
                          FROM facilities_facilityhistory h WHERE h.id = o.id), '-infinity')
                          < %(fresh_since)s::timestamptz""",
                        "freshness",
                    )
                ),
                ["freshness"],
                is_daily=True,
            ),
        ),
    )
)
