from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    name = "portal.database"
    label = "database"
