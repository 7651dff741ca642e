"""The commands, one module each; `nthtier.explorer.cli` imports them when they are called."""
