"""Settings of the house; what differs between places comes from the environment."""

import os
from pathlib import Path

import django_stubs_ext
import pghistory
import pgtrigger
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.cluster import connection_settings

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(os.environ.get("MACH_STATE") or BASE_DIR / "var")


def secret(name: str) -> str:
    """Return a secret from NAME or from the file that NAME_FILE names; there is no default."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    if value := os.environ.get(name):
        return value
    message = f"Set {name} or {name}_FILE."
    raise ImproperlyConfigured(message)


DEBUG = os.environ.get("DEBUG", "") == "1"
SECRET_KEY = secret("SECRET_KEY")
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("TRUSTED_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "config.apps.RoofConfig",
    "reporting.apps.ReportingConfig",
    "healthrecords.apps.HealthRecordsConfig",
    "practitioners.apps.PractitionersConfig",
    "facilities.apps.FacilitiesConfig",
    "portal.intake.apps.IntakeConfig",
    "portal.dossiers.apps.DossiersConfig",
    "portal.verification.apps.VerificationConfig",
    "portal.attachments.apps.AttachmentsConfig",
    "portal.signing.apps.SigningConfig",
    "portal.codelists.apps.CodeListsConfig",
    "portal.accounts.apps.AccountsConfig",
    "portal.places.apps.PlacesConfig",
    "portal.audit.apps.AuditConfig",
    "portal.database.apps.DatabaseConfig",
    "portal.site.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django.contrib.postgres",
    "pghistory",
    "pgtrigger",
    "guardian",
    "import_export",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "portal.middleware.SecurityHeaders",
    "portal.middleware.ClientAddress",
    "portal.middleware.PlainQuery",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.middleware.Language",
    "portal.audit.middleware.ActingMiddleware",
    "portal.middleware.PlainForm",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

CSRF_FAILURE_VIEW = "portal.site.errors.csrf_failure"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"portal": "portal.templatetags.portal"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

_database = connection_settings()
DATABASES = {
    "default": {
        "ENGINE": "portal.database",
        "HOST": _database.host,
        "PORT": _database.port,
        "NAME": _database.name,
        "USER": _database.app_user,
        "PASSWORD": _database.app_password,
        "OWNER": {"USER": _database.owner_user, "PASSWORD": _database.owner_password},
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # the pool tries a connection before lending it
        # template1 of a foreign server may be of another encoding.
        "TEST": {"TEMPLATE": "template0", "CHARSET": "UTF8"},
        "OPTIONS": {
            **_database.options,
            "pool": {"min_size": 1, "max_size": 8, "timeout": 5},
            "application_name": "mach",
        },
    },
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        # Counted at every entry that is made: a few milliseconds of each public page at ten times as many.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["portal.accounts.backend.AssignmentBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
ANONYMOUS_USER_NAME = None
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]  # rights come from assignments, not guardian's backend

PGHISTORY_BASE_MODEL = "portal.audit.history.History"
PGHISTORY_LEVEL = pgtrigger.Statement
PGHISTORY_CONTEXT_FIELD = pghistory.ContextForeignKey(null=False, db_index=True)
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(db_index=True)
# A history is read by its row, its context and its transaction; a key per relation costs a third of it.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "libraries"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["config.formats"]
# Django's vi locale reads 03/04/2025 as 4 March; import-export reads these settings, not formats.
DATE_INPUT_FORMATS = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"]
DATETIME_INPUT_FORMATS = [
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%H:%M %d/%m/%Y",
    "%d/%m/%Y",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M",
]

STATIC_URL = "static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = STATE_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "portal.site.storage.PortalStaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# Where a malware scanner listens that speaks clamd's protocol: tcp://127.0.0.1:3310. None: not scanned.
MALWARE_SCANNER = os.environ.get("MALWARE_SCANNER", "")

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# How many reverse proxies write X-Forwarded-For; without the number nobody's word is taken.
PROXIES_IN_FRONT = int(os.environ.get("PROXIES_IN_FRONT") or "0")
X_FRAME_OPTIONS = "DENY"  # a view shown in a frame of our own pages says so
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if os.environ.get("HTTPS") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["portal.api.permissions.HasCapability"],
    "DEFAULT_RENDERER_CLASSES": ["portal.api.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "portal.api.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "portal.api.errors.answer_error",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {"TITLE": "Mạch", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_ESCAPE_ILLEGAL_CHARS_ON_EXPORT = True

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_IMPORT_PATHS = ["portal.jobs"]
# Seconds of silence after which a worker counts as dead and its jobs go back to the queue.
STALLED_AFTER = int(os.environ.get("STALLED_AFTER") or "60")
PROCRASTINATE_WORKER_DEFAULTS = {
    "update_heartbeat_interval": STALLED_AFTER / 6,
    "stalled_worker_timeout": STALLED_AFTER,
}

# The national population database (docs/population-database.md); without an address nothing is asked.
POPULATION_URL = os.environ.get("POPULATION_URL", "")
POPULATION_KEY = secret("POPULATION_KEY") if POPULATION_URL else ""
# Where it may send an answer that took its time, and the secret such answers are signed with.
POPULATION_CALLBACK_URL = os.environ.get("POPULATION_CALLBACK_URL", "")
POPULATION_CALLBACK_SECRET = secret("POPULATION_CALLBACK_SECRET") if POPULATION_CALLBACK_URL else ""
POPULATION_TIMEOUT = float(os.environ.get("POPULATION_TIMEOUT") or "8")
# Seconds until the second attempt; each further one waits twice as long, an hour at most.
POPULATION_FIRST_WAIT = float(os.environ.get("POPULATION_FIRST_WAIT") or "30")
POPULATION_ATTEMPTS = int(os.environ.get("POPULATION_ATTEMPTS") or "10")
# Minutes past its moment after which a question that nothing works on is put again.
POPULATION_FORGOTTEN_MINUTES = int(os.environ.get("POPULATION_FORGOTTEN_MINUTES") or "30")
# Days after which a confirmation counts as old and is said to be so.
POPULATION_STALE_DAYS = int(os.environ.get("POPULATION_STALE_DAYS") or "365")
# About so many people of old answers it is asked again each night.
POPULATION_RENEWALS_A_NIGHT = int(os.environ.get("POPULATION_RENEWALS_A_NIGHT") or "2000")
# So many days ahead a version of an operating licence may begin; a later day is taken for a slip.
LICENSE_DAYS_AHEAD = int(os.environ.get("LICENSE_DAYS_AHEAD") or "366")
# What seals signing certificates at rest: the first key seals, older ones still open.
SIGNING_KEYS = [
    secret("SIGNING_KEY")
    if os.environ.get("SIGNING_KEY") or os.environ.get("SIGNING_KEY_FILE")
    else SECRET_KEY,
    *[key for key in os.environ.get("SIGNING_OLD_KEYS", "").split() if key],
]
# Issuers trusted for signatures (.pem, .cer) and their lists of revoked certificates (.crl).
SIGNING_TRUST = Path(os.environ.get("SIGNING_TRUST") or STATE_DIR / "trust")
# A remote signing service and a time-stamping service, where there are any (docs/signing-service.md).
SIGNING_SERVICE = os.environ.get("SIGNING_SERVICE", "").rstrip("/")
SIGNING_SERVICE_TOKEN = os.environ.get("SIGNING_SERVICE_TOKEN", "")
SIGNING_TIMESTAMP = os.environ.get("SIGNING_TIMESTAMP", "")
# How this portal is reached from outside: what the mark of a printed paper leads to.
PUBLIC_ADDRESS = os.environ.get("PUBLIC_ADDRESS", "http://localhost:8000").rstrip("/")

# Where development, tests and benchmarks read reference lists from; the product never needs it.
REFERENCE_DIR = os.environ.get("REFERENCE_DIR", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # What a check of a signature finds is stored; its way there is not worth a stack trace.
    "loggers": {name: {"level": "ERROR"} for name in ("pyhanko", "pyhanko_certvalidator")},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}
