"""Which files bring practitioners: the insurer's staff list, the lists of Form 01, who stopped?"""

from practitioners.imports.kinds import KINDS

__all__ = ["KINDS"]
