from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The client through which a person asks for something. Who the person is, the scope says."""

    client_id: str
    client_name: str | None = None
