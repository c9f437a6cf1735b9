"""A class: its folder, configuration, students, due dates, secret seeds and gradebook."""
