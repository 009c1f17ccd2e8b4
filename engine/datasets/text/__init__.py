"""Texts: what comes next in them, and what they are about."""
