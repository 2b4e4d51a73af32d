"""`stancewire retrain`: a candidate from new labels, compared with the incumbent, promoted only when no guarded figure falls."""
