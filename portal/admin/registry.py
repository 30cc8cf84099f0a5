"""Where does an admin class register its pages?"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model

A = TypeVar("A", bound=type[admin.ModelAdmin[Any]])


def register(*models: type[Model]) -> Callable[[A], A]:
    """Register an admin class for ``models`` on the portal, which is the default site."""

    def decorate(admin_class: A) -> A:
        admin.site.register(models, admin_class)
        return admin_class

    return decorate
