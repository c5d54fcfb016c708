"""What happened: counted, logged, and kept to be explained."""
