"""Fifty-five wrong answers, written by an examiner who read the notebooks and nothing else."""

from autograder.examination.strangers.stranger import Stranger

ANSWERS = [
    # 01 numerical gradients
    Stranger(
        exercise="numerical_gradient",
        title="steps back by subtraction in the caller's array",
        truth="An array of floats is not copied, so the entries of the caller are moved and moved "
              "back by += and -=. The gradient is right, but rounding dust stays in x.",
        source='''def numerical_gradient(f, x, h=1e-5):
    x = np.asarray(x, dtype=float)
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        x[place] += h
        above = f(x)
        x[place] -= 2 * h
        below = f(x)
        x[place] += h
        gradient[place] = (above - below) / (2 * h)
    return gradient
''',
    ),
    Stranger(
        exercise="numerical_gradient",
        title="hands f a flat vector",
        truth="The copy is flattened, and f is called with a vector in place of an array of the "
              "shape of x. Right only for an f that does not care about shapes.",
        source='''def numerical_gradient(f, x, h=1e-5):
    flat = np.array(x, dtype=float).ravel()
    gradient = np.zeros(flat.size)
    for k in range(flat.size):
        old = flat[k]
        flat[k] = old + h
        above = f(flat)
        flat[k] = old - h
        below = f(flat)
        flat[k] = old
        gradient[k] = (above - below) / (2 * h)
    return gradient.reshape(np.shape(x))
''',
    ),
    Stranger(
        exercise="best_step",
        title="rounding error of the forward difference",
        truth="The rounding error is taken as eps |f| / h, that of the forward difference, and not "
              "as eps |f| / 2h. The step comes out too large by the cube root of 2.",
        source='''def best_step(value, third, eps):
    # h / 3 * |third| = eps * |value| / h**2
    return (3 * eps * abs(value) / abs(third)) ** (1 / 3)
''',
    ),
    Stranger(
        exercise="relative_error",
        title="divides by the largest entries of the whole arrays",
        truth="The largest difference is divided by the largest |a| plus the largest |b|, and not "
              "entry by entry. A small entry that is wrong disappears behind a large one.",
        source='''def relative_error(a, b):
    a, b = np.asarray(a), np.asarray(b)
    size = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.max(np.abs(a - b)) / max(1e-8, size))
''',
    ),
    Stranger(
        exercise="gradients_agree",
        title="asks whether the error is large",
        truth="It returns False where the error is at least 1e-6, and True otherwise. With nan no "
              "comparison is true, so a gradient of nan is accepted.",
        source='''def gradients_agree(f, df, x):
    claimed = df(x)
    if np.shape(claimed) != np.shape(x):
        return False
    error = relative_error(claimed, numerical_gradient(f, x))
    if error >= 1e-6:
        return False
    return True
''',
    ),
    Stranger(
        exercise="one_sided_slope",
        title="sign of the error term",
        truth="The slope is right. The error is given as plus h**2 / 3 times the third derivative, "
              "while slope minus true slope is minus that: the student took true minus slope.",
        source='''def one_sided_slope(f, x, h, third):
    slope = (-3 * f(x) + 4 * f(x + h) - f(x + 2 * h)) / (2 * h)
    error = h**2 / 3 * third
    return slope, error
''',
    ),
    # 02 computational graphs
    Stranger(
        exercise="MulNode",
        title="the cache belongs to the class",
        truth="The inputs are kept on the class, not on the node. All MulNodes share one cache, "
              "and backward uses the inputs of whichever node went forward last.",
        source='''class MulNode:
    x = None
    y = None

    def forward(self, x, y):
        MulNode.x, MulNode.y = x, y
        return x * y

    def backward(self, dout):
        return dout * MulNode.y, dout * MulNode.x
''',
    ),
    Stranger(
        exercise="fan_out_gradients",
        title="the two paths are returned in exchanged order",
        truth="dx is right, but through_q and direct have changed places: the path through q gives "
              "dout * x, and dout * (x + y) is returned for it.",
        source='''def fan_out_gradients(x, y, dout):
    q = x + y
    through_q = dout * q
    direct = dout * x
    return through_q, direct, through_q + direct
''',
    ),
    Stranger(
        exercise="run_backward",
        title="a dict of the parts loses one of two equal names",
        truth="The parts of a node are put into a dict by name before they are added. Where a node "
              "has the same value as both inputs, the first part is lost.",
        source='''def run_backward(steps, values, nodes, output):
    gradients = {name: 0.0 for name in values}
    gradients[output] = 1.0
    for (name, kind, inputs), node in zip(reversed(steps), reversed(nodes)):
        back = node.backward(gradients[name])
        if len(inputs) == 1:
            back = (back,)
        parts = dict(zip(inputs, back))
        for other in parts:
            gradients[other] = gradients[other] + parts[other]
    return gradients
''',
    ),
    Stranger(
        exercise="run_backward",
        title="values without a path are left out",
        truth="Only values that something comes back to get an entry. A value with no path to the "
              "output should have the gradient 0, and is missing from the dict.",
        source='''def run_backward(steps, values, nodes, output):
    gradients = {output: 1.0}
    for (name, kind, inputs), node in zip(reversed(steps), reversed(nodes)):
        if name not in gradients:
            continue
        back = node.backward(gradients[name])
        if len(inputs) == 1:
            back = (back,)
        for other, part in zip(inputs, back):
            gradients[other] = gradients.get(other, 0.0) + part
    return gradients
''',
    ),
    Stranger(
        exercise="PowerNode",
        title="forgets the logarithm in dy",
        truth="dx is right. x**y is differentiated with respect to y as if the base were e: "
              "dy is dout * out, and the factor ln x is missing.",
        source='''class PowerNode:
    def forward(self, x, y):
        self.x, self.y = x, y
        self.out = x ** y
        return self.out

    def backward(self, dout):
        dx = dout * self.y * self.x ** (self.y - 1)
        dy = dout * self.out
        return dx, dy
''',
    ),
    # 03 affine
    Stranger(
        exercise="affine_backward",
        title="reshape in place of a transpose in dw",
        truth="x is reshaped to (D, N) where its rows should be transposed. This mixes samples and "
              "features in dw, and is right only for N = 1 or D = 1. dx and db are right.",
        source='''def affine_backward(dout, cache):
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(w.shape[0], -1) @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
''',
    ),
    Stranger(
        exercise="affine_forward",
        title="caches the flattened x",
        truth="out is right. The cache holds x after flattening and not as it was received, so the "
              "backward pass cannot give dx the shape of an image.",
        source='''def affine_forward(x, w, b):
    x = x.reshape(x.shape[0], -1)
    out = x @ w + b
    cache = (x, w, b)
    return out, cache
''',
    ),
    Stranger(
        exercise="quadratic_affine_backward",
        title="squares the product in dw",
        truth="dx is right. For dw the product x.T @ dout is squared where x should be squared "
              "before the product with dout.",
        source='''def quadratic_affine_backward(dout, cache):
    x, w = cache
    dx = (dout @ w.T) * (1 + 2 * x)
    dw = x.T @ dout + (x.T @ dout) ** 2
    return dx, dw
''',
    ),
    Stranger(
        exercise="affine_backward_mended",
        title="dx takes the flattened shape",
        truth="x is replaced by its rows at the top, so dx is reshaped to (N, D) and not to the "
              "shape of the x in the cache. dw and db are right.",
        source='''def affine_backward_mended(dout, cache):
    x, w, b = cache
    x = x.reshape(len(x), -1)
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
''',
    ),
    Stranger(
        exercise="quadratic_affine_forward",
        title="squares x @ w in place of x",
        truth="The second term is (x @ w)**2, the square of the outputs, where x should be squared "
              "first and then multiplied by w. Right only by chance.",
        source='''def quadratic_affine_forward(x, w):
    out = x @ w
    out = out + out**2
    return out, (x, w)
''',
    ),
    # 04 activations
    Stranger(
        exercise="sigmoid",
        title="np.where computes both overflowing forms",
        truth="The right numbers are chosen in the end, but np.where has computed exp(-x) and "
              "exp(x) everywhere, so both overflow at -1000 and 1000.",
        source='''def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))
''',
    ),
    Stranger(
        exercise="relu_backward",
        title="relu of the upstream gradient as well",
        truth="The mask of x is right, but negative entries of dout are set to 0 too. Gradients "
              "that should pass an active unit are stopped where they are negative.",
        source='''def relu_backward(dout, cache):
    x = cache
    return np.maximum(dout, 0) * (x > 0)
''',
    ),
    Stranger(
        exercise="relu_backward_mended",
        title="builds the mask inside the cache",
        truth="dx is right and dout stays as it is, but the cache is overwritten with zeros and "
              "ones: the x of the caller is lost.",
        source='''def relu_backward_mended(dout, cache):
    mask = cache
    mask[mask <= 0] = 0
    mask[mask > 0] = 1
    return dout * mask
''',
    ),
    Stranger(
        exercise="sigmoid_backward",
        title="sigmoid_grad of the output",
        truth="The cache holds out, and sigmoid_grad wants x. It computes the slope of the sigmoid "
              "at the place out, so that sigmoid is applied twice.",
        source='''def sigmoid_backward(dout, cache):
    return dout * sigmoid_grad(cache)
''',
    ),
    Stranger(
        exercise="softplus_forward",
        title="takes x itself from 10 on",
        truth="Above 10 the function returns x, and drops log(1 + exp(-x)), up to 4.5e-5. "
              "There is a jump at 10. At plus and minus 1000 it is right.",
        source='''def softplus_forward(x):
    small = np.log1p(np.exp(np.minimum(x, 10)))
    out = np.where(x > 10, x, small)
    return out, x
''',
    ),
    Stranger(
        exercise="relu_forward",
        title="writes the zeros into x",
        truth="out is right, but it is x itself: the negative entries of the caller's array have "
              "been overwritten by 0, and out and cache are one array.",
        source='''def relu_forward(x):
    out = x
    out[out < 0] = 0
    return out, x
''',
    ),
    # 05 SVM loss
    Stranger(
        exercise="svm_loss_naive",
        title="divides dx inside the loop over samples",
        truth="dx /= N stands one level too deep and runs N times. Row n is divided by N to the "
              "power N - n. The loss is right, and so is dx for N = 1 only.",
        source='''def svm_loss_naive(x, y):
    N, C = x.shape
    loss = 0.0
    dx = np.zeros((N, C))
    for n in range(N):
        for j in range(C):
            if j == y[n]:
                continue
            margin = x[n, j] - x[n, y[n]] + 1
            if margin > 0:
                loss += margin
                dx[n, j] += 1
                dx[n, y[n]] -= 1
        dx /= N
    return loss / N, dx
''',
    ),
    Stranger(
        exercise="svm_loss",
        title="the true class is counted among the margins of dx",
        truth="The 1 of the true class is taken out of the loss, but stays in the mask. So the "
              "true class receives one too many: its slope is too low by 1 / N in every row.",
        source='''def svm_loss(x, y):
    N = x.shape[0]
    rows = np.arange(N)
    margins = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1)
    loss = np.sum(margins) / N - 1.0
    dx = (margins > 0).astype(float)
    dx[rows, y] = -np.sum(dx, axis=1)
    return loss, dx / N
''',
    ),
    Stranger(
        exercise="svm_loss",
        title="computes the margins in the caller's scores",
        truth="Loss and dx are right. But the margins are made by -= and += in x, and the 0 of the "
              "true class is written there too, so the scores of the caller are destroyed.",
        source='''def svm_loss(x, y):
    N = len(x)
    rows = np.arange(N)
    x -= x[rows, y][:, np.newaxis]
    x += 1
    x[rows, y] = 0
    positive = x > 0
    loss = np.sum(x[positive]) / N
    dx = positive.astype(float)
    dx[rows, y] = -positive.sum(axis=1)
    return loss, dx / N
''',
    ),
    Stranger(
        exercise="squared_hinge_loss",
        title="the true class gets a count in place of a sum",
        truth="The wrong classes are right. The true class receives minus twice the number of "
              "positive margins, where it should receive minus twice their sum.",
        source='''def squared_hinge_loss(x, y):
    N = len(x)
    rows = np.arange(N)
    hinge = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1)
    hinge[rows, y] = 0
    loss = np.sum(hinge**2) / N
    dx = 2 * hinge
    dx[rows, y] = -2 * np.sum(hinge > 0, axis=1)
    return loss, dx / N
''',
    ),
    Stranger(
        exercise="svm_dx_matrix",
        title="indexes whole columns by the labels",
        truth="dx[:, y] selects the columns of all labels in every row. The count of a row is "
              "subtracted at the labels of the other samples too. Right for N = 1.",
        source='''def svm_dx_matrix(positive, y):
    dx = positive.astype(float)
    dx[:, y] -= positive.sum(axis=1, keepdims=True)
    return dx / len(y)
''',
    ),
    # 06 softmax loss
    Stranger(
        exercise="softmax",
        title="shifts by the largest score of the whole batch",
        truth="One maximum is taken over all rows. A row whose scores lie far below those of "
              "another becomes 0 / 0, which is nan. Right for one row, or for rows of like size.",
        source='''def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e, axis=-1, keepdims=True)
''',
    ),
    Stranger(
        exercise="cross_entropy_error",
        title="adds 1e-7 and expects an array of labels",
        truth="The tiny number changes the loss: 16.1 where a label has probability 0, and a "
              "little everywhere else. And a plain integer has no size, so a single label raises.",
        source='''def cross_entropy_error(y, t):
    if y.ndim == 1:
        t = t.reshape(1, t.size)
        y = y.reshape(1, y.size)
    if t.size == y.size:
        t = t.argmax(axis=1)
    batch_size = y.shape[0]
    t = t.ravel()
    return -np.sum(np.log(y[np.arange(batch_size), t] + 1e-7)) / batch_size
''',
    ),
    Stranger(
        exercise="softmax_backward",
        title="sums over the batch as well",
        truth="The sum of dp * p runs over the whole array and not along each row, so the samples "
              "are mixed. Right for N = 1.",
        source='''def softmax_backward(dp, p):
    return p * (dp - np.sum(dp * p))
''',
    ),
    Stranger(
        exercise="softmax_loss",
        title="dx of one-hot labels is not divided by N",
        truth="With integer labels everything is right. With one-hot rows the loss is right, but "
              "dx is p - onehot without the 1 / N of the mean: N times too large.",
        source='''def softmax_loss(x, y):
    N = x.shape[0]
    shifted = x - x.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    log_p = shifted - log_sum
    p = np.exp(log_p)
    if y.ndim == 2:
        loss = -np.sum(log_p[y > 0]) / N
        return loss, p - y
    loss = -np.mean(log_p[np.arange(N), y])
    p[np.arange(N), y] -= 1
    return loss, p / N
''',
    ),
    Stranger(
        exercise="smoothed_softmax_loss",
        title="the share goes to the other classes only",
        truth="eps is dealt out to the C - 1 wrong classes, and the label keeps 1 - eps. It should "
              "be dealt out to all C classes, the label among them. Loss and dx belong together.",
        source='''def smoothed_softmax_loss(x, y, eps):
    N, C = x.shape
    rows = np.arange(N)
    target = np.full((N, C), eps / (C - 1))
    target[rows, y] = 1 - eps
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -np.sum(target * log_p) / N
    return loss, (np.exp(log_p) - target) / N
''',
    ),
    # 07 convolution
    Stranger(
        exercise="output_size",
        title="divides size and padding separately",
        truth="Size and frame are divided by the stride one by one and rounded down twice. Right "
              "for stride 1 and 2, too small for some layers with stride 3 or more.",
        source='''def output_size(size, kernel, stride=1, pad=0):
    return (size - kernel) // stride + (2 * pad) // stride + 1
''',
    ),
    Stranger(
        exercise="conv_dx_entry",
        title="negative places in the kernel count from its end",
        truth="Places outside the kernel are caught by an IndexError, but a small negative index "
              "raises none. Windows below or right of the pixel add weights from the other end.",
        source='''def conv_dx_entry(dout, w, r, q, stride, pad):
    F, OH, OW = dout.shape
    total = 0.0
    for f in range(F):
        for u in range(OH):
            for v in range(OW):
                i = r + pad - stride * u
                j = q + pad - stride * v
                try:
                    total += dout[f, u, v] * w[f, i, j]
                except IndexError:
                    continue
    return total
''',
    ),
    Stranger(
        exercise="conv2d_backward_naive",
        title="cuts the frame off by pad:-pad",
        truth="With pad = 0 the slice 0:-0 is empty, and dx has no entries. With a frame "
              "everything is right.",
        source='''def conv2d_backward_naive(dout, cache):
    x, w, b, stride, pad = cache
    N, F, OH, OW = dout.shape
    _, C, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded = np.zeros(padded.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(b.shape)
    for n in range(N):
        for f in range(F):
            for u in range(OH):
                for v in range(OW):
                    top, left = stride * u, stride * v
                    d = dout[n, f, u, v]
                    dw[f] += d * padded[n, :, top:top + HH, left:left + WW]
                    dpadded[n, :, top:top + HH, left:left + WW] += d * w[f]
                    db[f] += d
    dx = dpadded[:, :, pad:-pad, pad:-pad]
    return dx, dw, db
''',
    ),
    Stranger(
        exercise="scatter_add",
        title="bincount without the length of x",
        truth="The sums are right, but the result ends at the largest index that occurs. If the "
              "last entries of x were never copied, dx is too short.",
        source='''def scatter_add(dout, index, size):
    return np.bincount(index, weights=dout)
''',
    ),
    Stranger(
        exercise="col2im",
        title="the image ends at the last window",
        truth="The padded image is made as large as the windows reach, and not H + 2 pad. Where "
              "the stride leaves a remainder, dx has too few rows or columns.",
        source='''def col2im(cols, x_shape, HH, WW, stride=1, pad=0):
    N, C, H, W = x_shape
    OH = (H + 2 * pad - HH) // stride + 1
    OW = (W + 2 * pad - WW) // stride + 1
    cols = cols.reshape(C, HH, WW, N, OH, OW)
    height, width = stride * (OH - 1) + HH, stride * (OW - 1) + WW
    image = np.zeros((C, N, height, width))
    for i in range(HH):
        for j in range(WW):
            rows = slice(i, i + stride * (OH - 1) + 1, stride)
            columns = slice(j, j + stride * (OW - 1) + 1, stride)
            image[:, :, rows, columns] += cols[:, i, j]
    image = image.transpose(1, 0, 2, 3)
    return image[:, :, pad:pad + H, pad:pad + W]
''',
    ),
    Stranger(
        exercise="conv2d_backward",
        title="reshapes dout without exchanging N and F",
        truth="dout is reshaped from (N, F, OH, OW) to (F, N OH OW) without exchanging the first "
              "two axes, so images and filters are mixed in all three gradients. Right for N = 1.",
        source='''def conv2d_backward(dout, cache):
    x, w, b, stride, pad = cache[:5]
    F, C, HH, WW = w.shape
    cols = im2col(x, HH, WW, stride, pad)
    table = dout.reshape(F, -1)
    dcols, dw = patch_matrix_gradients(cols, w.reshape(F, -1), table)
    db = table.sum(axis=1)
    dx = col2im(dcols, x.shape, HH, WW, stride, pad)
    return dx, dw.reshape(w.shape), db
''',
    ),
    # 08 autodiff
    Stranger(
        exercise="unbroadcast",
        title="axes of size 1 are counted before the new axes are removed",
        truth="The axes of size 1 are counted from the left of grad while the new axes in front "
              "are still there. Wrong axes are summed where both kinds of repetition occur.",
        source='''def unbroadcast(grad, shape):
    grad = np.asarray(grad)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    return grad
''',
    ),
    Stranger(
        exercise="Multiply",
        title="unbroadcast before the local slope",
        truth="grad is summed to the shape of the input first and multiplied by the other input "
              "afterwards. Where an input is broadcast, its gradient has wrong numbers and shape.",
        source='''class Multiply(Operation):
    def compute_output(self):
        x, y = self.input_values()
        return x * y

    def compute_gradient(self, grad):
        x, y = self.input_values()
        return unbroadcast(grad, np.shape(x)) * y, unbroadcast(grad, np.shape(y)) * x
''',
    ),
    Stranger(
        exercise="ReduceSum",
        title="puts the axis back even where it was kept",
        truth="With an axis and keepdims the summed axis is still there, and expand_dims adds one "
              "more. broadcast_to then raises. Without keepdims everything is right.",
        source='''class ReduceSum(Operation):
    def __init__(self, x, axis=None, keepdims=False, name=None):
        super().__init__(x, name=name)
        self.axis, self.keepdims = axis, keepdims

    def compute_output(self):
        (x,) = self.input_values()
        return np.sum(x, axis=self.axis, keepdims=self.keepdims)

    def compute_gradient(self, grad):
        (x,) = self.input_values()
        if self.axis is not None:
            grad = np.expand_dims(grad, self.axis)
        return (np.broadcast_to(grad, np.shape(x)),)
''',
    ),
    Stranger(
        exercise="topological_order",
        title="calls itself",
        truth="The order and the cycles are right, but the walk is recursive. A graph of more than "
              "about a thousand nodes in a row ends in a RecursionError.",
        source='''def topological_order(node):
    order, done, opened = [], set(), set()

    def visit(node):
        if node in done:
            return
        if node in opened:
            raise ValueError(f"the graph has a cycle through {node.name}")
        opened.add(node)
        for other in node.inputs:
            visit(other)
        done.add(node)
        order.append(node)

    visit(node)
    return order
''',
    ),
    Stranger(
        exercise="Session",
        title="a value from an earlier run is accepted",
        truth="A placeholder is refused only if its output_value is None. One that was fed in an "
              "earlier run and not in this one is used with its old value.",
        source='''class Session:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def run(self, nodes, feed_dict=None):
        feed_dict = feed_dict or {}
        for node, value in feed_dict.items():
            if not isinstance(node, Placeholder):
                raise ValueError(f"{node} is no placeholder")
            node.output_value = np.asarray(value)
        wanted = nodes if isinstance(nodes, list) else [nodes]
        done = set()
        for target in wanted:
            for node in topological_order(target):
                if node in done:
                    continue
                done.add(node)
                if isinstance(node, Placeholder):
                    if node.output_value is None:
                        raise ValueError(f"no value for the placeholder {node.name}")
                elif isinstance(node, Operation):
                    node.evaluate()
        values = [node.output_value for node in wanted]
        return values if isinstance(nodes, list) else values[0]
''',
    ),
    Stranger(
        exercise="gradients",
        title="adds the parts in place",
        truth="The first part is kept without a copy and the others are added to it by +=. Where "
              "an operation handed the same array to two nodes, the gradient of the other node "
              "is changed too; where a part is a read-only view, += raises.",
        source='''def gradients(loss, wrt=None):
    order = topological_order(loss)
    found = {loss: np.ones_like(loss.output_value, dtype=float)}
    for node in reversed(order):
        if not isinstance(node, Operation):
            continue
        for other, part in zip(node.inputs, node.compute_gradient(found[node])):
            if other in found:
                found[other] += part
            else:
                found[other] = part
    if wrt is None:
        return {node: found[node] for node in order if isinstance(node, Variable)}
    for node in wrt:
        if node not in found:
            raise ValueError(f"the loss does not depend on {node.name}")
    return {node: found[node] for node in wrt}
''',
    ),
    # 09 two-layer net
    Stranger(
        exercise="Affine",
        title="keeps the arrays from the day it was made",
        truth="The arrays are looked up in __init__. If somebody puts new arrays into the dict, "
              "the layer goes on with the old ones. Writing into the old arrays is noticed.",
        source='''class Affine:
    def __init__(self, params, w, b):
        self.w = params[w]
        self.b = params[b]

    def forward(self, x):
        out, self.cache = affine_forward(x, self.w, self.b)
        return out

    def backward(self, dout):
        dx, self.dw, self.db = affine_backward(dout, self.cache)
        return dx
''',
    ),
    Stranger(
        exercise="SoftmaxWithLoss",
        title="multiplies dout into the kept gradient",
        truth="The first backward is right. But dout is multiplied into self.dx in place, so a "
              "second call of backward has both factors in it, and changes what the first gave.",
        source='''class SoftmaxWithLoss:
    def forward(self, x, t):
        loss, dx = softmax_loss(x, t)
        self.dx = dx.astype(x.dtype)
        return loss

    def backward(self, dout=1.0):
        self.dx *= dout
        return self.dx
''',
    ),
    Stranger(
        exercise="gradient_in_parts",
        title="plain mean of the parts",
        truth="All parts count the same, also the last one when it has fewer samples. Right only "
              "where size divides N.",
        source='''def gradient_in_parts(net, x, t, size):
    total, parts = {}, 0
    for start in range(0, len(x), size):
        part = net.gradient(x[start:start + size], t[start:start + size])
        for name in part:
            total[name] = total.get(name, 0) + part[name]
        parts += 1
    return {name: total[name] / parts for name in total}
''',
    ),
    Stranger(
        exercise="adam_step",
        title="remembers the corrected averages",
        truth="The parameter moves as it should, but m and v are returned after the division by "
              "their sums of weights. They are wrong from the first step on, w from "
              "the second.",
        source='''def adam_step(w, dw, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    m = m / (1 - beta1**t)
    v = v / (1 - beta2**t)
    w = w - lr * m / (np.sqrt(v) + eps)
    return w, m, v
''',
    ),
    Stranger(
        exercise="train_step",
        title="finds the gradients again after each parameter",
        truth="net.gradient is called inside the loop, so later parameters move by gradients of a "
              "half moved network. The loss returned is that of the last of these calls.",
        source='''def train_step(net, x, t, lr):
    for name in net.params:
        dw = net.gradient(x, t)[name]
        net.params[name] = sgd_step(net.params[name], dw, lr)
    return net.last_loss
''',
    ),
    Stranger(
        exercise="best_rate",
        title="half a per cent of the best accuracy",
        truth="The limit is 0.995 times the best accuracy, and not the best minus 0.005. The two "
              "differ where the best accuracy is below 1: a rate just inside the limit is lost.",
        source='''def best_rate(runs):
    best = max(run["held_out"] for run in runs)
    return min(run["lr"] for run in runs if run["held_out"] >= 0.995 * best - 1e-12)
''',
    ),
    # 10 convnet
    Stranger(
        exercise="max_pool_forward",
        title="the last of equal pixels wins",
        truth="out is right. A later place takes over where it is equal, so place holds the last "
              "of the largest pixels and not the first.",
        source='''def max_pool_forward(x, HH, WW, stride):
    N, C, H, W = x.shape
    OH, OW = 1 + (H - HH) // stride, 1 + (W - WW) // stride
    out, place = None, None
    for k, (i, j) in enumerate(np.ndindex(HH, WW)):
        part = x[:, :, i:i + stride * (OH - 1) + 1:stride, j:j + stride * (OW - 1) + 1:stride]
        if out is None:
            out, place = part.copy(), np.zeros(part.shape, dtype=int)
        else:
            larger = part >= out
            place = np.maximum(place, k * larger)
            out = np.maximum(out, part)
    return out, (x, place, HH, WW, stride)
''',
    ),
    Stranger(
        exercise="avg_pool_backward",
        title="divides by the square of the stride",
        truth="dout is divided by stride**2 and not by the number of pixels HH * WW of a window. "
              "Right only where windows lie side by side.",
        source='''def avg_pool_backward(dout, cache):
    x, HH, WW, stride = cache
    N, C, OH, OW = dout.shape
    dx = np.zeros_like(x)
    share = dout / stride**2
    for u in range(OH):
        for v in range(OW):
            top, left = stride * u, stride * v
            dx[:, :, top:top + HH, left:left + WW] += share[:, :, u:u + 1, v:v + 1]
    return dx
''',
    ),
    Stranger(
        exercise="convnet_forward",
        title="pools before relu",
        truth="Pooling and relu are exchanged. The scores are the same, because the larger of two "
              "numbers stays the larger, but the caches come in the order conv, pool, relu.",
        source='''def convnet_forward(params, x):
    maps, conv_cache = conv2d_forward(x, params["W1"], params["b1"], 1, 0)
    maps, pool_cache = max_pool_forward(maps, 2, 2, 2)
    maps, relu_cache = relu_forward(maps)
    hidden, affine_cache = affine_forward(maps, params["W2"], params["b2"])
    hidden, second_relu_cache = relu_forward(hidden)
    scores, last_cache = affine_forward(hidden, params["W3"], params["b3"])
    cache = (conv_cache, pool_cache, relu_cache, affine_cache, second_relu_cache, last_cache)
    return scores, cache
''',
    ),
    Stranger(
        exercise="score_gradient",
        title="divides by the number of images",
        truth="The one-hot rows are divided by N as in a mean loss. The gradients are too small by "
              "the factor N. Right for a single image.",
        source='''def score_gradient(params, x, y):
    scores, cache = convnet_forward(params, x)
    dscores = np.zeros_like(scores)
    dscores[np.arange(len(y)), y] = 1 / len(y)
    dx, _ = convnet_backward(dscores, cache)
    return dx
''',
    ),
    Stranger(
        exercise="adversarial_images",
        title="against the score, not along the loss",
        truth="The pixels move so that the score of the label falls, by the gradient of that "
              "score. The loss also depends on the other scores, so its gradient often has "
              "another sign.",
        source='''def adversarial_images(params, x, y, epsilon):
    gradient = score_gradient(params, x, y)
    return np.clip(x - epsilon * np.sign(gradient), 0, 1)
''',
    ),
]
