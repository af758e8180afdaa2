"""What an extraction may read besides its file: the interpreter, the libraries, fonts, and what the system's own
library reads. Not among them: home, the state folder with its keys, other files to be extracted.

What belongs here: these places. What does not: how they are enforced (`sandbox.landlock`).
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/nix/store", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/fonts", "/etc/localtime", "/etc/timezone",
    "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/mime.types", "/proc/cpuinfo", "/proc/meminfo",
    "/proc/stat", "/proc/filesystems", "/proc/sys", "/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm",
)  # fmt: skip
_NETWORK = (
    "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf",
    "/etc/services", "/etc/protocols", "/run/systemd/resolve",
)  # fmt: skip
_OF_PREFIX = ("bin", "lib", "lib64", "share", "ssl", "etc/fonts", "pyvenv.cfg")
_OF_HOME = (".fonts", ".local/share/fonts", ".cache/fontconfig", ".cache/ezdxf", ".config/ezdxf")
_LICENCES = (".werk24", "werk24_license.txt")
_VARIABLES = ("LD_LIBRARY_PATH", "FONTCONFIG_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


def list_readable(*, network: bool) -> list[Path]:
    """The places, outermost ones only, without links. `network`: also what it takes to speak to a service."""
    named = [Path(name) for name in (*_SYSTEM, *(_NETWORK if network else ()))]
    home = Path.home()
    named += [home / name for name in (*_OF_HOME, *(_LICENCES if network else ()))]
    named += [Path(part) for name in _VARIABLES for part in os.environ.get(name, "").split(os.pathsep) if part]
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
        named += [Path(prefix, name) for name in _OF_PREFIX]
    named += [Path(path) for name, path in sysconfig.get_paths().items() if name.endswith(("lib", "stdlib"))]
    named += _list_packages()
    found: list[Path] = []
    for path in sorted({Path(os.path.realpath(p)) for p in named if p.is_absolute() and _is_there(p)}):
        if not any(path.is_relative_to(outer) for outer in found):
            found.append(path)
    return found


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # behind a folder that is closed to us
        return False


def _list_packages() -> Iterator[Path]:
    """Where the packages lie that are loaded: ours may be anywhere, and the folder around it is none of a child's."""
    for name, module in list(sys.modules.items()):
        if "." in name:
            continue
        if folders := getattr(module, "__path__", None):
            yield from map(Path, folders)
        elif file := getattr(module, "__file__", None):
            yield Path(file)
