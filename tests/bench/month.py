"""A database in which the country came in one month: ten million visits of ten million people.

Of 400,000 generated people with their visits of two years 24 others each are made inside the
database (of fewer visits fewer people); of the visits, copies whose days all lie in the month, with their diagnoses and measurements
in the order they would have been written in, and what else reports count. No history is written;
of indexes and keys those are laid again that reading leans on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.apps import apps
from django.db import connection

from healthrecords.population.fast import CONSTRAINTS, INDEXES
from tests.bench import database
from tests.bench.many import filled
from tests.bench.registry import note

VISITS_OF_A_PERSON, TIMES = 1, 25
FIRST, DAYS = date(2026, 10, 1), 31
# What is filled bare; the short ones below keep their indexes and lose their history.
LONG = ("citizen", "visit", "diagnosis", "vitalsigns")
SHORT = ("diagnosticreport", "result", "procedure", "immunization")
# Keys begin with 01 as made; another number in its place makes them others.
PERSON = "overlay({}::text PLACING lpad(to_hex(%(n)s), 2, '0') FROM 1 FOR 2)::uuid"
PEOPLE_SQL = "INSERT INTO healthrecords_citizen ({columns}) SELECT {values} FROM bench_people"
# One line for each visit to be; 1 in 50 is a stay, 1 in 100 the end of a course of treatment.
LINES = f"""
CREATE UNLOGGED TABLE bench_lines AS
SELECT ('01a0' || lpad(to_hex(row_number() OVER (ORDER BY begun)), 8, '0') || '7000' || rpad('8', 16, '0'))::uuid
  AS id, old, citizen_id, begun, chance
