"""Envelopes with papers and notes, and what stands of them in the record."""

from collections.abc import Sequence
from typing import Any

from healthrecords.models import (
    Appointment,
    Document,
    Referral,
    VisitNote,
)
from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Batch
from portal.places.models import Organisation
from tests.intake.envelopes import NURSE, whole, written
from tests.intake.sending import NOW, confirm, envelope, send

Line = dict[str, str]
DISCHARGE: Line = {
    "SO_LUU_TRU": "LT-77",
    "MA_YTE": "BN000001",
    "MA_KHOA_RV": "K01",
    "NGAY_VAO": "202611020805",
    "NGAY_RA": "202611041030",
    "CHAN_DOAN_RV": "Tăng huyết áp vô căn",
    "PP_DIEUTRI": "Amlodipin",
    "MA_TTDV": NURSE,
    "MA_BS": NURSE,
    "TEN_BS": "Bác sĩ Hà",
    "NGAY_CT": "20261104",
    "SO_NGAY_NGHI": "3",
    "NGOAITRU_TUNGAY": "20261105",
    "NGOAITRU_DENNGAY": "20261107",
    "MA_DINH_CHI_THAI": "0",
}
SUMMARY: Line = {
    "MA_LOAI_KCB": "03",
    "NGAY_VAO": "202611020805",
    "NGAY_RA": "202611041030",
    "CHAN_DOAN_VAO": "Tăng huyết áp",
    "CHAN_DOAN_RV": "Tăng huyết áp vô căn",
    "QT_BENHLY": "Đau đầu hai ngày.",
    "TOMTAT_KQ": "Glucose 5.4",
    "PP_DIEUTRI": "Amlodipin",
    "KET_QUA_DTRI": "2",
    "MA_TTDV": NURSE,
    "NGAY_CT": "20261104",
}
BIRTH: Line = {
    "HO_TEN_NND": "LÒ THỊ THỬ",
    "NGAYSINH_NND": "19600515",
    "SO_CCCD_NND": "011160000001",
    "HO_TEN_CON": "Lò Bé",
    "GIOI_TINH_CON": "2",
    "SO_CON": "1",
    "SO_CON_SONG": "0",
    "NGAY_SINH_CON": "202611030415",
    "CAN_NANG_CON": "3100",
    "NGAY_CT": "20261103",
    "SO": "12",
    "QUYEN_SO": "Q1",
}
SICK_LEAVE: Line = {
    "SO_CT": "NV-5",
    "SO_SERI": "S9",
    "DON_VI": "Xưởng chè",
    "CHAN_DOAN_RV": "Tăng huyết áp",
    "SO_NGAY_NGHI": "2",
    "TU_NGAY": "20261105",
    "DEN_NGAY": "20261106",
    "NGAY_CT": "20261104",
}
PREGNANCY: Line = {
    "SO_CT": "DT-2",
    "SO_SERI": "S10",
    "DON_VI": "Xưởng chè",
    "CHAN_DOAN_RV": "Thai 9 tuần dọa sảy, dưỡng thai",
    "SO_NGAY": "7",
    "TU_NGAY": "20261104",
    "DEN_NGAY": "20261110",
    "MA_TTDV": NURSE,
    "TEN_BS": "Bác sĩ Hà",
    "MA_BS": NURSE,
    "NGAY_CT": "20261104",
}
TRANSFER: Line = {
    "SO_HOSO": "HS1",
    "SO_CHUYENTUYEN": "CT-31",
    "GIAY_CHUYEN_TUYEN": "CT-31",
    "MA_CSKCB_DEN": "11077",
    "NGAY_RA": "202611041030",
    "DAU_HIEU_LS": "Đau ngực",
    "CHAN_DOAN_RV": "Tăng huyết áp vô căn",
    "QT_BENHLY": "Đau ngực từ sáng",
    "TOMTAT_KQ": "ECG",
    "TINH_TRANG_CT": "Tỉnh",
    "MA_LYDO_CT": "1",
    "HUONG_DIEU_TRI": "Can thiệp mạch",
    "PHUONGTIEN_VC": "Xe cấp cứu",
}
SLIP: Line = {
    "SO_GIAYHEN_KL": "GH-8",
    "MA_CSKCB": "11001",
    "HO_TEN": "LÒ THỊ THỬ",
    "NGAY_HEN_KL": "202612010800",
    "CHAN_DOAN_RV": "Tăng huyết áp vô căn",
    "NGAY_CT": "20261104",
}
ALL = {
    "XML7": [DISCHARGE],
    "XML8": [SUMMARY],
    "XML9": [BIRTH],
    "XML10": [PREGNANCY],
    "XML11": [SICK_LEAVE],
    "XML13": [TRANSFER],
    "XML14": [SLIP],
}


def bring(
    officer: User, hospital: Organisation, more: dict[str, Sequence[Line]], **said: str
) -> Batch:
    return confirm(read_in(officer, hospital, more, **said), officer)


def read_in(
    officer: User, hospital: Organisation, more: dict[str, Sequence[Line]], **said: str
) -> Batch:
    content = envelope(written(whole(more=more, **said)))
    return send(content, by=officer, organisation=hospital, kind="envelope", name="hoso.xml")


def undo(batch: Batch, by: User) -> None:
    services.ask_to_undo(actor=by, batch=batch, reason="Gửi nhầm tệp")
    services.undo_batch(batch.pk, at=NOW)


def standing() -> dict[str, Document]:
    return {one.kind: one for one in Document.objects.filter(cancelled_at=None)}


def stored() -> dict[str, list[dict[str, Any]]]:
    """All that stands of papers, referrals, appointments, notes and care, in the end."""
    live = Document.objects.filter(cancelled_at=None)
    return {
        "papers": list(live.order_by("pk").values()),
        "referrals": list(Referral.objects.filter(document__in=live).order_by("pk").values()),
        "appointments": list(Appointment.objects.filter(cancelled_at=None).values()),
        "notes": list(VisitNote.objects.order_by("pk").values()),
    }
