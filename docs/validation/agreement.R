# Values from R for our public functions, written to r.csv beside this file.
#
# Run with: Rscript docs/validation/agreement.R   (R 4.2.2; packages coin, nlme, rpact)
# The tests compare with the committed table, so that R is not needed to run them. Each row holds the R call that
# made it; the helpers used in those calls stand below and share no formula with ours beyond the definition.

suppressMessages({library(coin); library(nlme); library(rpact)})

# ---- helpers -------------------------------------------------------------------------------------------------

# limits for a difference by searching where the score test is just significant; the constrained shares come from
# maximising the likelihood, not from the cubic
score_limit <- function(x1, n1, x2, n2, upper, corrected) {
  z <- function(delta) {
    ends <- c(max(0, delta), min(1, 1 + delta))
    loglik <- function(p) sum(ifelse(c(x1, n1 - x1, x2, n2 - x2) == 0, 0,
      c(x1, n1 - x1, x2, n2 - x2) * log(pmax(c(p, 1 - p, p - delta, 1 - p + delta), 1e-300))))
    p <- optimize(loglik, ends, maximum = TRUE, tol = 1e-14)$maximum
    v <- p * (1 - p) / n1 + (p - delta) * (1 - p + delta) / n2
    if (corrected) v <- v * (n1 + n2) / (n1 + n2 - 1)
    (x1 / n1 - x2 / n2 - delta) / sqrt(v)
  }
  d <- x1 / n1 - x2 / n2
  if (upper) uniroot(function(delta) z(delta) + qnorm(.975), c(d, 1 - 1e-9), tol = 1e-12)$root
  else uniroot(function(delta) z(delta) - qnorm(.975), c(-1 + 1e-9, d), tol = 1e-12)$root
}
wilson <- function(x, n) suppressWarnings(prop.test(x, n, correct = FALSE)$conf.int)
# prop.test drops the correction where x is next to n * p, so the null is put at the far side
newcombe <- function(x1, n1, x2, n2, f = wilson) {
  a <- f(x1, n1); b <- f(x2, n2); p <- x1 / n1; q <- x2 / n2
  c(p - q - sqrt((p - a[1])^2 + (b[2] - q)^2), p - q + sqrt((a[2] - p)^2 + (q - b[1])^2))
}
midp <- function(x, n, upper) {
  f <- function(p) if (upper) pbinom(x - 1, n, p) + dbinom(x, n, p) / 2 - .025
                   else 1 - pbinom(x, n, p) + dbinom(x, n, p) / 2 - .025
  uniroot(f, c(1e-12, 1 - 1e-12), tol = 1e-14)$root
}
# every count that both one-sided tests leave standing
hyper_counts <- function(x, n, N) {
  K <- 0:N
  range(K[phyper(x - 1, K, N - K, n, lower.tail = FALSE) > .025 & phyper(x, K, N - K, n) > .025])
}
hyper_coverage <- function(N, n, K) {
  limits <- sapply(0:n, hyper_counts, n = n, N = N)
  sum(dhyper(0:n, K, N - K, n) * (limits[1, ] <= K & K <= limits[2, ]))
}
coverage <- function(n, p, f) {
  inside <- sapply(0:n, function(x) { l <- f(x, n); l[1] <= p && p <= l[2] })
  sum(dbinom(0:n, n, p) * inside)
}
coverage2 <- function(n1, n2, p, q) {
  g <- expand.grid(x = 0:n1, y = 0:n2)
  inside <- mapply(function(x, y) { l <- newcombe(x, n1, y, n2); l[1] <= p - q && p - q <= l[2] }, g$x, g$y)
  sum(dbinom(g$x, n1, p) * dbinom(g$y, n2, q) * inside)
}
clopper <- function(x, n) binom.test(x, n)$conf.int
# power by going through all tables with R's own tests
rejects_z <- function(x, n1, y, n2) {
  if (x + y == 0 || x + y == n1 + n2) return(FALSE)
  suppressWarnings(prop.test(c(x, y), c(n1, n2), correct = FALSE)$p.value) <= .05
}
rejects_fisher <- function(x, n1, y, n2) fisher.test(matrix(c(x, n1 - x, y, n2 - y), 2))$p.value <= .05
enumerated <- function(n1, n2, first, second, rejects) {
  g <- expand.grid(x = 0:n1, y = 0:n2)
  sum(first(g$x) * second(g$y) * mapply(rejects, g$x, n1, g$y, n2))
}
binomials <- function(n1, n2, p, q, rejects) {
  enumerated(n1, n2, function(x) dbinom(x, n1, p), function(y) dbinom(y, n2, q), rejects)
}
unequal_z <- function(p, q, n1, n2, alpha = .05) {
  m <- (n1 * p + n2 * q) / (n1 + n2)
  limit <- qnorm(1 - alpha / 2) * sqrt(m * (1 - m) * (1 / n1 + 1 / n2))
  s <- sqrt(p * (1 - p) / n1 + q * (1 - q) / n2)
  pnorm(limit, p - q, s, lower.tail = FALSE) + pnorm(-limit, p - q, s)
}
permuted <- function(x, y, ...) as.numeric(pvalue(oneway_test(
  v ~ g, data.frame(v = c(x, y), g = factor(rep(c("a", "b"), c(length(x), length(y))))), distribution = "exact", ...)))
