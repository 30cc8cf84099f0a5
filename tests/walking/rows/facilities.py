"""Facilities: what the department keeps about an organisation that gives care."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Model

from facilities.models import (
    ColdStore,
    Department,
    DueWarning,
    Equipment,
    Facility,
    HealthcareService,
    Inspection,
    Medicine,
    ServicePrice,
    StockLot,
    StockMovement,
    Stocktake,
    TemperatureExcursion,
)
from facilities.services import enter_equipment
from portal.places.models import Organisation
from tests.conftest import SINCE
from tests.walking.rows.ground import organisations
from tests.walking.world import MARK, World, names, new_key, planted, rows

AT = datetime(2026, 11, 5, 2, tzinfo=UTC)


@rows("facilities.facility")
def facilities(world: World, n: int) -> Iterable[Model]:
    below = list(organisations(world, n + 1))[1:]
    return [Facility.objects.create(organisation=organisation) for organisation in below]


@planted("facilities.facility")
def far_facilities(world: World) -> Iterable[Model]:
    yield Facility.objects.create(organisation=world.far_station)


names("facility_id", "facilities.facility")
names("inspection_id", "facilities.inspection")


def _device(place: Organisation, name: str) -> Equipment:
    made = enter_equipment(
        equipment=Equipment(
            facility=place, asset_code=f"TB-{new_key().hex[-8:]}", name=name, is_radiating=True
        ),
        on=SINCE,
    )
    Inspection.objects.create(equipment=made, done_on=SINCE, result="pass", done_by=name)
    return made


def _lot(place: Organisation, name: str) -> StockLot:
    medicine = Medicine.objects.create(code=new_key().hex[-12:], name="Thuốc thử", unit="viên")
    lot = StockLot.objects.create(
        facility=place, medicine=medicine, lot_number=f"{name} {new_key().hex[-6:]}", on_hand=3
    )
    StockMovement.objects.create(
        facility=place, lot=lot, kind="received", quantity=3, at=AT, on=SINCE, partner=name
    )
    return lot


@rows("facilities.equipment")
def devices(world: World, n: int) -> Iterable[Model]:
    return [_device(world.station, "Máy thử") for _number in range(n)]


@planted("facilities.equipment")
def far_devices(world: World) -> Iterable[Model]:
    yield _device(world.far_station, f"Máy {MARK}")


@rows("facilities.duewarning")
def warnings(world: World, n: int) -> Iterable[Model]:
    for device in list(devices(world, n)):
        yield DueWarning.objects.create(
            facility=world.station,
            equipment=device,
            subject="inspection",
            due_on=SINCE,
            step=7,
            warned_on=SINCE,
        )


@rows("facilities.department")
def departments(world: World, n: int) -> Iterable[Model]:
    for _number in range(n):
        yield Department.objects.create(
            facility=world.station, name=f"Khoa {new_key().hex[-8:]}", valid_from=SINCE
        )


@planted("facilities.department")
def far_departments(world: World) -> Iterable[Model]:
    yield Department.objects.create(
        facility=world.far_station, name=f"Khoa {MARK}", valid_from=SINCE
    )


@rows("facilities.medicine")
def medicines(world: World, n: int) -> Iterable[Model]:
    for _number in range(n):
        code = new_key().hex[-12:]
        yield Medicine.objects.create(code=code, name=f"Thuốc {code}", unit="viên")


@rows("facilities.stocklot")
def lots(world: World, n: int) -> Iterable[Model]:
    return [_lot(world.station, "Lô") for _number in range(n)]


@planted("facilities.stocklot")
def far_lots(world: World) -> Iterable[Model]:
    yield _lot(world.far_station, MARK)


@rows("facilities.stockmovement")
def movements(world: World, n: int) -> Iterable[Model]:
    return [_lot(world.station, "Lô").movements.get() for _number in range(n)]


@planted("facilities.stockmovement")
def far_movements(world: World) -> Iterable[Model]:
    yield _lot(world.far_station, MARK).movements.get()


@rows("facilities.stocktake")
def stocktakes(world: World, n: int) -> Iterable[Model]:
    for _number in range(n):
        yield Stocktake.objects.create(facility=world.station, counted_on=SINCE, closed_at=AT)


@planted("facilities.stocktake")
def far_stocktakes(world: World) -> Iterable[Model]:
    yield Stocktake.objects.create(facility=world.far_station, counted_on=SINCE, counted_by=MARK)


@rows("facilities.coldstore")
def cold_stores(world: World, n: int) -> Iterable[Model]:
    for _number in range(n):
        store = ColdStore.objects.create(
            facility=world.station, name=f"Tủ {new_key().hex[-8:]}", valid_from=SINCE
        )
        TemperatureExcursion.objects.create(
            store=store, began_at=AT, ended_at=AT, lowest=9, highest=12
        )
        yield store


@planted("facilities.coldstore")
def far_cold_stores(world: World) -> Iterable[Model]:
    yield ColdStore.objects.create(facility=world.far_station, name=f"Tủ {MARK}", valid_from=SINCE)


@rows("facilities.healthcareservice")
def offered(world: World, n: int) -> Iterable[Model]:
    for _number in range(n):
        service = HealthcareService.objects.create(
            facility=world.station, name=f"Khám {new_key().hex[-8:]}", valid_from=SINCE
        )
        ServicePrice.objects.create(
            service=service, payer="person", amount=36_500, valid_from=SINCE
        )
        yield service


@planted("facilities.healthcareservice")
def far_offered(world: World) -> Iterable[Model]:
    yield HealthcareService.objects.create(
        facility=world.far_station, name=f"Khám {MARK}", valid_from=SINCE
    )
