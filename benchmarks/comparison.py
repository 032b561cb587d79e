"""Writes docs/comparison.md: the size of what a page loads, and features, of the packages in `benchmarks.rivals`.

Packages are fetched with `npm pack` from whatever registry npm is configured for, unpacked into a temporary folder and never
run. Sizes are the sum over files, each compressed on its own as a server would. Every claim is looked up in the published
files; one that cannot be found there, or an absence that is none, stops the script.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import brotli
import click

from benchmarks.claims import FEATURES, OURS, Evidence
from benchmarks.comparison_page import Row, Size, render
from benchmarks.rivals import RIVALS, STRENGTHS, UNPUBLISHED, Rival

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "comparison.md"
ASSETS = ROOT / "gateway" / "assets"
_SKIPPED = {".map", ".png", ".svg", ".woff2"}


class Wrong(click.ClickException):
    """A claim of `benchmarks.rivals` that the published files do not bear out, or a package that is not there."""


@click.command()
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), default=PAGE, show_default="docs/comparison.md"
)
@click.option("--timeout", type=click.IntRange(1, 600), default=60, show_default=True, help="Seconds for one package.")
def main(output: Path, timeout: int) -> None:
    """Fetch the packages, measure and check them, and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        modules = Path(folder) / "node_modules"
        for package in sorted({package for rival in RIVALS for package in rival.packages}):
            click.echo(f"fetching {package}")
            fetch(package, modules, timeout)
        absent = {name: tuple(n for n in names if not is_published(n, timeout)) for name, names in UNPUBLISHED.items()}
        for name, names in UNPUBLISHED.items():
            if absent[name] != names:
                raise Wrong(
                    f"{name} is on npm now: {set(names) - set(absent[name])}; measure it (benchmarks/rivals.py)"
                )
        rows = []
        for rival in RIVALS:
            click.echo(f"measuring {rival.name} {rival.version}")
            rows.append(row_of(rival, modules))
        strengths = [found(strength, modules, "what others do better") for strength in STRENGTHS]
    page = render([*own_rows(), *rows], strengths, absent, datetime.now(UTC).date())
    output.write_text(page, encoding="utf-8")
    click.echo(f"written: {output}")


def fetch(package: str, modules: Path, timeout: int) -> None:
    """Unpack `name@version` into `modules`/name."""
    target = modules / package.rpartition("@")[0]
    target.mkdir(parents=True)
    packed = _npm("pack", package, "--json", "--pack-destination", str(target), timeout=timeout)
    if packed is None:
        raise Wrong(f"npm pack {package}: not found")
    archives = list(target.glob("*.tgz"))
    with tarfile.open(archives[0]) as archive:
        for member in archive.getmembers():
            # Archives hold one folder, whatever its name.
            member.name = member.name.partition("/")[2]
            if member.name:
                archive.extract(member, target, filter="data")
    archives[0].unlink()


def is_published(name: str, timeout: int) -> bool:
    return _npm("view", name, "version", "--json", timeout=timeout) is not None


def _npm(*arguments: str, timeout: int) -> str | None:
    """What npm printed; None where the registry says there is no such package."""
    try:
        done = subprocess.run(["npm", *arguments], capture_output=True, text=True, timeout=timeout)
    except FileNotFoundError:
        raise Wrong("npm is missing; it comes with Node.js 20 or later") from None
    except subprocess.TimeoutExpired:
        raise Wrong(f"npm {' '.join(arguments)}: no answer within {timeout} s; see --timeout") from None
    if done.returncode == 0:
        return done.stdout
    if "E404" in done.stderr + done.stdout:
        return None
    raise Wrong(f"npm {' '.join(arguments)}: {done.stderr.strip()[-300:]}")


def row_of(rival: Rival, modules: Path) -> Row:
    manifest = json.loads((modules / rival.package / "package.json").read_text(encoding="utf-8"))
    files = [modules / name for name in rival.loads] if rival.loads else bundled(rival, modules)
    size = measure(file.read_bytes() for file in files)
    names = ", ".join(f"`{file.name}`" for file in files) if rival.loads else "bundled by this script"
    features = {feature: claim(rival, feature, modules) for feature in FEATURES}
    return Row(rival.name, rival.version, str(manifest["license"]), names, size, rival.note, features)


