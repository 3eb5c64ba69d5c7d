"""Which clients may register themselves."""

import json

GRANTS = ("authorization_code", "refresh_token")


class ForUsersDCRPermission:
    """Lets clients register that act for users.

    A stranger who registers for `client_credentials` gets tokens for the MCP server without any user.
    """

    def has_permission(self, request) -> bool:
        try:
            metadata = json.loads(request.body)
            grants = metadata.get("grant_types", ["authorization_code"])
            return all(grant in GRANTS for grant in grants)
        except (AttributeError, TypeError, ValueError):
            return False
