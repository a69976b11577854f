"""What the style names look like: the project's own themes, dark, light and for 16 colours."""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

DARK = "tutor-dark"
LIGHT = "tutor-light"
ANSI = "tutor-ansi"

_DARK = {
    "leaf": "#79c0ff",
    "operation": "#d2a8ff",
    "grad": "#e3b341",
    "done": "#7ee787",
    "failure": "#ff7b72",
    "quiet": "#9aa4b0",
    "line": "#4d5663",
    "line-focus": "#79c0ff",
    "keyword": "#ff9bce",
    "string": "#a5d6ff",
    "number": "#79c0ff",
    "bar-text": "#e6edf3",
    "bar-back": "#262d37",
}

_LIGHT = {
    "leaf": "#0550ae",
    "operation": "#6639ba",
    "grad": "#7d4e00",
    "done": "#116329",
    "failure": "#b31d28",
    "quiet": "#57606a",
    "line": "#afb8c1",
    "line-focus": "#0550ae",
    "keyword": "#99286e",
    "string": "#0a3069",
    "number": "#0550ae",
    "bar-text": "#1f2328",
    "bar-back": "#e4e8ec",
}

_ANSI = {
    "leaf": "ansi_bright_blue",
    "operation": "ansi_magenta",
    "grad": "ansi_yellow",
    "done": "ansi_green",
    "failure": "ansi_red",
    "quiet": "ansi_default",
    "line": "ansi_bright_black",
    "line-focus": "ansi_bright_blue",
    "keyword": "ansi_magenta",
    "string": "ansi_cyan",
    "number": "ansi_bright_blue",
    "bar-text": "ansi_default",
    "bar-back": "ansi_default",
}

DEFAULTS = _DARK
"""Colours of the style names under a theme that does not define them."""

THEMES = (
    Theme(
        name=DARK,
        dark=True,
        primary="#79c0ff",
        secondary="#d2a8ff",
        accent="#e3b341",
        success="#7ee787",
        warning="#e3b341",
        error="#ff7b72",
        foreground="#e6edf3",
        background="#0f141a",
        surface="#161b22",
        panel="#21262d",
        variables=_DARK,
    ),
    Theme(
        name=LIGHT,
        dark=False,
        primary="#0550ae",
        secondary="#6639ba",
        accent="#7d4e00",
        success="#116329",
        warning="#7d4e00",
        error="#b31d28",
        foreground="#1f2328",
        background="#fcfcfb",
        surface="#f3f4f6",
        panel="#e4e8ec",
        variables=_LIGHT,
    ),
    Theme(
        name=ANSI,
        ansi=True,
        primary="ansi_bright_blue",
        secondary="ansi_magenta",
        accent="ansi_yellow",
        success="ansi_green",
        warning="ansi_yellow",
        error="ansi_red",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables=BUILTIN_THEMES["ansi-dark"].variables | _ANSI,
    ),
)