# clusters: two arms with their own spread, judged by a t test that pools the spread
cluster_power <- function(p, q, k1, k2, m, icc, cv = 0) {
  deff <- 1 + ((cv^2 + 1) * m - 1) * icc
  v1 <- p * (1 - p) * deff / m; v2 <- q * (1 - q) * deff / m; df <- k1 + k2 - 2
  used <- sqrt(((k1 - 1) * v1 + (k2 - 1) * v2) / df * (1 / k1 + 1 / k2)); true <- sqrt(v1 / k1 + v2 / k2)
  limit <- qt(.975, df) * used / true
  pt(limit, df, abs(p - q) / true, lower.tail = FALSE) + pt(-limit, df, abs(p - q) / true)
}
# stepped wedge by generalised least squares on the whole covariance matrix
wedge_var <- function(starts, periods, within, between) {
  d <- expand.grid(t = seq_len(periods), i = seq_along(starts))
  X <- cbind(as.numeric(d$t > starts[d$i]), model.matrix(~ factor(d$t)))
  V <- diag(within, nrow(d)) + between * outer(d$i, d$i, "==")
  solve(t(X) %*% solve(V) %*% X)[1, 1]
}
two_tails <- function(size, alpha = .05) pnorm(size - qnorm(1 - alpha / 2)) + pnorm(-size - qnorm(1 - alpha / 2))
# standard errors of a segmented regression from nlme, its residual spread divided out
# variance per person of a weighted path by listing what can happen to one person
exceed <- function(d, what) {
  f <- function(x) dnorm(x, d); z <- qnorm(.975)
  hi <- integrate(f, z, Inf, rel.tol = 1e-11)$value; lo <- integrate(f, -Inf, -z, rel.tol = 1e-11)$value
  big <- integrate(function(x) abs(x) * f(x), z, Inf, rel.tol = 1e-11)$value +
    integrate(function(x) abs(x) * f(x), -Inf, -z, rel.tol = 1e-11)$value
  switch(what, power = hi + lo, s = lo / (hi + lo), m = big / (hi + lo) / d)
}
sequential <- function(k, type) getDesignGroupSequential(kMax = k, alpha = .05, sided = 2, typeOfDesign = type)

# ---- rows ----------------------------------------------------------------------------------------------------

