"""What was measured on, and with: figures mean little without it."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import re
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contenders import present

NAMES = {"torch": "PyTorch", "jax": "JAX", "numba": "Numba", "autograd": "HIPS autograd",
         "mygrad": "MyGrad"}  # fmt: skip


def processor() -> str:
    """The model of the CPU."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.M)
    return found[1] if found else platform.processor() or platform.machine()


def memory() -> str:
    """The gigabytes of RAM, where the system tells."""
    try:
        count = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return ""
    return f", {count / 1e9:.0f} GB of memory"


def system() -> str:
    """The operating system."""
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform()
    return f"{name}, {platform.system()} {platform.release().split('-')[0]}"


def blas() -> str:
    """The library that multiplies NumPy's matrices."""
    config: Any = np.show_config(mode="dicts")
    found = config["Build Dependencies"]["blas"]
    name = {"scipy-openblas": "OpenBLAS", "openblas": "OpenBLAS"}.get(found["name"], found["name"])
    return f"{name} {found['version']}"


def peers() -> list[str]:
    """The others that are installed, with their versions."""
    packages = [each.package for each in present().values() if each.package in NAMES]
    return [f"{NAMES[each]} {importlib.metadata.version(each)}" for each in packages]


def environment() -> str:
    """All of it, in a sentence or two."""
    cores = os.cpu_count() or 1
    python = f"{platform.python_implementation()} {platform.python_version()}"
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    versions = [python, f"NumPy {np.__version__} with {blas()}", *peers()]
    return (
        f"Measured on {datetime.date.today()}: {processor()}, {cores} core{'s' * (cores > 1)}"
        f"{memory()}, {system()}; {', '.join(versions)}; OMP_NUM_THREADS={threads}."
    )
