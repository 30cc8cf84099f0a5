"""An invented province of practitioners with known defects: for the proof that checks find them all.

The same seed gives the same people, and the generator says of each defect whom it planted it on and
which people resemble each other by chance alone.
"""

from practitioners.province.plan import Planted, Province
from practitioners.province.write import write_province

__all__ = ["Planted", "Province", "write_province"]
