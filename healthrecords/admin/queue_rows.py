"""The rows of the queue as the desk and whoever sees patients read them.

A page of a full day has eighty rows and is drawn anew three times a minute for everybody who works
there: rows are composed here, for the template engine spent a third of the page's time on them.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from healthrecords.banner import age_of
from healthrecords.queue import InQueue
from portal.templatetags.portal import chip

RECORD, SLIP, MOVE, CORRECT = (
    f"admin:healthrecords_{name}"
    for name in ("citizen_change", "visit_slip", "visit_move", "visit_correct")
)
NOBODY = UUID(int=0)
# What can be done with whom; to take somebody over from another is to take them, too.
DEEDS = {"waiting": ("take", "leave"), "with": ("take_over",), "left": ("come_back",), "done": ()}
LONGEST = 80  # characters of a reason
ROW = (
    '<tr><td class="q-no num">{}</td><td class="q-time num">{}</td>'
    '<th scope="row" class="q-who"><a href="{}"><b>{}</b></a>'
    ' <span class="quiet small">{}</span>{}</th><td class="q-why">{}{}{}</td>'
    '<td class="q-state">{} <span class="small quiet">{}</span></td><td class="do">{}{}</td></tr>\n'
)
NUMBER, NO_NUMBER = "<b>{}</b>", '<span class="quiet">{}</span>'
CODED = '<span class="code">{}</span> {}'
ROOM, NOTE = '<span class="small quiet"> {}</span>', '<span class="small quiet">{}</span>'
FOR_WHOM = '{}<span class="visually-hidden">: {}</span>'
BUTTON = (
    '<button type="submit" form="moves" formaction="{}" name="deed" value="{}"'
    ' class="button slim">{}</button>'
)
CALL_IN = (
    '<button type="submit" form="moves" formaction="{}" name="deed" value="take"'
    ' class="button slim default" accesskey="m">{}</button>'
)
LINK = '<a class="button slim {}" href="{}">{}</a>'


def addresses_of(name: str) -> Callable[[UUID], str]:
    """Return how the addresses of many rows are made: the page is looked up once, not for each."""
    before, after = reverse(name, args=[NOBODY]).split(str(NOBODY))
    return lambda key: f"{before}{key}{after}"


class Rows:
    """How the rows of one page are drawn: whatever is the same for many is asked for once."""

    def __init__(self, user: Any, *, at_desk: bool = False) -> None:
        self.user, self.at_desk = user.pk, at_desk
        self.at, self.on = timezone.now(), timezone.localdate()
        self.zone = timezone.get_current_timezone()
        self.record, self.slip, self.move, self.correct = map(
            addresses_of, (RECORD, SLIP, MOVE, CORRECT)
        )
        self.words = _words()
        self.sign, self.first = cache(_sign), cache(_first)

    def drawn(self, rows: Iterable[InQueue]) -> list[SafeString]:
        """Return each row as the tables show it."""
        return [self._row(row) for row in rows]

    def next_of(self, row: InQueue) -> dict[str, Any]:
        """Return who is called in next, as the head of the doctor's view says it."""
        return {
            "ticket": row.ticket,
            "name": row.visit.citizen.name,
            "about": self._about(row),
            "priority": row.priority,
            "reason": row.visit.reason,
            "came": self._clock(row.visit.started_at),
            "minutes": row.minutes(self.at),
            "note": row.note,
            "call": format_html(CALL_IN, self._moving(row), self._named(row, "take")),
        }

    def _row(self, row: InQueue) -> SafeString:
        visit, state = row.visit, row.state
        ticket, holder, note = row.ticket, row.holder if state == "with" else None, row.note
        room = row.room if state != "done" else ""
        is_mine = holder is not None and holder.pk == self.user
        return format_html(
            ROW,
            format_html(NUMBER, ticket) if ticket else format_html(NO_NUMBER, "–"),
            self._clock(visit.started_at),
            self.record(visit.citizen_id),
            visit.citizen.name,
            self._about(row),
            self.first(row.priority) if row.priority else "",
            self._why(row, state),
            format_html(ROOM, room) if room else "",
            format_html(NOTE, note) if note else "",
            self.sign(state, str(holder or "")),
            self._for_long(row, state),
            self._way(row, state, is_mine=is_mine),
            self._deeds(row, state, is_mine=is_mine),
        )

    def _about(self, row: InQueue) -> str:
        citizen = row.visit.citizen
        return f"{citizen.get_sex_display()}, {age_of(citizen, self.on)}"

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%H:%M}"

    def _why(self, row: InQueue, state: str) -> str:
        main = next(iter(row.visit.mains), None) if state == "done" else None
        if main is not None and main.title:
            return format_html(CODED, main.code, main.title)
        reason: str = row.visit.reason
        return reason if len(reason) <= LONGEST else Truncator(reason).chars(LONGEST)

    def _for_long(self, row: InQueue, state: str) -> str:
        """Say since when somebody is gone, or how long they have been waiting or with somebody."""
        if state in {"done", "left"}:
            return self._clock(row.since)
        minutes = row.minutes(self.at)
        return ngettext("%(minutes)s minute", "%(minutes)s minutes", minutes) % {"minutes": minutes}

    def _way(self, row: InQueue, state: str, *, is_mine: bool) -> str:
        """Draw the link beside the buttons: on with whom one has called in, the slip of who is done."""
        if is_mine:
            address, word, look = self.correct(row.visit.pk), "go_on", "default"
        elif state == "done":
            address, word, look = self.slip(row.visit.pk), "print", ""
        else:
            return ""
        return format_html(LINK, look, address, self._named(row, word))

    def _deeds(self, row: InQueue, state: str, *, is_mine: bool) -> SafeString | str:
        """Draw the buttons of a row, all of the one form of the page."""
        deeds = ("give_back",) if is_mine else DEEDS[state]
        if state == "waiting" and not self.at_desk:
            deeds = deeds[:1]
        address = self._moving(row)
        buttons = [format_html(BUTTON, address, deed, self._named(row, deed)) for deed in deeds]
        return SafeString("".join(buttons))

    def _moving(self, row: InQueue) -> str:
        """Return the address that moves a row.

        It names the last step that was seen: somebody else's is not overtaken unread.
        """
        return f"{self.move(row.visit.pk)}?seen={row.seen}"

    def _named(self, row: InQueue, word: str) -> SafeString:
        return format_html(FOR_WHOM, self.words[word], row.visit.citizen.name)


def _words() -> dict[str, str]:
    """Return what the buttons and links of the tables say."""
    return {
        "take": _("Call in"),
        "take_over": _("Take over"),
        "leave": _("Left"),
        "give_back": _("Give back"),
        "come_back": _("Came back"),
        "go_on": _("Go on"),
        "print": _("Print"),
    }


def _sign(state: str, holder: str) -> SafeString:
    """Draw where somebody is: an icon with its word."""
    if state == "with":
        return chip("act", "visit", _("With %(who)s") % {"who": holder})
    return chip(
        *{
            "waiting": ("", "clock", _("Waits")),
            "left": ("", "off", _("Left")),
            "done": ("ok", "ok", _("Finished")),
        }[state]
    )


def _first(priority: str) -> SafeString:
    """Draw why somebody goes first."""
    return format_html(" {}", chip("warn", "flag", priority))
