"""Demonstration data: a province invented from a seed, never to be mistaken for real."""

from demo.build import AS_OF, SEED, World, build, ensure, standing, world

__all__ = ["AS_OF", "SEED", "World", "build", "ensure", "standing", "world"]
