"""RULES.md E11: addresses are truncated whatever their form."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.privacy.addresses import Networks, Truncation, client_address, coarser, redact

CASES = [
    ("203.0.113.77", "203.0.113.0"),
    (" 203.0.113.77 ", "203.0.113.0"),
    ("203.0.113.77:51234", "203.0.113.0"),
    ("::ffff:203.0.113.77", "203.0.113.0"),
    ("::FFFF:cb00:714d", "203.0.113.0"),
    ("2002:cb00:714d::1", "203.0.113.0"),  # 6to4 carries all of the IPv4 address in the first 48 bits
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
    ("[2001:db8:1:2::3]:443", "2001:db8:1::"),
    ('"[2001:db8:1:2::3]"', "2001:db8:1::"),
    ("fe80::1%eth0", "fe80::"),
    ("::1", "::"),
    ("127.0.0.1", "127.0.0.0"),
    ("unknown", ""),
    ("_hidden", ""),
    ("", ""),
    ("203.0.113", ""),
    ("203.0.113.256", ""),
]


@pytest.mark.parametrize(("text", "truncated"), CASES)
def test_truncation(text: str, truncated: str) -> None:
    assert Truncation()(text) == truncated


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_keeps_its_last_byte(address: ipaddress.IPv4Address) -> None:
    kept = ipaddress.ip_network(f"{address}/24", strict=False)
    assert Truncation()(str(address)) == str(kept.network_address)
    assert Truncation()(f"::ffff:{address}") == str(kept.network_address)
    assert coarser(Truncation()(str(address))) == str(
        ipaddress.ip_network(f"{address}/16", strict=False).network_address
    )


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_keeps_more_than_48_bits(address: ipaddress.IPv6Address) -> None:
    truncated = ipaddress.ip_address(Truncation()(str(address)))
    if isinstance(truncated, ipaddress.IPv6Address):
        assert int(truncated) & (1 << 80) - 1 == 0
    else:
        assert int(truncated) & 0xFF == 0


@given(st.text(max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    truncated = Truncation()(text)
    if truncated:
        ipaddress.ip_address(truncated)
    redact(text)


TRUSTED = Networks(("10.0.0.0/8", "2001:db8::/32"))

FORWARDED = [
    # peer, X-Forwarded-For values, the client
    ("198.51.100.1", ["203.0.113.7"], "198.51.100.1"),  # an untrusted peer says what it likes
    ("10.0.0.1", [], "10.0.0.1"),
    ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
    ("10.0.0.1", ["6.6.6.6, 203.0.113.7"], "203.0.113.7"),  # what stands further left is the client's own word
    ("10.0.0.1", ["6.6.6.6", "203.0.113.7, 10.2.3.4"], "203.0.113.7"),
    ("10.0.0.1", ["10.9.9.9, 10.2.3.4"], "10.9.9.9"),
    ("10.0.0.1", ["203.0.113.7, nonsense"], "10.0.0.1"),
    ("2001:db8::5", ["2001:db9::7"], "2001:db9::7"),
    ("::ffff:10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
]


@pytest.mark.parametrize(("peer", "forwarded", "client"), FORWARDED)
def test_forwarded_addresses_are_walked_right_to_left(peer: str, forwarded: list[str], client: str) -> None:
    assert client_address(peer, forwarded, TRUSTED).strip() == client


REDACTED = [
    ("Your address is 203.0.113.77.", "Your address is 203.0.113.0."),
    ("a.203.0.113.77", "a.203.0.113.0"),
    ("203.0.113.78.x", "203.0.113.0.x"),
    ("x 2001:db8::dead:beef.", "x 2001:db8::."),
    ("id_2001:db8:1:2:3:4:5:6", "id_2001:db8:1::"),
    ("a:2001:db8:1:2:3:4:5:6", "a:2001:db8::"),
    ("aa:bb:cc:dd:ee:ff", "aa:bb:cc::"),
    ("at 12:30:45 and 10:00", "at 12:30:45 and 10:00"),
    ("version 1.2.3", "version 1.2.3"),
]


@pytest.mark.parametrize(("text", "redacted"), REDACTED)
def test_addresses_are_found_wherever_they_stand(text: str, redacted: str) -> None:
    assert redact(text) == redacted


def test_redaction_of_texts() -> None:
    text = "/u/203.0.113.77/x?a=2001:db8:1:2:3:4:5:6&t=12:30:45&v=1.2.3"
    assert redact(text) == "/u/203.0.113.0/x?a=2001:db8:1::&t=12:30:45&v=1.2.3"
