"""What do a practitioner's papers look like? Samples, printed as PDF with the values of a profile."""

import json
from collections.abc import Mapping

import typst

PAPER = """
#let p = json(bytes(sys.inputs.paper))
#set page(paper: "a5", flipped: true, margin: 14mm)
#set text(size: 11pt, lang: "vi")
#align(center)[
  #text(size: 9pt)[CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM \\ Độc lập - Tự do - Hạnh phúc]
  #v(5mm)
  #text(size: 15pt, weight: "bold")[#p.heading]
  #v(1mm)
  #text(size: 9pt)[BẢN MẪU, DỮ LIỆU BỊA]
]
#v(4mm)
#grid(columns: (46mm, 1fr), row-gutter: 3.2mm, ..p.lines.map(((name, value)) => (name, strong(value))).flatten())
"""
LICENSE_LINES = {
    "name": "Họ và tên",
    "birth_date": "Ngày sinh",
    "license_number": "Số giấy phép",
    "title_text": "Chức danh chuyên môn",
    "scope": "Phạm vi hành nghề",
    "license_issued_on": "Ngày cấp",
    "license_issued_by": "Nơi cấp",
    "license_valid_until": "Có giá trị đến",
}
IDENTITY_LINES = {
    "name": "Họ và tên",
    "birth_date": "Ngày sinh",
    "sex_text": "Giới tính",
    "identifier": "Số định danh cá nhân",
}
DIPLOMA_LINES = {
    "name": "Họ và tên",
    "birth_date": "Ngày sinh",
    "qualification_text": "Trình độ",
    "qualification_field": "Ngành",
    "school": "Nơi đào tạo",
    "diploma_number": "Số hiệu văn bằng",
    "qualification_issued_on": "Ngày cấp",
}
# Name of the file, heading, lines, and the items the paper proves.
PAPERS = (
    ("Giấy phép hành nghề.pdf", "GIẤY PHÉP HÀNH NGHỀ", LICENSE_LINES, ("license", "scope")),
    ("Căn cước.pdf", "CĂN CƯỚC", IDENTITY_LINES, ("person", "identifier")),
    ("Văn bằng chuyên môn.pdf", "VĂN BẰNG CHUYÊN MÔN", DIPLOMA_LINES, ("qualification",)),
)


def printed(heading: str, lines: Mapping[str, str], values: Mapping[str, str]) -> bytes:
    """Return a sample paper as PDF."""
    said = [[label, values[name]] for name, label in lines.items() if values.get(name)]
    paper = json.dumps({"heading": heading, "lines": said}, ensure_ascii=False)
    content = typst.compile(PAPER.encode(), sys_inputs={"paper": paper}, ignore_system_fonts=True)
    return bytes(content)
