"""What the gateway says about itself: one JSON object a line, or text for a terminal. Standard library logging only.

    logging.getLogger("gateway.delivery").info("batch stored", extra={"table": "hits", "rows": 812})

Records carry what their caller gives and nothing of a request. As the last net, whatever still looks like an IP address
in a line is cut like a visitor's (/24, /48), except loopback and the unspecified address; so an operator's own server
shows as 10.1.2.0.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}

_IPV4 = r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)"
_IPV6 = r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?![\w:]|\.\d)"
_ADDRESS = re.compile(f"{_IPV6}|{_IPV4}")


def truncate_addresses(text: str) -> str:
    """`text` with every IP address in it cut to /24 or /48."""
    return _ADDRESS.sub(_truncate, text)


def _truncate(match: re.Match[str]) -> str:
    try:
        address = ipaddress.ip_address(match[0])
    except ValueError:
        return match[0]
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if address.is_loopback or address.is_unspecified:
        return match[0]
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, prefix), strict=False).network_address)


class JsonFormatter(logging.Formatter):
    """`{"time": …, "level": …, "logger": …, "message": …}` and the record's extras; an exception as text in "exception"."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return truncate_addresses(json.dumps(line, ensure_ascii=False, default=str))


class TextFormatter(logging.Formatter):
    """`12:00:01 warning gateway.delivery: batch refused (table=hits)`, time in UTC; control characters are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        extras = ", ".join(f"{key}={value}" for key, value in _extras(record).items())
        time = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        line = f"{time} {record.levelname.lower()} {record.name}: {record.getMessage()}"
        line += f" ({extras})" if extras else ""
        line = "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return truncate_addresses(line)


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def setup(level: str, format_: str, stream: TextIO | None = None) -> None:
    """Send every logger, uvicorn's too, to `stream` (standard error). uvicorn's access log, which names clients, is off.

    May be called again, as after a reload; the last call counts. Run uvicorn with `log_config=None, access_log=False`.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if format_ == "json" else TextFormatter())
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old.formatter, JsonFormatter | TextFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
    access = logging.getLogger("uvicorn.access")
    access.handlers = [logging.NullHandler()]
    access.propagate = False
    access.disabled = True
    # Libraries that tell each request or statement at info or debug.
    for name in ("clickhouse_connect", "urllib3", "sqlalchemy", "asyncio", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(max(logging.getLevelName(level.upper()), logging.WARNING))
    logging.captureWarnings(True)
