"""Which sensitivity class do codes and tables give to a row, by the rules in force that day?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from portal.codelists.icd import icd_code, in_range
from portal.codelists.lookup import Entry, codes_on
from portal.codelists.models import CodeListVersion
from portal.sensitivity import Sensitivity

RULES = "sensitivity_rules"
HARMLESS = "-"
# One row has one class: where several rules meet, the first of these is kept.
STRICTEST_FIRST = (
    Sensitivity.HIV,
    Sensitivity.MENTAL,
    Sensitivity.REPRODUCTIVE,
    Sensitivity.TUBERCULOSIS,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Codes from ``first`` to ``last``, or a table of a file, belong to a class.

    So does what is written with one of the ``words``; those of ``harmless`` hold such a word and betray
    nothing: “cai nghiện thuốc lá”. In the list they stand among the words, with a hyphen before them.
    """

    first: str
    last: str
    table: str
    sensitivity: str
    words: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()

    def covers(self, code: str) -> bool:
        """Say whether a code without full stop lies in the range, its subdivisions included."""
        return in_range(code, self.first, self.last)


def rules_on(on: date) -> tuple[Rule, ...]:
    """Return the rules in force on a day; before the first version, those of the first.

    A file reads them once and hands them to ``class_of``, or joins its staging on them.
    """
    entries = codes_on(RULES, on)
    if not entries:
        first = CodeListVersion.objects.filter(code_list__key=RULES).order_by("valid_from").first()
        entries = codes_on(RULES, first.valid_from) if first else []
    return tuple(_rule(entry) for entry in entries)


def sensitivity_of(codes: Iterable[str], tables: Iterable[str] = (), *, on: date) -> str:
    """Return the strictest class that ICD codes and file tables (XML6 ...) give; "" for none."""
    return class_of(codes, tables, rules_on(on))


def class_of(codes: Iterable[str], tables: Iterable[str], rules: Iterable[Rule]) -> str:
    """Return the strictest class under rules already read."""
    wanted = {icd_code(code).replace(".", "") for code in codes}
    named = {table.strip().upper() for table in tables}
    found = {
        rule.sensitivity
        for rule in rules
        if rule.table in named or any(rule.covers(code) for code in wanted)
    }
    return strictest(found)


def strictest(classes: Iterable[str]) -> str:
    """Return the class that is kept where several meet; "" for none."""
    found = set(classes)
    return next((str(value) for value in STRICTEST_FIRST if value in found), "")


def weaker_than(sensitivity: str) -> list[str]:
    """Return the classes that yield to this one where they meet; of "" none does."""
    if not sensitivity:
        return []
    place = STRICTEST_FIRST.index(Sensitivity(sensitivity))
    return [*map(str, STRICTEST_FIRST[place + 1 :]), str(Sensitivity.NONE)]


def _rule(entry: Entry) -> Rule:
    said = entry.attributes
    words = [word.strip() for word in str(said.get("words", "")).split(";")]
    return Rule(
        first=said.get("first", "").replace(".", ""),
        last=said.get("last", said.get("first", "")).replace(".", ""),
        table=said.get("table", "").upper(),
        sensitivity=said["sensitivity"],
        words=tuple(word for word in words if word and not word.startswith(HARMLESS)),
        harmless=tuple(word.lstrip(HARMLESS) for word in words if word.startswith(HARMLESS)),
    )
