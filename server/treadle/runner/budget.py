"""What a session's agents may cost: what is left of it, and the question whether it may cost as much again."""

from collections.abc import Callable
from functools import partial

from treadle.agents.claude_code_protocol import Message
from treadle.agents.lenient import amount, an_object, objects
from treadle.runner import figures
from treadle.runner.ask_book import AskBook, Closed, NewAsk
from treadle.runner.executors.ask import nobody_to_ask
from treadle.runner.patience import with_patience
from treadle.runner.work import Work
from treadle.runner.workbench import StoppedError, Workbench

CONTINUE, STOP = "continue", "stop"
PAGE = 500
LOOK_SECONDS = 0.1


class Budget:
    """Read from the record when the step begins; what the step costs itself is added as it becomes known."""

    def __init__(self, limit_usd: float, work: Work, bench: Workbench, book: AskBook) -> None:
        self._limit_usd = limit_usd
        self._work = work
        self._bench = bench
        self._book = book
        self._answer: str | None = None
        session = an_object(self._call("session/get", limit=1).get("session"))
        self._spent_usd = amount(session.get("costUsd")) or 0.0
        self._grants = self._granted()

    @property
    def left_usd(self) -> float:
        return self._limit_usd * (1 + self._grants) - self._spent_usd

    @property
    def sentence(self) -> str:
        limit = figures.cost(self._limit_usd * (1 + self._grants))
        return f"The session has cost {figures.cost(self._spent_usd)}; it may cost {limit}."

    def spend(self, cost_usd: float | None) -> None:
        self._spent_usd += cost_usd or 0.0

    def may_go_on(self, listen: Callable[[], None]) -> bool:
        """Asks a person, and waits; meanwhile it listens to what people do.

        :raises PersonNeededError: nobody is here; the ask waits for whoever comes
        :raises StoppedError: the run is to stop; so does the ask then
        """
        self._answer = None
        ask_id, _ = self._book.ask(self._wanted(), self._closed)
        if ask_id is not None and not self._book.can_be_asked:
            raise nobody_to_ask(self._book.question(ask_id), self._bench)
        while not self._is_decided:
            listen()
            self._book.tick()
            if self._bench.stop.wait(LOOK_SECONDS):
                raise StoppedError
        self._grants += self._answer == CONTINUE
        return self._answer == CONTINUE

    @property
    def _is_decided(self) -> bool:
        return self._answer is not None

    def _wanted(self) -> NewAsk:
        more = figures.cost(self._limit_usd)
        return NewAsk(
            kind="budget",
            question=f"{self.sentence} May it cost {more} more?",
            options=(
                {"name": CONTINUE, "title": f"Go on, for {more} more"},
                {"name": STOP, "title": "Stop", "description": "The step ends as failed."},
            ),
            asked_by=f"Treadle, in the step {self._work.step}",
            details={
                "limit_usd": self._limit_usd,
                "spent_usd": round(self._spent_usd, 6),
                "fingerprint": f"budget {self._grants}",
            },
        )

    def _closed(self, closed: Closed) -> list[Message]:
        self._answer = closed.answer or STOP
        return []

    def _granted(self) -> int:
        """How often somebody has said that it may cost as much again."""
        granted, cursor = 0, None
        while True:
            page = self._call("ask/list", status="answered", kind="budget", cursor=cursor, limit=PAGE)
            granted += sum(ask.get("answer") == CONTINUE for ask in objects(page.get("data")))
            cursor = page.get("nextCursor")
            if not cursor:
                return granted

    def _call(self, method: str, **params: object) -> dict[str, object]:
        ask = partial(self._bench.ask, method, {"sessionId": self._work.session_id, **params})
        return dict(with_patience(ask, gives_up=lambda: self._bench.stop.is_requested))
