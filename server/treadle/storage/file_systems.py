"""Which file systems are shared with other computers. SQLite's locks and its log are not safe there."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

SHARED_BY_MAGIC: Mapping[int, str] = {
    0x00006969: "nfs",
    0x0000517B: "smb",
    0xFF534D42: "cifs",
    0xFE534D42: "smb2",
    0x0000564C: "ncp",
    0x5346414F: "afs",
    0x6B414653: "afs",
    0x73757245: "coda",
    0x01021997: "9p",
    0x00C36400: "ceph",
    0x01161970: "gfs2",
    0x7461636F: "ocfs2",
    0x0BD00BD0: "lustre",
    0x47504653: "gpfs",
    0xAAD7AAEA: "panfs",
    0x19830326: "beegfs",
    0x20030528: "orangefs",
    0x61636673: "acfs",
    0xBEEFDEAD: "snfs",
    0x013111A8: "ibrix",
    0x786F4256: "vboxsf",
    0xBACBACBC: "vmhgfs",
    0x7C7C6673: "prl_fs",
}
"""By `f_type` of Linux's statfs(2): networks, clusters, and the folders that a host shares with a virtual machine."""

FUSE_MAGIC = 0x65735546
SHARED_BY_FUSE = frozenset(
    {
        "afpfs",
        "blobfuse2",
        "ceph",
        "ceph-fuse",
        "davfs",
        "gcsfuse",
        "glusterfs",
        "goofys",
        "juicefs",
        "mfs",
        "rclone",
        "s3fs",
        "smbnetfs",
        "sshfs",
        "vmhgfs-fuse",
    }
)
"""What mounts them says itself; many others are as local as the disk below them."""

_BUFFER_BYTES = 4096
_DARWIN_LOCAL = 0x1000
_DARWIN_FLAGS_AT = 64
_DARWIN_NAME_AT, _DARWIN_NAME_BYTES = 72, 16


def shared_file_system(folder: Path) -> str | None:
    """The kind of file system if it is shared with other computers. None if it is local, or nobody knows.

    Of a folder that is still to be made: the one that it will be made on.
    """
    folder = next(each for each in (folder, *folder.parents) if each.is_dir())
    buffer = _statfs(folder)
    if buffer is None:
        return None
    if sys.platform == "darwin":
        return shared_on_darwin(buffer)
    size = 4 if os.uname().machine.startswith("s390") else ctypes.sizeof(ctypes.c_long)
    magic = int.from_bytes(buffer[:size], sys.byteorder) & 0xFFFFFFFF
    return shared_on_linux(magic, fuse_name(folder) if magic == FUSE_MAGIC else None)


def shared_on_linux(magic: int, fuse: str | None) -> str | None:
    """By the number that the file system has, and the name under which a FUSE file system was mounted."""
    if magic == FUSE_MAGIC:
        return fuse if fuse in SHARED_BY_FUSE else None
    return SHARED_BY_MAGIC.get(magic)


def shared_on_darwin(buffer: bytes) -> str | None:
    """By what `struct statfs` says of itself: whether it is local, and its name."""
    (flags,) = struct.unpack_from("=I", buffer, _DARWIN_FLAGS_AT)
    name = buffer[_DARWIN_NAME_AT : _DARWIN_NAME_AT + _DARWIN_NAME_BYTES].partition(b"\0")[0]
    return None if flags & _DARWIN_LOCAL else name.decode("ascii", "replace")


def fuse_name(folder: Path, mounts: Iterable[str] | None = None) -> str | None:
    """What mounted it: the part behind the point of `fuse.sshfs`."""
    try:
        device = folder.stat().st_dev
        lines = Path("/proc/self/mountinfo").read_text(errors="replace").splitlines() if mounts is None else mounts
    except OSError:
        return None
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in lines:
        before, _, after = line.partition(" - ")
        if wanted in before.split()[2:3] and after:
            return after.split()[0].partition(".")[2] or None
    return None


def _statfs(folder: Path) -> bytes | None:
    """The system's `struct statfs`; Python has none."""
    buffer = ctypes.create_string_buffer(_BUFFER_BYTES)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        # On Intel Macs the plain name is that of an older, smaller structure.
        function = getattr(library, "statfs$INODE64", None) if sys.platform == "darwin" else None
        failed = (function or library.statfs)(os.fsencode(folder), buffer)
    except (OSError, AttributeError):
        return None
    return None if failed else buffer.raw
