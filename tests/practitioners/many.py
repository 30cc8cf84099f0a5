"""A desk full of profiles, as a department has it before the end of a week; made set-based.

Most are sound, some ask, some are wrong, in a fixed proportion; some carry scans of three pages.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid5

import typst
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from config.demo.people import NAMESPACE
from portal.attachments.models import StoredFile
from portal.places.models import Organisation
from practitioners.models import Evidence, ProfileSubmission
from practitioners.services.submit import Sending, submit_profiles
from tests.practitioners.conftest import PDF, PROFILE

SURNAMES = ("Lò", "Quàng", "Cà", "Mùa", "Vàng", "Giàng", "Nguyễn", "Trần", "Lường", "Tòng")
MIDDLES = ("Văn", "Thị", "A", "Bá", "Minh")
NAMES = (
    "Thoan",
    "Hạc",
    "Chống",
    "Lâm",
    "Dua",
    "Toàn",
    "Phương",
    "Hiền",
    "Dung",
    "Sơn",
    "Ngọc",
    "Hòa",
)
# Of twenty profiles one is wrong, two ask, the others are sound.
WRONG, ASKING = {"license_valid_until": "30/06/2026"}, {"identifier": "", "identifier_kind": ""}
PAGES = {"license": 1, "scope": 1, "person": 2, "identifier": 2, "qualification": 3}
SHEET = """
#set page(width: 105mm, height: 148mm, margin: 9mm, fill: rgb("#f4f1e6"))
#set text(size: 7pt, lang: "vi")
#for (name, number, id, school) in json(bytes(sys.inputs.people)) [
  #let sheet(title, lines) = rotate(0.5deg)[
    #align(center)[#text(6pt)[CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM] \\ #v(3mm) #text(12pt, weight: "bold")[#title] \\ #text(5pt)[BẢN MẪU, DỮ LIỆU BỊA]]
    #v(5mm)
    #grid(columns: (34mm, 1fr), row-gutter: 3mm, ..lines.map(((a, b)) => (a, strong(b))).flatten())
    #place(bottom + right, dy: 24mm, circle(radius: 9mm, stroke: rgb("#b33") + 1pt))
  ]
  #sheet("GIẤY PHÉP HÀNH NGHỀ", (("Họ và tên", name), ("Số", number), ("Phạm vi", "Nội khoa"), ("Nơi cấp", "Sở Y tế tỉnh Điện Biên")))
  #pagebreak()
  #sheet("CĂN CƯỚC", (("Họ và tên", name), ("Số định danh", id)))
  #pagebreak()
  #sheet("BẰNG TỐT NGHIỆP", (("Họ và tên", name), ("Nơi đào tạo", school)))
  #pagebreak(weak: true)
]
"""
BOUND = """
#set page(width: 105mm, height: 148mm, margin: 0mm)
#for path in json(bytes(sys.inputs.pages)) { image(path, width: 100%) }
"""


@dataclass(frozen=True)
class Desk:
    """What was made, in the order of the queue."""

    submissions: Sequence[ProfileSubmission]
    scanned: int


def values_of(number: int) -> dict[str, str]:
    """Return the profile of one person of the queue; no two share a name and a birth."""
    name = " ".join(
        (
            SURNAMES[number % 10],
            MIDDLES[number // 10 % 5],
            NAMES[number // 50 % 12],
            NAMES[(number // 600 + number) % 12],
        )
    )
    born = 1965 + number % 30
    spoilt = WRONG if number % 20 == 7 else ASKING if number % 20 in {3, 13} else {}
    return {
        **PROFILE,
        "name": name,
        "birth_date": f"{number % 28 + 1:02d}/{number // 28 % 12 + 1:02d}/{born}",
        "sex": "male",
        "identifier": f"0110{born % 100:02d}{number:06d}",
        "license_number": f"{100_000 + number}/ĐB-GPHN",
        "diploma_number": f"B {number}",
        **spoilt,
    }


def fill_desk(
    *,
    facilities: Sequence[Organisation],
    sender: Any,
    at: datetime,
    count: int = 400,
    scanned: int = 60,
    folder: Path | None = None,
) -> Desk:
    """Send ``count`` profiles through the service, the first ``scanned`` of them with their scans."""
    values = [values_of(number) for number in range(count)]
    keys = [uuid5(NAMESPACE, f"desk {number}") for number in range(count)]
    known = ProfileSubmission.objects.filter(client_key__in=keys).order_by("submitted_at", "id")
    if known:
        return Desk(list(known), scanned)
    scans = scans_of(values[:scanned], folder) if folder is not None else []
    _keep(scans, keys, sender, at)
    by_facility = itertools.cycle(facilities)
    sent: list[ProfileSubmission] = []
    rows = [Sending(next(by_facility), said, key) for said, key in zip(values, keys, strict=True)]
    # A day's sendings at a time: the oldest are due first.
    for start in range(0, count, 100):
        moment = at - timedelta(days=4 - start * 4 // count, hours=2)
        answers = submit_profiles(sendings=rows[start : start + 100], actor=sender, at=moment)
        sent += [row for row in answers if isinstance(row, ProfileSubmission)]
    return Desk(sent, len(scans))


def scans_of(people: Sequence[dict[str, str]], folder: Path) -> list[bytes]:
    """Return a PDF of three pictures for each person, as a scanner makes it."""
    said = json.dumps(
        [[p["name"], p["license_number"], p["identifier"] or "–", p["school"]] for p in people],
        ensure_ascii=False,
    )
    sheets = typst.compile(
        SHEET.encode(), sys_inputs={"people": said}, format="png", ppi=80, ignore_system_fonts=True
    )
    names = []
    for number, sheet in enumerate(sheets):
        path = folder / f"sheet{number}.png"
        path.write_bytes(sheet)
        names.append(path.name)
    found = []
    for person in range(len(people)):
        pages = json.dumps(names[person * 3 : person * 3 + 3])
        source = folder / "bound.typ"
        source.write_text(BOUND, encoding="utf-8")
        found.append(
            bytes(
                typst.compile(
                    str(source),
                    root=str(folder),
                    sys_inputs={"pages": pages},
                    ignore_system_fonts=True,
                )
            )
        )
    return found


def _keep(scans: Sequence[bytes], keys: Sequence[Any], sender: Any, at: datetime) -> None:
    """Keep each person's scan, and one sample for all the others, in two statements."""
    scan_at = at - timedelta(days=5)
    stored: dict[str, StoredFile] = {}
    papers: list[Evidence] = []
    for key, content in itertools.zip_longest(keys, scans, fillvalue=PDF):
        digest = sha256(content).hexdigest()
        file = StoredFile(sha256=digest, kind="pdf", size=len(content), kept_at=scan_at)
        if digest not in stored and not default_storage.exists(file.path):
            default_storage.save(file.path, ContentFile(content))
        stored.setdefault(digest, file)
        is_scan = content is not PDF
        papers.append(
            Evidence(
                client_key=key,
                title="Hồ sơ quét" if is_scan else "Giấy tờ kèm theo",
                sha256=digest,
                kind="pdf",
                size=len(content),
                proves=[*PAGES, "training"],
                page_count=3 if is_scan else 1,
                pages=PAGES if is_scan else {},
                uploaded_by=sender,
                uploaded_at=scan_at,
            )
        )
    StoredFile.objects.bulk_create(stored.values(), ignore_conflicts=True)
    Evidence.objects.bulk_create(papers)
