"""Draws the templates of well-known networks and writes them into ``resources/templates``."""
