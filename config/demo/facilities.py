"""What the demo knows of its places of care: licence, beds, devices, stock, a cold store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from config.demo.places import SINCE, Places
from facilities.models import (
    ColdStore,
    Department,
    Equipment,
    Facility,
    Inspection,
    Medicine,
    OperatingLicense,
    Publication,
    Readiness,
    StockLot,
    TemperatureReading,
)
from facilities.services import (
    Booked,
    Decision,
    Printed,
    Receipt,
    answer_readiness,
    change_state,
    classify,
    count_beds,
    enter_equipment,
    issue_operating_license,
    note_inspection,
    offer_service,
    open_department,
    publish,
    read_temperature,
    receive,
    set_hours,
    set_price,
    warn_of_due,
)
from facilities.services.stock import Kind, book
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import GoverningBody, Organisation
from portal.places.services import belong_to

PAPER = Decision("214/QĐ-SYT", date(2025, 6, 25), "Sở Y tế tỉnh Điện Biên")
UNITS = (
    "Văn phòng",
    "Phòng Dân số, trẻ em, bảo trợ xã hội",
    "Khoa Phòng bệnh, an toàn thực phẩm",
    "Khoa Khám bệnh, chữa bệnh",
    "Khoa Dược, thiết bị y tế, cận lâm sàng",
)
WORK = "Thứ 2 đến thứ 6: 7 giờ - 11 giờ 30, 13 giờ 30 - 17 giờ; thứ 7: 7 giờ - 11 giờ"
LICENSED = "Thứ 2 đến thứ 6: 7 giờ - 11 giờ 30, 13 giờ 30 - 17 giờ"  # the Saturday is not on it
# Asset code, name, class, kind of inspection, days since the last inspection, state.
DEVICES = (
    ("MC-001", "Huyết áp kế cơ", "B", "blood_pressure", 345, "in_use"),
    ("MC-002", "Máy điện tim 3 cần", "B", "ecg", 724, "in_use"),
    ("MC-003", "Nồi hấp tiệt trùng 50 lít", "B", "steam_sterilizer", 760, "in_use"),
    ("MC-004", "Cân trẻ sơ sinh", "A", "scale", 120, "in_use"),
    ("MC-005", "Máy xét nghiệm đường máu", "B", "other", 40, "in_use"),
    ("MC-006", "Máy khí dung", "B", "other", 200, "broken"),
    ("MC-007", "Tủ lạnh bảo quản vắc xin TCW 3000", "A", "other", 90, "in_use"),
)
# Code prescribed by, name, unit, registration number, lots (number, days to expiry, quantity), used a month.
SHELF = (
    ("paracetamol-500-tab", "Paracetamol 500 mg", "viên", "VD-32243-19",
     (("P2401", 24, 140), ("P2508", 420, 900)), 310),
    ("amlodipin-5-tab", "Amlodipin 5 mg", "viên", "893110026423", (("AM117", 380, 220),), 640),
    ("metformin-500-tab", "Metformin 500 mg", "viên", "VD-26564-17", (("MF09", 530, 2600),), 330),
    ("amoxicilin-500-cap", "Amoxicilin 500 mg", "viên", "893110123424", (("AX31", 75, 400),), 120),
    ("oresol-sach", "Oresol", "gói", "VD-29957-18", (("OR7", 610, 260),), 45),
    ("", "Găng tay khám", "đôi", "", (("G24", 900, 1500),), 210),
)  # fmt: skip
VACCINES = (
    ("Vắc xin DPT-VGB-Hib", "liều", "V8807", 260, 40),
    ("Vắc xin sởi - rubella", "liều", "MR212", 58, 30),
)
ANSWERS = (
    ("internet_fibre", "yes", None, "Viettel, 200 Mbps", "Hợp đồng 118/2025"),
    ("his", "yes", None, "Phần mềm trạm y tế", "Biên bản nghiệm thu 02/2026"),
    ("insurance_gateway", "yes", None, "", "Tài khoản cổng tiếp nhận"),
    ("chip_card_reader", "yes", 2, "", "Biên bản bàn giao"),
    ("remote_consultation", "partly", None, "Nối với Bệnh viện Đa khoa tỉnh", "Lịch hội chẩn"),
    ("emr_published", "no", None, "", ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shop:
    """Whose stock is filled, by whom, and what day it is."""

    place: Organisation
    keeper: User
    at: datetime

    @property
    def on(self) -> date:
        return self.at.date()


def settle_facilities(places: Places, users: Mapping[str, User], *, at: datetime) -> int:
    """Tell of the demo's main station and hospital; what was told once stays."""
    head, officer = users[Role.STATION_HEAD], users[Role.LICENSING_OFFICER]
    if OperatingLicense.objects.filter(facility=places.station).exists():
        return 0
    shop = Shop(places.station, head, at)
    _license(places, officer)
    _facts(shop)
    devices = _devices(shop)
    _shelf(shop)
    _cold(shop, devices["MC-007"])
    return len(devices)