rows <- list()
row <- function(call, fun, arguments, result = "", tolerance = 1e-9) {
  value <- eval(parse(text = call), globalenv())
  stopifnot(length(value) == 1, is.finite(value) || is.infinite(value))
  rows[[length(rows) + 1]] <<- data.frame(call = call, `function` = fun, arguments = arguments, result = result,
    value = sprintf("%.15g", value), tolerance = format(tolerance), check.names = FALSE)
}
both <- function(call, fun, arguments, tolerance = 1e-9) {
  row(paste0(call, "[1]"), fun, arguments, "low", tolerance)
  row(paste0(call, "[2]"), fun, arguments, "high", tolerance)
}
P <- "intervals.proportion"; D <- "intervals.difference"
for (a in list(c(4, 4), c(24, 29), c(0, 6), c(3, 6), c(17, 29))) {
  s <- function(m) sprintf('{"method": "%s", "n": %d, "successes": %d}', m, a[2], a[1])
  both(sprintf("binom.test(%d, %d)$conf.int", a[1], a[2]), P, s("clopper-pearson"))
  both(sprintf("wilson(%d, %d)", a[1], a[2]), P, s("wilson"))
}
both("binom.test(4, 29, conf.level = .9)$conf.int", P, '{"confidence": 0.9, "method": "clopper-pearson", "n": 29, "successes": 4}')
row("qbeta(.025, 4.5, 25.5)", P, '{"method": "jeffreys", "n": 29, "successes": 4}', "low")
row("qbeta(.975, 4.5, 25.5)", P, '{"method": "jeffreys", "n": 29, "successes": 4}', "high")
row("midp(4, 29, FALSE)", P, '{"method": "mid-p", "n": 29, "successes": 4}', "low")
row("midp(4, 29, TRUE)", P, '{"method": "mid-p", "n": 29, "successes": 4}', "high")
for (a in list(c(4, 29, 7000), c(24, 29, 7000), c(0, 6, 50), c(3, 6, 50), c(45, 100, 300), c(1, 30, 6953))) {
  both(sprintf("hyper_counts(%d, %d, %d)", a[1], a[2], a[3]), "intervals.count",
    sprintf('{"n": %d, "population": %d, "successes": %d}', a[2], a[3], a[1]))
}
for (a in list(c(75, 500, 76, 757), c(5, 6, 1, 6), c(9, 10, 3, 10))) {
  s <- function(m) sprintf('{"method": "%s", "n1": %d, "n2": %d, "x1": %d, "x2": %d}', m, a[2], a[4], a[1], a[3])
  q <- paste(a, collapse = ", ")
  both(sprintf("newcombe(%s)", q), D, s("newcombe"))
  row(sprintf("score_limit(%s, FALSE, TRUE)", q), D, s("miettinen-nurminen"), "low", 1e-7)
  row(sprintf("score_limit(%s, TRUE, TRUE)", q), D, s("miettinen-nurminen"), "high", 1e-7)
}
for (m in c("wilson", "clopper-pearson")) {
  f <- if (m == "wilson") "wilson" else "clopper"
  row(sprintf("coverage(6, .03, %s)", f), "coverage.proportion", sprintf('{"method": "%s", "n": 6, "p": [0.03]}', m), "[0]")
  row(sprintf("coverage(29, .2, %s)", f), "coverage.proportion", sprintf('{"method": "%s", "n": 29, "p": [0.2]}', m), "[0]")
}
row("coverage2(6, 8, .3, .6)", "coverage.difference", '{"n1": 6, "n2": 8, "p1": 0.3, "p2": 0.6}')
row("hyper_coverage(50, 6, 7)", "coverage.population", '{"n": 6, "population": 50}', "[7]")
row("hyper_coverage(50, 6, 25)", "coverage.population", '{"n": 6, "population": 50}', "[25]")

for (a in list(c(5, 6, 1, 6), c(75, 500, 76, 757), c(10, 15, 3, 15))) {
  q <- sprintf("matrix(c(%d, %d, %d, %d), 2)", a[1], a[2] - a[1], a[3], a[4] - a[3])
  for (side in c("two.sided", "greater", "less")) row(sprintf("fisher.test(%s, alternative = '%s')$p.value", q, side), "estimates.fisher",
    sprintf('{"alternative": "%s", "n1": %d, "n2": %d, "x1": %d, "x2": %d}', sub("\\.", "-", side), a[2], a[4], a[1], a[3]), "p_value")
}
mice <- '"control": [52, 104, 146, 10, 51, 30, 40, 27, 46], "treated": [94, 197, 16, 38, 99, 141, 23]'
row("permuted(c(94, 197, 16, 38, 99, 141, 23), c(52, 104, 146, 10, 51, 30, 40, 27, 46))", "estimates.permutation_test", sprintf("{%s}", mice), "p_value")
row("permuted(c(94, 197, 16, 38, 99, 141, 23), c(52, 104, 146, 10, 51, 30, 40, 27, 46), alternative = 'greater')", "estimates.permutation_test", sprintf('{"alternative": "greater", %s}', mice), "p_value")
row("permuted(c(31, 29, 35), c(22, 25, 24, 28, 21, 26, 27, 23))", "estimates.permutation_test", '{"control": [22, 25, 24, 28, 21, 26, 27, 23], "treated": [31, 29, 35]}', "p_value")
for (i in c(1, 2, 4)) {
  row(sprintf("p.adjust(c(.01, .04, .03, .005), 'holm')[%d]", i), "estimates.holm", '{"p_values": [0.01, 0.04, 0.03, 0.005]}', sprintf("[%d]", i - 1))
}
both("((wilson(300, 1000) - 1 / 6) / (4 / 6))", "estimates.randomised_response", '{"forced_yes": 0.16666666666666666, "n": 1000, "truth": 0.6666666666666666, "yes": 300}')
row("sqrt(.3 * .7 / 1000) / (4 / 6)", "estimates.randomised_response", '{"forced_yes": 0.16666666666666666, "n": 1000, "truth": 0.6666666666666666, "yes": 300}', "se")

