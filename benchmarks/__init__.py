"""Measurements and long trials; none of them is a test."""
