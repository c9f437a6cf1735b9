"""Telling what was earned: a student's feedback, the report of the class, similar submissions."""
