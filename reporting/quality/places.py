"""What is asked of facilities."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from facilities.rules import DUTIES, Rule, rules_of
from portal.codelists.holidays import calendar_between
from portal.identifiers.facility import FacilityCode
from portal.workdays import Calendar, Term, TermUnit
from reporting.limits import LONGEST, limits_on
from reporting.periods import ONE_DAY
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
from reporting.quality.licensed import PAPERS
from reporting.quality.place_fields import CASES, MISSING

# The insurer's code: the old province and three characters, letters among them (01B01).
CODE = f"^{FacilityCode.PATTERN.pattern}$"

# A place whose last day is still to come works until then.
STANDS = "(place.valid_until IS NULL OR place.valid_until >= %(today)s::date)"
# Whoever's software ever sent files goes by the last one that reached the records: the software
# that fell silent sends none that could be looked at.
SENDING = """facilities_facility o
  JOIN places_organisation place ON place.id = o.organisation_id
  JOIN LATERAL (
    SELECT max(batch.written_at) AS written_at, max(batch.received_at) AS received_at
    FROM intake_batch batch WHERE batch.organisation_id = o.organisation_id
      AND EXISTS (SELECT FROM intake_sendingkey said WHERE said.batch_id = batch.id)) sent ON true"""

FACILITY = """facilities_facility o
  JOIN places_organisation place ON place.id = o.organisation_id
  LEFT JOIN LATERAL (
    SELECT held.value FROM places_organisationidentifier held
    WHERE held.organisation_id = place.id AND held.scheme = 'insurance'
      AND held.valid_from <= %(today)s::date
      AND (held.valid_until IS NULL OR held.valid_until >= %(today)s::date)
    ORDER BY held.valid_from DESC, held.id DESC LIMIT 1) code ON true"""
# Without a licence in force today; the points of a station work under the station's.
UNLICENSED = "place.kind <> 'point' AND NOT coalesce(papers.days @> %(today)s::date, false)"
# The same name within so many metres; where one of the two does not say where it stands, in the same
# commune. Two places with one code are refused by the database.
METRES = """12742000 * asin(least(1, sqrt(
  power(sin(radians(f.latitude - o.latitude)::float / 2), 2)
  + cos(radians(o.latitude)::float) * cos(radians(f.latitude)::float)
    * power(sin(radians(f.longitude - o.longitude)::float / 2), 2))))"""
SAME_PLACE = f"""EXISTS (SELECT FROM places_organisation other
  JOIN facilities_facility f ON f.organisation_id = other.id
  WHERE other.id <> place.id AND (other.valid_until IS NULL OR other.valid_until >= %(today)s::date)
    AND other.name_norm = place.name_norm
    AND CASE WHEN o.latitude IS NULL OR f.latitude IS NULL THEN other.area_id = place.area_id
      ELSE {METRES} <= %(near_metres)s::numeric END)"""

# Neither confirmed nor changed of late: its own row, its place in the tree, or what is dated about it.
STALE = """%(fresh_since)s::date IS NOT NULL AND greatest(
    (SELECT max(h.pgh_created_at) FROM facilities_facilityhistory h WHERE h.id = o.id),
    (SELECT max(h.pgh_created_at) FROM places_organisationhistory h WHERE h.id = place.id),
    o.confirmed_on::timestamptz) < %(fresh_since)s::timestamptz
  AND NOT EXISTS (SELECT FROM facilities_bedcount row WHERE row.facility_id = place.id
    AND row.valid_from BETWEEN %(fresh_since)s AND %(today)s)
  AND NOT EXISTS (SELECT FROM facilities_department row WHERE row.facility_id = place.id
    AND row.valid_from BETWEEN %(fresh_since)s AND %(today)s)
  AND NOT EXISTS (SELECT FROM facilities_openingschedule row WHERE row.facility_id = place.id
    AND row.valid_from BETWEEN %(fresh_since)s AND %(today)s)"""
# A change of hours, prices or people that must be made public, and was not within its term: as on the
# facility's page the first change that nobody published counts.
UNPUBLISHED = """EXISTS (
  SELECT FROM unnest(%(duties)s::text[], %(sources)s::text[], %(changed_before)s::date[],
    %(forms)s::text[]) AS duty (code, source, changed_before, forms)
  WHERE (duty.forms = '' OR o.form = ANY (string_to_array(duty.forms, ';'))) AND (
    SELECT min(changed.day) FROM (
      SELECT 'hours' AS source, shift.valid_from AS day FROM facilities_openingschedule shift
        WHERE shift.facility_id = place.id
      UNION ALL SELECT 'prices', price.valid_from FROM facilities_serviceprice price
        JOIN facilities_healthcareservice offer ON offer.id = price.service_id
        WHERE offer.facility_id = place.id
      UNION ALL SELECT 'staff', came.valid_from FROM practitioners_registration came
        WHERE came.facility_id = place.id
      UNION ALL SELECT 'staff', gone.valid_until + 1 FROM practitioners_registration gone
        WHERE gone.facility_id = place.id AND gone.valid_until IS NOT NULL) changed
    WHERE changed.source = duty.source AND changed.day <= %(today)s
      AND changed.day > coalesce((SELECT max(told.published_on) FROM facilities_publication told
        WHERE told.facility_id = place.id AND told.duty = duty.code
          AND told.published_on <= %(today)s), '-infinity')) < duty.changed_before)"""


def _words(on: date) -> Mapping[str, Any]:
    """Return what the lists of the day ask: since when a record is stale, what is published by when."""
    off = calendar_between(on - LONGEST, on)
    asked = [rule for rule in rules_of(DUTIES, on) if rule.said("clock") == "on_change"]
    return {
        "fresh_since": limits_on(on).since("L03.fresh"),
        "near_metres": limits_on(on).number("C02.near"),
        "placeholders": PLACEHOLDERS,
        "today": on,
        "duties": [rule.code for rule in asked],
        "sources": [rule.said("source") for rule in asked],
        "forms": [rule.said("forms") for rule in asked],
        "changed_before": [_in_time_since(rule, on, off) for rule in asked],
    }


def _in_time_since(rule: Rule, on: date, off: Calendar) -> date:
    """Return the first day of a change that need not be public yet: one of the day before is late."""
    term = Term(int(rule.number("count") or 0), TermUnit(rule.said("unit")))
    day = on
    while term.due(day - ONE_DAY, off) >= on:
        day -= ONE_DAY
    return day


FACILITIES = source(
    Source(
        label="facilities.facility",
        rows=f"{FACILITY} LEFT JOIN papers ON papers.facility_id = place.id",
        counted=FACILITY,
        before=f"papers AS MATERIALIZED ({PAPERS}),",
        where=STANDS,
        facility="o.organisation_id",
        words=_words,
        changed="""SELECT id FROM facilities_facilityhistory WHERE @since
            UNION SELECT f.id FROM facilities_facility f WHERE f.organisation_id IN (
              SELECT id FROM places_organisationhistory WHERE @since
              UNION SELECT organisation_id FROM places_organisationidentifierhistory
              WHERE @since)""",
        checks=(
            Check(
                "D04",
                listed(
                    when(f"code.value IS NULL OR code.value !~ '{CODE}'", "code"),
                    when(UNLICENSED, "license_in_force"),
                ),
                ["code", "license_in_force"],
                is_daily=True,
            ),
            Check(
                "F02",
                listed(*CASES),
                list(MISSING),
                is_daily=True,
            ),
            Check(
                "C02",
                listed(
                    when(SAME_PLACE, "name"),
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
                listed(when(STALE, "freshness"), when(UNPUBLISHED, "publication")),
                ["freshness", "publication"],
                is_daily=True,
            ),
        ),
    )
)


def _silence(on: date) -> Mapping[str, Any]:
    limits = limits_on(on)
    return {
        "today": on,
        "software_since": limits.since("L06.software"),
        "point_since": limits.since("L06.point"),
        "given_up": limits.since("L06.given_up"),
    }


SENDERS = source(
    Source(
        label="facilities.facility",
        rows=SENDING,
        where=f"{STANDS} AND sent.received_at >= %(given_up)s::timestamptz",
        facility="o.organisation_id",
        words=_silence,
        changed="SELECT NULL::uuid WHERE @since IS NULL",
        checks=(
            Check(
                "L06",
                listed(
                    when(
                        """coalesce(sent.written_at, '-infinity') < CASE place.kind
                          WHEN 'point' THEN %(point_since)s ELSE %(software_since)s
                          END::timestamptz""",
                        "sync",
                    )
                ),
                ["sync"],
                is_daily=True,
            ),
        ),
    )
)
