"""Django with django-oauth-toolkit for an MCP server; `urls.py` has the rest."""

import os
from pathlib import Path

DEBUG = False
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = os.environ.get("ROOT_URLCONF", "urls")
USE_TZ = True

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DATABASE", "db.sqlite3"),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "oauth2_provider",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    }
]

OAUTH2_PROVIDER = {
    # The scopes of the MCP server, as its users read them on the page that asks for consent.
    "SCOPES": {
        "entries:read": "Read your journal entries.",
        "entries:write": "Create, change and delete your journal entries.",
        "notebooks:write": "Write in every notebook.",
        "notebooks:1:read": "Read notebook 1.",
    },
    # A request without `scope` would get every scope.
    "DEFAULT_SCOPES": ["entries:read"],
    # MCP clients register themselves.
    "DCR_ENABLED": True,
    "DCR_REGISTRATION_PERMISSION_CLASSES": ["registration.ForUsersDCRPermission"],
}
