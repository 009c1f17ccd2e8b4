"""What a person sees. Holds no rules about networks, and never imports torch."""
