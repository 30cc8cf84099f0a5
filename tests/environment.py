"""What the suite needs from its surroundings; loaded by pytest before Django's settings."""

import os

os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0" * 40)
