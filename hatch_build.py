"""Compiles the planner's kernel into the package. Without a C++ compiler the package is built all the same: slower plans.

Runs for wheels and for editable installs. CXX names the compiler, else c++, g++ and clang++ are tried.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NATIVE = Path("src/chargewright/charging/planner/native")
# numbers must come out the same on every processor: nothing is fused, nothing reordered
FLAGS = ("-std=c++17", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-Wno-psabi")


class KernelHook(BuildHookInterface):
    """Builds native/waterfill.so beside its source."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 # hatchling's own signature
        """Compile, or say why not."""
        if self.target_name != "wheel":
            return
        folder = Path(self.root) / NATIVE
        library = folder / "waterfill.so"
        why = compile_kernel(folder / "waterfill.cpp", library)
        if why is not None:
            library.unlink(missing_ok=True)
            self.app.display_warning(f"The planner's kernel is not built: {why}. Plans will take longer.")
            return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
        build_data["artifacts"].append(str(NATIVE / "waterfill.so"))


def compile_kernel(source: Path, library: Path) -> str | None:
    """Compile one file into one shared library; return what went wrong, or None."""
    names = [os.environ["CXX"]] if os.environ.get("CXX") else ["c++", "g++", "clang++"]
    compiler = next((found for found in map(shutil.which, names) if found), None)
    if compiler is None:
        return f"no C++ compiler ({', '.join(names)})"
    fresh = library.with_suffix(".new")
    runtime = ["-static-libstdc++", "-static-libgcc"] if sys.platform == "linux" else []
    command = [compiler, *FLAGS, "-fPIC", "-shared", *runtime, str(source), "-o", str(fresh)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 # a compiler and our file
    if done.returncode:
        fresh.unlink(missing_ok=True)
        lines = done.stderr.strip().splitlines()
        return f"{compiler} says: {lines[0] if lines else done.returncode}"
    # a process that has the old one open keeps it
    fresh.replace(library)
    return None
