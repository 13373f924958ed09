"""Document-like files as objects: a pydantic model over YAML nodes, every problem with its file and line."""

import re
import string
from collections.abc import Iterable
from typing import Any, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from kik_analysis.errors import ParameterError
from kik_analysis.reading.problems import Problem, Problems, did_you_mean, name, short, thousands
from kik_analysis.reading.storage import json_text
from kik_analysis.reading.yaml import Mapping, Node, Scalar, Sequence

M = TypeVar("M", bound="Model")
SAID = {
    "bool_type": ("not true or false", "true or false"),
    "float_type": ("not a number", "a number, with a point for decimals"),
    "int_type": ("not a whole number", "a whole number"),
    "date_type": ("not a date", "a date, as in 2019-10-07"),
    "string_type": ("not a text", "words"),
    "string_too_short": ("not a text", "words"),
    "string_pattern_mismatch": ("not a name", "small letters, digits and _, a letter first"),
    "list_type": ("not a list", "a list of lines that begin with -"),
    "dict_type": ("not a mapping", "names, each with its fields"),
    "model_type": ("not a mapping", "keys and values"),
    "too_short": ("empty", "at least one"),
    "greater_than_equal": ("too small", "at least {ge}"),
    "less_than_equal": ("too large", "at most {le}"),
}
"""What pydantic finds -> what is wrong, and what is expected."""


class _Placed(dict[str, Any]):
    """The plain content of a mapping that remembers where it stands."""

    place = ""


class Model(BaseModel):
    """What a file or a part of it says: every key is known, no value is converted, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)
    _place: str = PrivateAttr("")

    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, data: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        found = handler(data)
        found._place = getattr(data, "place", "")
        return found

    @property
    def place(self) -> str:
        """Return ``FILE:LINE: key`` of the mapping, for messages about what it says."""
        return self._place


def wrong(what: str, expected: str = "", at: str = "") -> PydanticCustomError:
    """Return the error that a validator raises: what is wrong, what may stand there, and under which key."""
    return PydanticCustomError("ours", "{what}", {"what": what, "expected": expected, "at": at})


def known(kind: str, what: str, expected: str) -> AfterValidator:
    """Return a validator of a name that is one of ``info.context[kind]``, where the context has these."""

    def check(name: str, info: ValidationInfo) -> str:
        among = (info.context or {}).get(kind)
        if among is not None and name not in among:
            raise wrong(f"{what}{did_you_mean(name, among)}", expected)
        return name

    return AfterValidator(check)


def sentence(text: str) -> str:
    """Return a sentence whose braces are right, and that holds no digit beside its placeholders."""
    try:
        parts = [words for words, *_ in string.Formatter().parse(text)]
    except ValueError:
        raise wrong("a brace too many or too few", "a number by its name: {name}") from None
    for words in parts:
        if any(sign.isnumeric() for sign in words):
            raise wrong(f"holds a digit in {words.strip()!r}", "a number by its name: {name}")
    return text


def got(node: Node) -> str:
    """Return what stands in a node, for a message: of a mapping its keys."""
    if isinstance(node, Mapping):
        return short(", ".join(name(key.text) for key, _ in node))
    return "" if node.told else node.shown


def plain(node: Node | None, key: str = "", problems: Problems | None = None) -> Any:
    """Return a node as dictionaries (keys as text, each with its place), lists and values.

    ``problems``: receives each number that is thousands in Dutch.
    """
    if isinstance(node, Mapping):
        found = _Placed((k.text, plain(v, f"{key}.{k.text}".lstrip("."), problems)) for k, v in node)
        found.place = f"{node.file}:{node.line}: {key}"
        return found
    if isinstance(node, Sequence):
        return [plain(item, f"{key}[{place}]", problems) for place, item in _numbered(node)]
    if problems is not None and isinstance(node, Scalar) and isinstance(node.value, float):
        twofold = thousands(node.text)
        problems.extend([Problem(node.file, node.line, 0, key, twofold, node.text)] if twofold else [])
    return node.value if isinstance(node, Scalar) else None


def _numbered(node: Sequence) -> list[tuple[int, Node]]:
    """Return items with their places, counted from one in each file that the list was made of."""
    files = [item.file for item in node.items]
    return [(files[:place].count(item.file) + 1, item) for place, item in enumerate(node.items)]


def _inner(annotation: Any) -> type[BaseModel] | None:
    """Return the model in an annotation such as ``dict[Name, Variable] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part))), None)


