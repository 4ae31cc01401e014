"""A comparison of encoders that shows itself: in a notebook, as text, tables or data."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.results.comparisons.grouped import GroupedComparison
from harness.results.formats.html import list_html, to_html
from harness.results.formats.latex import to_latex
from harness.results.formats.markdown import markdown_text, to_markdown
from harness.results.formats.terminal import to_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH = 88  # characters of the plot in a text


class ComparisonReport(GroupedComparison):
    """What a comparison of stored results found; shows itself when printed or in a notebook."""

    def plot(self) -> "Figure":
        """Return the forest plot as a matplotlib figure, a panel per column.

        Of several groups, that of the first; ``groups`` has the others.
        """
        from harness.results.plots.forest_plot import forest_figure  # deferred: matplotlib

        group = self.groups[0]
        return forest_figure(
            {group.average: group.columns[group.average]} if group.average else group.columns,
            confidence=group.resampling.confidence,
            title=group.score_table().title,
            reference=group.reference,
        )

    def to_markdown(self, *, all_pairs: bool = False) -> str:
        """Return the verdict and the tables as GitHub Markdown.

        Args:
            all_pairs: Whether the difference of every pair is shown, not only those to the best.
        """
        sentences = [f"{markdown_text(each)}\n" for each in (*self.verdict(), *self._notes())]
        return "\n".join([*sentences, *map(to_markdown, self.tables(all_pairs=all_pairs))])

    def to_latex(self, *, all_pairs: bool = False) -> str:
        """Return the tables as LaTeX for booktabs; `to_markdown` describes the option."""
        return "\n".join(map(to_latex, self.tables(all_pairs=all_pairs)))

    def to_html(self, *, all_pairs: bool = False) -> str:
        """Return the verdict, the forest plot as SVG, and the tables as HTML.

        Args:
            all_pairs: Whether the difference of every pair is shown, not only those to the best.
        """
        parts = [list_html(self.verdict()), self._svg(), list_html(self._notes())]
        return "\n".join([*filter(None, parts), *map(to_html, self.tables(all_pairs=all_pairs))])

    def to_dataframe(self) -> Any:  # noqa: ANN401 - pandas need not be there
        """Return every difference as a row of a pandas DataFrame, as fractions.

        Raises:
            HarnessError: If pandas is not installed.
        """
        if find_spec("pandas") is None:
            cure = "pip install 'sentence-harness[pandas]'"
            raise HarnessError(f"to_dataframe needs the package pandas: {cure}")
        import pandas as pd  # deferred: an extra

        return pd.DataFrame(
            [
                {
                    "group": group.title,
                    "metric": group.metric,
                    "task": head,
                    "first": each.first,
                    "second": each.second,
                    "difference": each.difference.value,
                    "low": each.difference.low,
                    "high": each.difference.high,
                    "p": each.p_value,
                    "p_holm": each.adjusted_p_value,
                    "significant": each.significant,
                }
                for group in self.groups
                for head, each in group.differences()
            ]
        )

    def __str__(self) -> str:
        """Return the verdict, the plot and the tables as text."""
        plots = ["\n".join(["", *lines]) for lines in self.plots(_WIDTH)]
        tables = [f"\n{to_text(table)}" for table in self.tables()]
        return "\n".join([*self.verdict(), *self._notes(), *plots, *tables]).rstrip()

    def __repr__(self) -> str:
        """Say how much is in it."""
        tasks = sum(head != group.average for group in self.groups for head in group.columns)
        return f"<Comparison of {len(self.encoders)} encoders on {tasks} tasks>"

    def _notes(self) -> list[str]:
        return [f"Not compared: {each}" for each in self.left_out]

    def _svg(self) -> str:
        """Return the plot for a page that it is part of: without the head of a file."""
        from harness.results.plots.page import SCREEN  # deferred: matplotlib
        from harness.results.plots.style import figure_image, figure_style

        with figure_style(SCREEN):
            content = figure_image(self.plot(), "svg").decode()
        return content[content.index("<svg") :]

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_markdown_(self) -> str:
        return self.to_markdown()
