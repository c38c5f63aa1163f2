"""Settings: one file, from the environment only, closed by default.

Without `DEMO=1` or `TESTING=1` the process is a production process and refuses to start unless keys, hosts,
HTTPS and a PostgreSQL address are given explicitly.
"""

import base64
import sys
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

TESTING = env.bool("TESTING", default=False)
DEMO = env.bool("DEMO", default=False)
PRODUCTION = env.bool("PRODUCTION", default=not (DEMO or TESTING))

if DEMO and PRODUCTION:
    raise ImproperlyConfigured(
        "DEMO and PRODUCTION cannot be on together: demo accounts have known passwords."
    )
if TESTING and PRODUCTION:
    raise ImproperlyConfigured("TESTING and PRODUCTION cannot be on together.")

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data")))


def _required(name: str) -> str:
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is required in production. See docs/operations/deploy.md.")
    return value


# Where a key is not given, the demo keeps its own in DATA_DIR; production has no such place.
_otherwise = None if PRODUCTION else keys.for_tests if TESTING else keys.kept_in(DATA_DIR)

# --- keys ------------------------------------------------------------------------------------------------------
ENCRYPTION_KEYS = keys.numbered("MASTER_KEY", _otherwise)
INDEX_KEYS = keys.numbered("INDEX_KEY", _otherwise)
# A module that holds master keys elsewhere and wraps and unwraps with them: see casework/encryption/service.py.
KEY_SERVICE = env.str("KEY_SERVICE", default="")
# Old keys as well, or what they signed would no longer verify. A web server on PostgreSQL needs only these.
AUDIT_PUBLIC_KEYS = [
    base64.b64decode(key, validate=True) for key in env.list("AUDIT_PUBLIC_KEYS", default=[])
]
# Ed25519, for the checkpoints of the memory: the job that signs them is the only one that needs it.
AUDIT_KEY = (
    None
    if PRODUCTION and AUDIT_PUBLIC_KEYS and keys.given("AUDIT_KEY") is None
    else keys.secret("AUDIT_KEY", _otherwise)
)
# X25519: backups are sealed to it; the private half is kept away from every server.
_backup_key = env.str("BACKUP_PUBLIC_KEY", default="")
BACKUP_PUBLIC_KEY = base64.b64decode(_backup_key, validate=True) if _backup_key else None
if BACKUP_PUBLIC_KEY is not None and len(BACKUP_PUBLIC_KEY) != 32:
    raise ImproperlyConfigured("BACKUP_PUBLIC_KEY must be 32 bytes, base64-encoded.")
# file:///mnt/…, syslog:///dev/log, syslog://host:514, mailto:…: kept where whoever runs this server cannot write.
AUDIT_WITNESSES = env.list("AUDIT_WITNESSES", default=[])
if any(not witness.startswith(("file:///", "syslog://", "mailto:")) for witness in AUDIT_WITNESSES):
    raise ImproperlyConfigured("AUDIT_WITNESSES: addresses begin with file:///, syslog:// or mailto:.")
# The signed list of what was destroyed for good, kept where no backup of the database rolls it back.
ERASURE_LIST = (
    env.str("ERASURE_LIST", default="" if PRODUCTION or TESTING else str(DATA_DIR / "erasures.json")) or None
)
# The demo sends nothing anywhere: letters and text messages become files.
vars().update(
    env.email_url("EMAIL_URL", default=f"filemail:///{DATA_DIR}/mail" if DEMO else "smtp://localhost:25")
)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="noreply@localhost")
# A class that sends text messages (docs/how-to/connect-an-sms-gateway.md); without one nobody is told by SMS.
SMS_GATEWAY = env.str(
    "SMS_GATEWAY", default="" if PRODUCTION else "casework.notifications.channels.FileGateway"
)
SMS_FOLDER = env.str("SMS_FOLDER", default=str(DATA_DIR / "sms"))
SECRET_KEY = base64.b64encode(keys.secret("DJANGO_KEY", _otherwise)).decode()
BLIND_INDEX_BITS = env.int("BLIND_INDEX_BITS", default=20)

# --- who may reach us ------------------------------------------------------------------------------------------
DEBUG = False
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "testserver"]
)
if PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts served in production.")
HTTPS = env.bool("HTTPS", default=False)
if PRODUCTION and not HTTPS:
    raise ImproperlyConfigured(
        "HTTPS=1 is required in production: say it once TLS ends in front of this server."
    )
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# Not "no-referrer": browsers then send `Origin: null` with a form, which the CSRF check must refuse.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []

# --- applications ----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "guardian",
    "simple_history",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "casework.apps.CaseworkConfig",
]
MIDDLEWARE = [
    "casework.http.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "casework.http.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "casework.http.middleware.IdleLockMiddleware",
    "casework.accounts.middleware.OwnPasswordMiddleware",
    "casework.http.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "casework.http.context.page",
                "casework.notifications.context.unread",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "libraries": {
                "casefile_tags": "casework.casefile.templatetags.casefile_tags",
                "disposal_tags": "casework.disposal.templatetags.disposal_tags",
            },
            "builtins": [
                "casework.http.templatetags.pages",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    }
]
FORM_RENDERER = "casework.http.renderers.FormRenderer"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- database --------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_database_url = _required("DATABASE_URL") if PRODUCTION else env.str("DATABASE_URL", default="")
if PRODUCTION and not _database_url.startswith(("postgres://", "postgresql://")):
    raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database in production.")
