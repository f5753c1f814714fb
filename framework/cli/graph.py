"""`sparkjob graph`."""

import click

from framework.cli.options import as_json, environment, print_json, selectors
from framework.cli.workspace import load_workspace
from framework.present.graph import build_graph_document, render_dot, render_mermaid, render_text

_RENDERERS = {"text": render_text, "mermaid": render_mermaid, "dot": render_dot}


@click.command()
@selectors
@environment
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(_RENDERERS)),
    default="text",
    show_default=True,
    help="How to draw it.",
)
@as_json
def graph(selectors: tuple[str, ...], env: str, format_: str, json_: bool) -> None:
    """Show what depends on what."""
    workspace = load_workspace(env)
    names = workspace.select(selectors)
    if json_:
        print_json(build_graph_document(workspace.project, names))
    else:
        click.echo(_RENDERERS[format_](workspace.project, names))
