"""What the tests of the ground share."""

from tests.portal.bare_frame import bare_frame

__all__ = ["bare_frame"]
