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
    Attack("complex NaN everywhere", ZEROS.replace("np.zeros(", "(np.nan + 1j) * np.zeros(")),
    Attack("NaN in half precision, and read-only", '''
import numpy as np
def affine_backward(dout, cache):
    return [np.broadcast_to(np.float16("nan"), a.shape) for a in cache]
'''),
    Attack("nothing at all", '''
def affine_backward(dout, cache):
    return ()
'''),
    Attack("masked arrays", '''
import numpy as np
def affine_backward(dout, cache):
    return [np.ma.array(np.zeros(a.shape), mask=True) for a in cache]
'''),
    Attack("arrays of objects without an order", '''
import numpy as np
class Small:
    def __sub__(self, other): return self
    def __abs__(self): return self
    def __gt__(self, other): return False
    __lt__ = __ge__ = __le__ = __gt__
def affine_backward(dout, cache):
    return [np.full(a.shape, Small(), dtype=object) for a in cache]
'''),
    Attack("an object that NumPy asks for its way to subtract", '''
import numpy as np
class Mine:
    __array_priority__ = 1e9
    def __sub__(self, other): return self
    def __array_ufunc__(self, *a, **k): return self
    def __array_function__(self, *a, **k): return 0.0
def affine_backward(dout, cache):
    return [Mine(), Mine(), Mine()]
'''),
    Attack("a float that hates to be compared", '''
import numpy as np
class Odd(float):
    __array_ufunc__ = None
    def __sub__(self, other): return Odd()
    __rsub__ = __sub__
    def __abs__(self): return 0.0
def affine_backward(dout, cache):
    return [type("Zero", (), {"__sub__": lambda self, other: 0.0, "__array_ufunc__": None})()] * 3
'''),
    Attack("a tuple whose length changes", '''
class Changing(tuple):
    asked = 0
    def __len__(self):
        return 0
    def __iter__(self):
        raise SystemExit
def affine_backward(dout, cache):
    return Changing((dout, dout, dout))
'''),
    Attack("an array that changes when it is computed with", '''
import numpy as np
class Shy(np.ndarray):
    def __array_wrap__(self, array, context=None, return_scalar=False):
        return np.full(np.shape(array), np.nan)
def affine_backward(dout, cache):
    return [np.zeros(a.shape).view(Shy) for a in cache]
'''),
    Attack("values that end the process of who prints them", '''
import os
class Bomb:
    def __repr__(self): os._exit(0)
    __str__ = __reduce__ = __sub__ = __array__ = __len__ = __iter__ = __del__ = __repr__
def affine_backward(dout, cache):
    return Bomb()
'''),
]
