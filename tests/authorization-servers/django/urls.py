"""The authorization server at `/o/`, and its metadata where MCP clients look for it."""

from django.contrib.auth.views import LoginView
from django.urls import include, path
from oauth2_provider import urls as oauth2_urls

urlpatterns = [
    path("accounts/login/", LoginView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    # The issuer is `https://HOST/o`, and its metadata at `/.well-known/oauth-authorization-server/o`
    # (RFC 8414 section 3.1).
    path("", include(oauth2_urls.metadata_urlpatterns)),
]
