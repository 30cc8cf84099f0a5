"""The acts on a licence to practise, carried out by the engine of dossiers."""

from portal.dossiers import acts
from practitioners.acts.authority import Lift, Revoke, Suspend
from practitioners.acts.convert import Convert
from practitioners.acts.new import New, Recognise
from practitioners.acts.standing import Adjust, Reissue, Renew

__all__ = ["register"]


def register() -> None:
    """Make the acts known to the engine; the ground floor knows no licence."""
    for act in (
        New(),
        Recognise(),
        Reissue(),
        Renew(),
        Adjust(),
        Convert(),
        Suspend(),
        Lift(),
        Revoke(),
    ):
        acts.register(act)
