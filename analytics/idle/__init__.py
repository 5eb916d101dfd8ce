"""Idle-approved land: status, clock, figures, alerts, forecast."""
