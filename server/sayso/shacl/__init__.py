"""Validation of a dataset against SHACL shapes, and the report that comes of it."""
