"""Printed values beside ours: results, verdicts, provenance, and the page that a notebook makes of them."""

from recryst.report.notebook import Report

__all__ = ["Report"]
