"""The shipped scorer and its ways in: API, command line, offline batch. Imports neither torch nor transformers."""
