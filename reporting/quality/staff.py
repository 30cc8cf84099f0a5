"""What is asked of practitioners' profiles."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from portal.codelists.holidays import calendar_between
from portal.codelists.lookup import codes_on, lists_held
from portal.workdays import Term, TermUnit
from practitioners.defects import FULL_TIME, SCOPES, Ground, scope_titles
from practitioners.meeting_hours import COMPARED, weeks_read
from practitioners.rules import rules_on
from reporting.models import QualityRule
from reporting.quality.check import (
    EMAIL,
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

# Leavings are judged for so long.
A_YEAR = timedelta(days=365)


def _terms(on: date) -> Mapping[str, Any]:
    """Return what the law of the day asks; a term the list does not hold judges nobody."""
    rules = rules_on(on)
    joining = rules.number("join_list")
    return {
        "today": on,
        "on": on,
        "keepers": None,
        **scope_titles(on),
        "join_days": joining,
        "joined_before": None if joining is None else on - timedelta(days=joining),
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


# Someone is registered to practise by a licence that was revoked, or is suspended: its days are not
# over, or the duty before returning was not done (Law 15/2023/QH15, articles 34 and 35).
REVOKED = """(SELECT act.kind FROM practitioners_licenseevent act
  WHERE act.license_id = licence.id AND act.kind IN ('revoked', 'reinstated')
    AND act.valid_from <= %(today)s
  ORDER BY act.valid_from DESC, act.id DESC LIMIT 1) = 'revoked'"""
SUSPENDED = """EXISTS (SELECT FROM (
    SELECT act.* FROM practitioners_licenseevent act
    WHERE act.license_id = licence.id AND act.kind IN ('suspended', 'resumed')
      AND act.valid_from <= %(today)s
    ORDER BY act.valid_from DESC, act.id DESC LIMIT 1) act
  WHERE act.kind = 'suspended' AND (act.valid_until IS NULL OR act.valid_until >= %(today)s
    OR (act.duty <> '' AND NOT EXISTS (SELECT FROM practitioners_licenseevent done
      WHERE done.license_id = licence.id AND done.kind = 'duty_done'
        AND done.valid_from BETWEEN act.valid_from AND %(today)s))))"""


# Nobody compared the licence with the issuer's register, or the issuer's decision wrote it, since it
# changed last: what was verified earlier that day was verified with the change.
NOT_COMPARED = """coalesce((SELECT max(said.verified_at) FROM practitioners_profilesource said
    WHERE said.practitioner_id = o.id AND said.row_id = licence.id), '-infinity')
  < (SELECT max(change.pgh_created_at) AT TIME ZONE 'Asia/Ho_Chi_Minh'
    FROM practitioners_practicelicensehistory change
    WHERE change.pgh_obj_id = licence.id)::date::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'"""
# Two licences are said of the person, and it is not decided which one holds.
TWO_LICENSES = """EXISTS (SELECT FROM practitioners_discrepancycase waits
    WHERE waits.practitioner_id = o.id AND waits.kind = 'two_licenses' AND waits.state = 'open')
  OR EXISTS (SELECT FROM practitioners_caseside side
    JOIN practitioners_discrepancycase waits ON waits.id = side.case_id
    WHERE side.license_id = licence.id AND waits.kind = 'two_licenses' AND waits.state = 'open')"""


# Registered without hours: neither as the paper writes them nor as slots of the week.
NO_HOURS = """held.id IS NOT NULL AND held.hours = '' AND NOT EXISTS (
  SELECT FROM practitioners_workingslot slot
  WHERE slot.registration_id = held.id AND slot.kind = 'hours')"""
# The number is a citizen's of another day of birth or sex: it does not name one person in both.
OTHER_PERSON = """EXISTS (SELECT FROM healthrecords_citizenidentifier theirs
  JOIN healthrecords_citizen citizen ON citizen.id = theirs.citizen_id
  WHERE theirs.kind = 'personal' AND theirs.value = number.value AND theirs.ended_on IS NULL
    AND citizen.merged_into_id IS NULL AND citizen.withdrawn_at IS NULL
    AND (citizen.birth_precision = 'day' AND o.birth_precision = 'day'
        AND citizen.birth_date <> o.birth_date
      OR citizen.sex <> 'unknown' AND o.sex <> 'unknown' AND citizen.sex <> o.sex))"""
