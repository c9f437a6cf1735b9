"""Sixty wrong answers by a fifth examiner."""

from autograder.examination.strangers.stranger import Stranger

ANSWERS = [
    # 01 numerical gradients
    Stranger(
        exercise="best_step",
        title="rounding error of the forward difference",
        truth="The rounding error of a central difference is eps |f| / (2h); here eps |f| / h of "
              "the forward difference is balanced against h^2/6 |f'''|. The step comes out too "
              "large by the cube root of 2.",
        source='''def best_step(value, third, eps):
    # h^2/6 third + eps value / h is smallest where h/3 third = eps value / h^2
    return np.cbrt(3 * eps * np.abs(value) / np.abs(third))
''',
    ),
    Stranger(
        exercise="relu",
        title="relu6, capped at 6",
        truth="This is the relu6 of small networks for telephones: everything above 6 becomes 6. "
              "The docstring wants x wherever x > 0.",
        source='''def relu(x):
    return np.clip(x, 0.0, 6.0)
''',
    ),
    Stranger(
        exercise="numerical_gradient",
        title="moves entries of a ravelled copy",
        truth="ravel() gives a view only of an array in C order. For a transposed x (np.array "
              "keeps its order) it is a copy, f never sees the moved entry, and the whole "
              "gradient comes out as 0.",
        source='''def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    flat = x.ravel()
    gradient = np.zeros(flat.size)
    for k in range(flat.size):
        old = flat[k]
        flat[k] = old + h
        above = f(x)
        flat[k] = old - h
        below = f(x)
        flat[k] = old
        gradient[k] = (above - below) / (2 * h)
    return gradient.reshape(x.shape)
''',
    ),
    Stranger(
        exercise="mean_squared_error",
        title="mean over the batch for a matrix",
        truth="For arrays with two or more axes the sum is divided by the number of rows. The "
              "text says that nothing is divided: half the sum over all entries, for any shape.",
        source='''def mean_squared_error(y, t):
    y, t = np.asarray(y), np.asarray(t)
    batch = y.shape[0] if y.ndim > 1 else 1
    return 0.5 * np.sum((y - t) ** 2) / batch
''',
    ),
    Stranger(
        exercise="relative_error",
        title="both maxima taken before the division",
        truth="The largest difference is divided by the largest |a| + |b| of the array, instead "
              "of dividing entry by entry and taking the worst. A small entry that is quite "
              "wrong hides behind a large one that is right.",
        source='''def relative_error(a, b):
    difference = np.max(np.abs(a - b))
    size = np.max(np.abs(a) + np.abs(b))
    return difference / max(1e-8, size)
''',
    ),
    Stranger(
        exercise="gradients_agree",
        title="np.allclose with its hidden absolute tolerance",
        truth="np.allclose also accepts every absolute difference below 1e-8. A gradient of 1e-9 "
              "that should be 2e-9 is accepted, which the text calls wrong.",
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
        title="one tape shared by all products",
        truth="The list is an attribute of the class, so all nodes write into the same one, and "
              "backward takes what was written last. It is right only when the nodes go back "
              "once, in exactly the opposite order; a node does not have notes of its own.",
        source='''class MulNode:
    saved = []

    def forward(self, x, y):
        self.saved.append((x, y))
        return x * y

    def backward(self, dout):
        x, y = self.saved.pop()
        return dout * y, dout * x
''',
    ),
    Stranger(
        exercise="SquareNode",
        title="x is recovered as the root of the output",
        truth="Like the given ReciprocalNode it keeps the output, and takes its root to get x "
              "back. For a negative x the root is |x|, and the slope has the wrong sign.",
        source='''class SquareNode:
    def forward(self, x):
        self.out = x ** 2
        return self.out

    def backward(self, dout):
        return dout * 2 * self.out ** 0.5
''',
    ),
    Stranger(
        exercise="MaxNode",
        title="a tie is shared half and half",
        truth="At a tie both inputs get half of the gradient, as in some libraries. The "
              "docstring says that at a tie x counts as the larger, so x gets all of it.",
        source='''class MaxNode:
    def forward(self, x, y):
        self.x, self.y = x, y
        return max(x, y)

    def backward(self, dout):
        if self.x == self.y:
            return dout / 2, dout / 2
        if self.x > self.y:
            return dout, 0.0
        return 0.0, dout
''',
    ),
    Stranger(
        exercise="run_forward",
        title="one node for each kind",
        truth="Steps of the same kind share one node, whose notes the later step overwrites. The "
              "values are right, but the text asks for a node for each step, and on the way back "
              "all products but the last use the wrong factors.",
        source='''def run_forward(steps, values, make=make_node):
    values = dict(values)
    made, nodes = {}, []
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
        title="always starts at the last step",
        truth="The argument output is not used: the walk starts with 1 at the result of the last "
              "step. Where the output is an earlier value, or an input, the slopes of something "
              "else are returned.",
        source='''def run_backward(steps, values, nodes, output):
    gradients = {name: 0.0 for name in values}
    last, _, _ = steps[-1]
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
        title="the power rule for the exponent as well",
        truth="dy is made by exchanging the letters in dx, x * y**(x - 1). For fixed x the node "
              "is an exponential function, whose slope is x**y * log(x).",
        source='''class PowerNode:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x ** y

    def backward(self, dout):
        dx = dout * self.y * self.x ** (self.y - 1)
        dy = dout * self.x * self.y ** (self.x - 1)
        return dx, dy
''',
    ),
    # 03 affine
    Stranger(
        exercise="affine_forward",
        title="squeeze also drops a batch of one",
        truth="np.squeeze is meant for the channel of grey images, but removes every axis of "
              "size 1, also the batch axis. With N = 1 the rows of the image (or the features) "
              "are taken for samples, and the product fails; x may have any N.",
        source='''def affine_forward(x, w, b):
    grey = np.squeeze(x)                     # (N, 1, 28, 28) becomes (N, 28, 28)
    rows = grey.reshape(grey.shape[0], -1)
    return rows @ w + b, (x, w, b)
''',
    ),
    Stranger(
        exercise="affine_backward",
        title="means over the batch for dw and db",
        truth="dw and db are divided by N, as in a well-known online course whose loss is not a "
              "mean. The text says that the affine layer only sums; the 1/N is inside dout.",
        source='''def affine_backward(dout, cache):
    x, w, b = cache
    m = x.shape[0]
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(m, -1).T @ dout / m
    db = np.sum(dout, axis=0) / m
    return dx, dw, db
''',
    ),
    Stranger(
        exercise="affine_backward_mended",
        title="db squeezed to no dimension for one output",
        truth="The keepdims is left in and undone by squeeze, which for M = 1 removes both axes: "
              "db has shape () where b has shape (1,). The docstring asks for the shape of b.",
        source='''def affine_backward_mended(dout, cache):
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = dout.sum(axis=0, keepdims=True).squeeze()
    return dx, dw, db
''',
    ),
    Stranger(
        exercise="quadratic_affine_forward",
        title="squares the product instead of x",
        truth="It computes x @ w + (x @ w)**2. The text wants the square of x, entry by entry, "
              "before the product; with more than one feature this is something else.",
        source='''def quadratic_affine_forward(x, w):
    s = x @ w
    return s + s ** 2, (x, w)
''',
    ),
    Stranger(
        exercise="quadratic_affine_backward",
        title="the slope of x put into dw",
        truth="For dw the layer is a product of w with x + x**2, but here stands its derivative "
              "1 + 2x, the factor that belongs to dx. dx is right.",
        source='''def quadratic_affine_backward(dout, cache):
    x, w = cache
    inner = 1 + 2 * x
    dx = (dout @ w.T) * inner
    dw = inner.T @ dout
    return dx, dw
''',
    ),
    # 04 activations
    Stranger(
        exercise="sigmoid",
        title="one form chosen for the whole array",
        truth="The safe form is chosen once, by the smallest entry, and not entry by entry. An "
              "array that holds a negative number and 1000 gives inf / inf, which is nan.",
        source='''def sigmoid(x):
    if np.min(x) >= 0:
        return 1 / (1 + np.exp(-x))
    e = np.exp(x)
    return e / (1 + e)
''',
    ),
    Stranger(
        exercise="tanh_scalar_gradient",
        title="tanh taken of the output again",
        truth="The function receives out, which is tanh(x) already, and takes tanh once more "
              "before it squares. Right is dout * (1 - out**2).",
        source='''def tanh_scalar_gradient(out, dout):
    return dout * (1 - np.tanh(out) ** 2)
''',
    ),
    Stranger(
        exercise="relu_backward",
        title="guided backpropagation",
        truth="It also stops the negative entries of dout, a trick for pretty pictures. The text "
              "says that the sign of dout decides nothing, so this is not the gradient.",
        source='''def relu_backward(dout, cache):
    x = cache
    return dout * (x > 0) * (dout > 0)
''',
    ),
    Stranger(
        exercise="relu_backward_mended",
        title="a slice taken for a copy",
        truth="dout[:] copies a list, but of an array it is a view on the same numbers. The "
              "caller's dout is still overwritten, and the docstring says that it stays as it is.",
        source='''def relu_backward_mended(dout, cache):
    x = cache
    dx = dout[:]
    dx[x <= 0] = 0
    return dx
''',
    ),
    Stranger(
        exercise="softplus_forward",
        title="replaced by x from 5 on",
        truth="Above 5 the result is x itself. Just there log(1 + exp(x)) is larger by 0.0067, so "
              "the numbers between 5 and about 15 are wrong, and the curve has a jump.",
        source='''def softplus_forward(x):
    small = np.minimum(x, 5.0)
    out = np.where(x > 5.0, x, np.log1p(np.exp(small)))
    return out, x
''',
    ),
    # 05 svm loss
    Stranger(
        exercise="svm_dx_matrix",
        title="writes the labels' columns in every row",
        truth="dx[:, y] means the columns of all labels in all rows, where dx[rows, y] is one "
              "entry of each row. With two different labels in the batch a row also has a number "
              "at labels of other samples.",
        source='''def svm_dx_matrix(positive, y):
    N = positive.shape[0]
    dx = positive.astype(float)
    dx[:, y] = -positive.sum(axis=1, keepdims=True)
    return dx / N
''',
    ),
    Stranger(
        exercise="svm_loss_naive",
        title="no loss for a sample that is answered right",
        truth="Samples whose true class has the highest score are skipped. The text says that a "
              "right answer costs something all the same when another class is too near.",
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
        title="only the worst margin (Crammer and Singer)",
        truth="Only the largest margin of each sample counts, as in another multiclass SVM. The "
              "loss of this chapter adds up all positive margins; loss and dx agree with each "
              "other, and differ from it as soon as two margins are positive.",
        source='''def svm_loss(x, y):
    N = len(x)
    rows = np.arange(N)
    margins = x - x[rows, y][:, np.newaxis] + 1
    margins[rows, y] = 0
    worst = margins.argmax(axis=1)
    loss = np.maximum(0, margins[rows, worst]).mean()
    active = (margins[rows, worst] > 0).astype(float)
    dx = np.zeros(x.shape)
    dx[rows, worst] += active
    dx[rows, y] -= active
    return loss, dx / N
''',
    ),
    Stranger(
        exercise="svm_loss_linear",
        title="the penalty divided by N",
        truth="Penalty and its gradient are divided by the number of samples. Both agree with "
              "each other, but the text says that the penalty is not divided by N.",
        source='''def svm_loss_linear(w, x, y, reg):
    N = x.shape[0]
    loss, ds = svm_loss(x @ w, y)
    loss = loss + reg * np.sum(w ** 2) / N
    dw = x.T @ ds + 2 * reg * w / N
    return loss, dw
''',
    ),
    Stranger(
        exercise="squared_hinge_loss",
        title="square of the sum instead of sum of squares",
        truth="The positive margins of a sample are added up first and then squared. The "
              "docstring wants the sum of all squared positive margins; it is the same only "
              "where at most one margin is positive.",
        source='''def squared_hinge_loss(x, y):
    N = len(x)
    rows = np.arange(N)
    margins = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1)
    margins[rows, y] = 0
    total = margins.sum(axis=1, keepdims=True)
    loss = np.sum(total ** 2) / N
    dx = 2 * total * (margins > 0)
    dx[rows, y] = -dx.sum(axis=1)
    return loss, dx / N
''',
    ),
    # 06 softmax loss
    Stranger(
        exercise="softmax",
        title="shifted by the largest score of the batch",
        truth="The maximum is taken over the whole batch, not over each row. A row whose scores "
              "all lie more than 745 below those of another row becomes 0 / 0, which is nan.",
        source='''def softmax(x):
    e = np.exp(x - np.max(x))
    return e / e.sum(axis=-1, keepdims=True)
''',
    ),
    Stranger(
        exercise="cross_entropy_error",
        title="logarithm of the mean",
        truth="It takes the mean of the labels' probabilities first and then its logarithm. The "
              "text wants the mean of the logarithms; the two agree only where all "
              "probabilities are equal, such as for one sample.",
        source='''def cross_entropy_error(y, t):
    if np.ndim(t) == np.ndim(y):
        t = np.argmax(t, axis=-1)
    y, t = np.atleast_2d(y), np.atleast_1d(t)
    picked = y[np.arange(len(y)), t]
    return -np.log(np.mean(picked))
''',
    ),
    Stranger(
        exercise="softmax_dx",
        title="writes into the probabilities",
        truth="The numbers that are returned are right, but the 1 is subtracted in the caller's "
              "p. The text says to leave both p and y as they are.",
        source='''def softmax_dx(p, y):
    N = p.shape[0]
    dx = p
    dx[np.arange(N), y] -= 1
    return dx / N
''',
    ),
    Stranger(
        exercise="softmax_backward",
        title="only the diagonal of the Jacobian",
        truth="It treats softmax like a sigmoid, entry by entry, with the slope p (1 - p). The "
              "entries -p_k p_j beside the diagonal are missing: every output depends on every "
              "score.",
        source='''def softmax_backward(dp, p):
    return dp * p * (1 - p)
''',
    ),
    Stranger(
        exercise="softmax_loss",
        title="probabilities clipped at 1e-12",
        truth="Before the logarithm p is clipped at 1e-12, so no sample costs more than 27.6. "
              "The text wants 20000 where the label's score is 20000 below another.",
        source='''def softmax_loss(x, y):
    N = len(x)
    if y.ndim == 2:
        y = y.argmax(axis=1)
    rows = np.arange(N)
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(np.clip(p[rows, y], 1e-12, 1.0)))
    dx = p.copy()
    dx[rows, y] -= 1
    return loss, dx / N
''',
    ),
    Stranger(
        exercise="smoothed_softmax_loss",
        title="the share dealt out to the other classes only",
        truth="The label gets 1 - eps and each other class eps / (C - 1). The text deals the "
              "share out to all C classes, the label among them: with C = 4 and eps = 0.2 its "
              "target is 0.85 at the label, here it is 0.8.",
        source='''def smoothed_softmax_loss(x, y, eps):
    N, C = x.shape
    target = np.full((N, C), eps / (C - 1))
    target[np.arange(N), y] = 1 - eps
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -np.sum(target * logp) / N
    dx = (np.exp(logp) - target) / N
    return loss, dx
''',
    ),
    # 07 convolution
    Stranger(
        exercise="output_size",
        title="rounds up at a remainder",
        truth="Where the stride leaves a remainder it counts one window more, which hangs over "
              "the border (the ceil mode of libraries). The text says that the rows left over "
              "are seen by no window.",
        source='''def output_size(size, kernel, stride=1, pad=0):
    return int(np.ceil((size + 2 * pad - kernel) / stride)) + 1
''',
    ),
    Stranger(
        exercise="conv2d_forward_naive",
        title="the bias added once for each channel",
        truth="The sum is taken channel by channel, and the bias stands inside that loop. With C "
              "channels out holds C times the bias; it is right for grey images or biases of 0.",
        source='''def conv2d_forward_naive(x, w, b, stride=1, pad=0):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    OH, OW = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW))
    for n in range(N):
        for f in range(F):
            for u in range(OH):
                for v in range(OW):
                    top, left = u * stride, v * stride
                    for c in range(C):
                        window = padded[n, c, top:top + HH, left:left + WW]
                        out[n, f, u, v] += np.sum(window * w[f, c]) + b[f]
    return out, (x, w, b, stride, pad)
''',
    ),
    Stranger(
        exercise="conv2d_backward_naive",
        title="the frame cut off at one side only",
        truth="dx is cut out of the padded gradient from its top left corner, so it has the "
              "right shape and is shifted by pad pixels. Without padding it is right.",
        source='''def conv2d_backward_naive(dout, cache):
    x, w, b, stride, pad = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded = np.zeros(padded.shape)
    dw, db = np.zeros(w.shape), np.zeros(b.shape)
    for n, f, u, v in np.ndindex(dout.shape):
        rows = slice(stride * u, stride * u + HH)
        columns = slice(stride * v, stride * v + WW)
        dw[f] += dout[n, f, u, v] * padded[n, :, rows, columns]
        dpadded[n, :, rows, columns] += dout[n, f, u, v] * w[f]
        db[f] += dout[n, f, u, v]
    return dpadded[:, :, :H, :W], dw, db
''',
    ),
    Stranger(
        exercise="im2col",
        title="columns with the image last",
        truth="The columns come in the order u, v, n, as in a well-known course. The docstring "
              "wants n, u, v; the two are the same for a single image.",
        source='''def im2col(x, HH, WW, stride=1, pad=0):
    N, C, H, W = x.shape
    OH, OW = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
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
        title="too short where the last entries were not copied",
        truth="np.bincount makes an array only as long as the largest index needs, and size is "
              "ignored. Where the last entries of x were never copied, dx is shorter than the "
              "shape (size,) of the docstring.",
        source='''def scatter_add(dout, index, size):
    return np.bincount(index, weights=dout)
''',
    ),
    Stranger(
        exercise="echo_backward",
        title="only the last room reaches the sound",
        truth="Each sound is played in every room, so dx adds up over the rooms. Here each room "
              "overwrites what the one before has sent back; dw is right, and dx too for one "
              "room.",
        source='''def echo_backward(dout, cache):
    x, w = cache
    N, W = x.shape
    F, WW = w.shape
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for n in range(N):
        for f in range(F):
            for q in range(W):
                heard = dout[n, f, q:q + WW]
                dx[n, q] = np.sum(heard * w[f])
                dw[f] += heard * x[n, q]
    return dx, dw
''',
    ),
    Stranger(
        exercise="conv2d_forward_general",
        title="filters dealt out to the groups in turn",
        truth="Filter f is given to part f % groups, like cards that are dealt out. The text "
              "wants part f // F'; the two agree for one part and for one filter in each part.",
        source='''def conv2d_forward_general(x, w, b, stride=1, pad=0, dilation=1, groups=1):
    N, C, H, W = x.shape
    F, part, HH, WW = w.shape
    OH = output_size(H, dilation * (HH - 1) + 1, stride, pad)
    OW = output_size(W, dilation * (WW - 1) + 1, stride, pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW)) + b[:, np.newaxis, np.newaxis]
    for f in range(F):
        g = f % groups
        for c in range(part):
            for i in range(HH):
                for j in range(WW):
                    top, left = dilation * i, dilation * j
                    seen = padded[:, g * part + c, top:top + stride * OH:stride,
                                  left:left + stride * OW:stride]
                    out[:, f] += seen * w[f, c, i, j]
    return out, (x, w, b, stride, pad, dilation, groups)
''',
    ),
    # 08 autodiff
    Stranger(
        exercise="unbroadcast",
        title="either new axes or axes of size 1",
        truth="Where axes were added in front, the axes of size 1 are not looked at any more "
              "(elif). From (4, 1) to (5, 4, 3) a gradient of shape (4, 3) is returned; the text "
              "says that both can happen at once.",
        source='''def unbroadcast(grad, shape):
    extra = np.ndim(grad) - len(shape)
    ones = tuple(k for k, size in enumerate(shape) if size == 1)
    if extra > 0:
        grad = grad.sum(axis=tuple(range(extra)))
    elif ones:
        grad = grad.sum(axis=ones, keepdims=True)
    return grad
''',
    ),
    Stranger(
        exercise="Multiply",
        title="unbroadcast before the local slope",
        truth="The upstream gradient is summed to the shape of the input first and multiplied by "
              "the other factor afterwards. Without broadcasting this is right; with it, the "
              "smaller input gets the wrong shape or wrong numbers.",
        source='''class Multiply(Operation):
    def compute_output(self):
        x, y = self.input_values()
        return x * y

    def compute_gradient(self, grad):
        x, y = self.input_values()
        dx = unbroadcast(grad, np.shape(x)) * y
        dy = unbroadcast(grad, np.shape(y)) * x
        return dx, dy
''',
    ),
    Stranger(
        exercise="ReduceSum",
        title="squeezes away every axis of size 1",
        truth="The summed axis is removed by squeeze, which removes all axes of size 1. The row "
              "sums of a batch of one sample, shape (1, 3), come out with shape () and not (1,).",
        source='''class ReduceSum(Operation):
    def __init__(self, x, axis=None, keepdims=False, name=None):
        super().__init__(x, name=name)
        self.axis, self.keepdims = axis, keepdims

    def compute_output(self):
        (x,) = self.input_values()
        total = np.sum(x, axis=self.axis, keepdims=True)
        return total if self.keepdims else np.squeeze(total)

    def compute_gradient(self, grad):
        (x,) = self.input_values()
        if self.axis is not None and not self.keepdims:
            grad = np.expand_dims(grad, self.axis)
        return (np.broadcast_to(grad, np.shape(x)),)
''',
    ),
    Stranger(
        exercise="topological_order",
        title="only a node that is its own input is a cycle",
        truth="A node that is opened already is passed over in silence, so a cycle around "
              "several corners raises nothing and gives a list that is no order. The text wants "
              "the ValueError for a cycle 'directly or around several corners'.",
        source='''def topological_order(node):
    order, done, opened = [], set(), set()
    stack = [(node, False)]
    while stack:
        current, is_open = stack.pop()
        if is_open:
            done.add(current)
            order.append(current)
            continue
        if current in done or current in opened:
            continue
        if current in current.inputs:
            raise ValueError(f"the graph has a cycle at {current!r}")
        opened.add(current)
        stack.append((current, True))
        for other in current.inputs:
            if other not in opened:
                stack.append((other, False))
    return order
''',
    ),
    Stranger(
        exercise="Session",
        title="values of an earlier run still count",
        truth="It complains about a placeholder only if that has never had a value. A value fed "
              "in an earlier run is used again in silence; the text says that it does not count.",
        source='''class Session:
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
        visited = set()
        for node in wanted:
            for other in topological_order(node):
                if other in visited:
                    continue
                visited.add(other)
                if isinstance(other, Placeholder) and other.output_value is None:
                    raise ValueError(f"the placeholder {other} has no value")
                if isinstance(other, Operation):
                    other.evaluate()
        values = [node.output_value for node in wanted]
        return values if isinstance(nodes, list) else values[0]
''',
    ),
    Stranger(
        exercise="gradients",
        title="a gradient of zeros is taken for no path",
        truth="Whether there is a path is judged by whether any number came back. A node of wrt "
              "that the loss depends on, but with slope 0 at this point (such as x**2 at 0), "
              "raises a ValueError; its zeros should be returned.",
        source='''def gradients(loss, wrt=None):
    order = topological_order(loss)
    found = {node: np.zeros(np.shape(node.output_value)) for node in order}
    found[loss] = np.ones_like(loss.output_value, dtype=float)
    for node in reversed(order):
        if isinstance(node, Operation):
            for other, part in zip(node.inputs, node.compute_gradient(found[node])):
                found[other] = found[other] + part
    if wrt is None:
        return {node: found[node] for node in order if isinstance(node, Variable)}
    for node in wrt:
        if not np.any(found.get(node, 0)):
            raise ValueError(f"the loss does not depend on {node}")
    return {node: found[node] for node in wrt}
''',
    ),
    Stranger(
        exercise="GradientDescentOptimizer",
        title="gradients found anew after each variable has moved",
        truth="gradients is called inside the loop over the variables, when some of them have "
              "moved already. The text says to find all of them before the first variable moves; "
              "with one variable it is right.",
        source='''class GradientDescentOptimizer:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def minimize(self, loss):
        def move():
            variables = [node for node in topological_order(loss) if isinstance(node, Variable)]
            for node in variables:
                slope = gradients(loss)[node]
                node.output_value = node.output_value - self.learning_rate * slope
            return loss.output_value

        return Action(move, loss)
''',
    ),
    # 09 two-layer net
    Stranger(
        exercise="SoftmaxWithLoss",
        title="always float32",
        truth="The gradient is made float32 whatever the scores are. The docstring wants the "
              "dtype of the scores: for float64 scores half of the digits are lost, and the "
              "proof of the network in float64 suffers.",
        source='''class SoftmaxWithLoss:
    def forward(self, x, t):
        loss, self.dx = softmax_loss(x, t)
        return loss

    def backward(self, dout=1.0):
        return (dout * self.dx).astype(np.float32)
''',
    ),
    Stranger(
        exercise="TwoLayerNet",
        title="uniform numbers from 0 to 1 as weights",
        truth="rng.random is taken for the normal distribution (rand for randn): all weights are "
              "positive, and neither mean nor standard deviation is what the docstring asks for.",
        source='''class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        if rng is None:
            rng = np.random.default_rng()
        self.params = {
            "W1": weight_init_std * rng.random((input_size, hidden_size)),
            "b1": np.zeros(hidden_size),
            "W2": weight_init_std * rng.random((hidden_size, output_size)),
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
        return np.mean(self.predict(x).argmax(axis=1) == t)

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
        title="plain mean of the parts",
        truth="The gradients of all parts are averaged with equal weight, although the last part "
              "may be smaller. It is the gradient of the whole batch only where size divides N.",
        source='''def gradient_in_parts(net, x, t, size):
    total, parts = {}, 0
    for start in range(0, len(x), size):
        gradients = net.gradient(x[start:start + size], t[start:start + size])
        for name, gradient in gradients.items():
            total[name] = total.get(name, 0) + gradient
        parts += 1
    return {name: gradient / parts for name, gradient in total.items()}
''',
    ),
    Stranger(
        exercise="steps_until",
        title="means of fewer losses at the beginning",
        truth="Before there are `window` losses it takes the mean of those that there are. The "
              "docstring says that there is no mean yet; with a loss that is low from the start "
              "the answer is smaller than the window.",
        source='''def steps_until(losses, level, window=20):
    for k in range(1, len(losses) + 1):
        last = losses[max(0, k - window):k]
        if np.mean(last) < level:
            return k
    return -1
''',
    ),
    Stranger(
        exercise="momentum_step",
        title="the velocity without the learning rate",
        truth="The velocity of a large library, v = mu v + dw and w - lr v. The text puts the "
              "rate and the sign into the velocity, which should begin -0.1, -0.19, -0.271 in "
              "its example, and the parameter moves by v itself.",
        source='''def momentum_step(w, dw, v, lr, mu):
    v = mu * v + dw
    w = w - lr * v
    return w, v
''',
    ),
    Stranger(
        exercise="adam_step",
        title="eps added to the root that is not corrected",
        truth="The short form of some libraries: the corrections go into the rate, and eps is "
              "added to sqrt(v), not to the root of v-hat. In effect eps is divided by "
              "sqrt(1 - beta2^t); for small gradients, or an eps that counts, the step is wrong.",
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
        title="the biases are penalised as well",
        truth="The penalty runs over all four arrays. The text leaves the biases out; as they "
              "start at 0 the mistake shows only once they have moved.",
        source='''class PenaltyNet(TwoLayerNet):
    def __init__(self, input_size, hidden_size, output_size, reg, weight_init_std=0.01, rng=None):
        super().__init__(input_size, hidden_size, output_size, weight_init_std, rng)
        self.reg = reg

    def loss(self, x, t):
        penalty = sum(np.sum(array ** 2) for array in self.params.values())
        return super().loss(x, t) + self.reg * penalty

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
        exercise="max_pool_backward",
        title="places counted column by column",
        truth="The two loops are exchanged, so k counts down the columns of a window, while "
              "place counts in reading order. In windows of 2 x 2 the gradients of the top right "
              "and the bottom left pixel are exchanged.",
        source='''def max_pool_backward(dout, cache):
    x, place, HH, WW, stride = cache
    OH, OW = dout.shape[2:]
    dx = np.zeros_like(x)
    k = 0
    for j in range(WW):
        for i in range(HH):
            part = dx[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
            part += dout * (place == k)
            k += 1
    return dx
''',
    ),
    Stranger(
        exercise="max_pool_backward_mended",
        title="a tie shared evenly",
        truth="Equal largest pixels share the gradient of their window. The rule of the course "
              "is that the first in reading order gets all of it.",
        source='''def max_pool_backward_mended(dout, x, HH, WW, stride):
    dx = np.zeros_like(x)
    for n, c, u, v in np.ndindex(dout.shape):
        here = np.s_[n, c, stride * u:stride * u + HH, stride * v:stride * v + WW]
        mask = x[here] == x[here].max()
        dx[here] += mask / mask.sum() * dout[n, c, u, v]
    return dx
''',
    ),
    Stranger(
        exercise="avg_pool_forward",
        title="divided by the square of the stride",
        truth="The sum of a window is divided by stride * stride and not by its HH * WW pixels. "
              "It is the mean only where the windows are squares that lie side by side.",
        source='''def avg_pool_forward(x, HH, WW, stride):
    N, C, H, W = x.shape
    OH, OW = 1 + (H - HH) // stride, 1 + (W - WW) // stride
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    for i in range(HH):
        for j in range(WW):
            out += x[:, :, i:i + stride * OH:stride, j:j + stride * OW:stride]
    return out / stride ** 2, (x, HH, WW, stride)
''',
    ),
    Stranger(
        exercise="ConvNet",
        title="fan in of a filter without the channels",
        truth="The weights of the filters start with sqrt(2 / (kernel * kernel)). The text "
              "counts the pixels of a window through all channels, so for C channels they are "
              "too large by sqrt(C); for grey images it is right.",
        source='''class ConvNet:
    def __init__(self, input_shape, filters, kernel, hidden, output_size, rng):
        C, H, W = input_shape
        rows = filters * ((H - kernel + 1) // 2) * ((W - kernel + 1) // 2)

        def he(shape, fan_in):
            return rng.normal(0.0, np.sqrt(2 / fan_in), shape)

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
        _, gradients = convnet_backward(dscores.astype(scores.dtype), cache)
        return gradients

    def accuracy(self, x, t):
        return np.mean(self.predict(x).argmax(axis=1) == t)
''',
    ),
    Stranger(
        exercise="training_step",
        title="the step counted one too high",
        truth="It hands t + 1 to adam_step, as if t counted from 0. The docstring counts from 1 "
              "already, so the averages are divided by the sums of weights of one step later.",
        source='''def training_step(net, m, v, x, y, t, lr):
    scores, cache = convnet_forward(net.params, x)
    loss, dscores = softmax_loss(scores, y)
    _, gradients = convnet_backward(dscores.astype(scores.dtype), cache)
    for name, gradient in gradients.items():
        net.params[name], m[name], v[name] = adam_step(
            net.params[name], gradient, m[name], v[name], t + 1, lr, 0.9, 0.999, 1e-8)
    return loss
''',
    ),
    Stranger(
        exercise="adversarial_images",
        title="lowers the score instead of raising the loss",
        truth="Each pixel moves so that the label's score falls. The text wants the direction "
              "that makes the loss larger, in which the other scores take part; where they fall "
              "faster than the label's, the two directions are opposite.",
        source='''def adversarial_images(params, x, y, epsilon):
    dx = score_gradient(params, x, y)
    return np.clip(x - epsilon * np.sign(dx), 0, 1)
''',
    ),
]
