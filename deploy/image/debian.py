"""Which shared libraries a program loads, and which Debian packages they are from.

A sysroot is "/" or a directory made by hack/sysroot.
"""

import pathlib
import re
import subprocess

TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
INTERPRETERS = {"amd64": "/lib64/ld-linux-x86-64.so.2", "arm64": "/lib/ld-linux-aarch64.so.1"}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def needed(path):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "--dynamic", "--wide", str(path)))


def libraries(sysroot, architecture, programs):
    """{soname: path in the sysroot} of all that the programs load, the dynamic loader aside."""
    triplet = TRIPLETS[architecture]
    loader = pathlib.PurePosixPath(INTERPRETERS[architecture]).name
    found = {}
    queue = [name for program in programs for name in needed(program)]
    while queue:
        name = queue.pop()
        if name in found or name == loader:
            continue
        for folder in ("lib/" + triplet, "usr/lib/" + triplet):
            path = pathlib.Path(sysroot, folder, name)
            if path.exists():
                break
        else:
            raise SystemExit(f"image: no {name} for {architecture} in {sysroot}")
        found[name] = path
        queue += needed(path)
    return found


class Packages:
    """The packages of a sysroot: for / those that dpkg knows, else those that hack/sysroot wrote down."""

    def __init__(self, sysroot):
        self.sysroot = pathlib.Path(sysroot)
        self.owners = {}
        table = self.sysroot / "packages.tsv"
        if table.exists():
            for line in table.read_text().splitlines():
                package, version, path = line.split("\t")
                self.owners[self._plain(path)] = (package, version)

    @staticmethod
    def _plain(path):
        return re.sub("^/usr", "", str(path))

    def owner(self, path):
        """(package, version) that the file of the sysroot is from."""
        inside = "/" + str(path.resolve().relative_to(self.sysroot.resolve()))
        if self.owners:
            return self.owners[self._plain(inside)]
        for candidate in (inside, self._plain(inside), str(path)):
            got = subprocess.run(["dpkg", "--search", candidate], capture_output=True, text=True)
            if got.returncode == 0:
                name = got.stdout.split(": ")[0].split(",")[0]
                fields = run("dpkg-query", "--show", "--showformat", "${Package}\t${Version}", name)
                return tuple(fields.split("\t"))
        raise SystemExit(f"image: no package owns {path}")

    def copyright(self, package):
        return (self.sysroot / "usr/share/doc" / package / "copyright").read_bytes()
