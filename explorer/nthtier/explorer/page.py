"""A result as one HTML file that works offline, with its data as data.

pyvis builds the network (cards, relations, options) and brings vis-network; our own template
renders it. Nothing in the file is fetched, and nothing that comes from a list or a company can
become markup or script: data stands in JSON blocks, and a content policy names every script and
style by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from nthtier.explorer.page_data import page_data
from nthtier.explorer.page_model import Model
from nthtier.explorer.page_words import text
from nthtier.graph.errors import StoreError

#: The scripts of the page in the order in which they run.
SCRIPTS: Final = (
    "read.js", "state.js", "places.js", "scene.js", "lines.js", "paint.js", "graph.js", "dom.js",
    "panels.js", "filters.js", "drawer.js", "slider.js", "table.js", "bars.js", "portfolio.js",
    "views.js", "export.js", "main.js",
)  # fmt: skip
_ESCAPES: Final = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def render_page(
    result: Mapping[str, Any],
    *,
    title: str,
    context: Sequence[Mapping[str, Any]] = (),
    lists: Mapping[str, Mapping[str, str]] | None = None,
    around: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return the page of a result; the same input gives the same text.

    Args:
        result: a result of the JSON contract.
        title: the page's title.
        context: further relations to draw, as hops of the contract.
        lists: what to say of each list by its id: name, regulator, kind.
        around: further findings to show as paths, for instance who is exposed to the subject.
    """
    model = Model(result, context, lists or {}, around)
    network = _network(model)
    scripts = [_inline(_vis()), *(_inline(template_part(name)) for name in SCRIPTS)]
    style = _inline(template_part("page.css"))
    network.templateEnv = Environment(
        loader=DictLoader({"page.html": template_part("page.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    network.templateEnv.filters["json"] = json_block
    network.templateEnv.filters["only"] = _only
    network.templateEnv.globals.update(
        title=text(title),
        policy=content_policy(scripts, [style]),
        scripts=[Markup(s) for s in scripts],  # noqa: S704  # our own files
        style=Markup(style),  # noqa: S704
        data=page_data(result, model, text(title)),
    )
    network.path = "page.html"
    html: str = network.generate_html()
    return html


def _only(rows: Sequence[Mapping[str, Any]], *fields: str) -> list[dict[str, Any]]:
    """Return rows with some of their fields: what pyvis adds is the same in every row."""
    return [{f: row[f] for f in fields} for row in rows]


def json_block(value: object) -> Markup:
    r"""Return JSON that can stand in a script element of any HTML.

    Raises:
        ValueError: the value holds a number that JSON does not know (NaN, infinity).

    >>> print(json_block({"name": "</script>&"}))
    {"name":"\u003c/script\u003e\u0026"}
    """
    plain = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(plain.translate(_ESCAPES))  # noqa: S704  # nothing is left that HTML reads


def content_policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """Return the content security policy that lets exactly these scripts and styles run."""
    run = " ".join(map(_hash, scripts)) or "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {run}",
            f"style-src {' '.join(map(_hash, styles))}",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(inline: str) -> str:
    digest = hashlib.sha256(inline.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _inline(source: str) -> str:
    """Return a file as it stands in an element: line ends as the browser will hash them."""
    if "</script" in source.lower() or "</style" in source.lower() or "<!--" in source:
        raise StoreError("a file of the page cannot stand in HTML: it holds a closing tag")
    return source.replace("\r\n", "\n").replace("\r", "\n")


@cache
def template_part(name: str) -> str:
    """Return a file of the template; of a script or style no indentation and whole-line comments.

    Scripts hold no text of several lines, so that a line means the same wherever it begins.
    """
    source = (files("nthtier.explorer") / "template" / name).read_text("utf-8")
    if name.endswith(".html"):
        return source
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(x for x in lines if x and not x.startswith("// ")) + "\n"


@cache
def _vis() -> str:
    """Return the vis-network that pyvis bundles, without the pointer to its source map."""
    folder = files("pyvis") / "templates" / "lib" / "vis-9.1.2"
    source = (folder / "vis-network.min.js").read_text("utf-8")
    return source.split("//# sourceMappingURL=")[0]


def _network(model: Model) -> Any:
    """Return pyvis's network of what is drawn, at fixed places, without physics."""
    from pyvis.network import Network

    network = Network(directed=True, cdn_resources="in_line")
    for node, (x, y) in model.layout.positions.items():
        network.add_node(node, label=" ", shape="custom", x=x, y=y)
    for edge in model.edges:
        if edge["from"] in model.layout.positions and edge["to"] in model.layout.positions:
            network.add_edge(edge["from"], edge["to"], id=edge["id"])
    network.options = {
        "physics": {"enabled": False},
        "layout": {"improvedLayout": False},
        "interaction": {"dragNodes": False, "hover": True, "selectConnectedEdges": False,
                        "keyboard": False, "tooltipDelay": 100_000},
        "nodes": {"fixed": True, "chosen": False},
        "edges": {"chosen": False, "smooth": False},
    }  # fmt: skip
    return network
