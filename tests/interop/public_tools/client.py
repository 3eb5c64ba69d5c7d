"""A Python client that begins without a token, and signs in when a call takes one."""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

GIVEN = json.loads(sys.argv[1])


def say(step, said):
    print(json.dumps({"step": step, "said": said}), flush=True)


class Storage:
    """Keeps everything for as long as the program runs."""

    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class User:
    """Grants what is asked for."""

    target = None

    async def redirect(self, url):
        self.target = url
        say("asks for", parse_qs(urlsplit(url).query)["scope"][0])

    async def callback(self):
        async with httpx2.AsyncClient(timeout=30) as http:
            asked = json.dumps({"url": self.target, "grants": True})
            answer = await http.post(GIVEN["browser"], content=asked)
        answer.raise_for_status()
        said = {name: values[0] for name, values in parse_qs(urlsplit(answer.text).query).items()}
        return AuthorizationCodeResult(code=said["code"], state=said.get("state"), iss=said.get("iss"))


async def main():
    user = User()
    metadata = OAuthClientMetadata(
        client_name="client", redirect_uris=[GIVEN["redirect_uri"]], token_endpoint_auth_method="none"
    )
    auth = OAuthClientProvider(GIVEN["url"], metadata, Storage(), user.redirect, user.callback)

    async with httpx2.AsyncClient(auth=auth, timeout=30) as http:
        async with Client(streamable_http_client(GIVEN["url"], http_client=http)) as client:

            async def tools():
                # No answer of before, which was for somebody without a token.
                tools = (await client.list_tools()).tools
                say("tools", sorted(tool.name for tool in tools))

            async def call(name):
                result = await client.call_tool(name, {})
                say(name, "an error" if result.is_error else "done")

            await tools()
            await call("about")
            await call("read")
            await call("about")
            await tools()


asyncio.run(main())
