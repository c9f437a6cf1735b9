"""What pages may do that hold text of students'."""

NOTHING_RUNS = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)
"""The policy of a page in which nothing runs and which loads nothing."""
