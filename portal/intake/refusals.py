"""Which sentence tells a sender why a whole file cannot be read, and what to do?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

REFUSALS: Mapping[str, StrOrPromise] = {
    "file_empty": _(
        "The file is empty. Export it again from your software and look inside before sending."
    ),
    "file_torn": _(
        "The file is damaged: it was probably cut off while being copied or sent. "
        "Open it in Excel; if it opens, save it anew and send that."
    ),
    "file_unreadable": _(
        "Something inside the file is not as its format wants, so it cannot be read. "
        "Open it in Excel; if it opens, save it anew as Excel Workbook (.xlsx) and send that."
    ),
    "file_has_password": _(
        "The file is locked with a password, so it cannot be read. "
        "Save a copy without the password and send the copy."
    ),
    "file_is_old_excel": _(
        "The file is in an Excel format of 2003 that is no longer read. Open it in Excel, choose "
        "Save as, Excel Workbook (.xlsx), and send that."
    ),
    "file_is_web_page": _(
        "The file is a web page that only bears the name of a workbook. Open it in Excel, choose "
        "Save as, Excel Workbook (.xlsx), and send that."
    ),
    "file_of_other_format": _(
        "This kind of file (%(format)s) has no rows that could be read. "
        "Send an .xlsx workbook, a .csv file or the .xml envelope."
    ),
    "file_is_xml": _(
        "The file is XML, but a workbook is expected here. "
        "To send the official envelope choose it as the kind of file."
    ),
    "file_is_no_envelope": _(
        "The file is no GIAMDINHHS envelope: its first element is “%(found)s”. "
        "Export it from the hospital software as XML 130 (QĐ 3176/QĐ-BYT) and send that."
    ),
    "file_is_not_xml": _(
        "The official envelope is an .xml file, but this is something else. "
        "To send a workbook choose that as the kind of file."
    ),
    "file_unfolds_too_far": _(
        "Unpacked, the file would take %(megabytes)s MB, which no workbook of records does. "
        "Save it anew in Excel, or split it into several files."
    ),
    "file_too_heavy": _(
        "The file takes more memory than is given to one file. Split it into several files, "
        "each with at most 500,000 rows."
    ),
    "file_too_slow": _(
        "Reading the file took too long and was stopped. Split it into several files."
    ),
    "sheets_too_many": _(
        "The workbook has %(count)s sheets; at most %(most)s are read. "
        "Keep the sheets that hold the rows, or split the file."
    ),
    "lines_too_long": _(
        "The file has a line of more than a million characters, which no table has. "
        "Export it again with one row to a line, or send an .xlsx workbook."
    ),
    "xml_forbidden": _(
        "The file declares entities or a document type, which neither an envelope nor a workbook "
        "ever needs and which may do harm. Export it again without them."
    ),
    "xml_broken": _(
        "The XML breaks off or is wrong at line %(line)s. The file was probably cut off: "
        "export it again and send it whole."
    ),
    "text_undecodable": _(
        "The letters of the file cannot be read. Save it as “CSV UTF-8” and send that."
    ),
    "letters_lost": _(
        "When the file was saved its letters with marks became question marks: “%(example)s”. "
        "They cannot be got back from it. Save it anew as “CSV UTF-8” or as .xlsx and send that."
    ),
    "csv_broken": _(
        "At row %(row)s a quotation mark is not closed, so the rows after it run together. "
        "Close it, or send the file as .xlsx."
    ),
    "bundle_without_files": _(
        "The zip holds no file that could be read here. "
        "Put .xlsx, .csv or .xml files into it, as the kind of file asks for."
    ),
    "bundle_too_many_files": _(
        "The zip holds %(count)s files; at most %(most)s are read at once. Send several zips."
    ),
    "bundle_nested": _(
        "There is a zip within the zip, and those are not opened. "
        "Unpack it and put its files beside the others."
    ),
    "heading_not_found": _(
        "No sheet has a row with the names of the columns. Needed are at least: %(columns)s. "
        "Take the template of this page, or copy its first row into your file."
    ),
    "columns_missing": _(
        "Row %(number)s of sheet “%(sheet)s” has the names of the columns, but these are missing: "
        "%(columns)s. Say which columns of the file they are, or add them and send it again."
    ),
    "no_rows": _(
        "Under the names of the columns there is no row. Fill in the rows and send the file again."
    ),
    "stopped": _(
        "Something in this system failed while the file was read. The file is kept; "
        "press “Read again”. If it stops again, call support and name this page."
    ),
}

NOTES: Mapping[str, StrOrPromise] = {
    "columns_ignored": _(
        "Sheet “%(sheet)s” has columns that are not part of this kind: %(columns)s. They were left out."
    ),
    "columns_repeated": _(
        "Sheet “%(sheet)s” has columns twice: %(columns)s. The first of each was read."
    ),
    "columns_proposed": _(
        "Sheet “%(sheet)s” has headings that are almost the name of a column: %(columns)s. "
        "They were not read; say on the page of the columns what they mean."
    ),
    "columns_ambiguous": _(
        "Sheet “%(sheet)s” has headings that may mean several columns: %(columns)s. "
        "They were not read; say on the page of the columns what they mean."
    ),
    "columns_nameless": _(
        "Sheet “%(sheet)s” has values under no heading in: %(columns)s. They were left out."
    ),
    "columns_remembered": _(
        "The columns of sheet “%(sheet)s” were read as %(who)s said on %(day)s for files with the "
        "same headings."
    ),
    "sheets_ignored": _("These sheets have no such table and were left out: %(sheets)s."),
    "sheets_hidden": _("These sheets are hidden and were left out: %(sheets)s."),
    "cells_far_ignored": _(
        "Sheet “%(sheet)s” has %(count)s cells far to the right of the table, past column ZZ. "
        "They were left out."
    ),
    "formulas_uncalculated": _(
        "In sheet “%(sheet)s” %(count)s formulas were never calculated, so their cells show no "
        "value. Open the file in Excel, save it and send it again, or type the values."
    ),
    "cells_merged": _(
        "Sheet “%(sheet)s” has merged cells: %(cells)s. Only the first cell of each has a value; "
        "the others count as empty."
    ),
    "members_ignored": _(
        "These files of the zip are of another kind and were left out: %(files)s."
    ),
    "members_read": _("These files of the zip were read: %(files)s."),
    "member_refused": _("It was left out; the other files of the zip were read."),
    "not_whole": _(
        "Nothing was written: all rows or none were to be, and by then %(count)s of them were wrong "
        "or waited for a decision."
    ),
    "macros_ignored": _("The workbook has macros. They were not run; only the cells were read."),
    "totals_ignored": _("Rows of totals or signatures were left out: %(rows)s."),
    "records_counted_otherwise": _(
        "The file says that it holds %(said)s records, but %(read)s were found in it."
    ),
    "file_torn_at_record": _(
        "The file breaks off inside record %(record)s; what stands before it was read."
    ),
    "file_ends_early": _(
        "The file ends after record %(read)s without its closing part; perhaps it was cut off."
    ),
    "tables_kept": _("Kept with the file, but not shown in the records yet: %(tables)s."),
    "signature_absent": _("The file bears no signature of the facility."),
    "signature_fits": _(
        "The facility's signature fits the file. Certificate of %(name)s (%(serial)s, valid from "
        "%(since)s to %(until)s), issued by %(issuer)s; the issuer was not checked."
    ),
    "signature_wrong": _(
        "The facility's signature does not fit the file: it was changed after it was signed."
    ),
    "signature_partial": _(
        "The facility's signature fits only a part of the file; the records are not under it."
    ),
    "signature_uncheckable": _("The facility's signature could not be checked (%(reason)s)."),
    "same_file": _("This very file was already sent on %(day)s by %(who)s."),
}


def sentence(texts: Mapping[str, StrOrPromise], code: str, params: Mapping[str, Any]) -> str:
    """Say a refusal or a remark in the language of the page."""
    if code == "member_refused":
        why = sentence(REFUSALS, params["code"], params)
        return f"{why} {texts[code]}"
    shown = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in params.items()
    }
    said = str(texts[code]) % shown
    if shown.get("file"):
        return gettext("In the zip, file “%(file)s”: %(said)s") % {
            "file": shown["file"],
            "said": said,
        }
    return said