# The same name, day of birth, sex and commune: the likeness that a second number hides.
SAME_PERSON = """o.birth_precision = 'day' AND EXISTS (SELECT FROM practitioners_practitioner other
  WHERE other.id <> o.id AND other.died_on IS NULL AND other.replaced_by_id IS NULL
    AND other.name_norm = o.name_norm
    AND other.birth_date = o.birth_date AND other.sex = o.sex AND other.area_id = o.area_id)"""

# What the register's own page of contradictions finds, by the same statements.
FULL_TIME_TWICE = (
    f"o.is_full_time AND o.practitioner_id IN (SELECT practitioner_id FROM ({FULL_TIME}) twice)"
)
# What the licence says today names scopes whose title the list knows: of others nothing is told.
HAS_KNOWN_SCOPE = """EXISTS (SELECT FROM practitioners_licenseversion paper
  WHERE paper.license_id = licence.id AND paper.valid_from <= %(on)s
    AND (paper.valid_until IS NULL OR paper.valid_until >= %(on)s)
    AND paper.scope_codes && %(codes)s::varchar[])"""
SCOPE_OF_OTHER_TITLE = f"o.id IN (SELECT practitioner_id FROM ({SCOPES}) other)"
# The rule of a kind of contradiction of that page: its weight, law and days are data. The other kinds go
# against the law on practising itself, whose articles the register's own list names.
CONTRADICTIONS: Mapping[str, str] = {
    "full_time_twice": "U07",
    "hours_overlap": "U09",
    "scope_of_other_title": "U08",
}


