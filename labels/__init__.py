"""What a label is: the codebook, annotation records, the label store, gold labels and agreement."""
