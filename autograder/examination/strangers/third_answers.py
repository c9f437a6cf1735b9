"""Sixty wrong answers by a third examiner."""

from autograder.examination.strangers.stranger import Stranger

ANSWERS = [
    # 01 numerical gradients
    Stranger(
        exercise="best_step",
        title="balances the two errors",
        truth="The step is taken where truncation and rounding error are equal, h**3 = 3 eps |f| / "
              "|f'''|. The text wants the minimum of their sum (set the derivative to zero), "
              "which is h**3 = 3 eps |f| / (2 |f'''|): the answer is 1.26 times too large.",
        source='''def best_step(value, third, eps):
    # truncation h**2 / 6 * |third| equals rounding eps * |value| / (2 * h)
    return (3 * eps * abs(value) / abs(third)) ** (1 / 3)
''',
    ),
    Stranger(
        exercise="numerical_gradient",
        title="the argument h is ignored",
        truth="The step is always 1e-5, whatever h is ('h: float, The step'). For x ** 3 and h = "
              "0.1 the central difference is 3 x ** 2 + 0.01, here it is 3 x ** 2.",
        source='''def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    step = 1e-5
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + step
        above = f(x)
        x[index] = old - step
        below = f(x)
        x[index] = old
        gradient[index] = (above - below) / (2 * step)
    return gradient
''',
    ),
    Stranger(
        exercise="mean_squared_error",
        title="spectral norm of a matrix",
        truth="np.linalg.norm(d, 2) is the Euclidean norm for vectors only; for a matrix it is the "
              "largest singular value, so the squares of all entries are not added up. "
              "('adds up the squared differences of all entries and takes half of the sum')",
        source='''def mean_squared_error(y, t):
    return 0.5 * np.linalg.norm(y - t, 2) ** 2
''',
    ),
    Stranger(
        exercise="relative_error",
        title="largest difference over largest size",
        truth="The largest difference is divided by the largest size of all entries. The text says "
              "that the denominator is taken entry by entry and the worst entry counts, so a "
              "small entry that is quite wrong beside a large right one is overlooked.",
        source='''def relative_error(a, b):
    difference = np.max(np.abs(a - b))
    size = np.max(np.abs(a) + np.abs(b))
    return difference / max(1e-8, size)
''',
    ),
    Stranger(
        exercise="gradients_agree",
        title="np.allclose with its absolute tolerance",
        truth="np.allclose also accepts any difference below atol = 1e-8, so a gradient of 2e-9 "
              "where 1e-9 is right is accepted. ('Do not compare plain differences with a fixed "
              "number. A gradient of 1e-9 that should be 2e-9 is wrong.')",
        source='''def gradients_agree(f, df, x):
    claimed = np.asarray(df(x))
    if claimed.shape != np.shape(x):
        return False
    return bool(np.allclose(claimed, numerical_gradient(f, x), rtol=1e-6))
''',
    ),
    Stranger(
        exercise="one_sided_slope",
        title="2h is not cubed in the error term",
        truth="The slope is right. For the error the h ** 3 term of f(x + 2h) is taken as 2/6 h**3 "
              "in place of 8/6 h**3, which gives + h**2 / 6 f''' where - h**2 / 3 f''' is right. "
              "('put 2h in the place of h everywhere, also inside the powers')",
        source='''def one_sided_slope(f, x, h, third):
    slope = (4 * f(x + h) - f(x + 2 * h) - 3 * f(x)) / (2 * h)
    error = (4 / 6 - 2 / 6) * h**3 * third / (2 * h)
    return slope, error
''',
    ),

    # 02 computational graphs
    Stranger(
        exercise="MulNode",
        title="the cache belongs to the class",
        truth="x and y are kept in the class, so all product nodes share one note and the node "
              "that ran last wipes out the others. ('first and second have notes of their own: "
              "second ran later, and first still knew its 0.5.')",
        source='''class MulNode:
    """The node out = x * y, for plain numbers."""

    def forward(self, x, y):
        MulNode.x = x
        MulNode.y = y
        return x * y

    def backward(self, dout):
        return dout * MulNode.y, dout * MulNode.x
''',
    ),
    Stranger(
        exercise="SquareNode",
        title="x is recovered as the root of the output",
        truth="Only the output is remembered, and the root of it has lost the sign: for x = -3 the "
              "gradient is 6 dout in place of -6 dout ('dx: Slope of the loss with respect to x').",
        source='''class SquareNode:
    """The node out = x squared, for a plain number."""

    def forward(self, x):
        self.out = x ** 2
        return self.out

    def backward(self, dout):
        return dout * 2 * self.out ** 0.5
''',
    ),
    Stranger(
        exercise="MaxNode",
        title="at a tie both inputs get the gradient",
        truth="Each input that equals the output receives dout, so at a tie both do. The docstring "
              "says 'At a tie, x counts as the larger': dx = dout and dy = 0.",
        source='''class MaxNode:
    """The node out = the larger of x and y, for plain numbers."""

    def forward(self, x, y):
        self.x, self.y = x, y
        self.out = max(x, y)
        return self.out

    def backward(self, dout):
        dx = dout if self.x == self.out else 0.0
        dy = dout if self.y == self.out else 0.0
        return dx, dy
''',
    ),
    Stranger(
        exercise="run_forward",
        title="one node for each kind",
        truth="Steps of the same kind share one node, so its cache is overwritten and the way back "
              "is wrong. ('Make a node for each step with make(kind)'; 'nodes: The node of every "
              "step')",
        source='''def run_forward(steps, values, make=make_node):
    values = dict(values)
    known, nodes = {}, []
    for name, kind, inputs in steps:
        if kind not in known:
            known[kind] = make(kind)
        node = known[kind]
        values[name] = node.forward(*[values[other] for other in inputs])
        nodes.append(node)
    return values, nodes
''',
    ),
    Stranger(
        exercise="run_backward",
        title="the argument output is ignored",
        truth="The walk always begins with slope 1 at the result of the last step. Asked for the "
              "slopes of an earlier value ('output: Name of the value whose slopes are wanted'), "
              "it returns those of the last one.",
        source='''def run_backward(steps, values, nodes, output):
    gradients = {name: 0.0 for name in values}
    last = steps[-1][0]
    gradients[last] = 1.0
    for (name, _, inputs), node in zip(reversed(steps), reversed(nodes)):
        back = node.backward(gradients[name])
        if len(inputs) == 1:
            back = (back,)
        for other, part in zip(inputs, back):
            gradients[other] += part
    return gradients
''',
    ),
    Stranger(
        exercise="PowerNode",
        title="every exponential is its own derivative",
        truth="The slope with respect to y is taken as x ** y, as if the base were e; the factor "
              "ln x is missing ('x ** y = e ** (y ln x) is made of two nodes. Use the chain "
              "rule.'). dx is right.",
        source='''class PowerNode:
    """The node out = x to the power of y, for plain numbers, x above 0."""

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
        exercise="affine_dx_entry",
        title="product of two sums",
        truth="The sum of the upstream gradients is multiplied with the sum of the weights. Along "
              "each path slopes multiply, and then the paths add up: it should be the sum of the "
              "products. Right for one output only.",
        source='''def affine_dx_entry(dout, w, n, d):
    arrives = 0.0
    slope = 0.0
    for m in range(dout.shape[1]):
        arrives += dout[n, m]
        slope += w[d, m]
    return arrives * slope
''',
    ),
    Stranger(
        exercise="affine_dw_entry",
        title="the sum begins at sample 1",
        truth="The formulas of the chapter count from 1, 'In code they start at 0'; this loop "
              "begins at 1 as on paper, and sample 0 is left out of the sum over all samples.",
        source='''def affine_dw_entry(x, dout, d, m):
    N = x.shape[0]
    total = 0.0
    for n in range(1, N):
        total += x[n, d] * dout[n, m]
    return total
''',
    ),
    Stranger(
        exercise="affine_forward",
        title="the cache holds the flattened x",
        truth="x is flattened under its old name, and so the cache holds rows in place of images. "
              "('put x into the cache as you received it, before flattening')",
        source='''def affine_forward(x, w, b):
    if x.ndim > 2:
        x = x.reshape(x.shape[0], -1)
    out = np.dot(x, w) + b
    cache = (x, w, b)
    return out, cache
''',
    ),
    Stranger(
        exercise="affine_backward",
        title="dw keeps only the last sample",
        truth="The outer product of each sample is assigned to dw in place of being added, so dw "
              "is that of the last sample alone. dw is the sum over n; right for a batch of one.",
        source='''def affine_backward(dout, cache):
    x, w, b = cache
    rows = x.reshape(x.shape[0], -1)
    dw = np.zeros_like(w)
    db = np.zeros_like(b)
    for n in range(rows.shape[0]):
        dw = np.outer(rows[n], dout[n])
        db = db + dout[n]
    dx = (dout @ w.T).reshape(x.shape)
    return dx, dw, db
''',
    ),
    Stranger(
        exercise="affine_backward_mended",
        title="a reshape in place of a transpose",
        truth="x.reshape(D, N) has the shape of the transposed rows but other numbers in nearly "
              "all places, so dw is wrong for every batch of two or more samples (with D > 1). "
              "dw should be rows.T @ dout.",
        source='''def affine_backward_mended(dout, cache):
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(-1, x.shape[0]) @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
''',
    ),
    Stranger(
        exercise="quadratic_affine_backward",
        title="dw with the slope of dx",
        truth="dw is built with 1 + 2x, the slope with respect to x. The layer is a plain product "
              "of w with x + x ** 2 ('Which one?'), so dw should be (x + x ** 2).T @ dout. "
              "dx is right.",
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
        title="one form for the whole array",
        truth="The form is chosen once for the whole array and not entry by entry. An array that "
              "holds -1 and 1000 goes through exp(x) / (1 + exp(x)) and gets nan at 1000. "
              "('Entries may be as large as 1000 and as small as -1000.')",
        source='''def sigmoid(x):
    if np.all(x >= 0):
        return 1 / (1 + np.exp(-x))
    e = np.exp(x)
    return e / (1 + e)
''',
    ),
    Stranger(
        exercise="sigmoid_grad",
        title="one of the two factors is forgotten",
        truth="It returns e / (1 + e) with e = exp(-|x|), only one of the two factors of the "
              "slope: 1/2 at x = 0, where the slope is 1/4. Far from 0 it is nearly right.",
        source='''def sigmoid_grad(x):
    e = np.exp(-np.abs(x))
    return e / (1 + e)
''',
    ),
    Stranger(
        exercise="crelu_jacobian",
        title="the second half has the mask of the first",
        truth="The lower half is -1 where x > 0. Its outputs are relu(-x), which are active where "
              "x < 0, so there the slope is -1 and elsewhere 0.",
        source='''def crelu_jacobian(x):
    mask = np.diag((x > 0).astype(float))
    return np.concatenate([mask, -mask])
''',
    ),
    Stranger(
        exercise="relu_backward",
        title="negative gradients are stopped, too",
        truth="As in guided backpropagation, only positive entries of dout pass. 'The sign of x "
              "decides, and the sign of dout decides nothing.'",
        source='''def relu_backward(dout, cache):
    x = cache
    return np.maximum(dout, 0) * (x > 0)
''',
    ),
    Stranger(
        exercise="relu_backward_mended",
        title="a slice is not a copy",
        truth="dout[...] is a view of the same array, so the caller's dout is still wiped out "
              "where x <= 0. ('dout: Upstream gradient. It stays as it is.')",
        source='''def relu_backward_mended(dout, cache):
    x = cache
    dx = dout[...]
    dx[x <= 0] = 0
    return dx
''',
    ),
    Stranger(
        exercise="softplus_forward",
        title="taken as x from 5 on",
        truth="Above x = 5 the output is x itself. That saves the overflow, but log(1 + exp(x)) at "
              "5.1 is 5.106: an error of 0.006 and a jump at 5. The docstring wants "
              "log(1 + exp(x)).",
        source='''def softplus_forward(x):
    small = np.minimum(x, 5.0)
    out = np.where(x > 5.0, x, np.log(1 + np.exp(small)))
    return out, x
''',
    ),

    # 05 the SVM loss
    Stranger(
        exercise="svm_dx_entry",
        title="the true class counts itself",
        truth="For the true class all positive margins of the row are counted, among them its own, "
              "which is always 1. The sum leaves out j = y_n, so the entry is too low by 1 / N.",
        source='''def svm_dx_entry(x, y, n, j):
    N = x.shape[0]
    margins = x[n] - x[n, y[n]] + 1
    if j == y[n]:
        return -np.sum(margins > 0) / N
    return float(margins[j] > 0) / N
''',
    ),
    Stranger(
        exercise="svm_loss_naive",
        title="samples that are right cost nothing",
        truth="A sample whose true class has the highest score is skipped. 'The network is right, "
              "and it costs something all the same': margins between 0 and 1 are left out of "
              "loss and dx.",
        source='''def svm_loss_naive(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for n in range(N):
        if np.argmax(x[n]) == y[n]:
            continue
        for j in range(C):
            if j == y[n]:
                continue
            margin = x[n, j] - x[n, y[n]] + 1
            if margin > 0:
                loss += margin
                dx[n, j] += 1
                dx[n, y[n]] -= 1
    return loss / N, dx / N
''',
    ),
    Stranger(
        exercise="svm_loss",
        title="only the worst margin of a sample",
        truth="This is the multiclass hinge loss of Crammer and Singer: the largest margin of each "
              "sample. Here 'the loss of a sample adds up its positive margins'. Loss and dx "
              "agree with each other, and for two classes both are right.",
        source='''def svm_loss(x, y):
    N = len(x)
    rows = np.arange(N)
    margins = x - x[rows, y][:, np.newaxis] + 1
    margins[rows, y] = 0
    worst = margins.argmax(axis=1)
    hinge = np.maximum(0, margins[rows, worst])
    dx = np.zeros(x.shape)
    dx[rows, worst] += hinge > 0
    dx[rows, y] -= hinge > 0
    return hinge.mean(), dx / N
''',
    ),
    Stranger(
        exercise="svm_loss_linear",
        title="the penalty is divided by N",
        truth="The penalty and its gradient are divided by the number of samples. 'the penalty "
              "belongs to no sample and is not divided by N'. Loss and dw agree with each other, "
              "so a gradient check passes.",
        source='''def svm_loss_linear(w, x, y, reg):
    N = x.shape[0]
    loss, ds = svm_loss(x @ w, y)
    loss += reg * np.sum(w ** 2) / N
    dw = x.T @ ds + 2 * reg * w / N
    return loss, dw
''',
    ),
    Stranger(
        exercise="squared_hinge_loss",
        title="square of the sum",
        truth="The margins of a sample are added up first and then squared; the docstring wants "
              "the 'sum of all squared positive margins'. The gradient belongs to this other "
              "loss, and with one positive margin in a row both are right.",
        source='''def squared_hinge_loss(x, y):
    N = len(x)
    rows = np.arange(N)
    H = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1)
    H[rows, y] = 0
    total = H.sum(axis=1, keepdims=True)
    loss = np.mean(total ** 2)
    dx = 2 * total * (H > 0)
    dx[rows, y] = -dx.sum(axis=1)
    return loss, dx / N
''',
    ),

    # 06 the softmax loss
    Stranger(
        exercise="softmax",
        title="one shift for the whole batch",
        truth="The largest score of the whole batch is subtracted from every row. A row that lies "
              "far below another one has only zeros left, and 0 / 0 is nan: it does not add up "
              "to 1, as 'each row' should for 'scores of any size'.",
        source='''def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e, axis=-1, keepdims=True)
''',
    ),
    Stranger(
        exercise="cross_entropy_error",
        title="dimensions compared after making batches",
        truth="y is made a batch before the dimensions are compared, so a single one-hot row "
              "(t and y of shape (C,)) is taken for C labels: the mean of -log y[0] and -log y[1] "
              "comes out. 'Compare first, then make batches.'",
        source='''def cross_entropy_error(y, t):
    y = np.atleast_2d(y)
    t = np.atleast_1d(t)
    if t.ndim == y.ndim:
        t = t.argmax(axis=1)
    picked = y[np.arange(len(y)), t.astype(int)]
    return -np.mean(np.log(picked))
''',
    ),
    Stranger(
        exercise="softmax_backward",
        title="softmax taken for an elementwise layer",
        truth="Only the diagonal of the Jacobian is used, dp * p * (1 - p), as for a sigmoid. "
              "'Here every output depends on every input', and the terms -p_k p_j are missing.",
        source='''def softmax_backward(dp, p):
    return dp * p * (1 - p)
''',
    ),
    Stranger(
        exercise="softmax_loss",
        title="the shift is missing in one term",
        truth="The largest score is subtracted inside the logarithm of the sum, but not from the "
              "label's score, so the loss is too low by the mean of the row maxima. The text "
              "says 'subtracted from all scores first, in both terms'. dx is right.",
        source='''def softmax_loss(x, y):
    N = x.shape[0]
    labels = y.argmax(axis=1) if y.ndim == 2 else y
    rows = np.arange(N)
    shifted = x - x.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    total = e.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(total[:, 0]) - x[rows, labels])
    dx = e / total
    dx[rows, labels] -= 1
    return loss, dx / N
