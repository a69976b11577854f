"""A line of text that is being typed, in the place of the keys, with what was typed before."""

from __future__ import annotations

from collections.abc import Sequence


class Prompt:
    """The text and the cursor in it; `earlier` is what the keys for up and down bring back."""

    def __init__(self, earlier: Sequence[str]) -> None:
        self._lines = [*earlier, ""]
        self._at = len(earlier)
        self.cursor = 0

    @property
    def text(self) -> str:
        """What stands there."""
        return self._lines[self._at]

    def insert(self, text: str) -> None:
        """Type or paste a text; of several lines the first one."""
        line = "".join(filter(str.isprintable, (text.splitlines() or [""])[0]))
        self._set(self.text[: self.cursor] + line + self.text[self.cursor :])
        self.cursor += len(line)

    def press(self, key: str) -> None:
        """Press a key that is no character of the text."""
        before, behind = self.text[: self.cursor], self.text[self.cursor :]
        match key:
            case "left" | "right":
                self._move(self.cursor + (1 if key == "right" else -1))
            case "home" | "ctrl+a":
                self._move(0)
            case "end" | "ctrl+e":
                self._move(len(self.text))
            case "backspace" | "ctrl+h":
                self._keep(before[:-1], behind)
            case "delete" | "ctrl+d":
                self._keep(before, behind[1:])
            case "ctrl+u":
                self._keep("", behind)
            case "ctrl+w":
                self._keep(before.rstrip().rpartition(" ")[0], behind)
            case "up" | "down":
                self._at = max(
                    0, min(self._at + (1 if key == "down" else -1), len(self._lines) - 1)
                )
                self._move(len(self.text))

    def _keep(self, before: str, behind: str) -> None:
        self._set(before + behind)
        self.cursor = len(before)

    def _set(self, text: str) -> None:
        """Change what stands there; what was typed before stays as it was."""
        self._lines[-1] = text
        self._at = len(self._lines) - 1

    def _move(self, cursor: int) -> None:
        self.cursor = max(0, min(cursor, len(self.text)))
