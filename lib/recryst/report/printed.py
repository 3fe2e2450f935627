"""What a paper prints: papers, exhibits, values, errata and departures, checked field by field.

An exhibit is a table, a figure (panel), or a group of numbers that stand only in the text. Each of its values says what it is:

=============  ==========================================================================================================
type           value
=============  ==========================================================================================================
``number``     one number as printed (default)
``interval``   ``[low, high]``, as in 0.081-0.136
``list``       several numbers or words in order, as in a table of hyperparameters
``text``       words or a formula
``statement``  yes or no: what a sentence of the paper claims; ``quote`` holds the sentence
=============  ==========================================================================================================

=============  ==========================================================================================================
role           meaning
=============  ==========================================================================================================
``result``     the paper's own finding (default): only these are judged
``setting``    what the authors chose: sizes of training sets, hyperparameters
``reference``  somebody else's number that the paper compares itself with
=============  ==========================================================================================================
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from recryst.errors import BadInputError
from recryst.notation import words
from recryst.report.tolerance import Tolerance

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9./-]*$")]
FileId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
PaperId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[^:\s]+:[^:\s]+$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Close = Annotated[Tolerance, BeforeValidator(lambda text: Tolerance.parse(text) if isinstance(text, str) else text)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Value(_Entry):
    """One printed value.

    Parameters
    ----------
    id : unique in its exhibit
    label : its name for readers; by default made from the id
    type : what it is: one number, the two ends of an interval, a list of numbers or words, a text, or a statement that holds or not
    role : the paper's own finding (only these are judged), what the authors chose, or somebody else's number
    value : as printed; see the table of types above
    printed : what stands in the paper where it is not ``value`` itself, such as ``seven`` or ``10^4``
    unit : "" for none
    spread : printed standard deviation, where there is one
    split : which crystals it belongs to
    source : where it stands, such as "Table I, row 1"
    better : lower, higher or neither; numbers and intervals that are results must say; of a statement yes or no, where one answer is better
    close : within this of the printed value still counts as close; numbers and intervals that are results must say
    quote : the sentence that claims it
    rule : of a statement, ends the sentence "Ours is yes if ..."; none where it has not been asked
    note : what a reader must know of it
    contradicts : ``exhibit:value`` of values that should be the same and are not
    """

    id: Id
    label: Text | None = None
    type: Literal["number", "interval", "list", "text", "statement"] = "number"
    role: Literal["result", "setting", "reference"] = "result"
    value: Text | tuple[Text, ...]
    printed: Text | None = None
    unit: str = ""
    spread: Text | None = None
    split: Literal["train", "validation", "test", "all", "new", "cross-validation"] | None = None
    source: Text
    better: Literal["lower", "higher", "neither", "yes", "no"] | None = None
    close: Close | None = None
    quote: Text | None = None
    rule: Text | None = None
    note: Text | None = None
    contradicts: tuple[Reference, ...] = ()

    @model_validator(mode="after")
    def _value_fits_its_type(self) -> "Value":
        if self.type in ("number", "interval") and self.role == "result" and (self.better is None or self.close is None):
            raise ValueError("a printed result needs 'better' (lower, higher or neither) and 'close' (such as '10 %')")
        if self.type != "statement" and self.better in ("yes", "no"):
            raise ValueError("only of a statement is the better answer yes or no; write lower, higher or neither")
        if self.type in ("interval", "list") and isinstance(self.value, str):
            raise ValueError(f"a value of type {self.type} is written as a list")
        if self.type in ("number", "text", "statement") and not isinstance(self.value, str):
            raise ValueError(f"a value of type {self.type} is not a list")
        if self.type == "statement" and (self.value not in ("yes", "no") or self.quote is None):
            raise ValueError("a statement has the value yes or no, and a quote")
        if self.type != "statement" and self.rule is not None:
            raise ValueError("only a statement has a rule by which it is answered")
        if self.type in ("number", "interval"):
            numbers = self.numbers
            if self.type == "interval" and (len(numbers) != 2 or numbers[0] > numbers[1]):
                raise ValueError("an interval has two ends, the lower one first")
        if self.spread is not None:
            _decimal(self.spread)
        return self

    @property
    def numbers(self) -> tuple[Decimal, ...]:
        """The number, both ends of the interval, or the numbers of the list, with their printed digits."""
        return tuple(_decimal(text) for text in ((self.value,) if isinstance(self.value, str) else self.value))

    @property
    def number(self) -> Decimal:
        """The printed number.

        Raises
        ------
        BadInputError : the value is not of type number
        """
        if self.type != "number":
            raise BadInputError(f"'{self.id}' is printed as {self.shown}, which is no single number.")
        return self.numbers[0]

    @property
    def measured(self) -> bool:
        """Whether a unit belongs to it: neither truth nor words have one."""
        return self.type in ("number", "interval", "list")

    @property
    def name(self) -> str:
        """What a reader sees in the first column of a table."""
        return self.label or words(self.id).replace("/", ", ")

    @property
    def shown(self) -> str:
        """The printed value for a table."""
        between = ", " if self.type != "interval" else " to " if any(end.startswith("-") for end in self.value) else "–"
        text = self.value if isinstance(self.value, str) else between.join(self.value)
        return f"{text} ± {self.spread}" if self.spread else text


class Exhibit(_Entry):
    """A table, a figure (panel), or a group of numbers that stand only in the text.

    ``see`` names values of other exhibits (``exhibit:value``) that belong to this one too: the panel of a figure whose
    error is printed in a table. ``available: no`` marks one that stands in a supplement that can't be had: its values are
    those that the main text prints of it.

    Parameters
    ----------
    id : unique in its paper
    kind : table, figure, or text
    title : what it shows
    source : where it stands, such as "Table I"
    available : whether the exhibit itself can be had
    see : ``exhibit:value`` of values of other exhibits that belong to this one too
    note : what a reader must know of it
    columns : heads of a table of rows and columns, in which values labelled "ROW, COLUMN" stand
    values : in printed order
    """

    id: FileId
    kind: Literal["table", "figure", "text"]
    title: Text
    source: Text
    available: bool = True
    see: tuple[Reference, ...] = ()
    note: Text | None = None
    columns: tuple[Text, ...] = ()
    values: tuple[Value, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Exhibit":
        _refuse_repeated([value.id for value in self.values], "value")
        return self

    def value(self, identifier: str) -> Value:
        """The value with this id.

        Raises
        ------
        BadInputError : no such value; the message names similar ones
        """
        found = {value.id: value for value in self.values}
        if identifier not in found:
            raise BadInputError(f"Exhibit {self.id} has no value '{identifier}'{_similar(identifier, found)}.")
        return found[identifier]


class Erratum(_Entry):
    """A place where the paper errs or contradicts itself: where, what is printed, what was found.

    Parameters
    ----------
    id : unique in its paper
    source : where it stands, or both places
    printed : what is printed there
    finding : what is wrong with it, and why
    """

    id: Id
    source: Text
    printed: Text
    finding: Text


class Departure(_Entry):
    """Where our reading, data or code differ from the paper, and why.

    Parameters
    ----------
    id : unique in its paper
    paper : what the paper says or did
    ours : what is done here
    why : the reason
    """

    id: Id
    paper: Text
    ours: Text
    why: Text


class Paper(_Entry):
    """Everything that one paper prints; ``paper`` is also the name of its notebook, ``name`` what people call it.

    Parameters
    ----------
    paper : short name in lower case, that of the file and of the notebook
    name : what people call it
    title, authors, journal, year, volume, pages : as in a list of references
    doi, arxiv : without the address of the site
    code : address of what the authors released
    exhibits : tables, figures and passages, in the order of the paper
    errata : where the paper errs or contradicts itself
    departures : where our reading, data or code differ
    """

    paper: PaperId
    name: Text
    title: Text
    authors: Annotated[tuple[Text, ...], Field(min_length=1)]
    journal: Text
    year: int
    volume: Text | None = None
    pages: Text | None = None
    doi: Text | None = None
    arxiv: Text | None = None
    code: Text | None = None
    exhibits: Annotated[tuple[Exhibit, ...], Field(min_length=1)]
    errata: tuple[Erratum, ...] = ()
    departures: tuple[Departure, ...] = ()

    @model_validator(mode="after")
    def _ids_and_references_hold(self) -> "Paper":
        _refuse_repeated([exhibit.id for exhibit in self.exhibits], "exhibit")
        _refuse_repeated([erratum.id for erratum in self.errata], "erratum")
        _refuse_repeated([departure.id for departure in self.departures], "departure")
        known = {f"{exhibit.id}:{value.id}" for exhibit, value in self.values()}
        for exhibit in self.exhibits:
            for reference in (*exhibit.see, *(other for value in exhibit.values for other in value.contradicts)):
                if reference not in known:
                    raise ValueError(f"exhibit {exhibit.id} names '{reference}', which does not exist")
        return self

    def values(self) -> Iterator[tuple[Exhibit, Value]]:
        """Every value with its exhibit, in printed order."""
        return ((exhibit, value) for exhibit in self.exhibits for value in exhibit.values)

    def exhibit(self, identifier: str) -> Exhibit:
        """The exhibit with this id.

        Raises
        ------
        BadInputError : no such exhibit; the message names similar ones
        """
        found = {exhibit.id: exhibit for exhibit in self.exhibits}
        if identifier not in found:
            raise BadInputError(f"The {self.paper} paper has no exhibit '{identifier}'{_similar(identifier, found)}.")
        return found[identifier]

    def value(self, exhibit: str, identifier: str) -> Value:
        """The value with this id in the exhibit with that id.

        Raises
        ------
        BadInputError : no such exhibit, or no such value in it
        """
        return self.exhibit(exhibit).value(identifier)

    def referred(self, reference: str) -> Value:
        """The value that ``exhibit:value`` names, as in `Exhibit.see` and `Value.contradicts`."""
        exhibit, _, identifier = reference.partition(":")
        return self.value(exhibit, identifier)


def _refuse_repeated(identifiers: list[str], what: str) -> None:
    for identifier in identifiers:
        if identifiers.count(identifier) > 1:
            raise ValueError(f"the {what} id '{identifier}' occurs more than once")


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"'{text}' is no number") from error
    if not number.is_finite():
        raise ValueError(f"'{text}' is not finite")
    return number


def _similar(identifier: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(identifier, known, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(close)}" if close else f"; it has {', '.join(known) or 'none'}"
