"""Make many people of few, inside the database: of each, others with new numbers and mixed names.

The family and middle names of one stand before the given name of another of the same sex, so that
the number of different names grows as it does in a population, and each name keeps its frequency.
"""

from django.db import connection, transaction

from healthrecords.population.fast import bare_tables
from healthrecords.population.write import find_way
from healthrecords.services.known_names import count_names

MOST = 10
FEW = """
CREATE UNLOGGED TABLE bench_few AS
SELECT *, substring(name FROM '[^ ]+$') AS given FROM healthrecords_citizen
"""
FEW_NUMBERS = "CREATE UNLOGGED TABLE bench_numbers AS SELECT * FROM healthrecords_citizenidentifier"
# Keys begin with 0 as made; so do personal numbers. A digit in its place makes them others.
PEOPLE = """
INSERT INTO healthrecords_citizen ({columns})
SELECT {values} FROM (
  SELECT *, lag(given, 37 * %(n)s, given) OVER (PARTITION BY sex) AS other FROM bench_few) AS few
"""
PERSON = {
    "id": "overlay(id::text PLACING %(n)s::text FROM 1 FOR 1)::uuid",
    "name": "regexp_replace(name, '[^ ]+$', other)",
    "name_sort": "''",
    "birth_date": "CASE birth_precision WHEN 'day' THEN birth_date - 11 * %(n)s ELSE birth_date END",
    "phone": "CASE phone WHEN '' THEN '' ELSE overlay(phone PLACING %(n)s::text FROM 5 FOR 1) END",
}
NUMBERS = (
    "INSERT INTO healthrecords_citizenidentifier ({columns}) SELECT {values} FROM bench_numbers"
)
NUMBER = {
    "id": PERSON["id"],
    "citizen_id": "overlay(citizen_id::text PLACING %(n)s::text FROM 1 FOR 1)::uuid",
    "value": "overlay(value PLACING %(n)s::text FROM CASE kind WHEN 'personal' THEN 1 ELSE 4 END FOR 1)",
    "is_verified": "is_verified AND kind = 'personal'",
}


def multiply(times: int) -> None:
    """Have so many times as many people; as the owner, in a database made for measuring."""
    if not 1 < times <= MOST:
        message = f"Between 2 and {MOST} times as many can be made."
        raise ValueError(message)
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(FEW)
        cursor.execute(FEW_NUMBERS)
        with bare_tables(find_way()):
            for number in range(1, times):
                with transaction.atomic():
                    cursor.execute(filled(PEOPLE, "healthrecords_citizen", PERSON), {"n": number})
                    cursor.execute(
                        filled(NUMBERS, "healthrecords_citizenidentifier", NUMBER), {"n": number}
                    )
        cursor.execute("DROP TABLE bench_few, bench_numbers")
    count_names()


def filled(statement: str, table: str, changed: dict[str, str]) -> str:
    """Name the columns of a table, and what each holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        columns = [row[0] for row in cursor.fetchall()]
    return statement.format(
        columns=", ".join(f'"{c}"' for c in columns),
        values=", ".join(changed.get(c, f'"{c}"') for c in columns),
    )