FROM (
  SELECT visit.id AS old, chance,
    overlay(visit.citizen_id::text PLACING lpad(to_hex(copy), 2, '0') FROM 1 FOR 2)::uuid AS citizen_id,
    (%(first)s::date + (chance %% {DAYS})::int + (visit.started_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::time)
      AT TIME ZONE 'Asia/Ho_Chi_Minh' AS begun
  FROM generate_series(1, {TIMES}) AS copy CROSS JOIN healthrecords_visit visit
  CROSS JOIN LATERAL (SELECT abs(hashtextextended(visit.id::text, copy) / 2) AS chance) drawn
  WHERE visit.status = 'finished' AND chance / {DAYS} %% 1000 < %(share)s
) lines
"""
VISITS = """
INSERT INTO healthrecords_visit ({columns})
SELECT {values} FROM (
  SELECT visit.*, line.id AS key, line.citizen_id AS person, begun, chance / 7 % 100 AS lot,
    (1 + chance / 700 % 9)::int AS days
  FROM bench_lines line JOIN healthrecords_visit visit ON visit.id = line.old) AS lines
"""
VISIT = {
    "id": "key",
    "citizen_id": "person",
    "started_at": "begun",
    "ended_at": "CASE WHEN lot < 3 THEN begun + make_interval(days => days)"
    " ELSE begun + (ended_at - started_at) END",
    "kind": "CASE WHEN lot < 2 THEN '03' WHEN lot = 2 THEN '02' ELSE kind END",
    "care_days": "CASE WHEN lot < 2 THEN days END",
    "outcome": "CASE WHEN lot < 2 AND days = 9 AND lot = 0 THEN '5' ELSE outcome END",
    "discharge": "CASE WHEN lot > 96 THEN '2' ELSE discharge END",
}
PARTS = """
INSERT INTO healthrecords_{table} ({{columns}})
SELECT {{values}} FROM (
  SELECT part.*, line.id AS visit, line.citizen_id AS person
  FROM bench_lines line JOIN healthrecords_{table} part ON part.visit_id = line.old) AS lines
"""
PART = {"visit_id": "visit", "citizen_id": "person"}
DIAGNOSIS = PART | {
    "id": "overlay(visit::text PLACING CASE rank WHEN 'main' THEN 'a' ELSE 'b' END || position FROM 35 FOR 2)::uuid"
}
VITALS = PART | {"id": "overlay(visit::text PLACING 'c0' FROM 35 FOR 2)::uuid"}
# Where old medicine was diagnosed besides: 1 in 12.
TRADITIONAL = """
INSERT INTO healthrecords_diagnosis ({columns})
SELECT {values} FROM (
  SELECT part.*, line.id AS visit, line.citizen_id AS person
  FROM bench_lines line JOIN healthrecords_diagnosis part ON part.visit_id = line.old
  WHERE part.rank = 'main' AND line.chance / 11 % 12 = 0) AS lines
"""
OLD_MEDICINE = PART | {
    "id": "overlay(visit::text PLACING 'd1' FROM 35 FOR 2)::uuid",
    "rank": "'traditional'",
    "code": "'U62.001'",
    "title": "'Chẩn đoán y học cổ truyền'",
}
# Of what reports count besides: how often, and what is said of it; the rest takes its field's default.
OTHERS = (
    ("diagnosticreport", 20, {
        "kind": "'laboratory'", "title": "'Công thức máu'", "status": "'final'", "performed_at": "begun",
        "recorded_at": "begun",
    }),
    ("procedure", 50, {
        "kind": "CASE WHEN chance % 5 = 0 THEN 'surgery' ELSE 'intervention' END",
        "title": "'Khâu vết thương'", "performed_at": "begun", "recorded_at": "begun",
    }),
)  # fmt: skip
OTHER = """
INSERT INTO healthrecords_{table} ({columns})
SELECT {values} FROM (
  SELECT line.*, visit.facility_id, visit.sensitivity FROM bench_lines line
  JOIN healthrecords_visit visit ON visit.id = line.old WHERE line.chance / 13 % {often} = 0) AS lines
"""
RESULTS = """
INSERT INTO healthrecords_result ({columns}) SELECT {values} FROM healthrecords_diagnosticreport report
CROSS JOIN generate_series(1, 3) AS number
"""


def make(visits: int) -> None:
    """Fill the database Django is set up on, as its owner."""
    database.fill(visits // VISITS_OF_A_PERSON // TIMES)
    with connection.as_owner(), connection.cursor() as cursor, bare(cursor):
        people(cursor)
        cursor.execute("SELECT count(*) FROM healthrecords_visit WHERE status = 'finished'")
        share = round(1000 * visits / (TIMES * cursor.fetchone()[0]))
        run(cursor, LINES, {"first": FIRST, "share": share})
        run(cursor, filled(VISITS, "healthrecords_visit", VISIT))
        for table, changed in (("diagnosis", DIAGNOSIS), ("vitalsigns", VITALS)):
            run(cursor, filled(PARTS.format(table=table), f"healthrecords_{table}", changed))
        run(cursor, filled(TRADITIONAL, "healthrecords_diagnosis", OLD_MEDICINE))
        for table, often, said in OTHERS:
            run(cursor, whole(OTHER, table, said | {
                "id": "overlay(id::text PLACING 'e0' FROM 35 FOR 2)::uuid", "visit_id": "id",
                "citizen_id": "citizen_id", "facility_id": "facility_id", "sensitivity": "sensitivity",
            }, often=often))  # fmt: skip
        run(cursor, whole(RESULTS, "result", {
            "id": "overlay(report.id::text PLACING lpad(number::text, 2, '0') FROM 35 FOR 2)::uuid",
            "report_id": "report.id", "citizen_id": "report.citizen_id",
            "facility_id": "report.facility_id", "name": "'Hồng cầu'", "said_at": "report.performed_at", "sensitivity": "report.sensitivity",
            "position": "number",
        }))  # fmt: skip
        cursor.execute("DROP TABLE bench_lines, bench_people")
    vacuum()


def people(cursor: object) -> None:
    cursor.execute(
        "CREATE UNLOGGED TABLE bench_people AS SELECT * FROM healthrecords_citizen"
        " WHERE id::text LIKE '01%%'"
    )
    changed = {
        "id": PERSON.format("id"),
        "birth_date": "CASE birth_precision WHEN 'day' THEN birth_date - 11 * %(n)s ELSE birth_date END",
    }
    for number in range(2, TIMES + 1):
        run(cursor, filled(PEOPLE_SQL, "healthrecords_citizen", changed), {"n": number})


def whole(statement: str, table: str, said: dict[str, str], **more: object) -> str:
    """Name what is said of a row, and give every other column what its field holds when nothing is."""
    words = dict(said)
    for field in apps.get_model("healthrecords", table)._meta.concrete_fields:
        if field.column not in words and not field.null and not getattr(field, "generated", False):
            value = field.get_default()
            words[field.column] = {True: "TRUE", False: "FALSE"}.get(value, f"'{value or ''}'")
    return statement.format(
        table=table,
        columns=", ".join(f'"{name}"' for name in words),
        values=", ".join(words.values()),
        **more,
    )


def run(cursor: object, statement: str, params: object = None) -> None:
    note(" ".join(statement.split())[:90])
    cursor.execute(statement, params)


@contextmanager
def bare(cursor: object) -> Iterator[None]:
    """Take keys, indexes and triggers off, and lay again the indexes that reports could use."""
    tables = {"tables": [f"healthrecords_{table}" for table in LONG]}
    cursor.execute(CONSTRAINTS, tables)
    constraints = cursor.fetchall()
    cursor.execute(INDEXES, tables)
    indexes = cursor.fetchall()
    dropped = [
        f'ALTER TABLE {table} DROP CONSTRAINT "{name}"' for table, name, _said in constraints
    ]
    dropped += [f"DROP INDEX {name}" for name, _definition in indexes]
    laid = [definition for _name, definition in indexes if "USING gin" not in definition]
    laid += [
        f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
        for table, name, definition in constraints
        if definition.startswith("UNIQUE")
    ]
    every = "ALTER TABLE healthrecords_{} {} TRIGGER USER".format
    for statement in (*dropped, *(every(table, "DISABLE") for table in (*LONG, *SHORT))):
        cursor.execute(statement)
    yield
    cursor.execute("SET maintenance_work_mem = '768MB'")
    for statement in (*laid, *(every(table, "ENABLE") for table in (*LONG, *SHORT))):
        run(cursor, statement)


def vacuum() -> None:
    """Do what autovacuum would have done by the end of the month."""
    with connection.as_owner(), connection.cursor() as cursor:
        for table in (*LONG, *SHORT):
            cursor.execute(f"VACUUM (ANALYZE) healthrecords_{table}")
