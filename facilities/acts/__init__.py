"""The acts on an operating licence, carried out by the engine of dossiers."""

from facilities.acts.new import New
from facilities.acts.standing import Adjust, Reissue, Revoke, Suspend
from portal.dossiers import acts

__all__ = ["register"]


def register() -> None:
    """Make the acts known to the engine; the ground floor knows no facility."""
    for act in (New(), Reissue(), Adjust(), Suspend(), Revoke()):
        acts.register(act)
