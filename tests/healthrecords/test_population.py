"""Invented people are like real ones in what the product leans on."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from healthrecords.models import Citizen, CitizenIdentifier, Diagnosis, Visit, VitalSigns
from healthrecords.population.build import make_plan
from healthrecords.population.people import People
from healthrecords.population.plan import CHUNK, Lists, Place, Plan, PopulationError, deal
from healthrecords.population.rows import COLUMNS, seeded
from portal.codelists.loader import load_lists
from portal.codelists.lookup import codes_on
from portal.dates import PartialDate
from portal.identifiers import InsuranceCard, OldIdCard, PersonalNumber, PhoneNumber
from portal.invented.names import Names, key_of
from portal.names import name_norm, sort_key
from portal.places.models import Area, Organisation

UNTIL = date(2026, 11, 5)
KINDS = {
    "personal": PersonalNumber,
    "old_card": OldIdCard,
    "insurance_card": InsuranceCard,
    "insurance_number": InsuranceCard,
}


def plan_of(citizens: int, *, seed: int = 1, province: str = "01", places: int = 4) -> Plan:
    """A plan without a database, for what concerns people alone."""
    settled = [
        Place(f"{n:032x}", f"{n + 100:032x}", province, ("01",), 1.0, n % 2 == 0, ())
        for n in range(places)
    ]
    return Plan(
        citizens=citizens,
        seed=seed,
        visits_per_citizen=3,
        first_day=UNTIL - timedelta(days=365),
        last_day=UNTIL,
        places=settled,
        lists=Lists("0" * 32, {}, {}),
        shares=deal(citizens, [place.weight for place in settled]),
    )


def people_of(plan: Plan) -> list:
    people = People()
    return [p for n in range(plan.chunks) for p in people.draw(plan, n, seeded(plan, n))]


@pytest.fixture(scope="module")
def crowd() -> list:
    return people_of(plan_of(20_000))


def test_surnames_are_as_frequent_as_in_the_country() -> None:
    names, rng = Names(), Random(7)  # noqa: S311
    groups = ["01"] * 86 + [
        "02",
        "03",
        "06",
        "08",
        "05",
        "07",
        "09",
        "02",
        "03",
        "06",
        "08",
        "05",
        "07",
        "12",
    ]
    drawn = [
        names.draw(rng, ("male", "female")[n % 2], groups[n % 100], 1940 + n % 85, 1 + n % 95)
        for n in range(60_000)
    ]
    count = Counter(name.split()[0] for name in drawn)
    for surname, share in (("Nguyễn", 38), ("Trần", 11), ("Lê", 10)):
        assert abs(100 * count[surname] / len(drawn) - share) < 1.2, (surname, count[surname])


def test_names_repeat_as_they_do_in_reality() -> None:
    names, rng = Names(), Random(3)  # noqa: S311
    drawn = {names.draw(rng, "female", "01", 1985, 1) for _n in range(20_000)}
    assert 3_000 < len(drawn) < 11_000


def test_names_sort_by_the_key_the_house_uses(crowd: list) -> None:
    for person in crowd[:2_000]:
        assert key_of(person.name) == sort_key(person.name)


def test_ages_follow_the_pyramid(crowd: list) -> None:
    ages = [(UNTIL - person.born).days // 365.25 for person in crowd]
    share = lambda low, high: sum(low <= age < high for age in ages) / len(ages)  # noqa: E731
    assert 0.2 < share(0, 15) < 0.27
    assert 0.11 < share(60, 120) < 0.17
    assert max(ages) < 100
    by_year = [person for person in crowd if person.precision == "year"]
    assert by_year
    assert all(p.born.month == p.born.day == 1 and UNTIL.year - p.born.year >= 59 for p in by_year)


def test_numbers_are_valid_and_agree_with_the_person(crowd: list) -> None:
    for person in crowd[:5_000]:
        for number in person.numbers:
            value = KINDS[number.kind].parse(number.value)
            assert value.doubts() == []
            if isinstance(value, PersonalNumber):
                born = PartialDate(person.born.year)
                assert value.warnings(sex=person.sex, born=born, on=UNTIL) == []
        if person.phone:
            assert PhoneNumber.parse(person.phone).is_mobile


def test_no_number_belongs_to_two_people(crowd: list) -> None:
    numbers = [
        number.value[-10:]
        if number.kind.startswith("insurance")
        else f"{number.kind}{number.value}"
        for person in crowd
        for number in person.numbers
    ]
    assert len(numbers) == len(set(numbers))


def test_ninety_three_of_a_hundred_are_insured(crowd: list) -> None:
    insured = sum(any(n.kind.startswith("insurance") for n in p.numbers) for p in crowd)
    assert abs(insured / len(crowd) - 0.93) < 0.01


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    first, again, other = (people_of(plan_of(600, seed=seed)) for seed in (5, 5, 6))
    assert first == again
    assert {p.key for p in first}.isdisjoint(p.key for p in other)


def test_peoples_of_the_highlands_bear_their_own_names() -> None:
    people = people_of(plan_of(4_000, province="11"))
    groups = Counter(person.group for person in people)
    assert groups["08"] > 0.3 * len(people)
    assert groups["03"] > 0.3 * len(people)
    hmong = Counter(p.name.split()[0] for p in people if p.group == "08")
    assert {"Giàng", "Mùa", "Sùng", "Vàng"} <= {name for name, _count in hmong.most_common(6)}
    assert all(" A " in p.name for p in people if p.group == "08" and p.sex == "male")


# --- in the database ---------------------------------------------------------------------------


@pytest.fixture
def lists(db: None) -> None:
    load_lists()


def generate(**options: object) -> None:
    call_command(
        "generate_population",
        **{"citizens": 2_000, "seed": 4, "until": f"{UNTIL}", "processes": 1, "verbosity": 0}
        | options,
    )


def counts() -> dict[str, int]:
    return {t: apps.get_model("healthrecords", t).objects.count() for t in COLUMNS}


def test_two_thousand_people_come_with_history_lists_and_places(
    lists: None, station: Organisation, other_station: Organisation, hospital: Organisation
) -> None:
    generate()
    assert Citizen.objects.count() == 2_000
    written = counts()
    for table, count in written.items():
        history = apps.get_model("healthrecords", f"{table}history")
        assert count == history.objects.count() > 0, table
        assert history.objects.exclude(pgh_label="insert").count() == 0
    assert 2.6 < written["visit"] / 2_000 < 3.4
    assert set(Citizen.objects.values_list("home_station", flat=True)) == {
        station.pk,
        other_station.pk,
    }
    known = {entry.code: entry.title for entry in codes_on("icd10", UNTIL)}
    assert all(
        known[code] == title
        for code, title in Diagnosis.objects.values_list("code", "title").distinct()
    )
    assert Visit.objects.exclude(diagnosis_rows__rank="main").count() == 0
    mains = Counter(Diagnosis.objects.filter(rank="main").values_list("code", flat=True))
    assert {"J06.9", "I10"} <= {code for code, _count in mains.most_common(4)}
    one = Citizen.objects.first()
    assert one.name_norm == name_norm(one.name)


def test_visits_fit_the_person_the_hours_and_the_class(lists: None, station: Organisation) -> None:
    generate(citizens=1_500)
    mothers = Visit.objects.filter(diagnosis_rows__code="Z34.9")
    assert mothers.exists()
    assert set(mothers.values_list("citizen__sex", flat=True)) == {"female"}
    hidden = Visit.objects.exclude(sensitivity="")
    assert hidden.exists()
    assert set(
        hidden.filter(diagnosis_rows__code="Z30.4").values_list("sensitivity", flat=True)
    ) == {"reproductive"}
    for visit in hidden[:50]:
        parts = [
            *visit.diagnosis_rows.all(),
            *visit.medication_rows.all(),
            *visit.vitalsigns_rows.all(),
        ]
        assert {part.sensitivity for part in parts} == {visit.sensitivity}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM healthrecords_visit v JOIN healthrecords_citizen c ON c.id = citizen_id"
            " WHERE (started_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::time NOT BETWEEN '07:00' AND '18:00'"
            " OR extract(dow FROM started_at AT TIME ZONE 'Asia/Ho_Chi_Minh') = 0"
            " OR (started_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date <= c.birth_date"
        )
        assert cursor.fetchone() == (0,)
    assert VitalSigns.objects.filter(temperature__gt=41).count() == 0


def test_a_second_run_writes_nothing(lists: None, station: Organisation) -> None:
    generate(citizens=300)
    before = counts()
    generate(citizens=300)
    assert counts() == before


def test_a_number_somebody_verified_before_is_claimed_only(
    lists: None, station: Organisation
) -> None:
    generate(citizens=300)
    held = CitizenIdentifier.objects.filter(kind="personal", is_verified=True).first()
    value = held.value
    for table in reversed(COLUMNS):
        apps.get_model("healthrecords", table).objects.all().delete()
    somebody = Citizen.objects.create(
        name="Người đến trước", birth_date=date(1990, 1, 1), sex="male", home_station=station
    )
    CitizenIdentifier.objects.create(
        citizen=somebody, kind="personal", value=value, is_verified=True
    )
    generate(citizens=300)
    again = CitizenIdentifier.objects.filter(kind="personal", value=value)
    assert sorted(again.values_list("is_verified", flat=True)) == [False, True]


def test_without_stations_or_lists_nothing_is_written(db: None, province: Area) -> None:
    with pytest.raises(CommandError):
        generate(citizens=10)
    assert Citizen.objects.count() == 0


def test_organisations_are_made_once_for_a_country_without_any(
    lists: None, communes: list[Area]
) -> None:
    generate(citizens=50, with_organisations=True)
    kinds = Counter(Organisation.objects.values_list("kind", flat=True))
    assert kinds == {"ministry": 1, "department": 1, "hospital": 1, "station": 2}
    for organisation in Organisation.objects.select_related("parent"):
        above = organisation.parent.path if organisation.parent else ""
        assert organisation.path == above + organisation.step
    assert Citizen.objects.exclude(home_station=None).count() == 50


def test_the_fast_way_refuses_a_database_that_is_no_bench(
    lists: None, station: Organisation
) -> None:
    with pytest.raises(CommandError, match="bench"):
        generate(citizens=50, fast=True)
    assert Citizen.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'pgtrigger%%' AND tgenabled <> 'O'"
        )
        assert cursor.fetchone() == (0,)


def test_too_many_people_are_refused(lists: None, station: Organisation) -> None:
    with pytest.raises(PopulationError):
        make_plan(citizens=10**9, seed=1, visits_per_citizen=1, first_day=UNTIL, last_day=UNTIL)


def test_rows_of_two_chunks_never_share_a_key() -> None:
    plan = plan_of(CHUNK + 200)
    people = people_of(plan)
    assert len({person.key for person in people}) == CHUNK + 200
    assert len(plan.people_in(1)) >= 1


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_two_processes_lose_and_repeat_nobody(province: Area, communes: list[Area]) -> None:
    load_lists()
    options = {"citizens": 8 * CHUNK - 1, "visits_per_citizen": 0.1, "with_organisations": True}
    generate(**options, processes=2)
    assert Citizen.objects.count() == 8 * CHUNK - 1
    assert apps.get_model("healthrecords", "citizenhistory").objects.count() == 8 * CHUNK - 1
    generate(**options, processes=2)
    assert Citizen.objects.count() == 8 * CHUNK - 1
