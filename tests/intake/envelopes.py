"""Makes whole envelope records whose amounts, days and numbers agree, as a good program would."""

import random
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from healthrecords.imports.tables import tables
from tests.intake.sending import element, part

Line = dict[str, str]
DOCTOR, NURSE = "000001/HNO-CCHN", "0100000002"
HUNDRED = Decimal(100)
ROOTS = {
    "XML2": "CHITIEU_CHITIET_THUOC/DSACH_CHI_TIET_THUOC",
    "XML3": "CHITIEU_CHITIET_DVKT_VTYT/DSACH_CHI_TIET_DVKT",
    "XML4": "CHITIEU_CHITIET_DICHVUCANLAMSANG/DSACH_CHI_TIET_CLS",
    "XML5": "CHITIEU_CHITIET_DIENBIENLAMSANG/DSACH_CHI_TIET_DIEN_BIEN_BENH",
    "XML6": "CHI_TIEU_HO_SO/DSACH_HO_SO",
    "XML9": "CHI_TIEU_DU_LIEU_GIAY_CHUNG_SINH/DSACH_GIAYCHUNGSINH",
    "XML15": "CHI_TIEU_DIEUTRI_BENHLAO/DSACH_CHITIET_DIEUTRI_BENHLAO",
}
SUMMARY: Mapping[str, str] = {
    "MA_LK": "E-0001",
    "STT": "1",
    "MA_BN": "BN000001",
    "HO_TEN": "LÒ THỊ THỬ",
    "SO_CCCD": "011160000001",
    "NGAY_SINH": "196005150000",
    "GIOI_TINH": "2",
    "NHOM_MAU": "O+",
    "MA_QUOCTICH": "000",
    "MA_DANTOC": "03",
    "MA_NGHE_NGHIEP": "00000",
    "DIA_CHI": "Bản Hồi, xã Mường Chà",
    "MATINH_CU_TRU": "11",
    "MAHUYEN_CU_TRU": "",
    "MAXA_CU_TRU": "03181",
    "DIEN_THOAI": "",
    "MA_THE_BHYT": "GD4111234500001",
    "MA_DKBD": "11001",
    "GT_THE_TU": "20260101",
    "GT_THE_DEN": "20261231",
    "LY_DO_VV": "Khám định kỳ",
    "CHAN_DOAN_VAO": "Tăng huyết áp",
    "CHAN_DOAN_RV": "Tăng huyết áp vô căn",
    "MA_BENH_CHINH": "I10",
    "MA_BENH_KT": "E78.5",
    "MA_DOITUONG_KCB": "1.1",
    "NGAY_VAO": "202611020805",
    "NGAY_RA": "202611041030",
    "SO_NGAY_DTRI": "3",
    "KET_QUA_DTRI": "2",
    "MA_LOAI_RV": "1",
    "NGAY_TTOAN": "202611041035",
    "NAM_QT": "2026",
    "THANG_QT": "11",
    "MA_LOAI_KCB": "03",
    "MA_KHOA": "K01",
    "MA_CSKCB": "11001",
    "CAN_NANG": "55.00",
    "NGAY_TAI_KHAM": "20261130",
    "MA_HSBA": "HS-0001",
    "MA_TTDV": NURSE,
}
MEDICINE: Mapping[str, str] = {
    "MA_THUOC": "40.491",
    "MA_NHOM": "4",
    "TEN_THUOC": "Amlodipin 5mg",
    "DON_VI_TINH": "Viên",
    "HAM_LUONG": "5mg",
    "DUONG_DUNG": "1.01",
    "LIEU_DUNG": "1 viên/lần * 1 lần/ngày * 28 ngày [1 viên/ngày]",
    "SO_DANG_KY": "VD-00000-00",
    "TT_THAU": "000/QĐ-SYT;G1;N4;2026",
    "PHAM_VI": "1",
    "MA_KHOA": "K01",
    "MA_BAC_SI": DOCTOR,
    "NGAY_YL": "202611020820",
    "NGAY_TH_YL": "202611020900",
    "MA_PTTT": "1",
    "NGUON_CTRA": "1",
}
SERVICE: Mapping[str, str] = {
    "MA_DICH_VU": "23.0075.1494",
    "MA_NHOM": "1",
    "TEN_DICH_VU": "Định lượng Glucose",
    "DON_VI_TINH": "Lần",
    "PHAM_VI": "1",
    "MA_KHOA": "K01",
    "MA_BAC_SI": DOCTOR,
    "NGUOI_THUC_HIEN": DOCTOR,
    "MA_BENH": "I10",
    "NGAY_YL": "202611020810",
    "NGAY_TH_YL": "202611020815",
    "NGAY_KQ": "202611020830",
    "MA_PTTT": "1",
}
RESULT: Mapping[str, str] = {
    "MA_DICH_VU": "23.0075.1494",
    "TEN_CHI_SO": "Glucose",
    "GIA_TRI": "5.4",
    "DON_VI_DO": "mmol/L",
    "NGAY_KQ": "202611020830",
    "MA_BS_DOC_KQ": NURSE,
}
NOTE: Mapping[str, str] = {
    "DIEN_BIEN_LS": "Tỉnh. CSST<M75_T36.8_HA138/84_NT18_SP98>",
    "THOI_DIEM_DBLS": "202611020815",
    "NGUOI_THUC_HIEN": NURSE,
}


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def money(
    *,
    amount: str = "28",
    price: str = "1500",
    insured_price: str = "",
    part: str = "",
    rate: str = "100",
    level: str = "100",
    other: str = "0",
) -> Line:
    """Reckon the amounts of a line as the decision says; with ``insured_price`` it is a service."""
    count, each = Decimal(amount), Decimal(price)
    share = Decimal(part or 100) / HUNDRED
    whole = rounded(count * each * share)
    basis = Decimal(insured_price or price)
    insured = rounded(count * basis * share * Decimal(rate) / HUNDRED)
    paid = rounded(insured * Decimal(level) / HUNDRED)
    shares, rest = [whole - insured, insured - paid, paid], Decimal(other)
    for at, own in enumerate(shares):
        taken = min(own, rest)
        shares[at], rest = own - taken, rest - taken
    line = {
        "TYLE_TT_BH": rate,
        "SO_LUONG": f"{count:.3f}",
        "THANH_TIEN_BV": f"{whole:.2f}",
        "THANH_TIEN_BH": f"{insured:.2f}",
        "T_NGUONKHAC_NSNN": f"{Decimal(other):.2f}",
        "T_NGUONKHAC_VTNN": "0.00",
        "T_NGUONKHAC_VTTN": "0.00",
        "T_NGUONKHAC_CL": "0.00",
        "T_NGUONKHAC": f"{Decimal(other):.2f}",
        "MUC_HUONG": level,
        **dict(zip(("T_BNTT", "T_BNCCT", "T_BHTT"), (f"{s:.2f}" for s in shares), strict=True)),
    }
    if insured_price:
        return {
            **line,
            "TYLE_TT_DV": part or "100",
            "DON_GIA_BV": price,
            "DON_GIA_BH": insured_price,
        }
    return {**line, "DON_GIA": f"{each:.3f}"}


