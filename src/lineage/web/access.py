"""Who may ask: the hosts, the one-time token and its cookie, proxies, and what may change."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lineage.kernel.errors import ConfigurationError

TOKEN_BYTES: Final = 32
HTTP_PORT: Final = 80
"""The port that browsers leave out."""
TOKEN: Final = "token"  # noqa: S105  # the name of a parameter
MOST_BODY_BYTES: Final = 64 * 1024
MOST_QUERY_BYTES: Final = 8 * 1024
TOO_LARGE: Final = "the request is too large"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
_QUESTIONS: Final = frozenset({"/sql", "/verify"})
"""What is sent as a form although it changes nothing: too long for an address, or much work."""
_OPEN_PATHS: Final = ("/static/",)
"""What everybody may have: files of the package, which say nothing about the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy that knows who asks.

    Attributes:
        header: The header in which it names the user. Sent twice it names nobody: one of the two
            may be the user's own.
        addresses: Addresses or networks that it asks from; the header of anybody else is ignored.

    Raises:
        ConfigurationError: There is no address, or one is neither address nor network.
    """

    header: str
    addresses: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a header that anybody could send."""
        if not self.addresses:
            raise ConfigurationError(
                f"user header {self.header!r}",
                problem="anybody could send it",
                remedy="name the address of the proxy with --proxy",
            )
        for address in self.addresses:
            try:
                ip_network(address)
            except ValueError as error:
                raise ConfigurationError(f"proxy {address!r}", problem=str(error)) from None

    def user_of(self, request: Request) -> str | None:
        """Return whom the proxy names; None if the request is not from it, or it names nobody."""
        try:
            sender = ip_address(request.client.host if request.client else "")
        except ValueError:
            return None
        sender = getattr(sender, "ipv4_mapped", None) or sender
        is_known = any(sender in ip_network(address) for address in self.addresses)
        named = request.headers.getlist(self.header)
        return (named[0] or None) if is_known and len(named) == 1 else None


@dataclass(slots=True, kw_only=True)
class Access:
    """Who may ask, and whether anything may be changed.

    Attributes:
        hosts: Values of the header `Host` that are answered, with the port unless it is 80 or 443.
        cookie: Name of the cookie.
        is_read_only: Whether requests that change something are refused.
        proxy: Who may name users; None for nobody.
        token: What the first browser shows; it is good once.
    """

    hosts: frozenset[str]
    cookie: str = "lineage"
    is_read_only: bool = False
    proxy: Proxy | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_BYTES), repr=False)
    _sessions: set[str] = field(default_factory=set, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def admit(self, token: str) -> str | None:
        """Return a new session for the token, which is spent by it; None if it is not the token."""
        with self._lock:
            if not self.token or not hmac.compare_digest(token.encode(), self.token.encode()):
                return None
            self.token = ""
            session = secrets.token_urlsafe(TOKEN_BYTES)
            self._sessions.add(session)
            return session

    def knows(self, session: str | None) -> bool:
        """Tell whether a cookie is that of a session."""
        with self._lock:
            known = tuple(self._sessions)
        shown = (session or "").encode()
        return any(hmac.compare_digest(shown, one.encode()) for one in known)

    def user_of(self, request: Request) -> str | None:
        """Return who asks: whom the proxy names, "" for whoever has the cookie, None for nobody."""
        named = self.proxy.user_of(request) if self.proxy else None
        if named is not None:
            return named
        return "" if self.knows(request.cookies.get(self.cookie)) else None


def local_hosts(port: int, also: Iterable[str] = ()) -> frozenset[str]:
    """Return the hosts of this machine at a port, and others as they are."""
    names = ("127.0.0.1", "localhost", "::1")
    return frozenset({host_of(name, port) for name in names} | {*also})


def host_of(name: str, port: int) -> str:
    """Return what browsers send as `Host` to a name or address at a port."""
    shown = f"[{name}]" if ":" in name else name
    return shown if port == HTTP_PORT else f"{shown}:{port}"


def path_of(request: Request) -> str:
    """Return the path of a request without what a proxy puts before it."""
    return str(request.scope["path"]).removeprefix(request.scope.get("root_path", ""))


class Guard:
    """Middleware that refuses whoever may not ask, before anything else sees the request.

    A browser sends `Host`, `Origin` and `Sec-Fetch-Site` truthfully, so a page of another site, or
    a name that was bound to this address anew, is told from ours.

    Args:
        app: What answers.
        access: Who may ask.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        refusal = self._refusal(request)
        if refusal is None:
            scope.setdefault("state", {})["user"] = self._access.user_of(request) or None
            body = _Body(receive)
            try:
                await self._app(scope, body.read, send)
            except ClientDisconnect:
                if body.is_too_large:
                    await _refuse(413, TOO_LARGE)(scope, receive, send)
        else:
            await refusal(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        """Return why a request is not answered, or where it leads; None to answer it."""
        access = self._access
        if request.headers.getlist("host") not in [[host] for host in access.hosts]:
            return _refuse(400, "this server is not called that")
        if len(request.scope.get("query_string", b"")) > MOST_QUERY_BYTES:
            return _refuse(414, "the address is too long")
        if request.method in _SAFE_METHODS and path_of(request).startswith(_OPEN_PATHS):
            return None
        if access.user_of(request) is None:
            return self._begin(request)
        if TOKEN in request.query_params and request.method in _SAFE_METHODS:
            return _redirect(request)
        if request.method not in _SAFE_METHODS:
            return self._refused_change(request)
        return None

    def _begin(self, request: Request) -> Response:
        shown = request.query_params.get(TOKEN)
        session = self._access.admit(shown) if shown and request.method == "GET" else None
        if session is None:
            said = "this address is good once, and was used" if shown else "no session"
            return _refuse(
                403,
                f"{said}. Open the address that `lineage serve` printed; start it again for "
                "a new one.",
            )
        response = _redirect(request)
        response.set_cookie(
            self._access.cookie,
            session,
            path=request.scope.get("root_path") or "/",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    def _refused_change(self, request: Request) -> Response | None:
        path = path_of(request)
        if self._access.is_read_only and path not in _QUESTIONS:
            return _refuse(403, "this server only reads: it was started with --read-only")
        origin = request.headers.get("origin")
        # a form of a page without a referrer has the origin "null"; the next header tells whose
        is_ours = origin in {None, "null"} or origin.partition("://")[2] == request.headers["host"]
        if request.headers.get("sec-fetch-site") != "same-origin" or not is_ours:
            return _refuse(403, "a change has to come from a page of this server")
        try:
            length = int(request.headers.get("content-length") or 0)
        except ValueError:
            return _refuse(400, "the length is not a number")
        return _refuse(413, TOO_LARGE) if length > MOST_BODY_BYTES else None


def _refuse(status: int, reason: str) -> Response:
    return PlainTextResponse(f"{reason}\n", status)


def _redirect(request: Request) -> Response:
    """Lead to the same address without the token."""
    rest = request.url.remove_query_params(TOKEN)
    path = rest.path + (f"?{rest.query}" if rest.query else "")
    return RedirectResponse("/" + path.lstrip("/\\"), 303)


class _Body:
    """Reads at most `MOST_BODY_BYTES`, whatever length was announced."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = MOST_BODY_BYTES

    @property
    def is_too_large(self) -> bool:
        """Whether more came than may."""
        return self._left < 0

    async def read(self) -> Message:
        """Return the next part; the end of the connection if the body is too large."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.is_too_large else message
