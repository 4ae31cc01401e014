from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.common_settings import CommonSettings
from harness.errors import SettingError, UnknownNameError
from harness.settings import (
    NoSettings,
    Spec,
    make_settings,
    recorded_settings,
    setting,
    setting_fields,
)
from harness.written_values import parse_assignments


@dataclass(frozen=True)
class Knobs:
    layers: str = setting("last", help="which layers", source="a paper")
    rate: float = setting(1e-4, help="learning rate")
    steps: int | None = setting(None, help="steps, none for all")
    sizes: tuple[int, ...] = setting((1, 2), help="sizes")
    fast: bool = setting(default=False, help="be quick")
    mode: Literal["a", "b"] = setting("a", help="mode")

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ValueError(f"rate must be positive, got {self.rate}")


@dataclass(frozen=True)
class Wording:
    prompt: str | None = setting(None, help="put before each sentence; none for none")
    layers: str = setting("last", help="which layers")


@dataclass(frozen=True)
class Verbatim:
    prompt: str | None = setting(None, help="put before each sentence", verbatim=True)
    layers: tuple[str, ...] = setting((), help="which layers")
    mode: Literal["a", "b"] = setting("a", help="mode")


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("x:prompt=query: ", "query: "),
        ("x: mode = b ,prompt= query: ,layers= 1, 6 ", " query: "),
        ('x:prompt= "query:  " ', "query:  "),
        ("x:prompt=", ""),
        ('x:prompt=""', ""),
        ("x:prompt=none", None),
        ('x:prompt="none"', "none"),
        ("x:prompt=None ", "None "),
    ],
)
def test_spaces_belong_to_a_setting_that_is_taken_verbatim_and_to_no_other(
    text: str, prompt: str | None
) -> None:
    spec = Spec.parse(text)
    made = make_settings(Verbatim, spec.settings, "encoder 'x'")

    assert made.prompt == prompt
    assert (made.layers, made.mode) in {((), "a"), (("1", "6"), "b")}
    for again in (str(spec), str(Spec.from_settings("x", made))):
        assert make_settings(Verbatim, Spec.parse(again).settings, "encoder 'x'") == made


@pytest.mark.parametrize(
    ("text", "prompt", "layers"),
    [
        ('x:prompt="query: ",layers=1,6', "query: ", "1,6"),
        ('x:layers=1,6,prompt="say, layers=2: "', "say, layers=2: ", "1,6"),
        ('x:prompt="he said ""no"", a=b"', 'he said "no", a=b', "last"),
        ('x:prompt=""', "", "last"),
        ("x:prompt=", None, "last"),
        ('x:prompt="none"', "none", "last"),
        ("x:prompt=none", None, "last"),
        ('x:prompt=a "b" c', 'a "b" c', "last"),
        ('x:prompt="a" and "b"', '"a" and "b"', "last"),
    ],
)
def test_a_value_in_quotes_is_that_very_text(text: str, prompt: str | None, layers: str) -> None:
    made = make_settings(Wording, Spec.parse(text).settings, "encoder 'x'")

    assert made == Wording(prompt, layers)
    again = str(Spec.from_settings("x", made))
    assert make_settings(Wording, Spec.parse(again).settings, "encoder 'x'") == made


@given(st.one_of(st.none(), st.text(max_size=12)), st.text('a1=, "', max_size=8))
def test_any_text_comes_back_from_the_spec_that_is_made_of_it(
    prompt: str | None, layers: str
) -> None:
    made = Wording(prompt, layers)

    again = Spec.parse(str(Spec.from_settings("x", made)))

    assert make_settings(Wording, again.settings, "encoder 'x'") == made


def test_text_is_read_as_each_field_s_type() -> None:
    texts = {"rate": "3e-5", "steps": "10", "sizes": "4, 5", "fast": "true", "mode": "b"}

    made = make_settings(Knobs, texts, "encoder 'x'")

    assert made == Knobs("last", 3e-5, 10, (4, 5), fast=True, mode="b")


def test_none_is_read_where_the_field_allows_it() -> None:
    assert make_settings(Knobs, {"steps": "none"}, "encoder 'x'").steps is None


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("rate", "quick", "rate of encoder 'x' must be number, got 'quick'"),
        ("steps", "1.5", "steps of encoder 'x' must be integer or none, got '1.5'"),
        ("sizes", "1,b", "sizes of encoder 'x' must be integer,..., got '1,b'"),
        ("fast", "perhaps", "fast of encoder 'x' must be true|false, got 'perhaps'"),
        ("mode", "c", "mode of encoder 'x' must be a|b, got 'c'"),
        ("rate", "-1", "encoder 'x': rate must be positive, got -1.0"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingError) as caught:
        make_settings(Knobs, {name: value}, "encoder 'x'")

    assert str(caught.value) == message


