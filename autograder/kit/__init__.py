"""All that the jail may see, and the plain part of it that students install too.

The grader copies this folder, and nothing else of the package, into the jail. It imports nothing
from outside itself but NumPy, Matplotlib and IPython; the walls (`jail`, `system_calls`) also use
the Landlock and seccomp bindings, inside functions. A test proves it.
"""
