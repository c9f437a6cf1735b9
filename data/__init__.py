"""The data of the course: the MNIST handwritten digits, ready to load.

Notebooks write ``from course_data import load_mnist``. The imports below are
relative, so the folder works under any package name.
"""

from .mnist import DataError, load_mnist

__all__ = ["DataError", "load_mnist"]