def medicine(stt: int = 1, reckoned: Mapping[str, Any] | None = None, **changed: str) -> Line:
    return {"STT": str(stt), **MEDICINE, **money(**(reckoned or {})), **changed}


def service(stt: int = 1, reckoned: Mapping[str, Any] | None = None, **changed: str) -> Line:
    amounts = money(
        **{"amount": "1", "price": "20000", "insured_price": "20000", **(reckoned or {})}
    )
    return {"STT": str(stt), **SERVICE, **amounts, **changed}


def total(lines: Sequence[Mapping[str, str]], column: str) -> str:
    return f"{sum((Decimal(line[column]) for line in lines), Decimal()):.2f}"


def sums(medicines: Sequence[Line], services: Sequence[Line]) -> Line:
    """Add the lines up as the summary has them."""
    lines = [*medicines, *services]
    insured, own = total(lines, "THANH_TIEN_BH"), total(lines, "T_BNCCT")
    other = Decimal(total(lines, "T_NGUONKHAC"))
    paid = total(lines, "T_BHTT") if other else f"{Decimal(insured) - Decimal(own):.2f}"
    return {
        "T_THUOC": total(medicines, "THANH_TIEN_BV"),
        "T_VTYT": total([s for s in services if s["MA_NHOM"] in {"10", "11"}], "THANH_TIEN_BV"),
        "T_TONGCHI_BV": total(lines, "THANH_TIEN_BV"),
        "T_TONGCHI_BH": insured,
        "T_BNTT": total(lines, "T_BNTT"),
        "T_BNCCT": own,
        "T_BHTT": paid,
        "T_NGUONKHAC": f"{other:.2f}",
        "T_BHTT_GDV": total([line for line in lines if line["MA_PTTT"] == "1"], "T_BHTT"),
    }