def _spot(
    model: type[BaseModel], node: Node, loc: Iterable[int | str]
) -> tuple[type[BaseModel], Node, Node, str]:
    """Return where an error is: the model, the node, its key, and the path to it."""
    name, path = node, ""
    for part in loc:
        if isinstance(node, Mapping) and str(part) in node:
            name, node = next(pair for pair in node if pair[0].text == part)
            path = f"{path}.{part}".lstrip(".")
            field = model.model_fields.get(str(part))
            model = _inner(field.annotation if field else None) or model
        elif isinstance(node, Sequence) and isinstance(part, int):
            place, node = _numbered(node)[part]
            name, path = node, f"{path}[{place}]"
    return model, node, name, path


def _report(error: ErrorDetails, model: type[BaseModel], top: Mapping, problems: Problems) -> None:
    kind, context = error["type"], error.get("ctx", {})
    loc = (*error["loc"], *filter(None, [context.get("at")]))
    within, node, name, key = _spot(model, top, loc[:-1] if kind in ("missing", "extra_forbidden") else loc)
    said = got(node)
    if kind == "missing" and isinstance(node, Mapping) and node.damaged:
        return
    what, limits = SAID.get(kind, (context.get("what", "cannot be used"), ""))
    expected = limits.format(**context) or context.get("expected", "")
    if kind == "missing":
        what, said, field = f"the key {loc[-1]} is missing", "", within.model_fields.get(str(loc[-1]))
        only = get_args(field.annotation) if field else ()
        expected = f"{loc[-1]}: {only[0]}" if len(only) == 1 and isinstance(only[0], int | str) else ""
    elif kind == "extra_forbidden":
        known = tuple(within.model_fields)
        what, expected = f"unknown key{did_you_mean(str(loc[-1]), known)}", f"one of {', '.join(known)}"
        (_, _, node, key), said = _spot(model, top, loc), ""
    elif kind == "literal_error":
        choices = tuple(re.findall("'([^']*)'", context["expected"])) or (context["expected"].lower(),)
        what = f"not one of the choices{did_you_mean(node.said, choices)}"
        expected = f"one of {', '.join(choices)}"
    elif kind == "model_type":
        expected = f"one or more of {', '.join(within.model_fields)}, each with its value"
    elif kind == "too_short" or context.get("bare"):
        said = ""
    elif loc[-1:] == ("[key]",) and name.said == loc[-2]:
        node, said = name, name.said
    problems.add(node, what, key=key, got=said, expected=expected)


def keys(top: Mapping | None, *sections: str) -> set[str]:
    """Return the names that stand below some sections of a file."""
    nodes = [top.get(one) for one in sections] if top is not None else []
    return {key.text for node in nodes if isinstance(node, Mapping) for key, _ in node}


def check(
    model: type[M], node: Mapping, problems: Problems, context: dict[str, Any] | None = None
) -> M | None:
    """Return what a mapping says; None with every problem added, each at its line.

    ``model``: what the mapping may say. ``node``: from :func:`kik_analysis.reading.yaml.load`; its parts may
    come from several files. ``problems``: receives what is wrong. ``context``: for the model's own
    validators, as ``info.context``.
    """
    try:
        return model.model_validate(plain(node, problems=problems), context=context)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            _report(one, model, node, problems)
        return None


def whole(
    model: type[M], top: Mapping | None, problems: Problems, context: dict[str, Any] | None = None
) -> M:
    """Return what a file says, as :func:`check`; ParameterError with every problem. ``top``: None without."""
    found = None if top is None else check(model, top, problems, context)
    problems.raise_if_any(ParameterError)
    assert found is not None
    return found


def schema_text(model: type[Model], title: str) -> str:
    """Return the JSON Schema of a model as the text of its file: help while typing."""
    head = {"$schema": "http://json-schema.org/draft-07/schema#"}
    found = {**head, **model.model_json_schema(), "title": title}
    return json_text(found)
