"""Which two-digit province codes may stand inside an old number?"""

# The 63 provinces before 01/07/2025 (Circular 07/2016/TT-BCA, Appendix 1). The list is closed: people
# keep these digits for life, and new provinces took one of the old codes.
OLD_PROVINCE_CODES = frozenset(
    "01 02 04 06 08 10 11 12 14 15 17 19 20 22 24 25 26 27 30 31 33 34 35 36 37 38 40 42 44 45 46 48 "
    "49 51 52 54 56 58 60 62 64 66 67 68 70 72 74 75 77 79 80 82 83 84 86 87 89 91 92 93 94 95 "
    "96".split()
)

# On insurance cards and facility codes the defence and police insurers write codes of their own.
INSURER_CODES = OLD_PROVINCE_CODES | {"97", "98", "99"}
