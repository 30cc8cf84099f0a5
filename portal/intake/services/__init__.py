"""Deeds on uploaded files: receive, read, decide, confirm, write, cancel, undo."""

from portal.intake.services.deciding import cancel_batch, confirm_batch, rule_on_rows, writable
from portal.intake.services.reading import convert_fonts, read_again, read_batch
from portal.intake.services.receiving import MEGABYTES_AT_MOST, Sent, receive_file
from portal.intake.services.states import handler_of
from portal.intake.services.undoing import ask_to_undo, require_undoable, undo_batch
from portal.intake.services.writing import write_batch

__all__ = [
    "MEGABYTES_AT_MOST",
    "Sent",
    "ask_to_undo",
    "cancel_batch",
    "confirm_batch",
    "convert_fonts",
    "handler_of",
    "read_again",
    "read_batch",
    "receive_file",
    "require_undoable",
    "rule_on_rows",
    "undo_batch",
    "writable",
    "write_batch",
]
