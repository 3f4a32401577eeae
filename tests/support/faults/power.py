"""The disk's steps in, what a power cut would leave of them out.

What survives for certain is, of each file, its content as of its last fsync and, of each folder,
its names as of its last fsync. Disks may keep more, in any order: the other extreme that matters is
that names survive and contents do not, which is what a rename without an fsync falls for.
"""

# Paths stay what the system was given:
# ruff: noqa: PTH112, PTH118, PTH208

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(eq=False)
class File:
    """A file as the disk has it for certain."""

    content: bytes = b""


@dataclass(eq=False)
class Folder:
    """A folder as the disk has it for certain."""

    names: dict[str, File | Folder] = field(default_factory=dict)


class DurableTree:
    """What is durable below ``root``; told of each step after it was taken.

    Args:
        root: a folder; all that is there now is durable.
        sees: whether a path is to be kept at all.
    """

    def __init__(self, root: str, sees) -> None:
        self.root = root
        self.sees = sees
        self._nodes: dict[int, File | Folder] = {}
        self._adopt(root)

    def _adopt(self, path: str) -> File | Folder:
        if os.path.isdir(path):
            node: File | Folder = Folder()
            self._nodes[_inode(path)] = node
            node.names = {name: self._adopt(full) for name, full in self._entries(path)}
        else:
            node = File(Path(path).read_bytes())
            self._nodes[_inode(path)] = node
        return node

    def _entries(self, folder: str) -> list[tuple[str, str]]:
        found = ((name, os.path.join(folder, name)) for name in sorted(os.listdir(folder)))
        return [(name, path) for name, path in found if self.sees(path)]

    def made(self, path: str, *, is_folder: bool) -> None:
        """Note that a file or folder was made: nothing of it is durable yet.

        The number of an inode is given again once its file is gone, so this is another one, but
        for a file that was emptied: what it held stays durable until its next fsync.
        """
        known = self._nodes.get(_inode(path))
        if is_folder or not isinstance(known, File) or not self._is_named(known):
            self._nodes[_inode(path)] = Folder() if is_folder else File()

    def _is_named(self, node: File) -> bool:
        return any(
            node in folder.names.values()
            for folder in self._nodes.values()
            if isinstance(folder, Folder)
        )

    def synced(self, path: str) -> None:
        """Note that a file's content, or a folder's names, are durable now."""
        if not os.path.isdir(path):
            node = self._nodes.setdefault(_inode(path), File())
            assert isinstance(node, File)
            node.content = Path(path).read_bytes()
            return
        folder = self._nodes.setdefault(_inode(path), Folder())
        assert isinstance(folder, Folder)
        folder.names = {name: self._node(full) for name, full in self._entries(path)}

    def _node(self, path: str) -> File | Folder:
        empty = Folder() if os.path.isdir(path) else File()
        return self._nodes.setdefault(_inode(path), empty)

    def write_certain(self, target: Path) -> None:
        """Write into ``target`` what is certain: nothing that was not synced."""
        root = self._nodes[_inode(self.root)]
        assert isinstance(root, Folder)
        _write(root, target)

    def write_names_only(self, target: Path) -> None:
        """Write into ``target`` all names as they are now, with contents that are certain."""
        self._write_names(self.root, target)

    def _write_names(self, path: str, target: Path) -> None:
        target.mkdir()
        for name, full in self._entries(path):
            node = self._node(full)
            if isinstance(node, Folder):
                self._write_names(full, target / name)
            else:
                (target / name).write_bytes(node.content)


def _write(folder: Folder, target: Path) -> None:
    target.mkdir()
    for name, node in folder.names.items():
        if isinstance(node, Folder):
            _write(node, target / name)
        else:
            (target / name).write_bytes(node.content)


def _inode(path: str) -> int:
    return os.lstat(path).st_ino
