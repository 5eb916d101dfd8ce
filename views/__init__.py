"""The pages: read the store, call analytics, draw. No arithmetic."""
