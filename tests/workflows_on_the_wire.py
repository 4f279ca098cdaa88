"""A project with workflows at a real daemon, whose steps a client executes by hand."""

import uuid
from pathlib import Path
from typing import Any

from tests.wire_client import WireClient

FACTS = {"test_command": ["pytest"]}


class WorkflowProject:
    def __init__(self, client: WireClient, root: Path, **files: str) -> None:
        self.client = client
        self.root = root
        self.id = 0
        for name, text in files.items():
            self.write(f"{name}.yaml", text)

    def write(self, name: str, text: str | bytes) -> None:
        path = self.root / ".treadle" / "workflows" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def open(self, *, trust: bool = True) -> dict[str, Any]:
        facts = {"root": str(self.root), "facts": FACTS}
        opened = self.client.call("project/open", facts)
        if trust:
            opened = self.client.call("project/open", {**facts, "trustedHash": opened["contentHash"]})
        self.id = opened["project"]["id"]
        return opened

    def types(self) -> dict[str, dict[str, Any]]:
        """Those of the project, by name."""
        listed = self.client.call("sessionType/list", {"projectId": self.id})
        return {each["id"]: each for each in listed["data"] if each["definedIn"]}

    def problems(self) -> list[str]:
        found: list[str] = self.client.call("sessionType/list", {"projectId": self.id})["problems"]
        return found

    def create(self, name: str, **fields: object) -> "WorkflowSession":
        params = {"type": name, "projectId": self.id, "environment": "local", **fields}
        return WorkflowSession(self.client, self.client.call("session/create", params)["session"])

    def refusal(self, name: str, **fields: object) -> dict[str, Any]:
        found: dict[str, Any] = self.client.refusal("session/create", {"type": name, "projectId": self.id, **fields})
        return found


class WorkflowSession:
    def __init__(self, client: WireClient, head: dict[str, Any]) -> None:
        self.client = client
        self.id: int = head["id"]
        self.created = head

    @property
    def head(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.call("session/get", {"sessionId": self.id})["session"]
        return found

    def next(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.call("session/nextCommand", {"sessionId": self.id})["interaction"]
        return found

    def refusal(self) -> dict[str, Any]:
        """Of asking for one more command."""
        found: dict[str, Any] = self.client.refusal("session/nextCommand", {"sessionId": self.id})
        return found

    def ends(self, step: str, status: str = "ok", **result: object) -> dict[str, Any]:
        """Take the next step, which is this one, with this result."""
        interaction = self.next()
        assert interaction["step"] == step, interaction
        return self.report(interaction, status, **result)

    def report(self, interaction: dict[str, Any], status: str = "ok", **result: object) -> dict[str, Any]:
        if status != "ok":
            result.setdefault("errorMessage", "It did not go well.")
        params = {
            "sessionId": self.id,
            "interactionId": interaction["id"],
            "result": {"id": str(uuid.uuid4()), "status": status, **result},
        }
        handled: dict[str, Any] = self.client.call("session/handleResult", params)
        return handled
