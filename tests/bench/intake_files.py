"""Which files does the hospital of the measurements send? The same visits every time."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import psycopg
import xlsxwriter

from tests.bench.database import UNTIL

COLUMNS = (
    "MA_LK", "MA_BN", "HO_TEN", "SO_CCCD", "NGAY_SINH", "GIOI_TINH", "DIA_CHI", "MAXA_CU_TRU",
    "DIEN_THOAI", "MA_THE_BHYT", "LY_DO_VV", "MA_BENH_CHINH", "MA_BENH_KT", "NGAY_VAO", "NGAY_RA",
    "KET_QUA_DTRI", "CAN_NANG", "CHIEU_CAO", "MACH", "HUYET_AP",
)  # fmt: skip
SHEET = "KhamBenh"
FAMILY, MIDDLE, GIVEN = (
    names.split()
    for names in (
        "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Lò Quàng",
        "Văn Thị Đức Minh Thanh Hữu Ngọc Quang Xuân Thu Hồng Kim",
        "An Bình Cường Dũng Giang Hà Hải Hạnh Hiền Hoa Hùng Hương Khánh Lan Linh Long Mai Nam",
    )
)
REASONS = ("Ho, sốt 3 ngày", "Đau đầu", "Đau bụng âm ỉ", "Khám định kỳ tăng huyết áp", "Mệt mỏi")
# Until which age in days: weight, height, pulse, upper and lower blood pressure.
BY_AGE = (
    (29, (2, 5), (45, 55), (110, 160), (60, 90), (30, 55)),
    (365, (4, 11), (55, 78), (100, 160), (70, 105), (40, 65)),
    (1_095, (8, 16), (72, 98), (90, 140), (80, 110), (45, 70)),
    (2_191, (12, 25), (90, 118), (80, 130), (85, 115), (50, 75)),
    (4_383, (18, 45), (110, 150), (70, 120), (90, 125), (55, 80)),
    (6_574, (32, 70), (140, 175), (60, 110), (95, 135), (58, 85)),
    (10**6, (35, 90), (140, 180), (60, 100), (100, 150), (60, 90)),
)
PERIOD = 30  # days, ending ten days before the last day of the population
KNOWN = """
SELECT c.name, c.birth_date, CASE c.sex WHEN 'male' THEN '1' ELSE '2' END, c.address,
  coalesce(a.code, ''), c.phone, coalesce(personal.value, ''), coalesce(card.value, '')
FROM healthrecords_citizen c
LEFT JOIN places_area a ON a.id = c.area_id
LEFT JOIN LATERAL (SELECT value FROM healthrecords_citizenidentifier
  WHERE citizen_id = c.id AND kind = 'personal' ORDER BY id LIMIT 1) personal ON true
LEFT JOIN LATERAL (SELECT value FROM healthrecords_citizenidentifier
  WHERE citizen_id = c.id AND kind = 'insurance_card' ORDER BY id LIMIT 1) card ON true
WHERE c.birth_precision = 'day' ORDER BY c.id LIMIT %s
"""
# Codes of any age and sex that nobody protects: the file is a good one.
CODES = """
SELECT code.code FROM codelists_code code
JOIN codelists_codelistversion version ON version.id = code.version_id
JOIN codelists_codelist list ON list.id = version.code_list_id
WHERE list.key = 'icd10' AND coalesce(code.attributes ->> 'sex', '') = ''
  AND coalesce(code.attributes ->> 'not_main', '') NOT IN ('1', 'true')
  AND code.code !~ '^(B2[0-4]|F|Z|O|A1[5-9])'
ORDER BY code.code
"""
Person = Sequence[object]  # name, birth, sex, address, commune, phone, personal number, card


def workbook(url: str, path: Path, visits: int) -> Path:
    """Write a workbook of visits, two of three of citizens whom the database knows."""
    with psycopg.connect(url) as connection:
        known = connection.execute(KNOWN, [2 * visits // 3]).fetchall()
        codes = [code for (code,) in connection.execute(CODES).fetchall()]
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet(SHEET)
    sheet.write_row(0, 0, COLUMNS)
    for at, row in enumerate(rows(visits, known, codes), start=1):
        sheet.write_row(at, 0, row)
    book.close()
    return path


def rows(visits: int, known: Sequence[Person], codes: Sequence[str]) -> Iterator[list[object]]:
    rng = Random(7)  # noqa: S311  (the same file in every run)
    communes = sorted({str(person[4]) for person in known if person[4]})
    first = datetime.fromisoformat(UNTIL) - timedelta(days=PERIOD + 10)
    for at in range(visits):
        if at % 3 == 2:
            patient, person = f"M{at:07}", stranger(rng, at, rng.choice(communes))
        else:
            place = (at - at // 3) % len(known)
            patient, person = f"B{place:07}", known[place]
        arrived = first + timedelta(minutes=at * 40 % (PERIOD * 1440))
        yield row(rng, at, patient, person, arrived, codes)


def stranger(rng: Random, at: int, commune: str) -> Person:
    """Invent somebody whom nobody knows yet."""
    born = date(1940, 1, 1) + timedelta(days=rng.randrange(30_000))
    sex = rng.choice("12")
    name = f"{rng.choice(FAMILY)} {rng.choice(MIDDLE)} {rng.choice(MIDDLE)} {rng.choice(GIVEN)}"
    century = (0 if born.year < 2000 else 2) + (sex == "2")
    number = f"011{century}{born:%y}{at:06}"
    phone, card = f"09{rng.randrange(10**8):08}", f"HT211{10**9 + at:010}"
    return name, born, sex, f"Bản {rng.randrange(90)}", commune, phone, number, card


def measures(rng: Random, age: int) -> list[object]:
    """Return weight, height, pulse and blood pressure as they may be at an age in days."""
    weight, height, pulse, upper, lower = next(ranges for until, *ranges in BY_AGE if age < until)
    pressure = f"{rng.randrange(*upper)}/{rng.randrange(*lower)}"
    return [rng.randrange(*weight), rng.randrange(*height), rng.randrange(*pulse), pressure]


def row(
    rng: Random, at: int, patient: str, person: Person, arrived: datetime, codes: Sequence[str]
) -> list[object]:
    name, born, sex, address, commune, phone, number, card = person
    left = arrived + timedelta(minutes=45)
    return [
        f"LK{at:09}", patient, name, number, f"{born:%d/%m/%Y}", sex, address, commune, phone, card,
        rng.choice(REASONS), rng.choice(codes), rng.choice(codes) if rng.random() < 0.4 else "",
        f"{arrived:%d/%m/%Y %H:%M}", f"{left:%d/%m/%Y %H:%M}", "1",
        *measures(rng, (arrived.date() - born).days),
    ]  # fmt: skip


def envelope(path: Path, visits: int) -> Path:
    """Write an envelope of visits with XML1 to XML5, the parts in base64 as programs write them."""
    from tests.intake.envelopes import many, written
    from tests.intake.sending import envelope as wrapped

    path.write_bytes(wrapped(*(written(record) for record in many(visits))))
    return path
