"""The provider of log-ins, by OpenID Connect: the authorization code flow with state, nonce and PKCE.

Sources: OpenID Connect Core 1.0 §§ 3.1, 5.3, Discovery 1.0 § 4, RFC 7636 (S256), RFC 9207 (`iss` in the answer).
The protocol is Authlib's, the signatures are joserfc's; here is what is sent where, and what is believed.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import urllib3
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from urllib3.exceptions import HTTPError

from gateway.accounts.refusals import Refused, Why
from gateway.clock import Clock
from gateway.settings import Oidc

GOOD_SECONDS = 600.0  # from the button to the way back
KEPT_SECONDS = 3600.0  # how long what the provider says of itself is believed without asking again
REST_SECONDS = 5.0  # after a failure to reach it, in which nobody else waits for it
LEEWAY_SECONDS = 60  # between its clock and ours
TIMEOUT = urllib3.Timeout(connect=3, read=5)
GREATEST_ANSWER = 1_000_000  # bytes
# Signatures by keys that only the provider has: never "none", and never HS…, whose key a client would share.
ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split()


class Begun(msgspec.Struct, frozen=True):
    """What a browser keeps, sealed, between the button and the way back. `until` is seconds since the epoch."""

    state: str
    nonce: str
    verifier: str
    wanted: str
    until: float


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider confirmed. `email` is empty unless it vouches for the address."""

    issuer: str
    subject: str
    email: str


