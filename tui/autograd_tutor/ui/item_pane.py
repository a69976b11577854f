"""Panes in which each row stands for a tensor, or for another thing that has a name."""

from __future__ import annotations

from autograd_tutor.ui.choice_pane import ChoicePane


class ItemPane(ChoicePane):
    """The rows that can be chosen are those with a key; the rows below belong to it."""

    def __init__(self, title: str, number: int, *, id: str) -> None:
        super().__init__(title, number, id=id)
        self._chosen_key: str | None = None

    @property
    def chosen_key(self) -> str | None:
        """What the chosen row stands for."""
        self._catch_up()
        keys = self._listing.keys
        return keys[self._chosen] if self._chosen < len(keys) else None

    @property
    def chosen_name(self) -> str | None:
        """The name of the tensor or other value in the chosen row, if it is one."""
        return self.chosen_key

    def choose_key(self, key: str) -> bool:
        """Choose the row of this key, if there is one; whether there is."""
        self._catch_up()
        if key not in self._listing.keys:
            return False
        self._choose(self._listing.keys.index(key))
        return True

    @property
    def _can_choose(self) -> bool:
        return any(self._listing.keys)

    def _row_towards(self, row: int, by: int) -> int | None:
        """The nearest row with a key, from there on in the direction of the move."""
        keys = self._listing.keys
        step = 1 if by > 0 else -1
        begin = max(0, min(row, len(keys) - 1))
        beyond = range(begin, len(keys) if step > 0 else -1, step)
        back = range(begin, self._chosen, -step)
        return next((at for at in (*beyond, *back) if keys[at] is not None), None)

    def _last_row_of(self, row: int) -> int:
        keys = self._listing.keys
        following = range(row + 1, len(keys))
        return next((at for at in following if keys[at] is not None), len(keys)) - 1

    def _choose(self, row: int) -> bool:
        keys = self._listing.keys
        while row and keys[row] is None:  # a row below that which it belongs to
            row -= 1
        self._chosen_key = keys[row]
        return super()._choose(row)

    def _keep_choice(self) -> None:
        """Choose what was chosen before; without the focus, what the moment is about."""
        keys, about = self._listing.keys, self._listing.scroll_to
        kept = self._chosen_key if self.has_focus and self._chosen_key in keys else None
        if kept is not None:
            self._chosen = keys.index(kept)
            return
        found = [*reversed(about), *range(len(keys))]
        chosen = (row for row in found if row < len(keys) and keys[row] is not None)
        self._chosen = next(chosen, 0)
        self._chosen_key = keys[self._chosen] if keys else None
