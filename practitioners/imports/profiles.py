"""Which profile does a row make, and what do the register and earlier profiles say of the person?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from portal.identifiers import PersonalNumber
from portal.intake.codebook import CodeBook
from portal.names import name_norm
from portal.places.models import Organisation
from practitioners.approved import (
    RELATED,
    TRAINING_TOTAL,
    approved_values,
    department_after,
    license_key,
    names_known,
)
from practitioners.items import TECHNIQUES
from practitioners.models import PracticeLicense, Practitioner, ProfileSubmission

TITLES, SCOPES = "professional_titles", "practice_scopes"
SEXES = {"1": "male", "2": "female", "3": "unknown"}
# Column by field of a profile: where a change is shown, and where a refusal stands.
COLUMN_OF: Mapping[str, tuple[str, ...]] = {
    "name": ("HO_TEN",),
    "birth_date": ("NGAY_SINH",),
    "sex": ("GIOI_TINH",),
    "identifier": ("SO_DINH_DANH",),
    "qualification_level": ("TRINH_DO",),
    "license_number": ("MACCHN",),
    "title": ("CHUCDANH_NN",),
    "license_issued_on": ("NGAYCAP_CCHN",),
    "license_issued_by": ("NOICAP_CCHN",),
    "scope": ("PHAMVI_CM", "PHAM_VI"),
    "position": ("VI_TRI",),
    "position_text": ("VI_TRI_CM",),
    "department": ("TEN_KHOA",),
    "department_code": ("MA_KHOA",),
    "full_time": ("THOIGIAN_DK",),
    "hours": ("THOIGIAN_TUAN", "THOI_GIAN"),
    "registered_from": ("TU_NGAY",),
    "registered_until": ("DEN_NGAY",),
    "other_facilities": ("CSKCB_KHAC",),
    "techniques": ("DVKT_KHAC",),
    "assignment": ("VB_PHANCONG",),
    "transferred_by": ("CSKCB_CGKT",),
    "transfer": ("QD_CGKT",),
}
LACKING = frozenset({"qualification_level"})
Fields = dict[str, str]


def profile_of(values: Mapping[str, Any], book: CodeBook, on: date) -> Fields:
    """Return what a row says of a practitioner, in the words of a profile; blanks are left out."""
    paper = str(values.get("SO_DINH_DANH") or "")
    number = PersonalNumber(paper) if len(paper) == 12 and paper.isdigit() else None
    scopes = [*(values.get("PHAMVI_CM") or ()), *(values.get("PHAMVI_CMBS") or ())]
    said = {
        "name": values.get("HO_TEN"),
        "birth_date": values.get("NGAY_SINH") or (str(number.birth_year) if number else ""),
        "sex": SEXES.get(str(values.get("GIOI_TINH")), "") or (number.sex if number else ""),
        "identifier_kind": _kind(paper),
        "identifier": paper,
        "qualification_level": values.get("TRINH_DO"),
        "license_number": values.get("MACCHN"),
        "title": title_of(str(values.get("CHUCDANH_NN") or ""), book, on),
        "license_issued_on": values.get("NGAYCAP_CCHN"),
        "license_issued_by": values.get("NOICAP_CCHN"),
        "scope": values.get("PHAM_VI") or "; ".join(_titled(book, code, on) for code in scopes),
        "position": str(values.get("VI_TRI") or "")[:4],
        "position_text": values.get("VI_TRI_CM"),
        "department": values.get("TEN_KHOA"),
        "department_code": values.get("MA_KHOA"),
        "full_time": {"1": "1", "2": "0"}.get(str(values.get("THOIGIAN_DK")), ""),
        "hours": values.get("THOI_GIAN") or _hours(values),
        "registered_from": values.get("TU_NGAY"),
        "registered_until": values.get("DEN_NGAY"),
        "other_facilities": values.get("CSKCB_KHAC"),
        "techniques": values.get("DVKT_KHAC"),
        "assignment": values.get("VB_PHANCONG"),
        "transferred_by": values.get("CSKCB_CGKT"),
        "transfer": values.get("QD_CGKT"),
    }
    return {name: str(value) for name, value in said.items() if value}


def _kind(paper: str) -> str:
    if not paper:
        return ""
    return {12: "personal", 9: "old_card"}.get(len(paper) if paper.isdigit() else 0, "passport")


def title_of(text: str, book: CodeBook, on: date) -> str:
    """Return the professional title the insurer's number or the words mean; nothing for others."""
    page = book.page(TITLES, on)
    if page is None or not text:
        return ""
    by_number = {
        str(row.attributes.get("insurance_code", "")): row.code for row in page.codes.values()
    }
    folded = name_norm(text).replace("bac si", "bac sy").replace("y si", "y sy")
    return by_number.get(text) or (text if text in page.codes else page.by_title.get(folded, ""))


