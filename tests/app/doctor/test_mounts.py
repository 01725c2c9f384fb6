"""Network file systems, by the table of mounts that Linux keeps."""

from pathlib import Path

import pytest

from claudeusage_app.doctor.mounts import is_network, network_folder

MOUNTS = """\
22 28 0:20 / /sys rw,nosuid - sysfs sysfs rw
28 0 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 28 0:35 / /home rw,relatime shared:2 - nfs4 server:/home rw,vers=4.2
41 40 0:36 / /home/local rw,relatime - xfs /dev/vdb rw
42 28 0:37 / /mnt/a\\040b rw,relatime - fuse.sshfs somebody@there:/ rw
43 28 0:38 / /mnt/over rw,relatime - ext4 /dev/vdc rw
44 28 0:39 / /mnt/over rw,relatime - cifs //there/share rw
nonsense
"""


@pytest.mark.parametrize(
    ("path", "network"),
    [
        ("/", False),
        ("/home", True),
        ("/home/somebody/.claude", True),
        ("/home/local/x", False),
        ("/homely", False),
        ("/mnt/a b/projects", True),
        ("/mnt/over/x", True),
    ],
)
def test_the_innermost_and_latest_mount_decides(path: str, network: bool) -> None:
    assert is_network(MOUNTS, path) is network


def test_no_table_says_nothing() -> None:
    assert not is_network("", "/home")


def test_a_folder_of_the_tests_is_on_a_disk_of_this_computer(tmp_path: Path) -> None:
    assert not network_folder(tmp_path / "not there")