def test_an_unknown_setting_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        make_settings(Knobs, {"layer": "2"}, "encoder 'x'")

    assert str(caught.value).startswith(
        "unknown setting 'layer' of encoder 'x'. Did you mean 'layers'? Known: fast, layers,"
    )


def test_a_plug_in_without_settings_takes_none() -> None:
    with pytest.raises(UnknownNameError, match=r"Known: none\."):
        make_settings(NoSettings, {"layers": "1"}, "encoder 'x'")


@pytest.mark.parametrize("text", ["layers", "=2", " =2", ""])
def test_an_assignment_needs_a_name_and_an_equals_sign(text: str) -> None:
    with pytest.raises(SettingError, match=r"a setting must be name=value, got"):
        parse_assignments([text])


def test_an_assignment_may_repeat_its_value_and_hyphens_are_underscores() -> None:
    assert parse_assignments(["a-b=2=3", "a_b= 2=3 "]) == {"a_b": "2=3"}


@pytest.mark.parametrize(
    "parse", [parse_assignments, lambda texts: Spec.parse(f"x:{','.join(texts)}")]
)
def test_a_setting_of_two_values_is_refused(parse: Callable[[list[str]], object]) -> None:
    with pytest.raises(SettingError, match="setting a_b must be given one value, got '1' and '2'"):
        parse(["a_b=1", "a_b=2"])


@pytest.mark.parametrize(
    ("spec", "name", "values"),
    [
        ("mean", "mean", {}),
        ("mean:layers=last2", "mean", {"layers": "last2"}),
        ("mean:layers=1,6,top_k=5", "mean", {"layers": "1,6", "top_k": "5"}),
        (" mean : layers = -1 ", "mean", {"layers": "-1"}),
    ],
)
def test_a_spec_splits_into_name_and_settings(
    spec: str, name: str, values: dict[str, str]
) -> None:
    assert Spec.parse(spec) == Spec(name, values)


def test_a_colon_without_settings_is_refused() -> None:
    with pytest.raises(SettingError):
        Spec.parse("mean:")


@given(
    st.builds(
        Knobs,
        layers=st.sampled_from(["last", "first-last", "1,6", "-2"]),
        rate=st.floats(1e-9, 1e9),
        steps=st.none() | st.integers(),
        sizes=st.lists(st.integers(), min_size=1).map(tuple),
        fast=st.booleans(),
        mode=st.sampled_from(["a", "b"]),
    )
)
def test_a_spec_makes_the_same_settings_again(knobs: Knobs) -> None:
    spec = Spec.parse(str(Spec.from_settings("x", knobs)))

    assert spec.name == "x"
    assert make_settings(Knobs, spec.settings, "encoder 'x'") == knobs


def test_a_spec_names_only_what_differs_from_the_defaults() -> None:
    assert str(Spec.from_settings("x", Knobs())) == "x"
    spec = Spec.from_settings("x", Knobs(layers="1,6", fast=True))
    assert str(spec) == "x:layers=1,6,fast=true"


def test_fields_tell_type_default_help_and_source() -> None:
    fields = {field.name: field for field in setting_fields(Knobs)}

    assert [fields[name].type for name in ("layers", "rate", "steps", "sizes", "fast")] == [
        "text",
        "number",
        "integer or none",
        "integer,...",
        "true|false",
    ]
    assert (fields["layers"].default, fields["layers"].help) == ("last", "which layers")
    assert fields["layers"].source == "a paper"


def test_where_a_file_lies_is_not_among_the_recorded_settings() -> None:
    @dataclass(frozen=True)
    class Reading:
        file: str = setting("", help="the file", recorded=False)
        columns: tuple[str, ...] = setting((), help="columns")

    assert recorded_settings(Reading("there.tsv", ("a", "b"))) == {"columns": ("a", "b")}


def test_a_path_is_text_where_the_setting_is() -> None:
    assert make_settings(Knobs, {"layers": Path("a", "b")}, "x").layers == str(Path("a", "b"))


def test_none_is_no_prompt_and_the_word_in_quotes_is_that_word() -> None:
    def prompt(text: str) -> str:
        return make_settings(CommonSettings, Spec.parse(text).settings, "encoder 'x'").prompt

    assert (prompt("x:prompt=none"), prompt('x:prompt="none"')) == ("", "none")
    again = str(Spec.from_settings("x", CommonSettings(prompt="none")))
    assert (again, prompt(again)) == ('x:prompt="none"', "none")
