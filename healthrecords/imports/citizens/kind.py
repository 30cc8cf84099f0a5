"""Which columns does a list of people have?

Names and lengths are those of Decisions 130, 4750 and 3176/QĐ-BYT; labels are what hospitals write.
"""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from healthrecords.imports.citizens.handler import CitizenHandler
from healthrecords.imports.columns import PERSON
from portal.intake.declaration import Column, Kind, Table, Type

ABOUT = {
    "MA_BN": _("Tells the people of one sender apart; the same code later means a correction."),
}
OCCUPATION = Column(
    name="MA_NGHE_NGHIEP",
    label="Nghề nghiệp",
    aliases=("Mã nghề nghiệp", "Nghề"),
    type=Type.CODE,
    code_list="occupations",
    unknown_code_warns=True,
    example="61",
)
# A list of people has no day of its own: its codes hold on the day it came.
COLUMNS = tuple(
    replace(column, code_on="", about=ABOUT.get(column.name, column.about))
    for column in PERSON
    if column.name != "MA_LK"
)

CITIZENS = Kind(
    id="citizens",
    title=_("People, one row each (workbook)"),
    about=_("An .xlsx or .csv file with the people a facility looks after; nobody is deleted."),
    tables=(Table(name="NguoiDan", title="Danh sách người dân", columns=(*COLUMNS, OCCUPATION)),),
    key=("MA_BN",),
    handler=CitizenHandler,
    noun=pgettext_lazy("rows of a file", "people"),
    order=25,
)
