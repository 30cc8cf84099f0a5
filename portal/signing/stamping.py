"""Who stamps the time of a signature? A service (RFC 3161), where one is set up."""

from __future__ import annotations

from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from asn1crypto import cms, tsp
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from pyhanko.sign.timestamps import TimeStamper
from typing_extensions import override

SECONDS = 10
TYPE = "application/timestamp-query"


class StampAwayError(ValidationError):
    """The time-stamp service did not answer, or with nothing that can be read: try again later."""


class StampedByService(TimeStamper):
    """Asks the service of ``SIGNING_TIMESTAMP`` for a time stamp."""

    def __init__(self, address: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.address = address

    @override
    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a time stamp; a service that is away, refuses or says nonsense is one refusal."""
        try:
            return await super().async_timestamp(message_digest, md_algorithm)
        except (OSError, HTTPException, ValueError, TypeError, KeyError) as error:
            raise StampAwayError(
                _("The time-stamp service does not answer; nothing was signed. Try again later."),
                code="timestamp_service",
            ) from error

    @override
    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        request = Request(self.address, data=req.dump(), headers={"Content-Type": TYPE})  # noqa: S310
        try:
            with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  (the settings' own address)
                return tsp.TimeStampResp.load(answer.read())
        except HTTPError as refused:
            refused.close()
            raise


def stamper() -> TimeStamper | None:
    """Return the service that stamps times, None where none is set up."""
    address: str = settings.SIGNING_TIMESTAMP
    return StampedByService(address) if address else None
