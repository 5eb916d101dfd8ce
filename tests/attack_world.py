"""What an attack would reach: a secret file of the server, and its network."""

from __future__ import annotations

CANARY = "canary-5eaf-in-a-file-of-the-server"
