"""What is asked of practitioners' profiles."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from portal.codelists.holidays import calendar_between
from portal.codelists.lookup import codes_on
from portal.workdays import add_working_days
from practitioners.rules import rules_on
from reporting.quality.check import (
    NUMBER_WRONG,
    PHONE,
    PLACEHOLDERS,
    Check,
    Source,
    ended_area,
    listed,
    misshapen,
    source,
    unlisted,
    when,
)


def _terms(on: date) -> Mapping[str, Any]:
    """Return what the law of the day asks; a term the list does not hold judges nobody."""
    off, rules = calendar_between(on - timedelta(days=60), on), rules_on(on)
    joining, leaving = rules.number("join_list"), rules.number("leave_report")
    return {
        "today": on,
        "join_days": joining,
        "joined_before": None if joining is None else on - timedelta(days=joining),
        "left_before": None if leaving is None else add_working_days(on, -leaving, off),
        "placeholders": PLACEHOLDERS,
        "ethnic_groups": [row.code for row in codes_on("ethnic_groups", on)],
        "nationalities": [row.code for row in codes_on("nationalities", on)],
    }


# Another living practitioner goes by the same number: one person twice, or a number typed wrong.
SHARES_NUMBER = """EXISTS (SELECT FROM practitioners_practitioneridentifier mine
  JOIN practitioners_practitioneridentifier theirs USING (kind, value)
  JOIN practitioners_practitioner other ON other.id = theirs.practitioner_id
  WHERE mine.practitioner_id = o.id AND other.id <> o.id AND other.died_on IS NULL
    AND mine.valid_until IS NULL AND theirs.valid_until IS NULL)"""


PRACTITIONERS = source(
    Source(
        label="practitioners.practitioner",
        rows="""practitioners_practitioner o LEFT JOIN LATERAL (
              SELECT value FROM practitioners_practitioneridentifier n
              WHERE n.practitioner_id = o.id AND n.kind = 'personal' AND n.valid_until IS NULL
              ORDER BY n.is_verified DESC, n.id LIMIT 1) number ON true
            LEFT JOIN LATERAL (
              SELECT r.* FROM practitioners_registration r
              WHERE r.practitioner_id = o.id AND r.valid_from <= %(today)s
                AND (r.valid_until IS NULL OR r.valid_until >= %(today)s)
              ORDER BY r.valid_from DESC, r.id DESC LIMIT 1) held ON true
            LEFT JOIN practitioners_practicelicense licence
              ON licence.practitioner_id = o.id AND licence.superseded_on IS NULL""",
        where="o.died_on IS NULL",
        facility="coalesce(held.facility_id, o.keeper_id)",
        words=_terms,
        changed="""SELECT id FROM practitioners_practitionerhistory WHERE @since
            UNION SELECT practitioner_id FROM practitioners_practitioneridentifierhistory
              WHERE @since
            UNION SELECT practitioner_id FROM practitioners_practicelicensehistory WHERE @since
            UNION SELECT practitioner_id FROM practitioners_qualificationhistory WHERE @since
            UNION SELECT practitioner_id FROM practitioners_registrationhistory WHERE @since""",
        checks=(
            Check(
                "D01",
                listed(when(NUMBER_WRONG, "personal_number")),
                ["personal_number"],
                judged="number.value IS NOT NULL",
            ),
            Check(
                "C01",
                listed(when(SHARES_NUMBER, "personal_number")),
                ["personal_number"],
                is_daily=True,
            ),
            Check(
                "C04",
                listed(
                    when(unlisted("o.ethnic_group", "ethnic_groups"), "ethnic_group"),
                    when(unlisted("o.nationality", "nationalities"), "nationality"),
                ),
                ["ethnic_group", "nationality"],
            ),
            Check(
                "C05",
                listed(
                    when(f"o.phone <> '' AND o.phone !~ '{PHONE}'", "phone"),
                    when("o.birth_date > %(today)s", "birth"),
                    when("licence.issued_on > %(today)s", "issued_on"),
                ),
                ["phone", "birth", "issued_on"],
            ),
            Check(
                "D09",
                listed(when(ended_area("o.area_id"), "area")),
                ["area"],
                judged="o.area_id IS NOT NULL",
            ),
            Check(
                "D03",
                listed(when("o.verified_at IS NULL", "license")),
                ["license"],
                judged="licence.id IS NOT NULL",
            ),
            Check(
                "F03",
                listed(
                    when(
                        "NOT EXISTS (SELECT FROM practitioners_practitioneridentifier n"
                        " WHERE n.practitioner_id = o.id AND n.valid_until IS NULL)",
                        "identifier",
                    ),
                    when("licence.id IS NULL", "license"),
                    when("licence.issued_by = ''", "issued_by"),
                    when("licence.scope = ''", "scope"),
                    when(
                        "NOT EXISTS (SELECT FROM practitioners_qualification q"
                        " WHERE q.practitioner_id = o.id)",
                        "qualification",
                    ),
                    when("held.id IS NOT NULL AND held.hours = ''", "hours"),
                ),
                ["identifier", "license", "issued_by", "scope", "qualification", "hours"],
            ),
            Check(
                "C03",
                listed(when(misshapen("o.name"), "name")),
                ["name"],
            ),
            Check(
                "L04",
                listed(
                    when("held.valid_until IS NULL AND licence.valid_until < %(today)s", "license"),
                    when(
                        "held.added_on < %(joined_before)s::date AND held.announced_on IS NULL"
                        " OR held.announced_on > held.added_on + %(join_days)s::int",
                        "announced",
                    ),
                    when(
                        "EXISTS (SELECT FROM practitioners_registration gone"
                        " WHERE gone.practitioner_id = o.id AND gone.added_on IS NOT NULL"
                        " AND gone.valid_until < %(left_before)s::date"
                        " AND gone.leaving_announced_on IS NULL)",
                        "leaving",
                    ),
                ),
                ["license", "announced", "leaving"],
                judged="held.id IS NOT NULL",
                is_daily=True,
            ),
        ),
    )
)
