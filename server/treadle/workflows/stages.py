"""The stages of work, by which a project says where its rules and its gate hold."""

from typing import Literal, get_args

Stage = Literal["design", "tests", "code", "integration", "task"]
STAGES: tuple[Stage, ...] = get_args(Stage)
