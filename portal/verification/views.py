"""How does an answer that took its time reach us: sent by the register, signed, perhaps twice?"""

from __future__ import annotations

import hmac
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from portal.verification.contract import UnreadableError, read_answer
from portal.verification.models import Inquiry
from portal.verification.services import keep_answer

MOST_SECONDS_APART = 300


def signature_of(secret: str, moment: str, body: bytes) -> str:
    """Return what a body sent at a moment is signed with."""
    return hmac.new(secret.encode(), moment.encode() + b"." + body, sha256).hexdigest()


@csrf_exempt
@require_POST
def take_answer(request: HttpRequest) -> HttpResponse:
    """Take an answer; the same one twice is thanked for twice and kept once."""
    if not settings.POPULATION_CALLBACK_SECRET:
        return _refused("not_set_up", 404)
    if not _is_signed(request):
        return _refused("not_authorised", 401)
    try:
        answer = read_answer(request.body)
        key = UUID(answer.request_id)
    except (UnreadableError, ValueError):
        return _refused("request_unreadable", 400)
    if not Inquiry.objects.filter(pk=key).exists():
        return _refused("not_found", 404)
    keep_answer(answer, at=timezone.now())
    return HttpResponse(status=204)


def _is_signed(request: HttpRequest) -> bool:
    moment, given = request.headers.get("X-Timestamp", ""), request.headers.get("X-Signature", "")
    if not moment.isdecimal() or abs(timezone.now().timestamp() - int(moment)) > MOST_SECONDS_APART:
        return False
    due = signature_of(settings.POPULATION_CALLBACK_SECRET, moment, request.body)
    return hmac.compare_digest(due.encode(), given.encode())


def _refused(code: str, status: int) -> HttpResponse:
    return JsonResponse({"code": code}, status=status)