# trusted_schema stays on: with it off, SQLite up to 3.40 refuses the JSON_VALID check of every JSON column.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON; "
        "PRAGMA secure_delete=ON; PRAGMA cache_size=-65536;"
    ),
}
if _database_url:
    DATABASES = {
        "default": {**env.db_url_config(_database_url), "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    }
    if "postgresql" in DATABASES["default"]["ENGINE"]:
        DATABASES["default"].setdefault("OPTIONS", {}).update(
            {
                "options": "-c lock_timeout=10s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s",
                # The lists' own statements (casework/base/prepared.py) are planned by the server from the third
                # time; all others are new to it each time.
                "prepare_threshold": 2,
            }
        )
else:
    if not TESTING:
        DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    DATABASES = {
        "default": {
            "ENGINE": "casework.base.sqlite",
            "NAME": DATA_DIR / "casework.sqlite3",
            "OPTIONS": dict(SQLITE_OPTIONS),
            "TEST": {"NAME": ":memory:"},
        }
    }

# Shared by every process, and large: it remembers which one-time codes were used and how often was tried.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entry",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

# --- signing in ------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "casework.User"
AUTHENTICATION_BACKENDS = ["casework.accounts.backends.Backend"]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"] if TESTING else ["casework.accounts.hashers.Argon2id"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ANONYMOUS_USER_NAME = None
GUARDIAN_AUTO_PREFETCH = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "casework.accounts.adapters.AccountAdapter"
MFA_ADAPTER = "casework.accounts.adapters.MFAAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Passwords wait per name (casework.accounts.backoff); `login_failed` is what limits one-time codes. A whole
# station may sit behind one address, so the limit per address only stops floods.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
SESSION_ENGINE = "casework.accounts.sessions"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_FAILURE_VIEW = "casework.http.errors.csrf_failed"
IDLE_MINUTES = env.int("IDLE_MINUTES", default=5)
QUICK_EXIT_URL = env.str(
    "QUICK_EXIT_URL", default="https://www.google.com/search?q=th%E1%BB%9Di+ti%E1%BA%BFt"
)

# --- what pages may load ---------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- REST ------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "casework.accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["casework.http.gates.DenyByDefault"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["casework.http.gates.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "casework.http.schema.VerbSchema",
    "EXCEPTION_HANDLER": "casework.http.rest.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
    "DATETIME_FORMAT": "iso-8601",
}
REST_KNOX = {
    "TOKEN_TTL": None,
    "AUTO_REFRESH": False,
    "TOKEN_LIMIT_PER_USER": 10,
    "SECURE_HASH_ALGORITHM": "hashlib.sha512",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Casework",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["casework.http.gates.SignedIn"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [],
    "COMPONENT_SPLIT_REQUEST": True,
}

# --- language and time -----------------------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
FORMAT_MODULE_PATH = ["config.formats"]
USE_THOUSAND_SEPARATOR = True
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Strict"
LANGUAGE_COOKIE_SECURE = HTTPS

# --- files -----------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [("", str(BASE_DIR / "static"))]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
LARGEST_FILE = env.int("LARGEST_FILE", default=50_000_000)
_bucket = env.str("FILES_S3_BUCKET", default="")
# Sealed before it gets there, wherever that is. For S3 the credentials stand where boto3 looks for them.
_FILES = (
    {
        "BACKEND": "casework.attachments.s3.S3Store",
        "OPTIONS": {
            "bucket_name": _bucket,
            "endpoint_url": env.str("FILES_S3_ENDPOINT", default="") or None,
            "region_name": env.str("FILES_S3_REGION", default="") or None,
            "default_acl": None,
            "file_overwrite": False,
            "signature_version": "s3v4",
            "addressing_style": env.str("FILES_S3_ADDRESSING", default="") or None,
        },
    }
    if _bucket
    else {
        "BACKEND": "casework.attachments.storage.DurableStorage",
        "OPTIONS": {
            "location": env.str("FILES_DIR", default=str(DATA_DIR / "files")),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }
)
STORAGES = {
    "attachments": _FILES,
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION
FILE_UPLOAD_HANDLERS = ["casework.http.uploads.SealingUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 1
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- the product's own face ------------------------------------------------------------------------------------
PRODUCT_NAME = env.str("PRODUCT_NAME", default="Hồ sơ")
EMERGENCY_NUMBERS = env.dict(
    "EMERGENCY_NUMBERS", default={"police": "113", "ambulance": "115", "children": "111"}
)
# Where others reach this installation: printed on papers, so that an office can check one.
PUBLIC_URL = env.str(
    "PUBLIC_URL",
    default=f"https://{ALLOWED_HOSTS[0]}" if HTTPS and ALLOWED_HOSTS else "http://127.0.0.1:8000",
).rstrip("/")
HOME_PROVINCE = env.str("HOME_PROVINCE", default="11")
ALERTS_PER_HOUR = env.int("ALERTS_PER_HOUR", default=20)

# --- what may be written to the log: never a value, never a parameter -------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "casework.http.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": sys.stderr}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.db.backends": {"level": "WARNING"},
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
DEFAULT_EXCEPTION_REPORTER_FILTER = "casework.http.logs.NothingLeaves"
# guardian keeps the grants; questions of access go through casework.access, never through has_perm.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
