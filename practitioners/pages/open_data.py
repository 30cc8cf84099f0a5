"""The public register for machines: what there is, the changes day by day, the signed whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from hashlib import sha256

from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db.models import Count, Max
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
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date, quote_etag
from django.utils.translation import gettext as _

from portal.site.pages import page
from practitioners.models import RegisterChange, RegisterSnapshot
from practitioners.pages.public import FILE, FRESH, answered, public
from practitioners.public.snapshot import KEPT, changes_of, key_id, lines_of, public_pem

FEED_DAYS, ONE_DAY = 14, timedelta(days=1)
SETTLED = 86_400  # seconds an answer may be kept that does not change any more
LINES = "application/x-ndjson"


@public()
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
    """Count the changes of the last days; a day without one is left out.

    Counted once for each publication, whoever asks: on the day of a first publication there are as
    many as practitioners.
    """
    begin = timezone.localdate() - timedelta(days=FEED_DAYS - 1)
    last = RegisterChange.objects.aggregate(last=Max("at"))["last"]
    key = f"register-days:{begin}:{last and last.timestamp()}"
    counted: list[dict[str, object]] | None = cache.get(key)
    if counted is None:
        since = timezone.make_aware(datetime.combine(begin, time()))
        rows = RegisterChange.objects.filter(at__gte=since).annotate(day=TruncDate("at"))
        days = rows.order_by("-day").values("day").annotate(changes=Count("pk"))
        counted = [dict(row) for row in days]
        cache.set(key, counted, SETTLED)
    return counted


@public(cost=FILE)
def changes(request: HttpRequest, day: date) -> HttpResponseBase:
    """Send the changes of one day, a JSON line each, in the order they came."""
    today = timezone.localdate()
    if day > today:
        raise Http404(_("This day has not come yet."))
    rows = changes_of(day)
    # Nothing is taken out or put in between: the last line tells two states of the file apart.
    last = rows.values_list("at", "id").last()
    # What was begun before midnight may still be told of yesterday.
    fresh = FRESH if day >= today - ONE_DAY else SETTLED
    return _file(
        request,
        etag=f"{day} {last}",
        changed_at=last[0] if last else None,
        fresh=fresh,
        draw=lambda: StreamingHttpResponse(lines_of(rows), content_type=LINES),
    )


def _file(
    request: HttpRequest,
    *,
    etag: str,
    draw: Callable[[], HttpResponseBase],
    fresh: int,
    changed_at: datetime | None = None,
) -> HttpResponseBase:
    """Send what is the same for everybody, unless the asker has it already."""
    etag = quote_etag(sha256(etag.encode()).hexdigest())
    modified = int(changed_at.timestamp()) if changed_at else None
    same = get_conditional_response(request, etag=etag, last_modified=modified)
    answer = same if same is not None else draw()
    answer["ETag"] = etag
    if modified is not None:
        answer["Last-Modified"] = http_date(modified)
    patch_cache_control(answer, public=True, max_age=fresh)
    return answer


@public()
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


@public(cost=FILE)
def snapshot(request: HttpRequest, day: date) -> HttpResponseBase:
    """Send the whole register of a night."""
    row = _snapshot(day)

    def draw() -> HttpResponseBase:
        try:
            content = default_storage.open(row.path)
        except FileNotFoundError:
            raise Http404(_("This file is not kept any more; take the newest one.")) from None
        return _attached(FileResponse(content, content_type="application/gzip"), day)

    return _file(request, etag=row.sha256, draw=draw, fresh=FRESH, changed_at=row.taken_at)


@public()
def signature(request: HttpRequest, day: date) -> HttpResponseBase:
    """Send the detached signature of a snapshot, as its raw bytes."""
    row = _snapshot(day)

    def draw() -> HttpResponseBase:
        raw = bytes.fromhex(row.signature)
        return _attached(HttpResponse(raw, content_type="application/octet-stream"), day, ".sig")

    return _file(request, etag=row.signature, draw=draw, fresh=FRESH, changed_at=row.taken_at)


def _attached(answer: HttpResponseBase, day: date, ending: str = "") -> HttpResponseBase:
    name = f"so-hanh-nghe-{day}.jsonl.gz{ending}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _snapshot(day: date) -> RegisterSnapshot:
    row = RegisterSnapshot.objects.filter(on=day).first()
    if row is None:
        raise Http404(_("There is no snapshot of this day."))
    return row


@public()
def verifying_key(request: HttpRequest) -> HttpResponse:
    """Hand out the public half of the key that signs snapshots."""
    return answered(
        request,
        key_id(),
        lambda: HttpResponse(public_pem(), content_type="application/x-pem-file"),
    )
