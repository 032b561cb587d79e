"""What is in a backup: written last, so that a folder without it is none."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

import msgspec

from gateway.errors import GatewayError

NAME = "manifest.json"
FORMAT = 1
_BLOCK = 1 << 20


class File(msgspec.Struct, frozen=True):
    """One file of the backup, by its path there."""

    path: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    format: int = FORMAT
    gateway: str  # version
    made: datetime
    migrations: list[str]  # the schema's files that had been applied
    state: bool  # False: the state is in PostgreSQL, which has means of its own
    keys: bool  # whether the signing keys are in it
    tables: dict[str, int]  # table → rows
    journal: int  # records that were not stored yet
    files: list[File]

    def write(self, folder: Path) -> None:
        """On disk on return."""
        path = folder / NAME
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")
        path.chmod(0o600)
        sync(path)
        sync(folder)


def read(folder: Path) -> Manifest:
    """Raises GatewayError where the folder is no backup, or none of this format."""
    try:
        found = msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise GatewayError(f"{folder} is no backup, or one that was not finished: it has no {NAME}.") from None
    except msgspec.MsgspecError as error:
        raise GatewayError(f"{folder / NAME} cannot be read: {error}") from None
    if found.format != FORMAT:
        raise GatewayError(f"{folder} is a backup of format {found.format}; this gateway knows {FORMAT}.")
    return found


def describe(folder: Path, path: Path) -> File:
    """A file as it is on disk now, synced."""
    sync(path)
    return File(str(path.relative_to(folder)), path.stat().st_size, _sha256(path))


def check(folder: Path, file: File) -> None:
    """Raises GatewayError where a file is not as it was written."""
    path = folder / file.path
    if Path(os.path.abspath(path)).is_relative_to(os.path.abspath(folder)) and path.is_file():
        if path.stat().st_size == file.bytes and _sha256(path) == file.sha256:
            return
        raise GatewayError(f"{path} is not as it was written: this backup is damaged.")
    raise GatewayError(f"{path} is missing: this backup is not complete.")


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
