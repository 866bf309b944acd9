"""The verifier that is handed out: one file that knows nothing of this package."""
