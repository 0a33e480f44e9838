"""What a new source (or channel, or index) joins to know that it behaves; shipped, so that other distributions can."""
