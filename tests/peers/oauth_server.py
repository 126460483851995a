"""An authorization server that lets everybody in: metadata, registration, codes with PKCE, and tokens for the
resource that was asked for, signed by the key at /jwks.json."""

import base64
import hashlib
import secrets
import sys
import time
from urllib.parse import urlencode

import jwt
import lib
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

sock = lib.listener(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
issuer = f"http://127.0.0.1:{sock.getsockname()[1]}"
key = Ed25519PrivateKey.generate()
codes: dict[str, dict[str, str]] = {}


async def metadata(_request) -> JSONResponse:
    return JSONResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "registration_endpoint": f"{issuer}/register",
            "jwks_uri": f"{issuer}/jwks.json",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": True,
        }
    )


async def jwks(_request) -> JSONResponse:
    public = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).decode().rstrip("=")
    return JSONResponse({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": public}]})


async def register(request) -> JSONResponse:
    asked = await request.json()
    return JSONResponse({**asked, "client_id": secrets.token_hex(8)}, status_code=201)


async def authorize(request) -> RedirectResponse:
    asked = dict(request.query_params)
    assert asked["code_challenge_method"] == "S256" and asked["resource"], asked
    code = secrets.token_hex(8)
    codes[code] = asked
    told = {"code": code, "state": asked["state"], "iss": issuer}
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told)}", status_code=302)


async def token(request) -> JSONResponse:
    form = await request.form()
    asked = codes.pop(form["code"])
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if asked["code_challenge"] != challenge or asked["resource"] != form["resource"]:
        return JSONResponse({"error": "invalid_grant"}, status_code=400)
    scope = asked.get("scope", "")
    claims = {
        "iss": issuer,
        "sub": "alice",
        "aud": asked["resource"],
        "exp": int(time.time()) + 300,
        "scope": scope,
    }
    access = jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": "k"})
    return JSONResponse({"access_token": access, "token_type": "Bearer", "expires_in": 300, "scope": scope})


routes = [
    Route("/.well-known/oauth-authorization-server", metadata),
    Route("/jwks.json", jwks),
    Route("/register", register, methods=["POST"]),
    Route("/authorize", authorize),
    Route("/token", token, methods=["POST"]),
]
lib.serve(Starlette(routes=routes), sock)
