"""Who lives in the demo province, and what happened there in the last month and today?"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from django.utils import timezone
from django.utils.translation import gettext as _

from config.demo.places import PROVINCE, Places
from healthrecords.models import Citizen, TwinCase, Visit
from healthrecords.population.build import make_plan
from healthrecords.population.plan import Plan, PopulationError, deal
from healthrecords.population.write import find_way, missing_chunks, write
from healthrecords.services import open_access, queue, record_visit
from healthrecords.services.diagnoses import read_diagnosis
from healthrecords.services.entries import ArrivalEntry, VisitEntry, VitalEntry
from healthrecords.services.known_names import count_names
from healthrecords.services.medicines import read_medicine
from healthrecords.services.sweeps import sweep
from portal.accounts.models import User

CITIZENS, SEED, VISITS, DAYS = 3_000, 11, 1.25, 30
TWINS_PER_THOUSAND = 15
MAIN_SHARE = 0.16
NAMESPACE = UUID("6f0c1f9e-6c1d-7e55-9a0e-0d1eb1e9de00")
ROOM, WITH_DOCTOR = "Phòng khám 1", 3
# Reason, diagnosis, medicine, temperature, pressure; no diagnosis: still with the doctor.
WHY_MORE = "Thuốc cũ còn ít, kê thêm cho đủ đợt"
QUEUE = (
    ("Khám tăng huyết áp theo hẹn", "I10", "Amlodipin 5 mg", "36.6", (142, 88)),
    ("Ho, sổ mũi, sốt nhẹ", "J06.9", "Paracetamol 500 mg", "37.9", (118, 74)),
    ("Đau thượng vị, ợ chua", "K29.7", "Omeprazol 20 mg", "36.7", (121, 76)),
    ("Đau lưng", "", "", "36.5", (126, 80)),
    ("Tiêu chảy", "", "", "37.2", (112, 70)),
    ("Chóng mặt", "", "", "36.6", (151, 92)),
)


def demo_plan(places: Places, on: date) -> Plan:
    """Return the plan of the demo's people: the main station has more of them than its share."""
    plan = make_plan(
        citizens=CITIZENS,
        seed=SEED,
        visits_per_citizen=VISITS,
        first_day=on - timedelta(days=DAYS),
        last_day=on - timedelta(days=1),
        province=PROVINCE,
        twins_per_thousand=TWINS_PER_THOUSAND,
    )
    main = places.station.pk.hex
    others = sum(place.weight for place in plan.places if place.station != main)
    weight = others * MAIN_SHARE / (1 - MAIN_SHARE)
    settled = [
        replace(place, weight=weight) if place.station == main else place for place in plan.places
    ]
    shares = deal(CITIZENS, [place.weight for place in settled])
    return replace(plan, places=settled, shares=shares)


def settle_people(plan: Plan) -> int:
    """Write the demo's people unless they are there; refuse among people who are not the demo's."""
    chunks = missing_chunks(plan)
    if not chunks:
        return 0
    if Citizen.objects.exists():
        raise PopulationError(
            _("This database holds people already; the demo is loaded into an empty one only.")
        )
    written = max(write(plan, chunks, find_way(), processes=1))
    count_names()
    return written


def settle_twins(*, at: datetime) -> None:
    """Find whom the demo's desks wrote down twice, as the search does each night."""
    if not TwinCase.objects.exists():
        sweep(at=at)


def settle_queue(places: Places, clerk: User, doctor: User, *, at: datetime) -> None:
    """Let six people come to the main station today: three were seen, one is, two wait."""
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    grown_up = midnight.date() - timedelta(days=30 * 365)
    people = Citizen.objects.filter(
        home_station=places.station, birth_date__lt=grown_up, origin="card"
    ).order_by("id")[: len(QUEUE)]
    for number, (citizen, case) in enumerate(zip(people, QUEUE, strict=False)):
        key = uuid5(NAMESPACE, f"queue {number}")
        if Visit.objects.filter(client_key=key).exists():
            continue
        arrived = max(midnight, at - timedelta(minutes=14 * (len(QUEUE) - number)))
        open_access(user=clerk, citizen=citizen, at=at)
        if not case[1]:
            staff = (clerk, doctor)
            _let_in(citizen, number, places=places, staff=staff, key=key, arrived=arrived)
            continue
        record_visit(
            actor=clerk,
            citizen=citizen,
            facility=places.station,
            entry=entry_of(case, arrived),
            client_key=key,
            at=at,
        )


def _let_in(
    citizen: Citizen,
    number: int,
    *,
    places: Places,
    staff: tuple[User, User],
    key: UUID,
    arrived: datetime,
) -> None:
    """Register somebody at the desk; the first of them is with the doctor."""
    clerk, doctor = staff
    open_access(user=clerk, citizen=citizen, at=arrived)
    visit = queue.arrive(
        actor=clerk,
        citizen=citizen,
        facility=places.station,
        entry=ArrivalEntry(
            started_at=arrived,
            coverage="1.1",
            identified_by="chip_card",
            reason=QUEUE[number][0],
            priority="merit" if number + 1 == len(QUEUE) else "",
            room=ROOM,
        ),
        client_key=key,
        at=arrived,
    ).row
    if number == WITH_DOCTOR:
        queue.take(actor=doctor, visit=visit, seen=1, at=arrived + timedelta(minutes=6), room=ROOM)


def entry_of(case: tuple[str, str, str, str, tuple[int, int]], arrived: datetime) -> VisitEntry:
    """Return what one of them tells."""
    reason, code, medicine, temperature, (systolic, diastolic) = case
    on = timezone.localdate(arrived)
    found = read_diagnosis(code, on=on).entry if code else None
    medicines = []
    if medicine:
        told = replace(read_medicine(medicine, on=on), morning=Decimal(1), days=7)
        # Whoever comes may still have some of it from last month: the day decides.
        medicines.append(replace(told, reason=WHY_MORE))
    return VisitEntry(
        started_at=arrived,
        kind="01",
        coverage="1.1",
        identified_by="chip_card",
        reason=reason,
        vitals=VitalEntry(
            pulse=82,
            temperature=Decimal(temperature),
            systolic=systolic,
            diastolic=diastolic,
            # It may differ much from what the last month says of this person.
            confirmed=frozenset({"systolic", "diastolic"}),
        ),
        diagnoses=[found] if found else [],
        medicines=medicines,
        outcome="2" if code else "",
        is_finished=bool(code),
    )
