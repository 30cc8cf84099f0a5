"""Which two-digit province codes may stand inside an old number?"""

import re

# The 63 provinces before 01/07/2025 (Circular 07/2016/TT-BCA, Appendix 1). The list is closed: people
# keep these digits for life, and new provinces took one of the old codes.
_OLD = (
    "01020406081011121415171920222425262730313334353637384042444546484951525456586062646667687072747577"
    "7980828384868789919293949596"
)
OLD_PROVINCE_CODES = frozenset(re.findall(r"\d\d", _OLD))

# On insurance cards and facility codes the defence and police insurers write codes of their own.
INSURER_CODES = OLD_PROVINCE_CODES | {"97", "98", "99"}
