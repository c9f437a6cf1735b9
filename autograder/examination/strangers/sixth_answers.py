"""Fifty-five wrong answers by a sixth examiner."""

from autograder.examination.strangers.stranger import Stranger

ANSWERS = [
    # 01 numerical gradients
    Stranger(
        exercise="best_step",
        title="rounding error of the forward difference",
        truth="The rounding error eps |f| / h of the forward difference is used, where the text "
              "gives eps |f| / (2h) for the central one. The step comes out larger than the right "
              "one by the cube root of 2.",
        source='''def best_step(value, third, eps):
    # minimum of h ** 2 / 6 * abs(third) + eps * abs(value) / h
    return (3 * eps * abs(value) / abs(third)) ** (1 / 3)
''',
    ),
    Stranger(
        exercise="numerical_gradient",
        title="moved entries are not put back",
        truth="After its turn an entry of the working copy stays one step to the left, although "
              "the text says to leave all others where they are. So wherever entries act together "
              "the later slopes are measured at another point, and are off by about h.",
        source='''def numerical_gradient(f, x, h=1e-5):
    moved = np.array(x, dtype=float)
    gradient = np.zeros(moved.shape)
    for index in np.ndindex(moved.shape):
        old = moved[index]
        moved[index] = old + h
        above = f(moved)
        moved[index] = old - h
        below = f(moved)
        gradient[index] = (above - below) / (2 * h)
    return gradient
''',
    ),
    Stranger(
        exercise="mean_squared_error",
        title="spectral norm for matrices",
        truth="np.linalg.norm(..., 2) is the root of the sum of squares for vectors only. For a "
              "matrix, such as an image, it is the largest singular value, so the loss is too "
              "small; the docstring asks for half the sum of squared differences.",
        source='''def mean_squared_error(y, t):
    return 0.5 * np.linalg.norm(y - t, 2) ** 2
''',
    ),
    Stranger(
        exercise="gradients_agree",
        title="only three random entries are looked at",
        truth="As in a well-known sparse gradient check, only three randomly chosen entries are "
              "compared. In a larger array a single wrong entry mostly goes unnoticed; the text "
              "wants a single entry that is off by 0.1 % to be rejected.",
        source='''def gradients_agree(f, df, x):
    claimed = np.asarray(df(x))
    if claimed.shape != np.shape(x):
        return False
    measured = numerical_gradient(f, x)
    rng = np.random.default_rng(0)
    chosen = rng.choice(claimed.size, size=min(3, claimed.size), replace=False)
    error = relative_error(claimed.ravel()[chosen], measured.ravel()[chosen])
    return bool(error < 1e-6)
''',
    ),
    Stranger(
        exercise="one_sided_slope",
        title="the 2 of the division is forgotten in the error",
        truth="The slope is right. In its error the h**3 terms, -4/6 h**3 f''', are divided by h "
              "and not by 2h as the slope was, so the returned term is twice the leading term "
              "-h**2 / 3 f'''.",
        source='''def one_sided_slope(f, x, h, third):
    slope = (4 * f(x + h) - f(x + 2 * h) - 3 * f(x)) / (2 * h)
    error = (4 / 6 - 8 / 6) * h ** 2 * third
    return slope, error
''',
    ),
    # 02 computational graphs
    Stranger(
        exercise="SquareNode",
        title="x is recovered from the output",
        truth="Only the output is remembered, and x is taken to be its root. For a negative x the "
              "gradient has the wrong sign: dx should be dout * 2 * x.",
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
        truth="Every input that equals the output gets the whole upstream gradient, so at a tie "
              "both do. The docstring says that at a tie x counts as the larger, so dy must be 0.",
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
        truth="A node is made once for each kind and used again for later steps of that kind. The "
              "values are right, but the list of nodes holds the same object several times, and it "
              "remembers only its last step. The text says to make a node for each step.",
        source='''def run_forward(steps, values, make=make_node):
    values = dict(values)
    made = {}
    nodes = []
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
        title="parts collected in a dict by input name",
        truth="The parts that a node sends back are put into a dict by the names of the inputs. "
              "Where a step uses the same value twice, as in mul of x and x, one part is lost; "
              "a value that is used more than once must receive the sum of all parts.",
        source='''def run_backward(steps, values, nodes, output):
    gradients = {name: 0.0 for name in values}
    gradients[output] = 1.0
    for (name, _, inputs), node in zip(reversed(steps), reversed(nodes)):
        back = node.backward(gradients[name])
        if len(inputs) == 1:
            back = (back,)
        parts = dict(zip(inputs, back))
        for other, part in parts.items():
            gradients[other] += part
    return gradients
''',
    ),
    Stranger(
        exercise="exposing_graph",
        title="a square taken for a fan-out",
        truth="The graph is a chain: a square has a single input, and its node already returns the "
              "whole slope. No value is used twice, so colleagues_gradient is right for every "
              "input, where the docstring asks for a graph for which it is wrong.",
        source='''def exposing_graph():
    # the square uses q two times, so one of the two parts gets lost
    return [("q", "add", ("x", "y")), ("s", "square", ("q",)), ("z", "mul", ("s", "t"))]
''',
    ),
    # 03 affine
    Stranger(
        exercise="affine_scalar_gradients",
        title="product of the sums",
        truth="dw is the sum of the inputs times the sum of the upstream gradients, which mixes "
              "the two samples: x0 is multiplied by dout1, too. Right is x0 * dout0 + x1 * dout1, "
              "one product for each path.",
        source='''def affine_scalar_gradients(x0, x1, w, b, dout0, dout1):
    dout = dout0 + dout1        # w and b are used twice, so the gradients add up
    dw = dout * (x0 + x1)
    db = dout
    return dw, db
''',
    ),
    Stranger(
        exercise="affine_dx_entry",
        title="summed over all samples",
        truth="The sum runs over all rows of dout, so the argument n is ignored and other samples "
              "come in. x[n, d] touches row n of out alone; the result is right only for a batch "
              "of one sample.",
        source='''def affine_dx_entry(dout, w, n, d):
    return float(np.sum(dout * w[d]))
''',
    ),
    Stranger(
        exercise="affine_forward",
        title="samples flattened column by column",
        truth="Each sample is flattened in Fortran order, as MATLAB does it, and not as the "
              "x.reshape(N, -1) of the text. For samples with more than one axis, such as images, "
              "pixels meet the wrong weights; for plain rows the result is right.",
        source='''def affine_forward(x, w, b):
    rows = np.reshape(x, (x.shape[0], -1), order="F")
    out = rows @ w + b
    return out, (x, w, b)
''',
    ),
    Stranger(
        exercise="affine_backward_mended",
        title="dx stays flat",
        truth="x is replaced by its flattened form before dx is given the shape of x, so for "
              "images dx comes back as (N, D). The docstring asks for the shape of x.",
        source='''def affine_backward_mended(dout, cache):
    x, w, b = cache
    x = x.reshape(x.shape[0], -1)
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
''',
    ),
    Stranger(
        exercise="quadratic_affine_backward",
        title="x squared is differentiated for dw",
        truth="In dw stands the slope of x + x**2 with respect to x, 1 + 2x, which belongs to dx. "
              "The weight is multiplied by x + x**2, so dw should be (x + x**2).T @ dout.",
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
        exercise="sigmoid_grad",
        title="x taken for the output",
        truth="The formula out * (1 - out) is used with x in the place of out, as in code where "
              "the function is handed the output. The docstring asks for the slope of the sigmoid "
              "at x; at 0 this gives 0 instead of 0.25.",
        source='''def sigmoid_grad(x):
    return x * (1.0 - x)
''',
    ),
    Stranger(
        exercise="crelu_jacobian",
        title="transposed Jacobian",
        truth="The table is built in the convention of books that have one row for each input: "
              "shape (D, 2D). The docstring says that jacobian[i, j] is the slope of out[i] with "
              "respect to x[j], so there are 2D rows and D columns.",
        source='''def crelu_jacobian(x):
    D = len(x)
    jacobian = np.zeros((D, 2 * D))
    for j in range(D):
        if x[j] > 0:
            jacobian[j, j] = 1.0
        else:
            jacobian[j, D + j] = -1.0
    return jacobian
''',
    ),
    Stranger(
        exercise="relu_backward",
        title="guided backpropagation",
        truth="Negative upstream gradients are stopped as well, as in guided backpropagation. "
              "The text says that the sign of x decides, and the sign of dout decides nothing.",
        source='''def relu_backward(dout, cache):
    x = cache
    return np.where((x > 0) & (dout > 0), dout, 0.0)
''',
    ),
    Stranger(
        exercise="relu_backward_mended",
        title="a slice is no copy",
        truth="dout[:] copies a list, but of an array it is only a view, so writing into dx still "
              "wipes out part of dout. The docstring says that dout stays as it is.",
        source='''def relu_backward_mended(dout, cache):
    x = cache
    dx = dout[:]
    dx[x <= 0] = 0
    return dx
''',
    ),
    Stranger(
        exercise="softplus_forward",
        title="absolute value in front of the logarithm",
        truth="The safe form is max(x, 0) + log(1 + exp(-|x|)), and here |x| stands in the place "
              "of max(x, 0). For negative x the result is too large by |x|, 1000 instead of 0 "
              "at -1000.",
        source='''def softplus_forward(x):
    size = np.abs(x)
    out = size + np.log(1 + np.exp(-size))
    return out, x
''',
    ),
    # 05 SVM loss
    Stranger(
        exercise="svm_dx_entry",
        title="the true class counts itself",
        truth="For the true class all positive margins of the row are counted, among them its own, "
              "which is always 1. The sum leaves out j = y[n], so the entry is too low by 1/N.",
        source='''def svm_dx_entry(x, y, n, j):
    N = x.shape[0]
    margins = x[n] - x[n, y[n]] + 1
    if j == y[n]:
        return -np.sum(margins > 0) / N
    return float(margins[j] > 0) / N
''',
    ),
    Stranger(
        exercise="svm_dx_matrix",
        title="mean over the samples that cost something",
        truth="It divides by the number of samples that have a positive margin, not by N. The loss "
              "is the mean over all N samples, so dx is too large as soon as one row is all False.",
        source='''def svm_dx_matrix(positive, y):
    dx = positive.astype(float)
    dx[np.arange(len(y)), y] = -positive.sum(axis=1)
    active = np.count_nonzero(positive.any(axis=1))
    return dx / max(active, 1)
''',
    ),
    Stranger(
        exercise="svm_loss",
        title="only the worst rival counts",
        truth="This is the multiclass hinge loss of Crammer and Singer: only the largest margin of "
              "each sample counts. The text adds up all positive margins of a sample; the two "
              "agree only where at most one margin is positive.",
        source='''def svm_loss(x, y):
    N = len(x)
    rows = np.arange(N)
    margins = x - x[rows, y][:, np.newaxis] + 1
    margins[rows, y] = 0
    rival = margins.argmax(axis=1)
    worst = np.maximum(0, margins[rows, rival])
    dx = np.zeros(x.shape)
    dx[rows, rival] += worst > 0
    dx[rows, y] -= worst > 0
    return worst.sum() / N, dx / N
''',
    ),
    Stranger(
        exercise="svm_loss_linear",
        title="the last row is taken for a bias",
        truth="The penalty leaves out the last row of w, as is done where a column of ones stands "
              "for the bias. Here there is no bias, and the docstring asks for reg times the sum "
              "of all squared weights.",
        source='''def svm_loss_linear(w, x, y, reg):
    loss, ds = svm_loss(x @ w, y)
    dw = x.T @ ds
    loss += reg * np.sum(w[:-1] ** 2)       # the bias is not regularised
    dw[:-1] += 2 * reg * w[:-1]
    return loss, dw
''',
    ),
    Stranger(
        exercise="squared_hinge_loss",
        title="the true class receives a count",
        truth="The loss and the wrong classes are right. The true class receives minus two times "
              "the number of positive margins, as in the plain hinge, where it should receive "
              "minus two times their sum; the rows do not add up to 0.",
        source='''def squared_hinge_loss(x, y):
    N = len(x)
    rows = np.arange(N)
    hinge = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1)
    hinge[rows, y] = 0
    loss = np.sum(hinge ** 2) / N
    dx = 2 * hinge
    dx[rows, y] = -2 * np.sum(hinge > 0, axis=1)
    return loss, dx / N
''',
    ),
    # 06 softmax loss
    Stranger(
        exercise="softmax",
        title="one maximum for the whole batch",
        truth="The largest score of the whole batch is subtracted from every row. In a row whose "
              "scores all lie far below it every exponential becomes 0, and the result is nan; the "
              "text says that the sum must not become 0, for scores of any size.",
        source='''def softmax(x):
    e = np.exp(x - np.max(x))
    return e / e.sum(axis=-1, keepdims=True)
''',
    ),
    Stranger(
        exercise="cross_entropy_error",
        title="one sample is divided by the number of classes",
        truth="The number of samples is read from y before a single sample becomes a batch of one. "
              "For y of shape (C,) the loss is divided by C; batches come out right.",
        source='''def cross_entropy_error(y, t):
    N = len(y)
    if np.ndim(t) == np.ndim(y):
        t = np.argmax(t, axis=-1)
    y, t = np.atleast_2d(y), np.atleast_1d(t)
    return -np.sum(np.log(y[np.arange(len(t)), t])) / N
''',
    ),
    Stranger(
        exercise="softmax_dx",
        title="labels index columns of all rows",
        truth="p[:, y] picks the columns of all labels in every row, so 1 is subtracted at the "
              "labels of the other samples, too. One entry for each row is wanted; it is right for "
              "one sample, or where all labels are the same.",
        source='''def softmax_dx(p, y):
    dx = p.copy()
    dx[:, y] -= 1
    return dx / len(p)
''',
    ),
    Stranger(
        exercise="softmax_loss",
        title="one-hot rows counted as N * C labels",
        truth="The number of samples is taken to be y.size. With integer labels that is N, but "
              "with one-hot rows it is N * C, so loss and dx are too small by a factor of C. The "
              "docstring allows both forms and asks for the mean over the samples.",
        source='''def softmax_loss(x, y):
    count = y.size
    if y.ndim == 2:
        y = y.argmax(axis=1)
    rows = np.arange(len(x))
    shifted = x - x.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    loss = np.sum(log_sum - shifted[rows, y]) / count
    dx = softmax(x)
    dx[rows, y] -= 1
    return loss, dx / count
''',
    ),
    Stranger(
        exercise="smoothed_softmax_loss",
        title="the share goes to the other classes only",
        truth="The share eps goes to the C - 1 wrong classes, and the label keeps 1 - eps. "
              "The text deals it out evenly to all C classes, the label among them: with C = 4 and "
              "eps = 0.2 the target is 0.85 and 0.05, and here it is 0.8 and 0.067.",
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
        exercise="output_size",
        title="rounded up",
        truth="Where the stride leaves a remainder the number is rounded up, so one window too "
              "many is counted, which hangs over the border. The text says that the last rows are "
              "then seen by no window.",
        source='''def output_size(size, kernel, stride=1, pad=0):
    return int(np.ceil((size + 2 * pad - kernel) / stride)) + 1
''',
    ),
    Stranger(
        exercise="conv_dx_entry",
        title="remainders of the stride are not excluded",
        truth="The output is found by dividing r + pad - i by the stride and rounding down, not "
              "asking whether it divides. With a stride above 1 a pixel is credited with windows "
              "in which it does not lie at (i, j); with stride 1 the result is right.",
        source='''def conv_dx_entry(dout, w, r, q, stride, pad):
    F, OH, OW = dout.shape
    _, HH, WW = w.shape
    total = 0.0
    for f in range(F):
        for i in range(HH):
            for j in range(WW):
                u = (r + pad - i) // stride
                v = (q + pad - j) // stride
                if 0 <= u < OH and 0 <= v < OW:
                    total += dout[f, u, v] * w[f, i, j]
    return total
''',
    ),
    Stranger(
        exercise="conv2d_backward_naive",
        title="the frame is cut off on the wrong side",
        truth="The first H rows and W columns of the padded gradient are returned, so that with "
              "padding dx has the right shape and is shifted by pad down and to the right. The "
              "frame lies on all four sides.",
        source='''def conv2d_backward_naive(dout, cache):
    x, w, b, stride, pad = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded = np.zeros(padded.shape)
    dw, db = np.zeros(w.shape), np.zeros(b.shape)
    for n, f, u, v in np.ndindex(dout.shape):
        here = np.s_[n, :, stride * u:stride * u + HH, stride * v:stride * v + WW]
        dw[f] += dout[n, f, u, v] * padded[here]
        dpadded[here] += dout[n, f, u, v] * w[f]
        db[f] += dout[n, f, u, v]
    dx = dpadded[:, :, :H, :W]
    return dx, dw, db
''',
    ),
    Stranger(
        exercise="im2col",
        title="reshape in the place of a transpose",
        truth="Images and channels are exchanged by a reshape, which keeps the numbers in order "
              "and mixes images and channels. The text says that a reshape cannot exchange two "
              "axes; it is right only for one image or one channel.",
        source='''def im2col(x, HH, WW, stride=1, pad=0):
    N, C, H, W = x.shape
    OH = output_size(H, HH, stride, pad)
    OW = output_size(W, WW, stride, pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    padded = padded.reshape(C, N, H + 2 * pad, W + 2 * pad)
    cols = np.zeros((C, HH, WW, N, OH, OW), dtype=x.dtype)
    for i in range(HH):
        for j in range(WW):
            cols[:, i, j] = padded[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
    return cols.reshape(C * HH * WW, N * OH * OW)
''',
    ),
    Stranger(
        exercise="col2im",
        title="mean of the copies",
        truth="It divides by the number of copies of each pixel, so that it becomes an inverse of "
              "im2col. The text says that it is none: each pixel gets the sum of the values at all "
              "its copies. Without overlap there is no difference.",
        source='''def col2im(cols, x_shape, HH, WW, stride=1, pad=0):
    N, C, H, W = x_shape
    OH = output_size(H, HH, stride, pad)
    OW = output_size(W, WW, stride, pad)
    cols = cols.reshape(C, HH, WW, N, OH, OW)
    image = np.zeros((C, N, H + 2 * pad, W + 2 * pad))
    copies = np.zeros(image.shape)
    for i in range(HH):
        for j in range(WW):
            here = np.s_[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
            image[here] += cols[:, i, j]
            copies[here] += 1
    image = image / np.maximum(copies, 1)
    return image[:, :, pad:pad + H, pad:pad + W].transpose(1, 0, 2, 3)
''',
    ),
    Stranger(
        exercise="echo_backward",
        title="only the last room reaches the sound",
        truth="Inside the loop over the rooms dx is assigned and not added to, so that only the "
              "last room counts. Each sound is played in every room, and its gradient is the sum "
              "over all of them; with one room it is right.",
        source='''def echo_backward(dout, cache):
    x, w = cache
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for n in range(len(x)):
        for f in range(len(w)):
            dx[n] = np.correlate(dout[n, f], w[f], mode="valid")
            for j in range(w.shape[1]):
                dw[f, j] += dout[n, f, j:j + x.shape[1]] @ x[n]
    return dx, dw
''',
    ),
    Stranger(
        exercise="conv2d_forward_general",
        title="filters dealt out to the groups in turn",
        truth="The part of a filter is f % groups, so neighbouring filters belong to different "
              "parts. The text says that filter f belongs to part f // F', so with two or more "
              "groups and F' above 1 most filters see the wrong channels.",
        source='''def conv2d_forward_general(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    N, C, H, W = x.shape
    F, part, HH, WW = w.shape
    OH = output_size(H, dilation * (HH - 1) + 1, stride, pad)
    OW = output_size(W, dilation * (WW - 1) + 1, stride, pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW))
    for f in range(F):
        g = f % groups
        seen = padded[:, g * part:(g + 1) * part]
        for i in range(HH):
            for j in range(WW):
                top, left = dilation * i, dilation * j
                pixels = seen[:, :, top:top + stride * OH:stride, left:left + stride * OW:stride]
                out[:, f] += np.einsum("ncuv,c->nuv", pixels, w[f, :, i, j])
        out[:, f] += b[f]
    return out, (x, w, b, stride, pad, dilation, groups)
''',
    ),
    # 08 automatic differentiation
    Stranger(
        exercise="Divide",
        title="negative power of integers",
        truth="y ** -2 is right for floats, but NumPy refuses negative powers of integers. So the "
              "gradient raises wherever the divisor is an integer constant, as in the expression "
              "reduce_sum(m @ m, axis=0) / 5 of this chapter.",
        source='''class Divide(Operation):
    """The node x / y, entry by entry, with broadcasting."""

    def compute_output(self):
        x, y = self.input_values()
        return x / y

    def compute_gradient(self, grad):
        x, y = self.input_values()
        dx = grad / y
        dy = -grad * x * y ** -2
        return unbroadcast(dx, np.shape(x)), unbroadcast(dy, np.shape(y))
''',
    ),
    Stranger(
        exercise="topological_order",
        title="the error names a node outside the cycle",
        truth="A cycle is found, but the message names the node that the function was asked for, "
              "which need not lie on it. The docstring says that the message names one of the "
              "nodes of the cycle.",
        source='''def topological_order(node):
    order, done, opened = [], set(), set()
    stack = [(node, False)]
    while stack:
        top, was_opened = stack.pop()
        if was_opened:
            opened.discard(top)
            done.add(top)
            order.append(top)
        elif top in opened:
            raise ValueError(f"the graph of {node} has a cycle")
        elif top not in done:
            opened.add(top)
            stack.append((top, True))
            for other in reversed(top.inputs):
                stack.append((other, False))
    return order
''',
    ),
    Stranger(
        exercise="Session",
        title="a list of one node gives no list",
        truth="What is returned depends on how many values there are and not on what was asked "
              "for: a list with a single node gives the bare value. Asked for a list of nodes, run "
              "returns a list of values.",
        source='''class Session:
    """Computes nodes of a graph: with Session() as session: session.run(node)."""

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
        wanted = [nodes] if isinstance(nodes, Node) else list(nodes)
        done = set()
        for last in wanted:
            for node in topological_order(last):
                if node in done:
                    continue
                done.add(node)
                if isinstance(node, Placeholder) and node not in feed_dict:
                    raise ValueError(f"{node} has no value in feed_dict")
                if isinstance(node, Operation):
                    node.evaluate()
        values = [node.output_value for node in wanted]
        return values[0] if len(values) == 1 else values
''',
    ),
    Stranger(
        exercise="gradients",
        title="the walk stops at the nodes of wrt",
        truth="A node of wrt sends nothing on, as if it were the beginning of the graph. Where wrt "
              "holds a node and another one in front of it, the second gets too little, or the "
              "function says that there is no path to it. The gradient is the sum over all paths.",
        source='''def gradients(loss, wrt=None):
    order = topological_order(loss)
    if wrt is None:
        wrt = [node for node in order if isinstance(node, Variable)]
    asked = set(wrt)
    found = {loss: np.ones_like(loss.output_value, dtype=float)}
    for node in reversed(order):
        if node not in found or not isinstance(node, Operation):
            continue
        if node in asked and node is not loss:
            continue
        for other, part in zip(node.inputs, node.compute_gradient(found[node])):
            found[other] = found[other] + part if other in found else part
    for node in wrt:
        if node not in found:
            raise ValueError(f"there is no path from {node} to {loss}")
    return {node: found[node] for node in wrt}
''',
    ),
    Stranger(
        exercise="exposing_expressions",
        title="the product comes first",
        truth="In a * b + a the product is the first input of the sum, so it has been met when a "
              "is visited, and colleagues_gradients is right. The node too_early must be one for "
              "which it is wrong, such as a + a * b.",
        source='''def exposing_expressions(a, b):
    too_early = a * b + a
    one_part = a * a
    return too_early, one_part
''',
    ),
    Stranger(
        exercise="GradientDescentOptimizer",
        title="gradients found anew after each move",
        truth="The gradients are asked for again for each variable, when others have moved "
              "already: products then use new weights together with old values. The text says to "
              "find all of them before the first variable moves.",
        source='''class GradientDescentOptimizer:
    """Moves variables against the gradient of a loss."""

    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def minimize(self, loss):
        def make_step():
            value = loss.output_value
            for node in topological_order(loss):
                if isinstance(node, Variable):
                    slope = gradients(loss, [node])[node]
                    node.output_value = node.output_value - self.learning_rate * slope
            return value

        return Action(make_step, loss)
''',
    ),
    Stranger(
        exercise="Maximum",
        title="a tie is shared",
        truth="Where x and y are equal each gets half of the gradient, as in some large "
              "frameworks. The docstring says that x counts as the larger there, so it gets all "
              "of it.",
        source='''class Maximum(Operation):
    """The node max(x, y), entry by entry, with broadcasting."""

    def compute_output(self):
        x, y = self.input_values()
        return np.maximum(x, y)

    def compute_gradient(self, grad):
        x, y = self.input_values()
        share = np.where(x > y, 1.0, np.where(x < y, 0.0, 0.5))
        return (unbroadcast(grad * share, np.shape(x)),
                unbroadcast(grad * (1 - share), np.shape(y)))
''',
    ),
    # 09 two-layer net
    Stranger(
        exercise="Affine",
        title="gradients of the parameters pile up",
        truth="self.dw and self.db are added to in every call of backward, as PyTorch does with "
              "w.grad, and never set back. From the second call on they hold the sum of all calls "
              "and not the gradients of this one.",
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
        title="the deviation is taken for a variance",
        truth="The weights are multiplied by the root of weight_init_std, as if it were a "
              "variance. The docstring says that it is the standard deviation of the weights; with "
              "0.01 they come out ten times too large.",
        source='''class TwoLayerNet:
    """Affine, relu, affine, softmax loss."""

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        if rng is None:
            rng = np.random.default_rng()
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
        exercise="train_steps",
        title="images chosen, labels sliced",
        truth="The images of a batch are picked by their numbers, but the labels are taken from "
              "the front in order, so that images and labels do not belong together. Both must be "
              "chosen by the numbers of the samples of each step.",
        source='''def train_steps(net, x, t, batches, lr):
    losses = np.zeros(len(batches))
    start = 0
    for k, chosen in enumerate(batches):
        labels = np.take(t, range(start, start + len(chosen)), mode="wrap")
        losses[k] = train_step(net, x[chosen], labels, lr)
        start += len(chosen)
    return losses
''',
    ),
    Stranger(
        exercise="steps_until",
        title="the last mean is never looked at",
        truth="The loop ends one step early, so the mean of the very last losses is not tried. "
              "Where only that one is below the level, or there are just as many losses as the "
              "window holds, the result is -1 instead of the number of all steps.",
        source='''def steps_until(losses, level, window=20):
    for steps in range(window, len(losses)):
        if np.mean(losses[steps - window:steps]) < level:
            return steps
    return -1
''',
    ),
    Stranger(
        exercise="adam_step",
        title="the corrected averages are remembered",
        truth="m and v are overwritten by their corrected forms and returned so. The text says "
              "that m and v are remembered as they are, without the division; here they are "
              "divided anew in every step, and the parameter goes wrong from the second step on.",
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
        title="biases penalised in the gradient",
        truth="The loss penalises both weight matrices, but the gradient adds 2 reg times the "
              "parameter to the biases as well. The text says that the biases are not penalised. "
              "As long as they are 0 nobody sees it.",
        source='''class PenaltyNet(TwoLayerNet):
    """A two-layer network whose large weights cost something."""

    def __init__(self, input_size, hidden_size, output_size, reg, weight_init_std=0.01, rng=None):
        super().__init__(input_size, hidden_size, output_size, weight_init_std, rng)
        self.reg = reg

    def loss(self, x, t):
        squares = np.sum(self.params["W1"] ** 2) + np.sum(self.params["W2"] ** 2)
        return super().loss(x, t) + self.reg * squares

    def gradient(self, x, t):
        found = super().gradient(x, t)
        for name in found:
            found[name] = found[name] + 2 * self.reg * self.params[name]
        self.last_loss = self.loss(x, t)
        return found
''',
    ),
    # 10 convnet
    Stranger(
        exercise="pool_dx_entry",
        title="one window for each pixel",
        truth="Only the window with the number r // stride, q // stride is looked at. Where "
              "windows overlap a pixel lies in several, and each that it wins is a path whose "
              "gradient must be added. Without overlap the result is right.",
        source='''def pool_dx_entry(x, dout, r, q, HH, WW, stride):
    u, v = r // stride, q // stride
    if u >= dout.shape[0] or v >= dout.shape[1]:
        return 0.0
    window = x[u * stride:u * stride + HH, v * stride:v * stride + WW]
    inside = r - u * stride < HH and q - v * stride < WW
    if inside and x[r, q] == window.max():
        return float(dout[u, v])
    return 0.0
''',
    ),
    Stranger(
        exercise="max_pool_backward",
        title="overlapping windows overwrite each other",
        truth="The gradient is assigned to the pixels that won. A pixel that wins several "
              "overlapping windows keeps only the gradient of the last, where the text says that "
              "one pixel can receive from several; without overlap it is right.",
        source='''def max_pool_backward(dout, cache):
    x, place, HH, WW, stride = cache
    OH, OW = dout.shape[2:]
    dx = np.zeros_like(x)
    for k in range(HH * WW):
        i, j = divmod(k, WW)
        part = dx[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
        won = place == k
        part[won] = dout[won]
    return dx
''',
    ),
    Stranger(
        exercise="avg_pool_backward",
        title="divided by the square of the stride",
        truth="Each pixel receives dout / stride**2, which is right only where the stride is the "
              "side of a square window. The output is the mean of HH * WW pixels, so each of "
              "them must receive dout / (HH * WW).",
        source='''def avg_pool_backward(dout, cache):
    x, HH, WW, stride = cache
    OH, OW = dout.shape[2:]
    dx = np.zeros_like(x)
    for i in range(HH):
        for j in range(WW):
            here = np.s_[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
            dx[here] += dout / (stride * stride)
    return dx
''',
    ),
    Stranger(
        exercise="ConvNet",
        title="fan in without the channels",
        truth="For the filters fan in is kernel * kernel, and the channels are forgotten. The text "
              "counts the pixels of one window through all channels, so for colour images the "
              "weights W1 are too large by the root of C; for grey ones all is right.",
        source='''class ConvNet:
    """conv, relu, pool, affine, relu, affine, and the softmax loss."""

    def __init__(self, input_shape, filters, kernel, hidden, output_size, rng):
        C, H, W = input_shape
        rows = filters * ((H - kernel + 1) // 2) * ((W - kernel + 1) // 2)

        def he(shape, fan_in):
            return np.sqrt(2 / fan_in) * rng.standard_normal(shape)

        self.params = {
            "W1": he((filters, C, kernel, kernel), kernel * kernel),
            "b1": np.zeros(filters),
            "W2": he((rows, hidden), rows),
            "b2": np.zeros(hidden),
            "W3": he((hidden, output_size), hidden),
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
        _, found = convnet_backward(dscores.astype(scores.dtype), cache)
        return found

    def accuracy(self, x, t):
        return float(np.mean(self.predict(x).argmax(axis=1) == t))
''',
    ),
    Stranger(
        exercise="score_gradient",
        title="the network's answer in the place of the label",
        truth="The upstream gradient is 1 at the highest score, and the argument y is ignored. The "
              "text wants the slope of the score at the label y[n]; the two are the same only for "
              "images whose label is the network's answer.",
        source='''def score_gradient(params, x, y):
    scores, cache = convnet_forward(params, x)
    dscores = np.zeros_like(scores)
    dscores[np.arange(len(x)), scores.argmax(axis=1)] = 1
    dx, _ = convnet_backward(dscores, cache)
    return dx
''',
    ),
]
