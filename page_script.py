"""The script that runs for every person at every interaction; all of it is in the router."""

from views.router import run

run()
