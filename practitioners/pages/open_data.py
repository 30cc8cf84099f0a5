"""The public register for machines: what there is, the changes day by day, the signed whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import orjson
from django.core.files.storage import default_storage
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from portal.site.pages import page
from practitioners.models import RegisterChange, RegisterSnapshot
from practitioners.pages.public import answered, public
from practitioners.public.snapshot import KEPT, changes_of, key_id, public_pem

FEED_DAYS = 14
LINES = "application/x-ndjson"


@public
def open_data(request: HttpRequest) -> HttpResponse:
    """Say which files there are, how to follow them and how to check the signature."""
    days, snapshots = _days(), list(RegisterSnapshot.objects.all()[:KEPT])
    context = {
        "title": _("Register as open data"),
        "days": days,
        "snapshots": snapshots,
        "key_id": key_id(),
    }
    content = f"{days} {[(row.on, row.sha256) for row in snapshots]} {key_id()}"
    return answered(
        request, content, lambda: page(request, "practitioners/open_data.html", context)
    )


def _days() -> list[dict[str, object]]:
    """Count the changes of the last days; a day without one is left out."""
    since = timezone.now() - timedelta(days=FEED_DAYS)
    rows = RegisterChange.objects.filter(at__gte=since).annotate(day=TruncDate("at"))
    return [dict(row) for row in rows.order_by("-day").values("day").annotate(changes=Count("pk"))]


@public
def changes(request: HttpRequest, day: date) -> HttpResponseBase:
    """Send the changes of one day, a JSON line each, in the order they came."""
    today = timezone.localdate()
    if day > today:
        raise Http404(_("This day has not come yet."))
    answer = StreamingHttpResponse(_lines(day), content_type=LINES)
    # A day that is over never changes; one that is not may be asked again in five minutes.
    patch_cache_control(answer, public=True, max_age=300 if day == today else 86_400)
    return answer


def _lines(day: date) -> Iterator[bytes]:
    for row in changes_of(day):
        yield orjson.dumps(row) + b"\n"


@public
def feed(request: HttpRequest) -> HttpResponse:
    """Tell feed readers which days have changes (Atom)."""
    days = _days()

    def draw() -> HttpResponse:
        answer = page(
            request,
            "practitioners/changes.atom",
            {"days": days, "home": request.build_absolute_uri("/").rstrip("/")},
        )
        answer["Content-Type"] = "application/atom+xml; charset=utf-8"
        return answer

    return answered(request, f"{days}", draw)


@public
def snapshot(request: HttpRequest, day: date) -> HttpResponseBase:
    """Send the whole register of a night."""
    row = _snapshot(day)
    try:
        content = default_storage.open(row.path)
    except FileNotFoundError:
        raise Http404(_("This file is not kept any more; take the newest one.")) from None
    answer = FileResponse(content, content_type="application/gzip", as_attachment=True)
    answer["Content-Disposition"] = f'attachment; filename="so-hanh-nghe-{day}.jsonl.gz"'
    answer["ETag"] = f'"{row.sha256}"'
    patch_cache_control(answer, public=True, max_age=86_400)
    return answer


@public
def signature(request: HttpRequest, day: date) -> HttpResponse:
    """Send the detached signature of a snapshot, as its raw bytes."""
    row = _snapshot(day)
    answer = HttpResponse(bytes.fromhex(row.signature), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="so-hanh-nghe-{day}.jsonl.gz.sig"'
    return answer


def _snapshot(day: date) -> RegisterSnapshot:
    row = RegisterSnapshot.objects.filter(on=day).first()
    if row is None:
        raise Http404(_("There is no snapshot of this day."))
    return row


@public
def verifying_key(request: HttpRequest) -> HttpResponse:
    """Hand out the public half of the key that signs snapshots."""
    return answered(
        request,
        key_id(),
        lambda: HttpResponse(public_pem(), content_type="application/x-pem-file"),
    )
