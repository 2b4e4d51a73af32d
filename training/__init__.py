"""Fine-tuning, evaluation, calibration and export. Only this package imports torch, transformers and scikit-learn."""
