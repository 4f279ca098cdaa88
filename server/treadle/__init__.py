"""Durable, step-by-step AI-assisted development sessions."""

__version__ = "0.1.0"
