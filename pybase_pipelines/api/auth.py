"""Who may call: bearer tokens, compared in constant time; without a configured token nobody may."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from pybase_pipelines.api.problems import Refusal

_bearer = HTTPBearer(auto_error=False, description="One of the tokens of PYBASE_API_TOKENS.")


async def require_token(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> None:
    """Refuse a caller without a right token, before anything of the body is read.

    Raises:
        Refusal: no token is configured (503), or the one given is missing or wrong (401).
    """
    tokens = request.app.state.resources.settings.api_tokens
    if not tokens:
        hint = 'Set PYBASE_API_TOKENS to a JSON list of tokens: ["..."], at least 16 characters each.'
        raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "api_closed", "No token is configured: the API is closed.", hint)
    if credentials is None or not is_known(credentials.credentials, tokens):
        words = "A bearer token is needed." if credentials is None else "The bearer token is not known."
        hint = "Send the header 'Authorization: Bearer TOKEN' with a token of PYBASE_API_TOKENS."
        headers = {"WWW-Authenticate": "Bearer"}
        raise Refusal(HTTPStatus.UNAUTHORIZED, "not_authenticated", words, hint, headers)


def is_known(given: str, tokens: Iterable[SecretStr]) -> bool:
    """Whether the token is one of these; the time it takes tells neither which nor how much of it was right."""
    digest = _digest(given)
    matches = [hmac.compare_digest(digest, _digest(token.get_secret_value())) for token in tokens]
    return any(matches)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
