from treadle.rpc.project_watchers import ProjectWatchers


def test_who_watches_is_told_until_it_does_not_any_more() -> None:
    watchers = ProjectWatchers()
    told: list[str | None] = []
    unwatch = watchers.watch(told.append)
    also = watchers.watch(told.append)
    watchers.tell("/a")
    unwatch()
    unwatch()
    watchers.tell("/b")
    also()
    watchers.tell("/c")
    assert told == ["/a", "/a", "/b"]
