"""Whom do the measurements look for? People of the generated population, the same every time."""

from collections.abc import Callable
from functools import cache
from random import Random

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from healthrecords.models import Citizen, CitizenIdentifier
from healthrecords.population.build import make_plan
from healthrecords.population.plan import Plan
from healthrecords.population.rows import COLUMNS, Rows
from healthrecords.population.write import copy_lines, find_way
from portal.accounts import services
from portal.accounts.roles import Role
from portal.database.context import acting
from portal.invented.draw import keys
from portal.places.models import Organisation

MANY = 500


@cache
def some_people(count: int = 40) -> list[Citizen]:
    """Citizens from all over the country, with their station."""
    step = max(1, Citizen.objects.count() // count)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM healthrecords_citizen) p"
            " WHERE n %% %s = 1 LIMIT %s",
            [step, count],
        )
        found = [row[0] for row in cursor.fetchall()]
    return list(
        Citizen.objects.filter(pk__in=found).select_related("home_station", "area").order_by("pk")
    )


@cache
def some_numbers(kind: str = "personal") -> list[str]:
    rows = CitizenIdentifier.objects.filter(kind=kind, citizen__in=some_people())
    return list(rows.values_list("value", flat=True))


def in_turn(run: Callable, values: list) -> Callable[[], object]:
    """Return a run that takes the next of ``values`` each time, so that no answer is remembered."""
    state = {"next": 0}

    def step() -> object:
        value = values[state["next"] % len(values)]
        state["next"] += 1
        return run(value)

    return step


@cache
def busy_station(after: int = 0) -> Organisation:
    """The station with the most people, or the one that comes ``after`` so many busier ones."""
    rows = Citizen.objects.values("home_station").annotate(n=Count("pk")).order_by("-n")
    return Organisation.objects.get(pk=rows[after]["home_station"])


@cache
def clinician_at(station: Organisation) -> object:
    """Somebody who works at a station and sees all of a record."""
    return person_at(station, Role.STATION_CLINICIAN)


@cache
def person_at(place: Organisation, role: str) -> object:
    """Somebody who holds a role at a place; the one of the last run where there is one."""
    users = get_user_model().objects
    name = f"bench-{place.pk.hex[-6:]}" + ("" if role == Role.STATION_CLINICIAN else f"-{role}")
    user = users.filter(username=name[:150]).first()
    if user is None:
        user = users.create_user(name[:150], None, full_name="Người Đo Lường")
        services.give_role(
            actor=None,
            user=user,
            role=role,
            organisation=place,
            valid_from=place.valid_from,
            today=timezone.localdate(),
        )
    return user


@cache
def citizen_with_visits(count: int) -> Citizen:
    """A citizen of the busiest station with exactly so many visits, made on first asking."""
    station = busy_station()
    name = f"Người Có {count} Lượt Khám"
    found = Citizen.objects.filter(name=name).first()
    if found is not None:
        return found
    from datetime import timedelta

    today = timezone.localdate()
    whole = make_plan(
        citizens=1,
        seed=count,
        visits_per_citizen=0,
        first_day=today - timedelta(days=9 * 365),
        last_day=today,
    )
    place = next(n for n, p in enumerate(whole.places) if p.station == station.pk.hex)
    plan = Plan(
        **{f: getattr(whole, f) for f in whole.__slots__ if f != "shares"},
        shares=[int(n == place) for n in range(len(whole.places))],
    )
    way = find_way()
    rows = Rows(plan, way.defaults)
    rng = Random(count)  # noqa: S311
    person = next(rows.people.draw(plan, 0, rng))
    person.name, person.numbers = name, []
    days = rng.sample([day for day in plan.working_days() if day > person.born], count)
    illness = rows.visits.acute[4, person.sex]
    from healthrecords.population.measures import Body

    body = Body.draw(rng)
    visits = [
        rows.visits.visit(rng, person, day, rng.choice(illness), body) for day in sorted(days)
    ]
    lines = {table: [] for table in COLUMNS}
    rows.add(lines, person, visits, keys(rng, 2_000_000_000 + count * 100_000), set())
    from django.db import transaction

    with acting(command="bench"), transaction.atomic():
        connection.ensure_connection()
        copy_lines(connection.connection, lines, way)
    return Citizen.objects.get(pk=person.key)
