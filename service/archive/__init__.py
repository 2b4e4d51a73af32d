"""Read archives as they come: folders, compressed files and containers, one record at a time, each bad record refused alone."""
