"""What is counted: in the memory of each worker."""
