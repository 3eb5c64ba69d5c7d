"""Makes the database, a user and the clients, and serves: `server.py 127.0.0.1:8000`."""

import os
import sys

import django
from django.conf import settings
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
# Users sign in often here: a hash that takes half a second each time would only slow the tests down.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402

call_command("migrate", verbosity=0)
users = get_user_model().objects
if not users.exists():
    users.create_user("ada", password="ada")
    call_command(
        "createapplication",
        "public",
        "authorization-code",
        client_id="mcp-client",
        redirect_uris=os.environ.get("REDIRECT_URI", "http://127.0.0.1:23419/callback"),
    )
    # Asks about tokens. Checking a hashed secret would take half a second for every question.
    call_command(
        "createapplication",
        "confidential",
        "client-credentials",
        client_id="mcp-server",
        client_secret=os.environ["CLIENT_SECRET"],
        hash_client_secret=False,
    )
call_command("runserver", sys.argv[1], use_reloader=False)
