"""The Python SDK against BASE (an MCP endpoint that wants a token): it finds out where tokens are had, gets one,
and calls a tool."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import httpx2
import lib
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

CALLBACK = "http://127.0.0.1:1/callback"


class Memory:
    """Keeps tokens and the client's registration."""

    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens) -> None:
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client) -> None:
        self.client = client


class User:
    """Follows the redirect as a browser would, up to the client's own URL."""

    asked: dict[str, list[str]] = {}
    answer = ""

    async def redirect(self, url: str) -> None:
        self.asked = parse_qs(urlsplit(url).query)
        async with httpx2.AsyncClient() as client:
            self.answer = (await client.get(url)).headers["location"]

    async def called_back(self) -> AuthorizationCodeResult:
        said = {name: value[0] for name, value in parse_qs(urlsplit(self.answer).query).items()}
        return AuthorizationCodeResult(code=said["code"], state=said["state"], iss=said["iss"])


async def main() -> None:
    user, memory = User(), Memory()
    provider = OAuthClientProvider(
        args.base,
        OAuthClientMetadata(client_name="test", redirect_uris=[CALLBACK], token_endpoint_auth_method="none"),
        memory,
        user.redirect,
        user.called_back,
    )
    with checks.check("without a token"):
        async with httpx2.AsyncClient() as client:
            refused = await client.post(args.base, json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert refused.status_code == 401, refused
        assert "resource_metadata=" in refused.headers["www-authenticate"], refused.headers
    async with httpx2.AsyncClient(auth=provider, timeout=lib.SECONDS) as http:
        with checks.check("with one"):
            async with Client(streamable_http_client(args.base, http_client=http)) as client:
                result = await client.call_tool("echo", {"message": "hello"})
                assert "hello" in result.content[0].text, result
    with checks.check("what was asked for"):
        assert user.asked["resource"] == [args.base], user.asked
        assert user.asked["scope"] == [args.scope], user.asked
        assert memory.tokens is not None


parser = lib.arguments(__doc__)
parser.add_argument("--scope", default="mcp")
args = parser.parse_args()
checks = lib.Checks("mcp-python oauth")
asyncio.run(main())
checks.exit()