''',
    ),
    Stranger(
        exercise="softmax_loss_mended",
        title="a smaller tiny number",
        truth="The probability is kept above 1e-300 and then its logarithm is taken, so the loss "
              "never exceeds 691. With a label's score 20000 below another it should be 20000: "
              "'the result must be right for every size of scores'.",
        source='''def softmax_loss_mended(x, y):
    N = len(x)
    rows = np.arange(N)
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(np.maximum(p[rows, y], 1e-300)))
    dx = p.copy()
    dx[rows, y] -= 1.0
    return loss, dx / N
''',
    ),
    Stranger(
        exercise="smoothed_softmax_loss",
        title="the share goes to the other classes only",
        truth="eps is dealt out to the C - 1 other classes. The text deals it out 'evenly to all C "
              "classes, the label among them': with C = 4 and eps = 0.2 the label keeps 0.85 and "
              "not 0.8.",
        source='''def smoothed_softmax_loss(x, y, eps):
    N, C = x.shape
    t = np.full((N, C), eps / (C - 1))
    t[np.arange(N), y] = 1 - eps
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -np.sum(t * log_p) / N
    dx = (np.exp(log_p) - t) / N
    return loss, dx
''',
    ),

    # 07 convolution
    Stranger(
        exercise="output_size",
        title="image and frame are divided apart",
        truth="The two parts are rounded down one by one, (size - kernel) // stride and "
              "2 pad // stride, and lose remainders that together make one more step. Right for "
              "the strides 1 and 2; size 5, kernel 3, stride 3, pad 1 has 2 windows, not 1.",
        source='''def output_size(size, kernel, stride=1, pad=0):
    without_frame = (size - kernel) // stride + 1
    return without_frame + 2 * pad // stride
