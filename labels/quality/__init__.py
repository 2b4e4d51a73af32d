"""How good annotations are: agreement of each annotator with the others, over time, what to adjudicate, and who drifts."""
