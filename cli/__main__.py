"""``python -m cli``: the same as the console script."""

from cli.main import run

run()
