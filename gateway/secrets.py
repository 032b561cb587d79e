"""The keys that sign cookies: made on the first run, kept in the data directory, rotated by adding one.

`data_dir/keys/signing-0001.key`, mode 0600 in a folder of mode 0700, 64 hexadecimal digits each. The highest number signs;
all of them verify. Rotation: `rotate` adds the next number, which signs from the next start on; a file may be deleted
once nothing signed with it is alive any more, which is 13 months later (the longest life of a cookie).

`data_dir/keys/ledger-0001.key` signs what the ledger says about itself (docs/ledger.md) and is kept as long as the ledger.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from pathlib import Path

from gateway.errors import Problem, SettingsError
from gateway.settings import Settings

MIN_KEY = 32
MIN_TOKEN = 32
MIN_PASSWORD = 10

SIGNING, LEDGER = "signing", "ledger"

_FILE = re.compile(r"([a-z]+)-(\d{4,})\.key")
# What is left of a placeholder once these are taken out is too little to be a secret.
_PLACEHOLDERS = re.compile(
    r"change|me|please|replace|password|passw0rd|passwort|motdepasse|secret|admin|root|default|example|insecure|token|key|"
    r"gateway|clickhouse|letmein|welcome|azerty|qwerty|qwertz|abc|0123|1234|4567|5678|890|your|my|this|\W|_"
)


def weakness(value: str, least: int) -> str:
    """Why `value` is no secret of at least `least` characters, or "". The answer never contains the value."""
    if len(value) < least:
        return f"has {len(value)} characters; at least {least} are needed."
    rest = _PLACEHOLDERS.sub("", value.casefold())
    if len(rest) < min(least, MIN_PASSWORD) // 2:
        return "looks like a placeholder."
    if len(set(value)) < min(least, 16) // 2:
        return "repeats too few different characters."
    return ""


def signing_keys(settings: Settings) -> tuple[bytes, ...]:
    """The keys that sign cookies, newest first; the first one is made where there is none.

    Safe to call from several processes at once. Raises SettingsError where a file cannot be used or others can read it.
    """
    return _keys(settings, SIGNING, settings.signing_keys)


def ledger_seeds(settings: Settings) -> tuple[bytes, ...]:
    """32 bytes for each key that signs for the ledger, newest first; otherwise as `signing_keys`."""
    return tuple(hashlib.sha256(key).digest() for key in _keys(settings, LEDGER, settings.ledger_keys))


def _keys(settings: Settings, kind: str, given: tuple[str, ...]) -> tuple[bytes, ...]:
    if given:
        return tuple(key.encode() for key in given)
    folder = settings.data_dir / "keys"
    try:
        _private_folder(folder)
        if not _files(folder, kind):
            _add(folder, kind, 1)
        return tuple(_read(path) for path in _files(folder, kind))
    except OSError as error:
        what = (error.strerror or type(error).__name__).lower()
        path = Path(str(error.filename or folder))
        raise _refused(path, f"cannot be used: {what}.", "Let the gateway's user own it.") from None


def rotate(settings: Settings) -> Path:
    """Make the next signing key and return its file. Raises SettingsError where the keys are given by settings."""
    if settings.signing_keys:
        given = Problem(
            "signing_keys", "the keys are given, so none is generated.", "Put the new key before the others."
        )
        raise SettingsError([given])
    signing_keys(settings)
    folder = settings.data_dir / "keys"
    newest = _FILE.fullmatch(_files(folder, SIGNING)[0].name)
    assert newest is not None
    return _add(folder, SIGNING, int(newest[2]) + 1)


def _private_folder(folder: Path) -> None:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise _refused(folder, "others than the gateway's user can open this folder.", f"chmod 700 {folder}")


def _files(folder: Path, kind: str) -> list[Path]:
    matches = [(match, path) for path in folder.iterdir() if (match := _FILE.fullmatch(path.name))]
    return [path for _, path in sorted(((int(m[2]), path) for m, path in matches if m[1] == kind), reverse=True)]


def _add(folder: Path, kind: str, number: int) -> Path:
    """Publish a whole key at once: written aside, then linked under its name; whoever comes second takes the first one's."""
    path = folder / f"{kind}-{number:04d}.key"
    aside = folder / f".{secrets.token_hex(8)}"
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            return path
    finally:
        aside.unlink()
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return path


def _read(path: Path) -> bytes:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise _refused(path, "others than the gateway's user can read this key.", f"Rotate it, then chmod 600 {path}")
    key = path.read_text(encoding="ascii", errors="replace").strip()
    weak = weakness(key, MIN_KEY)
    if weak:
        raise _refused(
            path, f"the key {weak}", "Delete the file; the gateway makes a new one. Visitors are asked again."
        )
    return key.encode()


def _refused(path: Path, reason: str, fix: str) -> SettingsError:
    return SettingsError([Problem(str(path), reason, fix)])
