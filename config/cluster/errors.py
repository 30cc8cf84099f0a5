"""What is said when PostgreSQL cannot be had?"""

from django.core.exceptions import ImproperlyConfigured


class ClusterError(ImproperlyConfigured):
    """PostgreSQL cannot be found, started or prepared; the message says what to do."""
