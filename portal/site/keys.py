"""Which keys are there, what do they do, and where?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Key:
    """One line of the page of keys."""

    keys: tuple[str, ...]
    does: StrOrPromise
    where: StrOrPromise


EVERYWHERE = _("everywhere")
FORMS = _("forms")
DESK = _("review desk")

KEYS = (
    Key(("F2", "Alt K"), _("the search-or-scan box"), EVERYWHERE),
    Key(("Alt N",), _("new: a person, a row"), _("first page, lists, search")),
    Key(("Alt M",), _("new visit, or go on with it"), _("a citizen's page")),
    Key(("Alt H",), _("the person's history"), _("a citizen's page")),
    Key(("Alt 1 … 5",), _("write an allergy, a problem, a medicine ..."), _("a person's history")),
    Key(("Ctrl Enter", "Alt L"), _("save: the filled button"), FORMS),
    Key(("Alt Y",), _("what the person is allergic to"), _("visit")),
    Key(("Alt I",), _("save and print"), _("visit")),
    Key(("Enter",), _("next field; in the box: search"), FORMS),
    Key(("↑", "↓"), _("choose among suggestions; Enter takes one"), FORMS),
    Key(("Alt G",), _("sign"), _("visit, after saving")),
    Key(("Esc",), _("close a menu, a filter, suggestions"), EVERYWHERE),
    Key(("↑", "↓"), _("item before, item after"), DESK),
    Key(("J", "K"), _("next profile, previous profile"), DESK),
    Key(("V",), _("verify this item"), DESK),
    Key(("A",), _("verify all items that pass"), DESK),
    Key(("R",), _("return with a reason"), DESK),
    Key(("1 … 9",), _("a reason for returning; Enter returns"), DESK),
    Key(("E",), _("the evidence"), DESK),
    Key(("M",), _("the item stands on the page in sight"), DESK),
    Key(("T",), _("keep with me, or take over from a colleague"), DESK),
    Key(("L",), _("lay back for everybody"), DESK),
    Key(("G",), _("give to a colleague"), DESK),
    Key(("F",), _("filter and order"), DESK),
    Key(("?",), _("this page"), EVERYWHERE),
)