''',
    ),
    Stranger(
        exercise="conv_dx_entry",
        title="int rounds towards 0",
        truth="The first window that covers the pixel is counted with int(a / stride) + 1, which "
              "rounds a negative number up in place of down. Near the top and left border, with "
              "stride 2 or more, window 0 is left out of the sum, though it covers the pixel.",
        source='''def conv_dx_entry(dout, w, r, q, stride, pad):
    F, OH, OW = dout.shape
    _, HH, WW = w.shape
    r, q = r + pad, q + pad
    first_u = max(0, int((r - HH) / stride) + 1)
    first_v = max(0, int((q - WW) / stride) + 1)
    last_u = min(OH - 1, r // stride)
    last_v = min(OW - 1, q // stride)
    total = 0.0
    for f in range(F):
        for u in range(first_u, last_u + 1):
            for v in range(first_v, last_v + 1):
                total += dout[f, u, v] * w[f, r - stride * u, q - stride * v]
    return total
''',
    ),
    Stranger(
        exercise="conv2d_backward_naive",
        title="db is added once for each channel",
        truth="A fifth loop runs over the channels, and db is added inside it, so db is C times "
              "too large. The bias is added once to every output, with slope 1. Right for grey "
              "images; dx and dw are right.",
        source='''def conv2d_backward_naive(dout, cache):
    x, w, b, stride, pad = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, OH, OW = dout.shape
    frame = ((0, 0), (0, 0), (pad, pad), (pad, pad))
    padded = np.pad(x, frame)
    dpadded = np.zeros_like(padded)
    dw, db = np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            for u in range(OH):
                for v in range(OW):
                    top, left = stride * u, stride * v
                    g = dout[n, f, u, v]
                    for c in range(C):
                        window = padded[n, c, top:top + HH, left:left + WW]
                        dw[f, c] += g * window
                        dpadded[n, c, top:top + HH, left:left + WW] += g * w[f, c]
                        db[f] += g
    return dpadded[:, :, pad:pad + H, pad:pad + W], dw, db
''',
    ),
    Stranger(
        exercise="im2col",
        title="columns in the order u, v, n",
        truth="The image comes last in the columns in place of first ('columns in the order "
              "n, u, v'). The shape is right, and with one image everything is.",
        source='''def im2col(x, HH, WW, stride=1, pad=0):
    N, C, H, W = x.shape
    OH = (H + 2 * pad - HH) // stride + 1
    OW = (W + 2 * pad - WW) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    cols = np.empty((C, HH, WW, OH, OW, N), dtype=x.dtype)
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
        truth="np.bincount makes an array that ends at the largest index which occurs. If the last "
              "entries of x were never copied, the result is too short; it should have "
              "'shape (size,)', with 0 there.",
        source='''def scatter_add(dout, index, size):
    return np.bincount(index, weights=dout)
''',
    ),
    Stranger(
        exercise="echo_forward",
        title="the kernel is not turned",
        truth="np.correlate runs the kernel the other way round, so the last echo is heard first. "
              "The sound is heard at once w[f, 0] times as loud: it should be np.convolve. The "
              "length is right.",
        source='''def echo_forward(x, w):
    N, W = x.shape
    F, WW = w.shape
    out = np.zeros((N, F, W + WW - 1))
    for n in range(N):
        for f in range(F):
            out[n, f] = np.correlate(x[n], w[f], mode="full")
    return out, (x, w)
''',
    ),
    Stranger(
        exercise="conv2d_forward_general",
        title="filters are dealt out in turn",
        truth="Filter f is put into part f % groups. The text says part floor(f / F'): filters of "
              "a part lie side by side. Right for a single part, and where each part has one "
              "filter.",
        source='''def conv2d_forward_general(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    N, C, H, W = x.shape
    F, CG, HH, WW = w.shape
    OH = (H + 2 * pad - dilation * (HH - 1) - 1) // stride + 1
    OW = (W + 2 * pad - dilation * (WW - 1) - 1) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW))
    for f in range(F):
        g = f % groups
        part = padded[:, g * CG:(g + 1) * CG]
        for i in range(HH):
            for j in range(WW):
                top, left = dilation * i, dilation * j
                pixels = part[:, :, top:top + stride * OH:stride, left:left + stride * OW:stride]
                pixels = pixels[:, :, :OH, :OW]
                out[:, f] += np.einsum("ncuv,c->nuv", pixels, w[f, :, i, j])
        out[:, f] += b[f]
    return out, (x, w, b, stride, pad, dilation, groups)
''',
    ),

    # 08 automatic differentiation
    Stranger(
        exercise="unbroadcast",
        title="everything is done by one reshape",
        truth="The gradient is reshaped to (-1, *shape) and summed over the first axis. That is "
              "right for new axes in front; for an axis of size 1, such as (4, 1) in (4, 3), the "
              "shape is right but the numbers of different rows are mixed up.",
        source='''def unbroadcast(grad, shape):
    if np.shape(grad) == tuple(shape):
        return grad
    return np.reshape(grad, (-1, *shape)).sum(axis=0)
''',
    ),
    Stranger(
        exercise="ReduceSum",
        title="axis 0 is taken for no axis",
        truth="'if self.axis' is false for axis 0, too, so a sum over the columns becomes the sum "
              "over everything. The docstring: 'The sum over all entries, or along self.axis'.",
        source='''class ReduceSum(Operation):
    """The node that sums x: over everything, or along one axis."""

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
        return (np.broadcast_to(grad, np.shape(x)).copy(),)
''',
    ),
    Stranger(
        exercise="topological_order",
        title="the error names the node that was asked for",
        truth="A cycle is found, but the message names the node with which the function was "
              "called, which need not lie on the cycle. 'Raise a ValueError whose message names a "
              "node of the cycle.'",
        source='''def topological_order(node):
    order, done, opened = [], set(), set()
    stack = [(node, False)]
    while stack:
        current, again = stack.pop()
        if again:
            order.append(current)
            done.add(current)
        elif current in done:
            continue
        elif current in opened:
            raise ValueError(f"there is a cycle at {node}")
        else:
            opened.add(current)
            stack.append((current, True))
            stack.extend((other, False) for other in reversed(current.inputs))
    return order
''',
    ),
    Stranger(
        exercise="Session",
        title="values of an earlier run are used",
        truth="It only tests whether a placeholder has ever had a value. One that was fed in an "
              "earlier run and not in this one raises no error. 'A value from an earlier run does "
              "not count.'",
        source='''class Session:
    """Computes nodes of a graph: with Session() as session: session.run(node)."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def run(self, nodes, feed_dict=None):
        for key, value in (feed_dict or {}).items():
            if not isinstance(key, Placeholder):
                raise ValueError(f"{key} is no placeholder")
            key.output_value = np.asarray(value)

        wanted = nodes if isinstance(nodes, list) else [nodes]
        order = []
        for node in wanted:
            for other in topological_order(node):
                if other not in order:
                    order.append(other)
        for node in order:
            if isinstance(node, Placeholder) and node.output_value is None:
                raise ValueError(f"placeholder {node} has no value")
        for node in order:
            if isinstance(node, Operation):
                node.evaluate()
        values = [node.output_value for node in wanted]
        return values if isinstance(nodes, list) else values[0]
''',
    ),
    Stranger(
        exercise="gradients",
        title="zeros in place of an error",
        truth="For a node of wrt without a path to the loss it returns zeros. 'If the loss does "
              "not depend on one of these at all, raise a ValueError that names it. Zeros would "
              "be true, but ...'",
        source='''def gradients(loss, wrt=None):
    order = topological_order(loss)
    found = {loss: np.ones_like(loss.output_value, dtype=float)}
    for node in reversed(order):
        if not isinstance(node, Operation):
            continue
        for other, part in zip(node.inputs, node.compute_gradient(found[node])):
            if other in found:
                found[other] = found[other] + part
            else:
                found[other] = part
    if wrt is None:
        wrt = [node for node in order if isinstance(node, Variable)]
    answer = {}
    for node in wrt:
        if node in found:
            answer[node] = found[node]
        else:
            answer[node] = np.zeros(np.shape(node.output_value))
    return answer
''',
    ),
    Stranger(
        exercise="GradientDescentOptimizer",
        title="gradients are found between the moves",
        truth="The gradient of each variable is found after the variables before it have moved, "
              "and mixes new values with old ones, as in a * b. 'Find all of them before the "
              "first variable moves.'",
        source='''class GradientDescentOptimizer:
    """Moves variables against the gradient of a loss."""

    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def minimize(self, loss):
        def make_step():
            before = loss.output_value
            for node in topological_order(loss):
                if isinstance(node, Variable):
                    slope = gradients(loss, [node])[node]
                    node.output_value = node.output_value - self.learning_rate * slope
            return before

        return Action(make_step, loss)
''',
    ),

    # 09 a two-layer network
    Stranger(
        exercise="Affine",
        title="gradients pile up",
        truth="As in PyTorch, backward adds to self.dw and self.db, and nobody sets them to zero. "
              "From the second call on they hold the sum of all calls, not the gradients of the "
              "parameters for this dout.",
        source='''class Affine:
    """An affine layer whose weights and biases stand in a dict."""

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
        exercise="TwoLayerNet",
        title="predict returns probabilities",
        truth="predict sends the scores through softmax. 'predict walks along the list and returns "
              "the scores.' Loss, gradients and accuracy are right.",
        source='''class TwoLayerNet:
    """Affine, relu, affine, softmax loss."""

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        if rng is None:
            rng = np.random.default_rng()
        self.params = {
            "W1": weight_init_std * rng.standard_normal((input_size, hidden_size)),
            "b1": np.zeros(hidden_size),
            "W2": weight_init_std * rng.standard_normal((hidden_size, output_size)),
            "b2": np.zeros(output_size),
        }
        self.layers = [Affine(self.params, "W1", "b1"), Relu(), Affine(self.params, "W2", "b2")]
        self.last_layer = SoftmaxWithLoss()

    def _walk(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def predict(self, x):
        scores = self._walk(x)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def loss(self, x, t):
        return self.last_layer.forward(self._walk(x), t)

    def accuracy(self, x, t):
        return np.mean(np.argmax(self.predict(x), axis=1) == t)

    def gradient(self, x, t):
        self.last_loss = self.loss(x, t)
        dout = self.last_layer.backward()
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
        exercise="steps_until",
        title="means of fewer losses at the beginning",
        truth="Before there are `window` losses it takes the mean of those that there are, and a "
              "low first loss ends the search at once. 'There is no mean before there are "
              "`window` losses.'",
        source='''def steps_until(losses, level, window=20):
    for k in range(1, len(losses) + 1):
        if np.mean(losses[max(0, k - window):k]) < level:
            return k
    return -1
''',
    ),
    Stranger(
        exercise="momentum_step",
        title="Nesterov's momentum",
        truth="The velocity is right, but the parameter moves by mu * v - lr * dw with the new v, "
              "one step of Nesterov's rule. 'Then the parameter moves by v.'",
        source='''def momentum_step(w, dw, v, lr, mu):
    v = mu * v - lr * dw
    w = w + mu * v - lr * dw
    return w, v
''',
    ),
    Stranger(
        exercise="adam_step",
        title="the corrected averages are remembered",
        truth="It returns m and v after the division by their sums of weights, so that the next "
              "step corrects them again. 'm and v are remembered as they are, without the "
              "division'. The parameter is right in each single call.",
        source='''def adam_step(w, dw, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw ** 2
    m = m / (1 - beta1 ** t)
    v = v / (1 - beta2 ** t)
    w = w - lr * m / (np.sqrt(v) + eps)
    return w, m, v
''',
    ),
    Stranger(
        exercise="PenaltyNet",
        title="biases are penalised, too",
        truth="The penalty runs over all four arrays, in the loss and in the gradient, which agree "
              "with each other. 'Both weight matrices are penalised, and the biases are not.' "
              "Nothing shows as long as the biases are 0, as they are at the start.",
        source='''class PenaltyNet(TwoLayerNet):
    """A two-layer network whose large weights cost something."""

    def __init__(self, input_size, hidden_size, output_size, reg, weight_init_std=0.01, rng=None):
        super().__init__(input_size, hidden_size, output_size, weight_init_std, rng)
        self.reg = reg

    def loss(self, x, t):
        penalty = sum(np.sum(array ** 2) for array in self.params.values())
        return super().loss(x, t) + self.reg * penalty

    def gradient(self, x, t):
        gradients = super().gradient(x, t)
        self.last_loss = self.loss(x, t)
        return {name: gradient + 2 * self.reg * self.params[name]
                for name, gradient in gradients.items()}
''',
    ),

    # 10 a convolutional network
    Stranger(
        exercise="max_pool_forward",
        title="places counted with the height of the window",
        truth="The place is i * HH + j; in reading order it is i * WW + j. Right for square "
              "windows; for others `place` does not hold 'the number k of the place that won, "
              "counted in reading order from 0'. out is right.",
        source='''def max_pool_forward(x, HH, WW, stride):
    N, C, H, W = x.shape
    OH, OW = 1 + (H - HH) // stride, 1 + (W - WW) // stride
    out = x[:, :, :stride * OH:stride, :stride * OW:stride][:, :, :OH, :OW].copy()
    place = np.zeros(out.shape, dtype=np.int64)
    for i in range(HH):
        for j in range(WW):
            here = x[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
            here = here[:, :, :OH, :OW]
            larger = here > out
            place = np.where(larger, i * HH + j, place)
            out = np.where(larger, here, out)
    return out, (x, place, HH, WW, stride)
''',
    ),
    Stranger(
        exercise="avg_pool_forward",
        title="divided by the square of the stride",
        truth="The sum of a window is divided by stride * stride. A mean is divided by the number "
              "of pixels in the window, HH * WW. Right only where both are equal, as for windows "
              "of 2 x 2 and stride 2.",
        source='''def avg_pool_forward(x, HH, WW, stride):
    N, C, H, W = x.shape
    OH, OW = 1 + (H - HH) // stride, 1 + (W - WW) // stride
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    for u in range(OH):
        for v in range(OW):
            top, left = stride * u, stride * v
            window = x[:, :, top:top + HH, left:left + WW]
            out[:, :, u, v] = window.sum(axis=(2, 3)) / stride ** 2
    return out, (x, HH, WW, stride)
''',
    ),
    Stranger(
        exercise="ConvNet",
        title="fan in of a filter without its channels",
        truth="The weights of the filters are drawn with sqrt(2 / kernel ** 2). For a filter the "
              "fan in is 'the pixels of one window, through all channels', C * kernel ** 2. "
              "Right for grey images; with three channels the spread is 1.73 times too large.",
        source='''class ConvNet:
    """conv, relu, pool, affine, relu, affine, and the softmax loss."""

    def __init__(self, input_shape, filters, kernel, hidden, output_size, rng):
        C, H, W = input_shape
        OH, OW = (H - kernel + 1) // 2, (W - kernel + 1) // 2
        rows = filters * OH * OW
        self.params = {
            "W1": rng.normal(0, np.sqrt(2 / kernel ** 2), (filters, C, kernel, kernel)),
            "b1": np.zeros(filters),
            "W2": rng.normal(0, np.sqrt(2 / rows), (rows, hidden)),
            "b2": np.zeros(hidden),
            "W3": rng.normal(0, np.sqrt(2 / hidden), (hidden, output_size)),
            "b3": np.zeros(output_size),
        }

    def predict(self, x):
        scores, _ = convnet_forward(self.params, x)
        return scores

    def loss(self, x, t):
        loss, _ = softmax_loss(self.predict(x), t)
        return loss

    def gradient(self, x, t):
        scores, cache = convnet_forward(self.params, x)
        _, dscores = softmax_loss(scores, t)
        _, gradients = convnet_backward(dscores.astype(scores.dtype), cache)
        return gradients

    def accuracy(self, x, t):
        return np.mean(self.predict(x).argmax(axis=1) == t)
''',
    ),
    Stranger(
        exercise="training_step",
        title="the averages stay in a copy",
        truth="m and v are copied first, and the new averages are put into the copies, which are "
              "lost. They 'must be there again at the next step, so put the new ones back'. "
              "Loss and parameters of the first step are right.",
        source='''def training_step(net, m, v, x, y, t, lr):
    m, v = dict(m), dict(v)
    scores, cache = convnet_forward(net.params, x)
    loss, dscores = softmax_loss(scores, y)
    _, gradients = convnet_backward(dscores.astype(scores.dtype), cache)
    for name, gradient in gradients.items():
        net.params[name], m[name], v[name] = adam_step(
            net.params[name], gradient, m[name], v[name], t, lr, 0.9, 0.999, 1e-8)
    return loss
''',
    ),
    Stranger(
        exercise="score_gradient",
        title="ones in the columns of all labels",
        truth="dscores[:, y] = 1 writes into the columns of all labels of the batch, in every row. "
              "So each image gets the slope of the sum of several scores. 'You want the slope of "
              "the score at the label y[n] of each image, and of no other score.'",
        source='''def score_gradient(params, x, y):
    scores, cache = convnet_forward(params, x)
    dscores = np.zeros_like(scores)
    dscores[:, y] = 1
    dx, _ = convnet_backward(dscores, cache)
    return dx
''',
    ),
    Stranger(
        exercise="adversarial_images",
        title="cut off at the range of the batch",
        truth="The result is brought back between the smallest and largest pixel of x, in place of "
              "between 0 and 1. Images that do not use the whole range, say from 0.3 to 0.7, move "
              "less than they should. ('bring all pixels back between 0 and 1')",
        source='''def adversarial_images(params, x, y, epsilon):
    scores, cache = convnet_forward(params, x)
    _, dscores = softmax_loss(scores, y)
    dx, _ = convnet_backward(dscores.astype(scores.dtype), cache)
    moved = x + epsilon * np.sign(dx)
    return np.clip(moved, x.min(), x.max()).astype(x.dtype)
''',
    ),
]
