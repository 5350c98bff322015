"""Hugging Face's cache by the rules of huggingface_hub, written down with Python's standard library alone.

    hf-cache.py check CACHE             prints what a scan finds as JSON, or the first rule that is broken
    hf-cache.py make CACHE REPO REVISION NAME=FILE ...   adds files as a download does

Rules (huggingface_hub: file_download.py, utils/_cache_manager.py; docs "Understand caching"):
  repositories are folders models--OWNER--NAME; in them blobs/, refs/, snapshots/ (and .no_exist/)
  a ref is a file, named as the revision, whose whole content is a commit of 40 hexadecimal digits
  a snapshot is a folder named as a commit; its files are relative links to ../../blobs/ETAG, or files
  a blob's name is the SHA-256 of a large file, or git's SHA-1 of a small one
"""
import hashlib
import json
import os
import re
import sys

COMMIT = re.compile(r"[0-9a-f]{40}")
LARGE = re.compile(r"\.(gguf|safetensors|pth|bin|model)$")


def checksum(path, etag):
    data = open(path, "rb").read()
    if len(etag) == 64:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def check_file(repo, path):
    target = os.path.realpath(path)
    assert os.path.exists(target), f"{path}: broken link"
    if not os.path.islink(path):
        return os.path.getsize(target)
    link = os.readlink(path)
    assert not os.path.isabs(link), f"{path}: absolute link"
    blobs = os.path.realpath(os.path.join(repo, "blobs"))
    assert os.path.dirname(target) == blobs, f"{path}: link out of blobs"
    etag = os.path.basename(target)
    assert checksum(target, etag) == etag, f"{target}: wrong bytes"
    return os.path.getsize(target)


def check_repo(repo):
    snapshots = {}
    for commit in os.listdir(os.path.join(repo, "snapshots")):
        assert COMMIT.fullmatch(commit), f"snapshots/{commit}: no commit"
        root = os.path.join(repo, "snapshots", commit)
        snapshots[commit] = {
            os.path.relpath(os.path.join(folder, name), root): check_file(repo, os.path.join(folder, name))
            for folder, _, names in os.walk(root)
            for name in names
        }
    refs = {}
    root = os.path.join(repo, "refs")
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            commit = open(path).read()
            assert COMMIT.fullmatch(commit), f"{path}: {commit!r} is no commit"
            assert commit in snapshots, f"{path}: no snapshot {commit}"
            refs[os.path.relpath(path, root)] = commit
    unknown = set(os.listdir(repo)) - {"blobs", "refs", "snapshots", ".no_exist"}
    assert not unknown, f"{repo}: unexpected {unknown}"
    return {"refs": refs, "snapshots": snapshots}


def check(cache):
    found = {}
    for name in os.listdir(cache):
        if name in (".locks", "CACHEDIR.TAG", "version.txt"):
            continue
        kind, *parts = name.split("--")
        assert kind == "models" and len(parts) in (1, 2), f"{name}: no repository"
        found["/".join(parts)] = check_repo(os.path.join(cache, name))
    print(json.dumps(found))


def make(cache, repo, revision, *files):
    root = os.path.join(cache, "models--" + repo.replace("/", "--"))
    contents = {name: open(path, "rb").read() for name, path in (item.split("=", 1) for item in files)}
    commit = hashlib.sha1(b"".join(contents.values())).hexdigest()
    for name, data in contents.items():
        large = LARGE.search(name)
        etag = hashlib.sha256(data) if large else hashlib.sha1(b"blob %d\0" % len(data) + data)
        blob = os.path.join(root, "blobs", etag.hexdigest())
        pointer = os.path.join(root, "snapshots", commit, name)
        for path in (blob, pointer):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        open(blob, "wb").write(data)
        os.symlink(os.path.relpath(blob, os.path.dirname(pointer)), pointer)
    ref = os.path.join(root, "refs", revision)
    os.makedirs(os.path.dirname(ref), exist_ok=True)
    open(ref, "w").write(commit)
    print(json.dumps(commit))


{"check": check, "make": make}[sys.argv[1]](*sys.argv[2:])
