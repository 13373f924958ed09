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
wilson_cc <- function(x, n) suppressWarnings(prop.test(x, n, p = if (x > n / 2) .01 else .99)$conf.int)
newcombe <- function(x1, n1, x2, n2, f = wilson) {
  a <- f(x1, n1); b <- f(x2, n2); p <- x1 / n1; q <- x2 / n2
  c(p - q - sqrt((p - a[1])^2 + (b[2] - q)^2), p - q + sqrt((a[2] - p)^2 + (q - b[1])^2))
}
caffo <- function(x1, n1, x2, n2) {
  p <- (x1 + 1) / (n1 + 2); q <- (x2 + 1) / (n2 + 2)
  p - q + c(-1, 1) * qnorm(.975) * sqrt(p * (1 - p) / (n1 + 2) + q * (1 - q) / (n2 + 2))
}
coull <- function(x, n) {
  m <- n + qnorm(.975)^2; p <- (x + qnorm(.975)^2 / 2) / m
  p + c(-1, 1) * qnorm(.975) * sqrt(p * (1 - p) / m)
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
beta_predictive <- function(x, n, N, a, b, p) {
  k <- 0:(N - n)
  mass <- sapply(k, function(j) integrate(function(s) dbinom(j, N - n, s) * dbeta(s, a + x, b + n - x), 0, 1,
    rel.tol = 1e-10)$value)
  x + k[which(cumsum(mass) >= p)[1]]
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
barnard <- function(x1, n1, x2, n2, side) {
  z <- outer(0:n1, 0:n2, function(a, b) { p <- (a + b) / (n1 + n2); v <- p * (1 - p) * (1 / n1 + 1 / n2)
    ifelse(v > 0, (a / n1 - b / n2) / sqrt(ifelse(v > 0, v, 1)), 0) })
  s <- side(z); R <- s >= s[x1 + 1, x2 + 1] - 1e-9
  f <- function(p) sum(outer(dbinom(0:n1, n1, p), dbinom(0:n2, n2, p)) * R)
  grid <- seq(0, 1, length = 4001); at <- grid[which.max(sapply(grid, f))]
  optimize(f, pmin(1, pmax(0, at + c(-1, 1) / 4000)), maximum = TRUE, tol = 1e-12)$objective
}
boschloo <- function(x1, n1, x2, n2) {
  p1 <- outer(0:n1, 0:n2, Vectorize(function(a, b)
    fisher.test(matrix(c(a, n1 - a, b, n2 - b), 2), alternative = "greater")$p.value))
  R <- p1 <= p1[x1 + 1, x2 + 1] * (1 + 1e-9)
  f <- function(p) sum(outer(dbinom(0:n1, n1, p), dbinom(0:n2, n2, p)) * R)
  grid <- seq(0, 1, length = 4001); at <- grid[which.max(sapply(grid, f))]
  optimize(f, pmin(1, pmax(0, at + c(-1, 1) / 4000)), maximum = TRUE, tol = 1e-12)$objective
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
series_se <- function(before, after, rho, coefficient) {
  d <- data.frame(t = 0:(before + after - 1)); d$step <- as.numeric(d$t >= before); d$since <- d$step * (d$t - before)
  set.seed(1); d$y <- rnorm(nrow(d))
  fit <- gls(y ~ t + step + since, d, correlation = corAR1(rho, form = ~ t, fixed = TRUE))
  sqrt(vcov(fit)[coefficient, coefficient]) / fit$sigma
}
# variance per person of a weighted path by listing what can happen to one person
path_var <- function(p, q) {
  m <- p + (1 - p) * q
  d <- data.frame(chance = c(p, (1 - p) / 2 * q, (1 - p) / 2 * (1 - q), (1 - p) / 2), w = c(1, 2, 2, 0), y = c(1, 1, 0, 0))
  sum(d$chance * d$w^2 * (d$y - m)^2)
}
exceed <- function(d, what) {
  f <- function(x) dnorm(x, d); z <- qnorm(.975)
  hi <- integrate(f, z, Inf, rel.tol = 1e-11)$value; lo <- integrate(f, -Inf, -z, rel.tol = 1e-11)$value
  big <- integrate(function(x) abs(x) * f(x), z, Inf, rel.tol = 1e-11)$value +
    integrate(function(x) abs(x) * f(x), -Inf, -z, rel.tol = 1e-11)$value
  switch(what, power = hi + lo, s = lo / (hi + lo), m = big / (hi + lo) / d)
}
sequential <- function(k, type) getDesignGroupSequential(kMax = k, alpha = .05, sided = 2, typeOfDesign = type)
trimmed_mean <- function(x, keep, from_top) {
  x <- sort(x, decreasing = from_top); w <- pmin(1, pmax(0, keep - (seq_along(x) - 1))); weighted.mean(x, w)
}

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
  both(sprintf("wilson_cc(%d, %d)", a[1], a[2]), P, s("wilson-corrected"))
}
both("binom.test(4, 29, conf.level = .9)$conf.int", P, '{"confidence": 0.9, "method": "clopper-pearson", "n": 29, "successes": 4}')
row("qbeta(.025, 4.5, 25.5)", P, '{"method": "jeffreys", "n": 29, "successes": 4}', "low")
row("qbeta(.975, 4.5, 25.5)", P, '{"method": "jeffreys", "n": 29, "successes": 4}', "high")
row("qbeta(.025, 6, 28)", P, '{"method": "beta-binomial", "n": 29, "prior": [2, 3], "successes": 4}', "low")
row("qbeta(.975, 6, 28)", P, '{"method": "beta-binomial", "n": 29, "prior": [2, 3], "successes": 4}', "high")
row("midp(4, 29, FALSE)", P, '{"method": "mid-p", "n": 29, "successes": 4}', "low")
row("midp(4, 29, TRUE)", P, '{"method": "mid-p", "n": 29, "successes": 4}', "high")
both("coull(4, 29)", P, '{"method": "agresti-coull", "n": 29, "successes": 4}')
for (a in list(c(4, 29, 7000), c(24, 29, 7000), c(0, 6, 50), c(3, 6, 50), c(45, 100, 300), c(1, 30, 6953))) {
  both(sprintf("hyper_counts(%d, %d, %d)", a[1], a[2], a[3]), "intervals.count",
    sprintf('{"n": %d, "population": %d, "successes": %d}', a[2], a[3], a[1]))
}
row("beta_predictive(3, 6, 50, 1, 1, .025)", "intervals.count", '{"method": "beta-binomial", "n": 6, "population": 50, "prior": [1, 1], "successes": 3}', "low")
row("beta_predictive(3, 6, 50, 1, 1, .975)", "intervals.count", '{"method": "beta-binomial", "n": 6, "population": 50, "prior": [1, 1], "successes": 3}', "high")
for (a in list(c(75, 500, 76, 757), c(5, 6, 1, 6), c(9, 10, 3, 10))) {
  s <- function(m) sprintf('{"method": "%s", "n1": %d, "n2": %d, "x1": %d, "x2": %d}', m, a[2], a[4], a[1], a[3])
  q <- paste(a, collapse = ", ")
  both(sprintf("newcombe(%s)", q), D, s("newcombe"))
  both(sprintf("newcombe(%s, wilson_cc)", q), D, s("newcombe-corrected"))
  both(sprintf("caffo(%s)", q), D, s("agresti-caffo"))
  row(sprintf("score_limit(%s, FALSE, TRUE)", q), D, s("miettinen-nurminen"), "low", 1e-7)
  row(sprintf("score_limit(%s, TRUE, TRUE)", q), D, s("miettinen-nurminen"), "high", 1e-7)
  row(sprintf("score_limit(%s, FALSE, FALSE)", q), D, s("mee"), "low", 1e-7)
  row(sprintf("score_limit(%s, TRUE, FALSE)", q), D, s("mee"), "high", 1e-7)
}
both("poisson.test(10, 2.5)$conf.int", "intervals.poisson", '{"events": 10, "exposure": 2.5}')
both("poisson.test(137, 24.19893, conf.level = .9)$conf.int", "intervals.poisson", '{"confidence": 0.9, "events": 137, "exposure": 24.19893}')
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
row("barnard(7, 22, 14, 22, abs)", "estimates.barnard", '{"n1": 22, "n2": 22, "x1": 7, "x2": 14}', "p_value")
row("barnard(5, 6, 1, 6, identity)", "estimates.barnard", '{"alternative": "greater", "n1": 6, "n2": 6, "x1": 5, "x2": 1}', "p_value")
row("barnard(7, 15, 12, 15, function(z) -z)", "estimates.barnard", '{"alternative": "less", "n1": 15, "n2": 15, "x1": 7, "x2": 12}', "p_value")
row("boschloo(5, 6, 1, 6)", "estimates.boschloo", '{"alternative": "greater", "n1": 6, "n2": 6, "x1": 5, "x2": 1}', "p_value", 1e-6)
row("boschloo(9, 12, 4, 15)", "estimates.boschloo", '{"alternative": "greater", "n1": 12, "n2": 15, "x1": 9, "x2": 4}', "p_value", 1e-6)
mice <- '"control": [52, 104, 146, 10, 51, 30, 40, 27, 46], "treated": [94, 197, 16, 38, 99, 141, 23]'
row("permuted(c(94, 197, 16, 38, 99, 141, 23), c(52, 104, 146, 10, 51, 30, 40, 27, 46))", "estimates.permutation_test", sprintf("{%s}", mice), "p_value")
row("permuted(c(94, 197, 16, 38, 99, 141, 23), c(52, 104, 146, 10, 51, 30, 40, 27, 46), alternative = 'greater')", "estimates.permutation_test", sprintf('{"alternative": "greater", %s}', mice), "p_value")
row("permuted(c(31, 29, 35), c(22, 25, 24, 28, 21, 26, 27, 23))", "estimates.permutation_test", '{"control": [22, 25, 24, 28, 21, 26, 27, 23], "treated": [31, 29, 35]}', "p_value")
teams <- '{"control": [0.22, 0.25, 0.24, 0.28, 0.21, 0.26, 0.27, 0.23], "treated": [0.31, 0.29, 0.35]}'
tt <- "t.test(c(.31, .29, .35), c(.22, .25, .24, .28, .21, .26, .27, .23), var.equal = TRUE)"
both(paste0(tt, "$conf.int"), "estimates.cluster_t", teams)
row(paste0(tt, "$p.value"), "estimates.cluster_t", teams, "p_value")
row(paste0("unname(", tt, "$statistic)"), "estimates.cluster_t", teams, "statistic")
for (i in c(1, 2, 4)) {
  row(sprintf("p.adjust(c(.01, .04, .03, .005), 'holm')[%d]", i), "estimates.holm", '{"p_values": [0.01, 0.04, 0.03, 0.005]}', sprintf("[%d]", i - 1))
}
row("as.numeric(any(round(0:29 / 29, 2) == .8))", "estimates.grim", '{"n": 29, "value": "0.80"}', "consistent")
row("max(0, 3939 + 1019 - 6953)", "estimates.frechet", '{"first": 3939, "population": 6953, "second": 1019}', "low")
row("min(3939, 1019)", "estimates.frechet", '{"first": 3939, "population": 6953, "second": 1019}', "high")
both("((wilson(300, 1000) - 1 / 6) / (4 / 6))", "estimates.randomised_response", '{"forced_yes": 0.16666666666666666, "n": 1000, "truth": 0.6666666666666666, "yes": 300}')
row("sqrt(.3 * .7 / 1000) / (4 / 6)", "estimates.randomised_response", '{"forced_yes": 0.16666666666666666, "n": 1000, "truth": 0.6666666666666666, "yes": 300}', "se")
row("mean(c(rep(1, 30), rep(0, 20), rep(0, 50)))", "estimates.manski", '{"n": 100, "outcomes": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}', "low")
row("mean(c(rep(1, 30), rep(0, 20), rep(1, 50)))", "estimates.manski", '{"n": 100, "outcomes": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}', "high")
row("mean(c(1, 1, 0, 0, 0)) - mean(c(1, 0, 0, 1, 1, 1))", "estimates.manski_effect", '{"control": [1, 0, 0], "n1": 5, "n2": 6, "treated": [1, 1, 0]}', "low")
row("mean(c(1, 1, 0, 1, 1)) - mean(c(1, 0, 0, 0, 0, 0))", "estimates.manski_effect", '{"control": [1, 0, 0], "n1": 5, "n2": 6, "treated": [1, 1, 0]}', "high")
lee <- '{"control": [4, 1, 3, 2], "n1": 12, "n2": 10, "treated": [5, 3, 8, 1, 9, 4, 7, 6]}'
row("trimmed_mean(c(5, 3, 8, 1, 9, 4, 7, 6), 8 * (4 / 10) / (8 / 12), FALSE) - 2.5", "estimates.lee", lee, "low")
row("trimmed_mean(c(5, 3, 8, 1, 9, 4, 7, 6), 8 * (4 / 10) / (8 / 12), TRUE) - 2.5", "estimates.lee", lee, "high")

T <- "power.two_proportions"
row("power.prop.test(n = 250, p1 = .26, p2 = .2, strict = TRUE)$power", T, '{"n1": 250, "n2": 250, "p1": 0.26, "p2": 0.2}')
row("unequal_z(.25, .2, 500, 757)", T, '{"n1": 500, "n2": 757, "p1": 0.25, "p2": 0.2}')
row("unequal_z(.25, .2, 500, 757, .01)", T, '{"alpha": 0.01, "n1": 500, "n2": 757, "p1": 0.25, "p2": 0.2}')
row("binomials(30, 42, .6, .3, rejects_z)", T, '{"method": "exact", "n1": 30, "n2": 42, "p1": 0.6, "p2": 0.3}')
row("binomials(6, 6, .8, .2, rejects_z)", T, '{"method": "exact", "n1": 6, "n2": 6, "p1": 0.8, "p2": 0.2}')
row("binomials(30, 42, .6, .3, rejects_fisher)", T, '{"method": "fisher", "n1": 30, "n2": 42, "p1": 0.6, "p2": 0.3}')
row("binomials(6, 6, .8, .2, rejects_fisher)", T, '{"method": "fisher", "n1": 6, "n2": 6, "p1": 0.8, "p2": 0.2}')
row("binomials(25, 25, .3, .3, rejects_fisher)", T, '{"method": "fisher", "n1": 25, "n2": 25, "p1": 0.3, "p2": 0.3}')
row("ceiling(power.prop.test(p1 = .26, p2 = .2, power = .9, strict = TRUE, tol = 1e-10)$n)", "power.sample_size", '{"p1": 0.26, "p2": 0.2, "power": 0.9}', "[0]")
row("uniroot(function(d) unequal_z(.2 + d, .2, 500, 757) - .8, c(.001, .5), tol = 1e-13)$root", "power.minimum_detectable_effect", '{"base": 0.2, "n1": 500, "n2": 757}')
row("uniroot(function(d) unequal_z(.2 - d, .2, 500, 757) - .9, c(.001, .2), tol = 1e-13)$root * -1", "power.minimum_detectable_effect", '{"base": 0.2, "direction": "down", "n1": 500, "n2": 757, "power": 0.9}')
row("power.t.test(n = 20, delta = 1, strict = TRUE)$power", "power.means", '{"effect": 1, "n1": 20, "n2": 20, "sd": 1}')
row("pt(qt(.975, 34), 34, .8 / sqrt(1 / 24 + 1 / 12), lower.tail = FALSE) + pt(-qt(.975, 34), 34, .8 / sqrt(1 / 24 + 1 / 12))", "power.means", '{"effect": -8, "n1": 24, "n2": 12, "sd": 10}')
row("ceiling(power.t.test(delta = .4, power = .9, strict = TRUE, tol = 1e-10)$n)", "power.means_sample_size", '{"effect": 0.4, "power": 0.9, "sd": 1}', "[0]")
row("cluster_power(.3, .2, 3, 8, 114, .02)", "power.clusters", '{"clusters1": 3, "clusters2": 8, "icc": 0.02, "p1": 0.3, "p2": 0.2, "size": 114}')
row("cluster_power(.35, .25, 10, 20, 30, .1, .4)", "power.clusters", '{"clusters1": 10, "clusters2": 20, "cv": 0.4, "icc": 0.1, "p1": 0.35, "p2": 0.25, "size": 30}')
row("uniroot(function(d) cluster_power(.2 + d, .2, 3, 8, 114, .02) - .8, c(.01, .7), tol = 1e-13)$root", "power.clusters_minimum_detectable_effect", '{"base": 0.2, "clusters1": 3, "clusters2": 8, "icc": 0.02, "size": 114}')
row("2 * pnorm(-qnorm(.975) / sqrt(1 + 113 * .02))", "power.false_positive_rate", '{"icc": 0.02, "size": 114}')
row("cluster_power(.3, .2, 8, 8, 50, .03)", "power.simulated_clusters", '{"clusters1": 8, "clusters2": 8, "draws": 100000, "icc": 0.03, "p1": 0.3, "p2": 0.2, "seed": 5, "size": 50}', "power", 0.005)
row("wedge_var(rep(1:4, each = 2), 5, .01, .004)", "power.wedge_variance", '{"between": 0.004, "treatment": {"arguments": {"clusters_per_step": 2, "steps": 4}, "call": "power.wedge"}, "within": 0.01}')
row("two_tails(.1 / sqrt(wedge_var(rep(1:4, each = 2), 5, .1875 * .95 / 20, .1875 * .05)))", "power.stepped_wedge", '{"clusters_per_step": 2, "icc": 0.05, "p1": 0.3, "p2": 0.2, "size": 20, "steps": 4}')
for (k in c(2, 5)) for (kind in c("pocock", "obrien-fleming", "lan-demets-pocock", "lan-demets-obrien-fleming")) {
  type <- c(pocock = "P", `obrien-fleming` = "OF", `lan-demets-pocock` = "asP", `lan-demets-obrien-fleming` = "asOF")[kind]
  for (i in unique(c(1, k))) row(sprintf("sequential(%d, '%s')$criticalValues[%d]", k, type, i), "power.group_sequential",
    sprintf('{"kind": "%s", "looks": %d}', kind, k), sprintf("bounds[%d]", i - 1), 1e-6)
}
row("getDesignCharacteristics(getDesignGroupSequential(kMax = 5, alpha = .05, beta = .2, sided = 2, typeOfDesign = 'P'))$inflationFactor", "power.inflation_factor",
  '{"design": {"arguments": {"kind": "pocock", "looks": 5}, "call": "power.group_sequential"}}', "", 1e-6)
row("sum(getPowerAndAverageSampleNumber(sequential(3, 'P'), theta = 2.8, nMax = 1)$overallReject)", "power.sequential_power",
  '{"design": {"arguments": {"kind": "pocock", "looks": 3}, "call": "power.group_sequential"}, "drift": 2.8}', "", 1e-6)
row("getPowerAndAverageSampleNumber(sequential(3, 'P'), theta = 2.8, nMax = 1)$averageSampleNumber", "power.expected_share",
  '{"design": {"arguments": {"kind": "pocock", "looks": 3}, "call": "power.group_sequential"}, "drift": 2.8}', "", 1e-6)
row("series_se(24, 12, .4, 'step')", "power.series_errors", '{"after": 12, "before": 24, "rho": 0.4}', "[0]", 1e-8)
row("series_se(24, 12, .4, 'since')", "power.series_errors", '{"after": 12, "before": 24, "rho": 0.4}', "[1]", 1e-8)
row("pt(qt(.975, 32), 32, 2 / series_se(24, 12, .4, 'step'), lower.tail = FALSE) + pt(-qt(.975, 32), 32, 2 / series_se(24, 12, .4, 'step'))", "power.interrupted_series",
  '{"after": 12, "before": 24, "change": 2, "rho": 0.4, "sd": 1}', "", 1e-8)
letters2 <- '{"firm": 0.25, "first1": 0.3, "first2": 0.2, "n1": 500, "n2": 757, "repeat": 0.15}'
row("two_tails((.475 - .32) / sqrt(path_var(.3, .25) / 500 + path_var(.2, .15) / 757))", "power.two_stage_letters", letters2, "path")
row("unequal_z(.3, .2, 500, 757)", "power.two_stage_letters", letters2, "first_letter")
row("unequal_z(.25, .15, 477.8, 477.8)", "power.two_stage_letters", letters2, "second_letter")
for (w in c("power", "s", "m")) {
  row(sprintf("exceed(2 / 8.1, '%s')", w), "power.type_s_m", '{"effect": 2, "se": 8.1}', c(power = "power", s = "type_s", m = "type_m")[[w]], 1e-8)
  row(sprintf("exceed(.1 / 3.28, '%s')", w), "power.type_s_m", '{"effect": 0.1, "se": 3.28}', c(power = "power", s = "type_s", m = "type_m")[[w]], 1e-8)
}
row("unequal_z(.2 + .7 * .1, .2 + .05 * .1, 500, 757)", "power.noncompliance", '{"n1": 500, "n2": 757, "p1": 0.3, "p2": 0.2, "uptake1": 0.7, "uptake2": 0.05}')

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
write.csv(do.call(rbind, rows), file.path(here, "r.csv"), row.names = FALSE, eol = "\n")
