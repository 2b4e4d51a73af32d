"""A finished batch run as one page: shares with intervals, voices, the sentences that weigh most, the model's error rates."""
