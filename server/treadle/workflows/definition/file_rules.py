"""What a workflow file is, before anything in it is read: for command lines, too, so that nothing is imported here."""

SUFFIXES = (".yaml", ".yml")
MAX_BYTES = 256 * 1024
NAME = r"^[a-z][a-z0-9_-]{0,63}$"
"""Of a workflow."""
