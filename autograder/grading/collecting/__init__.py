"""Getting submissions out of nbgrader's exchange, or of what a platform let one download."""
