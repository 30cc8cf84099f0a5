"""What does the home page say about uploads: the last sendings, and what in them waits?"""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from portal.accounts.models import User
from portal.intake.access import batches_of
from portal.intake.models import Batch
from portal.site import home, menu
from portal.site.figures import Figure
from portal.templatetags.portal import moment

SHOWN = 6
# The state of a batch as a chip: kind, icon.
CHIPS = {
    "received": ("", "clock"),
    "reading": ("act", "clock"),
    "checked": ("warn", "pen"),
    "confirmed": ("act", "clock"),
    "written": ("ok", "ok"),
    "refused": ("bad", "bad"),
    "cancelled": ("", "none"),
    "undoing": ("act", "clock"),
    "undone": ("", "none"),
}


def recent(request: HttpRequest) -> home.Table | None:
    """Return the last sendings of the places this person sends for."""
    rows = batches_of(cast("User", request.user))
    return home.Table(
        title=_("Recent uploads"),
        columns=[
            home.Column(_("File")),
            home.Column(_("Received")),
            home.Column(_("State")),
            home.Column(_("To be decided"), is_number=True),
            home.Column(pgettext("upload", "Wrong"), is_number=True),
        ],
        rows=[_cells(batch) for batch in rows[:SHOWN]],
        more=home.Link(_("All uploads"), reverse("intake:uploads")),
        empty=_("No file was sent yet."),
        empty_deed=home.Link(_("Send a file"), reverse("intake:uploads")),
    )


def _cells(batch: Batch) -> list[home.Cell]:
    kind, icon = CHIPS[batch.state]
    return [
        home.Cell(batch.file_name, reverse("intake:batch", args=[batch.pk])),
        home.Cell(moment(batch.received_at)),
        home.Cell(chip=home.Chip(kind, icon, batch.get_state_display())),
        _waiting_rows(batch, "doubtful", batch.doubtful_count),
        _waiting_rows(batch, "wrong", batch.wrong_count),
    ]


def _waiting_rows(batch: Batch, decision: str, number: int) -> home.Cell:
    """Return how many rows of a sending wait for a decision or a mended value, and their list."""
    if not batch.is_open:
        return home.Cell("–")
    url = reverse("intake:rows", args=[batch.pk, decision])
    return home.Cell(figure=Figure(f"rows_{decision}", number, url))


def waiting(request: HttpRequest) -> menu.Count:
    """Count the sendings that wait for somebody."""
    rows = batches_of(cast("User", request.user))
    return menu.Count(rows.filter(state=Batch.State.CHECKED).count())


def register() -> None:
    """Put uploads into the menu and onto the home page of those who send files."""
    menu.register(
        menu.MenuItem(
            gettext_lazy("Send files"),
            "intake:uploads",
            "up",
            capability="upload_files",
            order=20,
            count=waiting,
            group="figures",
        )
    )
    home.register(home.HomeCard(recent, column="main", order=60, capability="upload_files"))
