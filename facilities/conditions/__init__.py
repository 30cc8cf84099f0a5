"""May a place of care do today what it does?"""

from facilities.conditions.checks import Check, Verdict, checks_of, verdict_of
from facilities.conditions.facts import Facts, facts_of
from facilities.conditions.measures import Bed, Mark

__all__ = ["Bed", "Check", "Facts", "Mark", "Verdict", "checks_of", "facts_of", "verdict_of"]
