"""Running students' code: isolation, the process that forks workers, the line to one of them."""
