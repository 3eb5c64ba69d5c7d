"""What every client does: see scenario.mjs."""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata

GIVEN = json.loads(sys.argv[1])
REDIRECT_URI = GIVEN["redirect_uri"]


class Declined(Exception):
    """The user does not grant it."""


def say(step, said):
    print(json.dumps({"step": step, "said": said}), flush=True)


class Storage:
    """Keeps everything for as long as the program runs."""

    tokens = None
    client = None

    def __init__(self):
        if client_id := GIVEN["client_id"]:
            self.client = OAuthClientInformationFull(
                client_id=client_id, redirect_uris=[REDIRECT_URI], token_endpoint_auth_method="none"
            )

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens
        say("granted", tokens.scope)

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class User:
    """Grants what is asked for first; what comes then as told."""

    grants = True
    target = None

    async def redirect(self, url):
        self.target = url
        say("asks for", parse_qs(urlsplit(url).query)["scope"][0])

    async def callback(self):
        async with httpx2.AsyncClient(timeout=30) as http:
            asked = json.dumps({"url": self.target, "grants": self.grants})
            answer = await http.post(GIVEN["browser"], content=asked)
        answer.raise_for_status()
        self.grants = GIVEN["user"] == "grants"
        said = {name: values[0] for name, values in parse_qs(urlsplit(answer.text).query).items()}
        if "error" in said:
            say("declined", said["error"])
            raise Declined
        return AuthorizationCodeResult(code=said["code"], state=said.get("state"), iss=said.get("iss"))


def has_declined(error):
    inner = getattr(error, "exceptions", None) or [error.__cause__ or error.__context__]
    return isinstance(error, Declined) or any(part and has_declined(part) for part in inner)


async def main():
    user = User()
    metadata = OAuthClientMetadata(
        client_name="client", redirect_uris=[REDIRECT_URI], token_endpoint_auth_method="none"
    )
    auth = OAuthClientProvider(GIVEN["url"], metadata, Storage(), user.redirect, user.callback)

    async def session(work):
        async with httpx2.AsyncClient(auth=auth, timeout=30) as http:
            async with Client(streamable_http_client(GIVEN["url"], http_client=http)) as client:
                await work(client)

    async def call(client, made):
        result = await client.call_tool(made["tool"], made["arguments"])
        say(made["tool"], "an error" if result.is_error else "done")

    async def everything(client):
        say("tools", len((await client.list_tools()).tools))
        await call(client, GIVEN["first"])
        await call(client, GIVEN["step"])
        await call(client, GIVEN["first"])

    try:
        await session(everything)
    except BaseException as error:
        if not has_declined(error):
            raise
        # The session ends with a request that was declined; what was granted before does not.
        await session(lambda client: call(client, GIVEN["first"]))


asyncio.run(main())
