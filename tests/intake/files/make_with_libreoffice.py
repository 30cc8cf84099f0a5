"""Makes the files of this folder with LibreOffice; run once by hand, the tests need no LibreOffice.

    soffice --headless --accept='socket,host=127.0.0.1,port=2002;urp;' &
    /usr/bin/python3 tests/intake/files/make_with_libreoffice.py

(Debian: libreoffice-calc and python3-uno.) All people in them are invented.
"""

from pathlib import Path

import uno
from com.sun.star.beans import NamedValue, PropertyValue

FOLDER = Path(__file__).resolve().parent
HEADINGS = [
    *("Mã lượt khám", "Họ và tên", "Số CCCD", "Ngày sinh", "Giới tính", "Địa chỉ"),
    *("Mã ICD", "Lý do vào viện", "Ngày giờ vào", "Cân nặng (kg)", "Mạch"),
]
# The day is what a spreadsheet counts from 30/12/1899: 46299 is 04/10/2026.
ROWS = [
    *[["LO-1", "Lò Văn Ún", "011071000123", "15/08/1971", "Nam", "Bản Hồi, xã Mường Chà"]],
    *[["LO-2", "Vàng Thị Sung", "011190000456", "02/01/1990", "Nữ", "Bản Púng"]],
    *[["LO-3", "Quàng Văn Ót", "011055000789", "1955", "Nam", "Tổ 3, xã Mường Nhé"]],
]
ENDS = [
    ["J18.9", "Ho, sốt 3 ngày", 46299 + (9 * 60 + 25) / 1440, 52.5, 78],
    ["I10", 'Đau đầu; "nặng" đầu\nhai hôm nay', 46299.5, "=50+1.5", 82],
    ["E11", "Tái khám", 46300 + 8 / 24, 61, "=70+2"],
]
FILTERS = {
    "xlsx": "Calc MS Excel 2007 XML",
    "xls": "MS Excel 97",
    "ods": "calc8",
}


def prop(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def lock(suffix):
    """The ways in which the older formats keep a password."""
    if suffix == "ods":
        return prop("Password", "bi mat")
    named = []
    for name in ("STD97EncryptionKey", "STD97UniqueID"):
        part = NamedValue()
        part.Name, part.Value = name, uno.ByteSequence(bytes(range(1, 17)))
        named.append(part)
    return prop("EncryptionData", uno.Any("[]com.sun.star.beans.NamedValue", tuple(named)))


def desktop():
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    context = resolver.resolve(
        "uno:socket,host=127.0.0.1,port=2002;urp;StarOffice.ComponentContext"
    )
    return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)


def put(cell, value):
    if isinstance(value, str) and value.startswith("="):
        cell.Formula = value
    elif isinstance(value, str):
        cell.String = value
    else:
        cell.Value = value


def fill(document, *, titles=True):
    sheets = document.Sheets
    sheets.insertNewByName("KhamBenh", 0)
    for name in list(sheets.ElementNames):
        if name != "KhamBenh":
            sheets.removeByName(name)
    sheet = sheets.getByName("KhamBenh")
    first = 3 if titles else 0
    if titles:
        sheet.getCellByPosition(0, 0).String = "BỆNH VIỆN ĐA KHOA TỈNH"
        sheet.getCellRangeByName("A1:F1").merge(True)
        sheet.getCellByPosition(0, 1).String = "Danh sách lượt khám tháng 10/2026"
    locale = uno.createUnoStruct("com.sun.star.lang.Locale")
    shown = document.NumberFormats.addNew("DD/MM/YYYY HH:MM", locale)
    for place, heading in enumerate(HEADINGS):
        sheet.getCellByPosition(place, first).String = heading
    for at, (begin, end) in enumerate(zip(ROWS, ENDS, strict=True), start=first + 1):
        for place, value in enumerate([*begin, *end]):
            put(sheet.getCellByPosition(place, at), value)
        sheet.getCellByPosition(8, at).NumberFormat = shown
    bold = sheet.getCellByPosition(1, first + 1).createTextCursor()
    bold.gotoStart(False)
    bold.goRight(2, True)
    bold.CharWeight = 150


def hide(sheets):
    sheets.insertNewByName("Danh mục", 1)
    hidden = sheets.getByName("Danh mục")
    hidden.getCellByPosition(0, 0).String = "Mã lượt khám"
    hidden.IsVisible = False


def main():
    desk = desktop()
    for since_1904 in (False, True):
        document = desk.loadComponentFromURL("private:factory/scalc", "_blank", 0, ())
        if since_1904:
            day = uno.createUnoStruct("com.sun.star.util.Date")
            day.Day, day.Month, day.Year = 1, 1, 1904
            document.NullDate = day
        fill(document)
        hide(document.Sheets)
        if since_1904:
            sheet = document.Sheets.getByName("KhamBenh")
            for at in range(4, 4 + len(ROWS)):
                sheet.getCellByPosition(8, at).Value -= 1462
        for suffix, name in FILTERS.items():
            begin = "libreoffice-1904" if since_1904 else "libreoffice"
            store(document, f"{begin}.{suffix}", prop("FilterName", name))
            if not since_1904 and suffix != "xlsx":
                locked = [prop("FilterName", name), lock(suffix)]
                store(document, f"libreoffice-locked.{suffix}", *locked)
        document.close(True)
    document = desk.loadComponentFromURL("private:factory/scalc", "_blank", 0, ())
    fill(document, titles=False)
    csv = prop("FilterName", "Text - txt - csv (StarCalc)")
    for name, options in {
        "libreoffice-utf8.csv": "44,34,76,1,,0,false,true,true",
        "libreoffice-utf16.csv": "9,34,65535,1,,0,false,true,true",
    }.items():
        store(document, name, csv, prop("FilterOptions", options))
    store(document, "libreoffice-page.xls", prop("FilterName", "HTML (StarCalc)"))
    store(document, "libreoffice-2003.xls", prop("FilterName", "MS Excel 2003 XML"))
    document.close(True)


def store(document, name, *properties):
    document.storeToURL((FOLDER / name).as_uri(), tuple(properties))


if __name__ == "__main__":
    main()
