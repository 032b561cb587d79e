"""20,000 requests that nobody would send: none is answered 5xx, none takes over 50 ms (`scripts/fuzz` sends a million)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

import pytest

from gateway.ingest import native
from tests.security.fuzzing import Fuzzer, Request, findings, run, seeds
from tests.web.visitors import Served, served

INPUTS = int(os.environ.get("FUZZ_INPUTS", "20000"))


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("fuzz")) as one:
        yield one


def test_nothing_breaks_it_and_nothing_holds_it_up(target: Served) -> None:
    report = run(target, Fuzzer([*seeds(target), *findings()], seed=20_261_122).requests(), INPUTS)
    assert report.findings == []
    # They get further than the first check: some are taken, some refused, by most of what answers.
    assert {"200", "202", "204", "400", "413", "parsed"} <= set(report.answers), report.answers


def test_what_was_found_once_does_not_come_back(target: Served) -> None:
    known = findings()
    assert run(target, iter(known), len(known)).findings == []


def test_what_it_looks_for_it_finds(target: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that fails, and one that takes its time."""
    monkeypatch.setattr(native, "parse", lambda body, visit: 1 / 0)
    found = run(target, iter([Request("POST", "/v1/hit", body=b"{}")]), 1).findings
    assert [finding.what for finding in found] == ["500"]
    monkeypatch.setattr(native, "parse", lambda body, visit: sum(range(9_000_000)))
    found = run(target, iter([Request("POST", "/v1/hit", body=b"{}")]), 1).findings
    assert found and found[0].what.endswith(" s")


def test_a_seed_gives_the_same_requests_again(target: Served) -> None:
    made = [list(islice(Fuzzer(seeds(target), 7).requests(), 50)) for _ in range(2)]
    assert made[0] == made[1] and len(set(made[0])) > 40
    assert [Request.read(request.line()) for request in made[0]] == made[0]
