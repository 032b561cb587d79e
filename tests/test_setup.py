"""Locks, scripts and container files. The set-up script runs against stand-ins for Python, node and npm, so without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("run", "dev", "build", "node")
SCRIPTS = (
    "scripts/setup",
    "scripts/run",
    "scripts/test",
    "scripts/check",
    "scripts/lock",
    "scripts/compare",
    ".ci/run",
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, frozenset[str]]:
    """Package → versions (several where they depend on the Python) of one lock file."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    versions: dict[str, frozenset[str]] = {}
    for package, version in re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        versions[package] = versions.get(package, frozenset()) | {version}
    return versions


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert len(blocks) == sum(map(len, locked(name).values())) > 0
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
    assert "--index" not in text


def test_locks_cover_the_project_and_agree() -> None:
    run, dev, build = locked("run"), locked("dev"), locked("build")
    extras = PROJECT["project"]["optional-dependencies"]
    assert names(PROJECT["project"]["dependencies"]) | names(extras["postgresql"]) <= run.keys()
    assert names(extras["audit"]) <= dev.keys() and not names(extras["audit"]) & run.keys(), "an image has no browser"
    development = names(PROJECT["dependency-groups"]["dev"])
    assert development <= dev.keys()
    assert not development & run.keys(), "running needs a package of development"
    assert run.items() <= dev.items()
    assert build.items() <= dev.items()


def test_the_npm_lock_is_whole_and_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert lock["packages"][""]["devDependencies"] == wanted
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_executable_and_parse(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert path.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", path], check=True)


def test_container_files_keep_their_promises() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER 10001:10001$", dockerfile, re.MULTILINE)
    assert "/healthz" in dockerfile
    for instruction in re.findall(r"^(?:RUN|CMD|ENTRYPOINT) (.+)$", dockerfile, re.MULTILINE):
        json.loads(instruction)  # exec form: no shell
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for promise in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "condition: service_healthy"):
        assert promise in compose
    services = re.findall(r"^  ([a-z0-9-]+):\n    <<: \*(hardened|gateway|clickhouse)$", compose, re.MULTILINE)
    named = re.findall(
        r"^  ([a-z0-9-]+):$", compose.partition("\nservices:")[2].partition("\nvolumes:")[0], re.MULTILINE
    )
    assert [name for name, _ in services] == named, "every service is hardened"
    assert set(re.findall(r"profiles: \[(.+)\]", compose)) >= {
        "single",
        "server",
        "cluster",
        "tls",
        "geography",
        "monitoring",
    }
    assert "latest" not in compose + dockerfile


FAKE_PYTHON = """#!/bin/sh
echo "python $*" >> "$LOG"
case "$1" in
    --version) echo "Python 3.11.0" ;;
    -m) if [ "$2" = venv ]; then mkdir -p .venv/bin && cp "$0" .venv/bin/python; fi
        case "$*" in *requirements/node.txt*) cp "$NODES/node" "$NODES/npm" .venv/bin/ ;; esac ;;
esac
"""
FAKE_NODE = "#!/bin/sh\nexit 0\n"
FAKE_NPM = (
    '#!/bin/sh\necho "npm $*" >> "$LOG"\nmkdir -p node_modules gateway/assets\ntouch gateway/assets/country.mmdb\n'
)


class Checkout:
    """A copy of what the set-up script reads, with stand-ins on the path; `run` returns what the script called."""

    def __init__(self, path: Path) -> None:
        self.path = path / "checkout"
        self.bin = path / "bin"
        self.nodes = path / "nodes"
        self.log = path / "log"
        for folder in (self.path / "static", self.path / "scripts", self.path / "gateway", self.bin, self.nodes):
            folder.mkdir(parents=True)
        shutil.copytree(ROOT / "requirements", self.path / "requirements")
        for name in ("pyproject.toml", "package.json", "package-lock.json", ".npmrc", "scripts/setup"):
            shutil.copy(ROOT / name, self.path / name)
        self.add(self.bin / "python3", FAKE_PYTHON)
        self.add(self.bin / "node", FAKE_NODE)
        self.add(self.bin / "npm", FAKE_NPM)
        self.add(self.nodes / "node", FAKE_NODE)
        self.add(self.nodes / "npm", FAKE_NPM)
        for tool in ("sh", "dirname", "cat", "cksum", "find", "sort", "mkdir", "rm", "cp", "touch", "sed", "id"):
            (self.bin / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")

    def add(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def run(self, *arguments: str, status: int = 0) -> list[str]:
        self.log.write_text("")
        environ = {"PATH": str(self.bin), "LOG": str(self.log), "NODES": str(self.nodes)}
        done = subprocess.run(
            [self.path / "scripts" / "setup", *arguments], env=environ, capture_output=True, text=True, timeout=30
        )
        assert done.returncode == status, done.stdout + done.stderr
        self.said = done.stdout + done.stderr
        calls = self.log.read_text().splitlines()
        return [call for call in calls if not call.startswith(("python -c", "python --version"))]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_setup_does_everything_once(checkout: Checkout) -> None:
    calls = checkout.run()
    assert [call.split()[1:3] for call in calls] == [
        ["-m", "venv"],
        ["-m", "pip"],
        ["-m", "pip"],
        ["ci", "--no-audit"],
        ["run", "--silent"],
    ]
    assert "--require-hashes -r requirements/run.txt" in calls[1]
    assert "--no-deps" in calls[2]
    assert checkout.run() == []
    assert checkout.said == "setup: ready\n"


def test_setup_repeats_only_what_changed(checkout: Checkout) -> None:
    checkout.run()
    (checkout.path / "static" / "main.ts").write_text("1")
    assert checkout.run() == ["npm run --silent build"]
    (checkout.path / "gateway" / "assets" / "country.mmdb").unlink()
    assert checkout.run() == ["npm run --silent build"]
    with (checkout.path / "requirements" / "run.txt").open("a") as file:
        file.write("# changed\n")
    assert all(" pip " in call for call in checkout.run())
    assert checkout.run() == []


def test_development_includes_running(checkout: Checkout) -> None:
    checkout.run()
    assert "requirements/dev.txt" in checkout.run("--dev")[0]
    assert checkout.run() == []
    assert checkout.run("--dev") == []


def test_node_is_installed_where_it_is_missing_or_old(checkout: Checkout) -> None:
    checkout.add(checkout.bin / "node", "#!/bin/sh\nexit 1\n")
    calls = checkout.run()
    assert any("requirements/node.txt" in call for call in calls)
    assert calls[-1] == "npm run --silent build"
    assert checkout.run() == []


def test_a_machine_without_a_fitting_python_is_told(checkout: Checkout) -> None:
    checkout.add(checkout.bin / "python3", "#!/bin/sh\nexit 1\n")
    checkout.run(status=1)
    assert "no Python 3.11 or later found" in checkout.said


@pytest.mark.skipif(sys.platform != "linux", reason="about Debian")
def test_a_python_without_venv_is_told_what_to_install(checkout: Checkout) -> None:
    lacking = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; *print*) echo 3.11 ;; esac\n'
    checkout.add(checkout.bin / "python3", lacking)
    checkout.run(status=1)
    assert "apt-get install python3.11-venv" in checkout.said


def test_unknown_arguments_show_the_usage(checkout: Checkout) -> None:
    assert checkout.run("--help", status=2) == []
    assert "scripts/setup --dev" in checkout.said
