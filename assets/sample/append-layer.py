#!/usr/bin/env python3
"""Adds a layer to a docker-archive exactly as given.

    append-layer.py IN.tar LAYER.tar CREATED_BY COMMENT OUT.tar

Engines write layers from what is on disk, so no layer of theirs holds a path twice; builders that put archives
together do. The config gets one more diff ID and history entry, and with that its new name. Only what
manifest.json leads to is kept.
"""

import hashlib
import io
import json
import sys
import tarfile

source, layer, created_by, comment, target = sys.argv[1:]
archive = tarfile.open(source)


def read(name):
    return archive.extractfile(name).read()


image = json.loads(read("manifest.json"))[0]
config = json.loads(read(image["Config"]))
added = open(layer, "rb").read()
digest = hashlib.sha256(added).hexdigest()
config["rootfs"]["diff_ids"].append("sha256:" + digest)
config["history"].append({"created": config["created"], "created_by": created_by, "comment": comment})
text = json.dumps(config, separators=(",", ":")).encode()
name = hashlib.sha256(text).hexdigest() + ".json"

members = [(layer, read(layer)) for layer in image["Layers"]] + [(digest + "/layer.tar", added), (name, text)]
manifest = {"Config": name, "RepoTags": image["RepoTags"], "Layers": image["Layers"] + [digest + "/layer.tar"]}
members.append(("manifest.json", json.dumps([manifest], separators=(",", ":")).encode()))
with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as out:
    for name, content in members:
        header = tarfile.TarInfo(name)
        header.size = len(content)
        out.addfile(header, io.BytesIO(content))
