"""Which files bring practitioners: the insurer's staff list, the lists of Form 01, who stopped?"""

from practitioners.imports import kinds
from practitioners.imports.training import TRAINING_LIST

KINDS = (*kinds.KINDS, TRAINING_LIST)

__all__ = ["KINDS"]
