"""Case files of parcels: facts, steps, checks, entries."""
