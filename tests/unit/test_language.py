"""Which languages are looked for, and which one a file's name has."""

from __future__ import annotations

import pytest

from autograd_tutor import language
from autograd_tutor.opening import WrongUse, choose_language


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, ()),
        ({"LANG": "C.UTF-8"}, ()),
        ({"LANG": "POSIX"}, ()),
        ({"LANG": "en_GB.UTF-8"}, ()),
        ({"LANG": "de_DE.UTF-8"}, ("de_DE", "de")),
        ({"LANG": "de_AT.UTF-8@euro"}, ("de_AT", "de")),
        ({"LANG": "de"}, ("de",)),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "de_DE.UTF-8"}, ("de_DE", "de")),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, ()),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": ""}, ("de_DE", "de")),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "fr_FR.UTF-8"}, ("fr_FR", "fr")),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, ()),
        ({"LANG": "de_DE.UTF-8", "LC_CTYPE": "fr_FR.UTF-8"}, ("de_DE", "de")),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "fr:de_AT:de"}, ("fr", "de_AT", "de")),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "en:de"}, ()),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "fr:en_US:de"}, ("fr",)),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": ""}, ("de_DE", "de")),
        ({"LANG": "C", "LANGUAGE": "de"}, ()),
        ({"LANGUAGE": "de"}, ()),
        ({"LANG": "../../etc/passwd"}, ()),
        ({"LANG": "zh-hans"}, ("zh_Hans", "zh")),
        ({"LANG": "tlh"}, ("tlh",)),
        ({"LANG": "x"}, ()),
    ],
)
def test_the_languages_of_a_locale(variables: dict[str, str], expected: tuple[str, ...]) -> None:
    assert language.of_environment(variables) == expected


def test_a_list_of_languages_is_bounded() -> None:
    many = ":".join(f"{one}{other}" for one in "abcfg" for other in "klmno")
    assert len(language.codes_of(many)) == language.MOST_CODES


@pytest.mark.parametrize(
    ("name", "code", "original"),
    [
        ("01-parameters.de.yaml", "de", "01-parameters.yaml"),
        ("01-parameters.de_AT.yaml", "de_AT", "01-parameters.yaml"),
        ("a.b.de.yaml", "de", "a.b.yaml"),
        ("folder/a.de.yaml", "de", "folder/a.yaml"),
        ("01-parameters.yaml", "", "01-parameters.yaml"),
        ("01-parameters.en.yaml", "", "01-parameters.en.yaml"),
        ("a.DE.yaml", "", "a.DE.yaml"),
        ("a.v2.yaml", "", "a.v2.yaml"),
        ("a.german.yaml", "", "a.german.yaml"),
        (".de.yaml", "", ".de.yaml"),
        ("a.de.py", "", "a.de.py"),
        ("a.de", "", "a.de"),
    ],
)
def test_the_language_in_a_name(name: str, code: str, original: str) -> None:
    assert language.code_in(name) == code
    assert language.original_name(name) == original
    if code:
        assert language.translated_name(original, code) == name


GERMAN = {"LANG": "de_DE.UTF-8"}


@pytest.mark.parametrize(
    ("arguments", "rest", "expected"),
    [
        ([], [], ("de_DE", "de")),
        (["list", "--language", "fr"], ["list"], ("fr",)),
        (["--language=de_AT.UTF-8", "x"], ["x"], ("de_AT", "de")),
        (["--language", "en", "x"], ["x"], ()),
        (["--language", "C"], [], ()),
        (["--language", "fr:de"], [], ("fr", "de")),
        (["--language", "fr", "--language", "nl"], [], ("nl",)),
        (["x.py", "--", "--language", "fr"], ["x.py", "--", "--language", "fr"], ("de_DE", "de")),
    ],
)
def test_the_option_goes_before_the_locale(
    arguments: list[str], rest: list[str], expected: tuple[str, ...]
) -> None:
    assert choose_language(arguments, GERMAN) == rest
    assert language.chosen() == expected


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--language"], "--language needs a language's code, as de"),
        (["--language="], "--language needs a language's code, as de"),
        (
            ["list", "--language", "--json"],
            "--language needs a language's code, as de, not '--json'",
        ),
        (["--language", "Deutsch"], "--language needs a language's code, as de, not 'Deutsch'"),
        (["--language", "../x"], "--language needs a language's code, as de, not '../x'"),
    ],
)
def test_what_is_no_language(arguments: list[str], reason: str) -> None:
    with pytest.raises(WrongUse) as raised:
        choose_language(arguments, {})
    assert str(raised.value) == reason
