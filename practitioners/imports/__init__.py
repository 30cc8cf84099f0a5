"""Which files bring practitioners: the insurer's staff list, and the list of those registered?"""

from practitioners.imports.kinds import FORM_01, STAFF_LIST
from practitioners.imports.training import TRAINING_LIST

__all__ = ["FORM_01", "STAFF_LIST", "TRAINING_LIST"]
