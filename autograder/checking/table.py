"""A result as it is shown: plain text in a terminal, an HTML table in a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from autograder.checking.item import MARKS, RIGHT, WRONG, ItemResult

if TYPE_CHECKING:
    from autograder.checking.result import Result

WRONG_ENTRY = "x"
"""In a map of entries. A letter: signs from another font would not stand in columns."""

PRINTED_IN_TEXT, PRINTED_IN_HTML = 20, 40
"""Lines of what a student's code printed."""


def number(points: float) -> str:
    """Points without a needless ``.0``."""
    return f"{points:.4g}"


def told_once(items: Iterable[ItemResult]) -> list[ItemResult]:
    """The items as they are shown: what was explained above is not explained again.

    An error that stops a function takes all its outputs along, and so does a mistake in what
    several of them are computed from.
    """
    first: dict[str, str] = {}
    cases = set()
    shown = []
    for item in items:
        cause = item.mistake or item.cause or item.message
        if item.status != WRONG or not cause:
            shown.append(item)
        elif cause in first:
            shown.append(ItemResult(item.name, item.points, item.max_points, item.status,
                                    f"follows from {first[cause]}"))
        else:
            first[cause] = item.name
            shown.append(replace(item, inputs="") if item.case in cases else item)
            cases.add(item.case)
    return shown


def details(item: ItemResult) -> list[str]:
    """The lines of an item below the mistake's name: what, why, where, and what next."""
    lines = [item.message or item.status]
    if item.explanation:
        lines.append(item.explanation)
    if item.case and item.status == WRONG:
        lines.append(f"Case: {item.case}{': ' if item.inputs else ''}{item.inputs}.")
    if item.where:
        lines.append(item.where)
    return lines


# Text


def as_text(result: Result, bold: bool = False) -> str:
    """A result for a terminal.

    Parameters
    ----------
    result : Result
    bold : bool
        Whether the terminal can show a mistake's name in bold.
    """
    items = told_once(result.items)
    width = max((len(item.name) for item in items), default=0)
    lines = [result.summary, *filter(None, [result.first]), ""]
    for item in items:
        score = f"{number(item.points)}/{number(item.max_points)}"
        head, *rest = _text_lines(item, bold)
        lines.append(f"  {MARKS[item.status]} {item.name:<{width}}  {score:>5}  {head}".rstrip())
        lines += [f"{'':<6}{line}" for line in rest]
    lines += [f"  Note: {note}" for note in result.notes]
    lines += [f"  {line}" for line in result.help]
    if result.printed.strip():
        lines += ["", "  Your code printed:"]
        lines += [f"    {line}"
                  for line in result.printed.strip().splitlines()[:PRINTED_IN_TEXT]]
    return "\n".join(lines)


def _text_lines(item: ItemResult, bold: bool) -> list[str]:
    lines = details(item)
    if item.mistake:
        name = f"\x1b[1m{item.mistake}\x1b[0m" if bold else item.mistake
        lines.insert(0, f"Known mistake: {name}.")
    lines += [f"  {row}" for row in item.marks.splitlines()]
    if item.hint:
        lines.append(f"Hint: {item.hint}")
    return lines


# HTML

# In every cell: a program that does not trust a notebook shows it without `STYLE`.
LEFT = "style='text-align:left'"


def as_html(result: Result) -> str:
    """A result for a notebook; nothing that came from a student is markup in it."""
    items = told_once(result.items)
    # Only the columns in which something stands; at least one, for what is said in one line.
    compared = {title: texts for title, texts in (
        ("What came", [item.got for item in items]),
        ("What was expected", [item.expected for item in items])) if any(texts)}
    titles = ["What is checked", "Points", *(compared or [""])]
    head = "<th></th>" + "".join(f"<th {LEFT}>{title}</th>" for title in titles)
    compared = compared or {"": [""] * len(items)}
    rows = "".join(_html_row(item, texts) for item, *texts in zip(items, *compared.values()))
    first = f"<p class='bc-first'>{escape(result.first)}</p>" if result.first else ""
    notes = "".join(f"<p class='bc-note'>{escape(note)}</p>" for note in result.notes)
    notes += "".join(f"<p class='bc-help'>{escape(line)}</p>" for line in result.help)
    done = result.items and result.points == result.max_points
    return (
        f"<div class='bc-result tex2jax_ignore mathjax_ignore'>{STYLE}"
        f"<p class='bc-head {'bc-right' if done else ''}'>{escape(result.summary)}</p>{first}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        f"{notes}{_html_printed(result)}</div>"
    )


