"""How is a number written for people here?"""

from decimal import Decimal

from django.utils.formats import number_format


def shown_number(value: Decimal | int | None) -> str:
    """Write a number as it is read here: 36,8 and never 36.80; nothing where there is none."""
    if value is None:
        return ""
    plain = Decimal(value).normalize()
    whole = plain == plain.to_integral()
    return number_format(plain.quantize(Decimal(1)) if whole else plain, force_grouping=True)
