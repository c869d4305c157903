"""Metrics: one file each, pure functions on plain arrays."""
