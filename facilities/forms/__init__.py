"""What is typed about facilities, their equipment and their stock."""

from facilities.forms.facility import FacilityForm

__all__ = ["FacilityForm"]
