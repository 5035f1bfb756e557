"""What helps a registration to succeed: landmark pairing, the position to start from, checks before the run."""
