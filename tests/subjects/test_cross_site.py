"""A link on somebody else's page may carry a customer's token: it changes nothing (RULES.md E13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.subjects.customers import YES, Device, Server
from tests.web.visitors import served


@pytest.mark.parametrize("path", ["/v1/consent?site=1", "/v1/sites/1/notice?language=en"])
def test_a_link_on_another_site_changes_neither_the_account_nor_the_browser(tmp_path: Path, path: str) -> None:
    with served(tmp_path, law="DE") as gateway:
        server = Server(gateway)
        server.put("eve", objected=True, opted_out=True)
        server.put("ann")
        visitor = Device(gateway)
        visitor.answer(YES)
        before = dict(visitor.cookies)
        followed = visitor.get(f"{path}&subject={server.token('eve')}", sec_fetch_site="cross-site")
        assert followed.status_code == 200 and followed.json()["account"]["objected"] is True
        assert visitor.cookies == before
        visitor.opt_out("analytics")
        visitor.get(f"{path}&subject={server.token('ann')}", sec_fetch_site="cross-site")
        assert server.held("ann")["objected"] is False
        visitor.get(f"{path}&subject={server.token('ann')}", sec_fetch_site="same-site")
        assert server.held("ann")["objected"] is True, "the site's own pages go on doing so"
