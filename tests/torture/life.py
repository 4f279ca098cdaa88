"""A whole life of a session, from its creation to its end, with everything a client may do in between."""

import base64
import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.torture import payloads
from tests.torture.client import Client, RefusedError, WrongAnswerError
from tests.torture.ledger import Batch, Json, Life, Unanswered
from tests.torture.looking import Looker

ENDED = frozenset({"complete", "failed", "cancelled"})
MAX_STEPS = 14


class Liver:
    """One client's lives, one after the other."""

    def __init__(self, client: Client, component: Json, others: Callable[[], Life | None]) -> None:
        self.client = client
        self.looker = Looker(client)
        self.chance = client.random
        self.component = component
        self.others = others
        self.number = 0

    def live(self) -> None:
        life = self._create(None)
        if self.chance.random() < 0.2:
            child = self._create(life)
            self._send_events(child, None)
            life.children.append(child)
        for _ in range(self.chance.randint(2, MAX_STEPS)):
            if not life.is_over:
                self._take_step(life)
            self._look_on()
            self._look_back(life)
            if life.is_over and not self._goes_on(life):
                break
            self._interfere(life)
        self.looker.read_tail(life)
        if self.chance.random() < 0.6:
            self._delete(life)

    # beginning and end

    def _create(self, parent: Life | None) -> Life:
        self.number += 1
        title = f"{self.client.name} {self.number}"
        params = {
            "type": self.chance.choice(payloads.TYPES),
            "componentId": self.component["id"],
            "projectId": self.component["projectId"],
            "executionMode": self.chance.choice(("manual", "agentic")),
            "parentSessionId": None if parent is None else parent.session_id,
            "title": title,
        }
        head = self.client.ask("session/create", params)["session"]
        life = Life(session_id=head["id"], client_id=self.client.ledger.client_id, head=head)
        if parent is None:
            self.client.ledger.lives.append(life)
        return life

    def _delete(self, life: Life) -> None:
        for child in life.children:
            # It goes with its parent, whether that is answered or not.
            child.unanswered = Unanswered("session/delete", {"sessionId": life.session_id})
        with suppress(RefusedError):  # when it was deleted the first time
            self.client.ask_of(life, "session/delete")
        life.is_deleted = True
        for child in life.children:
            child.is_deleted, child.unanswered = True, None
        self.client.deleted.set()

    def _goes_on(self, life: Life) -> bool:
        """Perhaps a session that has ended is opened again."""
        if self.chance.random() < 0.5:
            return False
        self._change(life, "session/reopen", reason="torture")
        return True

    # a step

    def _take_step(self, life: Life) -> None:
        interaction = self._next(life)
        if interaction is None:
            return
        way = self.chance.random()
        if way < 0.12:
            life.pending_result = None
        if way < 0.06:
            self._change(life, "interaction/skip", interaction, reason="torture")
        elif way < 0.12:
            self._change(life, "interaction/markDone", interaction, note="by hand")
        else:
            self._execute(life, interaction)

    def _next(self, life: Life) -> Json | None:
        try:
            answer = self.client.ask_of(life, "session/nextCommand", may=ENDED)
        except RefusedError:
            self.looker.refresh(life)
            if not life.is_over:
                raise WrongAnswerError(f"session {life.session_id} is refused as ended and is {life.status}") from None
            return None
        interaction: Json = answer["interaction"]
        self._note(life, interaction)
        return interaction

    def _execute(self, life: Life, interaction: Json) -> None:
        if self.chance.random() < 0.2:
            self.client.ask_of(life, "interaction/edit", interaction, metadata={"env": {"A": payloads.new_id()}})
        life.claim = self.client.ask_of(life, "interaction/claim", interaction)["interaction"]
        for _ in range(self.chance.randint(1, 5)):
            self._send_events(life, interaction)
            if self.chance.random() < 0.3:
                life.claim = self.client.ask_of(life, "interaction/heartbeat", interaction)["interaction"]
        if self.chance.random() < 0.4:
            self._report_progress(life, interaction)
        if self.chance.random() < 0.3:
            self._upload(life)
        if self.chance.random() < 0.1:
            life.claim = None
            self._change(life, "interaction/release", interaction)
            return
        result = payloads.result(self.chance)
        answer = self.client.ask_of(life, "session/handleResult", interaction, result=result)
        life.claim, life.pending_result = None, None
        life.results[interaction["id"]] = result["id"]
        self._note(life, answer["interaction"])

    def _send_events(self, life: Life, interaction: Json | None) -> None:
        events = payloads.events(self.chance, None if interaction is None else interaction["id"])
        answer = self.client.ask_of(life, "session/handleEvents", events=events)
        life.batches.append(Batch(tuple(event["uid"] for event in events), answer["lastId"]))

    def _report_progress(self, life: Life, interaction: Json) -> None:
        result = payloads.result(self.chance, "pending")
        self.client.ask_of(life, "session/handleResult", interaction, result=result)
        life.pending_result = (interaction["id"], result["id"])
        if self.chance.random() < 0.5:
            # On a busy machine the claim has run out meanwhile.
            life.claim = self.client.ask_of(life, "interaction/heartbeat", interaction)["interaction"]
            self.client.ask_of(life, "result/update", interaction, stdout="half way")

    def _upload(self, life: Life) -> None:
        pieces, offset, upload = payloads.pieces(self.chance), 0, payloads.new_id()
        whole = b"".join(pieces)
        for number, piece in enumerate(pieces, start=1):
            data = base64.b64encode(piece).decode()
            last = number == len(pieces)
            answer = self.client.ask_of(life, "output/write", uploadId=upload, offset=offset, data=data, last=last)
            offset += len(piece)
        if answer["outputId"] != hashlib.sha256(whole).hexdigest():
            raise WrongAnswerError(f"an output of session {life.session_id} has the hash {answer['outputId']}")
        life.outputs[answer["outputId"]] = len(whole)

    # a person

    def _interfere(self, life: Life) -> None:
        match self.chance.randrange(12):
            case 0:
                self.client.ask_of(life, "session/pause", reason="torture")
                self._send_events(life, None)
                self.client.ask_of(life, "session/resume")
            case 1:
                self._set_mode(life)
            case 2:
                self.client.ask_of(life, "session/update", title=f"{life.head['title']}+")
            case 3 if life.results:
                self._rerun(life)
            case 4:
                for child in life.children:
                    child.is_head_known = False
                self._change(life, "session/cancel", reason="torture")

    def _set_mode(self, life: Life) -> None:
        mode = "agentic" if life.head["executionMode"] == "manual" else "manual"
        try:
            self.client.ask_of(life, "session/setMode", executionMode=mode, may=ENDED)
        except RefusedError:
            self.looker.refresh(life)

    def _rerun(self, life: Life) -> None:
        original = {"id": self.chance.choice(sorted(life.results))}
        try:
            self.client.ask_of(life, "interaction/rerun", original, may=frozenset({"step_limit"}))
        except RefusedError:
            self.looker.refresh(life)

    def _change(self, life: Life, method: str, interaction: Json | None = None, **members: Any) -> None:
        """One that can be refused because it was carried out the first time."""
        try:
            self.client.ask_of(life, method, interaction, **members)
        except RefusedError:
            self.looker.refresh(life)

    # looking

    def _look_on(self) -> None:
        """Try to take a step of another client; whoever gets it lets it go at once."""
        other = self.others() if self.chance.random() < 0.15 else None
        pending = None if other is None else other.head["pendingInteraction"]
        if other is None or pending is None:
            return
        params = {"sessionId": other.session_id, "interactionId": pending["id"]}
        gone = ENDED | {"claimed", "paused", "interaction_completed", "session_not_found"}
        try:
            self.client.ask("interaction/claim", params, may=gone, patient=False)
            self.client.ask("interaction/release", params, may=gone | {"not_claimed"}, patient=False)
        except RefusedError:
            return

    def _look_back(self, life: Life) -> None:
        """After a kill everything that was acknowledged is there over the wire too; now and then in between."""
        if self.chance.random() < 0.1:
            self.looker.refresh(life)
        if self.chance.random() < 0.3:
            self.looker.read_tail(life)
        if life.batches and self.chance.random() < 0.1:
            self.looker.ask_what_was_missed(life)
        if life.outputs and self.chance.random() < 0.1:
            self.looker.read_output(life, self.chance.choice(sorted(life.outputs)))

    # keeping

    def _note(self, life: Life, interaction: Json) -> None:
        known = life.interactions.setdefault(interaction["id"], interaction["position"])
        if known != interaction["position"]:
            raise WrongAnswerError(f"interaction {interaction['id']} has another position than before")
