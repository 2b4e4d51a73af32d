"""The registry: BentoML's model store, and beside it one small file that says which bundle is promoted."""
