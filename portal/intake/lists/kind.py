"""Which columns does the file of a code list have?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.codelists.models import CodeList
from portal.codelists.tables import MAX_CODE, MAX_TITLE
from portal.intake.declaration import Column, Kind, Need, Table, Type
from portal.intake.lists.handler import CodesHandler
from portal.intake.lists.rows import attributes


def lists(on: date) -> Iterator[tuple[str, str]]:
    """List the code lists by their keys."""
    yield from CodeList.objects.values_list("key", "title")


CODES = Kind(
    id="codes",
    title=_("Code list (a new version)"),
    about=_("The whole list as it holds from a day on; codes that are missing hold no more."),
    tables=(
        Table(
            name="BangMa",
            title="Danh mục mã",
            columns=(
                Column(
                    name="DANH_MUC",
                    label="Danh mục",
                    aliases=("Khóa danh mục", "Mã danh mục dùng chung"),
                    need=Need.REQUIRED,
                    length=60,
                    choices=lists,
                    example="discharge_kinds",
                    about=_("the key of the list; a file may hold several lists"),
                ),
                Column(
                    name="HIEU_LUC_TU",
                    label="Hiệu lực từ",
                    aliases=("Danh mục có hiệu lực từ", "Áp dụng từ ngày"),
                    type=Type.DAY,
                    need=Need.REQUIRED,
                    example="01/07/2026",
                    about=_("the first day of the version, the same in every row of a list"),
                ),
                Column(
                    name="CAN_CU",
                    label="Căn cứ pháp lý",
                    aliases=("Căn cứ", "Văn bản"),
                    need=Need.REQUIRED,
                    length=300,
                    example="Thông tư 06/2026/TT-BYT",
                ),
                Column(
                    name="MA",
                    label="Mã",
                    aliases=("code", "Mã bệnh", "Mã danh mục", "Mã số", "Mã ICD"),
                    type=Type.IDENTIFIER,
                    need=Need.REQUIRED,
                    length=MAX_CODE,
                    example="1",
                ),
                Column(
                    name="TEN",
                    label="Tên",
                    aliases=("title", "Tên bệnh", "Tên danh mục", "Tên gọi", "Nội dung"),
                    need=Need.REQUIRED,
                    length=MAX_TITLE,
                    example="Ra viện",
                ),
                Column(
                    name="MA_CHA",
                    label="Mã cha",
                    aliases=("parent", "Thuộc mã", "Mã nhóm"),
                    type=Type.IDENTIFIER,
                    length=MAX_CODE,
                ),
                Column(
                    name="TU_NGAY",
                    label="Mã dùng từ ngày",
                    aliases=("valid_from", "Từ ngày"),
                    type=Type.DAY,
                    about=_("blank when the code holds as long as the version"),
                ),
                Column(
                    name="DEN_NGAY",
                    label="Mã dùng đến ngày",
                    aliases=("valid_until", "Đến ngày"),
                    type=Type.DAY,
                ),
                Column(
                    name="TU_KHOA",
                    label="Từ khóa",
                    aliases=("synonyms", "Tên khác"),
                    length=1000,
                    about=_("everyday words for the code, with semicolons"),
                ),
                Column(
                    name="THUOC_TINH",
                    label="Thuộc tính",
                    aliases=("attributes",),
                    rule=attributes,
                    example="sex=F | not_main=1",
                    about=_("further properties as name=value, parted by |"),
                ),
                Column(name="NGUON", label="Nguồn", aliases=("source",), length=300),
            ),
        ),
    ),
    key=("DANH_MUC", "MA"),
    handler=CodesHandler,
    upload="manage_lists",
    confirm="manage_lists",
    sees="",
    places=frozenset({"ministry", "department"}),
    noun=pgettext_lazy("rows of a file", "codes"),
    order=60,
)
