"""Sixty wrong answers by a fourth examiner."""

from autograder.examination.strangers.stranger import Stranger

ANSWERS = [
    # 01 numerical gradients
    Stranger(
        exercise="best_step",
        title="both errors set equal",
        truth="The text asks to set the derivative of the sum of both errors to zero. Here the "
              "two errors are set equal, so the step is larger by the cube root of 2.",
        source='''def best_step(value, third, eps):
    # truncation error = rounding error: h ** 2 / 6 * |third| = eps * |value| / (2 * h)
    return (3 * eps * abs(value) / abs(third)) ** (1 / 3)
''',
    ),
    Stranger(
        exercise="numerical_gradient",
        title="entries are not put back",
        truth='"Leave all others where they are": after its turn an entry stays one step lower, '
              "so all later slopes are measured at a shifted point, and the error is O(h).",
        source='''def numerical_gradient(f, x, h=1e-5):
    point = np.array(x, dtype=float)
    gradient = np.zeros(point.shape)
    for index in np.ndindex(point.shape):
        point[index] += h
        above = f(point)
        point[index] -= 2 * h
        below = f(point)
        gradient[index] = (above - below) / (2 * h)
    return gradient
''',
    ),
    Stranger(
        exercise="mean_squared_error",
        title="a batch is averaged",
        truth='"Half the sum of squared differences", nothing is divided. For arrays with two or '
              "more dimensions this divides by the length of the first axis.",
        source='''def mean_squared_error(y, t):
    loss = 0.5 * np.sum((y - t) ** 2)
    if np.ndim(y) > 1:
        loss = loss / len(y)
    return loss
''',
    ),
    Stranger(
        exercise="relative_error",
        title="norms in place of the worst entry",
        truth="The text says that the worst entry counts. This is the formula of another course, "
              "the norm of the difference by the sum of the norms, in which one bad entry drowns.",
        source='''def relative_error(a, b):
    a, b = np.ravel(a), np.ravel(b)
    difference = np.linalg.norm(a - b)
    return difference / max(1e-8, np.linalg.norm(a) + np.linalg.norm(b))
''',
    ),
    Stranger(
        exercise="gradients_agree",
        title="np.allclose with its hidden atol",
        truth='"Do not compare plain differences with a fixed number": np.allclose tolerates an '
              "absolute difference of 1e-8 by default, so 2e-9 passes for 1e-9.",
        source='''def gradients_agree(f, df, x):
    claimed = np.asarray(df(x))
    if claimed.shape != np.shape(x):
        return False
    return bool(np.allclose(claimed, numerical_gradient(f, x), rtol=1e-6))
''',
    ),
    # 02 computational graphs
    Stranger(
        exercise="MulNode",
        title="all nodes share one memory",
        truth="Each node has notes of its own, says the text. The list belongs to the class, so "
              "backward uses the numbers of whichever product node ran last.",
        source='''class MulNode:
    seen = []

    def forward(self, x, y):
        self.seen.append((x, y))
        return x * y

    def backward(self, dout):
        x, y = self.seen[-1]
        return dout * y, dout * x
''',
    ),
    Stranger(
        exercise="MaxNode",
        title="a tie is shared",
        truth='"At a tie, x counts as the larger": it must get all of dout. Here both inputs get '
              "one half, as in some frameworks.",
        source='''class MaxNode:
    def forward(self, x, y):
        self.share = 0.5 if x == y else float(x > y)
        return max(x, y)

    def backward(self, dout):
        return dout * self.share, dout * (1 - self.share)
''',
    ),
    Stranger(
        exercise="bill_gradients",
        title="the direct branch sends 1",
        truth="The total sends dtotal along the direct branch of the subtotal. Here it is always "
              "1, which is right only for dtotal = 1.",
        source='''def bill_gradients(apple_price, apple_number, pear_price, pear_number, tax_rate,
                   dtotal):
    subtotal = apple_price * apple_number + pear_price * pear_number
    dtax = dtotal
    dtax_rate = dtax * subtotal
    dsubtotal = 1 + dtax * tax_rate
    dapple_cost = dpear_cost = dsubtotal
    return (dtax, dtax_rate, dsubtotal, dapple_cost, dpear_cost,
            dapple_cost * apple_number, dapple_cost * apple_price,
            dpear_cost * pear_number, dpear_cost * pear_price)
''',
    ),
    Stranger(
        exercise="run_forward",
        title="one node for each kind",
        truth='"Make a node for each step": here all steps of one kind get the same node, so that '
              "it remembers only its last use. The values are right, the nodes are not.",
        source='''def run_forward(steps, values, make=make_node):
    values, made, nodes = dict(values), {}, []
    for name, kind, inputs in steps:
        if kind not in made:
            made[kind] = make(kind)
        node = made[kind]
        values[name] = node.forward(*[values[other] for other in inputs])
        nodes.append(node)
    return values, nodes
''',
    ),
    Stranger(
        exercise="run_backward",
        title="an input that stands twice in one step",
        truth="A value that is used twice by one step receives both parts. A dict of the parts "
              "keeps only the second of them, so x * x has the slope x.",
        source='''def run_backward(steps, values, nodes, output):
    gradients = {name: 0.0 for name in values}
    gradients[output] = 1.0
    for (name, _, inputs), node in zip(reversed(steps), reversed(nodes)):
        back = node.backward(gradients[name])
        if not isinstance(back, tuple):
            back = (back,)
        parts = dict(zip(inputs, back))
        for other, part in parts.items():
            gradients[other] += part
    return gradients
''',
    ),
    # 03 affine
    Stranger(
        exercise="affine_scalar_gradients",
        title="sum times sum",
        truth="Slopes multiply along each path, and then the paths add up: x0 dout0 + x1 dout1. "
              "Here both sums are taken first and then multiplied.",
        source='''def affine_scalar_gradients(x0, x1, w, b, dout0, dout1):
    db = dout0 + dout1
    dw = (x0 + x1) * db
    return dw, db
''',
    ),
    Stranger(
        exercise="affine_forward",
        title="the cache holds the flattened x",
        truth='"Put x into the cache as you received it, before flattening." For images the cache '
              "holds rows, and the backward pass cannot give dx the shape of x.",
        source='''def affine_forward(x, w, b):
    x = x.reshape(x.shape[0], -1)
    out = x @ w + b
    cache = (x, w, b)
    return out, cache
''',
    ),
    Stranger(
        exercise="affine_backward",
        title="a reshape in place of the transpose",
        truth="dw is the transpose of the flattened x times dout. A reshape to (D, N) has the "
              "shape of the transpose, but its numbers stand in other places.",
        source='''def affine_backward(dout, cache):
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(-1, x.shape[0]) @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
''',
    ),
    Stranger(
        exercise="affine_backward_mended",
        title="transposed before flattening",
        truth="x.T turns round all axes of an image, so the features come in another order than "
              "the rows of w. dw is right for matrices and mixed up for x of shape (N, 2, 3).",
        source='''def affine_backward_mended(dout, cache):
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.T.reshape(-1, len(x)) @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
''',
    ),
    Stranger(
        exercise="quadratic_affine_backward",
        title="dw with the slope of x",
        truth="w is multiplied by x + x^2, so dw is its transpose times dout. Here the slope 1 + "
              "2x, which belongs to dx, is used for dw as well.",
        source='''def quadratic_affine_backward(dout, cache):
    x, w = cache
    slope = 1 + 2 * x
    dx = (dout @ w.T) * slope
    dw = slope.T @ dout
    return dx, dw
''',
    ),
    # 04 activations
    Stranger(
        exercise="sigmoid",
        title="x is clipped at 15",
        truth="The result must be 1 / (1 + exp(-x)) also for large entries. Everything below -15 "
              "gives 3e-7: at -30 that is three million times too large.",
        source='''def sigmoid(x):
    x = np.clip(x, -15, 15)       # no overflow
    return 1 / (1 + np.exp(-x))
''',
    ),
    Stranger(
        exercise="crelu_jacobian",
        title="the two halves are interleaved",
        truth="In the text all relu(x_j) come first and then all relu(-x_j). Here rows 2j and 2j "
              "+ 1 belong to x_j.",
        source='''def crelu_jacobian(x):
    D = len(x)
    jacobian = np.zeros((2 * D, D))
    for j in range(D):
        if x[j] > 0:
            jacobian[2 * j, j] = 1
        else:
            jacobian[2 * j + 1, j] = -1
    return jacobian
''',
    ),
    Stranger(
        exercise="relu_backward",
        title="a tolerance around the kink",
        truth="The slope is 1 wherever x > 0, and only at x = 0 a convention is needed. Here "
              "small positive entries up to 1e-6 count as 0 and lose their gradient.",
        source='''def relu_backward(dout, cache):
    x = cache
    active = x > 1e-6             # floats should not be compared with 0 exactly
    return dout * active
''',
    ),
    Stranger(
        exercise="sigmoid_backward",
        title="the cache is overwritten",
        truth="slope is a second name of the cache, so the in-place product destroys the output "
              "of the layer, which belongs to somebody else, and a second call gives another dx.",
        source='''def sigmoid_backward(dout, cache):
    slope = cache
    slope *= 1 - cache
    return dout * slope
''',
    ),
    Stranger(
        exercise="softplus_forward",
        title="|x| in place of the positive part",
        truth="log(1 + exp(x)) is max(0, x) plus a logarithm. With |x| in its place negative "
              "entries give the value of their mirror image: 1000 instead of 0 at -1000.",
        source='''def softplus_forward(x):
    size = np.abs(x)
    out = size + np.log1p(np.exp(-size))
    return out, x
''',
    ),
    # 05 SVM loss
    Stranger(
        exercise="svm_dx_matrix",
        title="whole columns are written",
        truth="Each row subtracts its count at its own true class. dx[:, y] takes the columns of "
              "all labels in every row, so samples mix; it is right only for a single sample.",
        source='''def svm_dx_matrix(positive, y):
    dx = positive.astype(float)
    dx[:, y] -= positive.sum(axis=1, keepdims=True)
    return dx / len(y)
''',
    ),
    Stranger(
        exercise="svm_loss",
        title="divided by the number of classes too",
        truth="The loss is the mean over the samples of the sum of positive margins. As in "
              "PyTorch's multi_margin_loss, loss and dx are divided by C as well.",
        source='''def svm_loss(x, y):
    N, C = x.shape
    rows = np.arange(N)
    margins = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1)
    margins[rows, y] = 0
    loss = margins.sum(axis=1).mean() / C
    dx = (margins > 0).astype(float)
    dx[rows, y] = -dx.sum(axis=1)
    return loss, dx / (N * C)
''',
    ),
    Stranger(
        exercise="svm_loss_mended",
        title="row sum with the old entry in it",
        truth="The true class needs minus the number of positive margins. The sum is taken again "
              "inside the loop and contains the true class's own entry: two margins give -1.",
        source='''def svm_loss_mended(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for n in range(N):
        for j in range(C):
            margin = x[n, j] - x[n, y[n]] + 1
            if margin > 0 and j != y[n]:
                loss += margin
                dx[n, j] = 1
                dx[n, y[n]] = -np.sum(dx[n])
    return loss / N, dx / N
''',
    ),
    Stranger(
        exercise="svm_loss_linear",
        title="the penalty is divided by N",
        truth='"The penalty belongs to no sample and is not divided by N." Here it is, in the '
              "loss and in the gradient alike, so that a gradient check finds nothing.",
        source='''def svm_loss_linear(w, x, y, reg):
    N = len(x)
    loss, ds = svm_loss(x @ w, y)
    loss += reg / N * np.sum(w * w)
    dw = x.T @ ds + 2 * reg / N * w
    return loss, dw
''',
    ),
    Stranger(
        exercise="squared_hinge_loss",
        title="the square of the sum",
        truth="Asked for is the sum of all squared margins. Here the sum of the margins of a "
              "sample is squared, with the gradient that belongs to it; equal with two classes "
              "only.",
        source='''def squared_hinge_loss(x, y):
    N = len(y)
    rows = np.arange(N)
    margins = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1)
    margins[rows, y] = 0
    total = margins.sum(axis=1, keepdims=True)
    loss = np.mean(total ** 2)
    dx = 2 * total * (margins > 0)
    dx[rows, y] = -dx.sum(axis=1)
    return loss, dx / N
''',
    ),
    # 06 softmax loss
    Stranger(
        exercise="softmax",
        title="the maximum of the whole batch",
        truth="The shift must be safe for every row. With one maximum for the batch, a row whose "
              "scores lie 1000 lower underflows to zeros and becomes nan.",
        source='''def softmax(x):
    e = np.exp(x - np.max(x))
    return e / e.sum(axis=-1, keepdims=True)
''',
    ),
    Stranger(
        exercise="cross_entropy_error",
        title="batches first, then compared",
        truth='"Compare first, then make batches." The one-hot row of a single sample has one '
              "dimension and is read as C labels, so the mean runs over classes 0 and 1.",
        source='''def cross_entropy_error(y, t):
    y, t = np.atleast_2d(y), np.atleast_1d(t)
    if t.ndim == y.ndim:
        t = t.argmax(axis=1)
    return -np.mean(np.log(y[np.arange(len(y)), t]))
''',
    ),
    Stranger(
        exercise="softmax_dx",
        title="as many classes as the largest label",
        truth="p has C columns, and so must the one-hot rows. Here their width is the largest "
              "label of the batch plus one: where the last class does not occur, shapes do not "
              "fit.",
        source='''def softmax_dx(p, y):
    onehot = np.eye(np.max(y) + 1)[y]
    return (p - onehot) / len(p)
''',
    ),
    Stranger(
        exercise="softmax_loss",
        title="one-hot labels: mean over all entries",
        truth="The loss is a mean over the samples. With one-hot labels the mean runs over all N "
              "* C entries, so the loss is C times too small; dx and integer labels are right.",
        source='''def softmax_loss(x, y):
    N, C = x.shape
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    if y.ndim == 2:
        loss = -np.mean(y * log_p)
        onehot = y
    else:
        loss = -np.mean(log_p[np.arange(N), y])
        onehot = np.eye(C)[y]
    return loss, (np.exp(log_p) - onehot) / N
''',
    ),
    Stranger(
        exercise="softmax_loss_mended",
        title="a still tinier number",
        truth='"The result must be right for every size of scores." 1e-300 in place of 1e-7 only '
              "moves the trouble: the loss never exceeds 691, even where it should be 20000.",
        source='''def softmax_loss_mended(x, y):
    rows = np.arange(len(x))
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[rows, y] + 1e-300))
    p[rows, y] -= 1.0
    return loss, p / len(x)
''',
    ),
    Stranger(
        exercise="smoothed_softmax_loss",
        title="dealt out to the other classes only",
        truth='The share is dealt out "to all C classes, the label among them". Here the label '
              "keeps 1 - eps and the C - 1 others share eps, another common convention.",
        source='''def smoothed_softmax_loss(x, y, eps):
    N, C = x.shape
    target = np.full((N, C), eps / (C - 1))
    target[np.arange(N), y] = 1 - eps
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -np.sum(target * log_p) / N
    return loss, (np.exp(log_p) - target) / N
''',
    ),
    # 07 convolution
    Stranger(
        exercise="conv_dx_entry",
        title="negative places in the kernel",
        truth="Both ends of both ranges must be checked. An IndexError stops places beyond the "
              "end, but a negative index counts from the end, and such windows are added as well.",
        source='''def conv_dx_entry(dout, w, r, q, stride, pad):
    total = 0.0
    for f, u, v in np.ndindex(dout.shape):
        i = r + pad - stride * u
        j = q + pad - stride * v
        try:
            total += dout[f, u, v] * w[f, i, j]
        except IndexError:        # the pixel is not in this window
            pass
    return total
''',
    ),
    Stranger(
        exercise="conv2d_forward_naive",
        title="the width is counted with the kernel's height",
        truth='"The width is counted in the same way, with W and WW." Here OW is counted with HH, '
              "so out has a wrong width, or the call fails, unless the kernel is square.",
        source='''def conv2d_forward_naive(x, w, b, stride=1, pad=0):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    OH = output_size(H, HH, stride, pad)
    OW = output_size(W, HH, stride, pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW))
    for n, f, u, v in np.ndindex(out.shape):
        top, left = stride * u, stride * v
        window = padded[n, :, top:top + HH, left:left + WW]
        out[n, f, u, v] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, stride, pad)
''',
    ),
    Stranger(
        exercise="im2col",
        title="columns in the order u, v, n",
        truth="The columns must come in the order n, u, v. Here the image is counted last, as in "
              "a well-known course; for a single image there is no difference.",
        source='''def im2col(x, HH, WW, stride=1, pad=0):
    N, C, H, W = x.shape
    OH, OW = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    cols = np.zeros((C, HH, WW, OH, OW, N), dtype=x.dtype)
    for i in range(HH):
        for j in range(WW):
            part = padded[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
            cols[:, i, j] = part.transpose(1, 2, 3, 0)
    return cols.reshape(C * HH * WW, -1)
''',
    ),
    Stranger(
        exercise="scatter_add",
        title="size is ignored",
        truth="dx must have the shape (size,). np.bincount without minlength ends at the largest "
              "index that occurs, so dx is too short where the last entries were never copied.",
        source='''def scatter_add(dout, index, size):
    return np.bincount(index, weights=dout)
''',
    ),
    Stranger(
        exercise="col2im",
        title="an inverse in place of the transpose",
        truth='"Its name sounds like an inverse, and it is none": each pixel gets the sum of the '
              "values at its copies. Here the sum is divided by the number of copies.",
        source='''def col2im(cols, x_shape, HH, WW, stride=1, pad=0):
    N, C, H, W = x_shape
    OH, OW = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    cols = cols.reshape(C, HH, WW, N, OH, OW)
    padded = np.zeros((C, N, H + 2 * pad, W + 2 * pad))
    copies = np.zeros_like(padded)
    for i in range(HH):
        for j in range(WW):
            here = np.s_[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
            padded[here] += cols[:, i, j]
            copies[here] += 1
    padded /= np.maximum(copies, 1)
    return padded[:, :, pad:pad + H, pad:pad + W].transpose(1, 0, 2, 3)
''',
    ),
    Stranger(
        exercise="echo_backward",
        title="the last echoes are cut off",
        truth='"Nothing is cut off: even the last moment is heard to its last echo." Here only '
              "outputs before the end of the sound send anything back.",
        source='''def echo_backward(dout, cache):
    x, w = cache
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    W = x.shape[1]
    for q in range(W):
        for j in range(w.shape[1]):
            u = q + j
            if u < W:
                dx[:, q] += dout[:, :, u] @ w[:, j]
                dw[:, j] += x[:, q] @ dout[:, :, u]
    return dx, dw
''',
    ),
    Stranger(
        exercise="conv2d_forward_general",
        title="filters dealt out to the groups in turn",
        truth="Filter f belongs to part floor(f / F'). Here it is f modulo the number of groups; "
              "that is the same only for one group, or for one filter in each.",
        source='''def conv2d_forward_general(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    N, C, H, W = x.shape
    F, per_group, HH, WW = w.shape
    OH = output_size(H, dilation * (HH - 1) + 1, stride, pad)
    OW = output_size(W, dilation * (WW - 1) + 1, stride, pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW)) + b[:, np.newaxis, np.newaxis]
    for f in range(F):
        first = (f % groups) * per_group
        for i in range(HH):
            for j in range(WW):
                top, left = dilation * i, dilation * j
                part = padded[:, first:first + per_group, top:top + stride * OH:stride,
                              left:left + stride * OW:stride]
                out[:, f] += np.tensordot(part, w[f, :, i, j], axes=(1, 0))
    return out, (x, w, b, stride, pad, dilation, groups)
''',
    ),
    # 08 automatic differentiation
    Stranger(
        exercise="unbroadcast",
        title="only the first axis of size 1",
        truth="The gradient must be summed over every axis along which the input was repeated. "
              "shape.index(1) finds only the first one, so (1, 1) or (1, 3, 1) come out wrong.",
        source='''def unbroadcast(grad, shape):
    extra = grad.ndim - len(shape)
    grad = grad.sum(axis=tuple(range(extra)))
    if 1 in shape:
        grad = grad.sum(axis=shape.index(1), keepdims=True)
    return grad
''',
    ),
    Stranger(
        exercise="ReduceSum",
        title="axis 0 is taken for no axis",
        truth='"The sum over all entries, or along self.axis." 0 is false in Python, so with '
              "axis=0 everything is summed.",
        source='''class ReduceSum(Operation):
    def __init__(self, x, axis=None, keepdims=False, name=None):
        super().__init__(x, name=name)
        self.axis, self.keepdims = axis, keepdims

    def compute_output(self):
        (x,) = self.input_values()
        if self.axis:
            return np.sum(x, axis=self.axis, keepdims=self.keepdims)
        return np.sum(x, keepdims=self.keepdims)

    def compute_gradient(self, grad):
        (x,) = self.input_values()
        if self.axis and not self.keepdims:
            grad = np.expand_dims(grad, self.axis)
        return (np.broadcast_to(grad, np.shape(x)),)
''',
    ),
    Stranger(
        exercise="topological_order",
        title="a node is marked when it is put on the stack",
        truth='"Every node stands behind all of its inputs." A node that already waits further '
              "down the stack is not put on top again, so in a + a * b the product precedes a.",
        source='''def topological_order(node):
    order, stack, seen, waiting = [], [(node, False)], {node}, set()
    while stack:
        current, opened = stack.pop()
        if opened:
            waiting.discard(current)
            order.append(current)
            continue
        waiting.add(current)
        stack.append((current, True))
        for other in current.inputs:
            if other in waiting:
                raise ValueError(f"the graph has a cycle through {other}")
            if other not in seen:
                seen.add(other)
                stack.append((other, False))
    return order
''',
    ),
    Stranger(
        exercise="Session",
        title="a list is run node by node",
        truth="Asked for a list, every operation is to be evaluated once, even if several nodes "
              "depend on it. Here what they share is evaluated once for each of them.",
        source='''class Session:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def run(self, nodes, feed_dict=None):
        if isinstance(nodes, list):
            return [self.run(node, feed_dict) for node in nodes]
        feed_dict = feed_dict or {}
        for key, value in feed_dict.items():
            if not isinstance(key, Placeholder):
                raise ValueError(f"{key} is no placeholder")
            key.output_value = np.asarray(value)
        for node in topological_order(nodes):
            if isinstance(node, Placeholder) and node not in feed_dict:
                raise ValueError(f"{node} has no value in feed_dict")
            if isinstance(node, Operation):
                node.evaluate()
        return nodes.output_value
''',
    ),
    Stranger(
        exercise="gradients",
        title="only variables are returned",
        truth='With wrt, exactly its nodes are returned, "whatever they are". Here placeholders, '
              "constants and operations in wrt are silently left out.",
        source='''def gradients(loss, wrt=None):
    order = topological_order(loss)
    found = {loss: np.ones_like(loss.output_value, dtype=float)}
    for node in reversed(order):
        if isinstance(node, Operation):
            for other, part in zip(node.inputs, node.compute_gradient(found[node])):
                found[other] = found[other] + part if other in found else part
    for node in wrt or []:
        if node not in found:
            raise ValueError(f"there is no path from {node} to {loss}")
    return {node: found[node] for node in order
            if isinstance(node, Variable) and (wrt is None or node in wrt)}
''',
    ),
    Stranger(
        exercise="exposing_expressions",
        title="the operands stand the wrong way round",
        truth="too_early must be wrong in the colleague's program. In a * b + a the product is "
              "met before a, and everything has come back to a in time: the gradients are right.",
        source='''def exposing_expressions(a, b):
    too_early = a * b + a
    one_part = a * a
    return too_early, one_part
''',
    ),
    Stranger(
        exercise="GradientDescentOptimizer",
        title="variables move one after the other",
        truth='"Find all of them before the first variable moves." Here each gradient is found '
              "when the variables before it have moved, so values old and new are mixed.",
        source='''class GradientDescentOptimizer:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def minimize(self, loss):
        def step():
            before = loss.output_value
            for node in gradients(loss):
                slope = gradients(loss, [node])[node]
                node.output_value = node.output_value - self.learning_rate * slope
            return before

        return Action(step, loss)
''',
    ),
    Stranger(
        exercise="Maximum",
        title="at a tie both get the gradient",
        truth='"Where x and y are equal, x counts as the larger", and each entry of grad goes to '
              "exactly one side. Here both sides receive it.",
        source='''class Maximum(Operation):
    def compute_output(self):
        x, y = self.input_values()
        return np.maximum(x, y)

    def compute_gradient(self, grad):
        x, y = self.input_values()
        out = np.maximum(x, y)
        dx = unbroadcast(grad * (x == out), np.shape(x))
        dy = unbroadcast(grad * (y == out), np.shape(y))
        return dx, dy
''',
    ),
    # 09 a two-layer net
    Stranger(
        exercise="Affine",
        title="gradients accumulate as in PyTorch",
        truth="self.dw and self.db are the gradients of this way back. Here they are added to "
              "those of all earlier calls, so only the first backward is right.",
        source='''class Affine:
    def __init__(self, params, w, b):
        self.params, self.w, self.b = params, w, b
        self.dw, self.db = 0.0, 0.0

    def forward(self, x):
        out, self.cache = affine_forward(x, self.params[self.w], self.params[self.b])
        return out

    def backward(self, dout):
        dx, dw, db = affine_backward(dout, self.cache)
        self.dw = self.dw + dw
        self.db = self.db + db
        return dx
''',
    ),
    Stranger(
        exercise="SoftmaxWithLoss",
        title="always float32",
        truth='dx must have "the dtype of the scores". Here it is float32 also for scores in '
              "float64, with only seven digits left.",
        source='''class SoftmaxWithLoss:
    def forward(self, x, t):
        loss, dx = softmax_loss(x, t)
        self.dx = dx.astype(np.float32)      # networks are trained in float32
        return loss

    def backward(self, dout=1.0):
        return self.dx * np.float32(dout)
''',
    ),
    Stranger(
        exercise="TwoLayerNet",
        title="the deviation is taken for a variance",
        truth="weight_init_std is the standard deviation of the weights. Here its root is the "
              "standard deviation: 0.1 in place of 0.01.",
        source='''class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        rng = np.random.default_rng() if rng is None else rng
        scale = np.sqrt(weight_init_std)
        self.params = {
            "W1": scale * rng.standard_normal((input_size, hidden_size)),
            "b1": np.zeros(hidden_size),
            "W2": scale * rng.standard_normal((hidden_size, output_size)),
            "b2": np.zeros(output_size),
        }
        self.layers = [Affine(self.params, "W1", "b1"), Relu(), Affine(self.params, "W2", "b2")]
        self.last = SoftmaxWithLoss()

    def predict(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def loss(self, x, t):
        return self.last.forward(self.predict(x), t)

    def accuracy(self, x, t):
        return float(np.mean(self.predict(x).argmax(axis=1) == t))

    def gradient(self, x, t):
        self.last_loss = self.loss(x, t)
        dout = self.last.backward()
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        first, _, second = self.layers
        return {"W1": first.dw, "b1": first.db, "W2": second.dw, "b2": second.db}

    def numerical_gradient(self, x, t):
        return {name: central_differences(lambda: self.loss(x, t), array)
                for name, array in self.params.items()}
''',
    ),
    Stranger(
        exercise="gradient_in_parts",
        title="the last part counts like a full one",
        truth="The result must be the gradient of the mean over all samples. Every part is "
              "weighted with size / len(x), also the last one, which may be smaller.",
        source='''def gradient_in_parts(net, x, t, size):
    total = {}
    size = min(size, len(x))
    for start in range(0, len(x), size):
        part = net.gradient(x[start:start + size], t[start:start + size])
        for name, gradient in part.items():
            total[name] = total.get(name, 0.0) + gradient * size / len(x)
    return total
''',
    ),
    Stranger(
        exercise="steps_until",
        title="short means at the beginning",
        truth='"There is no mean before there are window losses." Here the first means are taken '
              "of the few losses that there are, so one small loss at the start is enough.",
        source='''def steps_until(losses, level, window=20):
    for steps in range(1, len(losses) + 1):
        last = losses[max(0, steps - window):steps]
        if np.mean(last) < level:
            return steps
    return -1
''',
    ),
    Stranger(
        exercise="adam_step",
        title="eps is added to the uncorrected root",
        truth="The formula adds eps to the root of v-hat. In this form, known from a framework, "
              "eps is added to the root of v, so it weighs 32 times as much in the first step.",
        source='''def adam_step(w, dw, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw ** 2
    rate = lr * np.sqrt(1 - beta2 ** t) / (1 - beta1 ** t)
    w = w - rate * m / (np.sqrt(v) + eps)
    return w, m, v
''',
    ),
    Stranger(
        exercise="PenaltyNet",
        title="biases are penalised too",
        truth='"Both weight matrices are penalised, and the biases are not." Here all four arrays '
              "are, in loss and gradient alike; at the start, with biases of 0, nobody sees it.",
        source='''class PenaltyNet(TwoLayerNet):
    def __init__(self, input_size, hidden_size, output_size, reg, weight_init_std=0.01, rng=None):
        super().__init__(input_size, hidden_size, output_size, weight_init_std, rng)
        self.reg = reg

    def loss(self, x, t):
        penalty = sum(np.sum(array ** 2) for array in self.params.values())
        return super().loss(x, t) + self.reg * penalty

    def gradient(self, x, t):
        found = super().gradient(x, t)
        self.last_loss = self.loss(x, t)
        return {name: found[name] + 2 * self.reg * array for name, array in self.params.items()}
''',
    ),
    # 10 a convolutional network
    Stranger(
        exercise="max_pool_forward",
        title="places counted column by column",
        truth='place counts "in reading order from 0", row by row. Here the loop over columns is '
              "outside; out is right, but place is not, nor the winner of a tie.",
        source='''def max_pool_forward(x, HH, WW, stride):
    N, C, H, W = x.shape
    OH, OW = 1 + (H - HH) // stride, 1 + (W - WW) // stride
    out, place, k = None, np.zeros((N, C, OH, OW), dtype=np.int8), 0
    for j in range(WW):
        for i in range(HH):
            part = x[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
            if out is None:
                out = part.copy()
            else:
                place = np.where(part > out, k, place)
                out = np.maximum(out, part)
            k += 1
    return out, (x, place, HH, WW, stride)
''',
    ),
    Stranger(
        exercise="max_pool_backward",
        title="place i * HH + j",
        truth="In reading order the place in row i and column j has the number i * WW + j. With "
              "HH in place of WW this is right for square windows only.",
        source='''def max_pool_backward(dout, cache):
    x, place, HH, WW, stride = cache
    OH, OW = dout.shape[2:]
    dx = np.zeros_like(x)
    for i in range(HH):
        for j in range(WW):
            won = place == i * HH + j
            dx[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride] += dout * won
    return dx
''',
    ),
    Stranger(
        exercise="avg_pool_backward",
        title="divided by the square of the stride",
        truth="A pixel has the slope 1 / (HH * WW) in each of its windows. Here it is 1 / "
              "stride^2, the same only where square windows lie side by side.",
        source='''def avg_pool_backward(dout, cache):
    x, HH, WW, stride = cache
    OH, OW = dout.shape[2:]
    dx = np.zeros_like(x)
    share = dout / stride ** 2
    for i in range(HH):
        for j in range(WW):
            dx[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride] += share
    return dx
''',
    ),
    Stranger(
        exercise="convnet_forward",
        title="pooling before relu",
        truth='The cache is to hold conv, relu, pool, affine, relu, affine "in this order". '
              "Pooling first gives the same scores and is faster, but the second and third caches "
              "differ.",
        source='''def convnet_forward(params, x):
    out, conv = conv2d_forward(x, params["W1"], params["b1"], 1, 0)
    out, pool = max_pool_forward(out, 2, 2, 2)
    out, relu1 = relu_forward(out)
    out, affine1 = affine_forward(out, params["W2"], params["b2"])
    out, relu2 = relu_forward(out)
    scores, affine2 = affine_forward(out, params["W3"], params["b3"])
    return scores, (conv, pool, relu1, affine1, relu2, affine2)
''',
    ),
    Stranger(
        exercise="ConvNet",
        title="fan in of a filter without its channels",
        truth='Fan in of a filter counts the pixels of one window "through all channels". Here it '
              "is kernel^2, so with three channels W1 starts too large by the root of 3.",
        source='''class ConvNet:
    def __init__(self, input_shape, filters, kernel, hidden, output_size, rng):
        C, H, W = input_shape
        rows = filters * ((H - kernel + 1) // 2) * ((W - kernel + 1) // 2)

        def he(fan_in, *shape):
            return rng.standard_normal(shape) * np.sqrt(2 / fan_in)

        self.params = {
            "W1": he(kernel * kernel, filters, C, kernel, kernel), "b1": np.zeros(filters),
            "W2": he(rows, rows, hidden), "b2": np.zeros(hidden),
            "W3": he(hidden, hidden, output_size), "b3": np.zeros(output_size),
        }

    def predict(self, x):
        return convnet_forward(self.params, x)[0]

    def loss(self, x, t):
        return softmax_loss(self.predict(x), t)[0]

    def gradient(self, x, t):
        scores, cache = convnet_forward(self.params, x)
        _, dscores = softmax_loss(scores, t)
        return convnet_backward(dscores.astype(scores.dtype), cache)[1]

    def accuracy(self, x, t):
        return float(np.mean(self.predict(x).argmax(axis=1) == t))
''',
    ),
    Stranger(
        exercise="training_step",
        title="the steps are counted once more",
        truth='t is the "number of this step, from 1", just as adam_step wants it. Here t + 1 is '
              "handed on, so both averages are divided by the sum of weights of a later step.",
        source='''def training_step(net, m, v, x, y, t, lr):
    scores, cache = convnet_forward(net.params, x)
    loss, dscores = softmax_loss(scores, y)
    _, found = convnet_backward(dscores.astype(scores.dtype), cache)
    for name in net.params:
        net.params[name], m[name], v[name] = adam_step(
            net.params[name], found[name], m[name], v[name], t + 1, lr, 0.9, 0.999, 1e-8)
    return loss
''',
    ),
    Stranger(
        exercise="adversarial_images",
        title="the label's score is lowered",
        truth="Each pixel must move so that the loss grows. Here it moves so that the score of "
              "the label falls, which forgets that the other scores move as well.",
        source='''def adversarial_images(params, x, y, epsilon):
    dx = score_gradient(params, x, y)
    return np.clip(x - epsilon * np.sign(dx), 0, 1)
''',
    ),
]
