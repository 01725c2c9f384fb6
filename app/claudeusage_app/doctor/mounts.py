"""Which folders are on a network file system, where nobody is told of changes made elsewhere."""

import os
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = frozenset(
    {
        *("9p", "afs", "ceph", "cifs", "drvfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
        *("glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs", "vboxsf"),
    }
)
_BLANKS = {r"\040": " ", r"\011": "\t", r"\012": "\n", r"\134": "\\"}


def network_folder(folder: Path) -> bool:
    """Say whether a folder, there or not, is on a network file system, as far as Linux tells."""
    try:
        mounts = _MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:
        return False
    return is_network(mounts, os.path.realpath(folder))


def is_network(mounts: str, real_path: str) -> bool:
    """Say it of a real path by the text of Linux's table of mounts."""
    longest, kind = "", ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, types = left.split(" "), right.split(" ")
        point = _unescaped(fields[4]) if len(fields) > 4 else ""  # noqa: PLR2004 -- proc(5)
        below = point in {"/", real_path} or real_path.startswith(f"{point}/")
        if point and below and len(point) >= len(longest):
            longest, kind = point, types[0]
    return kind in _NETWORK


def _unescaped(point: str) -> str:
    for written, meant in _BLANKS.items():
        point = point.replace(written, meant)
    return point
