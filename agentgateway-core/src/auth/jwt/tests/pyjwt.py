"""Makes pyjwt.json: keys, and tokens that PyJWT has signed with them.

    pip install 'PyJWT[crypto]' && python pyjwt.py > pyjwt.json

The private keys are thrown away: the tokens are all that is left of them.
"""

import base64
import json

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

CLAIMS = {
    "iss": "https://id.example.org",
    "sub": "alice",
    "aud": ["https://gateway.example.org", "https://other.example.org"],
    "iat": 1_700_000_000,
    "nbf": 1_700_000_000,
    "exp": 1_700_003_600,
    "scope": "tools:read",
}
SECRET = bytes(range(64))

pairs = {
    "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}
kinds = {
    "RS": "rsa", "PS": "rsa", "ES256": "p256", "ES384": "p384", "EdDSA": "ed25519",
}
algorithms = [family + size for family in ("RS", "PS", "HS") for size in ("256", "384", "512")]
algorithms += ["ES256", "ES384", "EdDSA"]

tokens = {}
for algorithm in algorithms:
    kind = kinds.get(algorithm) or kinds.get(algorithm[:2], "secret")
    key = SECRET if kind == "secret" else pairs[kind]
    tokens[algorithm] = jwt.encode(CLAIMS, key, algorithm=algorithm, headers={"kid": kind})

keys = []
pems = {}
for kind, pair in pairs.items():
    public = pair.public_key()
    algorithm = {"rsa": "RS256", "p256": "ES256", "p384": "ES384", "ed25519": "EdDSA"}[kind]
    key = jwt.get_algorithm_by_name(algorithm).to_jwk(public, as_dict=True)
    key.pop("key_ops", None)
    keys.append({**key, "kid": kind, "use": "sig"})
    pems[kind] = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
secret = base64.urlsafe_b64encode(SECRET).decode().rstrip("=")
keys.append({"kty": "oct", "k": secret, "kid": "secret"})

print(json.dumps({"jwks": {"keys": keys}, "pem": pems, "tokens": tokens}, indent=1))
