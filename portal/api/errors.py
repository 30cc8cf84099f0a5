"""Every refusal as a code, a sentence and the fields it is about."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response


def _fields_of(error: ValidationError) -> dict[str, list[dict[str, str]]]:
    by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    return {
        name: [{"code": e.code or "invalid", "message": " ".join(e.messages)} for e in errors]
        for name, errors in by_field.items()
    }


def answer_error(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Answer ``{"code", "message", "fields"}``; every refusal has a stable code."""
    if isinstance(error, ValidationError):
        fields = _fields_of(error)
        first = next(iter(fields.values()))[0]
        return Response({**first, "fields": fields}, status=400)
    from rest_framework.views import exception_handler  # its module reads our settings

    response = exception_handler(error, dict(context))
    if response is None:
        return None
    if isinstance(error, Http404):
        body: dict[str, Any] = {"code": "not_found", "message": _("There is no such record.")}
    elif isinstance(error, PermissionDenied):
        body = {"code": "forbidden", "message": _("You do not have the right to do this.")}
    elif isinstance(error, exceptions.ValidationError):
        body = {
            "code": "invalid",
            "message": _("Some fields are wrong; each one says why."),
            "fields": response.data,
        }
    else:
        codes = error.get_codes() if isinstance(error, exceptions.APIException) else "error"
        detail = getattr(error, "detail", "")
        body = {"code": codes if isinstance(codes, str) else "error", "message": str(detail)}
    response.data = {"fields": {}, **body}
    return response
