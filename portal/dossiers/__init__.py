"""Administrative procedures: what is asked for, what is missing, whose turn it is, until when."""
