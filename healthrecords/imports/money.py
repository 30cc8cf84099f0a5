"""Do the sums of an insurance file add up (Decision 4750/QĐ-BYT)? What does not only warns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _

from healthrecords.imports.record import number_of
from portal.intake.handler import Row
from portal.intake.problems import WARNING, Problem
from portal.intake.values import plain

DONG = Decimal(1)  # the tolerance
CENT = Decimal("0.01")
HUNDRED = Decimal(100)
PRICES = {"XML2": "DON_GIA", "XML3": "DON_GIA_BV"}
ORDERED = ("NGAY_YL", "NGAY_TH_YL", "NGAY_KQ")
Line = Mapping[str, Any]


def check_money(row: Row) -> Iterator[Problem]:
    """Check every line, then the sums of the visit."""
    for table, price in PRICES.items():
        for at, line in enumerate(row.tables.get(table, []), start=1):
            for problem in (*_line(line, price), *_order(line)):
                yield problem.in_table(table, at)
    yield from _sums(row)


def _agrees(line: Line, column: str, wanted: Decimal | None) -> Iterator[Problem]:
    """Compare a stated amount with a computed one; where one is missing nothing is said."""
    stated = number_of(line.get(column))
    if stated is None or wanted is None or abs(stated - wanted) <= DONG:
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


def _line(line: Line, price_column: str) -> Iterator[Problem]:
    amount, price = number_of(line.get("SO_LUONG")), number_of(line.get(price_column))
    if amount is not None and price is not None:
        yield from _agrees(line, "THANH_TIEN_BV", _rounded(amount * price))
    whole, insured = number_of(line.get("THANH_TIEN_BV")), number_of(line.get("THANH_TIEN_BH"))
    level, other = number_of(line.get("MUC_HUONG")), number_of(line.get("T_NGUONKHAC")) or Decimal()
    if insured is None or level is None or whole is None:
        return
    paid = _rounded(insured * level / HUNDRED)
    shares = [whole - insured, insured - paid, paid]
    for at, share in enumerate(shares):  # other sources lower own payment first, insurance last
        taken = min(share, other)
        shares[at], other = share - taken, other - taken
    for column, share in zip(("T_BNTT", "T_BNCCT", "T_BHTT"), shares, strict=True):
        yield from _agrees(line, column, share)


def _order(line: Line) -> Iterator[Problem]:
    stated = [(name, line[name]) for name in ORDERED if line.get(name)]
    for (first, earlier), (second, later) in pairwise(stated):
        if later < earlier:
            yield Problem(
                "times_out_of_order",
                _("%(second)s comes before %(first)s."),
                _("Check both times in the hospital software."),
                {"first": first, "second": second},
                WARNING,
                column=second,
                value=later.replace("T", " "),
            )


def _sums(row: Row) -> Iterator[Problem]:
    if not any(table in row.tables for table in PRICES):
        return
    lines = [line for table in PRICES for line in row.tables.get(table, [])]
    yield from _agrees(row.values, "T_TONGCHI_BV", _sum(lines, "THANH_TIEN_BV"))
    yield from _agrees(row.values, "T_TONGCHI_BH", _sum(lines, "THANH_TIEN_BH"))
    insured, shared = (number_of(row.values.get(name)) for name in ("T_TONGCHI_BH", "T_BNCCT"))
    if insured is not None and shared is not None and not number_of(row.values.get("T_NGUONKHAC")):
        yield from _agrees(row.values, "T_BHTT", insured - shared)


def _sum(lines: Sequence[Line], column: str) -> Decimal | None:
    amounts = [number_of(line.get(column)) for line in lines]
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal()) if len(known) == len(amounts) else None


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
