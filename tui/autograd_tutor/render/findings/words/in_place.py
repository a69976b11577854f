"""Tensors that were changed after a node had kept them, and memory that is shared."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "in-place": Words(
        what="`{node}` (line {made}) needs `{name}` as it was, at version {was}; now it is at "
        "version {now}.",
        why="Line {by} changed it in place: `{text}`.",
        mend="Make a new tensor in line {by}, or change a `clone()`, or change it before line "
        "{made}.",
    ),
    "in-place/flag": Words(
        what="`{node}` (line {made}) needs `{name}` as it was, at version {was}; now it is at "
        "version {now}.",
        why="Line {by}, `{text}`, changed it in place: `{call}` in line {where} works so.",
        mend="Take `inplace=True` in line {where} away.",
    ),
    "in-place/flags": Words(
        what="`{node}` (line {made}) needs `{name}` as it was, at version {was}; now it is at "
        "version {now}.",
        why="Line {by}, `{text}`, changed it in place: what it calls was made with `inplace=True`.",
        mend="Take `inplace=True` away: it stands in lines {where}.",
    ),
    "in-place/once": Words(
        what="`{node}` (line {made}) needs `{name}` as it was, at version {was}; now it is at "
        "version {now}.",
        why="Line {by} itself has changed it again: `{text}`.",
        mend="Make new tensors in line {by}; parts of one can be put into a list, then "
        "`torch.stack`.",
    ),
    "step-between": Words(
        what="`{node}` (line {made}) kept `{name}` at version {was}; now it is at version {now}.",
        why="Line {by} changed it before the pass in line {line} came: `{text}`.",
        mend="Make all passes first, then the steps; or compute the second loss after the first "
        "step.",
    ),
    "data-edit": Words(
        what="`{node}` (line {made}) ran with other numbers of `{name}` than it had kept.",
        why="Line {by} changed them past the version counter, so no error came: `{text}`.",
        mend="Change it inside `torch.no_grad()`, where the counter counts, and after the pass.",
    ),
    "data-edit/result": Words(
        what="`{node}` (line {made}) ran with other numbers of `{name}` than it had kept.",
        why="Line {by} changed them past the version counter, so no error came: `{text}`.",
        mend="Make a new tensor in line {by} instead, by functions of torch: then its graph is "
        "right.",
    ),
    "alias": Words(
        what="`{name}` has changed with `{other}`: where line {line} uses both, they hold the same "
        "numbers.",
        why="Line {made}, `{text}`, made a second name for the same memory, and line {by} changed "
        "what is in it.",
        mend="Copy what is to be kept: add `.clone()` in line {made}.",
        meant="A second name is no mistake where it is meant to follow.",
    ),
    "alias/list": Words(
        what="All tensors in `{name}` have the same numbers: the last ones.",
        why="Line {made}, `{text}`, puts the same memory into it each time, and line {by} changed "
        "what is in it.",
        mend="Copy what is to be kept: add `.clone()` in line {made}.",
        meant="A second name is no mistake where it is meant to follow.",
    ),
    "alias/restored": Words(
        what="Line {line} fills `{other}` with what it has already: `{name}` lies in its memory.",
        why="Line {made}, `{text}`, took no copy, and line {by} changed what is in it.",
        mend="Copy what is to be kept: `.detach().clone()`.",
    ),
    "alias/state": Words(
        what="Line {line} gives `{other}` what it has already: `{name}` lies in its memory.",
        why="Line {made}, `{text}`, took no copy, and line {by} changed what is in it.",
        mend="Copy what is to be kept: `copy.deepcopy(…)` in line {made}, or `.clone()` of each "
        "tensor.",
        meant="A second name is no mistake where it is meant to follow.",
    ),
}
