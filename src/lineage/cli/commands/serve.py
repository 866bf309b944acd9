"""The command that serves the page of a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lineage.cli.options import ProjectOption
from lineage.kernel.errors import ConfigurationError


def serve(  # noqa: PLR0913, PLR0917  # the options of the command
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Address to listen at; nobody else can reach the default.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, help="0 for any that is free.")
    ] = 0,
    opens: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in the browser.")
    ] = True,
    read_only: Annotated[
        bool | None,
        typer.Option(
            "--read-only/--allow-changes",
            help="Refuse whatever would change something (default: unless only this machine "
            "can ask).",
            show_default=False,
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve the demo project; it is made if it is missing.")
    ] = False,
    root_path: Annotated[
        str,
        typer.Option(
            "--root-path",
            metavar="PATH",
            help="What a proxy puts before every address: /lineage.",
        ),
    ] = "",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="HOST",
            help="A name by which a proxy asks, with its port unless it is the usual one. "
            "Repeatable.",
            show_default=False,
        ),
    ] = None,
    user_header: Annotated[
        str | None,
        typer.Option(
            "--user-header",
            metavar="NAME",
            help="The header in which a proxy names the user, who then needs no token; needs "
            "--proxy.",
            show_default=False,
        ),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            "--proxy",
            metavar="ADDRESS",
            help="Address or network of a proxy whose --user-header counts. Repeatable.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
) -> None:
    """Serve the history of a project as pages for a browser, until Ctrl-C.

    It prints one address, which is good once: it holds a token, for which the browser gets a
    cookie. Whoever does not have it sees nothing. Nothing is loaded from another host.

    Example: lineage serve --port 8765 --no-open
    """
    try:
        import uvicorn  # noqa: F401, PLC0415  # start-up time, and it may be missing
    except ImportError as error:
        raise ConfigurationError(
            "lineage serve",
            problem=f"{error.name} is not installed",
            remedy="pip install 'privacy-lineage[web]'",
        ) from error
    from lineage.project import Project  # noqa: PLC0415
    from lineage.web.access import Proxy  # noqa: PLC0415
    from lineage.web.serving import Place, serve  # noqa: PLC0415

    if proxy and not user_header:
        raise typer.BadParameter("needs --user-header", param_hint="--proxy")
    if root_path and not (root_path.startswith("/") and not root_path.endswith("/")):
        raise typer.BadParameter(
            "begins with / and does not end with one", param_hint="--root-path"
        )
    place = Place(
        host=host,
        port=port,
        root_path=root_path,
        allowed_hosts=tuple(allow_host or ()),
        proxy=Proxy(header=user_header, addresses=tuple(proxy or ())) if user_header else None,
        is_read_only=read_only,
    )
    folder = _demo_project() if demo else project
    with Project.open(folder) as opened:
        serve(opened, place, typer.echo, opens=opens)  # not by `console`: it hides tokens


def _demo_project() -> Path:
    from lineage.cli.commands import project as project_commands  # noqa: PLC0415  # start-up time

    folder = project_commands.demo_folder()
    if not (folder / ".lineage").exists():
        project_commands.demo(folder)
    return folder
