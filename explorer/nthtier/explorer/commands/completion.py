"""``nthtier completion``."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print what SHELL reads to complete commands, options, lists, rules and company ids.

    Companies are completed by their ids in the graph that --graph or $NTHTIER_GRAPH names, also
    from the beginning of a name.

    \b
    Example:
      nthtier completion bash > ~/.local/share/bash-completion/completions/nthtier
      nthtier completion zsh > ~/.zfunc/_nthtier
      nthtier completion fish > ~/.config/fish/completions/nthtier.fish
    """
    from nthtier.explorer.completing import script

    click.echo(script(ctx.find_root().command, shell))
    return 0
