"""What is asked of citizens, of possible twins, of answers of the population database."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.codelists.lookup import codes_on
from reporting.limits import limits_on
from reporting.quality.check import (
    MADE_AT,
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

CURRENT = "o.merged_into_id IS NULL AND o.withdrawn_at IS NULL"


def _lists(on: date) -> Mapping[str, Any]:
    codes = {
        name: [row.code for row in codes_on(key, on)]
        for name, key in (
            ("ethnic_groups", "ethnic_groups"),
            ("occupations", "occupations"),
            ("nationalities", "nationalities"),
        )
    }
    limits = limits_on(on)
    sure = limits.number("C01.sure")
    return {
        **codes,
        "today": on,
        "year_ago": limits.since("L05.active"),
        "sure_twin": None if sure is None else sure * 100,
        "placeholders": PLACEHOLDERS,
    }


HAS_TWIN = """EXISTS (
  SELECT FROM healthrecords_twincase pair
  JOIN healthrecords_citizen other
    ON other.id = CASE WHEN pair.older_id = o.id THEN pair.newer_id ELSE pair.older_id END
  WHERE o.id IN (pair.older_id, pair.newer_id) AND pair.answer = ''
    AND other.merged_into_id IS NULL AND other.withdrawn_at IS NULL AND {ground})"""


NOT_ASKED = """NOT EXISTS (SELECT FROM healthrecords_inquiry asked
    WHERE asked.citizen_id = o.id AND asked.topic = '{topic}')
  AND NOT EXISTS (SELECT FROM healthrecords_{topic} said WHERE said.citizen_id = o.id)"""
ASLEEP = """{made_at} < %(year_ago)s::timestamptz
  AND NOT EXISTS (SELECT FROM healthrecords_visit v
    WHERE v.citizen_id = o.id AND v.started_at >= %(year_ago)s::timestamptz)
  AND NOT EXISTS (SELECT FROM healthrecords_fieldsource s
    WHERE s.citizen_id = o.id AND greatest(s.said_at, s.confirmed_at) >= %(year_ago)s::timestamptz)"""
TOPICS = ("allergy", "problem", "immunization")


CITIZENS = source(
    Source(
        label="healthrecords.citizen",
        rows="""healthrecords_citizen o LEFT JOIN LATERAL (
            SELECT value, is_verified FROM healthrecords_citizenidentifier n
            WHERE n.citizen_id = o.id AND n.kind = 'personal' AND n.ended_on IS NULL
            ORDER BY n.is_verified DESC, n.id LIMIT 1) number ON true""",
        where=CURRENT,
        facility="coalesce(o.home_station_id, o.registered_at_id)",
        words=_lists,
        changed="""SELECT id FROM healthrecords_citizenhistory WHERE @since
            UNION SELECT citizen_id FROM healthrecords_citizenidentifierhistory WHERE @since
            UNION SELECT citizen_id FROM healthrecords_identitycheckhistory WHERE @since
            UNION SELECT citizen_id FROM healthrecords_inquiryhistory WHERE @since
            UNION SELECT citizen_id FROM healthrecords_allergyhistory WHERE @since
            UNION SELECT citizen_id FROM healthrecords_problemhistory WHERE @since
            UNION SELECT citizen_id FROM healthrecords_immunizationhistory WHERE @since
            UNION SELECT unnest(ARRAY[older_id, newer_id])
              FROM healthrecords_twincasehistory WHERE @since""",
        checks=(
            Check(
                "D01",
                listed(when(NUMBER_WRONG, "personal_number")),
                ["personal_number"],
                judged="number.value IS NOT NULL",
            ),
            Check(
                "D02",
                listed(
                    when("NOT number.is_verified", "personal_number"),
                    when(
                        "EXISTS (SELECT FROM healthrecords_identitycheck c"
                        " WHERE c.citizen_id = o.id AND c.open_count > 0)",
                        "name",
                    ),
                ),
                ["personal_number", "name"],
                judged="number.value IS NOT NULL",
            ),
            Check(
                "D09",
                listed(
                    when(
                        ended_area("o.area_id"),
                        "area",
                    )
                ),
                ["area"],
                judged="o.area_id IS NOT NULL",
            ),
            Check(
                "F01",
                listed(
                    when("o.sex = 'unknown'", "sex"),
                    when("o.birth_is_estimated", "birth"),
                    when("o.ethnic_group = ''", "ethnic_group"),
                    when("o.area_id IS NULL", "area"),
                    when(
                        "o.standing = 'known' AND NOT EXISTS (SELECT FROM"
                        " healthrecords_citizenidentifier n WHERE n.citizen_id = o.id"
                        " AND n.ended_on IS NULL)",
                        "personal_number",
                    ),
                ),
                ["sex", "birth", "ethnic_group", "area", "personal_number"],
                judged="o.standing <> 'unknown'",
            ),
            Check(
                "F08",
                listed(*(when(NOT_ASKED.format(topic=topic), topic) for topic in TOPICS)),
                TOPICS,
                judged="o.died_on IS NULL",
            ),
            Check(
                "C01",
                listed(
                    when(HAS_TWIN.format(ground="pair.ground = 'number'"), "personal_number"),
                    when(
                        HAS_TWIN.format(
                            ground="pair.ground <> 'number' AND pair.likelihood >= %(sure_twin)s"
                        ),
                        "name",
                    ),
                ),
                ["personal_number", "name"],
            ),
            Check(
                "C03",
                listed(
                    when(misshapen("o.name"), "name"),
                    when(f"o.address <> '' AND {misshapen('o.address')}", "address"),
                ),
                ["name", "address"],
                judged="o.standing = 'known'",
            ),
            Check(
                "C04",
                listed(
                    when(unlisted("o.ethnic_group", "ethnic_groups"), "ethnic_group"),
                    when(unlisted("o.occupation", "occupations"), "occupation"),
                    when(unlisted("o.nationality", "nationalities"), "nationality"),
                ),
                ["ethnic_group", "occupation", "nationality"],
            ),
            Check(
                "C05",
                listed(
                    when(f"o.phone <> '' AND o.phone !~ '{PHONE}'", "phone"),
                    when("o.birth_date > %(today)s", "birth"),
                    when("o.died_on > %(today)s", "death"),
                ),
                ["phone", "birth", "death"],
            ),
            Check(
                "L05",
                listed(when(ASLEEP.format(made_at=MADE_AT.format(key="o.id")), "visit")),
                ["visit"],
                judged="o.died_on IS NULL",
                is_daily=True,
            ),
        ),
    )
)


TWINS = source(
    Source(
        label="healthrecords.twincase",
        rows="""healthrecords_twincase o JOIN healthrecords_citizen older ON older.id = o.older_id
            JOIN healthrecords_citizen newer ON newer.id = o.newer_id""",
        where="""older.merged_into_id IS NULL AND older.withdrawn_at IS NULL
            AND newer.merged_into_id IS NULL AND newer.withdrawn_at IS NULL
            OR o.answer <> ''""",
        facility="coalesce(older.home_station_id, older.registered_at_id)",
        words=lambda on: {"waited": limits_on(on).since("C07.decide")},
        changed="SELECT id FROM healthrecords_twincasehistory WHERE @since",
        checks=(
            Check(
                "C07",
                listed(
                    when("o.answer = '' AND o.found_at < %(waited)s::timestamptz", "answer"),
                ),
                ["answer"],
                is_daily=True,
            ),
        ),
    )
)


IDENTITY_CHECKS = source(
    Source(
        label="healthrecords.citizen",
        rows="""(SELECT DISTINCT ON (citizen_id) check_.citizen_id AS id, open_count, answered_at
            FROM healthrecords_identitycheck check_
            JOIN verification_inquiry inquiry ON inquiry.id = check_.inquiry_id
            WHERE inquiry.state = 'answered'
            ORDER BY citizen_id, check_.id DESC) o
            JOIN healthrecords_citizen person ON person.id = o.id""",
        where="person.merged_into_id IS NULL AND person.withdrawn_at IS NULL",
        facility="coalesce(person.home_station_id, person.registered_at_id)",
        words=lambda on: {"applied_before": limits_on(on).since("L07.apply")},
        changed="SELECT citizen_id FROM healthrecords_identitycheckhistory WHERE @since",
        checks=(
            Check(
                "L07",
                listed(
                    when(
                        "o.open_count > 0 AND o.answered_at < %(applied_before)s::timestamptz",
                        "difference",
                    )
                ),
                ["difference"],
                is_daily=True,
            ),
        ),
    )
)
