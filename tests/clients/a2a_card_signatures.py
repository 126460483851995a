"""Signs a card with the A2A SDK, or verifies one: JSON on stdin, JSON on stdout.

`sign` takes a card and gives `{"card": ..., "jwks": ...}`; `verify` takes that and gives `{"verified": true}`, or
false where the SDK refuses it.
"""

import json
import sys

import jwt
from a2a.client.card_resolver import parse_agent_card
from a2a.utils.signing import (
    SignatureVerificationError,
    create_agent_card_signer,
    create_signature_verifier,
)
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.json_format import MessageToDict

KID = "agent-key"


def sign(card: dict) -> dict:
    key = ec.generate_private_key(ec.SECP256R1())
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    public |= {"kid": KID, "alg": "ES256", "use": "sig"}
    signer = create_agent_card_signer(key, {"kid": KID, "alg": "ES256", "jku": None, "typ": "JOSE"})
    signed = signer(parse_agent_card(card))
    return {"card": MessageToDict(signed), "jwks": {"keys": [public]}}


def verify(asked: dict) -> dict:
    keys = {key["kid"]: jwt.PyJWK(key) for key in asked["jwks"]["keys"]}
    verifier = create_signature_verifier(lambda kid, _: keys[kid], ["ES256", "EdDSA"])
    try:
        verifier(parse_agent_card(asked["card"]))
    except SignatureVerificationError:
        return {"verified": False}
    return {"verified": True}


print(json.dumps({"sign": sign, "verify": verify}[sys.argv[1]](json.load(sys.stdin))))