class _Provider(msgspec.Struct, frozen=True):
    """What is used of the provider's metadata (Discovery § 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str = ""


class _Claims(msgspec.Struct, frozen=True):
    """`email_verified` is a text where a provider does not follow Core § 5.1."""

    sub: str
    email: str | None = None
    email_verified: bool | str | None = None


Kind = TypeVar("Kind")


class Provider:
    """Every call may ask the provider and so blocks for seconds; all raise Refused."""

    def __init__(self, settings: Oidc, redirect_uri: str, clock: Clock) -> None:
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._http = urllib3.PoolManager(retries=False, timeout=TIMEOUT, headers={"user-agent": "consent-gateway"})
        self._asking = threading.Lock()
        self._known: tuple[float, _Provider, KeySet] | None = None  # asked when, what, its keys
        self._failed = float("-inf")

    def begin(self, wanted: str) -> tuple[str, Begun]:
        """Where to send the browser, and what it is to keep meanwhile. `wanted` is where it goes after the log-in."""
        provider, _ = self._provider()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url = prepare_grant_uri(
            provider.authorization_endpoint,
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=self._redirect_uri,
            scope=" ".join(self._settings.scopes),
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return str(url), Begun(state, nonce, verifier, wanted, self._clock.timestamp() + GOOD_SECONDS)

    def person(self, begun: Begun, answer: Mapping[str, str]) -> Person:
        """Whom the provider confirms by the parameters with which it sent the browser back."""
        if not hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise Refused(Why.STALE, "state")
        if self._clock.timestamp() > begun.until:
            raise Refused(Why.STALE, "too late")
        provider, keys = self._provider()
        sender = answer.get("iss", "" if provider.authorization_response_iss_parameter_supported else provider.issuer)
        if sender != provider.issuer:
            raise Refused(Why.INVALID, "iss of the answer")
        if not answer.get("code"):
            raise Refused(Why.DENIED, answer.get("error", "no code")[:100])
        tokens = self._exchange(provider, answer["code"], begun.verifier)
        try:
            claims = self._verified(tokens, provider, keys, begun.nonce)
        except InvalidKeyIdError:  # the provider has changed its keys since
            provider, keys = self._provider(anew=True)
            try:
                claims = self._verified(tokens, provider, keys, begun.nonce)
            except InvalidKeyIdError as error:
                raise Refused(Why.INVALID, "id_token: signed by no key of the provider") from error
        if not claims.email and provider.userinfo_endpoint and tokens.access_token:
            # Where the claims of the scope "email" are to be had as a rule (Core § 5.4).
            told = self._asked(provider.userinfo_endpoint, _Claims, {"authorization": f"Bearer {tokens.access_token}"})
            if told.sub != claims.sub:
                raise Refused(Why.INVALID, "userinfo: sub")
            claims = told
        vouched = claims.email_verified in (True, "true")
        return Person(provider.issuer, claims.sub, (claims.email or "") if vouched else "")

    def _provider(self, *, anew: bool = False) -> tuple[_Provider, KeySet]:
        """What the provider says of itself, with its keys. One asks while others wait, and they do not ask in vain again."""
        with self._asking:
            now = self._clock.timestamp()
            if self._known and abs(now - self._known[0]) < KEPT_SECONDS and not anew:
                return self._known[1:]
            if abs(now - self._failed) < REST_SECONDS:
                raise Refused(Why.AWAY, "asked a moment ago")
            try:
                self._known = (now, *self._discovered())
            except Refused:
                # By the clock after the wait: whoever queued meanwhile is answered at once.
                self._failed = self._clock.timestamp()
                raise
            return self._known[1:]

    def _discovered(self) -> tuple[_Provider, KeySet]:
        issuer = self._settings.issuer
        provider = self._asked(f"{issuer.rstrip('/')}/.well-known/openid-configuration", _Provider)
        if provider.issuer != issuer:
            raise Refused(Why.AWAY, f'the provider calls itself "{provider.issuer[:200]}"; oidc.issuer is another')
        endpoints = (provider.authorization_endpoint, provider.token_endpoint, provider.jwks_uri)
        for url in (*endpoints, provider.userinfo_endpoint or provider.jwks_uri):
            if not url.startswith(("https://", f"{urlsplit(issuer).scheme}://")):
                raise Refused(Why.AWAY, "an endpoint of the provider is not https")
        found = self._asked(provider.jwks_uri, dict[str, Any])
        try:
            return provider, KeySet.import_key_set({"keys": [key for key in found["keys"] if key.get("kty") != "oct"]})
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused(Why.AWAY, f"keys: {type(error).__name__}") from error

    def _exchange(self, provider: _Provider, code: str, verifier: str) -> _Tokens:
        """The tokens for a code, which the provider gives once."""
        offered = provider.token_endpoint_auth_methods_supported
        method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        secret = self._settings.client_secret
        auth = ClientAuth(self._settings.client_id, secret, method if secret else "none")
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=self._redirect_uri, code_verifier=verifier
        )
        headers = {"content-type": "application/x-www-form-urlencoded"}
        url, headers, body = auth.prepare("POST", provider.token_endpoint, headers, body)
        return self._asked(url, _Tokens, headers, body)

    def _verified(self, tokens: _Tokens, provider: _Provider, keys: KeySet, nonce: str) -> _Claims:
        """The claims of an ID token that is the provider's, for us, of this log-in, and of now (Core § 3.1.3.7)."""
        client_id = self._settings.client_id
        wanted = {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": client_id},
            "sub": {"essential": True},
        }
        asked = {"nonce": nonce, "client_id": client_id, "access_token": tokens.access_token}
        try:
            registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
            token = jwt.decode(tokens.id_token, keys, registry=registry)
            claims = CodeIDToken(token.claims, token.header, wanted, asked)
            claims.validate(now=int(self._clock.timestamp()), leeway=LEEWAY_SECONDS)
            return msgspec.convert(dict(claims), _Claims)
        except InvalidKeyIdError:
            raise
        except (JoseError, ValueError, TypeError) as error:
            raise Refused(Why.INVALID, f"id_token: {type(error).__name__} {getattr(error, 'claim', '')}") from error

    def _asked(
        self, url: str, kind: type[Kind], headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> Kind:
        """The JSON that the provider answers with. A 4xx to a code is its no; any other failure is that it is away."""
        try:
            answer = self._http.request(
                "GET" if body is None else "POST",
                url,
                body=body,
                headers={"accept": "application/json", **(headers or {})},
                redirect=False,
                preload_content=False,
            )
            try:
                content = answer.read(GREATEST_ANSWER + 1)
            finally:
                answer.release_conn()
        except (HTTPError, OSError, ValueError) as error:
            raise Refused(Why.AWAY, f"{urlsplit(url).path}: {type(error).__name__}") from error
        if body is not None and 400 <= answer.status < 500 and answer.status != 429:
            raise Refused(Why.INVALID, f"code: {answer.status} {_error(content)}")
        if answer.status != 200 or len(content) > GREATEST_ANSWER:
            raise Refused(Why.AWAY, f"{urlsplit(url).path}: {answer.status}, {len(content)} bytes")
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.DecodeError as error:
            raise Refused(Why.AWAY, f"{urlsplit(url).path}: {error}") from error


def _error(content: bytes) -> str:
    """The error's name in the answer of a token endpoint (RFC 6749 § 5.2): invalid_grant, invalid_client, …"""
    try:
        return str(json.loads(content)["error"])[:100]
    except (ValueError, KeyError, TypeError):
        return ""
