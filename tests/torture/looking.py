"""What a client looks at again: everything that it was told is there, once, and in order."""

import base64
import hashlib

from tests.torture.client import Client, RefusedError, WrongAnswerError
from tests.torture.ledger import Life

PAGE = 500


class Looker:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.chance = client.random

    def refresh(self, life: Life) -> None:
        cursor, interactions = None, []
        while True:
            page = self.client.ask_of(life, "session/get", cursor=cursor, limit=50)
            interactions += page["interactions"]
            if (cursor := page["nextCursor"]) is None:
                break
        if [each["position"] for each in interactions] != list(range(1, len(interactions) + 1)):
            raise WrongAnswerError(f"session {life.session_id} has gaps in its interactions")
        found = {each["id"]: each for each in interactions}
        for interaction_id, position in life.interactions.items():
            if interaction_id not in found or found[interaction_id]["position"] != position:
                raise WrongAnswerError(f"session {life.session_id} has lost its interaction {position}")
        for interaction_id, result_id in life.results.items():
            if (found[interaction_id]["result"] or {}).get("id") != result_id:
                raise WrongAnswerError(f"session {life.session_id} has lost the result {result_id}")

    def read_tail(self, life: Life) -> None:
        """What came after the last event that was read: no gap, nothing twice."""
        after = life.tail[-1]["id"] if life.tail else 0
        cursor = None
        while True:
            page = self.client.ask_of(life, "session/getEvents", afterId=after, order="id", limit=PAGE, cursor=cursor)
            life.tail += [{name: event[name] for name in ("id", "uid", "source")} for event in page["data"]]
            if (cursor := page["nextCursor"]) is None:
                break
        ids = [event["id"] for event in life.tail]
        if ids != sorted(set(ids)):
            raise WrongAnswerError(f"the tail of session {life.session_id} goes back")
        found = [event["uid"] for event in life.tail if event["source"] != "daemon"]
        if found != life.uids:
            raise WrongAnswerError(
                f"the tail of session {life.session_id} has {len(found)} events for {len(life.uids)}, or reordered"
            )

    def ask_what_was_missed(self, life: Life) -> None:
        """As a window does that has lost its connection: by the last event that it saw."""
        seen, last = self.chance.choice(life.batches).last_id, life.batches[-1].last_id
        answer = self.client.ask("session/subscribe", {"afterEventId": seen})
        self.client.ask("session/unsubscribe", {})
        missed = {each["sessionId"]: each["lastId"] for each in answer["missed"]}
        if last > seen and not answer["reread"] and missed.get(life.session_id, 0) < last:
            raise WrongAnswerError(f"session {life.session_id} has events after {seen}, and nobody was told")

    def read_output(self, life: Life, output_id: str) -> None:
        digest = hashlib.sha256()
        offset: int | None = 0
        while offset is not None:
            page = self.client.ask_of(life, "output/read", outputId=output_id, offset=offset, limit=50_000)
            digest.update(base64.b64decode(page["data"]))
            offset = page["nextOffset"]
        if (digest.hexdigest(), page["size"]) != (output_id, life.outputs[output_id]):
            raise WrongAnswerError(f"the output {output_id} of session {life.session_id} is not what was written")

    def look_at_everything(self, life: Life) -> None:
        """At the end."""
        if life.is_deleted:
            self._require_gone(life)
            return
        self.refresh(life)
        self.read_tail(life)
        for output_id in life.outputs:
            self.read_output(life, output_id)

    def _require_gone(self, life: Life) -> None:
        try:
            self.client.ask("session/get", {"sessionId": life.session_id}, may=frozenset({"session_not_found"}))
        except RefusedError:
            return
        raise WrongAnswerError(f"session {life.session_id} was deleted and is there")