def _license(places: Places, officer: User) -> None:
    licensed: tuple[tuple[Organisation, str, int | None, str, str], ...] = (
        (places.station, "TYT", 5, "Khám bệnh, chữa bệnh ban đầu", LICENSED),
        (places.hospital, "BVDK", 520, "Khám bệnh, chữa bệnh đa khoa", "24/24 giờ"),
        (places.clinic, "PKDK", None, "Phòng khám đa khoa", ""),
    )
    for number, (place, form, beds, scope, hours) in enumerate(licensed, start=118):
        issue_operating_license(
            actor=officer,
            facility=place,
            number=f"{number:06d}/ĐB-GPHĐ",
            printed=Printed(
                form=form,
                name=place.name,
                beds=beds,
                hours=hours,
                scope=scope,
                activities=(("", "Nội khoa"), ("", "Nhi khoa"), ("", "Sơ cứu, cấp cứu ban đầu")),
            ),
            valid_from=SINCE,
            decision=PAPER,
        )
    count_beds(facility=places.hospital, kind="planned", count=500, valid_from=SINCE)
    count_beds(facility=places.hospital, kind="actual", count=520, valid_from=SINCE)
    classify(
        facility=places.hospital,
        kind="level",
        value="advanced",
        points=Decimal("71.5"),
        valid_from=SINCE,
        decision=PAPER,
    )


def _facts(shop: Shop) -> None:
    place = shop.place
    Facility.objects.filter(organisation=place).update(
        founded_in=1994, phone="0215 3842 115", has_insurance_contract=True, floor_area=640
    )
    set_hours(facility=place, text=WORK, valid_from=SINCE)
    if place.area is not None:
        commune = place.area.name[:1].lower() + place.area.name[1:]
        belong_to(
            organisation=place,
            kind=GoverningBody.Kind.COMMUNE,
            name=f"Ủy ban nhân dân {commune}",
            valid_from=date(2026, 1, 1),
            decision="Thông tư 43/2025/TT-BYT",
        )
    for kind, count in (("planned", 5), ("registered", 5), ("actual", 4), ("delivery_table", 1)):
        count_beds(facility=place, kind=kind, count=count, valid_from=SINCE)
    for name in UNITS:
        open_department(department=Department(facility=place, name=name, valid_from=SINCE))
    for topic, answer, number, detail, proof in ANSWERS:
        row = Readiness(
            facility=place,
            topic=topic,
            answer=answer,
            count=number,
            detail=detail,
            evidence_text=proof,
            valid_from=SINCE,
        )
        answer_readiness(row=row)
    service = offer_service(facility=place, name="Khám bệnh", valid_from=SINCE, unit="lần")
    set_price(service=service, payer="insurance", amount=Decimal(36_500), valid_from=SINCE)
    told = Publication(
        facility=place, duty="price_list", published_on=SINCE, place="Bảng tin trước cửa trạm"
    )
    publish(publication=told, today=shop.on)


