"""The fixed furniture of a sheet: neat lines, scale bar, north arrow, watermark."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from export.canvas import Canvas, Type, line, rectangle
from export.paper import Box, Layout
from export.scale import ScaleBar
from layers.palette import INK

WATERMARK: str = "#8A8A8A"
_HAIR = "#9A9A9A"


def neat_lines(ax: Axes, rooms: Layout) -> None:
    """Double frame round map and panels, hairlines between the rooms."""
    k = rooms.type_scale
    rectangle(ax, rooms.frame, stroke=INK, weight=1.3 * k)
    rectangle(ax, rooms.frame.inset(1.4 * k), stroke=INK, weight=0.4 * k)
    rectangle(ax, rooms.map, stroke=INK, weight=0.4 * k)
    for first, second in zip(rooms.panels, rooms.panels[1:], strict=False):
        if first.x == second.x:
            pad = 3 * k
            line(
                ax, [first.x + pad, first.right - pad], [first.y] * 2, colour=_HAIR, weight=0.3 * k
            )
        else:
            pad = 3 * k
            line(
                ax, [second.x] * 2, [second.y + pad, second.top - pad], colour=_HAIR, weight=0.3 * k
            )


def draw_scale_bar(
    canvas: Canvas, ax: Axes, bar: ScaleBar, *, x: float, y: float, unit: str, k: float
) -> None:
    """A bar of alternating sections whose left end stands at ``x``, its foot at ``y``."""
    height = 1.3 * k
    for i in range(bar.sections):
        ax.add_artist(
            Rectangle(
                (x + i * bar.step_mm, y),
                bar.step_mm,
                height,
                gid=f"scale-bar-{i}",
                facecolor=INK if i % 2 == 0 else "white",
                edgecolor=INK,
                linewidth=0.4 * k,
                zorder=5,
            )
        )
    style = Type(5.8 * k)
    labels = bar.labels()
    for i, text in enumerate(labels):
        # Every second figure only, where they would touch.
        if i % 2 and canvas.width(labels[-1], style) > bar.step_mm * 0.8:
            continue
        canvas.text(ax, x + i * bar.step_mm, y + height + 0.9 * k, text, style, align="center")
    reach = canvas.width(labels[-1], style) / 2 + 0.8 * k
    canvas.text(ax, x + bar.length_mm + reach, y + height + 0.9 * k, unit, style)


def draw_north(canvas: Canvas, ax: Axes, *, x: float, y: float, text: str, k: float) -> None:
    """A grid north arrow whose foot stands at (x, y)."""
    half, height, notch = 2.1 * k, 8.6 * k, 2.0 * k
    left = [(x, y + height), (x - half, y), (x, y + notch)]
    right = [(x, y + height), (x + half, y), (x, y + notch)]
    ax.add_artist(Polygon(left, closed=True, facecolor=INK, edgecolor=INK, linewidth=0.4 * k))
    ax.add_artist(Polygon(right, closed=True, facecolor="white", edgecolor=INK, linewidth=0.4 * k))
    canvas.text(ax, x, y + height + 1.0 * k, text, Type(7.5 * k, "bold"), align="center")


def draw_watermark(canvas: Canvas, ax: Axes, area: Box, texts: list[str], *, k: float) -> None:
    """The marks in turn, diagonally over an area, faint enough to read the map through them."""
    if not texts:
        return
    style = Type(10.5 * k, "normal", WATERMARK)
    room = Rectangle((area.x, area.y), area.width, area.height, facecolor="none", edgecolor="none")
    ax.add_artist(room)
    step_x, step_y = 74.0 * k, 33.0 * k
    rows = int(area.height / step_y) + 1
    columns = int(area.width / step_x) + 2
    for row in range(rows):
        for column in range(columns):
            text = texts[(row + column) % len(texts)]
            x = area.x + (column + 0.5 * (row % 2)) * step_x
            y = area.y + (row + 0.5) * step_y
            canvas.text(
                ax, x, y, text, style, align="center", valign="center", rotation=28, zorder=8
            )
            mark = ax.texts[-1]
            mark.set_alpha(0.20)
            mark.set_clip_path(room)
            mark.set_clip_on(True)
