"""Whether a request is signed for Amazon as botocore signs."""

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY = Credentials("AKIDSCRIPTED", "scripted/secret+key")


def judge(method: str, url: str, headers: dict[str, str], body: bytes) -> str:
    """`ok`, or what is wrong."""
    said = headers.get("authorization", "")
    if not said.startswith("AWS4-HMAC-SHA256 "):
        return "unsigned"
    fields = dict(part.strip().split("=", 1) for part in said[17:].split(","))
    _key, date, region, service, _end = fields["Credential"].split("/")
    signed = fields["SignedHeaders"].split(";")
    if "host" not in signed or headers["x-amz-date"][:8] != date:
        return f"signed {signed} at {headers['x-amz-date']}"
    request = AWSRequest(method, url, {name: headers[name] for name in signed}, body)
    request.context["timestamp"] = headers["x-amz-date"]
    request.context["payload_signing_enabled"] = True
    own = SigV4Auth(KEY, service, region)
    text = own.string_to_sign(request, own.canonical_request(request))
    wanted = own.signature(text, request)
    scope = (_key, service, region)
    if scope != (KEY.access_key, "bedrock", "us-east-1"):
        return f"signed for {scope}"
    return "ok" if wanted == fields["Signature"] else f"wrong signature of {signed}"
