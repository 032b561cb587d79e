from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from gateway.logs import setup, truncate_addresses


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging is global: put back what was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = False
    logging.captureWarnings(False)


def lines(stream: io.StringIO) -> list[str]:
    return stream.getvalue().splitlines()


def test_one_json_object_a_line() -> None:
    stream = io.StringIO()
    setup("info", "json", stream)
    log = logging.getLogger("gateway.test")
    log.info("two\nlines", extra={"rows": 3})
    log.debug("unseen")
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("failed")
    first, second = (json.loads(line) for line in lines(stream))
    assert first.pop("time").endswith("+00:00")
    assert first == {"level": "info", "logger": "gateway.test", "message": "two\nlines", "rows": 3}
    assert second["level"] == "error"
    assert second["exception"].endswith("ValueError: why")


def test_text_for_a_terminal_cannot_be_forged() -> None:
    stream = io.StringIO()
    setup("info", "text", stream)
    logging.getLogger("gateway.test").warning("a\n12:00:00 info fake: b\x1b[2J", extra={"rows": 3})
    (line,) = lines(stream)
    assert line.endswith("warning gateway.test: a\\n12:00:00 info fake: b\\x1b[2J (rows=3)")


def test_the_last_call_counts() -> None:
    first, second = io.StringIO(), io.StringIO()
    setup("debug", "json", first)
    setup("warning", "text", second)
    logging.getLogger("gateway.test").info("quiet")
    logging.getLogger("gateway.test").warning("loud")
    assert not first.getvalue()
    assert len(lines(second)) == 1


def test_uvicorn_speaks_through_it_and_its_access_log_is_off() -> None:
    stream = io.StringIO()
    for name in ("uvicorn", "uvicorn.access"):
        logging.getLogger(name).addHandler(logging.StreamHandler(sys.stderr))
    setup("info", "json", stream)
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("uvicorn.access").info('%s - "%s"', "203.0.113.77:1", "GET / HTTP/1.1")
    assert [json.loads(line)["message"] for line in lines(stream)] == ["Started server process"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 203.0.113.77:443 to", "from 203.0.113.0:443 to"),
        ("('203.0.113.77', 51234)", "('203.0.113.0', 51234)"),
        ("[2001:db8:1234:5678::9abc]:80", "[2001:db8:1234::]:80"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("::ffff:203.0.113.77 came", "203.0.113.0 came"),
        ("ends at 203.0.113.77.", "ends at 203.0.113.0."),
        ("http://127.0.0.1:8000 http://0.0.0.0 [::1] [::]", "http://127.0.0.1:8000 http://0.0.0.0 [::1] [::]"),
        ("at 12:00:01 version 3.11.7 ratio 1.2.3.4.5", "at 12:00:01 version 3.11.7 ratio 1.2.3.4.5"),
        ("gateway::sites std::vector a:b:c", "gateway::sites std::vector a:b:c"),
    ],
)
def test_no_full_address(text: str, expected: str) -> None:
    assert truncate_addresses(text) == expected


def test_no_full_address_in_messages_extras_and_tracebacks() -> None:
    for format_ in ("json", "text"):
        stream = io.StringIO()
        setup("info", format_, stream)
        try:
            raise OSError("no route to 203.0.113.77")
        except OSError:
            logging.getLogger("gateway.test").exception("peer %s", "203.0.113.77", extra={"peer": ("203.0.113.77", 1)})
        assert "203.0.113.77" not in stream.getvalue()
        assert stream.getvalue().count("203.0.113.0") >= 3
