"""What Claude Code in a terminal leaves on disk while it works: its conversation, its status, its commands' output.

None of these places is a documented one: what is not there, or reads differently, is left out.
"""

import codecs
import errno
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from treadle.agents.claude_code_command import is_conversation_id
from treadle.agents.lenient import JsonObject, an_object, count, objects, text
from treadle.runner.process_table import start_token

CHUNK_BYTES = 1024 * 1024
MAX_LINE_BYTES = 8 * 1024 * 1024
MAX_STATUS_BYTES = 64 * 1024
TOLD = ("user", "assistant", "system", "queue-operation")
"""Kinds of lines of a transcript."""
STATUS_KEYS = ("status", "waitingFor", "pid")


def config_folder(environ: Mapping[str, str], folder: Path) -> Path:
    """`folder`: where Claude Code is started, as it takes the name of another one from there."""
    named = environ.get("CLAUDE_CONFIG_DIR")
    return folder / named if named else Path(environ.get("HOME") or Path.home()) / ".claude"


def transcript_of(config: Path, conversation_id: str) -> Path | None:
    return next(iter(_matching(config, f"projects/*/{conversation_id}.jsonl")), None)


def is_told(line: JsonObject) -> bool:
    """Not what Claude Code keeps for itself, such as its requests, which is most of a transcript."""
    kind = line.get("type")
    if kind != "attachment":
        return kind in TOLD
    about = text(an_object(line.get("attachment")).get("type"))
    return about.startswith("hook_") or about == "queued_command"


class Growth:
    """What is added to a file from a place on."""

    def __init__(self, path: Path, begin: int = 0) -> None:
        self._path = path
        self._begin = self._offset = begin

    @property
    def offset(self) -> int:
        return self._offset

    def again(self) -> None:
        self._offset = self._begin

    def chunk(self, limit: int | None = None) -> bytes:
        """The next that there is; it is read once."""
        with suppress(OSError), _opened(self._path) as file:
            if os.fstat(file.fileno()).st_size < self._offset:
                self._begin = self._offset = 0  # it was written anew
            file.seek(self._offset)
            chunk = file.read(limit or CHUNK_BYTES)
            self._offset += len(chunk)
            return chunk
        return b""

    def lines(self) -> list[bytes]:
        """The next whole ones. One that is huge is left out: its parts can be read by nobody."""
        start = self._offset
        chunk = self.chunk()
        if b"\n" not in chunk and len(chunk) == CHUNK_BYTES:
            self._offset = start
            chunk = self.chunk(MAX_LINE_BYTES)
        end = chunk.rfind(b"\n") + 1
        if end or len(chunk) < MAX_LINE_BYTES:
            self._offset -= len(chunk) - end
        return chunk[:end].splitlines()


class Transcript:
    """Of the conversations of one terminal: `/clear` begins another one."""

    def __init__(self, config: Path, conversation_id: str) -> None:
        """What any conversation has already is none of this terminal's: a person may go on with another one in it."""
        self._config = config
        self._files: dict[Path, Growth] = {}
        self._metas: set[Path] = set()
        """Those that are told of."""
        self._conversations = [conversation_id]
        self._found: dict[str, Path] = {}
        self._begins: dict[Path, int] = {}
        for pattern in ("projects/*/*.jsonl", "projects/*/*/subagents/agent-*"):
            for path in _matching(config, pattern):
                with suppress(OSError):
                    self._begins[path] = path.stat().st_size

    def follow(self, conversation_id: str) -> None:
        if conversation_id not in self._conversations:
            self._conversations.append(conversation_id)

    def again(self) -> None:
        self._metas.clear()
        for growth in self._files.values():
            growth.again()

    def observations(self) -> list[JsonObject]:
        for path in self._paths():
            if path not in self._files:
                self._files[path] = Growth(path, self._begins.get(path, 0))
        return [found for path in self._files for found in self._read(path)]

    def _paths(self) -> Iterator[Path]:
        for conversation_id in self._conversations:
            path = self._found.get(conversation_id)
            if path is None or not path.exists():
                path = transcript_of(self._config, conversation_id)
            if path is None:
                continue
            self._found[conversation_id] = path
            yield path
            agents = path.with_suffix("") / "subagents"
            yield from sorted(_matching(agents, "agent-*.meta.json"))
            yield from sorted(_matching(agents, "agent-*.jsonl"))

    def _read(self, path: Path) -> list[JsonObject]:
        if path.name.endswith(".meta.json"):
            return self._read_meta(path)
        return [line for each in self._files[path].lines() if is_told(line := parsed(each))]

    def _read_meta(self, path: Path) -> list[JsonObject]:
        if path in self._metas:
            return []
        meta = parsed(self._files[path].chunk())
        if not meta:  # perhaps it is being written
            self._files[path].again()
            return []
        self._metas.add(path)
        agent_id = path.name.removeprefix("agent-").removesuffix(".meta.json")
        return [{**meta, "type": "subagent", "agentId": agent_id}]


