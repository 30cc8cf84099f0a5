"""The base of every REST address: capability, scope, keyset pages, errors with codes."""
