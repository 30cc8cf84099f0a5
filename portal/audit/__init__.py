"""Who wrote what, who read whom: history context and read log."""
