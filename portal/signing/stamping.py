"""Who stamps the time of a signature? A service (RFC 3161), where one is set up."""

from __future__ import annotations

from urllib.request import Request, urlopen

from asn1crypto import tsp
from django.conf import settings
from pyhanko.sign.timestamps import TimeStamper
from typing_extensions import override

SECONDS = 10
TYPE = "application/timestamp-query"


class StampedByService(TimeStamper):
    """Asks the service of ``SIGNING_TIMESTAMP`` for a time stamp."""

    def __init__(self, address: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.address = address

    @override
    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        request = Request(self.address, data=req.dump(), headers={"Content-Type": TYPE})  # noqa: S310
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  (the settings' own address)
            return tsp.TimeStampResp.load(answer.read())


def stamper() -> TimeStamper | None:
    """Return the service that stamps times, None where none is set up."""
    address: str = settings.SIGNING_TIMESTAMP
    return StampedByService(address) if address else None
