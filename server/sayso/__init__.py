"""Sayso: a knowledge graph that remembers on whose say-so."""
