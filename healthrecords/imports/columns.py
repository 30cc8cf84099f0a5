"""Which columns do the two kinds of file have?

Names and lengths are those of Decisions 130, 4750 and 3176/QĐ-BYT; labels are what hospitals write.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext_lazy as _

from healthrecords.imports import rules
from portal.identifiers import InsuranceCard, PersonalNumber, PhoneNumber
from portal.intake.declaration import Column, Need, Table, Type
from portal.places.models import Area

REQUIRED, WANTED = Need.REQUIRED, Need.WANTED
PER_MINUTE = ("l/p", "lần/phút", "l/phút", "lần/p", "nhịp/phút", "lần")


def communes(on: date) -> Iterator[tuple[str, str]]:
    """List the communes of a day with their provinces."""
    rows = Area.objects.communes().filter(valid_from__lte=on).exclude(valid_until__lt=on)
    for code, name, province in rows.values_list("code", "name", "parent__name"):
        yield code, f"{name}, {province}"


PERSON = (
    Column(
        name="MA_LK",
        label="Mã lượt khám",
        aliases=("Mã liên kết", "Mã đợt điều trị", "Số phiếu khám"),
        type=Type.IDENTIFIER,
        length=100,
        need=REQUIRED,
        example="26101200041",
        about=_("Tells the visits of one facility apart; the same key later means a correction."),
    ),
    Column(
        name="MA_BN",
        label="Mã người bệnh",
        aliases=("Mã bệnh nhân", "Mã BN"),
        type=Type.IDENTIFIER,
        length=100,
        example="BN000123",
    ),
    Column(
        name="HO_TEN",
        label="Họ và tên",
        aliases=("Họ tên", "Họ tên người bệnh", "Tên người bệnh", "Họ tên bệnh nhân"),
        type=Type.NAME,
        length=255,
        need=REQUIRED,
        example="Lò Văn Ún",
    ),
    Column(
        name="SO_CCCD",
        label="Số định danh",
        aliases=("Số CCCD", "CCCD", "Số định danh cá nhân", "CMND/CCCD", "Số CMND"),
        type=Type.IDENTIFIER,
        need=WANTED,
        digits=(9, 12),
        rule=rules.paper,
        usual=PersonalNumber.is_usual,
        example="011071000123",
        about=_("Twelve digits; an old card of nine or a passport is taken too."),
    ),
    Column(
        name="NGAY_SINH",
        label="Ngày sinh",
        aliases=("Năm sinh", "Ngày tháng năm sinh"),
        type=Type.PARTIAL_DAY,
        need=REQUIRED,
        example="15/08/1971",
        about=_("Day first; the year alone when no more is known."),
    ),
    Column(
        name="GIOI_TINH",
        label="Giới tính",
        aliases=("Giới", "Phái"),
        type=Type.CODE,
        need=REQUIRED,
        code_list="sexes",
        code_on="NGAY_VAO",
        example="Nam",
    ),
    Column(
        name="DIA_CHI",
        label="Địa chỉ",
        aliases=("Nơi ở", "Địa chỉ cư trú", "Nơi cư trú"),
        length=1024,
        example="Bản Hồi, xã Mường Chà",
    ),
    Column(
        name="MAXA_CU_TRU",
        label="Mã xã",
        aliases=("Mã xã cư trú", "Mã xã/phường", "Mã phường xã"),
        type=Type.IDENTIFIER,
        length=5,
        digits=(5,),
        is_padded=True,
        choices=communes,
        example="03181",
        about=_("Five digits; a code of before 1 July 2025 is understood."),
    ),
    Column(
        name="DIEN_THOAI",
        label="Điện thoại",
        aliases=("Số điện thoại", "SĐT", "ĐT"),
        type=Type.IDENTIFIER,
        rule=rules.phone,
        usual=PhoneNumber.is_usual,
        example="0912345678",
    ),
    Column(
        name="MA_THE_BHYT",
        label="Mã thẻ BHYT",
        aliases=("Số thẻ BHYT", "Thẻ BHYT", "BHYT"),
        type=Type.IDENTIFIER,
        rule=rules.card,
        usual=InsuranceCard.is_usual,
        separator=";",
        example="HT2111234567890",
    ),
    Column(
        name="MA_DKBD",
        label="Nơi đăng ký ban đầu",
        aliases=("Mã ĐKBĐ", "Nơi ĐKKCB ban đầu"),
        type=Type.IDENTIFIER,
        digits=(5,),
        is_padded=True,
        separator=";",
        example="11001",
    ),
    Column(
        name="GT_THE_TU",
        label="Thẻ từ ngày",
        aliases=("Giá trị thẻ từ",),
        type=Type.DAY,
        separator=";",
    ),
    Column(
        name="GT_THE_DEN",
        label="Thẻ đến ngày",
        aliases=("Giá trị thẻ đến", "Hạn thẻ"),
        type=Type.DAY,
        separator=";",
    ),
    Column(
        name="MA_DANTOC",
        label="Dân tộc",
        aliases=("Mã dân tộc",),
        type=Type.CODE,
        code_list="ethnic_groups",
        code_on="NGAY_VAO",
        unknown_code_warns=True,
        example="Thái",
    ),
    Column(
        name="MA_QUOCTICH",
        label="Quốc tịch",
        aliases=("Mã quốc tịch",),
        type=Type.CODE,
        code_list="nationalities",
        code_on="NGAY_VAO",
        unknown_code_warns=True,
        example="Việt Nam",
    ),
)
VISIT = (
    Column(
        name="LY_DO_VV",
        label="Lý do vào viện",
        aliases=("Lý do khám", "Lý do đến khám", "Lý do vào"),
        length=4000,
        need=WANTED,
        example="Ho, sốt 3 ngày",
    ),
    Column(
        name="MA_BENH_CHINH",
        label="Mã bệnh chính",
        aliases=("ICD chính", "Bệnh chính", "Mã ICD", "Mã ICD-10"),
        type=Type.CODE,
        need=REQUIRED,
        code_list="icd10",
        code_on="NGAY_RA",
        example="J18.9",
    ),
    Column(
        name="MA_BENH_KT",
        label="Mã bệnh kèm theo",
        aliases=("Bệnh kèm theo", "ICD kèm theo", "Bệnh phụ"),
        type=Type.CODE,
        code_list="icd10",
        code_on="NGAY_RA",
        separator=";",
        example="I10;E11.9",
        about=_("At most 12 codes with semicolons."),
    ),
    Column(
        name="MA_BENH_YHCT",
        label="Mã bệnh YHCT",
        aliases=("Bệnh YHCT",),
        type=Type.IDENTIFIER,
        separator=";",
    ),
    Column(
        name="NGAY_VAO",
        label="Ngày vào",
        aliases=("Ngày khám", "Ngày giờ vào", "Ngày vào viện", "Thời gian vào"),
        type=Type.MOMENT,
        need=REQUIRED,
        example="04/10/2026 09:25",
    ),
    Column(
        name="NGAY_RA",
        label="Ngày ra",
        aliases=("Ngày ra viện", "Ngày giờ ra", "Ngày kết thúc", "Thời gian ra"),
        type=Type.MOMENT,
        need=WANTED,
        example="04/10/2026 10:05",
    ),
    Column(
        name="KET_QUA_DTRI",
        label="Kết quả điều trị",
        aliases=("Kết quả", "KQ điều trị"),
        type=Type.CODE,
        code_list="treatment_outcomes",
        code_on="NGAY_VAO",
        example="Đỡ",
    ),
    Column(
        name="MA_LOAI_RV",
        label="Loại ra viện",
        aliases=("Tình trạng ra viện", "Mã loại ra viện", "Hình thức ra viện"),
        type=Type.CODE,
        code_list="discharge_kinds",
        code_on="NGAY_VAO",
        example="Ra viện",
    ),
    Column(
        name="MA_LOAI_KCB",
        label="Loại khám chữa bệnh",
        aliases=("Loại KCB", "Mã loại KCB", "Hình thức khám"),
        type=Type.CODE,
        code_list="visit_kinds",
        code_on="NGAY_VAO",
        example="01",
    ),
    Column(
        name="MA_DOITUONG_KCB",
        label="Đối tượng",
        aliases=("Đối tượng KCB", "Mã đối tượng"),
        type=Type.CODE,
        code_list="coverage_kinds",
        code_on="NGAY_VAO",
        unknown_code_warns=True,
        example="1.1",
    ),
    Column(name="GHI_CHU", label="Lời dặn", aliases=("Ghi chú", "Dặn dò"), length=4000),
    Column(
        name="NGAY_TAI_KHAM",
        label="Ngày tái khám",
        aliases=("Hẹn khám lại", "Ngày hẹn", "Tái khám"),
        type=Type.DAY,
        separator=";",
        example="18/10/2026",
    ),
    Column(
        name="CAN_NANG",
        label="Cân nặng",
        aliases=("Trọng lượng",),
        units=("kg",),
        type=Type.DECIMAL,
        example="52.5",
    ),
    Column(
        name="MA_CSKCB",
        label="Mã cơ sở",
        aliases=("Mã cơ sở KCB", "Mã CSKCB", "Cơ sở"),
        type=Type.IDENTIFIER,
        length=5,
        digits=(5,),
        is_padded=True,
        example="11001",
        about=_("Your own facility or one below it; may be left out."),
    ),
)
MEASURED = (
    Column(
        name="CHIEU_CAO",
        label="Chiều cao",
        units=("cm",),
        type=Type.DECIMAL,
        example="158",
    ),
    Column(
        name="MACH",
        label="Mạch",
        aliases=("Nhịp tim",),
        units=PER_MINUTE,
        type=Type.INTEGER,
        example="78",
    ),
    Column(
        name="HUYET_AP",
        label="Huyết áp",
        aliases=("HA",),
        units=("mmHg",),
        rule=rules.blood_pressure,
        example="120/80",
    ),
    Column(
        name="NHIET_DO",
        label="Nhiệt độ",
        aliases=("Thân nhiệt",),
        units=("°C", "độ C"),
        type=Type.DECIMAL,
        example="36.8",
    ),
    Column(name="NHIP_THO", label="Nhịp thở", units=PER_MINUTE, type=Type.INTEGER, example="18"),
    Column(
        name="SPO2",
        label="SpO2",
        aliases=("SpO₂", "Độ bão hòa oxy"),
        type=Type.INTEGER,
        example="98",
    ),
)

SHEET = Table(name="KhamBenh", title="Lượt khám", columns=(*PERSON, *VISIT, *MEASURED))