def _html_printed(result: Result) -> str:
    if not result.printed.strip():
        return ""
    text = "\n".join(result.printed.strip().splitlines()[:PRINTED_IN_HTML])
    return ("<details class='bc-printed'><summary>What your code printed</summary>"
            f"<pre>{escape(text)}</pre></details>")


def _html_row(item: ItemResult, texts: list[str]) -> str:
    """The row of an item; `texts` stand in the columns for what came and what was expected."""
    css = {RIGHT: "bc-right", WRONG: "bc-wrong"}.get(item.status, "bc-open")
    row = (f"<td class='{css}'>{MARKS[item.status]}</td>"
           f"<td {LEFT} class='bc-item'>{escape(item.name)}</td>"
           f"<td {LEFT} class='bc-points'>{number(item.points)} of {number(item.max_points)}</td>")
    says = details(item)
    if any(texts) or item.mistake or item.hint or item.marks or len(says) > 1:
        cells = "".join(f"<td {LEFT}>{escape(text)}</td>" for text in texts)
        return f"<tr>{row}{cells}</tr>{_html_why(item, len(texts))}"
    # One line of words stands beside the points.
    line = "" if item.status == RIGHT and not item.message else says[0]
    return f"<tr>{row}<td {LEFT} colspan='{len(texts)}'>{escape(line)}</td></tr>"


def _html_why(item: ItemResult, columns: int) -> str:
    """The row below an item: the mistake's name, and what there is to say."""
    why = "<br>".join(map(escape, details(item)))
    if item.inputs:
        why = why.replace(escape(item.inputs), f"<code>{escape(item.inputs)}</code>", 1)
    if item.mistake:
        why = (f"Known mistake: <strong class='bc-name'>{escape(item.mistake)}</strong>."
               f"<br>{why}")
    if item.marks:
        wrong = f"<span class='bc-wrong'>{WRONG_ENTRY}</span>"
        drawn = "".join(wrong if mark == WRONG_ENTRY else escape(mark) for mark in item.marks)
        why += f"<pre class='bc-map'>{drawn}</pre>"
    elif item.hint:
        why += "<br>"
    why += f"Hint: {escape(item.hint)}" if item.hint else ""
    return f"<tr class='bc-why'><td></td><td {LEFT} colspan='{2 + columns}'>{why}</td></tr>"


# Green and red are mixed with the colour of the text around: dark on a light page, light on a
# dark one, whatever the program that shows the notebook calls its themes.
STYLE = """<style>
.bc-result{color:inherit;max-width:60em}
.bc-result p{margin:.3em 0}
.bc-result .bc-head{font-weight:600}
.bc-result table{border-collapse:collapse;color:inherit;background:none;margin:.3em 0;
  font-size:inherit}
.bc-result th,.bc-result td{text-align:left!important;vertical-align:top;padding:.25em .8em .25em 0;
  color:inherit;background:none!important;border:none;max-width:none;white-space:normal}
.bc-result th{font-weight:600;border-bottom:1px solid rgba(128,128,128,.6)}
.bc-result tbody tr{background:none!important}
.bc-result .bc-why td{padding-top:0;padding-bottom:.6em;line-height:1.45;overflow-wrap:anywhere}
.bc-result .bc-points{white-space:nowrap}
@media (min-width:60em){.bc-result .bc-item{min-width:17em}}
.bc-result .bc-head,.bc-result .bc-first,.bc-result .bc-note,.bc-result .bc-help{
  overflow-wrap:anywhere}
.bc-result .bc-first,.bc-result .bc-name{font-weight:700}
.bc-result .bc-right{color:#2e9e4f;color:color-mix(in srgb,currentColor 35%,#2e9e4f)!important;
  font-weight:600}
.bc-result .bc-wrong{color:#d9534f;color:color-mix(in srgb,currentColor 25%,#e5423d)!important;
  font-weight:600}
.bc-result .bc-open{opacity:.75}
.bc-result .bc-note{opacity:.85}
.bc-result pre,.bc-result code{color:inherit;background:none!important;padding:0!important}
.bc-result .bc-map{margin:.3em 0;padding:0;line-height:1.2;overflow-x:auto}
</style>"""
