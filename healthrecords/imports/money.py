"""Do the sums of an insurance file add up (Decision 4750/QĐ-BYT)? What does not only warns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from healthrecords.imports.tables import decision_on, decisions, tolerance
from portal.intake.handler import Row
from portal.intake.problems import WARNING, Problem
from portal.intake.values import decimal_of, plain

ZERO, CENT, WHOLE, HUNDRED = Decimal(), Decimal("0.01"), Decimal(1), Decimal(100)
SUPPLIES = frozenset({"10", "11"})  # cost groups of medical supplies
FEE_FOR_SERVICE = "1"
REMEMBERED = 100_000
SOURCES = ("T_NGUONKHAC_NSNN", "T_NGUONKHAC_VTNN", "T_NGUONKHAC_VTTN", "T_NGUONKHAC_CL")
SHARES = ("T_BNTT", "T_BNCCT", "T_BHTT")
SUMMED = {
    "T_TONGCHI_BV": "THANH_TIEN_BV",
    "T_TONGCHI_BH": "THANH_TIEN_BH",
    "T_BNTT": "T_BNTT",
    "T_BNCCT": "T_BNCCT",
    "T_NGUONKHAC": "T_NGUONKHAC",
}
ADDED = (*dict.fromkeys(SUMMED.values()), "T_BHTT")
Line = Mapping[str, Any]
Amount = Decimal | None
NOTHING: Mapping[str, Amount] = dict.fromkeys(ADDED, ZERO)


_read: dict[str, Amount] = {}  # amounts of many lines are the same


def amount_of(line: Line, column: str) -> Amount:
    """Return a stated amount; None where it is blank or no number."""
    text = line.get(column)
    if not text:
        return None
    if text not in _read:
        if len(_read) >= REMEMBERED:
            _read.clear()
        _read[text] = decimal_of(text)
    return _read[text]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What is wrong with the amounts of a line, and those of them that are added up."""

    problems: tuple[Problem, ...]
    amounts: tuple[Amount, ...]  # as ADDED names them
    is_whole: bool  # each of them is stated
    is_supply: bool
    is_fee: bool


# Many lines of a file are of the same medicine or service, in the same amount, at the same price.
_reckoned: dict[tuple[Any, ...], Reckoned] = {}


def check_money(row: Row) -> Iterator[Problem]:
    """Check every line, then the sums of the visit."""
    medicines, services = row.tables.get("XML2", ()), row.tables.get("XML3", ())
    if not medicines and not services:
        return
    before_4750 = _is_before_4750(row.values) if services else False
    given = [reckon(line, MEDICINE) for line in medicines]
    done = [reckon(line, EARLY_SERVICE if before_4750 else SERVICE) for line in services]
    for table, lines in (("XML2", given), ("XML3", done)):
        for at, line in enumerate(lines, start=1):
            for problem in line.problems:
                yield problem.in_table(table, at)
    yield from _sums(row.values, given, done)


def reckon(line: Line, rules: Rules) -> Reckoned:
    """Return what was found of a line with these amounts, worked out once."""
    key = (rules.name, *map(line.get, rules.columns))
    found = _reckoned.get(key)
    if found is None:
        if len(_reckoned) >= REMEMBERED:
            _reckoned.clear()
        amounts = tuple(amount_of(line, name) for name in ADDED)
        found = _reckoned[key] = Reckoned(
            tuple(rules.check(line)),
            amounts,
            None not in amounts,
            str(line.get("MA_NHOM")) in SUPPLIES,
            str(line.get("MA_PTTT")) == FEE_FOR_SERVICE,
        )
    return found


def _is_before_4750(values: Line) -> bool:
    """Say whether the first decision held when the visit ended: it knew no share of a service."""
    said = str(values.get("NGAY_RA") or values.get("NGAY_VAO") or "")[:10]
    return len(said) == 10 and decision_on(date.fromisoformat(said)) == decisions()[0]


