"""Which sentences to label next: a random share for prevalence, and a chosen share for the model."""
