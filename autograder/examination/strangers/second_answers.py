"""Sixty more wrong answers, by another examiner, who looked for what tests forget."""

from autograder.examination.strangers.stranger import Stranger

ANSWERS = [
    # 01 numerical gradients
    Stranger(
        exercise="best_step",
        title="the argument eps is ignored",
        truth="The machine epsilon of float64 is read from NumPy and the argument is overwritten. "
              "Right for eps = 2.2e-16; for any other eps, such as that of float32, the step does "
              "not change.",
        source='''def best_step(value, third, eps):
    eps = np.finfo(np.float64).eps
    return np.cbrt(3 * eps * abs(value) / (2 * abs(third)))
''',
    ),
    Stranger(
        exercise="relu",
        title="x itself is returned where nothing is cut off",
        truth="If no entry is negative, the function returns the array x and no new one, so that "
              "whoever writes into the result changes x. With a negative entry it is right.",
        source='''def relu(x):
    if np.all(x >= 0):
        return x
    return np.where(x > 0, x, 0)
''',
    ),
    Stranger(
        exercise="numerical_gradient",
        title="an entry is not put back in the working copy",
        truth="After an entry has been measured it stays at old - h in the copy, so the later "
              "entries are measured at a point that has moved by h. Right for sums of functions "
              "of single entries and for a single entry; off by about h times the mixed second "
              "derivative where entries are multiplied with each other.",
        source='''def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + h
        above = f(x)
        x[index] = old - h
        below = f(x)
        gradient[index] = (above - below) / (2 * h)
    return gradient
''',
    ),
    Stranger(
        exercise="mean_squared_error",
        title="spectral norm of a matrix",
        truth="np.linalg.norm(d, 2) is the Euclidean norm for a vector, but the largest singular "
              "value for a matrix, and an error for three and more dimensions. Right for vectors "
              "and for a matrix of one row or one column.",
        source='''def mean_squared_error(y, t):
    return 0.5 * np.linalg.norm(y - t, 2) ** 2
''',
    ),
    Stranger(
        exercise="relative_error",
        title="1e-8 is added to the denominator",
        truth="The denominator is 1e-8 + |a| + |b| where it should be the larger of 1e-8 and "
              "|a| + |b|. Visible only where |a| + |b| is not much larger than 1e-8: there the "
              "error comes out too small, at worst by a factor of 2.",
        source='''def relative_error(a, b):
    return np.max(np.abs(a - b) / (1e-8 + np.abs(a) + np.abs(b)))
''',
    ),
    Stranger(
        exercise="gradients_agree",
        title="the mean of the relative errors decides",
        truth="The mean over the entries is compared with 1e-6, not the largest error. In an array "
              "of many hundred entries a single entry that is 0.1 % off no longer counts, and the "
              "wrong gradient is accepted. Right for small arrays.",
        source='''def gradients_agree(f, df, x):
    claimed = df(x)
    measured = numerical_gradient(f, x)
    if np.shape(claimed) != np.shape(x):
        return False
    size = np.maximum(1e-8, np.abs(claimed) + np.abs(measured))
    return bool(np.mean(np.abs(claimed - measured) / size) < 1e-6)
''',
    ),
    # 02 computational graphs
    Stranger(
        exercise="AddNode",
        title="gradients pile up from call to call",
        truth="backward adds dout to what earlier calls have sent back, and forward does not clear "
              "it. The first call of backward is right; from the second on the node returns the "
              "sum of all upstream gradients it has ever received.",
        source='''class AddNode:
    def __init__(self):
        self.dx, self.dy = 0.0, 0.0

    def forward(self, x, y):
        return x + y

    def backward(self, dout):
        self.dx += dout
        self.dy += dout
        return self.dx, self.dy
''',
    ),
    Stranger(
        exercise="SquareNode",
        title="x is recovered as the root of the output",
        truth="The node remembers out and takes its square root for x, which loses the sign. For "
              "negative x the gradient has the wrong sign.",
        source='''class SquareNode:
    def forward(self, x):
        self.out = x ** 2
        return self.out

    def backward(self, dout):
        return dout * 2 * self.out ** 0.5
''',
    ),
    Stranger(
        exercise="PowerNode",
        title="no upstream gradient for the exponent",
        truth="dx is right, dy is the local slope out * log(x) alone, without dout. Right only "
              "where dout is 1, or where x is 1.",
        source='''class PowerNode:
    def forward(self, x, y):
        self.x, self.y = x, y
        self.out = x ** y
        return self.out

    def backward(self, dout):
        dx = dout * self.y * self.x ** (self.y - 1)
        dy = self.out * np.log(self.x)
        return dx, dy
''',
    ),
    Stranger(
        exercise="bill_collapsed",
        title="the gradients are written into the inputs",
        truth="dprices is another name for numbers and dnumbers for prices, and both are "
              "multiplied by 1 + tax_rate in place. The returned numbers are right, but the "
              "caller's prices and numbers are changed, and integer arrays raise an error.",
        source='''def bill_collapsed(prices, numbers, tax_rate):
    subtotal = np.sum(prices * numbers)
    total = (1 + tax_rate) * subtotal
    dprices = numbers
    dprices *= 1 + tax_rate
    dnumbers = prices
    dnumbers *= 1 + tax_rate
    return total, dprices, dnumbers, subtotal
''',
    ),
    Stranger(
        exercise="run_forward",
        title="one node for all steps of a kind",
        truth="make is called once for each kind, and all steps of that kind share the node. The "
              "values are right, but the node of an earlier step remembers the numbers of the last "
              "step of its kind, so that the way back is wrong. Right while each kind occurs once.",
        source='''def run_forward(steps, values, make=make_node):
    values = dict(values)
    of_kind, nodes = {}, []
    for name, kind, inputs in steps:
        if kind not in of_kind:
            of_kind[kind] = make(kind)
        node = of_kind[kind]
        values[name] = node.forward(*[values[other] for other in inputs])
        nodes.append(node)
    return values, nodes
''',
    ),
    Stranger(
        exercise="run_backward",
        title="the output must be the result of a step",
        truth="The gradient 1 is set when the step with the name of the output is visited. If the "
              "output is one of the inputs of the graph, no step has its name, and its own "
              "gradient comes out as 0 in place of 1.",
        source='''def run_backward(steps, values, nodes, output):
    gradients = {name: 0.0 for name in values}
    for (name, _, inputs), node in zip(reversed(steps), reversed(nodes)):
        if name == output:
            gradients[name] = 1.0
        back = node.backward(gradients[name])
        if len(inputs) == 1:
            back = (back,)
        for other, part in zip(inputs, back):
            gradients[other] = gradients[other] + part
    return gradients
''',
    ),
    # 03 affine
    Stranger(
        exercise="affine_scalar_gradients",
        title="sum of the inputs times sum of the slopes",
        truth="dw is (x0 + x1) * (dout0 + dout1), which has two terms too many, x0 * dout1 and "
              "x1 * dout0. db is right.",
        source='''def affine_scalar_gradients(x0, x1, w, b, dout0, dout1):
    db = dout0 + dout1
    dw = (x0 + x1) * db
    return dw, db
''',
    ),
    Stranger(
        exercise="affine_dx_entry",
        title="the sum runs over D entries in place of M",
        truth="The loop over the outputs ends at w.shape[0], the number of features. Right for "
              "square w; with D < M the last terms are missing, with D > M there is an IndexError.",
        source='''def affine_dx_entry(dout, w, n, d):
    total = 0.0
    for m in range(w.shape[0]):
        total += dout[n, m] * w[d, m]
    return total
''',
    ),
    Stranger(
        exercise="affine_matrix_gradients",
        title="db is squeezed",
        truth="np.squeeze removes every axis of size 1. For a layer with a single output, M = 1, "
              "db has the shape () in place of (1,). Otherwise right.",
        source='''def affine_matrix_gradients(x, dout):
    dw = x.T @ dout
    db = np.squeeze(np.sum(dout, axis=0, keepdims=True))
    return dw, db
''',
    ),
    Stranger(
        exercise="affine_forward",
        title="images are flattened in Fortran order",
        truth="Each sample is flattened with its first axis running fastest, so the features meet "
              "the wrong weights. Right for x of shape (N, D) and for samples with only one axis "
              "longer than 1; wrong for images.",
        source='''def affine_forward(x, w, b):
    rows = np.reshape(x, (x.shape[0], -1), order="F")
    out = rows @ w + b
    return out, (x, w, b)
''',
    ),
    Stranger(
        exercise="affine_backward",
        title="a reshape in place of the transpose",
        truth="x.reshape(-1, N) has the shape of the transpose but other numbers in it, so dw has "
              "the right shape and is wrong. Right only for N = 1 or D = 1; dx and db are right.",
        source='''def affine_backward(dout, cache):
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(-1, x.shape[0]) @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
''',
    ),
    Stranger(
        exercise="quadratic_affine_backward",
        title="the slope 1 + 2x also in dw",
        truth="dw is (1 + 2x).T @ dout: the slope of x + x**2 stands where its value belongs. dx "
              "is right.",
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
        title="integers in, integers out",
        truth="The results are written into np.zeros_like(x), which holds integers if x does: all "
              "fractions are cut off, and every entry becomes 0 (1 where the sigmoid rounds to 1). "
              "Right for floats.",
        source='''def sigmoid(x):
    out = np.zeros_like(x)
    e = np.exp(-np.abs(x))
    positive = x >= 0
    out[positive] = 1 / (1 + e[positive])
    out[~positive] = e[~positive] / (1 + e[~positive])
    return out
''',
    ),
    Stranger(
        exercise="sigmoid_grad",
        title="the square in the denominator is missing",
        truth="The result is e / (1 + e) with e = exp(-|x|), where it should be e / (1 + e)**2: "
              "the smaller of sigmoid(x) and sigmoid(-x). At 0 it is 1/2 in place of 1/4.",
        source='''def sigmoid_grad(x):
    e = np.exp(-np.abs(x))
    return e / (1 + e)
''',
    ),
    Stranger(
        exercise="tanh_scalar_gradient",
        title="the square of the bracket",
        truth="The slope is (1 - out)**2 in place of 1 - out**2. Right only for out = 0 and "
              "out = 1; for negative out it is even larger than 1.",
        source='''def tanh_scalar_gradient(out, dout):
    return dout * (1 - out) ** 2
''',
    ),
    Stranger(
        exercise="crelu_jacobian",
        title="both slopes of an entry in neighbouring rows",
        truth="Rows 2j and 2j + 1 belong to relu(x_j) and relu(-x_j), as if out were interleaved. "
              "The right order has all D rows of relu(x) first. Right for D = 1 and, by chance, "
              "for D = 2 with x_0 > 0 > x_1.",
        source='''def crelu_jacobian(x):
    D = len(x)
    jacobian = np.zeros((2 * D, D))
    for j in range(D):
        if x[j] > 0:
            jacobian[2 * j, j] = 1.0
        else:
            jacobian[2 * j + 1, j] = -1.0
    return jacobian
''',
    ),
    Stranger(
        exercise="relu_backward",
        title="the mask is written into the cached x",
        truth="mask is another name for the cache, and its entries are replaced by 0 and 1. dx is "
              "right, but the caller's x is destroyed.",
        source='''def relu_backward(dout, cache):
    mask = cache
    mask[mask <= 0] = 0
    mask[mask > 0] = 1
    return dout * mask
''',
    ),
    Stranger(
        exercise="softplus_forward",
        title="the absolute value is missing in the exponent",
        truth="max(x, 0) + log(1 + exp(-x)) is right for x >= 0. For x < 0 it is softplus(-x), and "
              "at -1000 it overflows to inf.",
        source='''def softplus_forward(x):
    out = np.maximum(x, 0) + np.log(1 + np.exp(-x))
    return out, x
''',
    ),
    # 05 the SVM loss
    Stranger(
        exercise="svm_dx_entry",
        title="the true class counts its own margin",
        truth="At the true class all positive margins of the row are counted, and the margin of "
              "the true class against itself, which is always 1, is among them. The entry is too "
              "negative by 1/N; the wrong classes are right.",
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
        title="whole columns of the labels are written to",
        truth="dx[:, y] is all rows of the columns that occur in y, not one entry of each row: "
              "every row gets its negative count at the label of every sample. Right for a single "
              "sample, or where all labels are equal.",
        source='''def svm_dx_matrix(positive, y):
    dx = positive.astype(float)
    dx[:, y] = -positive.sum(axis=1, keepdims=True)
    return dx / len(y)
''',
    ),
    Stranger(
        exercise="svm_loss",
        title="calls the version with loops",
        truth="The numbers are right, but they come from svm_loss_naive, which loops over all "
              "samples and classes. The docstring asks for a function without loops.",
        source='''def svm_loss(x, y):
    return svm_loss_naive(x, y)
''',
    ),
    Stranger(
        exercise="svm_loss_mended",
        title="1 is subtracted once for the whole batch",
        truth="The true class still adds 1 to the loss of each of the N samples, and only 1 is "
              "taken away before the division by N. The loss is too large by (N - 1) / N; right "
              "for one sample. dx is right.",
        source='''def svm_loss_mended(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for n in range(N):
        for j in range(C):
            margin = x[n, j] - x[n, y[n]] + 1
            if margin > 0:
                loss += margin
                if j != y[n]:
                    dx[n, j] += 1
                    dx[n, y[n]] -= 1
    return (loss - 1) / N, dx / N
''',
    ),
    Stranger(
        exercise="svm_loss_linear",
        title="the penalty sums all entries of w.T @ w",
        truth="The sum of all entries of w.T @ w also holds the products of different columns; "
              "only its diagonal is the sum of squares. The loss is wrong where reg is not 0 and "
              "C > 1; dw is right.",
        source='''def svm_loss_linear(w, x, y, reg):
    loss, ds = svm_loss(x @ w, y)
    loss = loss + reg * np.sum(w.T @ w)
    dw = x.T @ ds + 2 * reg * w
    return loss, dw
''',
    ),
    Stranger(
        exercise="squared_hinge_loss",
        title="the true class receives a count",
        truth="At the true class dx is -2/N times the number of positive margins, as in the plain "
              "hinge, where -2/N times their sum belongs. Rows do not add up to 0; the loss and "
              "the wrong classes are right.",
        source='''def squared_hinge_loss(x, y):
    N = len(y)
    rows = np.arange(N)
    margins = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1)
    margins[rows, y] = 0
    loss = np.sum(margins ** 2) / N
    dx = 2 * margins
    dx[rows, y] = -2 * np.sum(margins > 0, axis=1)
    return loss, dx / N
''',
    ),
    # 06 the softmax loss
    Stranger(
        exercise="softmax",
        title="shifted by the largest absolute value",
        truth="The largest |x| of the row is subtracted in place of the largest x. Where all "
              "scores of a row are very negative, below about -373, all exponentials become 0 and "
              "the row is nan. Right where the score of largest size is positive.",
        source='''def softmax(x):
    e = np.exp(x - np.abs(x).max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
''',
    ),
    Stranger(
        exercise="cross_entropy_error",
        title="labels of as many samples as classes are taken for a one-hot row",
        truth="t counts as one-hot where its last size equals that of y. N integer labels with "
              "N = C are therefore replaced by the position of the largest of them, which becomes "
              "the label of every sample. Right where N and C differ, and for one-hot rows.",
        source='''def cross_entropy_error(y, t):
    t = np.asarray(t)
    if t.ndim > 0 and t.shape[-1] == y.shape[-1]:
        t = t.argmax(axis=-1)
    y, t = np.atleast_2d(y), np.atleast_1d(t)
    return -np.mean(np.log(y[np.arange(len(y)), t]))
''',
    ),
    Stranger(
        exercise="softmax_dx",
        title="one-hot rows only as wide as the largest label",
        truth="The one-hot table has max(y) + 1 columns. If the last class does not occur in the "
              "batch, the shapes do not fit; if all labels are 0, the single column of ones is "
              "broadcast and 1 is subtracted from every entry.",
        source='''def softmax_dx(p, y):
    onehot = np.eye(y.max() + 1)[y]
    return (p - onehot) / len(y)
''',
    ),
    Stranger(
        exercise="softmax_loss",
        title="no mean in dx for one-hot rows",
        truth="With integer labels dx is divided by N, in the branch for one-hot rows it is not. "
              "The loss is right in both; dx is N times too large for one-hot rows.",
        source='''def softmax_loss(x, y):
    N = len(x)
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dx = np.exp(log_p)
    if y.ndim == 2:
        loss = -np.sum(y * log_p) / N
        dx = dx - y
    else:
        rows = np.arange(N)
        loss = -np.sum(log_p[rows, y]) / N
        dx[rows, y] -= 1
        dx = dx / N
    return loss, dx
''',
    ),
    Stranger(
        exercise="softmax_loss_mended",
        title="a floor under the probability",
        truth="The logarithm is taken of max(p, 1e-300). The loss is finite, but it stays at 690.8 "
              "where the label's score lies more than 691 below the highest. dx is right.",
        source='''def softmax_loss_mended(x, y):
    rows = np.arange(len(x))
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(np.maximum(p[rows, y], 1e-300)))
    dx = p.copy()
    dx[rows, y] -= 1.0
    return loss, dx / len(x)
''',
    ),
    Stranger(
        exercise="softmax_loss_linear",
        title="the penalty of the other book",
        truth="The penalty is reg / 2 times the sum of squares, and its gradient reg * w. The two "
              "fit each other, so that a gradient check passes, but the docstring asks for reg "
              "times the sum, whose gradient is 2 * reg * w. Right for reg = 0.",
        source='''def softmax_loss_linear(w, x, y, reg):
    loss, ds = softmax_loss(x @ w, y)
    return loss + 0.5 * reg * np.sum(w ** 2), x.T @ ds + reg * w
''',
    ),
    # 07 convolution
    Stranger(
        exercise="conv_dx_entry",
        title="filters are added up before they are multiplied",
        truth="dout and w are summed over the filters first, and the product of the sums also has "
              "terms in which the gradient of one filter meets the kernel of another. Right for "
              "F = 1.",
        source='''def conv_dx_entry(dout, w, r, q, stride, pad):
    dout, w = dout.sum(axis=0), w.sum(axis=0)
    HH, WW = w.shape
    total = 0.0
    for u, v in np.ndindex(dout.shape):
        i, j = r + pad - stride * u, q + pad - stride * v
        if 0 <= i < HH and 0 <= j < WW:
            total += dout[u, v] * w[i, j]
    return total
''',
    ),
    Stranger(
        exercise="conv2d_backward_naive",
        title="the frame is cut off as if images were square",
        truth="The columns of dx end at pad + H in place of pad + W. Right for H = W; for wider "
              "images columns are missing, for higher ones with padding a part of the frame stays.",
        source='''def conv2d_backward_naive(dout, cache):
    x, w, b, stride, pad = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw, db = np.zeros(padded.shape), np.zeros(w.shape), np.zeros(b.shape)
    for n, f, u, v in np.ndindex(dout.shape):
        rows = slice(stride * u, stride * u + HH)
        columns = slice(stride * v, stride * v + WW)
        dw[f] += dout[n, f, u, v] * padded[n, :, rows, columns]
        dpadded[n, :, rows, columns] += dout[n, f, u, v] * w[f]
        db[f] += dout[n, f, u, v]
    return dpadded[:, :, pad:pad + H, pad:pad + H], dw, db
''',
    ),
    Stranger(
        exercise="im2col",
        title="the same array is handed out again for the same sizes",
        truth="The columns are written into an array that is kept for each set of sizes, and a "
              "view of it is returned. Each result is right when it comes, but the next call with "
              "the same sizes overwrites it.",
        source='''def im2col(x, HH, WW, stride=1, pad=0):
    N, C, H, W = x.shape
    OH, OW = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    kept = im2col.__dict__.setdefault("kept", {})
    sizes = (C, HH, WW, N, OH, OW)
    if sizes not in kept:
        kept[sizes] = np.empty(sizes)
    cols = kept[sizes]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))).transpose(1, 0, 2, 3)
    for i in range(HH):
        for j in range(WW):
            cols[:, i, j] = padded[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
    return cols.reshape(C * HH * WW, N * OH * OW)
''',
    ),
    Stranger(
        exercise="scatter_add",
        title="the result ends at the largest index",
        truth="np.bincount without minlength returns max(index) + 1 numbers, and the argument size "
              "is not used. Right only if the last entry of x was copied; otherwise dx is too "
              "short.",
        source='''def scatter_add(dout, index, size):
    return np.bincount(index, weights=dout)
''',
    ),
    Stranger(
        exercise="echo_forward",
        title="the kernel is not turned",
        truth="np.correlate slides the kernel without turning it, so the last echo is heard first: "
              "out is the echo with w reversed. Right length; right numbers only for kernels that "
              "read the same from both ends, such as those of one number.",
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
        title="filters take turns among the groups",
        truth="Filter f is put into part f % groups in place of f // (F // groups). Right for one "
              "group, and where each group has a single filter; otherwise filters look at the "
              "channels of another part.",
        source='''def conv2d_forward_general(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    N, C, H, W = x.shape
    F, part, HH, WW = w.shape
    OH = output_size(H, dilation * (HH - 1) + 1, stride, pad)
    OW = output_size(W, dilation * (WW - 1) + 1, stride, pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW))
    for f in range(F):
        g = f % groups
        channels = padded[:, g * part:(g + 1) * part]
        for i in range(HH):
            for j in range(WW):
                top, left = dilation * i, dilation * j
                seen = channels[:, :, top:top + stride * OH:stride, left:left + stride * OW:stride]
                out[:, f] += np.tensordot(seen, w[f, :, i, j], axes=(1, 0))
        out[:, f] += b[f]
    return out, (x, w, b, stride, pad, dilation, groups)
''',
    ),
    # 08 automatic differentiation
    Stranger(
        exercise="Divide",
        title="a negative power of the denominator",
        truth="The slope for y is written with y ** -2, which NumPy refuses for integers. "
              "compute_gradient raises a ValueError wherever the denominator holds integers, as in "
              "x / 5; for floats it is right.",
        source='''class Divide(Operation):
    def compute_output(self):
        x, y = self.input_values()
        return x / y

    def compute_gradient(self, grad):
        x, y = self.input_values()
        dx = unbroadcast(grad / y, np.shape(x))
        dy = unbroadcast(-grad * x * y ** -2, np.shape(y))
        return dx, dy
''',
    ),
    Stranger(
        exercise="Log",
        title="the logarithm of 0 is made 0",
        truth="Where x is not above 0 the value is replaced by 0. At x = 0 it should be minus "
              "infinity, and the text says to leave it so. Right for x > 0.",
        source='''class Log(Operation):
    def compute_output(self):
        (x,) = self.input_values()
        return np.where(x > 0, np.log(x), 0.0)

    def compute_gradient(self, grad):
        (x,) = self.input_values()
        return (grad / x,)
''',
    ),
    Stranger(
        exercise="ReduceSum",
        title="a negative axis is put back one place too early",
        truth="list.insert(-1, 1) inserts before the last size and not behind it. For axis=-1 the "
              "gradient of x is an error, or, where the sizes happen to fit, as for square x, "
              "spread along the wrong axis. Right for axis=None, for axes from 0 on, and with "
              "keepdims.",
        source='''class ReduceSum(Operation):
    def __init__(self, x, axis=None, keepdims=False, name=None):
        super().__init__(x, name=name)
        self.axis, self.keepdims = axis, keepdims

    def compute_output(self):
        (x,) = self.input_values()
        return np.sum(x, axis=self.axis, keepdims=self.keepdims)

    def compute_gradient(self, grad):
        (x,) = self.input_values()
        if self.axis is not None and not self.keepdims:
            shape = list(np.shape(grad))
            shape.insert(self.axis, 1)
            grad = np.reshape(grad, shape)
        return (np.broadcast_to(grad, np.shape(x)),)
''',
    ),
    Stranger(
        exercise="topological_order",
        title="nodes are told apart by their names",
        truth="The sets of open and finished nodes hold names. Two different nodes with the same "
              "name count as one: the second is left out of the order, or reported as a cycle if "
              "the first is still open. Right while all names differ.",
        source='''def topological_order(node):
    order, opened, done = [], set(), set()
    stack = [(node, False)]
    while stack:
        node, is_open = stack.pop()
        if is_open:
            opened.remove(node.name)
            done.add(node.name)
            order.append(node)
        elif node.name in done:
            continue
        elif node.name in opened:
            raise ValueError(f"the graph has a cycle through {node.name}")
        else:
            opened.add(node.name)
            stack.append((node, True))
            for other in node.inputs:
                stack.append((other, False))
    return order
''',
    ),
    Stranger(
        exercise="Session",
        title="a list of one node gives a bare value",
        truth="Whether to return a list is decided by the number of values, not by what was asked "
              "for: run([node]) returns the value itself in place of a list with one value in it. "
              "Right for a single node and for two and more.",
        source='''class Session:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def run(self, nodes, feed_dict=None):
        feed_dict = {} if feed_dict is None else feed_dict
        wanted = list(nodes) if isinstance(nodes, (list, tuple)) else [nodes]
        for node, value in feed_dict.items():
            if not isinstance(node, Placeholder):
                raise ValueError(f"{node} is no placeholder")
        done = set()
        for target in wanted:
            for node in topological_order(target):
                if node in done:
                    continue
                done.add(node)
                if isinstance(node, Placeholder):
                    if node not in feed_dict:
                        raise ValueError(f"{node} has no value in feed_dict")
                    node.output_value = np.asarray(feed_dict[node])
                elif isinstance(node, Operation):
                    node.evaluate()
        values = [node.output_value for node in wanted]
        return values[0] if len(values) == 1 else values
''',
    ),
    Stranger(
        exercise="gradients",
        title="a gradient of zeros is taken for a missing path",
        truth="Whether a node of wrt has a path to the loss is judged by its gradient: all zeros "
              "raise the ValueError. A node whose slope happens to be 0, as that of a * a at "
              "a = 0, has a path, and its zeros should be returned.",
        source='''def gradients(loss, wrt=None):
    order = topological_order(loss)
    found = {node: np.zeros(np.shape(node.output_value)) for node in order}
    found[loss] = np.ones(np.shape(loss.output_value))
    for node in reversed(order):
        if isinstance(node, Operation):
            for other, part in zip(node.inputs, node.compute_gradient(found[node])):
                found[other] = found[other] + part
    if wrt is None:
        return {node: found[node] for node in order if isinstance(node, Variable)}
    for node in wrt:
        if node not in found or not np.any(found[node]):
            raise ValueError(f"the loss does not depend on {node}")
    return {node: found[node] for node in wrt}
''',
    ),
    # 09 a two-layer network
    Stranger(
        exercise="SoftmaxWithLoss",
        title="backward multiplies the kept gradient in place",
        truth="self.dx *= dout changes what forward has kept, and hands it out. A second call of "
              "backward after the same forward has both factors in it, and changes the array that "
              "the first call returned. Right for the first call, and as long as dout is 1.",
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
        exercise="TwoLayerNet",
        title="the same random numbers where no rng is given",
        truth="Without an rng the weights are drawn with np.random.default_rng(0), so all such "
              "networks of one size start with the same weights. The text asks for "
              "np.random.default_rng(), which differs each time. With an rng it is right.",
        source='''class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        if rng is None:
            rng = np.random.default_rng(0)
        self.params = {
            "W1": weight_init_std * rng.standard_normal((input_size, hidden_size)),
            "b1": np.zeros(hidden_size),
            "W2": weight_init_std * rng.standard_normal((hidden_size, output_size)),
            "b2": np.zeros(output_size),
        }
        self.first = Affine(self.params, "W1", "b1")
        self.second = Affine(self.params, "W2", "b2")
        self.layers = [self.first, Relu(), self.second]
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
        return {"W1": self.first.dw, "b1": self.first.db,
                "W2": self.second.dw, "b2": self.second.db}

    def numerical_gradient(self, x, t):
        return {name: central_differences(lambda: self.loss(x, t), array)
                for name, array in self.params.items()}
''',
    ),
    Stranger(
        exercise="train_steps",
        title="a sample that a batch names twice counts once",
        truth="The batch is picked with an array of truth values, which holds each sample once. "
              "A number that stands twice in a batch loses its second share in the mean. Right "
              "for batches without repetition.",
        source='''def train_steps(net, x, t, batches, lr):
    losses = []
    for chosen in batches:
        picked = np.zeros(len(x), dtype=bool)
        picked[chosen] = True
        losses.append(train_step(net, x[picked], t[picked], lr))
    return np.array(losses)
''',
    ),
    Stranger(
        exercise="steps_until",
        title="a training shorter than the window",
        truth="np.convolve with mode 'valid' exchanges its arguments where there are fewer losses "
              "than the window, and returns sums of too few losses divided by the window. These "
              "can lie below the level, and a number of steps is returned that were never made; "
              "right is -1. With enough losses it is right.",
        source='''def steps_until(losses, level, window=20):
    means = np.convolve(losses, np.ones(window) / window, mode="valid")
    below = np.flatnonzero(means < level)
    if len(below) == 0:
        return -1
    return int(below[0]) + window
''',
    ),
    Stranger(
        exercise="best_rate",
        title="half a percent of the best in place of 0.005",
        truth="Rates count as good from best * 0.995 on, while the docstring says best - 0.005. "
              "The bound is too high whenever the best accuracy is below 1: a smaller rate that "
              "lies between the two bounds is missed.",
        source='''def best_rate(runs):
    best = max(run["held_out"] for run in runs)
    good = [run["lr"] for run in runs if run["held_out"] >= best * (1 - 0.005)]
    return min(good)
''',
    ),
    Stranger(
        exercise="adam_step",
        title="eps is added to the root of the uncorrected v",
        truth="Both corrections are put into the rate, lr * sqrt(1 - beta2**t) / (1 - beta1**t), "
              "so eps is added to sqrt(v) and not to the root of the corrected average: in the "
              "formula it is larger by the factor 1 / sqrt(1 - beta2**t). Hidden for small eps and "
              "gradients near 1; wrong where eps and gradient are of similar size.",
        source='''def adam_step(w, dw, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw ** 2
    rate = lr * (1 - beta2 ** t) ** 0.5 / (1 - beta1 ** t)
    w = w - rate * m / (np.sqrt(v) + eps)
    return w, m, v
''',
    ),
    # 10 a convolutional network
    Stranger(
        exercise="max_pool_forward",
        title="places of large windows do not fit into int8",
        truth="The number of a place is stored in eight bits, so the numbers from 128 on turn "
              "negative and never become the winner's. out is right; place is wrong in windows of "
              "more than 128 pixels whose largest stands at place 128 or later.",
        source='''def max_pool_forward(x, HH, WW, stride):
    N, C, H, W = x.shape
    OH, OW = 1 + (H - HH) // stride, 1 + (W - WW) // stride
    out, place = None, np.zeros((N, C, OH, OW), dtype=np.int8)
    for k in range(HH * WW):
        i, j = divmod(k, WW)
        entry = x[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
        if out is None:
            out = entry.copy()
            continue
        larger = entry > out
        place = np.maximum(place, (k * larger).astype(np.int8))
        out = np.maximum(out, entry)
    return out, (x, place, HH, WW, stride)
''',
    ),
    Stranger(
        exercise="max_pool_backward",
        title="places are counted with HH in place of WW",
        truth="The number of place (i, j) is taken as i * HH + j, while reading order makes it "
              "i * WW + j. Right for square windows and for windows of one row; in all others "
              "gradients go to wrong pixels, to two of them, or to none.",
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
        title="a pixel in several windows gets a mean",
        truth="What arrives at a pixel is divided by the number of windows that it lies in, where "
              "the parts should add up. Right where windows do not overlap.",
        source='''def avg_pool_backward(dout, cache):
    x, HH, WW, stride = cache
    OH, OW = dout.shape[2:]
    dx, windows = np.zeros_like(x), np.zeros_like(x)
    for i in range(HH):
        for j in range(WW):
            here = np.s_[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
            dx[here] += dout / (HH * WW)
            windows[here] += 1
    return dx / np.maximum(windows, 1)
''',
    ),
    Stranger(
        exercise="convnet_forward",
        title="pooling before relu",
        truth="The map is pooled first and relu comes after it. The scores are the same, because "
              "relu and the maximum can be exchanged, but the caches of relu and pool belong to "
              "arrays of other shapes than in the network of the chapter, so that convnet_backward "
              "cannot walk back through them.",
        source='''def convnet_forward(params, x):
    out, conv_cache = conv2d_forward(x, params["W1"], params["b1"])
    out, pool_cache = max_pool_forward(out, 2, 2, 2)
    out, relu_cache = relu_forward(out)
    out, affine_cache = affine_forward(out, params["W2"], params["b2"])
    out, relu_cache_2 = relu_forward(out)
    scores, affine_cache_2 = affine_forward(out, params["W3"], params["b3"])
    return scores, (conv_cache, relu_cache, pool_cache, affine_cache, relu_cache_2, affine_cache_2)
''',
    ),
    Stranger(
        exercise="ConvNet",
        title="fan in of the filters without the channels",
        truth="The standard deviation of W1 is sqrt(2 / (kernel * kernel)), where the pixels of a "
              "window through all channels count: sqrt(2 / (C * kernel * kernel)). Right for "
              "images with one channel; for three channels the weights are sqrt(3) times too "
              "large.",
        source='''class ConvNet:
    def __init__(self, input_shape, filters, kernel, hidden, output_size, rng):
        C, H, W = input_shape
        OH, OW = (H - kernel + 1) // 2, (W - kernel + 1) // 2
        rows = filters * OH * OW
        self.params = {
            "W1": rng.standard_normal((filters, C, kernel, kernel)) * np.sqrt(2 / kernel ** 2),
            "b1": np.zeros(filters),
            "W2": rng.standard_normal((rows, hidden)) * np.sqrt(2 / rows),
            "b2": np.zeros(hidden),
            "W3": rng.standard_normal((hidden, output_size)) * np.sqrt(2 / hidden),
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
        return float(np.mean(self.predict(x).argmax(axis=1) == t))
''',
    ),
    Stranger(
        exercise="adversarial_images",
        title="against the label's score in place of up the loss",
        truth="Pixels move against the gradient of the label's score. The loss also depends on the "
              "other scores, so its gradient has another sign at many pixels, and these move the "
              "wrong way.",
        source='''def adversarial_images(params, x, y, epsilon):
    dx = score_gradient(params, x, y)
    return np.clip(x - epsilon * np.sign(dx), 0, 1)
''',
    ),
]
