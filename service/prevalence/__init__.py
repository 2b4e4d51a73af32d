"""Shares of labels corrected for the classifier's errors, from units that people labelled and that were drawn at random."""
