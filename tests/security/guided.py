"""Inputs for one parser each that libFuzzer makes, led by which lines of the gateway the last ones reached (atheris).

A parser may refuse what it is given, by an error of the gateway's own; any other is a finding. Each runs in a process of
its own, since libFuzzer ends the one that it is in. atheris has no wheel for every Python and machine: where it is missing,
this says so. `scripts/fuzz guided` gives 200,000 inputs to each parser.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import click

PARSERS = ("matomo", "bulk", "native", "filter", "segment", "cookies")
LONGEST = 4_096  # bytes
SLOWEST = 5  # seconds, of code that counts each of its branches
_DONE = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
_COVERED = re.compile(r"cov: (\d+)")


def is_missing() -> bool:
    return importlib.util.find_spec("atheris") is None


def fuzz(parser: str, folder: Path, arguments: list[str]) -> None:
    """What the process of one parser does; never comes back."""
    import atheris

    with atheris.instrument_imports(include=["gateway"]):
        from gateway.errors import GatewayError
        from tests.security.fuzzing import Target, seeds
        from tests.web.visitors import served

    corpus = folder / "corpus"
    corpus.mkdir()
    with served(folder / "data") as gateway:
        parse = Target(gateway).parsers[parser]
        for number, seed in enumerate(seeds(gateway)):
            if seed.method == "PARSE" and seed.path == parser:
                (corpus / str(number)).write_bytes(seed.query)

        def take(given: bytes) -> None:
            try:
                parse(given)
            except GatewayError:
                return

        atheris.Setup([sys.argv[0], *arguments, str(corpus)], take)
        atheris.Fuzz()


def tried(parser: str, inputs: int, seed: int) -> tuple[int, int, str, bytes]:
    """How many inputs the parser was given, how many branches they reached, and what broke it: the error and the input."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = [
            f"-runs={inputs}", f"-seed={seed}", f"-max_len={LONGEST}", f"-timeout={SLOWEST}", "-print_final_stats=1",
            f"-artifact_prefix={folder}/", "-verbosity=1",
        ]  # fmt: skip
        command = [sys.executable, "-m", "tests.security.guided", "--parser", parser, "--folder", folder, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", env={**os.environ})
        said = done.stdout + done.stderr
        broke = [path.read_bytes() for name in ("crash-*", "timeout-*", "oom-*") for path in Path(folder).glob(name)]
    executed = _DONE.findall(said)
    covered = [int(found) for found in _COVERED.findall(said)]
    trouble = "" if done.returncode == 0 else _error(said)
    return int(executed[-1]) if executed else 0, max(covered, default=0), trouble, broke[0] if broke else b""


def _error(said: str) -> str:
    """The lines of the exception."""
    _, _, traceback = said.partition("=== Uncaught Python exception: ===")
    return (traceback.partition("==ERROR")[0] or said[-1500:]).strip()


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--inputs", default=200_000, show_default=True, help="For each parser.")
@click.option("--seed", default=1, show_default=True)
@click.option("--keep", is_flag=True, help="Write what is found into the corpus.")
@click.option("--parser", type=click.Choice(PARSERS), hidden=True)
@click.option("--folder", type=click.Path(path_type=Path), hidden=True)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def main(
    inputs: int, seed: int, keep: bool, parser: str | None, folder: Path | None, arguments: tuple[str, ...]
) -> None:
    """Give each parser that many inputs, led by coverage; exit code 1 where one breaks."""
    if parser and folder:
        fuzz(parser, folder, list(arguments))
    if is_missing():
        click.echo("guided: not run: atheris cannot be installed for this Python on this machine")
        return
    failed = False
    for name in PARSERS:
        executed, covered, trouble, broke = tried(name, inputs, seed)
        click.echo(f"{name}: {executed:,} inputs, {covered:,} branches reached{', BROKEN' if trouble else ''}")
        if trouble:
            failed = True
            click.echo(f"{trouble}\n  {broke!r}")
            if keep and broke:
                from tests.security.fuzzing import FINDINGS, Request

                with FINDINGS.open("a") as corpus:
                    corpus.write(Request("PARSE", name, broke).line() + "\n")
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