def _devices(shop: Shop) -> dict[str, Equipment]:
    made: dict[str, Equipment] = {}
    for code, name, risk, kind, days, state in DEVICES:
        device = Equipment(
            facility=shop.place,
            asset_code=code,
            name=name,
            risk_class=risk,
            inspection_kind=kind,
            funding="Ngân sách nhà nước",
            used_since=2021,
        )
        made[code] = enter_equipment(equipment=device, on=SINCE)
        if kind != "other":
            inspection = Inspection(
                equipment=device,
                done_on=shop.on - timedelta(days=days),
                result=Inspection.Result.PASS,
                done_by="Trung tâm Kiểm định thiết bị y tế",
            )
            note_inspection(inspection=inspection, today=shop.on)
        if state != Equipment.State.IN_USE:
            change_state(
                equipment=device,
                state=state,
                on=shop.on - timedelta(days=12),
                reason="Hỏng bơm nén",
            )
    warn_of_due(today=shop.on)
    return made


def _take_in(shop: Shop, medicine: Medicine, lot: tuple[str, int, int], days_ago: int) -> StockLot:
    number, days, quantity = lot
    receipt = Receipt(
        medicine=medicine,
        lot_number=number,
        expires_on=shop.on + timedelta(days=days),
        quantity=Decimal(quantity),
        document_no="PN-0" + number[-2:],
        partner="Trung tâm Y tế khu vực Mường Chà",
        kind=Kind.RECEIVED,
    )
    at = shop.at - timedelta(days=days_ago)
    return receive(actor=shop.keeper, facility=shop.place, receipt=receipt, on=at.date(), at=at).lot


def _shelf(shop: Shop) -> None:
    for number, (code, name, unit, registration, lots, monthly) in enumerate(SHELF, start=1):
        medicine = Medicine.objects.create(
            code=f"MC{number:03d}",
            list_code=code,
            name=name,
            unit=unit,
            registration_number=registration,
            kind="medicine" if code else "supply",
        )
        first, *others = lots
        used = 6 * monthly
        lot = _take_in(shop, medicine, (first[0], first[1], first[2] + used), 185)
        for month in range(6):
            at = shop.at - timedelta(days=5 + 30 * month)
            said = Booked(on=at.date(), at=at, actor=shop.keeper)
            book(lot, Kind.ISSUED, Decimal(-monthly), said)
        for other in others:
            _take_in(shop, medicine, other, 20)


def _cold(shop: Shop, device: Equipment) -> None:
    fridge = ColdStore.objects.create(
        facility=shop.place, name="Tủ vắc xin TCW 3000", equipment=device, valid_from=SINCE
    )
    for number, (name, unit, lot_number, days, quantity) in enumerate(VACCINES, start=1):
        vaccine = Medicine.objects.create(
            code=f"VX{number:03d}", name=name, unit=unit, kind="vaccine", storage="cold"
        )
        lot = _take_in(shop, vaccine, (lot_number, days, quantity), 40)
        lot.store = fridge
        lot.save(update_fields=["store"])
    rng = Random(7)  # noqa: S311
    morning = shop.at.replace(hour=0, minute=30, second=0, microsecond=0)
    moments = [
        morning - timedelta(days=day) + timedelta(hours=h)
        for day in range(12, 0, -1)
        for h in (0, 9)
    ]
    TemperatureReading.objects.bulk_create(
        TemperatureReading(
            store=fridge,
            at=moment,
            celsius=Decimal(str(round(rng.uniform(3.2, 6.4), 1))),
            read_by=shop.keeper,
        )
        for moment in moments
    )
    # A power cut yesterday evening: too warm for some hours, nobody has decided yet.
    warm = morning - timedelta(hours=10)
    for at, celsius in ((warm, "10.5"), (warm + timedelta(hours=4), "5.1")):
        read_temperature(
            actor=shop.keeper, store=fridge, celsius=Decimal(celsius), at=at, now=shop.at
        )