T <- "power.two_proportions"
row("power.prop.test(n = 250, p1 = .26, p2 = .2, strict = TRUE)$power", T, '{"n1": 250, "n2": 250, "p1": 0.26, "p2": 0.2}')
row("unequal_z(.25, .2, 500, 757)", T, '{"n1": 500, "n2": 757, "p1": 0.25, "p2": 0.2}')
row("unequal_z(.25, .2, 500, 757, .01)", T, '{"alpha": 0.01, "n1": 500, "n2": 757, "p1": 0.25, "p2": 0.2}')
row("binomials(30, 42, .6, .3, rejects_z)", T, '{"method": "exact", "n1": 30, "n2": 42, "p1": 0.6, "p2": 0.3}')
row("binomials(6, 6, .8, .2, rejects_z)", T, '{"method": "exact", "n1": 6, "n2": 6, "p1": 0.8, "p2": 0.2}')
row("binomials(30, 42, .6, .3, rejects_fisher)", T, '{"method": "fisher", "n1": 30, "n2": 42, "p1": 0.6, "p2": 0.3}')
row("binomials(6, 6, .8, .2, rejects_fisher)", T, '{"method": "fisher", "n1": 6, "n2": 6, "p1": 0.8, "p2": 0.2}')
row("binomials(25, 25, .3, .3, rejects_fisher)", T, '{"method": "fisher", "n1": 25, "n2": 25, "p1": 0.3, "p2": 0.3}')
row("uniroot(function(d) unequal_z(.2 + d, .2, 500, 757) - .8, c(.001, .5), tol = 1e-13)$root", "power.minimum_detectable_effect", '{"base": 0.2, "n1": 500, "n2": 757}')
row("cluster_power(.3, .2, 3, 8, 114, .02)", "power.clusters", '{"clusters1": 3, "clusters2": 8, "icc": 0.02, "p1": 0.3, "p2": 0.2, "size": 114}')
row("cluster_power(.35, .25, 10, 20, 30, .1, .4)", "power.clusters", '{"clusters1": 10, "clusters2": 20, "cv": 0.4, "icc": 0.1, "p1": 0.35, "p2": 0.25, "size": 30}')
row("2 * pnorm(-qnorm(.975) / sqrt(1 + 113 * .02))", "power.false_positive_rate", '{"icc": 0.02, "size": 114}')
row("cluster_power(.3, .2, 8, 8, 50, .03)", "power.clusters", '{"clusters1": 8, "clusters2": 8, "draws": 100000, "icc": 0.03, "method": "drawn", "p1": 0.3, "p2": 0.2, "seed": 5, "size": 50}', "", 0.005)
row("two_tails(.1 / sqrt(wedge_var(rep(1:4, each = 2), 5, .1875 * .95 / 20, .1875 * .05)))", "power.stepped_wedge", '{"clusters_per_step": 2, "icc": 0.05, "p1": 0.3, "p2": 0.2, "size": 20, "steps": 4}')
for (k in c(2, 5)) for (kind in c("pocock", "obrien-fleming")) {
  type <- c(pocock = "P", `obrien-fleming` = "OF")[kind]
  for (i in unique(c(1, k))) row(sprintf("sequential(%d, '%s')$criticalValues[%d]", k, type, i), "power.group_sequential",
    sprintf('{"kind": "%s", "looks": %d}', kind, k), sprintf("bounds[%d]", i - 1), 1e-6)
}
for (w in c("power", "s", "m")) {
  row(sprintf("exceed(2 / 8.1, '%s')", w), "power.type_s_m", '{"effect": 2, "se": 8.1}', c(power = "power", s = "type_s", m = "type_m")[[w]], 1e-8)
  row(sprintf("exceed(.1 / 3.28, '%s')", w), "power.type_s_m", '{"effect": 0.1, "se": 3.28}', c(power = "power", s = "type_s", m = "type_m")[[w]], 1e-8)
}

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
write.csv(do.call(rbind, rows), file.path(here, "r.csv"), row.names = FALSE, eol = "\n")
