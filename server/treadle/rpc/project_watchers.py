from collections.abc import Callable

Watcher = Callable[[str | None], None]


class ProjectWatchers:
    """Who wants to know that a project was opened or deleted: its components and its workflows may be others now."""

    def __init__(self) -> None:
        self._watchers: dict[object, Watcher] = {}

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """It is called on the loop, with the root if there is one that was opened; the answer ends that."""
        key = object()
        self._watchers[key] = watcher

        def unwatch() -> None:
            self._watchers.pop(key, None)

        return unwatch

    def tell(self, root: str | None) -> None:
        for watcher in tuple(self._watchers.values()):
            watcher(root)
