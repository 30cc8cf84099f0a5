"""The door for the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# What stands now stands for good: the collector need not walk it within somebody's request.
gc.collect()
gc.freeze()
