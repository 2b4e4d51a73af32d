"""The shapes of requests, which the OpenAPI document shows as they are checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError, WithJsonSchema
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from service.http.errors import ApiError

_TARGET = "with a model for several targets, or for open ones: the one that is asked about"
Shape = TypeVar("Shape", bound=BaseModel)


def _no(value: bool) -> bool:
    if value:
        raise PydanticCustomError("false", "Input should be False")
    return value


_No = Annotated[StrictBool, AfterValidator(_no), WithJsonSchema({"type": "boolean", "const": False})]
# What pydantic checks field by field cannot say that one of two is given; the endpoint checks it, and the document says it.
_ONE_OF_TWO: JsonDict = {
    "oneOf": [
        {"required": ["text"], "properties": {"text": {"type": "string"}, "documents": {"type": "null"}}},
        {"required": ["documents"], "properties": {"documents": {"type": "array"}, "text": {"type": "null"}, "title": {"type": "null"}}},
    ]
}


class DocumentIn(BaseModel):
    """A document of a request; ``id`` comes back with its scores."""

    model_config = ConfigDict(extra="forbid")

    id: StrictStr
    text: StrictStr
    title: StrictStr | None = None


class ScoreRequest(BaseModel):
    """One text, or several documents."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_ONE_OF_TWO)

    text: Annotated[StrictStr | None, Field(description="one text; or give documents")] = None
    title: Annotated[StrictStr | None, Field(description="headline of the one text, a unit of its own")] = None
    documents: Annotated[list[DocumentIn] | None, Field(description="several documents; one that cannot be scored comes back with an error in its place")] = None
    target: Annotated[StrictStr | None, Field(description=f"{_TARGET}; by default those that a text names")] = None
    targets: Annotated[list[StrictStr] | None, Field(description="several of them, instead of target", max_length=100)] = None


class PredictParameters(BaseModel):
    """Parameters of Hugging Face's text-classification task."""

    model_config = ConfigDict(extra="ignore")

    function_to_apply: Annotated[Literal["softmax"] | None, Field(description="scores are calibrated probabilities, whatever is asked")] = None
    top_k: Annotated[StrictInt | None, Field(ge=1, le=1000, description="only the most probable labels")] = None
    truncation: StrictBool | None = None


class PredictRequest(BaseModel):
    """What text-embeddings-inference and the text-classification task take. Each text is one unit: no sentences are cut."""

    model_config = ConfigDict(extra="ignore")

    inputs: Annotated[
        StrictStr | list[StrictStr | Annotated[list[StrictStr], Field(min_length=1, max_length=2)]],
        Field(description="one text, or a list of texts; a list of two in that list is a text and the target that is asked about"),
    ]
    target: Annotated[StrictStr | None, Field(description=_TARGET)] = None
    parameters: Annotated[PredictParameters | None, Field(description="with it, the reply has the task's shape: a list of lists")] = None
    raw_scores: Annotated[_No | None, Field(description="there are none: scores are calibrated probabilities")] = None
    truncate: Annotated[StrictBool | None, Field(description="false: a text longer than the model reads is refused by 413")] = None
    truncation_direction: Annotated[Literal["Right", "right"] | None, Field(description="texts are cut at their end")] = None

    def texts(self) -> list[str]:
        """Return the texts in order."""
        if isinstance(self.inputs, str):
            return [self.inputs]
        return [item if isinstance(item, str) else item[0] for item in self.inputs]

    def targets(self) -> list[str | None]:
        """Return the target that is asked about for each text, None where none is given."""
        items = [self.inputs] if isinstance(self.inputs, str) else self.inputs
        return [item[1] if isinstance(item, list) and len(item) > 1 else self.target for item in items]


class ExplainRequest(BaseModel):
    """One sentence; or a text and which of its sentences is meant."""

    model_config = ConfigDict(extra="forbid")

    text: StrictStr
    target: Annotated[StrictStr | None, Field(description=_TARGET)] = None
    label: Annotated[StrictStr | None, Field(description="the label to explain; by default the one that is given")] = None
    sentence: Annotated[StrictInt | None, Field(ge=0, description="number of the sentence in the text, from 0; without it the text is one sentence")] = None


def parse(shape: type[Shape], body: bytes) -> Shape:
    """Return the request that ``body`` holds; raise ApiError 400 for what is not JSON and 422, saying where, for another shape."""
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        faults: list[Any] = error.errors(include_url=False, include_context=False, include_input=False)
        # Of the ways a value may be meant, the one that got furthest, and of those one that failed by more than its type.
        fault = max(faults, key=lambda f: (len(f["loc"]), not f["type"].endswith("_type")))
        if fault["type"] == "json_invalid":
            raise ApiError(400, f"{fault['msg']}; expected a JSON object in UTF-8", "body") from None
        # pydantic names the branches of a union in between; a client knows only fields and places.
        where = ".".join(str(part) for part in fault["loc"] if isinstance(part, int) or not (part == "str" or "[" in part))
        raise ApiError(422, f"{fault['msg']}; GET /openapi.json shows what is expected", where[:200] or "body") from None
