"""Which country does a nationality mean: by its ISO code, the police's code, or a name?"""

from datetime import date

from portal.codelists.lookup import Entry, code_on, codes_on
from portal.names import name_norm

COUNTRIES = "nationalities"
HOME = "VN"


def country_on(text: str, on: date) -> Entry | None:
    """Return the country a text means on a day; “000” is Việt Nam as the police write it."""
    text = text.strip()
    found = code_on(COUNTRIES, text.upper(), on)
    if found is not None or not text:
        return found
    folded = name_norm(text)
    return next((entry for entry in codes_on(COUNTRIES, on) if folded in _names(entry)), None)


def _names(entry: Entry) -> set[str]:
    others = str(entry.attributes.get("other_names", "")).split(";")
    police = str(entry.attributes.get("police_code", ""))
    return {entry.title_norm, *(name_norm(name) for name in (*others, police) if name.strip())}
