"""Everything about networks that is true without a window. Never imports Qt; only what computes imports torch."""
