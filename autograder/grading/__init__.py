"""Grading a class: a chapter's submissions are played in jails, and what they earned is kept.

A part stands on those before it: `jail` runs strangers' code, `submissions` reads what was handed
in, `classes` knows a class and its gradebook. The modules here grade a chapter with them.
`collecting` comes before that; `reporting` and `exporting` tell and hand on what was earned.
"""
