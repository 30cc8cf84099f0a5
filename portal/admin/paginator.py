"""Count up to a cap: nobody pages through ten thousand rows, they filter."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from typing_extensions import override

COUNTED = 10_000


class CappedPaginator(Paginator[Any]):
    """Counts no further than ``COUNTED`` rows; ``is_capped`` says there are more."""

    @cached_property
    @override
    def count(self) -> int:
        return min(self.counted, COUNTED)

    @cached_property
    def counted(self) -> int:
        rows: Any = self.object_list
        if hasattr(rows, "order_by"):
            return int(rows.order_by().values("pk")[: COUNTED + 1].count())
        return len(rows)

    @property
    def is_capped(self) -> bool:
        return self.counted > COUNTED
