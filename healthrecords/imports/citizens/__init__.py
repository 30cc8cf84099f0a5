"""Which files bring people without visits: the list of those a facility looks after?"""

from healthrecords.imports.citizens.kind import CITIZENS

__all__ = ["CITIZENS"]
