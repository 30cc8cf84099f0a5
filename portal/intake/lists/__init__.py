"""Which file brings a new dated version of a code list?"""

from portal.intake.lists.kind import CODES

__all__ = ["CODES"]
