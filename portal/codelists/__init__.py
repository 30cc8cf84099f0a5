"""Code lists with validity and legal basis, and the calendar of holidays."""
