"""What /openapi.json describes is what is answered, whatever is sent (`scripts/fuzz described` sends many more)."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from gateway.ingest import native
from tests.security import described
from tests.web.visitors import Served, served

INPUTS = int(os.environ.get("DESCRIBED_INPUTS", "150"))


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("described")) as one:
        yield one


def test_every_answer_is_one_that_is_described(target: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = described.operations(target)
    assert len(asked) > 50
    report = described.run(target, asked, INPUTS, seed=20_261_122)
    assert report.findings == {}
    assert {"200", "400", "404"} <= report.answers.keys(), report.answers
    # What it looks for it finds: an error that nobody thought of, and an answer of another shape.
    hits = [operation for operation in asked if operation.label == "POST /v1/hit"]
    monkeypatch.setattr(native, "parse", lambda body, visit: 1 / 0)
    found = described.run(target, hits, 5, seed=1).findings
    assert ("POST /v1/hit", "500") in found
