"""Score archives of any size: shards by content, each written whole or not at all, on this machine or on Ray."""
