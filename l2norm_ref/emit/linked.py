"""A derivation whose formulas, steps and lines of code lead to each other.

No link is typed: the printer knows the stage of each line, the recorded steps know which stages became which, and
whoever else computes a stage says so in `elsewhere`. In a page the formula of a stage has the id `formula-dx`, a line
of code `code-backward-dx`, a step `step-3` and what it changed `step-3-dx`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from ..symbolic.derivation import Derivation, Step
from .functions import own_stages
from .html import Place, closing_html, links_html, opening_html
from .latex import displayed
from .lineage import changed, ends, steps_of_line
from .listing import Listing, listing

Elsewhere = Mapping[str, Sequence[Place]]


@dataclass(frozen=True)
class Formula:
    """The formula of a stage.

    Attributes:
        anchor: its id in the page.
        stages: the stages of the code in which it ends up.
        latex: the formula.
        places: its links; a click anywhere on the formula follows the first.
    """

    anchor: str
    stages: tuple[str, ...]
    latex: str
    places: tuple[Place, ...]

    def _repr_html_(self) -> str:
        shown = escape(rf"$\displaystyle {self.latex}$", quote=False)
        start = f'<li class="stage" id="{self.anchor}" data-stage="{" ".join(self.stages)}">'
        return f"{start}{shown} {links_html(self.places)}</li>"


@dataclass(frozen=True)
class Formulas:
    """Formulas, one below the other, that show themselves with their links."""

    rows: tuple[Formula, ...]

    def _repr_html_(self) -> str:
        rows = "\n".join(row._repr_html_() for row in self.rows)
        return f'<ul class="stages">\n{rows}\n</ul>'


@dataclass(frozen=True)
class LinkedStep:
    """A step, counted from 1, each of its equations with links to the lines of code in which it ends up."""

    step: Step
    number: int
    changes: Formulas
    places: tuple[Place, ...] = ()

    def _repr_html_(self) -> str:
        more = f'<p class="step-links">{links_html(self.places)}</p>' if self.places else ""
        parts = (opening_html(self.step, self.number), self.changes._repr_html_(), more, closing_html(self.step))
        return f'<section class="step" id="step-{self.number}">' + "\n".join(parts) + "</section>"


@dataclass(frozen=True)
class Linked:
    """A derivation with links: show `steps[k]`, `closed_form` and `listing` on one page.

    Args:
        derivation: the derivation.
        code: the code that was printed from it.
        elsewhere: for a stage, the places beyond the page that compute it, such as the lines of another program.
        page: the page with the formulas and the steps, for a listing that is shown on another one.
        caffe: where Caffe's lines for a step are shown: the address up to the number of the step, or nothing.

    Raises:
        ValueError: the code computes other stages than the derivation ends with.
    """

    derivation: Derivation
    code: Listing
    elsewhere: Elsewhere
    page: str = ""
    caffe: str = ""

    def __post_init__(self) -> None:
        derived, computed = {*self.derivation.forward.definitions, *own_stages(self.derivation)}, {*self.code.stages}
        if derived != computed:
            raise ValueError(f"code: expected lines for {sorted(derived)}, got lines for {sorted(computed)}")

    @property
    def closed_form(self) -> Formulas:
        """The definition, and below it the closed form of what the backward function computes."""
        forward, closed = self.derivation.forward, self.derivation.closed_form
        rows = []
        for name in self.code.stages:
            latex = displayed(forward if name in forward.definitions else closed, name)
            places = (self._line(name), *self._steps(name, self._closing), *self.elsewhere.get(name, ()))
            rows.append(Formula(f"formula-{name}", (name,), latex, places))
        return Formulas(tuple(rows))

    @property
    def steps(self) -> tuple[LinkedStep, ...]:
        """The steps."""
        return tuple(
            LinkedStep(step, number, self._changes(number - 1), self._caffe(number))
            for number, step in enumerate(self.derivation.steps, 1)
        )

    @property
    def listing(self) -> Listing:
        """The code; beside each line its formula, the steps that made it, and where else it is computed."""

        def places(name: str) -> tuple[Place, ...]:
            formula = formula_place(name, self.page)
            return (formula, *self._steps(name, len(self.derivation.steps)), *self.elsewhere.get(name, ()))

        return replace(self.code, places=places)

    @property
    def _closing(self) -> int:
        """How many steps there are up to the closed form."""
        afters = [step.after for step in self.derivation.steps]
        return len(afters) - afters[::-1].index(self.derivation.closed_form)

    def _caffe(self, number: int) -> tuple[Place, ...]:
        there = Place(
            f"{self.caffe}-{number}", f"step {number}", f"Caffe's lines for step {number}", "Caffe's lines for"
        )
        return (there,) if self.caffe else ()

    def _changes(self, k: int) -> Formulas:
        step, rows = self.derivation.steps[k], []
        for name in changed(step):
            gone = name not in step.after.definitions
            latex = displayed(step.before if gone else step.after, name, origins=k == 0)
            note = r"\text{no longer needed:}\quad " if gone else ""
            stages = ends(self.derivation, name, k)
            places = (*map(self._line, stages), *(self.elsewhere.get(name, ()) if self._has_its_form(name, k) else ()))
            rows.append(Formula(f"step-{k + 1}-{name}", stages, note + latex, places))
        return Formulas(tuple(rows))

    def _has_its_form(self, name: str, k: int) -> bool:
        """Whether a stage is, after a step, what the closed form or the definition says: then others may compute it."""
        after, closed = self.derivation.steps[k].after.definitions, self.derivation.closed_form.definitions
        final = name in closed and after.get(name) == closed[name]
        return name in self.derivation.forward.definitions or (final and k < self._closing)

    def _line(self, name: str) -> Place:
        return replace(self.code.stages[name].place(), group="code")

    def _steps(self, name: str, count: int) -> tuple[Place, ...]:
        found = (k for k in steps_of_line(self.derivation, name) if k < count)
        return tuple(step_place(self.derivation, k, self.page) for k in found)


def linked(derivation: Derivation, elsewhere: Elsewhere | None = None, page: str = "", caffe: str = "") -> Linked:
    """Link a derivation with the code of the variant that has its name.

    Args:
        derivation: of a variant that a generated file has.
        elsewhere: as in `Linked`, and so are the others.
        page: of a listing on another page.
        caffe: of the lines for a step.

    Raises:
        ValueError: no generated file has this variant, or it computes other stages.

    Example:
        >>> from l2norm_ref.symbolic import derive_l2norm
        >>> page = linked(derive_l2norm())
        >>> h = page.steps[2].changes.rows[0]
        >>> h.anchor, h.stages, h.places[0].href
        ('step-3-h', ('h',), '#code-backward-h')
    """
    return Linked(derivation, listing(derivation.name), elsewhere or {}, page, caffe)


def formula_place(name: str, page: str = "") -> Place:
    """A link to the formula of a stage in the closed form; `page` as for `Row.place`."""
    return Place(f"{page}#formula-{name}", "formula", f"formula of {name}")


def step_place(derivation: Derivation, k: int, page: str = "") -> Place:
    """A link to a step, counted from 0; `page` as for `Row.place`."""
    return Place(f"{page}#step-{k + 1}", str(k + 1), f"step {k + 1}: {derivation.steps[k].rule}", "step")
