"""What does a person meet on every page: menu, box, home, login?"""