def _titled(book: CodeBook, code: str, on: date) -> str:
    page = book.page(SCOPES, on)
    entry = page.codes.get(code) if page is not None else None
    return entry.title if entry is not None else code


def _hours(values: Mapping[str, Any]) -> str:
    parts = (values.get("THOIGIAN_TUAN"), values.get("THOIGIAN_NGAY"))
    return " ".join(str(part) for part in parts if part)


class Register:
    """The people of the register by licence, and what a facility sent of them already."""

    def __init__(self, facilities: Iterable[UUID], on: date) -> None:
        self.on = on
        self._sent: dict[tuple[UUID, str], ProfileSubmission] = {}
        rows = ProfileSubmission.objects.filter(facility__in=list(facilities))
        for row in rows.order_by("submitted_at", "id"):
            self._sent[row.facility_id, name_of_license(row.license_number)] = row

    def people(self, numbers: Iterable[str]) -> dict[str, Practitioner]:
        """Return who holds these licences, by the licence's name."""
        keys = {key for number in numbers if (key := license_key(number)) is not None}
        rows = PracticeLicense.objects.current().filter(serial__in={key[0] for key in keys})
        return {
            name_of_license(row.number_raw): row.practitioner
            for row in _with_holders(rows)
            if row.key in keys
        }

    def holders(self, ids: Iterable[UUID]) -> dict[UUID, Practitioner]:
        """Return people with all that is asked of them, in a query for each table."""
        return Practitioner.objects.prefetch_related(*RELATED).in_bulk(list(ids))

    def sent(self, facility: UUID, number: str) -> ProfileSubmission | None:
        """Return the last profile a facility sent under a licence."""
        return self._sent.get((facility, name_of_license(number)))

    def base(self, person: Practitioner | None, facility: Organisation, number: str) -> Fields:
        """Return what is known: the profile that waits or came back, else the register."""
        last = self.sent(facility.pk, number)
        if last is not None and last.state != ProfileSubmission.State.VERIFIED:
            return dict(last.values)
        items = approved_values(person, facility, self.on)
        found = {name: value for item in items.values() for name, value in item.items()}
        found.pop(TRAINING_TOTAL, None)
        return found


def _with_holders(rows: QuerySet[PracticeLicense]) -> QuerySet[PracticeLicense]:
    return rows.prefetch_related("practitioner", *(f"practitioner__{name}" for name in RELATED))


def name_of_license(number: str) -> str:
    """Return what compares of a licence number; the text itself where it cannot be read."""
    key = license_key(number) if number else None
    return f"{key[0]}/{key[1]}-{key[2]}" if key else " ".join(number.split())


def is_person(person: Practitioner | None, said: Mapping[str, str]) -> bool:
    """Say whether the holder of a licence is whom a row names."""
    return person is not None and person.name_norm == name_norm(said.get("name", ""))


def known_beside(said: Mapping[str, str], base: Mapping[str, str]) -> Fields:
    """Return of what is known as much as a row speaks of; its own words where they agree."""
    known: Fields = {}
    is_assigned = names_known(said, base)
    for name, value in said.items():
        old = base.get(name, "")
        if name == "full_time":
            old = old or "0"
        same = (
            (name == "birth_date" and old.startswith(value))
            or (name == "license_number" and name_of_license(old) == name_of_license(value))
            or (name in TECHNIQUES.fields and is_assigned)
            or (name == "name" and name_norm(old) == name_norm(value))
        )
        known[name] = value if same else old
    return known


def joined(said: Mapping[str, str], base: Mapping[str, str]) -> Fields:
    """Return the whole profile: what is known, and over it what the row says otherwise.

    Who comes back after the last day that was known begins anew: that day is no end of the new stay.
    Of another department, told by code or name alone, the other half is not known.
    """
    known = known_beside(said, base)
    whole = {**base, **{name: value for name, value in said.items() if known[name] != value}}
    for name, value in department_after(base, said).items():
        if not value:
            whole.pop(name, None)
    if "" < whole.get("registered_until", "") < said.get("registered_from", ""):
        del whole["registered_until"]
    return whole


def in_columns(fields: Mapping[str, str], columns: Iterable[str]) -> dict[str, str]:
    """Return the fields of a profile under the columns of a file."""
    has = set(columns)
    found: dict[str, str] = {}
    for name, value in fields.items():
        column = next((column for column in COLUMN_OF.get(name, ()) if column in has), "")
        if column:
            found[column] = value
    return found
