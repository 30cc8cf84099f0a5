"""How is a file of each format read, row by row, in a process of its own that holds no secret?

Everything here but ``process`` runs in that child: no Django, no database.
"""
