"""How does a migration that touches one model leave the hundred others as they are?

Django renders anew, for each step of each migration, every model that the changed one is tied to.
Where everything holds a citizen, a user and an organisation these are all models: of the two
minutes that an empty database took, all but a few seconds went there. What a step does to the
database asks only for the changed model. Steps of Python still get every model fresh: they clear
what was rendered before they begin, which Django does for states that say they are delayed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.state import ProjectState

Key = tuple[str, str]


@contextmanager
def rendering_what_changed() -> Iterator[None]:
    """Let a changed model alone be rendered anew while migrations run."""
    state: Any = ProjectState
    found = state._find_reload_model

    def alone(
        self: ProjectState,
        app_label: str,
        model_name: str,
        delay: bool = False,  # noqa: FBT001, FBT002  (Django's signature)
    ) -> set[Key]:
        self.is_delayed = True
        return {(app_label, model_name)}

    state._find_reload_model = alone
    try:
        yield
    finally:
        state._find_reload_model = found