def bundled(rival: Rival, modules: Path) -> list[Path]:
    """What a bundler makes of `rival.entry`: script and, where there is one, style sheet; React is left out."""
    work = modules.parent / re.sub(r"\W", "-", rival.name)
    work.mkdir()
    entry = work / "entry.js"
    entry.write_text(rival.entry, encoding="utf-8")
    react = [f"--external:{name}" for name in ("react", "react-dom", "react/jsx-runtime")]
    command = [str(ROOT / "node_modules/.bin/esbuild"), str(entry), "--bundle", "--minify", "--format=esm", *react]
    subprocess.run([*command, f"--outdir={work / 'out'}", "--log-level=error"], check=True, timeout=120)
    return sorted((work / "out").iterdir())


def measure(texts: Iterable[bytes]) -> Size:
    sizes = [(len(t), len(gzip.compress(t, 9, mtime=0)), len(brotli.compress(t, quality=11))) for t in texts]
    return Size(*(sum(column) for column in zip(*sizes, strict=True)))


def claim(rival: Rival, feature: str, modules: Path) -> str:
    """The table's words: those of the evidence, once it has been found, or "not found", once the probe was."""
    evidence = rival.features.get(feature)
    if evidence is not None:
        return found(evidence, modules, rival.name)
    probe = FEATURES[feature][1]
    if probe:
        unrelated = [glob for other in rival.unrelated if other.feature == feature for glob in other.files]
        package = modules / rival.package
        for file in _texts(package):
            name = file.relative_to(package)
            text = file.read_text(encoding="utf-8", errors="replace")
            if re.search(probe, text) and not any(map(name.match, unrelated)):
                raise Wrong(f"{rival.name}: {name} matches {probe!r}; say in benchmarks/rivals.py what it means")
    return "not found"


def found(evidence: Evidence, root: Path, whose: str) -> str:
    """`evidence.says`, with its numbers filled in, once it has been found below `root`."""
    wild = "*" in evidence.file or "?" in evidence.file
    files = sorted(root.glob(evidence.file)) if wild else [root / evidence.file]
    matches = {file: _matches(evidence.pattern, file) for file in files}
    lacking = [file for file, number in matches.items() if not number]
    if lacking and ("**" not in evidence.file or len(lacking) == len(files)):
        raise Wrong(f"{whose}: {evidence.pattern!r} is not in {lacking[0].relative_to(root)}")
    if not files:
        raise Wrong(f"{whose}: there is no {evidence.file}")
    return evidence.says.replace("{files}", str(len(files))).replace("{matches}", str(sum(matches.values())))


def _matches(pattern: str, file: Path) -> int:
    return len(re.findall(pattern, file.read_text(encoding="utf-8", errors="replace"))) if file.exists() else 0


def _texts(package: Path) -> Sequence[Path]:
    return [
        file
        for file in sorted(package.rglob("*"))
        if file.is_file() and file.suffix not in _SKIPPED and not file.name.startswith("CHANGELOG")
    ]


def own_rows() -> list[Row]:
    """This project's lines, from what a page cannot do without to everything a visitor may open."""
    features = {feature: found(evidence, ROOT, "the gateway") for feature, evidence in OURS.items()}
    texts = tomllib.loads((ROOT / "gateway/consent/texts/en.toml").read_text(encoding="utf-8"))
    # What the notice carries; the others are the privacy centre's (gateway/consent/notices.py).
    sent = {key: text for key, text in texts.items() if not key.startswith(("purpose.", "cookie_"))}
    words = json.dumps(sent, ensure_ascii=False).encode()
    version = str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])

    # Its preferences and placeholders are a part of their own where the build made one.
    later = [name for name in ("more.js",) if (ASSETS / "consent-banner" / name).exists()]

    def row(name: str, parts: Sequence[str], note: str, *more: bytes) -> Row:
        scripts = [ASSETS / "consent-banner" / part for part in parts]
        files = ", ".join([*(f"`{part}`" for part in parts), *(["the English texts"] if more else [])])
        size = measure([*(script.read_bytes() for script in scripts), *more])
        return Row(name, version, "Apache-2.0", files, size, note, features)

    return [
        row(
            "The gateway",
            ["core.js", "ui.js"],
            "banner and gates; the texts come with the notice, in one language",
            words,
        ),
        row(
            "The gateway, everything opened",
            ["core.js", "ui.js", *later],
            "with the preferences and placeholders, which are loaded when they are needed",
            words,
        ),
        row(
            "The gateway, gates alone",
            ["core.js"],
            "opens from the cookie what was allowed; the rest is loaded beside it",
        ),
    ]


if __name__ == "__main__":
    main()
