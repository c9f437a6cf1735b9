"""Hints of 05_svm_loss, for who asks: where to look, then the formula of one entry."""

from __future__ import annotations

HINTS: dict[str, tuple[str, ...]] = {
    "predict_changes": (
        "Write the three margins of sample 1 as formulas. In which of them does each score stand, "
        "with which sign, and which of them are positive?",
        "By hand: the margins are 1 - 0.5 + 1, 2 - 0.5 + 1 and -2 - 0.5 + 1. Raise one score by "
        "0.1, compute them again, add up the positive ones, and compare with 4. For room: at which "
        "score of class 3 is its margin 0?",
    ),
    "hinge_pair": (
        "There are two branches, m > 0 and all the rest. Write down loss and both slopes for each "
        "of them. Where does m = 0 belong?",
        "With the bracket that is 1 or 0: loss = max(0, m), ds_j = [m > 0], ds_y = -[m > 0], and "
        "m = s_j - s_y + 1.",
    ),
    "svm_dx_entry": (
        "There are two kinds of entries. In how many terms of the sum does the score of a wrong "
        "class stand, and in how many that of the true class?",
        "For j other than y_n: dx[n, j] = [m_nj > 0] / N. For the true class: dx[n, y_n] = minus "
        "the sum of [m_nj > 0] over all j other than y_n, divided by N.",
    ),
    "svm_dx_matrix": (
        "Add up a row of P: what does the number say, and at which place of the row does it belong "
        "in dx? Y has a 1 exactly there.",
        "dx[n, j] = (P[n, j] - c[n] * Y[n, j]) / N, where c[n] is the sum of row n of P.",
    ),
    "svm_loss_naive": (
        "Go through one sample by hand: which classes are left out, and what does each positive "
        "margin add to the loss and to two entries of dx?",
        "For each n and each j other than y_n with m_nj > 0: loss grows by m_nj / N, dx[n, j] by "
        "1 / N, and dx[n, y_n] falls by 1 / N.",
    ),
    "svm_loss": (
        "Follow the four steps of the text, and print the shape of every array. After the second "
        "one no true class may have a positive margin.",
        "M[n, j] = x[n, j] - x[n, y_n] + 1, with 0 at j = y_n. loss = the sum of all max(0, M[n, "
        "j]) / N. dx comes from the mask of M > 0 as in svm_dx_matrix.",
    ),
    "start_loss": (
        "Put zeros for all scores into the formula of the margin. How large is each, and how many "
        "are there?",
        "Every wrong class adds max(0, 0 - 0 + 1). There is one class that is not wrong.",
    ),
    "exposing_scores": (
        "When is the line with -1 executed twice for one sample, and what should stand there then?",
        "By hand: let class 0 have the score 2. Which scores are less than 2 and have a positive "
        "margin? You need more than one of them.",
    ),
    "svm_loss_mended": (
        "Run through one sample of three classes with pen and paper. What happens at j = y[n]? "
        "What happens at the second positive margin?",
        "No term belongs to j = y_n, neither in the loss nor in dx. dx[n, y_n] is minus the number "
        "of positive margins of row n, over N.",
    ),
    "svm_loss_linear": (
        "w reaches the loss along two paths. Take each by itself, and add: what does ds become on "
        "its way through x @ w, and what is the slope of reg * w_dc squared?",
        "loss = L(s) + reg * the sum of all w[d, c] squared. dw[d, c] = the sum over n of "
        "x[n, d] * ds[n, c], plus 2 * reg * w[d, c].",
    ),
    "gradient_step": (
        "dw points to where the loss grows. Which way do the weights go, and how far? Which array "
        "must stay as it is?",
        "The new weight at each place is the old one minus the learning rate times dw there.",
    ),
    "choose_rate": (
        "Look at two columns of the table: the highest loss must not be far above the first one, "
        "and the mean of the last ten must be below a fifth of it.",
        "By hand: the first loss is about 9, and a fifth of it about 1.8. Cross out the rows whose "
        "last column is larger, and those whose highest loss is many times 9. Take a rate from "
        "what is left.",
    ),
    "squared_hinge_loss": (
        "One pair first: with h = max(0, m), what is the slope of h * h with respect to m? Then "
        "collect the paths of the true class's score.",
        "With h_nj = max(0, m_nj), and 0 at the true class: dx[n, j] = 2 h_nj / N, and "
        "dx[n, y_n] = minus the sum of row n of these. loss = the sum of all h_nj squared, / N.",
    ),
    "recap_svm_loss": (
        "true_class: compute the four margins. first_loss: compare with the sanity number for ten "
        "classes. twice: write down dx for the doubled batch, row by row.",
        "By hand: the margins are 0.5, -0.5, 1.5 and 0.25, and N is 4. With scores near 0 each of "
        "nine wrong classes adds 1. In a batch twice as long each row of ds is half as large, and "
        "there are twice as many rows.",
    ),
}
"""By exercise, step by step."""
