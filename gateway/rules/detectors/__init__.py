"""Detectors: what no single pattern tells apart, told by taking the text to pieces."""
