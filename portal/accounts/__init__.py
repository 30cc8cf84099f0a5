"""Who works here: users, the roles they hold at organisations, and since when."""
