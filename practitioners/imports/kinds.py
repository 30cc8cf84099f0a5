"""Which columns do the files of practitioners have?

The staff list is the insurer's catalogue 02/DM in the order of 2026; Form 01 is that of Annex II to
Decree 96/2023/NĐ-CP. What both lack for somebody the register does not know may be added as columns.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.intake.declaration import Column, Kind, Need, Table, Type
from practitioners.imports import lists, rules
from practitioners.imports.handler import PractitionerHandler
from practitioners.imports.leaving import LeavingHandler

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NUMBER = Column(name="STT", label="Số thứ tự", aliases=("TT",))
NAME = Column(
    name="HO_TEN",
    label="Họ và tên",
    aliases=("Họ tên", "Họ tên nhân viên"),
    type=Type.NAME,
    length=255,
    need=Need.REQUIRED,
    example="Lò Văn Thoan",
)
SEX = Column(name="GIOI_TINH", label="Giới tính", type=Type.CODE, code_list="sexes", example="1")
PAPER = Column(
    name="SO_DINH_DANH",
    label="Số định danh",
    aliases=("Số định danh cá nhân", "Số CCCD", "SO_CCCD", "CCCD"),
    type=Type.IDENTIFIER,
    digits=(9, 12),
    rule=rules.paper,
    need=Need.WANTED,
    example="011078002915",
)
TITLE = Column(
    name="CHUCDANH_NN",
    label="Chức danh nghề nghiệp",
    aliases=("Chức danh", "Chức danh chuyên môn"),
    length=100,
    example="1",
    about=_("the insurer's number (1 doctor, 2 assistant doctor, 3 nurse ...) or the words"),
)
ISSUED_ON = Column(
    name="NGAYCAP_CCHN",
    label="Ngày cấp",
    aliases=("Ngày cấp CCHN", "Ngày cấp GPHN"),
    type=Type.DAY,
    example="10/03/2024",
)
ISSUED_BY = Column(
    name="NOICAP_CCHN",
    label="Nơi cấp",
    aliases=("Nơi cấp CCHN", "Nơi cấp GPHN"),
    length=200,
    example="Sở Y tế tỉnh Điện Biên",
)
FROM = Column(
    name="TU_NGAY",
    label="Từ ngày",
    aliases=("Hành nghề từ ngày", "Đăng ký từ ngày"),
    type=Type.DAY,
    example="01/04/2024",
)
BIRTH = Column(
    name="NGAY_SINH",
    label="Ngày sinh",
    aliases=("Năm sinh",),
    type=Type.PARTIAL_DAY,
    example="22/04/1978",
    about=_("not of the form; the year is taken from the personal number where it is missing"),
)
LEVEL = Column(
    name="TRINH_DO",
    label="Trình độ",
    aliases=("Trình độ chuyên môn", "Văn bằng"),
    rule=rules.level,
    example="Đại học",
    about=_("not of the form; the review asks for it where it is missing"),
)


def license_column(label: str) -> Column:
    """Return the column of the licence number under a form's own heading."""
    aliases = ("Mã CCHN", "Số CCHN", "Số GPHN", "Số giấy phép hành nghề", "Số chứng chỉ hành nghề")
    return Column(
        name="MACCHN",
        label=label,
        aliases=tuple(alias for alias in aliases if alias != label),
        type=Type.IDENTIFIER,
        rule=rules.license_number,
        need=Need.WANTED,
        example="001287/ĐB-GPHN",
        about=_("Staff without a licence stay with the file."),
    )


