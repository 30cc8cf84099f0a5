"""For how long the law lets a medicine be prescribed: by the diagnoses, and by what it is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from healthrecords.services.entries import MedicineEntry, VisitEntry
from healthrecords.services.medicines import LONGEST_DAYS
from healthrecords.services.substances import LIMITS, holds_any, text_of
from portal.codelists.lookup import Entry, code_on, codes_on, version_on

OUTPATIENT = frozenset({"AMB", "HH", "VR", "FLD", "SS"})


@dataclass(frozen=True, slots=True)
class Limits:
    """For how many days the law lets a medicine be prescribed to somebody who is not an inpatient."""

    most: int | None
    article: str
    controlled: Sequence[Entry]
    codes: Sequence[str]
    day: date

    @classmethod
    def on(cls, on: date, entry: VisitEntry) -> "Limits":
        """Read the limits of a day for the diagnoses of a visit; inpatients have none."""
        kind = code_on("visit_kinds", entry.kind, on)
        version = version_on(LIMITS, on)
        if version is None or (kind and kind.attributes.get("fhir_class") not in OUTPATIENT):
            return cls(None, "", (), (), on)
        codes = [d.code for d in entry.diagnoses]
        rows = codes_on(LIMITS, on)
        open_rows = [row for row in rows if not row.attributes.get("ingredients")]
        fitting = [
            row
            for row in open_rows
            if not row.attributes.get("icd") or _any_of(codes, str(row.attributes["icd"]))
        ]
        most = max(fitting, key=lambda row: int(row.attributes["max_days"]), default=None)
        basis = version.legal_basis
        if most is None:
            return cls(None, basis, [r for r in rows if r not in open_rows], codes, on)
        article = f"{basis}, {most.attributes.get('article', '')}"
        controlled = [row for row in rows if row.attributes.get("ingredients")]
        return cls(int(most.attributes["max_days"]), article, controlled, codes, on)

    def refuse(self, medicine: MedicineEntry) -> list[ValidationError]:
        """Return the refusal of a medicine that is prescribed for longer than the law allows."""
        if self.most is None or not medicine.days or medicine.days > LONGEST_DAYS:
            return []
        most, article = self.most, self.article
        text = text_of(medicine.name, medicine.ingredients, on=self.day)
        for row in self.controlled:
            said = row.attributes
            if holds_any(text, said) and not _any_of(self.codes, str(said.get("unless_icd", ""))):
                most = min(most, int(said["max_days"]))
                article = f"{self.article.rsplit(', ', 1)[0]}, {said.get('article', '')}"
        if medicine.days <= most:
            return []
        return [
            ValidationError(
                _(
                    "%(name)s for %(days)d days: at most %(most)d days may be prescribed for these"
                    " diagnoses (%(article)s). Shorten it, and let the person come again."
                ),
                code="days_over_law",
                params={
                    "name": medicine.name,
                    "days": medicine.days,
                    "most": most,
                    "article": article,
                },
            )
        ]


def _any_of(codes: Iterable[str], ranges: str) -> bool:
    """Say whether a code lies in ranges such as ``I10-I15;E11;B18.1``."""
    wanted = [part.strip() for part in ranges.split(";") if part.strip()]
    return any(_within(code, part) for code in codes for part in wanted)


def _within(code: str, part: str) -> bool:
    first, dash, last = part.partition("-")
    return first <= code[:3] <= last if dash else code.startswith(first)