def ground_of(code: str, on: date) -> Ground | None:
    """Return the rule of a kind of contradiction with its law and, where it is measured, its days."""
    rule = QualityRule.objects.holding(on).filter(code=CONTRADICTIONS.get(code)).first()
    if rule is None:
        return None
    days = None if rule.not_measured_because else rule.due_days
    return Ground(rule.legal_basis, rule.code, days)


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
        where="o.died_on IS NULL AND o.replaced_by_id IS NULL",
        facility="coalesce(held.facility_id, o.keeper_id)",
        words=_terms,
        changed="""SELECT id FROM practitioners_practitionerhistory WHERE @since
            UNION SELECT practitioner_id FROM practitioners_practitioneridentifierhistory
              WHERE @since
            UNION SELECT practitioner_id FROM practitioners_practicelicensehistory WHERE @since
            UNION SELECT l.practitioner_id FROM practitioners_practicelicense l WHERE l.id IN (
              SELECT license_id FROM practitioners_licenseeventhistory WHERE @since)
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
                listed(when(SHARES_NUMBER, "personal_number"), when(SAME_PERSON, "name")),
                ["personal_number", "name"],
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
                    when(f"o.email <> '' AND o.email !~ '{EMAIL}'", "email"),
                    when("o.birth_date > %(today)s", "birth"),
                    when("licence.issued_on > %(today)s", "issued_on"),
                ),
                ["phone", "email", "birth", "issued_on"],
            ),
            Check(
                "D09",
                listed(when(ended_area("o.area_id"), "area")),
                ["area"],
                judged="o.area_id IS NOT NULL",
            ),
            Check(
                "D03",
                listed(
                    when(f"o.verified_at IS NULL OR {NOT_COMPARED}", "license"),
                    when(TWO_LICENSES, "license_case"),
                    when(f"held.id IS NOT NULL AND ({REVOKED} OR {SUSPENDED})", "license_state"),
                ),
                ["license", "license_case", "license_state"],
                judged="licence.id IS NOT NULL",
                is_daily=True,
            ),
            Check(
                "F03",
                listed(
                    when(
                        "NOT EXISTS (SELECT FROM practitioners_practitioneridentifier n"
                        " WHERE n.practitioner_id = o.id"
                        " AND (n.valid_until IS NULL OR n.valid_until >= %(today)s))",
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
                    when(NO_HOURS, "hours"),
                ),
                ["identifier", "license", "issued_by", "scope", "qualification", "hours"],
                is_daily=True,
            ),
            Check(
                "C03",
                listed(when(misshapen("o.name"), "name")),
                ["name"],
            ),
            Check(
                "U05",
                listed(when(OTHER_PERSON, "personal_number")),
                ["personal_number"],
                judged="number.value IS NOT NULL",
                is_daily=True,
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
                ),
                ["license", "announced"],
                judged="held.id IS NOT NULL",
                is_daily=True,
            ),
            # Full time is judged at each post; what was found of a person before ends with it.
            Check("U07", "ARRAY[]::text[]", [], judged="false", is_daily=True),
            Check(
                "U08",
                listed(when(SCOPE_OF_OTHER_TITLE, "scope_title")),
                ["scope_title"],
                judged=HAS_KNOWN_SCOPE,
                is_daily=True,
            ),
        ),
    )
)


def _leavings(on: date) -> Mapping[str, Any]:
    """Return the days of the last year with the day until which a leaving of that day is announced.

    The term is that of the day on which somebody left; a day without one judges nobody.
    """
    days = [on - timedelta(days=back) for back in range(1, A_YEAR.days + 1)]
    off = calendar_between(days[-1], on + A_YEAR)
    with lists_held():
        terms = [(day, rules_on(day).get("leave_report")) for day in days]
    due = {day: Term(rule.number, TermUnit(rule.unit)).due(day, off) for day, rule in terms if rule}
    return {"today": on, "left_on": list(due), "left_due": list(due.values())}


# A post that holds: what is wrong with it is wrong at the facility that registered it, and where two
# posts contradict each other both facilities are told.
HELD_POSTS = source(
    Source(
        label="practitioners.registration",
        rows="""practitioners_registration o
            JOIN practitioners_practitioner person ON person.id = o.practitioner_id""",
        where="""person.died_on IS NULL AND person.replaced_by_id IS NULL AND o.valid_from <= %(today)s
            AND (o.valid_until IS NULL OR o.valid_until >= %(today)s)""",
        facility="o.facility_id",
        before=f"{COMPARED},",
        words=lambda on: {"today": on, **weeks_read(on)},
        changed="SELECT NULL::uuid WHERE @since IS NULL",
        checks=(
            Check(
                "U07",
                listed(when(FULL_TIME_TWICE, "full_time")),
                ["full_time"],
                is_daily=True,
            ),
            # Hours that nobody could read, and of a person at one place alone, are not judged.
            Check(
                "U09",
                listed(when("o.id IN (SELECT post_id FROM compared WHERE meets)", "week")),
                ["week"],
                judged="o.id IN (SELECT post_id FROM compared)",
                is_daily=True,
            ),
        ),
    )
)
# A post that ended, where no other post of the person at the place went on or followed the day after:
# who changes the post within a place does not leave it. Of a place that is gone nobody announces.
POSTS = source(
    Source(
        label="practitioners.registration",
        rows="""practitioners_registration o
            JOIN places_organisation place ON place.id = o.facility_id
            JOIN unnest(%(left_on)s::date[], %(left_due)s::date[]) AS term (left_on, due_on)
              ON term.left_on = o.valid_until""",
        where="""(place.valid_until IS NULL OR place.valid_until >= %(today)s::date) AND NOT EXISTS (
            SELECT FROM practitioners_registration stays
            WHERE stays.practitioner_id = o.practitioner_id AND stays.facility_id = o.facility_id
              AND stays.valid_from <= o.valid_until + 1
              AND (stays.valid_until IS NULL OR stays.valid_until > o.valid_until))""",
        facility="o.facility_id",
        words=_leavings,
        changed="SELECT NULL::uuid WHERE @since IS NULL",
        checks=(
            Check(
                "L04",
                listed(
                    when(
                        "coalesce(o.leaving_announced_on, %(today)s::date) > term.due_on", "leaving"
                    )
                ),
                ["leaving"],
                is_daily=True,
            ),
        ),
    )
)
