"""Where packets are written to."""