def _differs(stated: Amount, wanted: Amount) -> bool:
    if stated is None or wanted is None or stated == wanted:
        return False
    return abs(stated - wanted) > tolerance("money").value


def _agrees(line: Line, column: str, wanted: Amount) -> Iterator[Problem]:
    """Compare a stated amount with a computed one; where one is missing nothing is said."""
    stated = amount_of(line, column)
    if stated is None or wanted is None or not _differs(stated, wanted):
        return
    yield Problem(
        "money_disagrees",
        _("%(column)s is %(stated)s, but reckoned from the other amounts it is %(wanted)s."),
        _("Check the amount in the hospital software. The visit itself is taken all the same."),
        {"column": column, "stated": plain(stated), "wanted": plain(wanted)},
        WARNING,
        column=column,
        value=plain(stated),
    )


def _product(*factors: Amount) -> Amount:
    found = Decimal(1)
    for factor in factors:
        if factor is None:
            return None
        found *= factor
    return _rounded(found)


def _share(line: Line, column: str) -> Decimal:
    """Return a percentage as a factor; a blank one is the whole."""
    percent = amount_of(line, column)
    return percent / HUNDRED if percent is not None else WHOLE


def _medicine(line: Line) -> Iterator[Problem]:
    amount, price = amount_of(line, "SO_LUONG"), amount_of(line, "DON_GIA")
    yield from _agrees(line, "THANH_TIEN_BV", _product(amount, price))
    insured = (
        None
        if line.get("TYLE_TT_BH") in {None, ""}
        else _product(amount, price, _share(line, "TYLE_TT_BH"))
    )
    yield from _shared(line, insured)


def _service(line: Line, *, before_4750: bool) -> Iterator[Problem]:
    amount, part = amount_of(line, "SO_LUONG"), _share(line, "TYLE_TT_DV")
    price, insured_price = amount_of(line, "DON_GIA_BV"), amount_of(line, "DON_GIA_BH")
    whole = _product(amount, price, part)
    if before_4750 and not _differs(amount_of(line, "THANH_TIEN_BV"), _product(amount, price)):
        whole = None
    yield from _agrees(line, "THANH_TIEN_BV", whole)
    insured = None
    # A package of supplies has a ceiling (T_TRANTT): what is above it is nobody's formula.
    if line.get("TYLE_TT_BH") not in {None, ""} and not line.get("T_TRANTT"):
        insured = _product(amount, insured_price, part, _share(line, "TYLE_TT_BH"))
    yield from _shared(line, insured)


def _shared(line: Line, insured: Amount) -> Iterator[Problem]:
    """Check what is insured and who pays which share of a line."""
    sources = [amount_of(line, name) for name in SOURCES]
    if any(amount is not None for amount in sources):
        yield from _agrees(line, "T_NGUONKHAC", _sum(amount or ZERO for amount in sources))
    whole, stated = amount_of(line, "THANH_TIEN_BV"), amount_of(line, "THANH_TIEN_BH")
    level, other = amount_of(line, "MUC_HUONG"), amount_of(line, "T_NGUONKHAC") or ZERO
    if whole is None or stated is None or level is None:
        yield from _agrees(line, "THANH_TIEN_BH", insured)
        return
    if other and _is_shared_support(line, whole, stated, level, other):
        return
    yield from _agrees(line, "THANH_TIEN_BH", insured)
    for name, share in zip(SHARES, _shares(whole, stated, level, other), strict=True):
        yield from _agrees(line, name, share)


def _shares(whole: Decimal, insured: Decimal, level: Decimal, other: Decimal) -> list[Decimal]:
    """Return own payment, co-payment and insurance; other sources lower them in this order."""
    paid = _rounded(insured * level / HUNDRED)
    shares = [whole - insured, insured - paid, paid]
    for at, share in enumerate(shares):
        if not other:
            break
        taken = min(share, other)
        shares[at], other = share - taken, other - taken
    return shares


