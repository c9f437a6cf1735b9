"""What a student handed in: finding it, reading it whatever its state, playing it, filling it."""
