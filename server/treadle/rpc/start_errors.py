class DaemonStartError(Exception):
    """The daemon cannot serve; one sentence for its user and a stable code for programs."""

    def __init__(self, message: str, code: str = "daemon_start_failed") -> None:
        self.message = message
        self.code = code
        super().__init__(message)
