"""Which files of visits does the portal take?"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from healthrecords.imports.columns import MEDICINES, PROGRESS, SERVICES, SHEET, SUMMARY
from healthrecords.imports.handler import VisitHandler
from portal.intake.declaration import Kind

KEY = ("MA_CSKCB", "MA_LK")

VISITS = Kind(
    id="visits",
    title=_("Visits, one row each (workbook)"),
    about=_("An .xlsx or .csv file with one visit to a row, as hospital software exports it."),
    tables=(SHEET,),
    key=KEY,
    handler=VisitHandler,
    noun=_("visits"),
    order=10,
)
ENVELOPE = Kind(
    id="envelope",
    title=_("Official envelope GIAMDINHHS (XML 130)"),
    about=_("The .xml file that is also sent to the insurer (QĐ 3176/QĐ-BYT)."),
    tables=(SUMMARY, MEDICINES, SERVICES, PROGRESS),
    key=KEY,
    handler=VisitHandler,
    reader="healthrecords.imports.envelope_reader:read",
    suffixes=(".xml",),
    faults={
        "part_unreadable": (
            _("Table %(table)s of this record cannot be read: it is neither base64 nor XML."),
            _("Export this record again from the hospital software."),
        ),
        "part_missing": (
            _("This record has no table XML1, so nobody knows whose it is."),
            _("Export this record again with its summary (XML1)."),
        ),
    },
    noun=_("visits"),
    order=20,
)