def whole(
    *,
    medicines: Sequence[Line] | None = None,
    services: Sequence[Line] | None = None,
    more: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    **changed: str,
) -> dict[str, list[Line]]:
    """Make a record of five tables whose parts agree, then change fields of its summary."""
    medicines = [medicine()] if medicines is None else list(medicines)
    services = [service()] if services is None else list(services)
    made = {
        "XML1": [{**SUMMARY, **sums(medicines, services), **changed}],
        "XML2": medicines,
        "XML3": services,
        "XML4": [{"STT": "1", **RESULT}],
        "XML5": [{"STT": "1", **NOTE}],
        **{name: [dict(line) for line in lines] for name, lines in (more or {}).items()},
    }
    key = made["XML1"][0]["MA_LK"]
    return {
        name: [line if name == "XML1" else {"MA_LK": key, **line} for line in lines]
        for name, lines in made.items()
    }


def written(record: Mapping[str, Sequence[Mapping[str, str]]], how: str = "base64") -> str:
    """Write a record as the parts of a HOSO."""
    return "".join(part(name, inner(name, lines), how) for name, lines in record.items())


def inner(name: str, lines: Sequence[Mapping[str, str]]) -> str:
    """Write the lines of a table under the elements that the standard gives it."""
    items = "".join(element(tables()[name].item, line) for line in lines)
    for root in reversed(ROOTS.get(name, "").split("/")):
        items = f"<{root}>{items}</{root}>" if root else items
    return items


def many(count: int, seed: int = 1) -> list[dict[str, list[Line]]]:
    """Make records of people of whom a third comes more than once, each of three to ten lines."""
    chance = random.Random(seed)  # noqa: S311  (the same records in every run)
    return [_one_of_many(at, chance) for at in range(count)]


def _one_of_many(at: int, chance: random.Random) -> dict[str, list[Line]]:
    person = at if chance.random() > 0.3 else chance.randrange(at + 1)
    sex = "1" if person % 2 else "2"
    medicines = [
        medicine(
            k, {"amount": str(chance.randrange(1, 60)), "price": str(chance.randrange(1, 90) * 125)}
        )
        for k in range(1, chance.randrange(2, 6))
    ]
    services = [
        service(k, {"price": (p := str(chance.randrange(10, 400) * 500)), "insured_price": p})
        for k in range(1, chance.randrange(2, 6))
    ]
    return whole(
        medicines=medicines,
        services=services,
        MA_LK=f"E-{at:07}",
        MA_BN=f"BN{person:07}",
        HO_TEN=f"Lò Văn Số {person}",
        SO_CCCD=f"011{'0' if sex == '1' else '1'}60{person:06}",
        GIOI_TINH=sex,
        MA_THE_BHYT=f"GD411{person:010}",
    )