class Status:
    """Of the program that has the terminal."""

    def __init__(self, config: Path, pid: int, conversation_id: str) -> None:
        self._folder = config / "sessions"
        self._pid = pid
        self._conversation_id = conversation_id
        self._path: Path | None = None
        self._told: JsonObject = {}
        self._left = _status(self._folder / f"{pid}.json")
        """By a killed program that had the same number."""
        self.name: str | None = None
        """`idle`, `busy`, `waiting`, `shell`; None when it is not known."""

    def news(self) -> JsonObject | None:
        found = self._found()
        self.name = text(found.get("status")) or None
        if not found:
            return None
        known = {key: found[key] for key in STATUS_KEYS if key in found}
        named = text(found.get("sessionId"))
        told = {**known, "conversationId": named if is_conversation_id(named) else self._conversation_id}
        if told == self._told:
            return None
        self._told = told
        return told

    def _found(self) -> JsonObject:
        if self._path is None:
            for path in [self._folder / f"{self._pid}.json", *_matching(self._folder, "*.json")]:
                if self._is_ours(status := _status(path)):
                    self._path = path
                    return status
            return {}
        return _status(self._path)

    def _is_ours(self, status: JsonObject) -> bool:
        """It may be started by a program of another name; one that was killed has left its file."""
        if not status or status == self._left:
            return False
        pid = count(status.get("pid"))
        return pid == self._pid or (status.get("sessionId") == self._conversation_id and start_token(pid) is not None)


class Output:
    def __init__(self, path: Path, call: str) -> None:
        self._about = {"taskId": path.stem, "toolUseId": call}
        self._growth = Growth(path)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def news(self) -> JsonObject | None:
        """Characters that are cut in two wait for their other half."""
        offset = self._growth.offset - len(self._decoder.getstate()[0])
        text = self._decoder.decode(self._growth.chunk())
        return {**self._about, "offset": offset, "text": text} if text else None


class Outputs:
    """Of commands that run: each has a file that grows, and is gone at its end."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        temporary = environ.get("CLAUDE_CODE_TMPDIR") or "/tmp"  # noqa: S108 - where Claude Code writes
        self._folder = Path(temporary) / f"claude-{os.getuid()}"
        self._open: dict[str, Path | None] = {}
        """Calls of commands that have no result yet, with their file, if it is known."""
        self._growing: dict[Path, Output] = {}
        self._taken: set[Path] = set()
        """Also those of commands that are over: what runs in the background keeps its file."""

    def heard(self, line: JsonObject) -> None:
        """A line of the conversation: a command was called, or is over."""
        for block in objects(an_object(line.get("message")).get("content")):
            if block.get("type") == "tool_use" and block.get("name") == "Bash":
                self._open[text(block.get("id"))] = None
            elif block.get("type") == "tool_result":
                path = self._open.pop(text(block.get("tool_use_id")), None)
                if path is not None:
                    self._growing.pop(path, None)

    def observations(self, conversation_id: str) -> list[JsonObject]:
        self._find(conversation_id)
        found = [news for output in self._growing.values() if (news := output.news()) is not None]
        return [{**news, "conversationId": conversation_id} for news in found]

    def _find(self, conversation_id: str) -> None:
        """Which file is which command's is only clear when just one has none yet."""
        waiting = [call for call, path in self._open.items() if path is None]
        if len(waiting) != 1 or not self._is_own():
            return
        files = _matching(self._folder, f"*/{conversation_id}/tasks/*.output")
        new = [path for path in files if path not in self._taken and not path.is_symlink()]
        if len(new) == 1:
            self._open[waiting[0]] = new[0]
            self._growing[new[0]] = Output(new[0], waiting[0])
            self._taken.add(new[0])

    def _is_own(self) -> bool:
        """Where everybody may make folders, another user may have made it first."""
        with suppress(OSError):
            about = self._folder.lstat()
            return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()
        return False


def parsed(line: bytes) -> JsonObject:
    """Empty: it is nothing that could be read."""
    with suppress(ValueError, RecursionError):
        found = json.loads(line)
        return found if isinstance(found, dict) else {}
    return {}


def _status(path: Path) -> JsonObject:
    with suppress(OSError), _opened(path) as file:
        return parsed(file.read(MAX_STATUS_BYTES))
    return {}


def _opened(path: Path) -> BinaryIO:
    """:raises OSError: it is no file, or none that can be read; a pipe would be waited for"""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "It is no file", str(path))
    return os.fdopen(descriptor, "rb")


def _matching(folder: Path, pattern: str) -> list[Path]:
    """What is removed meanwhile is not there."""
    with suppress(OSError):
        return list(folder.glob(pattern))
    return []
