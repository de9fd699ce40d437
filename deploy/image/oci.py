"""Writes an OCI image layout (https://github.com/opencontainers/image-spec): layers, config, manifest, index.

The same input gives the same bytes: names are sorted, owners and times are given, gzip carries no time.
"""

import gzip
import hashlib
import io
import json
import pathlib
import tarfile


class Layer:
    """A tree of files for one layer. Parents of what is added come by themselves, as directories of root."""

    def __init__(self, epoch):
        self.epoch = epoch
        self.entries = {}

    def _add(self, path, kind, mode, owner=0, data=b"", target=""):
        path = path.strip("/")
        parent = str(pathlib.PurePosixPath(path).parent)
        if parent != "." and parent not in self.entries:
            self._add(parent, tarfile.DIRTYPE, 0o755)
        info = tarfile.TarInfo(path)
        info.type, info.mode, info.mtime, info.size, info.linkname = kind, mode, self.epoch, len(data), target
        info.uid = info.gid = owner
        self.entries[path] = (info, data)

    def directory(self, path, mode=0o755, owner=0):
        self._add(path, tarfile.DIRTYPE, mode, owner)

    def file(self, path, data, mode=0o644):
        self._add(path, tarfile.REGTYPE, mode, data=data)

    def link(self, path, target):
        self._add(path, tarfile.SYMTYPE, 0o777, target=target)

    def tar(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for path in sorted(self.entries):
                info, data = self.entries[path]
                archive.addfile(info, io.BytesIO(data))
        return out.getvalue()


class Layout:
    """A directory that tools such as skopeo name oci:DIR."""

    def __init__(self, directory):
        self.blobs = pathlib.Path(directory, "blobs", "sha256")
        self.blobs.mkdir(parents=True)
        self.root = pathlib.Path(directory)
        (self.root / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def blob(self, media_type, data):
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data)}

    def json(self, media_type, value):
        return self.blob(media_type, json.dumps(value, sort_keys=True, separators=(",", ":")).encode())

    def image(self, architecture, created, config, annotations, layers):
        """Adds an image; returns the descriptor of its manifest."""
        tars = [layer.tar() for layer in layers]
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": self.json(
                "application/vnd.oci.image.config.v1+json",
                {
                    "created": created,
                    "architecture": architecture,
                    "os": "linux",
                    "config": config,
                    "rootfs": {
                        "type": "layers",
                        "diff_ids": ["sha256:" + hashlib.sha256(tar).hexdigest() for tar in tars],
                    },
                    "history": [{"created": created, "created_by": "deploy/image/build"} for _ in tars],
                },
            ),
            "layers": [
                self.blob("application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress(tar, mtime=0)) for tar in tars
            ],
            "annotations": annotations,
        }
        descriptor = self.json("application/vnd.oci.image.manifest.v1+json", manifest)
        descriptor["platform"] = {"architecture": architecture, "os": "linux"}
        return descriptor

    def index(self, manifests, reference):
        """Names one manifest, or an index of several architectures; returns the digest that it has in a registry."""
        top = manifests[0]
        if len(manifests) > 1:
            top = self.json(
                "application/vnd.oci.image.index.v1+json",
                {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests},
            )
        named = dict(top, annotations={"org.opencontainers.image.ref.name": reference})
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [named]}
        (self.root / "index.json").write_text(json.dumps(index, sort_keys=True, separators=(",", ":")))
        return top["digest"]
