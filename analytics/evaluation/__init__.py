"""Evaluation of zones: what is known of them, intensity, per-mu performance, control indicators."""
