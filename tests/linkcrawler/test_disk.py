"""Each step of the disk does one thing, and names the path where it cannot."""

from __future__ import annotations

import errno
import hashlib
import os

import pytest

from linkcrawler import disk
from linkcrawler.exceptions import StorageError


def test_a_new_file_holds_what_was_written_and_knows_its_hash(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "HELD_BYTES", 10)
    written = []
    write = os.write
    monkeypatch.setattr(
        os, "write", lambda handle, data: written.append(len(data)) or write(handle, data[:7])
    )
    chunks = [b"abc", b"defgh", b"ij" * 20, b"", b"end"]
    with disk.NewFile(tmp_path / "x") as file:
        for chunk in chunks:
            assert file.write(chunk) == len(chunk)
        assert file.tell() == 51
        file.flush()
        file.sync()
        assert (tmp_path / "x").read_bytes() == b"".join(chunks)
    assert file.closed
    assert file.size == 51
    assert file.sha256 == hashlib.sha256(b"".join(chunks)).hexdigest()
    assert written[0] == 48  # held until there were ten


def test_what_is_held_is_written_when_the_file_is_closed(tmp_path):
    with disk.NewFile(tmp_path / "x") as file:
        file.write(b"held")
    assert (tmp_path / "x").read_bytes() == b"held"


def test_new_folders_are_made_with_their_parents_and_every_parent_is_synced(tmp_path, monkeypatch):
    synced = []
    sync = disk.sync_folder
    monkeypatch.setattr(disk, "sync_folder", lambda folder: synced.append(folder) or sync(folder))
    folder = tmp_path / "a" / "b" / "c"
    disk.make_folder(folder)
    assert folder.is_dir()
    assert synced == [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]
    synced.clear()
    disk.make_folder(folder)
    assert synced == [tmp_path / "a" / "b"]


def test_a_folder_whose_name_a_file_has_is_told(tmp_path):
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(StorageError, match="File exists") as caught:
        disk.make_folder(tmp_path / "x")
    assert str(tmp_path / "x") in str(caught.value)


def test_what_is_not_there_need_not_be_removed(tmp_path):
    disk.remove(tmp_path / "x")
    disk.remove_folder(tmp_path / "x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_bytes(b"")
    disk.remove_folder(tmp_path / "full")
    assert (tmp_path / "full" / "x").exists()
    disk.remove_tree(tmp_path / "full")
    assert list(tmp_path.iterdir()) == []


def test_a_tree_is_removed_without_what_its_links_lead_to(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "x").write_bytes(b"")
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "link").symlink_to(tmp_path / "kept")
    disk.remove_tree(tmp_path / "tree")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept" / "x").exists()


@pytest.mark.parametrize("has_links", [True, False])
def test_a_clone_holds_the_same(tmp_path, monkeypatch, has_links):
    def refuse(*args):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    (tmp_path / "x").write_bytes(b"abc" * 1000)
    (tmp_path / "y").write_bytes(b"old")
    if not has_links:
        monkeypatch.setattr(os, "link", refuse)
        monkeypatch.setattr(disk, "COPY_BYTES", 7)
    disk.clone(tmp_path / "x", tmp_path / "y")
    assert (tmp_path / "y").read_bytes() == b"abc" * 1000
    assert (tmp_path / "x").samefile(tmp_path / "y") is has_links


STEPS = {
    "write": lambda path: disk.replace_file(path, b"new"),
    "fsync": lambda path: disk.replace_file(path, b"new"),
    "replace": lambda path: disk.rename(path.with_name("other"), path),
    "unlink": disk.remove,
    "rmdir": disk.remove_folder,
    "mkdir": lambda path: disk.make_folder(path.with_name("path-of-a-folder")),
    "link": lambda path: disk.clone(path.with_name("other"), path),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_the_disk_refuses_names_the_path_and_is_not_tried_again(
    tmp_path, monkeypatch, name
):
    path = tmp_path / "path"
    for known in (path, tmp_path / "other"):
        known.write_bytes(b"old")
    calls = []

    def refuse(*args):
        calls.append(args)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, name, refuse)
    with pytest.raises(StorageError, match="Input/output error") as caught:
        STEPS[name](path)
    assert str(path) in str(caught.value)
    assert len(calls) == 1
    if name in ("write", "fsync"):
        assert path.read_bytes() == b"old"
        assert not (tmp_path / "path.tmp").exists()
