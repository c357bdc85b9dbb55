"""Plots of cost against register size, as SVG for the documentation."""

import re
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from tests.bench.rounds import Results

_KINDS = {"get_one": "get one", "list25": "list of 25", "search": "search, 1 % found"}
_COLOURS = {"api": "#0b6e99", "v1": "#c4581a"}
_ENGINES = {"": "SQLite", "pg_": "PostgreSQL"}
_TICKS = (1, 2, 5)  # in every power of ten


def draw(results: Results, folder: Path) -> list[Path]:
    """Write a plot for each engine that was measured. Return the files."""
    mpl.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9})
    written = []
    for prefix, engine in _ENGINES.items():
        if f"{prefix}api_get_one_by_size" in results.figures:
            file = folder / f"cost-by-size-{engine.lower()}.svg"
            _figure(results.figures, prefix, engine).savefig(file, format="svg", metadata={"Date": None})
            # matplotlib leaves blanks at line ends, which the formatting rules forbid
            file.write_text(re.sub(r"[ \t]+$", "", file.read_text(), flags=re.MULTILINE))
            written.append(file)
    return written


def _figure(figures: Mapping[str, dict[str, dict[str, float]]], prefix: str, engine: str) -> Figure:
    figure = Figure(figsize=(9, 3), layout="constrained")
    for axes, (kind, title) in zip(figure.subplots(1, len(_KINDS)), _KINDS.items(), strict=True):
        for dialect, colour in _COLOURS.items():
            found = figures[f"{prefix}{dialect}_{kind}_by_size"]
            sizes = [int(size) for size in found]
            axes.plot(sizes, [each["p50_us"] / 1000 for each in found.values()], "o-", color=colour, label=dialect)
        axes.set(xscale="log", yscale="log", title=f"{title} ({engine})", xlabel="clients in the register")
        axes.yaxis.set(major_formatter="{x:g}", minor_formatter="")
        axes.yaxis.set_major_locator(LogLocator(subs=_TICKS))
        axes.grid(visible=True, which="major", alpha=0.3)
        low, high = axes.get_ylim()
        axes.set_ylim(low / 3, high * 3)
    figure.axes[0].set_ylabel("median latency, ms")
    figure.axes[0].legend(labels=["/api", "/api/v1"])
    return figure
