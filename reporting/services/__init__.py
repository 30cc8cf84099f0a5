"""Writes of reports: begin, compute, type, send, return, approve, correct, sum up."""

from reporting.services.running import begin_report, compute_again, type_figures
from reporting.services.sending import (
    approve_report,
    correct_report,
    return_report,
    send_on_paper,
    submit_report,
    write_note,
)
from reporting.services.summing import close_summary, sum_up

__all__ = [
    "approve_report",
    "begin_report",
    "close_summary",
    "compute_again",
    "correct_report",
    "return_report",
    "send_on_paper",
    "submit_report",
    "sum_up",
    "type_figures",
    "write_note",
]
