"""A drawing surface in millimetres: every text on it is checked for glyphs before it is set."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from export.fonts import Fonts, Weight, drawing, set_chinese
from export.paper import MM_PER_INCH, MM_PER_PT, Box
from layers.palette import INK

Format = Literal["png", "pdf", "svg"]
Align = Literal["left", "center", "right"]
Valign = Literal["top", "center", "bottom", "baseline"]

_METADATA: Final[dict[Format, dict[str, object]]] = {
    "png": {"Software": None},
    "pdf": {"Creator": "Ganyuan", "Producer": None, "CreationDate": None},
    "svg": {"Creator": "Ganyuan", "Date": None},
}


@dataclass(frozen=True, slots=True)
class Type:
    """How a text is set.

    Attributes:
        size: Points.
        weight: ``normal`` or ``bold``.
        colour: ``#RRGGBB``.
        halo: Width of the white outline in points; 0 for none.
    """

    size: float = 7.0
    weight: Weight = "normal"
    colour: str = INK
    halo: float = 0.0


class Canvas:
    """One page under construction.

    Args:
        page: The paper.
        fonts: Fonts with their glyph check.
        dpi: Resolution of the picture in dots per inch.
    """

    def __init__(self, page: Box, fonts: Fonts, *, dpi: int) -> None:
        self.page = page
        self.fonts = fonts
        self.dpi = dpi
        pixels = [round(mm / MM_PER_INCH * dpi) for mm in (page.width, page.height)]
        self.figure = Figure(figsize=(pixels[0] / dpi, pixels[1] / dpi), dpi=dpi)
        FigureCanvasAgg(self.figure)
        self.figure.patch.set_facecolor("white")

    def axes(self, box: Box, *, zorder: float = 0) -> Axes:
        """Axes without decoration over a rectangle of the page."""
        page = self.page
        ax = self.figure.add_axes(
            (
                box.x / page.width,
                box.y / page.height,
                box.width / page.width,
                box.height / page.height,
            ),
            zorder=zorder,
        )
        ax.set_axis_off()
        return ax

    def overlay(self) -> Axes:
        """Axes over the whole page whose coordinates are millimetres."""
        ax = self.axes(self.page, zorder=10)
        ax.set_xlim(0, self.page.width)
        ax.set_ylim(0, self.page.height)
        ax.patch.set_alpha(0)
        return ax

    def width(self, text: str, style: Type) -> float:
        """Width of one line in millimetres."""
        return self.fonts.width(set_chinese(text), style.size, weight=style.weight) * MM_PER_PT

    def wrap(self, text: str, style: Type, width_mm: float) -> list[str]:
        """A text broken into lines of at most ``width_mm``."""
        return self.fonts.wrap(
            set_chinese(text), style.size, width_mm / MM_PER_PT, weight=style.weight
        )

    def text(  # noqa: PLR0913 - a text is placed, aligned and styled
        self,
        ax: Axes,
        x: float,
        y: float,
        text: str,
        style: Type,
        *,
        align: Align = "left",
        valign: Valign = "baseline",
        rotation: float = 0.0,
        zorder: float = 5.0,
    ) -> None:
        """Set one line of text at a point of ``ax``.

        Raises:
            MissingGlyphError: The text holds a character that no font can draw.
        """
        shown = set_chinese(text)
        self.fonts.require(shown, where=f"\u201c{shown}\u201d")
        setting: dict[str, Any] = {
            "fontsize": style.size,
            "fontweight": style.weight,
            "ha": align,
            "va": "center_baseline" if valign == "center" else valign,
            "rotation": rotation,
        }
        if style.halo:
            # The outline is drawn as a shape of its own, so that the text above stays text.
            under = ax.text(x, y, shown, color="white", zorder=zorder - 0.001, **setting)
            under.set_path_effects([withStroke(linewidth=style.halo, foreground="white")])
        ax.text(x, y, shown, color=style.colour, zorder=zorder, **setting)

    def save(self, form: Format) -> bytes:
        """The page as bytes; the same page gives the same bytes."""
        buffer = io.BytesIO()
        metadata = {k: v for k, v in _METADATA[form].items() if v is not None or k != "Producer"}
        self.figure.savefig(buffer, format=form, dpi=self.dpi, metadata=metadata)
        return buffer.getvalue()


def rectangle(
    ax: Axes,
    box: Box,
    *,
    fill: str | None = None,
    stroke: str | None = None,
    weight: float = 0.4,
    zorder: float = 1.0,
) -> None:
    """A rectangle in millimetres on an overlay."""
    ax.add_artist(
        Rectangle(
            (box.x, box.y),
            box.width,
            box.height,
            facecolor=fill or "none",
            edgecolor=stroke or "none",
            linewidth=weight if stroke else 0,
            zorder=zorder,
        )
    )


def line(
    ax: Axes,
    xs: Sequence[float],
    ys: Sequence[float],
    *,
    colour: str = INK,
    weight: float = 0.4,
    dash: Sequence[float] = (),
    zorder: float = 2.0,
) -> None:
    """A line in the coordinates of ``ax``."""
    style: Any = (0, tuple(dash)) if dash else "solid"
    ax.add_line(
        Line2D(
            list(xs),
            list(ys),
            color=colour,
            linewidth=weight,
            linestyle=style,
            zorder=zorder,
            dash_capstyle="butt",
            solid_capstyle="butt",
        )
    )


def draw(
    page: Box, fonts: Fonts, *, dpi: int, form: Format, paint: Callable[[Canvas], None]
) -> bytes:
    """Open a page, let ``paint`` fill it, and return its bytes."""
    with drawing(fonts.families), mpl.rc_context({"savefig.facecolor": "white"}):
        canvas = Canvas(page, fonts, dpi=dpi)
        paint(canvas)
        return canvas.save(form)
