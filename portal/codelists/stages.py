"""At which ages does the law treat a person otherwise: newborn, minor?

The ages are a list with validity (life_stages), so that a change of the law is a new version.
"""

from datetime import date, timedelta

from portal.codelists.lookup import code_on

STAGES = "life_stages"


def is_in_stage(stage: str, born: date, on: date) -> bool:
    """Say whether somebody born on a day is of a stage on another; False where no list says so."""
    row = code_on(STAGES, stage, on)
    if row is None or born > on:
        return False
    if days := str(row.attributes.get("under_days", "")):
        return on - born <= timedelta(days=int(days))
    years = int(str(row.attributes.get("under_years") or 0))
    return (on.year - born.year) - ((on.month, on.day) < (born.month, born.day)) < years
