"""Makes the files that senders send, and sends them the way the pages do."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Batch, Finding
from portal.places.models import Organisation

NOW = datetime(2026, 11, 5, 9, 12, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
GOOD: Mapping[str, Any] = {
    "MA_LK": "26101200041",
    "HO_TEN": "Lò Văn Ún",
    "SO_CCCD": "011071000123",
    "NGAY_SINH": "15/08/1971",
    "GIOI_TINH": "Nam",
    "DIA_CHI": "Bản Hồi, xã Mường Chà",
    "MAXA_CU_TRU": "03181",
    "DIEN_THOAI": "0912345678",
    "MA_THE_BHYT": "HT2111234567890",
    "LY_DO_VV": "Ho, sốt 3 ngày",
    "MA_BENH_CHINH": "J18.9",
    "MA_BENH_KT": "I10",
    "NGAY_VAO": "04/10/2026 09:25",
    "NGAY_RA": "04/10/2026 10:05",
    "KET_QUA_DTRI": "2",
    "MA_LOAI_RV": "1",
    "MA_LOAI_KCB": "01",
    "CAN_NANG": "52.5",
    "MACH": "78",
    "HUYET_AP": "120/80",
    "NHIET_DO": "36.8",
}


def visit(**changed: Any) -> dict[str, Any]:
    """A good row with some cells changed."""
    return {**GOOD, **changed}


def workbook(
    rows: Iterable[Mapping[str, Any]],
    *,
    headings: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    sheet: str = "KhamBenh",
    above: Sequence[str] = (),
    below: Sequence[Sequence[Any]] = (),
) -> bytes:
    """Write rows under a heading; ``labels`` rename columns, ``above`` puts titles over it."""
    names = list(headings or GOOD)
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_numbers": False})
    page = book.add_worksheet(sheet)
    day = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    lines: list[Sequence[Any]] = [[title] for title in above]
    lines.append([(labels or {}).get(name, name) for name in names])
    lines += [[row.get(name) for name in names] for row in rows]
    lines += below
    for at, line in enumerate(lines):
        for place, value in enumerate(line):
            write(page, at, place, value, day)
    book.close()
    return file.getvalue()


def write(page: Any, at: int, place: int, value: Any, day: Any) -> None:
    if isinstance(value, datetime):
        page.write_datetime(at, place, value, day)
    elif isinstance(value, int | float):
        page.write_number(at, place, value)
    elif value is not None:
        page.write_string(at, place, str(value))


def element(name: str, fields: Mapping[str, Any]) -> str:
    inner = "".join(f"<{tag}>{_escaped(value)}</{tag}>" for tag, value in fields.items())
    return f"<{name}>{inner}</{name}>"


def _escaped(value: Any) -> str:
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


SUMMARY: Mapping[str, Any] = {
    "MA_LK": "E-0001",
    "STT": "1",
    "MA_BN": "BN1",
    "HO_TEN": "LÒ THỊ THỬ",
    "SO_CCCD": "011160000001",
    "NGAY_SINH": "196005150000",
    "GIOI_TINH": "2",
    "DIA_CHI": "Bản Hồi, xã Mường Chà",
    "MAXA_CU_TRU": "03181",
    "DIEN_THOAI": "",
    "MA_THE_BHYT": "GD4111234500001",
    "LY_DO_VV": "Khám định kỳ",
    "MA_BENH_CHINH": "I10",
    "MA_BENH_KT": "E78.5",
    "NGAY_VAO": "202611020805",
    "NGAY_RA": "202611292359",
    "KET_QUA_DTRI": "3",
    "MA_LOAI_RV": "1",
    "MA_LOAI_KCB": "05",
    "T_TONGCHI_BV": "42000.00",
    "T_TONGCHI_BH": "42000.00",
    "T_BNCCT": "0.00",
    "T_BHTT": "42000.00",
    "MA_CSKCB": "11001",
    "CAN_NANG": "55.00",
    "NGAY_TAI_KHAM": "20261130",
}
MEDICINE: Mapping[str, Any] = {
    "MA_LK": "E-0001",
    "STT": "1",
    "MA_THUOC": "40.491",
    "TEN_THUOC": "Amlodipin 5mg",
    "DON_VI_TINH": "Viên",
    "HAM_LUONG": "5mg",
    "LIEU_DUNG": "1 viên/lần * 1 lần/ngày * 28 ngày [1 viên/ngày]",
    "CACH_DUNG": "Uống buổi sáng",
    "SO_LUONG": "28.000",
    "DON_GIA": "1500.000",
    "THANH_TIEN_BV": "42000.00",
    "THANH_TIEN_BH": "42000.00",
    "MUC_HUONG": "100",
    "T_BNTT": "0.00",
    "T_BNCCT": "0.00",
    "T_BHTT": "42000.00",
    "NGAY_YL": "202611020820",
}
NOTE: Mapping[str, Any] = {
    "MA_LK": "E-0001",
    "STT": "1",
    "DIEN_BIEN_LS": "Tỉnh. CSST<M75_T36.8_HA138/84_NT18_SP98>",
    "THOI_DIEM_DBLS": "202611020815",
}


def summary(**changed: Any) -> str:
    return element("TONG_HOP", {**SUMMARY, **changed})


def medicines(*lines: Mapping[str, Any], root: str = "CHITIEU_CHITIET_THUOC") -> str:
    items = "".join(element("CHI_TIET_THUOC", {**MEDICINE, **line}) for line in lines)
    return f"<{root}><DSACH_CHI_TIET_THUOC>{items}</DSACH_CHI_TIET_THUOC></{root}>"


def notes(**changed: Any) -> str:
    item = element("CHI_TIET_DIEN_BIEN_BENH", {**NOTE, **changed})
    return f"<CHITIEU_CHITIET_DIENBIENLAMSANG><DSACH_CHI_TIET_DIEN_BIEN_BENH>{item}</DSACH_CHI_TIET_DIEN_BIEN_BENH></CHITIEU_CHITIET_DIENBIENLAMSANG>"


def part(table: str, inner: str, how: str = "base64") -> str:
    if how == "base64":
        declared = f'<?xml version="1.0" encoding="utf-8"?>{inner}'
        content = base64.b64encode(declared.encode()).decode()
    elif how == "bom":
        content = base64.b64encode(b"\xef\xbb\xbf" + inner.encode()).decode()
    elif how == "cdata":
        content = f"<![CDATA[{inner}]]>"
    else:
        content = inner
    return f"<FILEHOSO><LOAIHOSO>{table}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>"


def envelope(*records: str, facility: str = "11001", declaration: str = "") -> bytes:
    body = "".join(f"<HOSO>{record}</HOSO>" for record in records)
    return (
        f"{declaration}<GIAMDINHHS><THONGTINDONVI><MACSKCB>{facility}</MACSKCB></THONGTINDONVI>"
        f"<THONGTINHOSO><NGAYLAP>20261102</NGAYLAP><SOLUONGHOSO>{len(records)}</SOLUONGHOSO>"
        f"<DANHSACHHOSO>{body}</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>"
    ).encode()


def record(**changed: Any) -> str:
    """A record of three tables."""
    key = {"MA_LK": changed["MA_LK"]} if "MA_LK" in changed else {}
    parts = {"XML1": summary(**changed), "XML2": medicines(key), "XML5": notes(**key)}
    return "".join(part(name, inner) for name, inner in parts.items())


def send(
    content: bytes,
    *,
    by: User,
    organisation: Organisation,
    kind: str = "visits",
    name: str = "KCB.xlsx",
    read: bool = True,
    at: datetime = NOW,
) -> Batch:
    """Send a file and have it read."""
    batch = services.receive_file(
        actor=by,
        sent=services.Sent(name, [content]),
        kind=kind,
        organisation=organisation,
        at=at,
    )
    return services.read_batch(batch.pk, at=at) if read else batch


def confirm(batch: Batch, by: User, *, at: datetime = NOW) -> Batch:
    """Confirm a checked batch and have it written."""
    services.confirm_batch(actor=by, batch=batch, at=at)
    return services.write_batch(batch.pk, at=at)


def found(batch: Batch) -> list[tuple[str, str, str]]:
    """Cell, code and severity of every finding."""
    rows = Finding.objects.filter(batch=batch).order_by("number", "cell", "code")
    return list(rows.values_list("cell", "code", "severity"))


def errors(batch: Batch) -> list[tuple[str, str]]:
    return [(cell, code) for cell, code, severity in found(batch) if severity == "error"]


def counts(batch: Batch) -> dict[str, int]:
    batch.refresh_from_db()
    names = ("new", "changed", "unchanged", "doubtful", "wrong")
    return {
        name: getattr(batch, f"{name}_count") for name in names if getattr(batch, f"{name}_count")
    }
