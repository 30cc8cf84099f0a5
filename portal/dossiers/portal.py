"""What do dossiers add to the frame?"""


def register() -> None:
    """Register everything once."""
