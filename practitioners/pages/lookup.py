"""Anyone looks up who may practise: by name, number, facility, title; verified profiles only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.codelists.lookup import choices_on
from portal.site.home import Chip
from portal.site.pages import page
from practitioners.models import RegisterSnapshot
from practitioners.pages.public import (
    answered,
    at_day,
    chip_of,
    day_asked,
    public,
    words,
)
from practitioners.public.facts import TITLES, Facts, Hours, Place, facts_of
from practitioners.public.finding import LAST_PAGE, Found, Question, find
from practitioners.public.wording import public_of


@dataclass(frozen=True, slots=True)
class Line:
    """A person of the list: the facts, their state, and where they are on that day."""

    facts: Facts
    chip: Chip
    places: list[tuple[Place, Hours | None]]


@public()
def lookup(request: HttpRequest) -> HttpResponse:
    """Search the register; the answer says what to write when nothing is found."""
    today = timezone.localdate()
    on, day_error = day_asked(request, today)
    titles = choices_on(TITLES, today)
    title = request.GET.get("title", "")
    question = Question(
        words(request, "q"), words(request, "facility"), title if title in dict(titles) else ""
    )
    number = _page_number(request)
    found = find(question, number, None if on == today else on) if question else Found()
    people = facts_of(found.people, on, dict(titles) if on == today else None)
    facts = [people[key] for key in found.people if key in people]
    if request.GET.get("format") == "json":
        return _as_json(request, on, facts, found)
    context = {
        "title": _("Look up a practitioner"),
        "question": question,
        "titles": titles,
        "lines": [_line(one, on) for one in facts],
        "found": found,
        "left_out": len(found.people) - len(facts),
        "page_number": number,
        "links": _links(question, number, found, at_day({}, on, today)),
        "on": on,
        "on_text": request.GET.get("ngay", ""),
        "is_today": on == today,
        "at_day": urlencode(at_day({}, on, today)),
        "day_error": day_error,
        "snapshot": None if question else RegisterSnapshot.objects.first(),
    }
    content = f"{on} {today} {_content(facts, found)} {context['snapshot']}"
    return answered(request, content, lambda: page(request, "practitioners/lookup.html", context))


def _as_json(request: HttpRequest, on: date, facts: list[Facts], found: Found) -> HttpResponse:
    body = {
        "on": on.isoformat(),
        "results": [public_of(one) for one in facts],
        "count": found.count,
        "count_is_more": found.is_more,
        "more": found.has_more,
        "guessed": found.is_guess,
    }
    return answered(request, _content(facts, found) + str(on), lambda: JsonResponse(body))


def _content(facts: list[Facts], found: Found) -> str:
    """Tell two answers apart: what is published of the people, and how they were found."""
    said = [public_of(one) for one in facts]
    counted = f"{found.count} {found.is_more} {found.has_more} {found.is_guess}"
    return f"{orjson.dumps(said).decode()} {counted}"


def _line(facts: Facts, on: date) -> Line:
    weekday = on.isoweekday() + 1
    return Line(
        facts,
        chip_of(facts),
        [
            (place, next((hours for hours in place.week if hours.weekday == weekday), None))
            for place in facts.places
        ],
    )


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("trang", "1")
    return min(max(int(text), 1), LAST_PAGE) if text.isdecimal() and len(text) < 4 else 1


def _links(question: Question, number: int, found: Found, query: dict[str, Any]) -> dict[str, str]:
    asked = {"q": question.text, "facility": question.place, "title": question.title, **query}
    said = {name: value for name, value in asked.items() if value}

    def link(to: int) -> str:
        return "?" + urlencode({**said, "trang": to} if to > 1 else said)

    return {
        "next": link(number + 1) if found.has_more and number < LAST_PAGE else "",
        "before": link(number - 1) if number > 1 else "",
        "json": "?" + urlencode({**said, "format": "json"}),
    }
