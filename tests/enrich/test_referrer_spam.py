"""Referrer spam by list: the shipped one, the operator's own, and a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.enrich import referrer_spam
from gateway.enrich.referrer_spam import ReferrerSpam, hosts_in
from gateway.settings import Settings, Unwanted
from gateway.settings_check import check
from gateway.sites.domains import is_host


def test_the_shipped_list_is_of_hosts() -> None:
    listed = list(hosts_in(Path(referrer_spam.__file__).with_name("referrer_spam.txt")))
    named = [host for host in listed if host]
    assert len(named) > 100 and len(set(named)) == len(named) and all(map(is_host, named))


@pytest.mark.parametrize(
    ("referrer", "is_spam"),
    [
        ("https://semalt.com/", True),
        ("http://www.semalt.com/project?u=shop.example", True),
        ("https://x.buttons-for-website.com", True),
        ("https://spam.example/", True),
        ("https://deep.listed.example/x", True),
        ("https://notsemalt.com/", False),
        ("https://semalt.com.example/", False),
        ("https://www.google.com/search?q=semalt.com", False),
        ("semalt.com", False),
        ("", False),
    ],
)
def test_spam(tmp_path: Path, referrer: str, is_spam: bool) -> None:
    file = tmp_path / "spammers.txt"
    file.write_text("# ours\nWWW.Listed.example\n\nother.example  # seen in May\n")
    assert ReferrerSpam(("*.Spam.example",), file).sent(referrer) is is_spam


def test_settings_say_what_is_wrong(tmp_path: Path) -> None:
    def wrong(**unwanted: object) -> list[str]:
        settings = Settings(data_dir=tmp_path, unwanted=Unwanted(**unwanted))  # type: ignore[arg-type]
        return [problem.key for problem in check(settings) if problem.key.startswith("unwanted")]

    assert wrong(referrers=("https://spam.example/",)) == ["unwanted.referrers"]
    assert wrong(referrers_file=str(tmp_path / "missing")) == ["unwanted.referrers_file"]
    assert wrong(referrers_file=str(tmp_path)) == ["unwanted.referrers_file"]
    assert wrong(referrers=("spam.example", "*.spam.example")) == []
