"""Handing scores on: CSV, the gradebooks of Canvas and Moodle, Gradescope."""
