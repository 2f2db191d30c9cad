"""A data package on disk: a folder, or a zip of one, read within limits and written whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from commute.errors import BadFile, BadValue

FILE_MB = 1024  # one file, unpacked
ALL_MB = 4096  # all files, unpacked
RATIO = 200  # unpacked over packed, above which a zip is refused
RATIO_FROM_MB = 8  # small files of zeros may pack better than that
FILES = 10_000
DESCRIPTOR = "datapackage.json"
MB = 1024 * 1024


class Bundle:
    """Named bytes of a folder or zip.

    Raises
    ------
    BadFile
        Nothing there, no zip, or a zip that is unsafe to unpack.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._zip: dict[str, zipfile.ZipInfo] = {}
        if self.path.is_dir():
            found = (each for level in ("*", "*/*") for each in sorted(self.path.glob(level)) if each.is_file())
            self.names = [each.relative_to(self.path).as_posix() for each in found]
        elif self.path.is_file():
            self._open_zip()
        else:
            near = sorted(each.name for each in self.path.parent.glob("*"))[:8] if self.path.parent.is_dir() else []
            raise BadFile([f"{self.path}: no such folder or zip" + (f" (beside it: {', '.join(near)})" if near else "")])

    def _open_zip(self) -> None:
        try:
            with zipfile.ZipFile(self.path) as archive:
                infos = [info for info in archive.infolist() if not info.is_dir()]
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise BadFile([f"{self.path}: is neither a folder nor a zip ({error})"]) from None
        faults = _unsafe(infos)
        if faults:
            raise BadFile([f"{self.path}: {fault}" for fault in faults])
        roots = {name[: -len(DESCRIPTOR)] for name in (info.filename for info in infos) if PurePosixPath(name).name == DESCRIPTOR}
        root = min(roots, key=len, default="")  # the package may be one folder down
        self._zip = {info.filename[len(root) :]: info for info in infos if info.filename.startswith(root)}
        self.names = sorted(self._zip)

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises
        ------
        BadFile
            It cannot be read, or is larger than it may be.
        """
        try:
            if self._zip:
                with zipfile.ZipFile(self.path) as archive, archive.open(self._zip[name]) as stream:
                    raw = stream.read(self._zip[name].file_size + 1)
            else:
                size = (self.path / name).stat().st_size
                if size > FILE_MB * MB:
                    raise BadFile([f"{name}: is {size // MB} MB, more than {FILE_MB}"])
                raw = (self.path / name).read_bytes()
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            raise BadFile([f"{name}: cannot be read ({error})"]) from None
        if self._zip and len(raw) > self._zip[name].file_size:
            raise BadFile([f"{name}: is larger than the zip says"])
        return raw


def _unsafe(infos: list[zipfile.ZipInfo]) -> list[str]:
    if len(infos) > FILES:
        return [f"holds {len(infos)} files, more than {FILES}"]
    faults = []
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename:
            faults.append(f"{info.filename!r} leads out of the zip")
        elif stat.S_ISLNK(info.external_attr >> 16):
            faults.append(f"{info.filename!r} is a link")
        elif info.flag_bits & 1:
            faults.append(f"{info.filename!r} has a password")
        elif info.file_size > FILE_MB * MB:
            faults.append(f"{info.filename!r} unpacks to {info.file_size // MB} MB, more than {FILE_MB}")
        elif info.file_size > RATIO_FROM_MB * MB and info.file_size > RATIO * max(info.compress_size, 1):
            faults.append(f"{info.filename!r} unpacks to {info.file_size // max(info.compress_size, 1)} times its size: a zip bomb?")
    total = sum(info.file_size for info in infos)
    return faults or ([f"unpacks to {total // MB} MB, more than {ALL_MB}"] if total > ALL_MB * MB else [])


def put(path: str | os.PathLike[str], files: Mapping[str, str]) -> None:
    """Write a package: all files beside the place first, then one rename; files that are not ours are kept.

    Raises
    ------
    BadValue
        Something else is there already, or the parent folder is missing or cannot be written in.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise BadValue(f"{target.parent}: no such folder to write in")
    if target.is_dir():
        others = [each for each in target.iterdir() if not each.name.startswith(".")]
        if others and not (target / DESCRIPTOR).is_file():
            raise BadValue(f"{target}: holds files but no {DESCRIPTOR}, so it is no data package and is not overwritten")
    elif target.exists() and not zipfile.is_zipfile(target):
        raise BadValue(f"{target}: is neither a data package nor a zip and is not overwritten")
    try:
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise BadValue(f"{target}: cannot be written there: {error.strerror}") from None
    try:
        if target.suffix == ".zip" and not target.is_dir():
            _put_zip(work / "new.zip", files)
            (work / "new.zip").replace(target)
        else:
            _put_folder(work, target, files)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _put_folder(work: Path, target: Path, files: Mapping[str, str]) -> None:
    new, old = work / "new", work / "old"
    if target.is_dir():
        shutil.copytree(target, new, ignore=lambda folder, names: _ours(target, folder, names))
    new.mkdir(exist_ok=True)
    for name, text in files.items():
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        (new / name).write_bytes(text.encode())
    if target.is_dir():
        target.rename(old)
        try:
            new.rename(target)
        except OSError:
            old.rename(target)
            raise
    else:
        new.rename(target)


def _ours(target: Path, folder: str, names: list[str]) -> set[str]:
    """Files of a package that a writer makes anew, so that a table that is gone does not stay behind."""
    from commute.model.tables import LAYERS, TABLES

    made = {DESCRIPTOR, *LAYERS.values(), *(table.path for table in TABLES)}
    return {name for name in names if (Path(folder) / name).relative_to(target).as_posix() in made}


def _put_zip(path: Path, files: Mapping[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # the same bytes for the same network
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name].encode())