def _is_shared_support(
    line: Line, whole: Decimal, insured: Decimal, level: Decimal, other: Decimal
) -> bool:
    """Say whether the line is reckoned as support of the facility or of ARV medicine is.

    Support for all patients is taken off the whole before it is shared (T_NGUONKHAC, letter b); of
    ARV medicine it takes the place of the co-payment (letter c).
    """
    stated = [amount_of(line, name) for name in SHARES]
    paid = _rounded(insured * level / HUNDRED)
    of_arv = [whole - insured, ZERO, paid] if not _differs(other, insured - paid) else None
    rest = whole - other
    part = _share(line, "TYLE_TT_BH")
    of_all = [rest - insured, insured - paid, paid]
    if _differs(insured, _rounded(rest * part)):
        of_all = []
    return any(
        wanted and not any(_differs(s, w) for s, w in zip(stated, wanted, strict=True))
        for wanted in (of_arv, of_all)
    )


def _sums(
    values: Line, medicines: Sequence[Reckoned], services: Sequence[Reckoned]
) -> Iterator[Problem]:
    lines = [*medicines, *services]
    by_lines = _totals(lines)
    wanted = {
        "T_THUOC": _totals(medicines)["THANH_TIEN_BV"],
        "T_VTYT": _totals([line for line in services if line.is_supply])["THANH_TIEN_BV"],
        **{column: by_lines[summed] for column, summed in SUMMED.items()},
    }
    for column, amount in wanted.items():
        if amount is not None and amount_of(values, column) != amount:
            yield from _agrees(values, column, amount)
    yield from _insured_sum(values, by_lines["T_BHTT"])
    fees = [line for line in lines if line.is_fee]
    paid = by_lines if len(fees) == len(lines) else _totals(fees)
    yield from _agrees(values, "T_BHTT_GDV", paid["T_BHTT"])


def _insured_sum(values: Line, by_lines: Amount) -> Iterator[Problem]:
    """The insurer's part is what is insured without the co-payment, or the sum of the lines."""
    insured, own = amount_of(values, "T_TONGCHI_BH"), amount_of(values, "T_BNCCT")
    stated = amount_of(values, "T_BHTT")
    if insured is None or own is None:
        yield from _agrees(values, "T_BHTT", by_lines)
    elif amount_of(values, "T_NGUONKHAC") and by_lines is not None:
        if _differs(stated, by_lines):
            yield from _agrees(values, "T_BHTT", insured - own)
    else:
        yield from _agrees(values, "T_BHTT", insured - own)


def _totals(lines: Sequence[Reckoned]) -> Mapping[str, Amount]:
    """Return the sum of each amount; None where a line does not state it."""
    if not lines:
        return NOTHING
    columns = zip(*[line.amounts for line in lines], strict=True)
    if all(line.is_whole for line in lines):
        return dict(zip(ADDED, [sum(column, ZERO) for column in columns], strict=True))
    sums = [None if None in column else _sum(column) for column in columns]
    return dict(zip(ADDED, sums, strict=True))


def _sum(amounts: Any) -> Decimal:
    return sum(amounts, ZERO)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Rules:
    """How the amounts of a line are reckoned, and which fields of it that depends on."""

    name: str
    columns: Sequence[str]
    check: Callable[[Line], Iterator[Problem]]


MONEY = ("SO_LUONG", "TYLE_TT_BH", "MUC_HUONG", "MA_NHOM", "MA_PTTT", *SOURCES, *ADDED)
PRICES = ("DON_GIA_BV", "DON_GIA_BH", "TYLE_TT_DV", "T_TRANTT")
MEDICINE = Rules("medicine", ("DON_GIA", *MONEY), _medicine)
SERVICE = Rules("service", (*PRICES, *MONEY), partial(_service, before_4750=False))
EARLY_SERVICE = Rules("early service", (*PRICES, *MONEY), partial(_service, before_4750=True))
