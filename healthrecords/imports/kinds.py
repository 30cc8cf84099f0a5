"""Which files of visits does the portal take?"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from healthrecords.imports.columns import SHEET
from healthrecords.imports.declared import check_in_table, envelope_tables
from healthrecords.imports.envelope import CheckInHandler, EnvelopeHandler
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
FAULTS = {
    "part_unreadable": (
        _("Table %(table)s of this record cannot be read: it is neither base64 nor XML."),
        _("Export this record again from the hospital software."),
    ),
    "part_missing": (
        _("This record has no table %(table)s, so nobody knows whose it is."),
        _("Export this record again with that table."),
    ),
    "check_in_alone": (
        _("This record is a check-in without a visit (XML0)."),
        _("Send the file again as check-ins; choose that as its kind."),
    ),
    "part_mended": (
        _("Table %(table)s was not proper XML (a bare & or <) and was mended while reading."),
        _("Nothing to do now; tell the maker of the hospital software."),
    ),
    "letters_lost": (
        _("Letters of table %(table)s cannot be read: the file mixes two kinds of writing."),
        _("Export this record again as UTF-8."),
    ),
    "record_broken": (
        _("This record, which begins at line %(line)s, is not proper XML."),
        _("Export this record again; the others of the file are read."),
    ),
    "record_unclosed": (
        _("This record, which begins at line %(line)s, has no end; another begins inside it."),
        _("Export this record again; the others of the file are read."),
    ),
    "record_torn": (
        _("The file breaks off inside this record, which begins at line %(line)s."),
        _("The records before it are read. Send the file again whole to have the rest."),
    ),
    "record_too_large": (
        _("This record, which begins at line %(line)s, is larger than any record of a visit."),
        _("Export this record again; check what was attached to it."),
    ),
}
ENVELOPE = Kind(
    id="envelope",
    title=_("Official envelope GIAMDINHHS (XML 130)"),
    about=_(
        "The .xml file that is also sent to the insurer (QĐ 3176/QĐ-BYT), or a .zip of such files."
    ),
    tables=envelope_tables(),
    key=KEY,
    handler=EnvelopeHandler,
    reader="healthrecords.imports.envelope_reader:read",
    suffixes=(".xml", ".zip"),
    faults=FAULTS,
    noun=_("visits"),
    order=20,
)
CHECK_INS = Kind(
    id="check_ins",
    title=_("Check-ins (XML 130)"),
    about=_(
        "The .xml file that is sent when a patient's first cost arises (QĐ 3176/QĐ-BYT), "
        "or a .zip of such files."
    ),
    tables=(check_in_table(),),
    key=KEY,
    handler=CheckInHandler,
    reader="healthrecords.imports.envelope_reader:read_check_ins",
    suffixes=(".xml", ".zip"),
    faults=FAULTS,
    noun=_("visits"),
    order=30,
)
