"""Answers that are not answers: values that agree with everything, or upset who looks at them."""

from __future__ import annotations

from autograder.examination.attacks.attack import ZEROS, Attack

ATTACKS = [
    Attack("an ndarray subclass that agrees with everything", '''
import numpy as np
class Yes(np.ndarray):
    def __sub__(self, other): return np.zeros(self.shape)
    __rsub__ = __sub__
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array_ufunc__(self, *a, **k): return np.zeros(self.shape)
    def __array_function__(self, *a, **k): return True
def affine_backward(dout, cache):
    return tuple(np.zeros(a.shape).view(Yes) for a in cache)
'''),
    Attack("an object that equals everything", '''
class Anything:
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    shape = dtype = property(lambda self: Anything())
    def __array__(self, *a, **k): raise RuntimeError
    def __getitem__(self, key): return 0.0
    def __iter__(self): return iter([self, self, self])
    def __len__(self): return 0
def affine_backward(dout, cache):
    return Anything()
'''),
    Attack("NaN everywhere", ZEROS.replace("np.zeros(", "np.nan * np.zeros(")),
]
