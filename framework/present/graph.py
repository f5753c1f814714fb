"""Dependencies as text, Mermaid or DOT."""

from collections.abc import Iterator

from framework.project.project import Project, datasets_of


def render_text(project: Project, names: tuple[str, ...]) -> str:
    """Each job with what it reads and makes, in dependency order."""
    lines = []
    for job in project.in_order(names):
        read = ", ".join(i.dataset for i in job.inputs.values()) or "nothing"
        kind = f" · by {job.runner}" if job.runner else ""
        lines.append(f"{job.name}{kind}\n  {read} → {', '.join(datasets_of(job))}")
    return "\n".join(lines)


def render_mermaid(project: Project, names: tuple[str, ...]) -> str:
    """A Mermaid flowchart of the jobs; edges carry the datasets."""
    lines = ["flowchart LR", *(f'  {name}["{name}"]' for name in names)]
    lines += [f"  {source} -->|{dataset}| {target}" for source, dataset, target in _edges(project, names)]
    return "\n".join(lines)


def render_dot(project: Project, names: tuple[str, ...]) -> str:
    """A Graphviz digraph of the jobs; edges carry the datasets."""
    lines = ["digraph {", "  rankdir=LR;", *(f'  "{name}";' for name in names)]
    lines += [f'  "{s}" -> "{t}" [label="{dataset}"];' for s, dataset, t in _edges(project, names)]
    return "\n".join([*lines, "}"])


def build_graph_document(project: Project, names: tuple[str, ...]) -> dict[str, object]:
    """Jobs and edges for `--json`."""
    edges = [{"from": s, "dataset": d, "to": t} for s, d, t in _edges(project, names)]
    return {"jobs": list(names), "edges": edges}


def _edges(project: Project, names: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for name in names:
        for declared in project.jobs[name].inputs.values():
            owner = project.owner_of(declared.dataset)
            if owner is not None and owner.name in names and owner.name != name:
                yield owner.name, declared.dataset, name
