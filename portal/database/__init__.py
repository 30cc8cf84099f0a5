"""The thin PostgreSQL wrapper: two roles, history context, keys."""