STAFF_LIST = Kind(
    id="practitioners",
    title=_("Staff list of the insurer (24 columns)"),
    about=_("One row per practitioner; each becomes a profile that the department reviews."),
    tables=(
        Table(
            name="NhanVien",
            title="Danh mục nhân viên y tế",
            columns=(
                NUMBER,
                Column(name="MA_KHOA", label="Mã khoa", length=50),
                Column(name="TEN_KHOA", label="Tên khoa", aliases=("Khoa",), length=200),
                NAME,
                SEX,
                PAPER,
                TITLE,
                Column(
                    name="VI_TRI",
                    label="Vị trí",
                    type=Type.CODE,
                    code_list="staff_positions",
                    unknown_code_warns=True,
                    example="2",
                    about=_("blank for staff without one of these positions"),
                ),
                license_column("Mã chứng chỉ hành nghề"),
                ISSUED_ON,
                ISSUED_BY,
                Column(
                    name="PHAMVI_CM",
                    label="Phạm vi chuyên môn",
                    aliases=("Phạm vi hành nghề",),
                    type=Type.CODE,
                    code_list="practice_scopes",
                    unknown_code_warns=True,
                    separator=";",
                    example="102",
                ),
                Column(
                    name="PHAMVI_CMBS",
                    label="Phạm vi chuyên môn bổ sung",
                    type=Type.CODE,
                    code_list="practice_scopes",
                    unknown_code_warns=True,
                    separator=";",
                ),
                Column(
                    name="DVKT_KHAC",
                    label="Dịch vụ kỹ thuật khác",
                    rule=rules.techniques,
                    is_beside=True,
                    example="18.0001;02.0085",
                    about=_("techniques assigned beyond the scope, with their paper"),
                ),
                Column(
                    name="VB_PHANCONG",
                    label="Văn bản phân công",
                    rule=rules.papers,
                    is_beside=True,
                    example="20260901_07/QĐ-BV",
                    about=_("one paper for all techniques, or one for each in their order"),
                ),
                Column(
                    name="THOIGIAN_DK",
                    label="Thời gian đăng ký",
                    type=Type.CODE,
                    code_list="working_times",
                    example="1",
                    about=_("1 full time, 2 not full time"),
                ),
                Column(
                    name="THOIGIAN_NGAY",
                    label="Thời gian trong ngày",
                    length=200,
                    example="0730-1630",
                ),
                Column(
                    name="THOIGIAN_TUAN",
                    label="Thời gian trong tuần",
                    length=100,
                    example="T2T3T4T5T6",
                ),
                Column(
                    name="CSKCB_KHAC",
                    label="Cơ sở khám chữa bệnh khác",
                    rule=rules.other_facilities,
                    is_beside=True,
                    example="11047",
                    about=_("codes of the other facilities where the person works"),
                ),
                Column(
                    name="CSKCB_CGKT",
                    label="Cơ sở chuyển giao kỹ thuật",
                    rule=rules.givers,
                    is_beside=True,
                    example="11001",
                    about=_("code of the facility that handed the techniques over"),
                ),
                Column(
                    name="QD_CGKT",
                    label="Quyết định chuyển giao kỹ thuật",
                    rule=rules.transfers,
                    is_beside=True,
                    example="20260115_12/QĐ-BV",
                    about=_("one decision for all techniques, or one for each in their order"),
                ),
                FROM,
                Column(name="DEN_NGAY", label="Đến ngày", type=Type.DAY, is_beside=True),
                Column(
                    name="MA_CSKCB",
                    label="Mã cơ sở",
                    aliases=("Mã CSKCB", "Mã cơ sở KCB"),
                    type=Type.IDENTIFIER,
                    digits=(5,),
                    is_padded=True,
                    example="11001",
                    about=_("Your own facility or one below it; may be left out."),
                ),
                BIRTH,
                LEVEL,
            ),
        ),
    ),
    key=("MACCHN", "HO_TEN", "TU_NGAY"),
    handler=PractitionerHandler,
    needs_person=True,
    upload="submit_practitioners",
    confirm="submit_practitioners",
    sees="",
    noun=pgettext_lazy("rows of a file", "practitioners"),
    order=40,
)
FORM_01_TABLES = (
    Table(
        name="Mau01",
        title="Danh sách đăng ký người hành nghề",
        columns=(
            NUMBER,
            NAME,
            license_column("Số giấy phép hành nghề/Số chứng chỉ hành nghề"),
            Column(
                name="PHAM_VI",
                label="Phạm vi hành nghề",
                aliases=("Phạm vi hoạt động chuyên môn",),
                length=2000,
                example="Nội khoa",
            ),
            Column(
                name="THOI_GIAN",
                label="Thời gian đăng ký hành nghề tại cơ sở",
                aliases=("Thời gian hành nghề", "Thời gian làm việc"),
                length=300,
                example="T2 đến T6, 07:30 đến 16:30",
            ),
            Column(
                name="VI_TRI_CM",
                label="Vị trí chuyên môn",
                aliases=("Vị trí",),
                length=200,
                example="Bác sỹ điều trị",
            ),
            SEX,
            BIRTH,
            PAPER,
            TITLE,
            ISSUED_ON,
            ISSUED_BY,
            FROM,
            LEVEL,
        ),
    ),
)


def form_01(kind: str, title: StrOrPromise, about: StrOrPromise, order: int) -> Kind:
    """Return one of the lists that share Form 01; the kind says which, for they look alike."""
    return Kind(
        id=kind,
        title=title,
        about=about,
        tables=FORM_01_TABLES,
        key=("MACCHN", "HO_TEN"),
        handler=PractitionerHandler,
        needs_person=True,
        upload="submit_practitioners",
        confirm="submit_practitioners",
        sees="",
        noun=pgettext_lazy("rows of a file", "practitioners"),
        order=order,
    )


FORM_01 = form_01(
    lists.FIRST,
    _("Form 01, first list of registered practitioners"),
    _("With the application for the operating licence (Law 15/2023/QH15, article 38(1))."),
    42,
)
FORM_01_CHANGED = form_01(
    lists.CHANGED,
    _("Form 01, changed list"),
    _("The whole list anew; whom it leaves out is named. Leaving is reported by itself."),
    43,
)
FORM_01_ADDED = form_01(
    lists.ADDED,
    _("Form 01, added practitioners"),
    _("Within 10 days of the first day here (Decree 96/2023/NĐ-CP, article 29)."),
    44,
)
FORM_01_REPORT = Kind(
    id=lists.REPORT,
    title=_("Report of practitioners who stopped"),
    about=_("Within 3 working days of the last day here (Decree 96/2023/NĐ-CP, article 29)."),
    tables=(
        Table(
            name="BaoCao",
            title="Báo cáo người hành nghề thôi làm việc",
            columns=(
                NUMBER,
                NAME,
                replace(
                    license_column("Số giấy phép hành nghề/Số chứng chỉ hành nghề"),
                    need=Need.REQUIRED,
                ),
                Column(
                    name="DEN_NGAY",
                    label="Ngày thôi hành nghề",
                    aliases=("Đến ngày", "Ngày nghỉ việc", "Ngày thôi làm việc"),
                    type=Type.DAY,
                    need=Need.REQUIRED,
                    example="31/10/2026",
                    about=_("the last day of practice here"),
                ),
                Column(name="LY_DO", label="Lý do", length=300, example="Chuyển công tác"),
            ),
        ),
    ),
    key=("MACCHN", "HO_TEN"),
    handler=LeavingHandler,
    needs_person=True,
    upload="submit_practitioners",
    confirm="submit_practitioners",
    sees="",
    noun=pgettext_lazy("rows of a file", "practitioners"),
    order=45,
)
KINDS = (STAFF_LIST, FORM_01, FORM_01_CHANGED, FORM_01_ADDED, FORM_01_REPORT)
