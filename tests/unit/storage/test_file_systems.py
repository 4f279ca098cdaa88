"""A database is safe on a disk of this computer only."""

import ctypes
import os
import struct
import sys
from pathlib import Path

import pytest

from treadle.storage import file_systems
from treadle.storage.file_systems import (
    FUSE_MAGIC,
    SHARED_BY_MAGIC,
    fuse_name,
    shared_file_system,
    shared_on_darwin,
    shared_on_linux,
)

LOCAL_MAGICS = {
    "ext4": 0xEF53,
    "xfs": 0x58465342,
    "btrfs": 0x9123683E,
    "tmpfs": 0x01021994,
    "overlayfs": 0x794C7630,
    "zfs": 0x2FC12FC1,
    "f2fs": 0xF2F52010,
    "ecryptfs": 0xF15F,
}
MOUNTS = [
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
    "90 22 0:50 / /home/me/remote rw,nosuid - fuse.sshfs me@host: rw,user_id=0",
    "91 22 0:51 / /home/me/vault rw,nosuid - fuse.gocryptfs /home/me/secret rw",
    "92 22 0:52 / /media/stick rw,nosuid - fuseblk /dev/sdb1 rw",
    "93 22 0:53 / /mnt/shared rw - virtiofs host rw",
    "a line that nobody understands",
]


@pytest.mark.parametrize(
    ("kind", "magic"),
    [("nfs", 0x6969), ("cifs", 0xFF534D42), ("smb2", 0xFE534D42), ("9p", 0x01021997), ("ceph", 0x00C36400)],
)
def test_what_others_can_write_to_is_refused(kind: str, magic: int) -> None:
    assert shared_on_linux(magic, None) == kind


@pytest.mark.parametrize("kind", LOCAL_MAGICS)
def test_a_disk_of_this_computer_is_taken(kind: str) -> None:
    assert LOCAL_MAGICS[kind] not in SHARED_BY_MAGIC
    assert shared_on_linux(LOCAL_MAGICS[kind], None) is None


@pytest.mark.parametrize(
    ("device", "name", "kind"),
    [
        (0x32, "sshfs", "sshfs"),
        (0x33, "gocryptfs", None),
        (0x34, None, None),
        (0x35, None, None),
        (0x36, None, None),
    ],
)
def test_of_those_that_programs_mount_the_program_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: int, name: str | None, kind: str | None
) -> None:
    monkeypatch.setattr(os, "major", lambda _: 0)
    monkeypatch.setattr(os, "minor", lambda _: device)
    assert fuse_name(tmp_path, MOUNTS) == name
    assert shared_on_linux(FUSE_MAGIC, name) == kind


def test_a_folder_of_this_computer_and_one_that_is_still_to_be_made(tmp_path: Path) -> None:
    """By the system's own answer."""
    assert shared_file_system(tmp_path) is None
    assert shared_file_system(tmp_path / "not" / "there" / "yet") is None
    assert fuse_name(tmp_path) is None


def test_the_answer_is_read_where_the_system_puts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "darwin":
        monkeypatch.setattr(file_systems, "_DARWIN_LOCAL", 0)
        assert shared_file_system(tmp_path) == "apfs"
    else:
        monkeypatch.setattr(file_systems, "SHARED_BY_MAGIC", {0x9FA0: "the processes' own"})
        assert shared_file_system(Path("/proc")) == "the processes' own"


def test_a_system_that_cannot_be_asked_refuses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())
    assert shared_file_system(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "flags", "kind"), [("apfs", 0x1000, None), ("smbfs", 0, "smbfs"), ("nfs", 0x8, "nfs")]
)
def test_a_mac_says_itself_whether_it_is_local(name: str, flags: int, kind: str | None) -> None:
    # f_bsize, f_iosize, f_blocks … f_ffree, f_fsid, f_owner, f_type, f_flags, f_fssubtype, f_fstypename
    answer = struct.pack("=Ii5Q8sIIII16s", 4096, 4096, 1, 1, 1, 1, 1, b"", 501, 26, flags, 0, name.encode())
    assert shared_on_darwin(answer + bytes(2048)) == kind
