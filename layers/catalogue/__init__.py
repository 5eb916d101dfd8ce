"""The layers of the product: what each one shows, in which classes and from which source."""
