"""Lines of JSON logs: nginx under whatever names its log_format gave, Caddy's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.imports.entry import Unreadable
from gateway.imports.logged import Logged, ReadAddress, common_time, iso_time, request_line, status_code

# What is looked for, under the names that log_format lines give it; the first that is there and not empty counts.
_NAMES = {
    "address": "remote_addr client_ip clientip client remote_ip ip",
    "time": "time_iso8601 @timestamp time timestamp time_local msec ts date",
    "request": "request request_line",
    "method": "request_method method",
    "target": "request_uri uri url path",
    "status": "status response status_code",
    "host": "http_host host server_name vhost",
    "referrer": "http_referer http_referrer referer referrer",
    "user_agent": "http_user_agent user_agent agent useragent",
    "language": "http_accept_language accept_language",
    "gpc": "http_sec_gpc sec_gpc",
    "purpose": "http_sec_purpose sec_purpose",
}
_FIELDS = {field: tuple(names.split()) for field, names in _NAMES.items()}

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def read(text: str, address: ReadAddress) -> Logged:
    """One line. Raises Unreadable."""
    try:
        values = _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Unreadable("not a JSON object") from None
    request = values.get("request")
    if isinstance(request, dict):
        return _caddy(values, request, address)
    if text_of := _first(values, "request"):
        method, target = request_line(text_of)
    else:
        method, target = _first(values, "method"), _first(values, "target")
        if not method or not target:
            raise Unreadable("no request is named")
    return Logged(
        address(_first(values, "address")),
        _time(_first(values, "time")),
        method,
        target,
        status_code(_first(values, "status")),
        _first(values, "host"),
        _first(values, "referrer"),
        _first(values, "user_agent"),
        _first(values, "language"),
        _first(values, "gpc") == "1",
        "prefetch" in _first(values, "purpose"),
    )


def _caddy(values: Mapping[str, Any], request: Mapping[str, Any], address: ReadAddress) -> Logged:
    sent = request.get("headers")
    headers = {str(name).lower(): _text(value) for name, value in sent.items()} if isinstance(sent, dict) else {}
    method, target = _text(request.get("method")), _text(request.get("uri"))
    if not method or not target:
        raise Unreadable("no request is named")
    return Logged(
        address(_text(request.get("client_ip")) or _text(request.get("remote_ip"))),
        _time(_text(values.get("ts"))),
        method,
        target,
        status_code(_text(values.get("status"))),
        _text(request.get("host")),
        headers.get("referer", ""),
        headers.get("user-agent", ""),
        headers.get("accept-language", ""),
        headers.get("sec-gpc", "") == "1",
        "prefetch" in headers.get("sec-purpose", ""),
    )


def _first(values: Mapping[str, Any], field: str) -> str:
    for name in _FIELDS[field]:
        if text := _text(values.get(name)):
            return text
    return ""


def _text(value: object) -> str:
    """A value as a text; of several the first; "-" is nginx's and Apache's way to say none."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(value)
    return "" if text == "-" else text


def _time(text: str) -> float:
    if "/" in text:
        return common_time(text)
    try:
        number = float(text)
    except ValueError:
        return iso_time(text)
    if 1e8 < number < 1e11:
        return number
    if 1e11 <= number < 1e14:  # milliseconds
        return number / 1000
    raise Unreadable("the time is none")
